//! What customers take of our effort, and how that compares with what they give.

use std::collections::HashMap;

use async_graphql::Enum;
use num_bigint::BigInt;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Absence, CustomerFigures, Fact, FactValue, Finances, Metric, Missing};
use crate::values::{CustomerId, Exact, round_money};

/// The highest effort ratio that is told. It also stands for an infinite one: effort that brings no margin at all.
pub const HIGHEST_EFFORT_RATIO: Decimal = Decimal::ONE_THOUSAND;

/// What effort is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum EffortBasis {
    /// Costs to serve of the 12 months, in the base currency.
    CostToServe,
    /// Orders, lines, returns and small orders of the 12 months, each with its weight, where no cost to serve is booked.
    HandlingUnits,
}

/// How many handling units each thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandlingWeights {
    /// An order.
    pub order: Decimal,
    /// A line.
    pub line: Decimal,
    /// A line that takes goods back, on top.
    pub return_line: Decimal,
    /// An order below the break-even order, on top.
    pub small_order: Decimal,
}

/// How effort is reckoned where no cost to serve is booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EffortRules {
    /// What each thing weighs.
    pub weights: HandlingWeights,
    /// The net, in the base currency, that an order needs in order to pay; no order is small where it is not known.
    pub break_even_order: Option<Decimal>,
}

/// What was handled for a customer, or for all, in the 12 months.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handling {
    /// Orders, as `orders_l12` counts them.
    pub orders: i64,
    /// Lines.
    pub lines: i64,
    /// Lines with a net below 0.
    pub return_lines: i64,
    /// Orders with a positive net below the break-even order.
    pub small_orders: i64,
}

/// Effort and gross margin of the whole book: of all customers of the tenant, whoever is asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookEffort {
    /// What effort is counted in; `None` where neither a cost nor a line is known of the 12 months.
    pub basis: Option<EffortBasis>,
    /// Gross margin of those of whom it is known.
    pub margin: Exact,
    /// Costs to serve.
    pub cost_to_serve: Exact,
    /// What was handled.
    pub handling: Handling,
    /// The break-even order that small orders were counted by.
    pub break_even_order: Option<Exact>,
}

/// The efforts of all customers in the 12 months that end with a month.
#[derive(Clone, Debug)]
pub struct Efforts {
    pub(super) rules: EffortRules,
    pub(super) book: BookEffort,
    /// Return lines and small orders, of customers with either.
    pub(super) extras: HashMap<CustomerId, (i64, i64)>,
}

impl HandlingWeights {
    /// What was handled as handling units.
    pub fn units(&self, handling: Handling) -> Decimal {
        let each = [
            (self.order, handling.orders),
            (self.line, handling.lines),
            (self.return_line, handling.return_lines),
            (self.small_order, handling.small_orders),
        ];
        each.into_iter().map(|(weight, count)| weight * Decimal::from(count)).sum()
    }
}

impl BookEffort {
    /// The effort of one customer, or of all, in the unit of the basis; `None` where it is not known.
    pub fn effort(
        &self,
        weights: &HandlingWeights,
        cost_to_serve: Option<Decimal>,
        handling: Option<Handling>,
    ) -> Option<Decimal> {
        match self.basis? {
            EffortBasis::CostToServe => cost_to_serve,
            EffortBasis::HandlingUnits => handling.map(|handling| round_money(weights.units(handling))),
        }
    }

    /// The effort of all.
    pub fn whole_effort(&self, weights: &HandlingWeights) -> Option<Decimal> {
        self.effort(weights, Some(self.cost_to_serve.0), Some(self.handling))
    }

