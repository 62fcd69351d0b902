//! What customers owe at the end of a day, and what was spent to serve them.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::{PgConnection, QueryBuilder};
use uuid::Uuid;

use super::open_items::push_open_items;
use crate::values::{CustomerId, TenantId};

/// What a customer owes at the end of a day, in the base currency.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct CustomerBalance {
    /// The customer.
    #[sqlx(try_from = "uuid::Uuid")]
    pub customer_id: CustomerId,
    /// All that is open, 0 or more.
    pub balance: Decimal,
    /// What of it is past due.
    pub overdue: Decimal,
    /// The earliest day on which something open and past due was to be paid.
    pub oldest_due: Option<NaiveDate>,
}

/// Which of its ledgers a tenant keeps. What is not kept is unknown of every customer; of what is kept, a customer without
/// a row owes or costs nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Ledgers {
    /// Whether there are receivables up to the day.
    pub receivables: bool,
    /// Whether there are costs to serve within the span.
    pub costs: bool,
    /// What money that customers owe costs a year, as a fraction.
    pub capital_cost_rate: Option<Decimal>,
}

/// Which ledgers the tenant keeps: receivables up to the end of the span, costs within it.
///
/// # Errors
/// A failing database.
pub async fn ledgers(
    conn: &mut PgConnection,
    tenant: TenantId,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<Ledgers, sqlx::Error> {
    sqlx::query_as(
        "select exists (select 1 from receivables r where r.tenant_id = $1 and r.invoiced_on <= $3) as receivables,
                exists (select 1 from costs_to_serve c where c.tenant_id = $1 and c.day between $2 and $3) as costs,
                t.capital_cost_rate
         from tenants t where t.id = $1",
    )
    .bind(tenant.0)
    .bind(from)
    .bind(until)
    .fetch_one(conn)
    .await
}

/// What each customer owes at the end of a day, of all or of those listed; who owes nothing is not in it.
///
/// # Errors
/// A failing database.
pub async fn balances(
    conn: &mut PgConnection,
    tenant: TenantId,
    day: NaiveDate,
    customers: Option<&[CustomerId]>,
) -> Result<Vec<CustomerBalance>, sqlx::Error> {
    let ids = customers.map(uuids);
    let mut sql = QueryBuilder::new("");
    push_open_items(&mut sql, tenant, day, ids.as_deref());
    sql.push(" select o.customer_id, sum(round(o.open * o.fx_rate, 4)) as balance,");
    sql.push(" coalesce(sum(round(o.open * o.fx_rate, 4)) filter (where o.due_on < ").push_bind(day);
    sql.push("), 0) as overdue, min(o.due_on) filter (where o.due_on < ").push_bind(day);
    sql.push(") as oldest_due from open_items o where o.open > 0 group by 1");
    sql.build_query_as().persistent(false).fetch_all(conn).await
}

/// What was spent to serve each customer from one day to another, both counting, of all customers or of those listed;
/// whom nothing was spent on is not in it.
///
/// # Errors
/// A failing database.
pub async fn cost_to_serve_by_customer(
    conn: &mut PgConnection,
    tenant: TenantId,
    (from, until): (NaiveDate, NaiveDate),
    customers: Option<&[CustomerId]>,
) -> Result<Vec<(CustomerId, Decimal)>, sqlx::Error> {
    let rows: Vec<(Uuid, Decimal)> = sqlx::query_as(
        "select c.customer_id, sum(c.base_amount) from costs_to_serve c
         where c.tenant_id = $1 and c.day between $2 and $3 and ($4::uuid[] is null or c.customer_id = any($4))
         group by 1",
    )
    .bind(tenant.0)
    .bind(from)
    .bind(until)
    .bind(customers.map(uuids))
    .persistent(false)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(customer, amount)| (CustomerId(customer), amount)).collect())
}

fn uuids(customers: &[CustomerId]) -> Vec<Uuid> {
    customers.iter().map(|customer| customer.0).collect()
}
