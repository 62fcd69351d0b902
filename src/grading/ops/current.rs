//! Current grades.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::grading::store::{self, Standing};
use crate::grading::wire::{CurrentGrade, OutdatedGrade};
use crate::tenancy::{Permission, TenantTx};
use crate::values::{Code, CustomerId, GradingRunId, Month};

/// A customer's current grade, with the computed one beside one that was set by hand.
///
/// # Errors
/// `forbidden`; `not_found` for an unknown customer, and for one without a grade.
pub async fn current_grade(tx: &TenantTx, customer: CustomerId) -> Result<CurrentGrade> {
    tx.require(Permission::GradingRead)?;
    let customer = store::survivor(tx, customer).await?;
    current_grades(tx, &[customer]).await?.remove(&customer).ok_or_else(Error::not_found)
}

/// The current grades of customers, in one statement, and one more for each run that could not renew some of them; a
/// customer without a grade is left out. No permission of its own: the operation that asks has checked.
///
/// # Errors
/// The database's.
pub async fn current_grades(tx: &TenantTx, customers: &[CustomerId]) -> Result<BTreeMap<CustomerId, CurrentGrade>> {
    let standings = store::standings(tx, customers).await?;
    let mut outdated = outdated(tx, &standings).await?;
    let current = |(id, standing): (CustomerId, Standing)| {
        let outdated = outdated.remove(&id).filter(|_| standing.entry.grade.is_some());
        Some((id, standing.into_current(outdated)?))
    };
    Ok(standings.into_iter().filter_map(current).collect())
}

/// Why computed grades were not renewed, of those who have a newer result without a grade.
async fn outdated(
    tx: &TenantTx,
    standings: &BTreeMap<CustomerId, Standing>,
) -> Result<BTreeMap<CustomerId, OutdatedGrade>> {
    let mut by_run = BTreeMap::<(GradingRunId, Month), Vec<CustomerId>>::new();
    for (customer, standing) in standings {
        if let Some(failed) = standing.failed {
            by_run.entry(failed).or_default().push(*customer);
        }
    }
    let mut outdated = BTreeMap::new();
    for ((run_id, as_of), customers) in by_run {
        for (customer, scored) in store::scored_of(tx, run_id, &customers).await? {
            let (reason, missing) = scored.ungradable.map(|why| (why.reason, why.lacks)).unzip();
            let reason_label = OutdatedGrade::label(reason);
            let missing = missing.unwrap_or_default();
            outdated.insert(customer, OutdatedGrade { as_of, run_id, reason, reason_label, missing });
        }
    }
    Ok(outdated)
}

/// The grades of all customers who have one, as runs of no later month than one say; a grade set by hand that holds now
/// takes its place. No permission of its own.
///
/// # Errors
/// The database's.
pub async fn grades_as_of(tx: &TenantTx, as_of: Month) -> Result<BTreeMap<CustomerId, Code>> {
    let decided = store::decided(tx, Some(as_of)).await?;
    let grade = |decided: store::Decided| decided.by_hand.or(decided.computed.map(|(_, grade)| grade));
    Ok(decided.into_iter().filter_map(|(customer, decided)| Some((customer, grade(decided)?))).collect())
}
