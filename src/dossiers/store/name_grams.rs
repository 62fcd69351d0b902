//! The grams of customers' names, one row each, and the customers that a text finds by them.
//!
//! They stand in a table of their own, because row level security lets no index be searched by an operator that is not
//! leakproof, as those of arrays are not: only the comparisons of a btree are.

use std::collections::BTreeSet;

use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use crate::dossiers::name_search::grams;
use crate::dossiers::question::Search;
use crate::error::Result;
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, TenantId};

type Pairs = BTreeSet<(String, Uuid)>;

/// Adds the grams of new customers' names.
pub(super) async fn add(tx: &TenantTx, names: impl Iterator<Item = (CustomerId, &str)>) -> Result<()> {
    insert(tx, names.flat_map(|(id, name)| pairs(id, name)).collect()).await
}

/// Brings the grams up to date for the names that customers are to have; called before they have them.
pub(super) async fn rename(tx: &TenantTx, names: impl Iterator<Item = (CustomerId, &str)>) -> Result<()> {
    let (ids, names): (Vec<Uuid>, Vec<&str>) = names.map(|(id, name)| (id.0, name)).unzip();
    let renamed: Vec<(Uuid, String, String)> = sqlx::query_as(
        "select c.id, c.name, n.name from unnest($2::uuid[], $3::text[]) n(id, name)
         join customers c on c.tenant_id = (select $1::uuid) and c.id = n.id
         where c.name <> n.name",
    )
    .bind(tx.tenant().0)
    .bind(ids)
    .bind(names)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    let all = |which: fn(&(Uuid, String, String)) -> &str| -> Pairs {
        renamed.iter().flat_map(|row| pairs(CustomerId(row.0), which(row))).collect()
    };
    let (old, new) = (all(|row| &row.1), all(|row| &row.2));
    delete(tx, old.difference(&new).cloned().collect()).await?;
    insert(tx, new.difference(&old).cloned().collect()).await
}

fn pairs(id: CustomerId, name: &str) -> impl Iterator<Item = (String, Uuid)> {
    grams(name).into_iter().map(move |gram| (gram, id.0))
}

/// In the order of the key, so that neighbours are written together.
async fn insert(tx: &TenantTx, pairs: Pairs) -> Result<()> {
    if pairs.is_empty() {
        return Ok(());
    }
    let (grams, ids): (Vec<String>, Vec<Uuid>) = pairs.into_iter().unzip();
    sqlx::query(
        "insert into customer_name_grams (tenant_id, gram, customer_id)
         select $1, n.gram, n.id from unnest($2::text[], $3::uuid[]) n(gram, id)",
    )
    .bind(tx.tenant().0)
    .bind(grams)
    .bind(ids)
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

async fn delete(tx: &TenantTx, pairs: Pairs) -> Result<()> {
    if pairs.is_empty() {
        return Ok(());
    }
    let (grams, ids): (Vec<String>, Vec<Uuid>) = pairs.into_iter().unzip();
    sqlx::query(
        "delete from customer_name_grams g using unnest($2::text[], $3::uuid[]) n(gram, id)
         where g.tenant_id = (select $1::uuid) and g.gram = n.gram and g.customer_id = n.id",
    )
    .bind(tx.tenant().0)
    .bind(grams)
    .bind(ids)
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// Pushes a sub-select of the customers that a text finds: `customer_id`, and `shared`, how many of its grams the name
/// has. Who is found by an external id has all of them.
pub(super) fn push_found(sql: &mut QueryBuilder<Postgres>, tenant: TenantId, search: &Search) {
    let all = i32::try_from(search.name.grams.len()).unwrap_or(i32::MAX);
    let needed = i64::try_from(search.name.needed()).unwrap_or(i64::MAX);
    sql.push("(select f.customer_id, max(f.shared) as shared from (select g.customer_id, count(*)::int as shared");
    sql.push(" from customer_name_grams g where g.tenant_id = ").push_bind(tenant.0);
    sql.push(" and g.gram = any(").push_bind(search.name.grams.clone()).push(") group by g.customer_id");
    sql.push(" having count(*) >= ").push_bind(needed);
    sql.push(" union all select x.customer_id, ").push_bind(all).push("::int from customer_external_ids x");
    sql.push(" where x.tenant_id = ").push_bind(tenant.0).push(" and (");
    for (i, id) in search.ids.iter().enumerate() {
        sql.push(if i > 0 { " or " } else { "" });
        if search.beginnings {
            sql.push("(x.external_id collate \"C\" >= ").push_bind(id.clone());
            // No text that begins with the id sorts behind it with the last of all characters.
            sql.push(" and x.external_id collate \"C\" < ").push_bind(format!("{id}\u{10ffff}")).push(")");
        } else {
            sql.push("x.external_id collate \"C\" = ").push_bind(id.clone());
        }
    }
    sql.push(")) f group by f.customer_id)");
}
