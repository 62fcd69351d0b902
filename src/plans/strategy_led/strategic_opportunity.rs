//! Step 8: the Ansoff grid, with the white space one by one.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::Context;
use super::expected_output::Output;
use super::white_space::Opportunity;
use crate::plans::allocation::whole_units;
use crate::plans::draft::{PlanLine, PlanLineKind, PlanStep};
use crate::plans::input::PlanStage;
use crate::plans::notes;
use crate::values::Label;

pub(super) fn step(context: &Context<'_>, outputs: &[Output<'_>], white_space: &[Opportunity<'_>]) -> PlanStep {
    let mut step = PlanStep::new(
        8,
        "strategic_opportunity",
        Label::new("Strategic opportunity", "战略机会"),
        Label::new(
            "Penetration: planned growth of existing customers. Product development: white space. Market development and \
             diversification: prospects' potential in categories we sell, and do not sell, x win rate.",
            "市场渗透：现有客户的计划增长；产品开发：空白品类；市场开发与多元化：潜在客户在我方已售、未售品类的潜力 × 成交率。",
        ),
    );
    let cell = |key: &str, en: &str, zh: &str, amount| {
        PlanLine::new(PlanLineKind::AnsoffCell, key, Label::new(en, zh), amount)
    };
    let unknown = |amount: Option<Decimal>| amount.is_none().then(notes::potential_unknown);
    step.push(cell("market_penetration", "Market penetration", "市场渗透", growth(context, outputs)));
    let value: Decimal = white_space.iter().map(|opportunity| opportunity.value).sum();
    let line = cell("product_development", "Product development", "产品开发", Some(value));
    let development_at = step.push(line.count("opportunities", white_space.len()));
    let (sold, unsold) = prospects(context);
    step.push(cell("market_development", "Market development", "市场开发", sold).noted(unknown(sold)));
    step.push(cell("diversification", "Diversification", "多元化", unsold).noted(unknown(unsold)));
    list(context, &mut step, development_at, white_space);
    step
}

/// What existing customers are planned to buy beyond the last 12 months, customer by customer, never below 0.
fn growth(context: &Context<'_>, outputs: &[Output<'_>]) -> Option<Decimal> {
    let more = |output: &Output<'_>| Some((output.amount? - output.customer.net_l12?).max(Decimal::ZERO));
    let sum = outputs.iter().filter_map(more).reduce(|a, b| a + b);
    sum.map(|sum| whole_units(sum, context.book.places))
}

/// Prospects' known potential x win rate in the categories that we sell, and in the others.
fn prospects(context: &Context<'_>) -> (Option<Decimal>, Option<Decimal>) {
    let categories = context.customers.iter().flat_map(|customer| &customer.net_by_category);
    let sold: BTreeSet<&String> = categories.filter(|(_, net)| **net > Decimal::ZERO).map(|(code, _)| code).collect();
    let prospects = context.customers.iter().filter(|customer| customer.stage == PlanStage::Prospect);
    let mut sums = None::<(Decimal, Decimal)>;
    for (code, potential) in prospects.flat_map(|customer| &customer.potential_by_category) {
        let (in_sold, in_unsold) = sums.get_or_insert_default();
        *(if sold.contains(code) { in_sold } else { in_unsold }) += *potential;
    }
    let rate: Decimal = context.book.settings.win_rate.into();
    let value = |sum: Decimal| whole_units(sum * rate, context.book.places);
    (sums.map(|(sold, _)| value(sold)), sums.map(|(_, unsold)| value(unsold)))
}

/// The largest opportunities one by one, the others as one line.
fn list(context: &Context<'_>, step: &mut PlanStep, at: u32, white_space: &[Opportunity<'_>]) {
    let most = context.book.settings.white_space_lines as usize;
    let (listed, others) = white_space.split_at(white_space.len().min(most));
    for opportunity in listed {
        let customer = opportunity.customer;
        let category = context.book.category_label(opportunity.category);
        let label =
            Label::new(format!("{} · {}", customer.name, category.en), format!("{} · {}", customer.name, category.zh));
        let key = format!("{}/{}", customer.external_id, opportunity.category);
        let line = PlanLine::new(PlanLineKind::Opportunity, key, label, Some(opportunity.value)).under(8, at);
        let line = line
            .figure("penetration", Some(opportunity.penetration))
            .figure("average", Some(opportunity.average))
            .figure("potential", customer.potential_by_category.get(opportunity.category).copied());
        step.push(PlanLine { customer_id: Some(customer.id), ..line });
    }
    if !others.is_empty() {
        let value = others.iter().map(|opportunity| opportunity.value).sum();
        let label = Label::new("Others", "其他");
        let line = PlanLine::new(PlanLineKind::Opportunity, "", label, Some(value)).under(8, at);
        step.push(line.count("opportunities", others.len()));
    }
}
