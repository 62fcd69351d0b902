//! Step 7: what new products at existing customers and what new customers must bring.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Context;
use super::annual_plan::NEW_BUSINESS;
use super::white_space::Opportunity;
use crate::error::FieldProblem;
use crate::plans::draft::{PlanLine, PlanLineKind, PlanStep};
use crate::plans::first_year::{FirstYearNets, needed};
use crate::plans::groups::by_type;
use crate::plans::level::{Part, split_level};
use crate::plans::notes;
use crate::values::Label;

pub(super) fn step(
    context: &Context<'_>,
    new_business: Option<Decimal>,
    white_space: &[Opportunity<'_>],
) -> Result<PlanStep, FieldProblem> {
    let mut step = PlanStep::new(
        7,
        "development_plan",
        Label::new("Development plan", "开发计划"),
        Label::new(
            "New business: first what the white space can bring, by category; the rest from new customers, by type. \
             Customers = amount / first-year net, leads = customers / win rate, each rounded up.",
            "新业务：先取空白品类可带来的部分（按品类），其余由新客户带来（按类型）。新客户数 = 金额 ÷ 首年销售额，线索数 = 新客户数 ÷ 成交率，均向上取整。",
        ),
    );
    let expected: Decimal = white_space.iter().map(|opportunity| opportunity.value).sum();
    let products = new_business.map(|amount| amount.min(expected));
    let customers = new_business.zip(products).map(|(amount, products)| amount - products);
    let source = |key: &str, en: &str, zh: &str, amount: Option<Decimal>| {
        PlanLine::new(PlanLineKind::Source, key, Label::new(en, zh), amount)
            .under(1, NEW_BUSINESS)
            .noted(amount.is_none().then(notes::not_planned))
    };
    let line = source("new_products", "New products at existing customers", "现有客户的新产品", products);
    let at = step.push(line.figure("white_space", Some(expected)));
    add_categories(context, &mut step, at, products, white_space)?;
    let at = step.push(source("new_customers", "New customers", "新客户", customers));
    add_types(context, &mut step, at, customers)?;
    Ok(step)
}

fn add_categories(
    context: &Context<'_>,
    step: &mut PlanStep,
    at: u32,
    amount: Option<Decimal>,
    white_space: &[Opportunity<'_>],
) -> Result<(), FieldProblem> {
    let mut values: BTreeMap<&str, (Decimal, usize)> = BTreeMap::new();
    for opportunity in white_space {
        let (sum, count) = values.entry(opportunity.category).or_default();
        *sum += opportunity.value;
        *count += 1;
    }
    let part = |(code, (sum, _)): (&&str, &(Decimal, usize))| Part {
        key: (*code).to_owned(),
        history: *sum,
        opportunity: None,
        pin: None,
    };
    let parts: Vec<Part> = values.iter().map(part).collect();
    if parts.is_empty() {
        return Ok(());
    }
    let level = split_level(amount, &parts, Decimal::ZERO, context.book.places, &Label::new("new products", "新产品"))?;
    for ((code, (sum, count)), amount) in values.into_iter().zip(level.amounts) {
        let label = context.book.category_label(code);
        let line = PlanLine::new(PlanLineKind::Category, code, label, amount).under(7, at);
        step.push(line.figure("white_space", Some(sum)).count("opportunities", count));
    }
    Ok(())
}

fn add_types(context: &Context<'_>, step: &mut PlanStep, at: u32, amount: Option<Decimal>) -> Result<(), FieldProblem> {
    let settings = &context.book.settings;
    let nets = FirstYearNets::measure(&context.customers, context.book.as_of, settings);
    let types = by_type(&context.customers);
    if types.is_empty() {
        return Ok(());
    }
    let parts: Vec<Part> = types
        .iter()
        .map(|(_, group)| Part { key: group.key.clone(), history: group.net(), opportunity: None, pin: None })
        .collect();
    let level =
        split_level(amount, &parts, Decimal::ZERO, context.book.places, &Label::new("new customers", "新客户"))?;
    for ((kind, group), amount) in types.into_iter().zip(level.amounts) {
        let (first_year, source) = nets.of(kind);
        let (customers, leads) = match amount {
            Some(amount) => needed(amount, first_year, settings.win_rate.into()),
            None => (None, None),
        };
        step.push(
            PlanLine::new(PlanLineKind::CustomerType, group.key, group.label, amount)
                .under(7, at)
                .figure("first_year_net", first_year)
                .figure("new_customers", customers)
                .figure("leads", leads)
                .noted([source])
                .noted(level.notes.iter().cloned()),
        );
    }
    Ok(())
}
