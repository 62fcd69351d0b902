//! The baseline of a customer's year: a damped trend over its last three fiscal years.
//!
//! Holt's linear trend, damped (Gardner and McKenzie), on yearly nets. Two years give `level = y2` and
//! `trend = y2 - y1`; a third gives `level' = a y3 + (1 - a)(level + p trend)` and
//! `trend' = b (level' - level) + (1 - b) p trend`; the baseline one year ahead is `level + p trend`, and each year further
//! adds the trend damped once more. The parameters are fixed, so that a plan can be worked by hand: `a` 0.8, since a whole
//! year of sales is little noise; `b` 0.3 and `p` 0.5, since a customer's growth seldom goes on as it began. It needs 24
//! months of history and two years; else the baseline is the last 12 months. A customer that bought nothing in these has
//! a baseline of 0: it is to be won again, not carried on.

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
        Self { alpha: Exact(Decimal::new(8, 1)), beta: Exact(Decimal::new(3, 1)), phi: Exact(Decimal::new(5, 1)) }
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
    /// It has bought before, but nothing in the last 12 months: a trend would carry on what has ended.
    Lapsed,
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
        (_, Some(net)) if net <= Decimal::ZERO => (Some(net), BaselineMethod::Lapsed),
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
    let TrendParameters { alpha: Exact(alpha), beta: Exact(beta), phi: Exact(phi) } = parameters;
    let (mut level, mut trend) = (y3, y3 - y2);
    if let Some(y1) = y1 {
        let damped = phi * (y2 - y1);
        level = alpha * y3 + (Decimal::ONE - alpha) * (y2 + damped);
        trend = beta * (level - y2) + (Decimal::ONE - beta) * damped;
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
        // after two years level 120, trend 20; 3rd: level 0.8 x 150 + 0.2 x 130 = 146, trend 0.3 x 26 + 0.7 x 10 = 14.8;
        // 146 + 0.5 x 14.8
        let found = baseline(&[d("100"), d("120"), d("150")], 1, d("160"), 36);
        assert_eq!((found.amount, found.method), (d("153.4"), BaselineMethod::DampedTrend));
    }

    #[test]
    fn two_years_worked_by_hand() {
        // 120 + 0.5 x 20
        assert_eq!(baseline(&[None, d("100"), d("120")], 1, d("160"), 24).amount, d("130"));
        // a year further: 130 + 0.25 x 20
        assert_eq!(baseline(&[None, d("100"), d("120")], 2, d("160"), 24).amount, d("135"));
    }

    #[test]
    fn short_history_falls_back_to_the_last_twelve_months() {
        let found = baseline(&[None, d("100"), d("120")], 1, d("160"), 23);
        assert_eq!((found.amount, found.method), (d("160"), BaselineMethod::LastTwelveMonths));
        assert_eq!(baseline(&[d("5"), None, d("120")], 1, d("160"), 40).method, BaselineMethod::LastTwelveMonths);
        assert_eq!(baseline(&[None; 3], 1, None, 0).amount, None);
    }

    #[test]
    fn a_customer_that_has_stopped_buying_has_no_trend() {
        let found = baseline(&[d("100"), d("400"), d("0")], 1, d("0"), 36);
        assert_eq!((found.amount, found.method, found.floored), (d("0"), BaselineMethod::Lapsed, false));
    }

    #[test]
    fn returns_never_make_a_negative_baseline() {
        let found = baseline(&[None, None, d("-5")], 1, d("-7"), 12);
        assert_eq!((found.amount, found.floored), (d("0"), true));
    }
}
