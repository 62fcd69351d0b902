//! Step 6: the gap between target and retained base, and the new customers and leads that close it.

use rust_decimal::Decimal;

use super::Context;
use super::tree::{TerritoryNode, TypeNode};
use crate::plans::allocation::whole_units;
use crate::plans::draft::{PlanLine, PlanLineKind, PlanStep};
use crate::plans::first_year::{FirstYearNets, needed};
use crate::plans::notes;
use crate::values::Label;

pub(super) fn step(context: &Context<'_>, tree: &mut [TerritoryNode<'_>]) -> PlanStep {
    let mut step = PlanStep::new(
        6,
        "development_plan",
        Label::new("Development plan", "开发计划"),
        Label::new(
            "Gap = target - L12 x retention of the grade; customers = gap / first-year net, leads = customers / win rate, \
             each rounded up. A gap below 0 is a surplus.",
            "缺口 = 目标 − 近12个月 × 等级保留率；新客户数 = 缺口 ÷ 首年销售额，线索数 = 新客户数 ÷ 成交率，均向上取整。负缺口为盈余。",
        ),
    );
    let nets = FirstYearNets::measure(&context.customers, context.book.as_of, &context.book.settings);
    let year = context.book.year.year.to_string();
    let total = step.push(PlanLine::new(PlanLineKind::Year, &year, Label::new(&year, &year), None));
    let mut territory_gaps = Vec::new();
    for territory in tree {
        let line = PlanLine::new(PlanLineKind::Territory, &territory.group.key, territory.group.label.clone(), None);
        let territory_at = step.push(line.under(6, total));
        let mut person_gaps = Vec::new();
        for person in &mut territory.people {
            let line = PlanLine::new(PlanLineKind::Salesperson, &person.group.key, person.group.label.clone(), None);
            let person_at = step.push(line.under(6, territory_at));
            let lines: Vec<PlanLine> = person.types.iter().map(|node| type_line(context, &nets, node)).collect();
            person.gap = sum(lines.iter().map(PlanLine::planned));
            for line in lines {
                step.push(line.under(6, person_at));
            }
            set(&mut step, person_at, person.gap);
            sum_up(&mut step, person_at);
            person_gaps.push(person.gap);
        }
        let gap = sum(person_gaps);
        set(&mut step, territory_at, gap);
        sum_up(&mut step, territory_at);
        territory_gaps.push(gap);
    }
    let gap = sum(territory_gaps);
    set(&mut step, total, gap);
    sum_up(&mut step, total);
    step
}

fn type_line(context: &Context<'_>, nets: &FirstYearNets<'_>, node: &TypeNode<'_>) -> PlanLine {
    let settings = &context.book.settings;
    let net = node.group.net();
    let retention = settings.retention(node.kind.grade);
    let retained = whole_units(net.max(Decimal::ZERO) * retention, context.book.places);
    let gap = node.amount.map(|target| target - retained);
    let (first_year, source) = nets.of(node.kind);
    let (customers, leads) = match gap {
        Some(gap) => needed(gap, first_year, settings.win_rate.into()),
        None => (None, None),
    };
    PlanLine::new(PlanLineKind::CustomerType, &node.group.key, node.group.label.clone(), gap)
        .figure("target", node.amount)
        .figure("net_l12", Some(net))
        .figure("retention", Some(retention))
        .figure("retained", Some(retained))
        .figure("first_year_net", first_year)
        .figure("new_customers", customers)
        .figure("leads", leads)
        .noted([source])
        .noted((net < Decimal::ZERO).then(notes::retained_floored))
        .noted(node.amount.is_none().then(notes::not_planned))
}

/// The sum of what is planned; `None` where nothing is.
fn sum(amounts: impl IntoIterator<Item = Option<Decimal>>) -> Option<Decimal> {
    amounts.into_iter().flatten().reduce(|a, b| a + b)
}

/// Gives a line the figures that are sums over its planned parts, which stand right behind it; unknown where a part's is.
fn sum_up(step: &mut PlanStep, position: u32) {
    let Some((line, behind)) = step.lines.get_mut(position as usize..).and_then(<[PlanLine]>::split_first_mut) else {
        return;
    };
    for name in ["target", "net_l12", "retained", "new_customers", "leads"] {
        let parts = behind.iter().filter(|part| part.parent == Some(position) && part.amount.is_some());
        let sum = parts.map(|part| part.figure_named(name)).try_fold(Decimal::ZERO, |sum, part| Some(sum + part?));
        let sum = sum.filter(|_| line.amount.is_some());
        line.figures.insert(name.to_owned(), sum.map(Into::into));
    }
}

fn set(step: &mut PlanStep, position: u32, amount: Option<Decimal>) {
    if let Some(line) = step.lines.get_mut(position as usize) {
        line.amount = amount.map(Into::into);
    }
}
