//! The baseline of a customer's year: a damped trend over its whole fiscal years.
//!
//! Holt's linear trend, damped (Gardner and McKenzie), on yearly nets, one year ahead. With `level = y1` and
//! `trend = y2 - y1` to start, each further year gives
//! `level' = a y + (1 - a)(level + p trend)`, `trend' = b (level' - level) + (1 - b) p trend`,
//! and the baseline is `level + p trend`. The parameters are fixed (`a` 0.5, `b` 0.5, `p` 0.8), so that a plan can be
//! worked by hand. It needs 24 months of history and two whole years; else the baseline is the last 12 months.

use async_graphql::{Enum, SimpleObject};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::{Exact, round_money};

/// Months of history that a trend needs.
pub const TREND_MONTHS: u32 = 24;

/// The parameters of the damped trend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct TrendParameters {
    /// Weight of the newest year in the level, 0 to 1.
    pub alpha: Exact,
    /// Weight of the newest change in the trend, 0 to 1.
    pub beta: Exact,
    /// Damping of the trend a year, 0 to 1.
    pub phi: Exact,
}

impl Default for TrendParameters {
    fn default() -> Self {
        Self { alpha: Exact(Decimal::new(5, 1)), beta: Exact(Decimal::new(5, 1)), phi: Exact(Decimal::new(8, 1)) }
    }
}

/// How a baseline was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum BaselineMethod {
    /// The damped trend.
    DampedTrend,
    /// The net of the last 12 months: the history is too short for a trend.
    LastTwelveMonths,
    /// No sales at all: there is no baseline.
    NoHistory,
}

/// A customer's baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// The amount, to 4 places, 0 or more; `None` without history.
    pub amount: Option<Decimal>,
    /// How it was found.
    pub method: BaselineMethod,
    /// The formula gave less than 0, and 0 stands instead.
    pub floored: bool,
}

/// The baseline from three years (oldest first, `None` where the history does not cover the year), the net of the last 12
/// months and the months since the first sale. The trend is read `ahead` years after the last of the three.
pub fn baseline(
    years: &[Option<Decimal>; 3],
    ahead: u32,
    net_l12: Option<Decimal>,
    months_of_history: u32,
) -> Baseline {
    let long = months_of_history >= TREND_MONTHS;
    let trend = long.then(|| damped_trend(years, ahead, TrendParameters::default())).flatten();
    let (amount, method) = match (trend, net_l12) {
        (Some(amount), _) => (Some(amount), BaselineMethod::DampedTrend),
        (None, Some(net)) => (Some(net), BaselineMethod::LastTwelveMonths),
        (None, None) => (None, BaselineMethod::NoHistory),
    };
    Baseline {
        amount: amount.map(|amount| round_money(amount.max(Decimal::ZERO))),
        method,
        floored: amount.is_some_and(|amount| amount < Decimal::ZERO),
    }
}

/// The forecast from the unbroken run of years that ends with the last one; `None` under two of them.
fn damped_trend(years: &[Option<Decimal>; 3], ahead: u32, parameters: TrendParameters) -> Option<Decimal> {
    let [y1, y2, y3] = *years;
    let (y2, y3) = (y2?, y3?);
    let (first, second, third) = match y1 {
        Some(y1) => (y1, y2, Some(y3)),
        None => (y2, y3, None),
    };
    let TrendParameters { alpha: Exact(alpha), beta: Exact(beta), phi: Exact(phi) } = parameters;
    let (mut level, mut trend) = (first, second - first);
    for year in [Some(second), third].into_iter().flatten() {
        let damped = phi * trend;
        let next = alpha * year + (Decimal::ONE - alpha) * (level + damped);
        trend = beta * (next - level) + (Decimal::ONE - beta) * damped;
        level = next;
    }
    for _ in 0..ahead {
        trend *= phi;
        level += trend;
    }
    Some(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(s: &str) -> Option<Decimal> {
        Some(s.parse().unwrap())
    }

    #[test]
    fn three_years_worked_by_hand() {
        // level 100, trend 20; 2nd: level 118, trend 17; 3rd: level 140.8, trend 18.2; 140.8 + 0.8 x 18.2
        let found = baseline(&[d("100"), d("120"), d("150")], 1, d("160"), 36);
        assert_eq!((found.amount, found.method), (d("155.36"), BaselineMethod::DampedTrend));
    }

    #[test]
    fn two_years_worked_by_hand() {
        // level 100, trend 20; 2nd: level 118, trend 17; 118 + 13.6
        assert_eq!(baseline(&[None, d("100"), d("120")], 1, d("160"), 24).amount, d("131.6"));
        // a year further: 131.6 + 0.8 x 13.6
        assert_eq!(baseline(&[None, d("100"), d("120")], 2, d("160"), 24).amount, d("142.48"));
    }

    #[test]
    fn short_history_falls_back_to_the_last_twelve_months() {
        let found = baseline(&[None, d("100"), d("120")], 1, d("160"), 23);
        assert_eq!((found.amount, found.method), (d("160"), BaselineMethod::LastTwelveMonths));
        assert_eq!(baseline(&[d("5"), None, d("120")], 1, d("160"), 40).method, BaselineMethod::LastTwelveMonths);
        assert_eq!(baseline(&[None; 3], 1, None, 0).amount, None);
    }

    #[test]
    fn returns_never_make_a_negative_baseline() {
        let found = baseline(&[None, None, d("-5")], 1, d("-7"), 12);
        assert_eq!((found.amount, found.floored), (d("0"), true));
    }
}
