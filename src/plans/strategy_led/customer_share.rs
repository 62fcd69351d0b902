//! Step 4: our share of what each customer buys, now and as the plan implies it.

use rust_decimal::Decimal;

use super::expected_output::Output;
use crate::plans::draft::{PlanNote, PlanStep};
use crate::plans::notes;
use crate::values::{Label, ratio};

pub(super) fn step(outputs: &[Output<'_>]) -> PlanStep {
    let mut step = PlanStep::new(
        4,
        "customer_share",
        Label::new("Customer share", "客户占有率"),
        Label::new(
            "Sales (last 12 months, and planned) / yearly purchase potential; above 100 % is flagged, never cut.",
            "销售额（近12个月及计划）÷ 年采购潜力；超过 100% 仅提示，不截断。",
        ),
    );
    for output in outputs {
        let potential = output.customer.potential();
        let usable = potential.filter(|potential| *potential > Decimal::ZERO);
        let share = |net: Option<Decimal>| ratio(net?, usable?);
        let (now, implied) = (share(output.customer.net_l12), share(output.amount));
        let above = |share: Option<Decimal>| share.is_some_and(|share| share > Decimal::ONE);
        step.push(
            output
                .line()
                .figure("potential", potential)
                .figure("share_now", now)
                .figure("share_planned", implied)
                .noted(potential.is_none().then(notes::potential_unknown))
                .noted((potential.is_some() && usable.is_none()).then(notes::potential_zero))
                .noted(output.customer.net_l12.is_none().then(notes::no_history))
                .noted(output.amount.is_none().then(notes::not_planned))
                .noted(above(now).then(|| {
                    PlanNote::new(
                        "share_now_above_100",
                        "We already sell more than the potential on file.",
                        "现有销售已超过记录的潜力。",
                    )
                }))
                .noted(above(implied).then(|| {
                    PlanNote::new(
                        "share_planned_above_100",
                        "The plan exceeds the customer's potential.",
                        "计划超过客户的采购潜力。",
                    )
                })),
        );
    }
    step
}
