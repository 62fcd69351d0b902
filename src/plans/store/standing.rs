//! Grades and GE cells as they stood at the end of the history: what is current by the rules of grading and the GE matrix,
//! had no run on a later month been made. So a plan made again gives the same numbers, unless somebody set a grade by hand
//! meanwhile, or such a grade has expired: what management has decided holds when the plan is made, whatever its month.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::error::Result;
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, Month};

/// Each customer's grade in force: the one set by hand that holds now, else by the result that decides it: of a company's
/// scale meant for it, of a version in force, of the latest month, completed last. Those it could not grade have none.
pub(super) async fn grades(tx: &TenantTx, as_of: Month) -> Result<BTreeMap<CustomerId, String>> {
    let rows: Vec<(Uuid, Option<String>)> = sqlx::query_as(
        "with newest as (
             select distinct on (g.scale_id, g.scale_version, g.selection)
                 g.id, g.as_of, g.completed_at, s.purpose, v.state = 'published' as in_force
             from grading_runs g
             join scales s on s.tenant_id = $1 and s.id = g.scale_id and s.scope = 'company'
             join scale_versions v on v.tenant_id = $1 and v.scale_id = g.scale_id and v.number = g.scale_version
             where g.tenant_id = $1 and g.completed_at is not null and g.as_of <= $2
             order by g.scale_id, g.scale_version, g.selection, g.as_of desc, g.completed_at desc, g.id desc),
         computed as (
             select distinct on (r.customer_id) r.customer_id, r.grade
             from newest n
             join grading_results r on r.tenant_id = $1 and r.run_id = n.id
             join customers c on c.tenant_id = $1 and c.id = r.customer_id
             order by r.customer_id,
                 n.purpose = case c.stage when 'prospect' then 'prospects' else 'existing_customers' end desc,
                 n.in_force desc, n.as_of desc, n.completed_at desc, n.id desc),
         by_hand as (
             select customer_id, grade from grade_overrides
             where tenant_id = $1 and ended_at is null and (expires_at is null or expires_at > $3))
         select customer_id, coalesce(h.grade, r.grade)
         from computed r full join by_hand h using (customer_id)",
    )
    .bind(tx.tenant().0)
    .bind(as_of.first_day())
    .bind(tx.now())
    .persistent(false)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(rows.into_iter().filter_map(|(id, grade)| Some((CustomerId(id), grade?))).collect())
}

/// Each customer's cell in the mapping that decides it: by the model published last and in force, of the latest month,
/// completed last. The unmapped have none.
pub(super) async fn cells(tx: &TenantTx, as_of: Month) -> Result<BTreeMap<CustomerId, String>> {
    let rows: Vec<(Uuid, String)> = sqlx::query_as(
        "select g.customer_id, g.cell
         from ge_positions g
         where g.tenant_id = $1 and g.cell is not null and g.mapping_id = (
             select m.id from ge_mappings m
             join ge_model_versions v
                 on v.tenant_id = $1 and v.model_id = m.model_id and v.number = m.model_version
             where m.tenant_id = $1 and m.completed_at is not null and m.as_of <= $2
             order by v.state = 'published' desc, v.published_at desc nulls last, m.as_of desc, m.completed_at desc,
                 m.id desc
             limit 1)",
    )
    .bind(tx.tenant().0)
    .bind(as_of.first_day())
    .persistent(false)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(rows.into_iter().map(|(id, cell)| (CustomerId(id), cell)).collect())
}
