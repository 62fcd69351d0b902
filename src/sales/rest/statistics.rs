//! `/v1/statistics`.

use std::str::FromStr;

use actix_web::get;
use actix_web::web::Data;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error as WordError;
use utoipa::IntoParams;

use crate::error::{Error, Result};
use crate::paging::PageRequest;
use crate::rest::{Json, Query, Routes};
use crate::sales::ops;
use crate::sales::statistics::{
    Amounts, ClassEdge, Comparison, MarginByClass, PeriodChoice, QuotaAttainment, QuotaQuery, Statistics,
    StatisticsDimension, StatisticsQuery,
};
use crate::sales::wire::{SalesClassesPage, SalesClassesQuestion, ThreeYearsPage, ThreeYearsQuestion, WholeList};
use crate::tenancy::{Actor, TenantDb};
use crate::values::{Date, Exact};

pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(sales_statistics).service(sales_classes).service(three_years);
    config.service(margin_by_class).service(quota_attainment);
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct SalesQuery {
    /// What to group by, 0 to 4 of day, month, quarter, year, fiscal_year, fiscal_quarter, customer, product, category, salesperson,
    /// owner, territory, industry, currency, with commas between; none gives the totals alone.
    #[param(example = "year,customer")]
    group_by: Option<String>,
    /// The first day that counts.
    from: Option<Date>,
    /// The first day that no longer counts.
    to: Option<Date>,
    /// Which days count where `from` and `to` are absent: `last_year`, the last whole fiscal year with sales, or `all`. By
    /// default `all` where the question groups by time, else `last_year`.
    #[param(inline)]
    period: Option<PeriodChoice>,
    /// Beside each group its net before, and the growth since: `period_before` (the bucket of time before; without one, as
    /// many months or days before) or `year_before`.
    #[param(inline)]
    compare: Option<Comparison>,
    /// Only these customers: ids with commas between, at most 1,000.
    customers: Option<String>,
    /// Only these products: ids with commas between, at most 1,000.
    products: Option<String>,
    /// Only products of these categories, with commas between, at most 1,000.
    #[param(example = "Bikes,Components")]
    categories: Option<String>,
    /// Only lines sold by these salespeople: ids with commas between, at most 1,000.
    salespeople: Option<String>,
    /// Only customers of these territories, with commas between, at most 1,000.
    territories: Option<String>,
    /// Only customers of these industries, with commas between, at most 1,000.
    industries: Option<String>,
    /// Only lines in these currencies, with commas between, at most 1,000.
    #[param(example = "USD,CAD")]
    currencies: Option<String>,
    /// Which amounts; `base` by default.
    #[param(inline)]
    amounts: Option<Amounts>,
    /// Keep the groups with the largest net, and put the rest together as "others", in each time bucket.
    #[param(minimum = 1, maximum = 1000)]
    top: Option<u32>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ClassesQuery {
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// The first day that counts.
    from: Option<Date>,
    /// The first day that no longer counts.
    to: Option<Date>,
    /// Which days count where `from` and `to` are absent: `last_year` (the last whole fiscal year with sales, the default)
    /// or `all`.
    #[param(inline)]
    period: Option<PeriodChoice>,
    /// Which amounts; `base` by default.
    #[param(inline)]
    amounts: Option<Amounts>,
    /// Where the customer goes who crosses a limit: `crossing` (the upper class, the default) or `strict`.
    #[param(inline)]
    edge: Option<ClassEdge>,
    /// The cumulative share at which class A ends, above 0; 0.80 by default.
    #[param(example = "0.80")]
    a_limit: Option<Exact>,
    /// The cumulative share at which class B ends, from `a_limit` to 1; 0.95 by default.
    #[param(example = "0.95")]
    b_limit: Option<Exact>,
    /// The share the smallest set makes, above 0 to 1; 0.8 by default.
    #[param(example = "0.8")]
    share: Option<Exact>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct MarginQuery {
    /// The first day that counts.
    from: Option<Date>,
    /// The first day that no longer counts.
    to: Option<Date>,
    /// Which days count where `from` and `to` are absent: `last_year` (the last whole fiscal year with sales, the default)
    /// or `all`.
    #[param(inline)]
    period: Option<PeriodChoice>,
    /// Which amounts; `base` by default.
    #[param(inline)]
    amounts: Option<Amounts>,
    /// Where the customer goes who crosses a limit: `crossing` (the upper class, the default) or `strict`.
    #[param(inline)]
    edge: Option<ClassEdge>,
    /// The cumulative share at which class A ends, above 0; 0.80 by default.
    #[param(example = "0.80")]
    a_limit: Option<Exact>,
    /// The cumulative share at which class B ends, from `a_limit` to 1; 0.95 by default.
    #[param(example = "0.95")]
    b_limit: Option<Exact>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ThreeYearsQuery {
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// The last of the three fiscal years, named by the calendar year in which it starts; the last whole one with
    /// sales by default.
    #[param(minimum = 4, maximum = 9990, example = 2013)]
    last_year: Option<i32>,
    /// Which amounts; `base` by default.
    #[param(inline)]
    amounts: Option<Amounts>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AttainmentQuery {
    /// Only these salespeople: ids with commas between.
    salespeople: Option<String>,
    /// Only periods that start on this day or later.
    from: Option<Date>,
    /// Only periods that start before this day.
    to: Option<Date>,
    /// Which amounts; `base` by default. Quotas are taken to be in the same.
    #[param(inline)]
    amounts: Option<Amounts>,
}

/// Add up sales by any dimensions.
#[utoipa::path(tag = "statistics", operation_id = "salesStatistics", params(SalesQuery), responses((status = 200, body = Statistics)))]
#[get("/v1/statistics/sales")]
async fn sales_statistics(db: Data<TenantDb>, actor: Actor, query: Query<SalesQuery>) -> Result<Json<Statistics>> {
    let query = query.into_inner().into_question()?;
    Ok(Json(db.read(&actor, async |tx| ops::sales_statistics(tx, &query).await).await?))
}

/// Cut customers into sales classes A, B, C by cumulative share of net; and the fewest customers making a share.
#[utoipa::path(tag = "statistics", operation_id = "salesClasses", params(ClassesQuery), responses((status = 200, body = SalesClassesPage)))]
#[get("/v1/statistics/sales-classes")]
async fn sales_classes(db: Data<TenantDb>, actor: Actor, query: Query<ClassesQuery>) -> Result<Json<SalesClassesPage>> {
    let ClassesQuery { limit, cursor, from, to, period, amounts, edge, a_limit, b_limit, share } = query.into_inner();
    let page = PageRequest::rest(limit, cursor.as_deref())?;
    let (amounts, edge) = (amounts.unwrap_or_default(), edge.unwrap_or_default());
    let asked = SalesClassesQuestion { from, to, period, amounts, edge, a_limit, b_limit, share };
    let found = db.read(&actor, async |tx| ops::sales_classes(tx, &asked).await).await?;
    let rows = page.slice_whole("rank", found.rows)?.into_page();
    Ok(Json(SalesClassesPage {
        period: found.period,
        without_orders: found.without_orders,
        customers: found.customers,
        total_net: found.total_net,
        smallest_set: found.smallest_set,
        classes: found.classes,
        items: rows.items,
        next_cursor: rows.next_cursor,
    }))
}

/// Three fiscal years of each customer side by side.
#[utoipa::path(tag = "statistics", operation_id = "threeYears", params(ThreeYearsQuery), responses((status = 200, body = ThreeYearsPage)))]
#[get("/v1/statistics/three-years")]
async fn three_years(db: Data<TenantDb>, actor: Actor, query: Query<ThreeYearsQuery>) -> Result<Json<ThreeYearsPage>> {
    let ThreeYearsQuery { limit, cursor, last_year, amounts } = query.into_inner();
    let page = PageRequest::rest(limit, cursor.as_deref())?;
    let asked = ThreeYearsQuestion { last_year, amounts: amounts.unwrap_or_default() };
    let found = db.read(&actor, async |tx| ops::three_years(tx, &asked).await).await?;
    let rows = page.slice_whole("customer", found.rows)?.into_page();
    Ok(Json(ThreeYearsPage {
        last_year: found.last_year,
        years: found.years,
        counts: found.counts,
        items: rows.items,
        next_cursor: rows.next_cursor,
    }))
}

/// Margin of each product category with each sales class.
#[utoipa::path(tag = "statistics", operation_id = "marginByClass", params(MarginQuery), responses((status = 200, body = MarginByClass)))]
#[get("/v1/statistics/margin-by-class")]
async fn margin_by_class(db: Data<TenantDb>, actor: Actor, query: Query<MarginQuery>) -> Result<Json<MarginByClass>> {
    let MarginQuery { from, to, period, amounts, edge, a_limit, b_limit } = query.into_inner();
    let (amounts, edge) = (amounts.unwrap_or_default(), edge.unwrap_or_default());
    let asked = SalesClassesQuestion { from, to, period, amounts, edge, a_limit, b_limit, share: None };
    Ok(Json(db.read(&actor, async |tx| ops::margin_by_class(tx, &asked).await).await?))
}

/// Quotas and what was sold against them.
#[utoipa::path(tag = "statistics", operation_id = "quotaAttainment", params(AttainmentQuery), responses((status = 200, body = WholeList<QuotaAttainment>)))]
#[get("/v1/statistics/quota-attainment")]
async fn quota_attainment(
    db: Data<TenantDb>,
    actor: Actor,
    query: Query<AttainmentQuery>,
) -> Result<Json<WholeList<QuotaAttainment>>> {
    let AttainmentQuery { salespeople, from, to, amounts } = query.into_inner();
    let salespeople = ids("salespeople", salespeople)?;
    let asked = QuotaQuery { salespeople, from, to, amounts: amounts.unwrap_or_default() };
    Ok(Json(WholeList { items: db.read(&actor, async |tx| ops::quota_attainment(tx, &asked).await).await? }))
}

impl SalesQuery {
    fn into_question(self) -> Result<StatisticsQuery> {
        Ok(StatisticsQuery {
            group_by: words(self.group_by).iter().map(|word| dimension(word)).collect::<Result<_>>()?,
            from: self.from,
            to: self.to,
            period: self.period,
            compare: self.compare,
            customers: ids("customers", self.customers)?,
            products: ids("products", self.products)?,
            categories: words(self.categories),
            salespeople: ids("salespeople", self.salespeople)?,
            territories: words(self.territories),
            industries: words(self.industries),
            currencies: words(self.currencies),
            amounts: self.amounts.unwrap_or_default(),
            top: self.top,
        })
    }
}

fn words(list: Option<String>) -> Vec<String> {
    let list = list.unwrap_or_default();
    list.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn ids<T: FromStr>(parameter: &str, list: Option<String>) -> Result<Vec<T>> {
    let read = |word: String| {
        word.parse().map_err(|_| {
            let en = format!("{parameter}: \"{word}\" is not an id.");
            Error::bad_request(en, format!("{parameter}：“{word}”不是有效的标识。"))
        })
    };
    words(list).into_iter().map(read).collect()
}

fn dimension(word: &str) -> Result<StatisticsDimension> {
    StatisticsDimension::deserialize(word.into_deserializer()).map_err(|error: WordError| {
        Error::bad_request(format!("group_by: {error}."), format!("group_by：未知的维度“{word}”。"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;
    use crate::values::CustomerId;

    #[test]
    fn lists_are_read_with_commas_and_an_unknown_word_is_named() {
        assert_eq!(words(Some(" Bikes, ,Road Parts".into())), ["Bikes", "Road Parts"]);
        assert_eq!(dimension("fiscal_year").unwrap(), StatisticsDimension::FiscalYear);
        let error = dimension("yaer").unwrap_err();
        assert_eq!(error.code(), ErrorCode::BadRequest);
        assert!(error.detail().en.contains("yaer") && error.detail().en.contains("fiscal_year"));
        assert!(ids::<CustomerId>("customers", Some("x".into())).unwrap_err().detail().en.contains("customers"));
    }
}
