//! Places where a factor can be, and how they are told.

use rust_decimal::Decimal;

use crate::grading::wire::MoneyChange;
use crate::metrics::{FactValue, MetricUnit};
use crate::scales::{Factor, FactorScore, FactorSource, LinearRule, ScoreBand};
use crate::values::{Exact, round_money};

/// A place where a factor can be: the fact that stands for it, and how it is told.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) fact: FactValue,
    pub(super) points: Decimal,
    pub(super) told: Told,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    pub(super) level: Option<usize>,
    pub(super) value: Option<String>,
    pub(super) at_least: Option<Exact>,
    pub(super) at_most: Option<Exact>,
    pub(super) below: Option<Exact>,
}

/// What a change means in money, where the factor is an amount in the base currency.
pub(super) fn money_change(factor: &Factor, scored: &FactorScore, told: &Told) -> Option<MoneyChange> {
    // Amounts of the dossier are in the customer's own currency.
    let is_money = matches!(&factor.source, FactorSource::Metric(metric) if metric.unit() == MetricUnit::Money);
    let to = told.at_least.or(told.at_most).or(told.below).filter(|_| is_money)?;
    let from = scored.value.as_ref().and_then(FactValue::as_number);
    let money = |amount: Decimal| Exact(round_money(amount));
    Some(MoneyChange { from: from.map(money), to: money(to.0), change: from.map(|from| money(to.0 - from)) })
}

pub(super) fn line_target(line: &LinearRule, value: Decimal, max: Decimal) -> Target {
    let points = ((value - line.from.0) * max).checked_div(line.to.0 - line.from.0).unwrap_or_default();
    let bound = Some(Exact(value.normalize()));
    let told = match line.to > line.from {
        true => Told { at_least: bound, ..Told::default() },
        false => Told { at_most: bound, ..Told::default() },
    };
    Target { fact: FactValue::number(value), points, told }
}

/// Each band by its threshold; where the customer is above it, by that of the next.
pub(super) fn band_targets(bands: &[ScoreBand], now: Option<Decimal>) -> Vec<Target> {
    let next = |place: usize| bands.get(place + 1).and_then(|band| band.from);
    let target = |(place, band): (usize, &ScoreBand)| {
        let is_above = now.zip(next(place)).is_some_and(|(now, next)| now >= next.0);
        let (at_least, below) = match (band.from, next(place)) {
            (Some(from), _) if !is_above => (Some(from), None),
            (_, next) => (None, next),
        };
        let stands_for = match (band.from, next(place)) {
            (Some(from), _) => from.0,
            (None, Some(next)) => next.0 - Decimal::ONE,
            (None, None) => Decimal::ZERO,
        };
        let told = Told { at_least, below, ..Told::default() };
        Target { fact: FactValue::number(stands_for), points: band.points.0, told }
    };
    bands.iter().enumerate().map(target).collect()
}
