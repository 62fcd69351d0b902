//! What a caller asks of the sales statistics.

use std::collections::BTreeSet;

use async_graphql::{Enum, InputObject};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sqlx::{Postgres, QueryBuilder};
use thiserror::Error;
use utoipa::ToSchema;

use super::comparing::Comparison;
use super::period::PeriodChoice;
use crate::values::{CustomerId, Date, Month, ProductId, SalespersonId};

/// The most dimensions one question may group by.
const MAX_DIMENSIONS: usize = 4;
/// The most groups `top` may keep.
const MAX_TOP: u32 = 1_000;
/// The most values one filter may list.
const MAX_FILTER_VALUES: usize = 1_000;

/// What sales are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum StatisticsDimension {
    /// The day of the line; key `2013-11-29`.
    Day,
    /// The calendar month; key `2013-11`.
    Month,
    /// The calendar quarter; key `2013-Q4`.
    Quarter,
    /// The calendar year; key `2013`.
    Year,
    /// The tenant's fiscal year, named by the calendar year in which it starts; key `2013`.
    FiscalYear,
    /// The quarter of the tenant's fiscal year; key `FY2013-Q4`, where the fiscal year 2013 starts in that calendar year.
    FiscalQuarter,
    /// The customer; key: its external id.
    Customer,
    /// The product; key: its external id.
    Product,
    /// The product's category.
    Category,
    /// The line's own seller, who may be another than the customer's owner; key: the external id.
    Salesperson,
    /// The salesperson who owns the customer now; key: the external id.
    Owner,
    /// The customer's territory.
    Territory,
    /// The customer's industry.
    Industry,
    /// The currency of the line.
    Currency,
}

impl StatisticsDimension {
    /// Whether it cuts time.
    pub fn is_time(self) -> bool {
        self.months().is_some()
    }

    /// Whether the lines of one order may lie in several of its groups, time aside.
    pub(super) fn parts_orders(self) -> bool {
        matches!(self, Self::Product | Self::Category | Self::Salesperson | Self::Currency)
    }
}

/// Which of a line's amounts are added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[graphql(name = "StatisticsAmounts")]
#[serde(rename_all = "snake_case")]
#[schema(as = StatisticsAmounts)]
pub enum Amounts {
    /// In the tenant's base currency, converted when the line was loaded.
    #[default]
    Base,
    /// As invoiced, in the documents' own currencies, added as plain numbers. Group or filter by currency for a sum
    /// that means money.
    Original,
}

impl Amounts {
    /// The columns of net and cost.
    pub(super) fn columns(self) -> (&'static str, &'static str) {
        match self {
            Self::Base => ("l.base_net", "l.base_cost"),
            Self::Original => ("l.net", "l.cost"),
        }
    }
}

/// A span of days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first day that counts; `None` for all that came before.
    pub from: Option<NaiveDate>,
    /// The first day that no longer counts; `None` for all that is to come.
    pub to: Option<NaiveDate>,
}

impl Span {
    /// Whole months from `first` to `last`, both included.
    pub fn months(first: Month, last: Month) -> Self {
        Self { from: Some(first.first_day()), to: Some(last.plus(1).first_day()) }
    }

    /// Restricts lines (`l`) to the span.
    pub(super) fn push(self, sql: &mut QueryBuilder<Postgres>) {
        if let Some(from) = self.from {
            sql.push(" and l.day >= ").push_bind(from);
        }
        if let Some(to) = self.to {
            sql.push(" and l.day < ").push_bind(to);
        }
    }
}

/// A question to the sales statistics. Empty lists and absent fields restrict nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[graphql(name = "StatisticsQueryInput")]
#[serde(deny_unknown_fields, default)]
pub struct StatisticsQuery {
    /// What to group by, 0 to 4 different dimensions; none gives the totals alone.
    #[graphql(default)]
    #[schema(max_items = 4)]
    pub group_by: Vec<StatisticsDimension>,
    /// The first day that counts.
    pub from: Option<Date>,
    /// The first day that no longer counts.
    pub to: Option<Date>,
    /// Which days count where `from` and `to` are absent: by default all where the question groups by time, else the last
    /// whole fiscal year with sales.
    pub period: Option<PeriodChoice>,
    /// Beside each group its net before, and the growth since.
    pub compare: Option<Comparison>,
    /// Only these customers.
    #[graphql(default)]
    #[schema(max_items = 1000)]
    pub customers: Vec<CustomerId>,
    /// Only these products.
    #[graphql(default)]
    #[schema(max_items = 1000)]
    pub products: Vec<ProductId>,
    /// Only products of these categories.
    #[graphql(default)]
    #[schema(max_items = 1000)]
    pub categories: Vec<String>,
    /// Only lines sold by these salespeople.
    #[graphql(default)]
    #[schema(max_items = 1000)]
    pub salespeople: Vec<SalespersonId>,
    /// Only customers of these territories.
    #[graphql(default)]
    #[schema(max_items = 1000)]
    pub territories: Vec<String>,
    /// Only customers of these industries.
    #[graphql(default)]
    #[schema(max_items = 1000)]
    pub industries: Vec<String>,
    /// Only lines in these currencies.
    #[graphql(default)]
    #[schema(max_items = 1000)]
    pub currencies: Vec<String>,
    /// Base currency by default.
    #[graphql(default)]
    pub amounts: Amounts,
    /// Keep the 1 to 1,000 groups with the largest net over the whole span, and put the rest together as "others", in
    /// each time bucket. Needs a dimension other than time.
    #[schema(minimum = 1, maximum = 1000)]
    pub top: Option<u32>,
}

