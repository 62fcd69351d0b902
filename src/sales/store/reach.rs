//! How far the tenant's sales reach: to the same days for everybody, also for a salesperson, who sees lines of own customers
//! alone. Which periods are whole is no figure of anybody's.

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::statistics::{Reach, days_of};
use crate::values::{FiscalYear, Month, TenantId};

/// From the first line to the last; `None` where there is no line yet. Two places of an index.
///
/// # Errors
/// A failing database.
pub async fn reach(conn: &mut PgConnection, tenant: TenantId, today: NaiveDate) -> Result<Option<Reach>, sqlx::Error> {
    type Days = (Option<NaiveDate>, Option<NaiveDate>, Option<NaiveDate>);
    let (first, last, latest): Days = sqlx::query_as("select first_day, last_day, latest_day from sales_reach($1, $2)")
        .bind(tenant.0)
        .bind(today)
        .persistent(false)
        .fetch_one(conn)
        .await?;
    Ok(first.zip(latest).map(|(first, latest)| Reach::new(first, last.unwrap_or(latest), latest, today)))
}

/// The day of the tenant's first line.
///
/// # Errors
/// A failing database.
pub async fn first_day_of_sales(conn: &mut PgConnection, tenant: TenantId) -> Result<Option<NaiveDate>, sqlx::Error> {
    sqlx::query_scalar("select min(l.day) from sales_lines l where l.tenant_id = $1")
        .bind(tenant.0)
        .persistent(false)
        .fetch_one(conn)
        .await
}

/// The last whole fiscal year with sales; where none is whole, the last one with sales.
///
/// # Errors
/// A failing database.
pub async fn last_year(
    conn: &mut PgConnection,
    tenant: TenantId,
    reach: &Reach,
    start_month: u32,
) -> Result<FiscalYear, sqlx::Error> {
    let running = FiscalYear::of(reach.last_month(), start_month);
    let Some(whole) = reach.last_whole_year(start_month) else { return Ok(running) };
    // Years without a line may lie between.
    let last: Option<NaiveDate> = sqlx::query_scalar("select last_day from sales_reach($1, $2::date - 1)")
        .bind(tenant.0)
        .bind(days_of(whole).1)
        .persistent(false)
        .fetch_one(conn)
        .await?;
    let with_sales = last.map(|day| FiscalYear::of(Month::of(day), start_month));
    Ok(with_sales.filter(|year| reach.covers_year(*year)).unwrap_or(running))
}
