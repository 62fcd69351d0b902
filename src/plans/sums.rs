//! Checks that every level of a plan sums exactly to the one above.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::draft::{PlanDraft, PlanLineKind};

/// A split that does not add up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The step the parts are in.
    pub step: u8,
    /// What the parts are.
    pub kind: PlanLineKind,
    /// Step and position of the whole.
    pub parent: (u8, u32),
    /// The whole; `None` where it is not planned or not there.
    pub expected: Option<Decimal>,
    /// The sum of the parts.
    pub found: Decimal,
}

/// Every split of the plan that does not add up; none in a sound one.
///
/// The lines that name one parent, in one step and of one kind, are one split of it. Lines without an amount add
/// nothing, and a group without any amount is information, not a split.
pub fn check_sums(plan: &PlanDraft) -> Vec<Mismatch> {
    let mut sums: BTreeMap<(u8, u8, u32, PlanLineKind), Decimal> = BTreeMap::new();
    for step in &plan.steps {
        for line in &step.lines {
            if let (Some(parent), Some(amount)) = (line.parent, line.planned()) {
                *sums.entry((step.number, line.parent_step.unwrap_or(step.number), parent, line.kind)).or_default() +=
                    amount;
            }
        }
    }
    let whole = |step: u8, position: u32| {
        let line = plan.step(step)?.lines.get(usize::try_from(position).ok()?)?;
        line.planned()
    };
    sums.into_iter()
        .filter_map(|((step, parent_step, position, kind), found)| {
            let expected = whole(parent_step, position);
            (expected != Some(found)).then_some(Mismatch {
                step,
                kind,
                parent: (parent_step, position),
                expected,
                found,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans::samples::{book, customer, d};
    use crate::plans::task_decomposition::{TaskDecompositionInput, generate};
    use crate::values::Exact;

    #[test]
    fn a_cent_astray_is_found_above_and_below() {
        let book = book(vec![customer("1", "pumps", "100"), customer("2", "valves", "50")]);
        let mut plan = generate(&TaskDecompositionInput { book, target: d("300") }).unwrap();
        assert_eq!(check_sums(&plan), []);
        // the only territory: a part of the year, the whole of its categories and of its salesperson
        plan.steps[2].lines[0].amount = Some(Exact(d("300.01")));
        let found: Vec<_> =
            check_sums(&plan).into_iter().map(|m| (m.step, m.kind, m.parent, m.expected, m.found)).collect();
        let wrong = |step, kind, parent, expected: &str, found: &str| (step, kind, parent, Some(d(expected)), d(found));
        assert_eq!(
            found,
            [
                wrong(3, PlanLineKind::Territory, (1, 0), "300", "300.01"),
                wrong(3, PlanLineKind::Category, (3, 0), "300.01", "300"),
                wrong(4, PlanLineKind::Salesperson, (3, 0), "300.01", "300"),
            ]
        );
        plan.steps[2].lines[0].amount = None;
        assert_eq!(check_sums(&plan)[0].expected, None);
    }
}
