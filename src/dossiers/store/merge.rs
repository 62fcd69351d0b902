//! Two customers become one.

use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use super::locks;
use crate::dossiers::holding::{HOLDINGS, OnMerge};
use crate::error::Result;
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, TenantId};

/// Moves everything that hangs on one customer to another. Both must be locked, and nobody may be loading.
pub(in crate::dossiers) async fn move_holdings(tx: &TenantTx, from: CustomerId, to: CustomerId) -> Result<()> {
    let mut conn = tx.conn().await?;
    let pair = (tx.tenant(), from.0, to.0);
    // The survivor's primary contact stays the only one.
    run(
        &mut conn,
        pair,
        "update contacts set is_primary = false
         where tenant_id = $1 and customer_id = $2 and is_primary
           and exists (select from contacts o where o.tenant_id = $1 and o.customer_id = $3 and o.is_primary)",
    )
    .await?;
    for holding in HOLDINGS {
        match holding.on_merge {
            OnMerge::Stay | OnMerge::Apart => {}
            OnMerge::Move => shift(&mut conn, pair, holding.table, &[]).await?,
            OnMerge::Fill(key) => {
                shift(&mut conn, pair, holding.table, key).await?;
                let left = format!(
                    "delete from {} where tenant_id = $1 and customer_id = $2 and customer_id <> $3",
                    holding.table
                );
                run(&mut conn, pair, &left).await?;
            }
        }
    }
    Ok(())
}

/// Moves the rows of a table that the survivor has no like of.
async fn shift(conn: &mut PgConnection, pair: (TenantId, Uuid, Uuid), table: &str, key: &[&str]) -> Result<()> {
    let mut sql = format!("update {table} h set customer_id = $3 where h.tenant_id = $1 and h.customer_id = $2");
    if !key.is_empty() {
        let alike: Vec<String> = key.iter().map(|column| format!("o.{column} = h.{column}")).collect();
        sql += &format!(
            " and not exists (select from {table} o where o.tenant_id = $1 and o.customer_id = $3 and {})",
            alike.join(" and ")
        );
    }
    run(conn, pair, &sql).await
}

/// Marks one customer as become one with another, and whoever had become one with it; those that belong to it belong to
/// the other. `parent` is what the survivor belongs to from now on.
pub(in crate::dossiers) async fn mark(
    tx: &TenantTx,
    from: CustomerId,
    to: CustomerId,
    parent: Option<CustomerId>,
) -> Result<()> {
    let mut conn = tx.conn().await?;
    let pair = (tx.tenant(), from.0, to.0);
    run(&mut conn, pair, "update customers set parent_id = $3 where tenant_id = $1 and parent_id = $2 and id <> $3")
        .await?;
    sqlx::query(
        "update customers set parent_id = $3 where tenant_id = $1 and id = $2 and parent_id is distinct from $3",
    )
    .bind(tx.tenant().0)
    .bind(to.0)
    .bind(parent.map(|id| id.0))
    .execute(&mut *conn)
    .await?;
    // Whoever may see the survivor may see what it was made of.
    sqlx::query(
        "update customers m
         set merged_into = $3, parent_id = null, owner_id = s.owner_id, version = m.version + 1, updated_at = $4
         from customers s
         where m.tenant_id = $1 and s.tenant_id = $1 and s.id = $3 and (m.id = $2 or m.merged_into = $2)",
    )
    .bind(tx.tenant().0)
    .bind(from.0)
    .bind(to.0)
    .bind(tx.now())
    .execute(&mut *conn)
    .await?;
    Ok(())
}

/// Has those who became one with these customers belong to the same owners, so that who sees one sees the other.
pub(in crate::dossiers) async fn follow_owners(tx: &TenantTx, survivors: &[CustomerId]) -> Result<()> {
    let ids: Vec<Uuid> = survivors.iter().map(|id| id.0).collect();
    sqlx::query(
        "update customers m set owner_id = s.owner_id from customers s
         where m.tenant_id = $1 and s.tenant_id = $1 and m.merged_into = s.id and s.id = any($2)
           and m.owner_id is distinct from s.owner_id",
    )
    .bind(tx.tenant().0)
    .bind(ids)
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// Keeps customers from becoming one with others until the transaction ends, so that what a load hangs on a customer
/// hangs on whoever it is in the end. Loads do not wait for one another.
pub(in crate::dossiers) async fn hold_identities(tx: &TenantTx) -> Result<()> {
    sqlx::query("select pg_advisory_xact_lock_shared($1, hashtext($2::text))")
        .bind(locks::IDENTITIES)
        .bind(tx.tenant().0)
        .execute(&mut *tx.conn().await?)
        .await?;
    Ok(())
}

/// Whom a customer has become one with; none where it has not.
pub(in crate::dossiers) async fn survivor(tx: &TenantTx, id: CustomerId) -> Result<Option<CustomerId>> {
    let survivor: Option<Uuid> = sqlx::query_scalar(
        "select merged_into from customers where tenant_id = $1 and id = $2 and merged_into is not null",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .fetch_optional(&mut *tx.conn().await?)
    .await?;
    Ok(survivor.map(CustomerId))
}

/// Everyone above a customer, nearest or not. `union` drops repetitions, so it ends on any data.
pub(in crate::dossiers) async fn above(tx: &TenantTx, id: CustomerId) -> Result<Vec<CustomerId>> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "with recursive above as (
             select parent_id from customers where tenant_id = $1 and id = $2
             union
             select c.parent_id from customers c join above a on c.id = a.parent_id where c.tenant_id = $1
         )
         select parent_id from above where parent_id is not null",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(ids.into_iter().map(CustomerId).collect())
}

async fn run(conn: &mut PgConnection, (tenant, from, to): (TenantId, Uuid, Uuid), sql: &str) -> Result<()> {
    sqlx::query(AssertSqlSafe(sql)).bind(tenant.0).bind(from).bind(to).execute(conn).await?;
    Ok(())
}
