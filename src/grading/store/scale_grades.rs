//! The grades of a version's latest run.

use chrono::NaiveDate;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::results::{exact, grade};
use crate::error::Result;
use crate::grading::wire::{RunGrades, ScaleGrade};
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, GradingRunId, Month, ScaleId};

/// The grades of the latest completed run of a version, official ones first, then by month and by completion. Runs that
/// were withdrawn, those of a month that was not over, and trials of what a draft no longer is do not count.
pub(in crate::grading) async fn latest_grades(
    tx: &TenantTx,
    scale: ScaleId,
    version: i32,
) -> Result<Option<RunGrades>> {
    let run: Option<(Uuid, NaiveDate)> = sqlx::query_as(
        "select g.id, g.as_of from grading_runs g
         join scale_versions v on v.tenant_id = g.tenant_id and v.scale_id = g.scale_id and v.number = g.scale_version
         where g.tenant_id = $1 and g.scale_id = $2 and g.scale_version = $3 and g.completed_at is not null
           and g.withdrawn_at is null and not g.provisional
           and (g.definition is null or g.definition = v.definition)
         order by g.official desc, g.as_of desc, g.completed_at desc, g.id desc limit 1",
    )
    .bind(tx.tenant().0)
    .bind(scale.0)
    .bind(version)
    .fetch_optional(&mut *tx.conn().await?)
    .await?;
    let Some((run, as_of)) = run else { return Ok(None) };
    let rows = sqlx::query(
        "select r.customer_id, c.external_id, r.score, case when r.gradable then r.grade end as grade
         from grading_results r join customers c on c.tenant_id = r.tenant_id and c.id = r.customer_id
         where r.tenant_id = $1 and r.run_id = $2 order by c.external_id collate \"C\"",
    )
    .bind(tx.tenant().0)
    .bind(run)
    .persistent(false)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    let one = |row: &PgRow| {
        Ok(ScaleGrade {
            customer_id: CustomerId(row.try_get("customer_id")?),
            external_id: row.try_get("external_id")?,
            grade: grade(row, "grade")?,
            score: exact(row, "score")?,
        })
    };
    let grades = rows.iter().map(one).collect::<Result<_>>()?;
    Ok(Some(RunGrades { run_id: GradingRunId(run), as_of: Month::of(as_of), grades }))
}
