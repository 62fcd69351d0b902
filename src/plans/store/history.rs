//! Sales by month and category, and purchase potentials, of all customers.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::error::Result;
use crate::plans::{MonthlyProfile, first_month_needed};
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, Month};

/// What a customer buys a year, from anyone, by category.
pub(super) type Potentials = BTreeMap<String, Decimal>;

/// Each customer's nets by month, as far back as a plan looks.
pub(super) async fn months(
    tx: &TenantTx,
    as_of: Month,
    start_month: u32,
) -> Result<BTreeMap<CustomerId, BTreeMap<Month, Decimal>>> {
    let rows: Vec<(Uuid, NaiveDate, Decimal)> = sqlx::query_as(
        "select l.customer_id, date_trunc('month', l.day::timestamp)::date, sum(l.base_net)
         from sales_lines l where l.tenant_id = $1 and l.day >= $2 and l.day < $3 group by 1, 2",
    )
    .bind(tx.tenant().0)
    .bind(first_month_needed(as_of, start_month).first_day())
    .bind(as_of.plus(1).first_day())
    .persistent(false)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    let mut months = BTreeMap::<CustomerId, BTreeMap<Month, Decimal>>::new();
    for (customer, day, net) in rows {
        months.entry(CustomerId(customer)).or_default().insert(Month::of(day), net);
    }
    Ok(months)
}

/// Each customer's nets of the last 12 months by category; the category of products without one is empty.
pub(super) async fn categories(tx: &TenantTx, as_of: Month) -> Result<BTreeMap<CustomerId, BTreeMap<String, Decimal>>> {
    let rows: Vec<(Uuid, String, Decimal)> = sqlx::query_as(
        "select l.customer_id, coalesce(p.category, ''), sum(l.base_net)
         from sales_lines l join products p on p.tenant_id = $1 and p.id = l.product_id
         where l.tenant_id = $1 and l.day >= $2 and l.day < $3 group by 1, 2",
    )
    .bind(tx.tenant().0)
    .bind(as_of.plus(-11).first_day())
    .bind(as_of.plus(1).first_day())
    .persistent(false)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(by_customer(rows))
}

/// Each customer's known potentials.
pub(super) async fn potentials(tx: &TenantTx) -> Result<BTreeMap<CustomerId, Potentials>> {
    let rows: Vec<(Uuid, String, Decimal)> =
        sqlx::query_as("select customer_id, category, yearly_amount from purchase_potentials where tenant_id = $1")
            .bind(tx.tenant().0)
            .fetch_all(&mut *tx.conn().await?)
            .await?;
    Ok(by_customer(rows))
}

/// Each category's net by calendar month over the last 36 months.
pub(super) async fn category_months(tx: &TenantTx, as_of: Month) -> Result<BTreeMap<String, MonthlyProfile>> {
    let rows: Vec<(String, i32, Decimal)> = sqlx::query_as(
        "select coalesce(p.category, ''), extract(month from l.day)::int, sum(l.base_net)
         from sales_lines l join products p on p.tenant_id = $1 and p.id = l.product_id
         where l.tenant_id = $1 and l.day >= $2 and l.day < $3 group by 1, 2",
    )
    .bind(tx.tenant().0)
    .bind(as_of.plus(-35).first_day())
    .bind(as_of.plus(1).first_day())
    .persistent(false)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    let mut profiles = BTreeMap::<String, MonthlyProfile>::new();
    for (category, month, net) in rows {
        let profile = profiles.entry(category).or_default();
        if let Some(sum) = usize::try_from(month - 1).ok().and_then(|month| profile.get_mut(month)) {
            *sum = net;
        }
    }
    Ok(profiles)
}

fn by_customer(rows: Vec<(Uuid, String, Decimal)>) -> BTreeMap<CustomerId, BTreeMap<String, Decimal>> {
    let mut found = BTreeMap::<CustomerId, BTreeMap<String, Decimal>>::new();
    for (customer, category, amount) in rows {
        found.entry(CustomerId(customer)).or_default().insert(category, amount);
    }
    found
}
