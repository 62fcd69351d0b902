//! Takes away what is personal of a customer.

use std::collections::BTreeSet;

use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::customers::containing;
use crate::dossiers::erasure::{ERASURES, Erasure};
use crate::error::Result;
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, TenantId};

/// What only this customer says: its names everywhere, and the words of groups that it alone makes.
struct Words {
    identifiers: BTreeSet<String>,
    groups: BTreeSet<String>,
}

/// Erases a customer and those that became one with it. It must be locked, and nobody may be loading.
pub(in crate::dossiers) async fn erase(tx: &TenantTx, id: CustomerId) -> Result<()> {
    let mut conn = tx.conn().await?;
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "select id from customers where tenant_id = $1 and (id = $2 or merged_into = $2) order by id <> $2, id",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .fetch_all(&mut *conn)
    .await?;
    let words = words(&mut conn, tx.tenant(), &ids).await?;
    let inside_json = patterns_in_json(&ids, &words.identifiers);
    let parts: Vec<String> = words.identifiers.iter().map(|word| containing(word)).collect();
    let all: Vec<String> = words.identifiers.union(&words.groups).cloned().collect();
    for (_, erasure) in ERASURES {
        let Erasure::Run(sql) = erasure else { continue };
        sqlx::query(*sql)
            .bind(tx.tenant().0)
            .bind(&ids)
            .bind(&inside_json)
            .bind(&parts)
            .bind(&all)
            .execute(&mut *conn)
            .await?;
    }
    sqlx::query(
        "update customers
         set erased_at = coalesce(erased_at, $3), archived_at = coalesce(archived_at, $3), version = version + 1,
             updated_at = $3
         where tenant_id = $1 and id = any($2)",
    )
    .bind(tx.tenant().0)
    .bind(&ids)
    .bind(tx.now())
    .execute(&mut *conn)
    .await?;
    Ok(())
}

async fn words(conn: &mut PgConnection, tenant: TenantId, ids: &[Uuid]) -> Result<Words> {
    let identifiers: Vec<String> = sqlx::query_scalar(
        "select distinct w.word from (
             select unnest(array[c.name, c.external_id]) as word from customers c
             where c.tenant_id = $1 and c.id = any($2) and c.erased_at is null
             union all
             select h.fields ->> 'name' from customer_changes h where h.tenant_id = $1 and h.customer_id = any($2)
             union all
             select x.external_id from customer_external_ids x where x.tenant_id = $1 and x.customer_id = any($2)
             union all
             select unnest(array[p.id::text, p.external_id, p.name, p.email, p.phone]) from contacts p
             where p.tenant_id = $1 and p.customer_id = any($2)) w
         where w.word <> ''",
    )
    .bind(tenant.0)
    .bind(ids)
    .fetch_all(&mut *conn)
    .await?;
    let groups: Vec<String> = sqlx::query_scalar(
        "select distinct w.word from customers c
         cross join lateral unnest(array[c.industry, c.territory, c.segment_hint]) as w (word)
         where c.tenant_id = $1 and c.id = any($2) and w.word <> ''
           and not exists (select from customers o where o.tenant_id = $1 and o.id <> all($2)
                           and w.word in (o.industry, o.territory, o.segment_hint))
         union
         select p.category from purchase_potentials p
         where p.tenant_id = $1 and p.customer_id = any($2)
           and not exists (select from purchase_potentials o where o.tenant_id = $1 and o.customer_id <> all($2)
                           and o.category = p.category)
           and not exists (select from products q where q.tenant_id = $1 and q.category = p.category)",
    )
    .bind(tenant.0)
    .bind(ids)
    .fetch_all(conn)
    .await?;
    Ok(Words { identifiers: identifiers.into_iter().collect(), groups: groups.into_iter().collect() })
}

/// Patterns that find the customer inside JSON: its ids anywhere, its identifiers where a thing is named.
fn patterns_in_json(ids: &[Uuid], identifiers: &BTreeSet<String>) -> Vec<String> {
    const NAMES: [&str; 5] = ["external_id", "customer_external_id", "name", "email", "phone"];
    let named = identifiers.iter().flat_map(|word| {
        let quoted = json!(word).to_string();
        let keys = NAMES.iter().map(|key| containing(&format!("\"{key}\": {quoted}")));
        keys.chain([containing(&format!("{quoted}: {{"))]).collect::<Vec<_>>()
    });
    ids.iter().map(|id| containing(&id.to_string())).chain(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_searched_for_names_and_not_for_words() {
        let words = BTreeSet::from(["50%".to_owned(), "a\"b".to_owned()]);
        let found = patterns_in_json(&[Uuid::nil()], &words);
        assert_eq!(found.len(), 1 + 2 * 6);
        assert!(found.contains(&r#"%"external\_id": "50\%"%"#.to_owned()), "{found:?}");
        assert!(found.contains(&r#"%"a\\"b": {%"#.to_owned()), "{found:?}");
    }
}
