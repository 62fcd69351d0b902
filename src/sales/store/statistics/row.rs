//! The answer of the sales statistics.

use async_graphql::SimpleObject;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::StatisticsDimension;
use crate::values::{Exact, ratio, round_money};

/// What a group has in one dimension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct GroupKey {
    /// The dimension.
    pub dimension: StatisticsDimension,
    /// The time bucket, the external id or the text; null where the lines have none, and in "others".
    pub key: Option<String>,
    /// The name of the customer, product or salesperson; null where the key says it all.
    pub label: Option<String>,
    /// The id of the customer, product or salesperson, as the filters take it.
    pub id: Option<Uuid>,
}

/// The sums of a group's lines, as the database gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measures {
    /// Lines.
    pub lines: i64,
    /// Distinct orders.
    pub orders: i64,
    /// Distinct customers.
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
    /// Distinct orders; one with lines in two groups counts in both.
    pub orders: i64,
    /// Distinct customers with a line; one with lines in two groups counts in both.
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
}

/// Sales by group, and their totals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
#[graphql(name = "SalesStatistics")]
#[schema(as = SalesStatistics)]
pub struct Statistics {
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
            customers: sums.customers,
            quantity: Exact(round_money(sums.quantity)),
            net: Exact(round_money(sums.net)),
            cost: sums.cost.map(|c| Exact(round_money(c))),
            gross_margin: margin.map(|m| Exact(round_money(m))),
            gross_margin_pct: margin.and_then(|m| share_of(m, sums.net)),
            share: share_of(sums.net, total_net),
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
        Measures { lines: 1, orders: 1, customers: 1, quantity: d("2"), net: d(net), cost: cost.map(d) }
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
