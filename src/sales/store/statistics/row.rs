//! The answer of the sales statistics.

use async_graphql::SimpleObject;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::StatisticsDimension;
use super::comparing::Before;
use super::period::Coverage;
use crate::values::{Exact, ratio, round_money};

/// What a group has in one dimension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct GroupKey {
    /// The dimension.
    pub dimension: StatisticsDimension,
    /// The time bucket, the external id or the text; null where the lines have none, and in "others".
    pub key: Option<String>,
    /// The name of the customer, product or salesperson, the months of a quarter or fiscal year (`2026-04 – 2026-06`); null
    /// where the key says it all.
    pub label: Option<String>,
    /// The id of the customer, product or salesperson, as the filters take it.
    pub id: Option<Uuid>,
}

/// The sums of a group's lines, as the database gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measures {
    /// Lines.
    pub lines: i64,
    /// Orders with a positive net.
    pub orders: i64,
    /// The other orders.
    pub returns: i64,
    /// Lines with a negative net.
    pub return_lines: i64,
    /// Their net.
    pub return_net: Decimal,
    /// Distinct customers with an order of a positive net.
    pub customers: i64,
    /// Sum of quantity.
    pub quantity: Decimal,
    /// Sum of net.
    pub net: Decimal,
    /// Sum of cost; `None` where a line lacks it.
    pub cost: Option<Decimal>,
}

/// The lines of one group, added up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct StatisticsRow {
    /// The group, in the order of `group_by`; empty for the totals.
    pub keys: Vec<GroupKey>,
    /// Whether it holds everything outside the top, in its time bucket.
    pub others: bool,
    /// Lines.
    pub lines: i64,
    /// Distinct orders that sold something: what a customer's lines of one order id come to in the group's time, whichever
    /// of them pass the filters, is positive. One with lines in two groups counts in both.
    pub orders: i64,
    /// The other orders: they only take back, or come to 0.
    pub returns: i64,
    /// Lines with a negative net, in whichever order.
    pub return_lines: i64,
    /// Their net, 0 or less; it is in `net`.
    pub return_net: Exact,
    /// Distinct customers with one of the `orders`; one with orders in two groups counts in both.
    pub customers: i64,
    /// Sum of quantity.
    pub quantity: Exact,
    /// Sum of net.
    pub net: Exact,
    /// Sum of cost; null where a line of the group lacks it.
    pub cost: Option<Exact>,
    /// Net less cost; null where cost is.
    pub gross_margin: Option<Exact>,
    /// Gross margin / net, 6 places; null where cost is, or net is not positive.
    pub gross_margin_pct: Option<Exact>,
    /// Net / net of the totals, 6 places; null where the totals' net is not positive.
    pub share: Option<Exact>,
    /// The group's days, and whether sales cover them; null where nothing is grouped by time, and in the totals.
    pub period: Option<Coverage>,
    /// Its net before and the growth since, where they are asked for.
    pub before: Option<Before>,
}

/// Sales by group, and their totals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
#[graphql(name = "SalesStatistics")]
#[schema(as = SalesStatistics)]
pub struct Statistics {
    /// The days that count, and whether sales cover them.
    pub period: Coverage,
    /// The groups: by time ascending, then net descending, then keys ascending; "others" last of its time bucket.
    pub rows: Vec<StatisticsRow>,
    /// All lines that pass the filters; its counts are distinct over all of them, so they may be less than the sum of the
    /// rows' counts.
    pub totals: StatisticsRow,
}

impl StatisticsRow {
    /// Derives margin and share from a group's sums and the totals' net.
    pub(super) fn new(keys: Vec<GroupKey>, others: bool, sums: Measures, total_net: Decimal) -> Self {
        let margin = sums.cost.map(|cost| sums.net - cost);
        Self {
            keys,
            others,
            lines: sums.lines,
            orders: sums.orders,
            returns: sums.returns,
            return_lines: sums.return_lines,
            return_net: Exact(round_money(sums.return_net)),
            customers: sums.customers,
            quantity: Exact(round_money(sums.quantity)),
            net: Exact(round_money(sums.net)),
            cost: sums.cost.map(|c| Exact(round_money(c))),
            gross_margin: margin.map(|m| Exact(round_money(m))),
            gross_margin_pct: margin.and_then(|m| share_of(m, sums.net)),
            share: share_of(sums.net, total_net),
            period: None,
            before: None,
        }
    }
}

/// `part / whole` to 6 places; `None` where the whole is not positive.
pub(super) fn share_of(part: Decimal, whole: Decimal) -> Option<Exact> {
    if whole > Decimal::ZERO { ratio(part, whole).map(Exact) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(net: &str, cost: Option<&str>) -> Measures {
        let d = |s: &str| s.parse().unwrap();
        Measures {
            lines: 1,
            orders: 1,
            returns: 0,
            return_lines: 0,
            return_net: d("0"),
            customers: 1,
            quantity: d("2"),
            net: d(net),
            cost: cost.map(d),
        }
    }

    #[test]
    fn a_margin_needs_every_cost_and_a_ratio_a_positive_base() {
        let row = StatisticsRow::new(vec![], false, sums("80", Some("60")), Decimal::from(200));
        assert_eq!(row.gross_margin.unwrap().to_string(), "20.0000");
        assert_eq!(row.gross_margin_pct.unwrap().to_string(), "0.250000");
        assert_eq!(row.share.unwrap().to_string(), "0.400000");

        let row = StatisticsRow::new(vec![], false, sums("80", None), Decimal::ZERO);
        assert_eq!((row.cost, row.gross_margin, row.gross_margin_pct, row.share), (None, None, None, None));

        let row = StatisticsRow::new(vec![], false, sums("-80", Some("60")), Decimal::from(200));
        assert_eq!(row.gross_margin.unwrap().to_string(), "-140.0000");
        assert_eq!(row.gross_margin_pct, None);
        assert_eq!(row.share.unwrap().to_string(), "-0.400000");
    }
}
