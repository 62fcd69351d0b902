//! Grades and GE cells as they stood at the end of the history: runs on later months are not looked at.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::error::Result;
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, Month};

/// Each customer's grade by the newest completed run that looked at it; those not gradable have none.
pub(super) async fn grades(tx: &TenantTx, as_of: Month) -> Result<BTreeMap<CustomerId, String>> {
    let rows: Vec<(Uuid, Option<String>)> = sqlx::query_as(
        "with newest as (
             select distinct on (g.scale_id, g.selection) g.id, g.as_of, g.completed_at
             from grading_runs g
             where g.tenant_id = $1 and g.completed_at is not null and g.as_of <= $2
             order by g.scale_id, g.selection, g.as_of desc, g.completed_at desc, g.id desc)
         select distinct on (r.customer_id) r.customer_id, r.grade
         from newest n join grading_results r on r.tenant_id = $1 and r.run_id = n.id
         order by r.customer_id, n.as_of desc, n.completed_at desc, n.id desc",
    )
    .bind(tx.tenant().0)
    .bind(as_of.first_day())
    .persistent(false)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(rows.into_iter().filter_map(|(id, grade)| Some((CustomerId(id), grade?))).collect())
}

/// Each customer's cell in the newest completed mapping; the unmapped have none.
pub(super) async fn cells(tx: &TenantTx, as_of: Month) -> Result<BTreeMap<CustomerId, String>> {
    let rows: Vec<(Uuid, String)> = sqlx::query_as(
        "select g.customer_id, g.cell
         from ge_positions g
         where g.tenant_id = $1 and g.cell is not null and g.mapping_id = (
             select m.id from ge_mappings m
             where m.tenant_id = $1 and m.completed_at is not null and m.as_of <= $2
             order by m.as_of desc, m.completed_at desc, m.id desc limit 1)",
    )
    .bind(tx.tenant().0)
    .bind(as_of.first_day())
    .persistent(false)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(rows.into_iter().map(|(id, cell)| (CustomerId(id), cell)).collect())
}
