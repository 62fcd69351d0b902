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

/// The grades of the latest completed run of a version, by month and then by completion.
pub(in crate::grading) async fn latest_grades(
    tx: &TenantTx,
    scale: ScaleId,
    version: i32,
) -> Result<Option<RunGrades>> {
    let run: Option<(Uuid, NaiveDate)> = sqlx::query_as(
        "select id, as_of from grading_runs
         where tenant_id = $1 and scale_id = $2 and scale_version = $3 and completed_at is not null
         order by as_of desc, completed_at desc, id desc limit 1",
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
