//! What a scale gives all customers, for those who compare scales.

use super::job::off_thread;
use crate::error::Result;
use crate::grading::book::GradedBook;
use crate::grading::facts::CustomerFacts;
use crate::grading::packed::PackedBook;
use crate::grading::store::{self, BookReader};
use crate::grading::wire::{RunGrades, ScaleGrade};
use crate::grading::{AllCustomers, Selection};
use crate::scales::ScaleDefinition;
use crate::tenancy::TenantTx;
use crate::values::{Month, ScaleId};

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
    let mut reader = BookReader::of_definition(tx, (scale, &definition), &everyone, as_of).await?;
    let mut book = PackedBook::default();
    while let Some(batch) = reader.next(tx).await? {
        let batch = batch.decode()?;
        batch.known().for_each(|known| book.push(&CustomerFacts::of(&definition, known)));
    }
    off_thread(move || {
        let book = GradedBook::new(&definition, book)?;
        let mut grades: Vec<ScaleGrade> = book.scale_grades().collect();
        grades.sort_by(|one, other| one.external_id.cmp(&other.external_id));
        Ok(grades)
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
