//! What a scale gives all customers, for those who compare scales.

use super::job::{graded, off_thread};
use crate::error::Result;
use crate::grading::store;
use crate::grading::wire::{RunGrades, ScaleGrade};
use crate::grading::{AllCustomers, Selection};
use crate::scales::ScaleDefinition;
use crate::tenancy::TenantTx;
use crate::values::{Exact, Month, ScaleId, round_score};

/// Grades every customer with a valid definition as of a month and stores nothing; by external id. Judgements are those of
/// the scale. No permission of its own.
///
/// # Errors
/// The database's.
pub async fn grade_all(
    tx: &TenantTx,
    scale: ScaleId,
    definition: ScaleDefinition,
    as_of: Month,
) -> Result<Vec<ScaleGrade>> {
    let everyone = Selection::All(AllCustomers::default());
    let facts = store::facts_of(tx, (scale, definition), &everyone, as_of).await?;
    off_thread(move || {
        let book = graded(&facts)?;
        let each = book.grades().map(|(customer, total, graded)| ScaleGrade {
            customer_id: customer.customer_id,
            external_id: customer.external_id.clone(),
            grade: graded.map(|graded| graded.grade.clone()),
            score: total.map(|total| Exact(round_score(total))),
        });
        Ok(each.collect())
    })
    .await?
}

/// The grades of the latest completed run of a version, by month and then by completion; none where there is no run. No
/// permission of its own.
///
/// # Errors
/// The database's.
pub async fn latest_grades(tx: &TenantTx, scale: ScaleId, version: i32) -> Result<Option<RunGrades>> {
    store::latest_grades(tx, scale, version).await
}
