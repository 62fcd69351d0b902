//! Timelines of customers: their history, field by field.

use std::collections::HashMap;

use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};
use uuid::Uuid;

use crate::dossiers::wire::{CustomerChangeOut, TimelineFilter};
use crate::error::{Error, Result};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, ImportId};

const OBSERVED_AT: SortKey = SortKey { name: "observed_at", sql: "c.observed_at", sql_type: "timestamptz" };
const SEQ: SortKey = SortKey { name: "seq", sql: "c.seq", sql_type: "int" };
const FIELD: SortKey = SortKey { name: "field", sql: "c.field collate \"C\"", sql_type: "text" };
const NEWEST_FIRST: &str = "-observed_at,-seq";

/// One page of a customer's changes, the latest observed first. Repetitions are none.
pub(in crate::dossiers) async fn page(
    tx: &TenantTx,
    id: CustomerId,
    filter: &TimelineFilter,
    page: &PageRequest,
) -> Result<Slice<CustomerChangeOut>> {
    let order = Order::parse(None, NEWEST_FIRST, &[OBSERVED_AT, SEQ], FIELD)?;
    let mut sql = QueryBuilder::new("select c.*, ");
    page.push_keys(&order, &mut sql);
    sql.push(" from ");
    push_changes(&mut sql, tx, &[id]);
    sql.push(" c where true");
    if let Some(field) = &filter.field {
        sql.push(" and c.field = ").push_bind(field.clone());
    }
    if let Some(since) = filter.since {
        sql.push(" and c.observed_at >= ").push_bind(since);
    }
    if let Some(until) = filter.until {
        sql.push(" and c.observed_at < ").push_bind(until);
    }
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, change)
}

/// The latest changes of each of these customers, at most so many of each, in the order of [`page`].
pub(in crate::dossiers) async fn latest(
    tx: &TenantTx,
    ids: &[CustomerId],
    most: i64,
) -> Result<HashMap<CustomerId, Vec<CustomerChangeOut>>> {
    let newest_first = "c.observed_at desc, c.seq desc, c.field collate \"C\" desc";
    let mut sql =
        QueryBuilder::new("select * from (select c.*, row_number() over (partition by c.customer_id order by ");
    sql.push(newest_first).push(") as place from ");
    push_changes(&mut sql, tx, ids);
    sql.push(" c) r where r.place <= ").push_bind(most).push(" order by r.customer_id, r.place");
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    let mut changes: HashMap<_, Vec<_>> = HashMap::new();
    for row in &rows {
        changes.entry(CustomerId(row.try_get("customer_id")?)).or_default().push(change(row)?);
    }
    Ok(changes)
}

/// Pushes a sub-select of every fact that differs from the one observed before, with that one.
fn push_changes(sql: &mut QueryBuilder<Postgres>, tx: &TenantTx, ids: &[CustomerId]) {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sql.push("(select f.* from (select h.customer_id, h.seq, h.observed_at, h.recorded_at, h.source, h.actor,");
    sql.push(" h.import_id, h.request_id, h.restated, v.field, v.value, lag(v.value, 1, 'null'::jsonb)");
    sql.push(" over (partition by h.customer_id, v.field order by h.observed_at, h.seq) as previous");
    sql.push(" from customer_changes h cross join lateral (");
    sql.push("select key as field, value from jsonb_each(h.fields)");
    sql.push(" union all select 'attributes.' || key, value from jsonb_each(h.attributes)");
    sql.push(" union all select 'purchase_potentials.' || key, value from jsonb_each(h.potentials)) v");
    sql.push(" where h.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and h.customer_id = any(").push_bind(ids).push(")) f where f.value <> f.previous)");
}

fn change(row: &PgRow) -> Result<CustomerChangeOut> {
    let source: String = row.try_get("source")?;
    Ok(CustomerChangeOut {
        field: row.try_get("field")?,
        value: row.try_get("value")?,
        previous_value: row.try_get("previous")?,
        source: source.parse().map_err(Error::internal)?,
        actor: row.try_get("actor")?,
        observed_at: row.try_get("observed_at")?,
        recorded_at: row.try_get("recorded_at")?,
        import_id: row.try_get::<Option<Uuid>, _>("import_id")?.map(ImportId),
        request_id: row.try_get("request_id")?,
        restated: row.try_get("restated")?,
    })
}
