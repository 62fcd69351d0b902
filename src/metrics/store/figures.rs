//! A customer's metrics as of a month, from the sums of its lines.
//!
//! Sums come from `source.rs`; ratios and roots are taken here, on exact decimals. A window without lines has revenue 0, for
//! that nothing was sold is known; what cannot be computed is absent, with the reason.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::sales::statistics::{cagr_two_intervals, sqrt_of_scaled_square};
use crate::values::{CustomerId, Month, ratio, round_money};

/// Months of history a volatility needs.
const VOLATILITY_MONTHS: i32 = 12;

/// Why a metric has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Absence {
    /// What it is computed from is not there: no sale, a line without cost, no purchase potential, too short a history.
    NoData,
    /// All of it is there, but the formula has no value, as with a base that is negative.
    Undefined,
    /// What it would be divided by is known, and is 0.
    ZeroBase,
}

/// A metric's value, or why it has none.
pub type Figure<T = Decimal> = Result<T, Absence>;

/// A customer's sums, in the base currency. L12 is the 12 whole months ending with the month asked for, P12 the 12 before,
/// PP12 the 12 before those.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FigureSums {
    /// The customer.
    pub customer_id: CustomerId,
    /// Its external id.
    pub external_id: String,
    /// Net of L12.
    pub net_l12: Decimal,
    /// Net of P12.
    pub net_p12: Decimal,
    /// Net of PP12.
    pub net_pp12: Decimal,
    /// Lines in L12.
    pub lines_l12: i64,
    /// Lines in P12.
    pub lines_p12: i64,
    /// Lines in PP12.
    pub lines_pp12: i64,
    /// Cost of the lines of L12 that have one.
    pub cost_l12: Decimal,
    /// Lines of L12 without a cost.
    pub without_cost_l12: i64,
    /// Orders in L12 with a positive net.
    pub orders_l12: i64,
    /// Months of L12 with a positive net.
    pub active_months_l12: i64,
    /// Product categories with a positive net in L12, bought in an order with a positive net.
    pub categories_l12: i64,
    /// The place of its net in L12 among all customers with a line in L12; `None` where it has none.
    pub rank_l12: Option<i64>,
    /// Net of L12 of all the tenant's customers.
    pub tenant_net_l12: Decimal,
    /// The month of the first line of any of the tenant's customers; `None` where there is none yet. What lies before it
    /// is unknown; where a customer has no line later, it bought nothing.
    pub tenant_since: Option<Month>,
    /// Sum of the 36 monthly nets.
    pub net_l36: Decimal,
    /// The whole part of 10^14 x the square of (standard deviation / mean) of the 36 monthly nets; `None` where their
    /// mean is not positive or next to nothing (a coefficient of 10 million).
    pub volatility_squared_l36: Option<Decimal>,
    /// The day of its first line.
    pub first_day: Option<NaiveDate>,
    /// The last day on which an order with a positive net sold something, not after the month asked for.
    pub last_order_day: Option<NaiveDate>,
    /// What it buys a year, from anyone, over all categories; `None` where unknown.
    pub potential: Option<Decimal>,
}

