//! Step 5: each customer's year by month and by category.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Context;
use super::expected_output::Output;
use crate::error::FieldProblem;
use crate::plans::allocation::{Share, split};
use crate::plans::draft::{PlanLine, PlanLineKind, PlanNote, PlanStep};
use crate::plans::input::PlanCustomer;
use crate::plans::level::explain;
use crate::plans::seasonality::profile;
use crate::plans::{MonthlyProfile, Seasonality, SeasonalityMethod, seasonality};
use crate::values::Label;

/// What is planned in a category over all customers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CategoryOutput {
    pub(super) amount: Decimal,
    /// Of it, at customers whose potential in the category is known.
    pub(super) at_known_potential: Decimal,
}

type ByCategory<'a> = BTreeMap<&'a str, CategoryOutput>;

pub(super) fn step<'a>(
    context: &Context<'a>,
    outputs: &[Output<'a>],
) -> Result<(PlanStep, ByCategory<'a>), FieldProblem> {
    let mut step = PlanStep::new(
        5,
        "year_plan",
        Label::new("The customer's year plan", "客户年度计划"),
        Label::new(
            "By month: its own share of each month over its whole years, blended with its main category's where it has \
             fewer than three. By category: its own mix of the last 12 months, else its potential.",
            "按月：客户自身各完整年度的月份占比，不足三年时与其主要品类混合；按品类：近12个月自身结构，否则按潜力。",
        ),
    );
    let mut tenant = MonthlyProfile::default();
    for customer in &context.customers {
        let own = profile(&customer.net_by_month, context.book.as_of, 3);
        tenant.iter_mut().zip(own).for_each(|(sum, net)| *sum += net);
    }
    let mut by_category = ByCategory::new();
    for output in outputs {
        let season = season(context, output.customer, &tenant);
        let (mix, mix_note) = mix(output.customer);
        let line = output.line().figure("own_thirds", Some(season.own_thirds.into()));
        let line = match output.amount {
            Some(amount) if !amount.is_zero() => line.noted([season_note(season.method), mix_note]),
            Some(_) => line,
            None => line.noted([crate::plans::notes::not_planned()]),
        };
        let at = step.push(line);
        let Some(amount) = output.amount.filter(|amount| !amount.is_zero()) else { continue };
        let explained = |problem| explain(problem, &Label::new("year plan", "年度计划"));
        for line in months(context, amount, &season).map_err(explained)? {
            step.push(line.under(5, at));
        }
        let places = context.book.places;
        let parts = split(amount, places, &mix).map_err(explained)?;
        for (share, part) in mix.iter().zip(parts.amounts) {
            let label = context.book.category_label(share.key);
            step.push(PlanLine::new(PlanLineKind::Category, share.key, label, part).under(5, at));
            let sum = by_category.entry(share.key).or_default();
            sum.amount += part.unwrap_or_default();
            if output.customer.potential_by_category.contains_key(share.key) {
                sum.at_known_potential += part.unwrap_or_default();
            }
        }
    }
    Ok((step, by_category))
}

fn season(context: &Context<'_>, customer: &PlanCustomer, tenant: &MonthlyProfile) -> Seasonality {
    let largest = |a: &(&String, &Decimal), b: &(&String, &Decimal)| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0));
    let main = customer.net_by_category.iter().max_by(largest);
    let category = main.and_then(|(code, _)| context.book.category_months.get(code));
    seasonality(&customer.net_by_month, context.book.as_of, customer.months_of_history, category, tenant)
}

/// The twelve months of the fiscal year; all of them, so that a month of 0.00 says "none expected".
fn months(
    context: &Context<'_>,
    amount: Decimal,
    season: &Seasonality,
) -> Result<Vec<PlanLine>, crate::plans::AllocationProblem> {
    let shares: Vec<_> = context
        .book
        .year
        .months()
        .map(|month| Share::free(month, season.weights[month.number() as usize - 1]))
        .collect();
    let parts = split(amount, context.book.places, &shares)?;
    let line = |(share, part): (&Share<crate::values::Month>, Option<Decimal>)| {
        let key = share.key.to_string();
        let label = Label::new(&key, &key);
        PlanLine::new(PlanLineKind::Month, key, label, part)
    };
    Ok(shares.iter().zip(parts.amounts).map(line).collect())
}

/// The categories to split over, and where their weights come from.
fn mix(customer: &PlanCustomer) -> (Vec<Share<&str>>, PlanNote) {
    let above_zero = |values: &'_ BTreeMap<String, Decimal>| values.values().any(|value| *value > Decimal::ZERO);
    let (values, note) = if above_zero(&customer.net_by_category) {
        (
            &customer.net_by_category,
            PlanNote::new("mix_of_history", "Categories as in the last 12 months.", "品类结构同近12个月。"),
        )
    } else if above_zero(&customer.potential_by_category) {
        (
            &customer.potential_by_category,
            PlanNote::new("mix_of_potential", "Categories by purchase potential.", "品类按采购潜力。"),
        )
    } else {
        let note = PlanNote::new("mix_unknown", "Nothing tells the categories.", "没有可依据的品类数据。");
        return (vec![Share::free("", Decimal::ONE)], note);
    };
    let bought = values.iter().filter(|(_, value)| **value > Decimal::ZERO);
    (bought.map(|(code, value)| Share::free(code.as_str(), *value)).collect(), note)
}

fn season_note(method: SeasonalityMethod) -> PlanNote {
    match method {
        SeasonalityMethod::Own => PlanNote::new("season_own", "Months: its own.", "月份：自身季节性。"),
        SeasonalityMethod::OwnAndCategory => PlanNote::new(
            "season_own_and_category",
            "Months: its own, blended with its main category's.",
            "月份：自身与主要品类混合。",
        ),
        SeasonalityMethod::OwnAndTenant => PlanNote::new(
            "season_own_and_tenant",
            "Months: its own, blended with everybody's.",
            "月份：自身与全公司混合。",
        ),
        SeasonalityMethod::Category => {
            PlanNote::new("season_category", "Months: its main category's.", "月份：主要品类。")
        }
        SeasonalityMethod::Tenant => PlanNote::new("season_tenant", "Months: everybody's.", "月份：全公司。"),
        SeasonalityMethod::Even => PlanNote::new("season_even", "Months: a twelfth each.", "月份：平均。"),
    }
}