/// What is wrong with a [`StatisticsQuery`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
pub enum StatisticsProblem {
    /// More than four dimensions.
    #[error("group_by takes at most 4 dimensions")]
    TooManyDimensions,
    /// A dimension twice.
    #[error("group_by names a dimension twice")]
    RepeatedDimension,
    /// `to` is not after `from`.
    #[error("to must be after from")]
    EmptySpan,
    /// A period in words beside one in days.
    #[error("give either period, or from and to")]
    TwoPeriods,
    /// `top` is not 1 to 1,000.
    #[error("top must be 1 to 1000")]
    TopOutOfRange,
    /// `top` with nothing to rank.
    #[error("top needs a dimension other than time in group_by")]
    TopWithoutGroups,
    /// A filter lists more than 1,000 values.
    #[error("a filter takes at most 1000 values")]
    TooManyFilterValues,
}

impl StatisticsProblem {
    /// The field it is about.
    pub fn field(self) -> &'static str {
        match self {
            Self::TooManyDimensions | Self::RepeatedDimension => "group_by",
            Self::EmptySpan => "to",
            Self::TwoPeriods => "period",
            Self::TopOutOfRange | Self::TopWithoutGroups => "top",
            Self::TooManyFilterValues => "filters",
        }
    }
}

impl StatisticsQuery {
    /// Its span of days.
    pub fn span(&self) -> Span {
        Span { from: self.from.map(|d| d.0), to: self.to.map(|d| d.0) }
    }

    /// Whether its filters may leave out some of an order's lines.
    pub(super) fn parts_orders(&self) -> bool {
        let of_products = self.products.is_empty() && self.categories.is_empty();
        !(of_products && self.salespeople.is_empty() && self.currencies.is_empty())
    }

    /// Everything wrong with the question, in the order of its fields; empty where it can be answered.
    pub fn problems(&self) -> Vec<StatisticsProblem> {
        let distinct: BTreeSet<_> = self.group_by.iter().collect();
        let filters = [
            self.customers.len(),
            self.products.len(),
            self.categories.len(),
            self.salespeople.len(),
            self.territories.len(),
            self.industries.len(),
            self.currencies.len(),
        ];
        let checks = [
            (self.group_by.len() > MAX_DIMENSIONS, StatisticsProblem::TooManyDimensions),
            (distinct.len() < self.group_by.len(), StatisticsProblem::RepeatedDimension),
            (self.from.zip(self.to).is_some_and(|(from, to)| from >= to), StatisticsProblem::EmptySpan),
            (self.period.is_some() && (self.from.is_some() || self.to.is_some()), StatisticsProblem::TwoPeriods),
            (filters.iter().any(|n| *n > MAX_FILTER_VALUES), StatisticsProblem::TooManyFilterValues),
            (self.top.is_some_and(|n| !(1..=MAX_TOP).contains(&n)), StatisticsProblem::TopOutOfRange),
            (self.top.is_some() && self.group_by.iter().all(|d| d.is_time()), StatisticsProblem::TopWithoutGroups),
        ];
        checks.into_iter().filter_map(|(wrong, problem)| wrong.then_some(problem)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_every_problem_at_once() {
        let day = |s: &str| s.parse().ok().map(Date);
        let query = StatisticsQuery {
            group_by: vec![StatisticsDimension::Year, StatisticsDimension::Year],
            from: day("2013-01-01"),
            to: day("2013-01-01"),
            top: Some(0),
            ..Default::default()
        };
        assert_eq!(
            query.problems(),
            [
                StatisticsProblem::RepeatedDimension,
                StatisticsProblem::EmptySpan,
                StatisticsProblem::TopOutOfRange,
                StatisticsProblem::TopWithoutGroups,
            ]
        );
        assert_eq!(StatisticsQuery::default().problems(), []);
        let twice = StatisticsQuery { to: day("2013-01-01"), period: Some(PeriodChoice::All), ..Default::default() };
        assert_eq!(twice.problems(), [StatisticsProblem::TwoPeriods]);
    }

    #[test]
    fn reads_snake_case_and_refuses_unknown_fields() {
        let query: StatisticsQuery =
            serde_json::from_str(r#"{"group_by":["fiscal_year"],"amounts":"original"}"#).unwrap();
        assert_eq!((query.group_by, query.amounts), (vec![StatisticsDimension::FiscalYear], Amounts::Original));
        assert!(serde_json::from_str::<StatisticsQuery>(r#"{"groupby":["year"]}"#).is_err());
    }
}