/// A customer's metrics as of the end of a month, money in the base currency (4 places), ratios at 6 places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerFigures {
    /// The customer.
    pub customer_id: CustomerId,
    /// Its external id, by which ties are broken.
    pub external_id: String,
    /// Sum of net in L12.
    pub revenue_l12: Decimal,
    /// Sum of net in P12.
    pub revenue_p12: Decimal,
    /// Sum of net in PP12.
    pub revenue_pp12: Decimal,
    /// revenue_l12 / revenue_p12 - 1. Where revenue_p12 is 0: zero base, or no data where the tenant has no sales as old
    /// as P12. Undefined where it is negative.
    pub growth_l12: Figure,
    /// (revenue_l12 / revenue_pp12)^(1/2) - 1. Where revenue_pp12 is 0: zero base, or no data where the tenant has no
    /// sales as old as PP12. Undefined where revenue_pp12 or revenue_l12 is negative.
    pub cagr_3y: Figure,
    /// Net - cost in L12; no data where a line lacks its cost.
    pub gross_margin_l12: Figure,
    /// gross_margin_l12 / revenue_l12; zero base where that is 0, undefined where it is negative.
    pub gross_margin_pct_l12: Figure,
    /// Orders in L12 with a positive net; one that only takes back is none.
    pub orders_l12: i64,
    /// Lines in L12.
    pub lines_l12: i64,
    /// Months of L12 with a positive net, 0 to 12.
    pub active_months_l12: i64,
    /// Days from the last day on which an order with a positive net sold something to the end of the month; no data where
    /// there was none.
    pub recency_days: Figure<i64>,
    /// Product categories with a positive net in L12, bought in an order with a positive net.
    pub category_breadth_l12: i64,
    /// revenue_l12 / that of all the tenant's customers; zero base where that is 0, undefined where it is negative.
    pub revenue_share_l12: Figure,
    /// 1 for the largest revenue_l12, ties by external id; no data for a customer without a line in L12.
    pub revenue_rank_l12: Figure<i64>,
    /// Standard deviation / mean of the 36 monthly nets (population, months without lines count as 0); no data under 12
    /// months since the first line's month, zero base where the mean is 0, undefined where it is negative.
    pub volatility_l36: Figure,
    /// revenue_l12 / yearly purchase potential; may exceed 1. No data where none is known, zero base where it is 0.
    pub share_of_wallet: Figure,
    /// What it buys a year, from anyone, over all categories; no data where none is known.
    pub purchase_potential: Figure,
}

/// The metrics that a customer's sums give.
pub fn figures(sums: FigureSums, as_of: Month) -> CustomerFigures {
    let gross_margin = if sums.without_cost_l12 == 0 { Ok(sums.net_l12 - sums.cost_l12) } else { Err(Absence::NoData) };
    CustomerFigures {
        customer_id: sums.customer_id,
        revenue_l12: round_money(sums.net_l12),
        revenue_p12: round_money(sums.net_p12),
        revenue_pp12: round_money(sums.net_pp12),
        growth_l12: known(sums.lines_p12 > 0 || sums.reaches_back(as_of.plus(-23)))
            .and_then(|()| growth(sums.net_l12, sums.net_p12)),
        cagr_3y: known(sums.lines_pp12 > 0 || sums.reaches_back(as_of.plus(-35)))
            .and_then(|()| nonzero(sums.net_pp12))
            .and_then(|()| cagr_two_intervals(sums.net_pp12, sums.net_l12).ok_or(Absence::Undefined)),
        gross_margin_l12: gross_margin.map(round_money),
        gross_margin_pct_l12: gross_margin.and_then(|margin| over_positive(margin, sums.net_l12)),
        orders_l12: sums.orders_l12,
        lines_l12: sums.lines_l12,
        active_months_l12: sums.active_months_l12,
        recency_days: sums.last_order_day.map(|day| (as_of.last_day() - day).num_days()).ok_or(Absence::NoData),
        category_breadth_l12: sums.categories_l12,
        revenue_share_l12: over_positive(sums.net_l12, sums.tenant_net_l12),
        revenue_rank_l12: sums.rank_l12.ok_or(Absence::NoData),
        volatility_l36: volatility(&sums, as_of),
        share_of_wallet: sums
            .potential
            .ok_or(Absence::NoData)
            .and_then(|potential| over_positive(sums.net_l12, potential)),
        purchase_potential: sums.potential.map(round_money).ok_or(Absence::NoData),
        external_id: sums.external_id,
    }
}

impl FigureSums {
    /// Whether the tenant's sales are known from a month on, so that a customer without a line bought nothing.
    fn reaches_back(&self, month: Month) -> bool {
        self.tenant_since.is_some_and(|since| since <= month)
    }
}

