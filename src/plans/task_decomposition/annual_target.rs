//! Step 1: the annual target.

use rust_decimal::Decimal;

use super::Context;
use crate::plans::draft::{PlanLine, PlanLineKind, PlanNote, PlanStep};
use crate::values::{Label, ratio};

pub(super) fn step(context: &Context<'_>, target: Decimal) -> PlanStep {
    let mut step = PlanStep::new(
        1,
        "annual_target",
        Label::new("Annual target", "年度目标"),
        Label::new("Handed down from above.", "由上级下达。"),
    );
    let net: Decimal = context.customers.iter().map(|customer| customer.sales()).sum();
    let growth = (net > Decimal::ZERO).then(|| ratio(target - net, net)).flatten();
    if context.opportunity_weight.is_zero() && !context.book.settings.opportunity_weight.is_zero() {
        step.notes.push(PlanNote::new(
            "opportunity_unknown",
            "No potential is known: everything is split by history alone.",
            "没有任何潜力数据：全部按历史分配。",
        ));
    }
    let year = context.book.year.year.to_string();
    let mut target = target;
    target.rescale(context.book.places);
    let line = PlanLine::new(PlanLineKind::Year, &year, Label::new(&year, &year), Some(target));
    step.push(
        line.figure("net_l12", Some(net))
            .figure("growth", growth)
            .figure("opportunity_weight", Some(context.opportunity_weight)),
    );
    step
}
