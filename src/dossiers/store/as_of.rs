//! Customers and their purchase potentials as they were.
//!
//! A customer of whom nothing was observed since is as its row stands. The others are made of their history: the facts
//! observed by then, merged in the order of observation, over a dossier of which nothing is known. What is no fact of a
//! dossier (ids, version, when the row was created and changed) is as it is now.

use sqlx::types::Json;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::customers;
use crate::dossiers::fields::unknown_fields;
use crate::dossiers::wire::{CustomerOut, PurchasePotential};
use crate::error::{Error, Result};
use crate::tenancy::TenantTx;
use crate::values::{AsOf, CustomerId, Exact, TenantId, round_money};

/// These customers as they were, in no order; those of whom nothing was known by then are not among them.
pub(in crate::dossiers) async fn by_ids(tx: &TenantTx, ids: &[CustomerId], as_of: AsOf) -> Result<Vec<CustomerOut>> {
    let mut sql = customers::select();
    sql.push(" from ");
    push_customers(&mut sql, tx.tenant(), as_of, Some(ids)).push(" c where c.tenant_id = ").push_bind(tx.tenant().0);
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    rows.iter().map(customers::customer).collect()
}

/// Pushes a sub-select with the columns of `customers`: all as they were, or those with these ids. The facts go into
/// the row by name, so that a new column needs nothing here, and a new field only what `fields.rs` asks of it.
pub(super) fn push_customers<'a>(
    sql: &'a mut QueryBuilder<Postgres>,
    tenant: TenantId,
    AsOf(as_of): AsOf,
    ids: Option<&[CustomerId]>,
) -> &'a mut QueryBuilder<Postgres> {
    let ids: Option<Vec<Uuid>> = ids.map(|ids| ids.iter().map(|id| id.0).collect());
    sql.push("(select n.* from customers n where n.tenant_id = ").push_bind(tenant.0);
    push_listed(sql, "n.id", &ids);
    sql.push(" and not exists (select from customer_changes l where l.tenant_id = n.tenant_id");
    sql.push(" and l.customer_id = n.id and l.observed_at > ").push_bind(as_of).push(")");
    sql.push(" union all select t.* from (select o.customer_id, jsonb_merge(o.fields) as fields,");
    sql.push(" jsonb_merge(o.attributes) as attributes");
    sql.push(" from (select h.customer_id, h.fields, h.attributes from customer_changes h where h.tenant_id = ");
    sql.push_bind(tenant.0).push(" and h.observed_at <= ").push_bind(as_of);
    push_listed(sql, "h.customer_id", &ids);
    sql.push(" and h.customer_id in (select l.customer_id from customer_changes l where l.tenant_id = ");
    sql.push_bind(tenant.0).push(" and l.observed_at > ").push_bind(as_of);
    push_listed(sql, "l.customer_id", &ids);
    sql.push(") order by h.customer_id, h.observed_at, h.seq) o group by o.customer_id) m");
    sql.push(" join customers n on n.id = m.customer_id and n.tenant_id = ").push_bind(tenant.0);
    sql.push(" cross join lateral jsonb_populate_record(n, ").push_bind(Json(unknown_fields()));
    sql.push(" || m.fields || jsonb_build_object('attributes', jsonb_strip_nulls(m.attributes))");
    // Something may be known from before its name is: it is named by the first name known.
    sql.push(" || case when m.fields ? 'name' then '{}' else (select jsonb_build_object('name', f.fields -> 'name')");
    sql.push(" from customer_changes f where f.tenant_id = n.tenant_id and f.customer_id = n.id");
    sql.push(" and f.fields ? 'name' order by f.observed_at, f.seq limit 1) end) t)")
}

fn push_listed(sql: &mut QueryBuilder<Postgres>, column: &str, ids: &Option<Vec<Uuid>>) {
    if let Some(ids) = ids {
        sql.push(" and ").push(column).push(" = any(").push_bind(ids.clone()).push(")");
    }
}

/// What a customer bought a year, by category, as was known then.
pub(in crate::dossiers) async fn potentials(
    tx: &TenantTx,
    id: CustomerId,
    AsOf(as_of): AsOf,
) -> Result<Vec<PurchasePotential>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select p.key, p.value
         from (select jsonb_strip_nulls(jsonb_merge(h.potentials order by h.observed_at, h.seq)) as potentials
               from customer_changes h where h.tenant_id = $1 and h.customer_id = $2 and h.observed_at <= $3) m
         cross join lateral jsonb_each_text(m.potentials) p
         order by p.key collate \"C\"",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(as_of)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    let potential = |(category, amount): (String, String)| {
        let amount: rust_decimal::Decimal = amount.parse().map_err(Error::internal)?;
        Ok(PurchasePotential { category, yearly_amount: Exact(round_money(amount)) })
    };
    rows.into_iter().map(potential).collect()
}