    /// `(effort / effort of all) / (margin / margin of all)`, 6 places, from 0 to [`HIGHEST_EFFORT_RATIO`].
    ///
    /// Effort without a positive margin is infinite; a margin without effort has 0.
    ///
    /// # Errors
    /// `NotAvailable` where no effort is known, `NoData` where the margin is not known, `Undefined` where there is neither
    /// effort nor margin, or all together have nothing to take a share of.
    pub fn ratio(
        &self,
        weights: &HandlingWeights,
        effort: Option<Decimal>,
        margin: Option<Decimal>,
    ) -> Result<Decimal, Missing> {
        let (effort, whole) = effort.zip(self.whole_effort(weights)).ok_or(Missing::NotAvailable)?;
        let margin = margin.ok_or(Missing::NoData)?;
        match (effort > Decimal::ZERO, margin > Decimal::ZERO) {
            (false, false) => return Err(Missing::Undefined),
            (false, true) => return Ok(rounded(Decimal::ZERO)),
            (true, false) => return Ok(rounded(HIGHEST_EFFORT_RATIO)),
            (true, true) => {}
        }
        if whole <= Decimal::ZERO || self.margin.0 <= Decimal::ZERO {
            return Err(Missing::Undefined);
        }
        let parts = ten_thousandths(effort) * ten_thousandths(self.margin.0);
        let base = ten_thousandths(whole) * ten_thousandths(margin);
        let millionths: BigInt = (parts * 2_000_000 + &base) / (base * 2);
        let told = millionths.to_i64().map_or(HIGHEST_EFFORT_RATIO, |millionths| Decimal::new(millionths, 6));
        Ok(rounded(told.min(HIGHEST_EFFORT_RATIO)))
    }
}

impl Efforts {
    /// The whole book.
    pub fn book(&self) -> &BookEffort {
        &self.book
    }

    /// What was handled for a customer.
    pub fn handling(&self, figures: &CustomerFigures) -> Handling {
        let (return_lines, small_orders) = self.extras.get(&figures.customer_id).copied().unwrap_or_default();
        Handling { orders: figures.orders_l12, lines: figures.lines_l12, return_lines, small_orders }
    }

    /// `effort_ratio_l12`. Where effort is a cost, `finances` must have been read.
    ///
    /// # Errors
    /// As [`BookEffort::ratio`].
    pub fn fact(&self, figures: &CustomerFigures, finances: Option<&Finances>) -> Fact {
        let cost = cost_to_serve(finances, figures);
        let effort = self.book.effort(&self.rules.weights, cost, Some(self.handling(figures)));
        self.book.ratio(&self.rules.weights, effort, figures.gross_margin_l12.ok()).map(FactValue::number)
    }
}

/// `profit_l12`: the net profit where it is known, else the gross margin.
///
/// # Errors
/// Why the gross margin is not known.
pub fn profit(figures: &CustomerFigures, finances: Option<&Finances>) -> Fact {
    if let Some(net) = net_profit(finances, figures) {
        return Ok(FactValue::number(net));
    }
    figures.gross_margin_l12.map(FactValue::number).map_err(|absence: Absence| Missing::from(absence))
}

/// `net_profit_l12`, where it is known.
pub fn net_profit(finances: Option<&Finances>, figures: &CustomerFigures) -> Option<Decimal> {
    known(finances, Metric::NetProfitL12, figures)
}

/// `cost_to_serve_l12`, where it is known.
pub fn cost_to_serve(finances: Option<&Finances>, figures: &CustomerFigures) -> Option<Decimal> {
    known(finances, Metric::CostToServeL12, figures)
}

fn known(finances: Option<&Finances>, metric: Metric, figures: &CustomerFigures) -> Option<Decimal> {
    finances?.fact(metric, figures.customer_id, Some(figures)).ok()?.as_number()
}

fn rounded(ratio: Decimal) -> Decimal {
    crate::values::round_ratio(ratio)
}

