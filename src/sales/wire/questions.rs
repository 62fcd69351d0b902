//! Questions to the statistics and the answers that are pages.

use async_graphql::{InputObject, SimpleObject};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Error, Problems, Result};
use crate::sales::store::statistics::{
    Amounts, ClassCount, ClassEdge, ClassLimits, ConcentrationRow, Coverage, DEFAULT_SHARE, PeriodChoice, SmallestSet,
    Span, ThreeYearCount, ThreeYearFigures, WithoutOrders,
};
use crate::values::{Date, Exact};

/// How sales classes are cut. What is absent takes its default.
#[derive(Clone, Copy, Debug, Default, InputObject)]
#[graphql(name = "SalesClassesInput")]
pub struct SalesClassesQuestion {
    /// The first day that counts.
    pub from: Option<Date>,
    /// The first day that no longer counts.
    pub to: Option<Date>,
    /// Which days count where `from` and `to` are absent; the last whole fiscal year with sales by default.
    pub period: Option<PeriodChoice>,
    /// Which amounts; the base currency's by default.
    #[graphql(default)]
    pub amounts: Amounts,
    /// Where the customer goes who crosses a limit; the upper class by default.
    #[graphql(default)]
    pub edge: ClassEdge,
    /// The cumulative share at which class A ends, above 0; 0.80 by default.
    pub a_limit: Option<Exact>,
    /// The cumulative share at which class B ends, from `a_limit` to 1; 0.95 by default.
    pub b_limit: Option<Exact>,
    /// The share the smallest set makes, above 0 to 1; 0.8 by default.
    pub share: Option<Exact>,
}

/// Which three years.
#[derive(Clone, Copy, Debug, Default, InputObject)]
#[graphql(name = "ThreeYearsInput")]
pub struct ThreeYearsQuestion {
    /// The last of the three fiscal years, named by the calendar year in which it starts, 4 to 9990; the last whole one
    /// with sales by default.
    pub last_year: Option<i32>,
    /// Which amounts; the base currency's by default.
    #[graphql(default)]
    pub amounts: Amounts,
}

/// A customer on the Pareto curve, and whether it is in the smallest set.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
pub struct SalesClassRow {
    /// Rank, shares and class.
    #[serde(flatten)]
    #[graphql(flatten)]
    pub place: ConcentrationRow,
    /// Whether it is one of the fewest customers making the share asked for.
    pub in_smallest_set: bool,
}

/// The sales classes in numbers, and a page of their customers by rank.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SalesClassesPage {
    /// The days that count, and whether sales cover them.
    pub period: Coverage,
    /// Customers with an order of a positive net.
    pub customers: i64,
    /// Net of all lines.
    pub total_net: Exact,
    /// Customers that only sent goods back.
    pub without_orders: WithoutOrders,
    /// The fewest customers making the share asked for; null where the total is not positive.
    pub smallest_set: Option<SmallestSet>,
    /// A, B and C; none where the total is not positive.
    pub classes: Vec<ClassCount>,
    /// The customers by rank.
    pub items: Vec<SalesClassRow>,
    /// Where to go on; null on the last page.
    pub next_cursor: Option<String>,
}

/// How many customers have how many years with sales, and a page of the customers by external id.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ThreeYearsPage {
    /// The last of the three fiscal years, named by the calendar year in which it starts.
    pub last_year: i32,
    /// The three years, oldest first, and whether sales cover each.
    pub years: Vec<Coverage>,
    /// All the tenant's customers by years with sales, most years first.
    pub counts: Vec<ThreeYearCount>,
    /// The customers that ever bought, by external id, also those without a line in the three years.
    pub items: Vec<ThreeYearFigures>,
    /// Where to go on; null on the last page.
    pub next_cursor: Option<String>,
}

/// A list that is short enough to come whole.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct WholeList<T> {
    /// The items in their order.
    pub items: Vec<T>,
}

impl SalesClassesQuestion {
    /// Its span of days.
    pub(in crate::sales) fn span(&self) -> Span {
        Span { from: self.from.map(|d| d.0), to: self.to.map(|d| d.0) }
    }

    /// The share of the smallest set.
    pub(in crate::sales) fn share(&self) -> Decimal {
        self.share.map_or(DEFAULT_SHARE, |share| share.0)
    }

    /// The limits of the classes.
    ///
    /// # Errors
    /// `invalid_input` with everything that is wrong with the question.
    pub(in crate::sales) fn limits(&self) -> Result<ClassLimits> {
        let mut problems = Problems::new();
        if self.from.zip(self.to).is_some_and(|(from, to)| from >= to) {
            problems.add("/to", "range", "Must be after from.", "必须晚于 from。");
        }
        if self.period.is_some() && (self.from.is_some() || self.to.is_some()) {
            let zh = "period 与 from、to 只能选其一。";
            problems.add("/period", "contradiction", "Give either period, or from and to.", zh);
        }
        if self.share() <= Decimal::ZERO || self.share() > Decimal::ONE {
            problems.add("/share", "range", "Above 0, at most 1.", "大于 0 且不超过 1。");
        }
        let limit = |given: Option<Exact>, default| given.map_or(default, |share| share.0);
        let limits =
            ClassLimits::new(limit(self.a_limit, Decimal::new(80, 2)), limit(self.b_limit, Decimal::new(95, 2)));
        if limits.is_err() {
            problems.add("/a_limit", "range", "0 < a_limit <= b_limit <= 1.", "须满足 0 < a_limit <= b_limit <= 1。");
        }
        problems.into_result()?;
        limits.map_err(Error::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_of_a_question_is_named() {
        let day = Some(Date("2024-01-01".parse().unwrap()));
        let wrong = SalesClassesQuestion {
            from: day,
            to: day,
            share: Some(Exact(Decimal::ZERO)),
            a_limit: Some(Exact(Decimal::ONE)),
            ..Default::default()
        };
        let error = wrong.limits().unwrap_err();
        let pointers: Vec<_> = error.problems().iter().map(|p| p.pointer.as_str()).collect();
        assert_eq!(pointers, ["/to", "/share", "/a_limit"]);
        assert_eq!(SalesClassesQuestion::default().limits().unwrap(), ClassLimits::default());
    }
}
