//! Quotas and what was sold against them.
//!
//! A quota runs from its period's start to the day before the same salesperson's next quota starts; the last one has no
//! end yet. What counts is the net of the lines the salesperson sold, whoever owns the customer. Salespeople see their own
//! quotas alone, and all that they sold counts: also to customers whose lines they do not see.

use async_graphql::{InputObject, SimpleObject};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use utoipa::ToSchema;

use super::period::{Coverage, Reach};
use super::query::{Amounts, Span};
use super::row::share_of;
use crate::values::{Date, Exact, SalespersonId, TenantId, round_money};

/// A question to the quotas. Empty lists and absent fields restrict nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[graphql(name = "QuotaQueryInput")]
#[serde(deny_unknown_fields, default)]
pub struct QuotaQuery {
    /// Only these salespeople.
    #[graphql(default)]
    pub salespeople: Vec<SalespersonId>,
    /// Only periods that start on this day or later.
    pub from: Option<Date>,
    /// Only periods that start before this day.
    pub to: Option<Date>,
    /// Base currency by default; quotas are taken to be in the same.
    #[graphql(default)]
    pub amounts: Amounts,
}

/// A quota and its attainment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct QuotaAttainment {
    /// The salesperson.
    pub salesperson_id: SalespersonId,
    /// The salesperson's external id.
    pub external_id: String,
    /// The salesperson's name.
    pub name: String,
    /// First day of the period.
    pub period_start: Date,
    /// The day the salesperson's next quota starts; null for the last, which has no end yet.
    pub period_end_exclusive: Option<Date>,
    /// The quota.
    pub quota: Exact,
    /// Net of the lines the salesperson sold in the period.
    pub net: Exact,
    /// Net / quota, 6 places; null where the quota is not positive.
    pub attainment: Option<Exact>,
    /// The period's days, and whether sales cover them; one without an end is never whole.
    pub period: Coverage,
}

/// Net / quota, 6 places; `None` where the quota is not positive.
pub fn attainment(net: Decimal, quota: Decimal) -> Option<Decimal> {
    share_of(net, quota).map(|share| share.0)
}

/// Quotas with attainment, by salesperson's external id, then period. `own` is the salesperson who asks, who sees its own.
///
/// # Errors
/// A failing database.
pub async fn quota_attainments(
    conn: &mut PgConnection,
    tenant: TenantId,
    query: &QuotaQuery,
    reach: Option<&Reach>,
    own: Option<SalespersonId>,
) -> Result<Vec<QuotaAttainment>, sqlx::Error> {
    let mut sql = statement(tenant, query, own);
    let rows: Vec<Found> = sql.build_query_as().persistent(false).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| row.into_attainment(reach)).collect())
}

/// The period's end is found before the filters, which therefore never move it. Lines are added up by seller and day
/// first: a day's sum meets the few quotas of its seller, not each line.
fn statement(tenant: TenantId, query: &QuotaQuery, own: Option<SalespersonId>) -> QueryBuilder<Postgres> {
    let (net, _) = query.amounts.columns();
    let mut sql = QueryBuilder::new(
        "with periods as (select q.salesperson_id, q.period_start, lead(q.period_start) over \
         (partition by q.salesperson_id order by q.period_start) as period_end, q.amount \
         from quotas q where q.tenant_id = ",
    );
    sql.push_bind(tenant.0).push("), wanted as (select * from periods where true");
    if !query.salespeople.is_empty() {
        let ids: Vec<uuid::Uuid> = query.salespeople.iter().map(|id| id.0).collect();
        sql.push(" and salesperson_id = any(").push_bind(ids).push(")");
    }
    if let Some(from) = query.from {
        sql.push(" and period_start >= ").push_bind(from.0);
    }
    if let Some(to) = query.to {
        sql.push(" and period_start < ").push_bind(to.0);
    }
    sql.push("), days as (select l.salesperson_id, l.day, sum(").push(net);
    sql.push(") as net from ");
    match own {
        None => sql.push("sales_lines l where l.tenant_id = ").push_bind(tenant.0),
        // Row level security shows lines of own customers; what counts is all that was sold.
        Some(own) => {
            sql.push("sold_by(").push_bind(tenant.0).push(", ").push_bind(own.0);
            sql.push(", (select min(period_start) from wanted)) l where true")
        }
    };
    sql.push(
        " and l.day >= (select min(period_start) from wanted) group by l.salesperson_id, l.day) \
         select s.id as salesperson_id, s.external_id, s.name, w.period_start, w.period_end, w.amount as quota, \
         coalesce(sum(d.net), 0) as net from wanted w join salespeople s on s.tenant_id = ",
    );
    sql.push_bind(tenant.0).push(
        " and s.id = w.salesperson_id left join days d on d.salesperson_id = w.salesperson_id \
         and d.day >= w.period_start and (w.period_end is null or d.day < w.period_end) \
         group by s.id, s.external_id, s.name, w.period_start, w.period_end, w.amount \
         order by s.external_id collate \"C\", w.period_start",
    );
    sql
}

#[derive(sqlx::FromRow)]
struct Found {
    salesperson_id: uuid::Uuid,
    external_id: String,
    name: String,
    period_start: NaiveDate,
    period_end: Option<NaiveDate>,
    quota: Decimal,
    net: Decimal,
}

impl Found {
    fn into_attainment(self, reach: Option<&Reach>) -> QuotaAttainment {
        let (from, to) = (self.period_start, self.period_end);
        let period = match (reach, to) {
            (None, _) => Coverage::nothing(Span { from: Some(from), to }),
            (Some(reach), Some(to)) => reach.coverage(from, to),
            (Some(reach), None) => reach.open_coverage(from),
        };
        QuotaAttainment {
            salesperson_id: SalespersonId(self.salesperson_id),
            external_id: self.external_id,
            name: self.name,
            period_start: Date(self.period_start),
            period_end_exclusive: self.period_end.map(Date),
            quota: Exact(round_money(self.quota)),
            net: Exact(round_money(self.net)),
            attainment: attainment(self.net, self.quota).map(Exact),
            period,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attainment_needs_a_positive_quota() {
        let d = |s: &str| s.parse::<Decimal>().unwrap();
        assert_eq!(attainment(d("22584.6955"), d("28000")), Some(d("0.806596")));
        assert_eq!(attainment(d("5"), d("0")), None);
        assert_eq!(attainment(d("0"), d("5")).unwrap().to_string(), "0.000000");
    }
}
