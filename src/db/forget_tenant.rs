//! A tenant taken away whole.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::error::Result;

/// Deletes the tenant with this slug and all its rows, past triggers and foreign keys; nothing where there is none. For a
/// superuser on a server of our own, while no program serves the tenant.
///
/// # Errors
/// The database's; nothing is deleted then.
pub async fn forget_tenant(admin: &mut PgConnection, slug: &str) -> Result<()> {
    let mut tx = admin.begin().await?;
    let found: Option<String> =
        sqlx::query_scalar("select id::text from tenants where slug = $1").bind(slug).fetch_optional(&mut *tx).await?;
    let Some(tenant) = found else { return Ok(()) };
    tx.execute("set local session_replication_role = replica").await?;
    let tables: Vec<String> = sqlx::query_scalar(
        "select c.oid::regclass::text from pg_class c
         join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
         where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by 1",
    )
    .fetch_all(&mut *tx)
    .await?;
    for table in tables {
        // Only names of the schema and the text of a uuid are interpolated.
        tx.execute(AssertSqlSafe(format!("delete from {table} where tenant_id = '{tenant}'"))).await?;
    }
    tx.execute(AssertSqlSafe(format!("delete from tenants where id = '{tenant}'"))).await?;
    tx.commit().await?;
    Ok(())
}
