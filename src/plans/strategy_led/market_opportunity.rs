//! Step 9: the market found (known potential) and captured (our sales, now and planned), by category and territory.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::Context;
use super::annual_plan::EXISTING;
use super::expected_output::Output;
use super::year_plan::CategoryOutput;
use crate::plans::draft::{PlanLine, PlanLineKind, PlanStep};
use crate::plans::groups::by_territory;
use crate::plans::notes;
use crate::values::{Label, ratio};

/// Sums of a category or territory; the `known` ones only where the potential is known, so that shares compare like
/// with like.
#[derive(Clone, Copy, Default)]
struct Sums {
    net: Decimal,
    potential: Option<Decimal>,
    known_net: Decimal,
    known_planned: Decimal,
}

pub(super) fn step(
    context: &Context<'_>,
    outputs: &[Output<'_>],
    planned: &BTreeMap<&str, CategoryOutput>,
) -> PlanStep {
    let mut step = PlanStep::new(
        9,
        "market_opportunity",
        Label::new("Market opportunity", "市场机会"),
        Label::new(
            "Found: known yearly potential. Captured: our share of it, now and as planned, where the potential is known.",
            "发现：已知年采购潜力；获取：我方现有及计划所占份额（仅限潜力已知部分）。",
        ),
    );
    let any = outputs.iter().any(|output| output.amount.is_some());
    let mut codes: BTreeSet<&str> = context.book.categories();
    codes.extend(planned.keys());
    for (code, sums) in category_sums(context, &codes, planned) {
        let amount = planned.get(code).map(|category| category.amount).unwrap_or_default();
        let amount = any.then_some(amount);
        let label = context.book.category_label(code);
        let line = PlanLine::new(PlanLineKind::Category, code, label, amount).under(1, EXISTING);
        let market = context.book.market.by_category.get(code).copied();
        step.push(described(line, with_market(sums, market, amount)));
    }
    let amounts: BTreeMap<_, _> = outputs.iter().map(|output| (output.customer.id, output.amount)).collect();
    for group in by_territory(&context.customers) {
        let mut sums = Sums { net: group.net(), ..Sums::default() };
        let mut amount = None::<Decimal>;
        for customer in &group.customers {
            let own = amounts.get(&customer.id).copied().flatten();
            if let Some(own) = own {
                *amount.get_or_insert_default() += own;
            }
            if let Some(potential) = customer.potential() {
                *sums.potential.get_or_insert_default() += potential;
                sums.known_net += customer.sales();
                sums.known_planned += own.unwrap_or_default();
            }
        }
        let line = PlanLine::new(PlanLineKind::Territory, &group.key, group.label.clone(), amount).under(1, EXISTING);
        let market = context.book.market.by_territory.get(&group.key).copied();
        step.push(described(line, with_market(sums, market, amount)));
    }
    step
}

fn category_sums<'a>(
    context: &Context<'_>,
    codes: &BTreeSet<&'a str>,
    planned: &BTreeMap<&str, CategoryOutput>,
) -> BTreeMap<&'a str, Sums> {
    let known_planned = |code: &str| planned.get(code).map(|category| category.at_known_potential).unwrap_or_default();
    let empty = |code: &&'a str| (*code, Sums { known_planned: known_planned(code), ..Sums::default() });
    let mut sums: BTreeMap<&str, Sums> = codes.iter().map(empty).collect();
    for customer in &context.customers {
        for (code, net) in &customer.net_by_category {
            if let Some(sum) = sums.get_mut(code.as_str()) {
                sum.net += *net;
            }
        }
        for (code, potential) in &customer.potential_by_category {
            if let Some(sum) = sums.get_mut(code.as_str()) {
                *sum.potential.get_or_insert_default() += *potential;
                sum.known_net += customer.net_by_category.get(code).copied().unwrap_or_default();
            }
        }
    }
    sums
}

/// Where the market's own headroom is known, the potential is that and our sales.
fn with_market(sums: Sums, headroom: Option<Decimal>, planned: Option<Decimal>) -> Sums {
    match headroom {
        Some(headroom) => Sums {
            potential: Some(headroom + sums.net),
            known_net: sums.net,
            known_planned: planned.unwrap_or_default(),
            ..sums
        },
        None => sums,
    }
}

fn described(line: PlanLine, sums: Sums) -> PlanLine {
    let usable = sums.potential.filter(|potential| *potential > Decimal::ZERO);
    let share = |net: Decimal| usable.and_then(|potential| ratio(net, potential));
    let planned = line.planned().and_then(|_| share(sums.known_planned));
    let unplanned = line.amount.is_none();
    line.figure("net_l12", Some(sums.net))
        .figure("potential", sums.potential)
        .figure("headroom", sums.potential.map(|potential| (potential - sums.known_net).max(Decimal::ZERO)))
        .figure("captured_now", share(sums.known_net))
        .figure("captured_planned", planned)
        .noted(sums.potential.is_none().then(notes::potential_unknown))
        .noted((sums.potential.is_some() && usable.is_none()).then(notes::potential_zero))
        .noted(unplanned.then(notes::not_planned))
}
