//! What of the lines of a span takes handling beyond the orders and lines themselves.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::values::{CustomerId, TenantId};

/// The lines that take goods back (net below 0) of each customer with any, from one day to another, both counting.
///
/// # Errors
/// A failing database.
pub async fn return_lines(
    conn: &mut PgConnection,
    tenant: TenantId,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<Vec<(CustomerId, i64)>, sqlx::Error> {
    let rows: Vec<(Uuid, i64)> = sqlx::query_as(
        "select customer_id, count(*) from sales_lines
         where tenant_id = $1 and day between $2 and $3 and base_net < 0 group by 1",
    )
    .bind(tenant.0)
    .bind(from)
    .bind(until)
    .persistent(false)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(customer, count)| (CustomerId(customer), count)).collect())
}

/// The orders of each customer with a positive net of the span below `break_even`, in the base currency.
///
/// # Errors
/// A failing database.
pub async fn small_orders(
    conn: &mut PgConnection,
    tenant: TenantId,
    (from, until): (NaiveDate, NaiveDate),
    break_even: Decimal,
) -> Result<Vec<(CustomerId, i64)>, sqlx::Error> {
    let rows: Vec<(Uuid, i64)> = sqlx::query_as(
        "select o.customer_id, count(*)
         from (select customer_id, sum(base_net) as net from sales_lines
               where tenant_id = $1 and day between $2 and $3 group by customer_id, order_id) o
         where o.net > 0 and o.net < $4 group by 1",
    )
    .bind(tenant.0)
    .bind(from)
    .bind(until)
    .bind(break_even)
    .persistent(false)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(customer, count)| (CustomerId(customer), count)).collect())
}
