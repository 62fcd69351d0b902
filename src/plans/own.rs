//! What a salesperson is told of plans.
//!
//! Row level security shows the lines of own customers and the own lines among those of salespeople. What else a plan tells
//! is of the whole company, or lets it be reckoned: the head's target, totals, settings and inputs, and of a line the figures
//! that hold shares of a whole or averages of other customers.

use super::PlanLine;
use super::wire::PlanOut;
use crate::jobs::{JobOut, JobProgress};

/// The figures that are of the line's customer or salesperson alone. What is not here is not told, so that a new figure is
/// looked at before salespeople see it.
const OWN_FIGURES: [&str; 23] = [
    "baseline",
    "cagr",
    "computed",
    "customers",
    "gap",
    "headroom",
    "high",
    "leads",
    "low",
    "mean",
    "net_l12",
    "new_customers",
    "own_thirds",
    "potential",
    "retained",
    "share_now",
    "share_planned",
    "target",
    "uplift",
    "y1",
    "y2",
    "y3",
    "year4",
];

/// The head without what is of the whole company.
pub(super) fn head(plan: PlanOut) -> PlanOut {
    let job = JobOut { progress: JobProgress { done: 0, total: None }, result: None, problem: None, ..plan.job };
    PlanOut { job, target: None, total: None, settings: None, inputs: None, ..plan }
}

/// The line with its own figures alone.
pub(super) fn line(mut line: PlanLine) -> PlanLine {
    line.figures.retain(|name, _| OWN_FIGURES.contains(&name.as_str()));
    line
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::plans::PlanLineKind;
    use crate::values::Label;

    #[test]
    fn shares_of_a_whole_and_averages_of_others_are_not_told() {
        let told = ["key", "peer_growth", "penetration", "average", "uplift", "net_l12"]
            .into_iter()
            .fold(PlanLine::new(PlanLineKind::Customer, "1", Label::new("One", "一"), None), |line, name| {
                line.figure(name, Some(Decimal::ONE))
            });
        let told: Vec<String> = line(told).figures.into_keys().collect();
        assert_eq!(told, ["net_l12", "uplift"]);
    }
}
