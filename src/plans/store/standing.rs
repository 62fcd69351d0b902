//! Grades and GE cells as they stood at the end of the history: what is current by the rules of grading and the GE matrix,
//! had no run on a later month been made. So a plan made again gives the same numbers, unless somebody set a grade by hand
//! or withdrew a run meanwhile, or such a grade has expired: what management has decided holds when the plan is made,
//! whatever its month.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::ge_matrix::cells_as_of;
use crate::grading::grades_as_of;
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, Month};

/// Each customer's grade in force, by the rule of current grades. Those without one are left out.
pub(super) async fn grades(tx: &TenantTx, as_of: Month) -> Result<BTreeMap<CustomerId, String>> {
    let grades = grades_as_of(tx, as_of).await?;
    Ok(grades.into_iter().map(|(customer, grade)| (customer, grade.to_string())).collect())
}

/// Each customer's cell in the mapping that decides it. The unmapped have none.
pub(super) async fn cells(tx: &TenantTx, as_of: Month) -> Result<BTreeMap<CustomerId, String>> {
    let cells = cells_as_of(tx, as_of).await?;
    Ok(cells.into_iter().map(|(customer, cell)| (customer, cell.code().to_owned())).collect())
}
