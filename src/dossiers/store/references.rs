//! What changes refer to.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::{attributes, locks};
use crate::dossiers::change::References;
use crate::dossiers::wire::CustomerPatch;
use crate::error::Result;
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, SalespersonId};

/// Keeps others from giving customers parents until the transaction ends, where one of these changes names one: so that
/// no two changes together close a circle. Called before any row is locked.
pub(in crate::dossiers) async fn hold_parents(tx: &TenantTx, patches: &[&CustomerPatch]) -> Result<()> {
    if patches.iter().any(|patch| patch.parent_id.value().is_some()) {
        locks::lock(tx, locks::PARENTS).await?;
    }
    Ok(())
}

/// Finds what the changes refer to, and asks for no more than they name. [`hold_parents`] comes before it.
pub(in crate::dossiers) async fn find(tx: &TenantTx, patches: &[&CustomerPatch]) -> Result<References> {
    let owners: BTreeSet<Uuid> = patches.iter().filter_map(|p| p.owner_id.value()).map(|id| id.0).collect();
    let names: BTreeSet<String> = patches.iter().filter_map(|p| p.owner_external_id.value()).cloned().collect();
    let parents: BTreeSet<Uuid> = patches.iter().filter_map(|p| p.parent_id.value()).map(|id| id.0).collect();
    let codes: BTreeSet<&str> = patches.iter().flat_map(|patch| patch.named_attributes()).collect();
    let mut found = References::default();
    if !codes.is_empty() {
        attributes::hold(tx).await?;
        let defined = attributes::by_codes(tx, codes).await?;
        found.attributes = defined.into_iter().map(|(code, defined)| (code, defined.definition())).collect();
    }
    if !owners.is_empty() {
        let owners: Vec<Uuid> = owners.into_iter().collect();
        let there: Vec<Uuid> =
            sqlx::query_scalar("select id from salespeople where tenant_id = (select $1::uuid) and id = any($2)")
                .bind(tx.tenant().0)
                .bind(owners)
                .fetch_all(&mut *tx.conn().await?)
                .await?;
        found.owners = there.into_iter().map(SalespersonId).collect();
    }
    if !names.is_empty() {
        let names: Vec<String> = names.into_iter().collect();
        found.owners_by_external_id = super::salespeople::ids_by_external_id(tx, &names).await?;
    }
    if !parents.is_empty() {
        let parents: Vec<Uuid> = parents.into_iter().collect();
        found.merged = merged(tx, &parents).await?;
        found.parents = with_all_above(tx, parents).await?;
    }
    Ok(found)
}

/// Those of these customers that have become one with another, each with that one.
async fn merged(tx: &TenantTx, ids: &[Uuid]) -> Result<BTreeMap<CustomerId, CustomerId>> {
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "select id, merged_into from customers
         where tenant_id = (select $1::uuid) and id = any($2) and merged_into is not null",
    )
    .bind(tx.tenant().0)
    .bind(ids)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(rows.into_iter().map(|(id, survivor)| (CustomerId(id), CustomerId(survivor))).collect())
}

/// These customers, or whom they have become one with, and all above them, each with its parent. `union` drops repetitions, so it ends on any data.
async fn with_all_above(tx: &TenantTx, ids: Vec<Uuid>) -> Result<BTreeMap<CustomerId, Option<CustomerId>>> {
    let rows: Vec<(Uuid, Option<Uuid>)> = sqlx::query_as(
        "with recursive above as (
             select id, parent_id from customers
             where tenant_id = (select $1::uuid)
               and id = any(array(select coalesce(merged_into, id) from customers
                                  where tenant_id = (select $1::uuid) and id = any($2)))
             union
             select c.id, c.parent_id from customers c join above on c.id = above.parent_id where c.tenant_id = (select $1::uuid)
         )
         select id, parent_id from above",
    )
    .bind(tx.tenant().0)
    .bind(ids)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(rows.into_iter().map(|(id, parent)| (CustomerId(id), parent.map(CustomerId))).collect())
}
