//! Owners that a source names in words of its own. A row is never lost for the name of its owner.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::MaybeUndefined;

use crate::dossiers::{
    CustomerFileRow, SalespersonUpsert, salespeople_by_external_id, salespeople_by_name, upsert_salespeople,
};
use crate::error::{FieldProblem, Result};
use crate::imports::UnknownOwner;
use crate::tenancy::TenantTx;
use crate::values::Label;

/// Sees that every owner is somebody: by external id, else by the name of one salesperson only, else as `unknown`
/// says. A warning for each row that loses its owner, by its place.
pub(super) async fn resolve(
    tx: &TenantTx,
    unknown: UnknownOwner,
    rows: &mut [CustomerFileRow],
) -> Result<Vec<(usize, FieldProblem)>> {
    if unknown == UnknownOwner::Refuse {
        return Ok(Vec::new());
    }
    let owners: BTreeSet<String> =
        rows.iter().filter_map(|row| row.customer.owner_external_id.value()).cloned().collect();
    let owners: Vec<String> = owners.into_iter().collect();
    let known = salespeople_by_external_id(tx, &owners).await?;
    let strangers: Vec<String> = owners.into_iter().filter(|owner| !known.contains_key(owner)).collect();
    if strangers.is_empty() {
        return Ok(Vec::new());
    }
    let mut named = salespeople_by_name(tx, &strangers).await?;
    if unknown == UnknownOwner::Create {
        let nobody: Vec<_> = strangers.iter().filter(|owner| !named.contains_key(*owner)).cloned().collect();
        create(tx, &nobody).await?;
        named.extend(nobody.into_iter().map(|owner| (owner.clone(), owner)));
    }
    let strangers: BTreeSet<_> = strangers.into_iter().collect();
    Ok(rows.iter_mut().enumerate().filter_map(|(at, row)| replace(row, &strangers, &named).map(|w| (at, w))).collect())
}

async fn create(tx: &TenantTx, owners: &[String]) -> Result<()> {
    let new = |owner: &String| SalespersonUpsert {
        external_id: owner.clone(),
        name: owner.clone(),
        territory: MaybeUndefined::Undefined,
    };
    upsert_salespeople(tx, &owners.iter().map(new).collect::<Vec<_>>()).await?;
    Ok(())
}

fn replace(
    row: &mut CustomerFileRow,
    strangers: &BTreeSet<String>,
    named: &BTreeMap<String, String>,
) -> Option<FieldProblem> {
    let owner = row.customer.owner_external_id.value().filter(|owner| strangers.contains(*owner))?;
    if let Some(id) = named.get(owner) {
        row.customer.owner_external_id = MaybeUndefined::Value(id.clone());
        return None;
    }
    row.customer.owner_external_id = MaybeUndefined::Undefined;
    Some(FieldProblem {
        pointer: "/owner_external_id".into(),
        code: "unknown_owner",
        detail: Label::new(
            "No salesperson has this external id or name: the customer is in without its owner.",
            "没有此外部编号或姓名的销售人员：客户已导入，但未指定负责人。",
        ),
    })
}
