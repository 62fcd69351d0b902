//! Rows of costs to serve.

use postgres_types::{ToSql, Type};
use sqlx::{QueryBuilder, Row};

use super::{BASE_AMOUNT, CURRENCY, FX_RATE, push_customer, store};
use crate::db::UpsertTable;
use crate::error::{Error, Result};
use crate::finance::loading;
use crate::finance::wire::{CostToServeFilter, CostToServeOut, CostToServeUpsert};
use crate::intake::RowOutcome;
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::sales::{customers_by_external_id, rates_on};
use crate::tenancy::TenantTx;
use crate::values::{CostToServeId, Currency, CustomerId, Date, Exact, round_money};

const DAY: SortKey = SortKey { name: "day", sql: "c.day", sql_type: "date" };
const ID: SortKey = SortKey { name: "id", sql: "c.id", sql_type: "uuid" };

static COSTS: UpsertTable = UpsertTable {
    name: "costs_to_serve",
    staged: &[
        ("external_id", Type::TEXT),
        ("customer_id", Type::UUID),
        ("day", Type::DATE),
        ("activity", Type::TEXT),
        ("amount", Type::NUMERIC),
        ("currency", Type::TEXT),
        ("fx_rate", Type::NUMERIC),
        ("keeps_currency", Type::BOOL),
    ],
    key: &["external_id"],
    values: &[
        ("customer_id", "s.customer_id"),
        ("day", "s.day"),
        ("activity", "s.activity"),
        ("amount", "s.amount"),
        CURRENCY,
        FX_RATE,
        BASE_AMOUNT,
    ],
    has_id: true,
    versioned: false,
    observed: true,
};

/// Creates costs and replaces those that are there, by external id; `system` names the customers' external ids, `base`
/// is the tenant's currency. Amounts are converted with the latest rate of the 31 days up to their day. 1 to 10,000 rows
/// a call; rows of the same cost are applied in order. What the caller may do, and the audit entry, are the caller's.
///
/// # Errors
/// The database's. What is wrong with a row is in its outcome.
pub async fn upsert_costs_to_serve(
    tx: &TenantTx,
    system: &str,
    base: Currency,
    rows: &[CostToServeUpsert],
) -> Result<Vec<RowOutcome>> {
    let names = rows.iter().map(|row| row.customer_external_id.as_str());
    let customers = customers_by_external_id(tx, system, names).await?;
    let days = rows.iter().filter_map(|row| Some((row.currency.filter(|c| *c != base)?, row.day.0))).collect();
    let rates = rates_on(tx, days).await?;
    let ready = rows.iter().map(|row| {
        let found = loading::cost(row, base, &customers, &rates, tx.now())?;
        let values: Vec<Box<dyn ToSql + Send + Sync + '_>> = vec![
            Box::new(&row.external_id),
            Box::new(found.customer),
            Box::new(row.day.0),
            Box::new(&row.activity),
            Box::new(row.amount.0),
            Box::new(found.currency.to_string()),
            Box::new(found.rate),
            Box::new(row.keeps_currency),
        ];
        Ok((row.external_id.as_str(), values, row.observed_at))
    });
    store(tx, &COSTS, ready.collect()).await
}

/// Costs to serve, latest first by default.
pub(in crate::finance) async fn page(
    tx: &TenantTx,
    filter: &CostToServeFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<CostToServeOut>> {
    let order = Order::parse(sort, "-day", &[DAY], ID)?;
    let mut sql = QueryBuilder::new(
        "select c.id, c.external_id, c.customer_id, c.day, c.activity, c.amount, c.currency, c.base_amount, ",
    );
    page.push_keys(&order, &mut sql);
    sql.push(" from costs_to_serve c where c.tenant_id = ").push_bind(tx.tenant().0);
    if let Some(customer) = filter.customer_id {
        push_customer(&mut sql, tx.tenant(), "c.customer_id", customer);
    }
    if let Some(activity) = &filter.activity {
        sql.push(" and c.activity = ").push_bind(activity.clone());
    }
    if let Some(from) = filter.from {
        sql.push(" and c.day >= ").push_bind(from.0);
    }
    if let Some(to) = filter.to {
        sql.push(" and c.day < ").push_bind(to.0);
    }
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, |row| {
        Ok(CostToServeOut {
            id: CostToServeId(row.try_get("id")?),
            external_id: row.try_get("external_id")?,
            customer_id: CustomerId(row.try_get("customer_id")?),
            day: Date(row.try_get("day")?),
            activity: row.try_get("activity")?,
            amount: Exact(round_money(row.try_get("amount")?)),
            currency: Currency::stored(&row.try_get::<String, _>("currency")?).map_err(Error::internal)?,
            base_amount: Exact(round_money(row.try_get("base_amount")?)),
        })
    })
}
