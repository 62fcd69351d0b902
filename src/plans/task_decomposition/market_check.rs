//! Step 8: does the market hold what the target needs?

use rust_decimal::Decimal;

use super::Context;
use super::product_structure::CategoryPlan;
use super::tree::TerritoryNode;
use crate::plans::draft::{PlanLine, PlanLineKind, PlanStep};
use crate::plans::notes;
use crate::values::Label;

pub(super) fn step(context: &Context<'_>, tree: &[TerritoryNode<'_>], categories: &[CategoryPlan]) -> PlanStep {
    let mut step = PlanStep::new(
        8,
        "market_opportunity_check",
        Label::new("Market opportunity check", "市场机会（印证）"),
        Label::new(
            "Needed = target - L12, against the headroom (potential - our sales) of each territory and category.",
            "所需 = 目标 − 近12个月，与各区域、各品类的空间（潜力 − 我方销售）比较。",
        ),
    );
    for territory in tree {
        let group = &territory.group;
        let market = context.book.market.by_territory.get(&group.key).copied();
        let line = PlanLine::new(PlanLineKind::Territory, &group.key, group.label.clone(), territory.amount);
        step.push(checked(line, group.net(), market.or_else(|| group.headroom())));
    }
    for category in categories {
        let label = context.book.category_label(&category.code);
        let line = PlanLine::new(PlanLineKind::Category, &category.code, label, category.amount);
        step.push(checked(line, category.net, category.headroom));
    }
    step
}

/// The line with what it needs, what the market holds, and a flag where the one exceeds the other.
fn checked(line: PlanLine, net: Decimal, headroom: Option<Decimal>) -> PlanLine {
    let needed = line.planned().map(|target| target - net);
    let shortfall = needed.zip(headroom).map(|(needed, headroom)| (needed - headroom).max(Decimal::ZERO));
    let beyond = shortfall.is_some_and(|shortfall| shortfall > Decimal::ZERO);
    line.figure("net_l12", Some(net))
        .figure("needed", needed)
        .figure("headroom", headroom)
        .figure("shortfall", shortfall)
        .noted(headroom.is_none().then(notes::potential_unknown))
        .noted(needed.is_none().then(notes::not_planned))
        .noted(beyond.then(notes::beyond_headroom))
}