/// An amount as a count of its fourth decimal place; none has more.
fn ten_thousandths(amount: Decimal) -> BigInt {
    let mut amount = amount;
    amount.rescale(4);
    BigInt::from(amount.mantissa())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn weights() -> HandlingWeights {
        HandlingWeights { order: d("1"), line: d("0.25"), return_line: d("1"), small_order: d("1") }
    }

    /// All together: 300 units of handling, a margin of 1,000, costs of 500.
    fn book(basis: Option<EffortBasis>) -> BookEffort {
        let handling = Handling { orders: 200, lines: 400, return_lines: 0, small_orders: 0 };
        let (margin, cost_to_serve) = (Exact(d("1000")), Exact(d("500")));
        BookEffort { basis, margin, cost_to_serve, handling, break_even_order: None }
    }

    #[test]
    fn handling_units_worked_by_hand() {
        // 10 + 24 x 0.25 + 3 + 2.
        let handling = Handling { orders: 10, lines: 24, return_lines: 3, small_orders: 2 };
        assert_eq!(weights().units(handling), d("21"));
        let heavy = HandlingWeights { return_line: d("2.5"), ..weights() };
        assert_eq!(heavy.units(handling), d("25.5"));
    }

    #[test]
    fn a_ratio_is_the_share_of_effort_over_the_share_of_margin() {
        let book = book(Some(EffortBasis::HandlingUnits));
        let ratio = |effort: &str, margin: &str| book.ratio(&weights(), Some(d(effort)), Some(d(margin)));
        // A tenth of the effort for a twentieth of the margin; a third of it for two thirds; 7 of 300 for 3 of 1,000.
        assert_eq!(ratio("30", "50").unwrap().to_string(), "2.000000");
        assert_eq!(ratio("100", "666.6667").unwrap().to_string(), "0.500000");
        assert_eq!(ratio("7", "3").unwrap().to_string(), "7.777778");
    }

    #[test]
    fn effort_without_margin_is_infinite_and_neither_is_undefined() {
        let book = book(Some(EffortBasis::CostToServe));
        let ratio = |effort: &str, margin: &str| book.ratio(&weights(), Some(d(effort)), Some(d(margin)));
        assert_eq!(ratio("1", "0").unwrap().to_string(), "1000.000000");
        assert_eq!(ratio("1", "-5").unwrap().to_string(), "1000.000000");
        assert_eq!(ratio("400", "0.0001").unwrap(), HIGHEST_EFFORT_RATIO);
        assert_eq!(ratio("0", "5").unwrap().to_string(), "0.000000");
        assert_eq!((ratio("0", "0"), ratio("0", "-5")), (Err(Missing::Undefined), Err(Missing::Undefined)));
    }

    #[test]
    fn what_is_not_known_is_missing_and_never_a_little() {
        let costs = book(Some(EffortBasis::CostToServe));
        assert_eq!(book(None).ratio(&weights(), Some(d("1")), Some(d("1"))), Err(Missing::NotAvailable));
        assert_eq!(costs.effort(&weights(), None, Some(Handling::default())), None);
        assert_eq!(costs.ratio(&weights(), None, Some(d("1"))), Err(Missing::NotAvailable));
        assert_eq!(costs.ratio(&weights(), Some(d("1")), None), Err(Missing::NoData));
        let loses = BookEffort { margin: Exact(d("-1")), ..costs };
        assert_eq!(loses.ratio(&weights(), Some(d("1")), Some(d("1"))), Err(Missing::Undefined));
    }

    proptest! {
        #[test]
        fn ratios_average_to_one_by_margin(parts in prop::collection::vec((1i64..10_000, 1i64..1_000_000), 1..20)) {
            let handling = Handling { orders: parts.iter().map(|(orders, _)| orders).sum(), ..Handling::default() };
            let margin: i64 = parts.iter().map(|(_, margin)| margin).sum();
            let book = BookEffort { handling, margin: Exact(margin.into()), ..book(Some(EffortBasis::HandlingUnits)) };
            let weighed = parts.iter().map(|(orders, own)| {
                let own = Decimal::from(*own);
                let effort = book.effort(&weights(), None, Some(Handling { orders: *orders, ..Handling::default() }));
                book.ratio(&weights(), effort, Some(own)).unwrap() * own
            });
            let average = weighed.sum::<Decimal>() / Decimal::from(margin);
            // Ratios are cut off at the top, which only lowers the average.
            prop_assert!(average <= d("1.000001"));
            if parts.iter().all(|(_, own)| *own * 900 > margin) {
                prop_assert!(average >= d("0.999999"));
            }
        }
    }
}