fn known(data: bool) -> Figure<()> {
    if data { Ok(()) } else { Err(Absence::NoData) }
}

fn nonzero(base: Decimal) -> Figure<()> {
    if base.is_zero() { Err(Absence::ZeroBase) } else { Ok(()) }
}

/// `part / base`, where the base is positive.
fn over_positive(part: Decimal, base: Decimal) -> Figure {
    nonzero(base)?;
    if base > Decimal::ZERO { ratio(part, base).ok_or(Absence::Undefined) } else { Err(Absence::Undefined) }
}

/// `now / before - 1`, in one division, so that it is rounded once.
fn growth(now: Decimal, before: Decimal) -> Figure {
    over_positive(now - before, before)
}

fn volatility(sums: &FigureSums, as_of: Month) -> Figure {
    let first = sums.first_day.ok_or(Absence::NoData)?;
    known(as_of.since(Month::of(first)) + 1 >= VOLATILITY_MONTHS)?;
    nonzero(sums.net_l36)?;
    sums.volatility_squared_l36.and_then(sqrt_of_scaled_square).ok_or(Absence::Undefined)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn d(s: &str) -> Decimal {
        s.parse().unwrap()
    }

    fn month() -> Month {
        "2013-11".parse().unwrap()
    }

    /// 100, 120 and 150 in three years, all in one month of each, known cost 90 in the last.
    fn sums() -> FigureSums {
        FigureSums {
            customer_id: CustomerId(Uuid::from_u128(1)),
            external_id: "C1".into(),
            net_l12: d("150"),
            net_p12: d("120"),
            net_pp12: d("100"),
            lines_l12: 3,
            lines_p12: 2,
            lines_pp12: 1,
            cost_l12: d("90"),
            without_cost_l12: 0,
            orders_l12: 2,
            active_months_l12: 1,
            categories_l12: 2,
            rank_l12: Some(1),
            tenant_net_l12: d("600"),
            tenant_since: "2009-01".parse().ok(),
            net_l36: d("370"),
            // 36 x 46900 / 370^2 - 1 = 11.333089846603...
            volatility_squared_l36: Some(d("1133308984660336")),
            first_day: Some("2011-01-31".parse().unwrap()),
            last_order_day: Some("2013-11-01".parse().unwrap()),
            potential: Some(d("120")),
        }
    }

    #[test]
    fn a_worked_customer() {
        let f = figures(sums(), month());
        let shown = |figure: Figure| figure.unwrap().to_string();
        assert_eq!(shown(f.growth_l12), "0.250000");
        assert_eq!(shown(f.cagr_3y), "0.224745");
        assert_eq!(shown(f.gross_margin_l12), "60.0000");
        assert_eq!(shown(f.gross_margin_pct_l12), "0.400000");
        assert_eq!(f.recency_days, Ok(29));
        assert_eq!(shown(f.revenue_share_l12), "0.250000");
        assert_eq!(shown(f.volatility_l36), "3.366465");
        assert_eq!(shown(f.share_of_wallet), "1.250000");
        assert_eq!(shown(f.purchase_potential), "120.0000");
    }

    #[test]
    fn a_prospect_has_no_revenue_and_no_ratios() {
        let prospect = FigureSums {
            net_l12: d("0"),
            net_p12: d("0"),
            net_pp12: d("0"),
            lines_l12: 0,
            lines_p12: 0,
            lines_pp12: 0,
            cost_l12: d("0"),
            rank_l12: None,
            net_l36: d("0"),
            volatility_squared_l36: None,
            first_day: None,
            last_order_day: None,
            potential: None,
            ..sums()
        };
        let f = figures(prospect, month());
        assert_eq!(f.revenue_l12.to_string(), "0.0000");
        assert_eq!(f.growth_l12, Err(Absence::ZeroBase));
        assert_eq!(f.cagr_3y, Err(Absence::ZeroBase));
        assert_eq!(f.gross_margin_pct_l12, Err(Absence::ZeroBase));
        assert_eq!(f.recency_days, Err(Absence::NoData));
        assert_eq!(f.revenue_rank_l12, Err(Absence::NoData));
        assert_eq!(f.volatility_l36, Err(Absence::NoData));
        assert_eq!([f.share_of_wallet, f.purchase_potential], [Err(Absence::NoData); 2]);
    }

    #[test]
    fn a_base_that_is_negative_leaves_the_ratio_undefined() {
        let returns = FigureSums {
            net_p12: d("-1"),
            net_pp12: d("-1"),
            tenant_net_l12: d("-1"),
            net_l36: d("-1"),
            volatility_squared_l36: None,
            ..sums()
        };
        let f = figures(returns, month());
        for figure in [f.growth_l12, f.cagr_3y, f.revenue_share_l12, f.volatility_l36] {
            assert_eq!(figure, Err(Absence::Undefined));
        }
    }

    #[test]
    fn a_base_that_is_known_to_be_0_is_named_as_that() {
        let nothing = FigureSums {
            net_l12: d("0"),
            net_p12: d("0"),
            net_pp12: d("0"),
            tenant_net_l12: d("0"),
            net_l36: d("0"),
            potential: Some(d("0")),
            volatility_squared_l36: None,
            ..sums()
        };
        let f = figures(nothing, month());
        let ratios =
            [f.growth_l12, f.cagr_3y, f.gross_margin_pct_l12, f.revenue_share_l12, f.share_of_wallet, f.volatility_l36];
        assert_eq!(ratios, [Err(Absence::ZeroBase); 6]);
    }

    #[test]
    fn a_window_before_the_tenants_first_sale_is_unknown_and_not_0() {
        let absences = |since: Option<&str>| {
            let tenant_since = since.map(|month| month.parse().unwrap());
            let young =
                FigureSums { lines_p12: 0, lines_pp12: 0, net_p12: d("0"), net_pp12: d("0"), tenant_since, ..sums() };
            let f = figures(young, month());
            (f.growth_l12.unwrap_err(), f.cagr_3y.unwrap_err())
        };
        // P12 begins in December 2011, PP12 in December 2010.
        assert_eq!(absences(None), (Absence::NoData, Absence::NoData));
        assert_eq!(absences(Some("2012-01")), (Absence::NoData, Absence::NoData));
        assert_eq!(absences(Some("2011-12")), (Absence::ZeroBase, Absence::NoData));
        assert_eq!(absences(Some("2010-12")), (Absence::ZeroBase, Absence::ZeroBase));
    }

    #[test]
    fn one_line_without_cost_leaves_no_margin() {
        let f = figures(FigureSums { without_cost_l12: 1, ..sums() }, month());
        assert_eq!((f.gross_margin_l12, f.gross_margin_pct_l12), (Err(Absence::NoData), Err(Absence::NoData)));
    }

    #[test]
    fn volatility_needs_twelve_months_counted_from_the_first_sale() {
        let since = |day: &str| {
            let first_day = day.parse().ok();
            figures(FigureSums { first_day, ..sums() }, month()).volatility_l36.is_ok()
        };
        assert!(since("2012-12-31"));
        assert!(!since("2013-01-01"));
    }

    proptest! {
        #[test]
        fn growth_leads_from_the_base_to_the_revenue(now in -1_000_000_i64..1_000_000, before in 1_i64..1_000_000) {
            let f = figures(FigureSums { net_l12: now.into(), net_p12: before.into(), ..sums() }, month());
            let back = Decimal::from(before) * (Decimal::ONE + f.growth_l12.unwrap());
            prop_assert!((back - Decimal::from(now)).abs() <= Decimal::from(before) * d("0.0000005"));
        }
    }
}
