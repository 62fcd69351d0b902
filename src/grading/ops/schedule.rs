//! Monthly runs: setting them up, and making those that are due. The worker that looks for them also tells that grades set
//! by hand have expired.

use std::time::Duration;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{check_selection, start_run, tell_expired_overrides};
use crate::error::{Error, Result};
use crate::grading::monthly::next_due;
use crate::grading::store;
use crate::grading::wire::{GradingRunIn, GradingScheduleIn, GradingScheduleOut};
use crate::paging::{PageRequest, Slice};
use crate::rest::Conditional;
use crate::scales::scale_by_id;
use crate::tenancy::{Actor, Permission, Role, TenantDb, TenantTx};
use crate::values::{Month, ScaleId, TenantId};

/// How often a worker looks for what is due.
const EVERY: Duration = Duration::from_secs(60);

/// Makes the monthly runs of all tenants, and tells that their overrides have expired.
#[derive(Clone, Debug)]
pub struct GradingSchedule {
    db: TenantDb,
}

impl GradingSchedule {
    /// On this database, by its clock.
    pub fn new(db: TenantDb) -> Self {
        Self { db }
    }

    /// Looks every minute until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        let mut times = tokio::time::interval(EVERY);
        while stop.run_until_cancelled(times.tick()).await.is_some() {
            if let Err(error) = start_due_runs(&self.db).await {
                tracing::warn!(?error, "cannot look for monthly grading runs");
            }
            if let Err(error) = tell_expired_overrides(&self.db).await {
                tracing::warn!(?error, "cannot look for overrides that have expired");
            }
        }
    }
}

/// Makes the runs that are due now, each in a transaction of its own; how many. Several may be at it at once: each run is
/// made once. What was missed while nobody worked is made once, for the month before now.
///
/// # Errors
/// The database's; a schedule whose run cannot be made is noted there and due again the next month.
pub async fn start_due_runs(db: &TenantDb) -> Result<usize> {
    let mut started = 0;
    for (tenant, scale) in store::due(db.queue_pool(), db.clock().now()).await? {
        match start_due(db, tenant, scale).await {
            Ok(is_made) => started += usize::from(is_made),
            Err(error) => tracing::error!(%tenant, %scale, ?error, "cannot make a monthly grading run"),
        }
    }
    Ok(started)
}

async fn start_due(db: &TenantDb, tenant: TenantId, scale: ScaleId) -> Result<bool> {
    let request = db.ids().next().to_string();
    let actor = Actor::with_role("grading-schedule", tenant, Role::Admin, request);
    let made = db.write(&actor, async |tx| make(tx, scale).await).await;
    match made {
        Err(error) if error.code().is_business() => {
            // The half-made run is gone with its transaction; that it could not be made is not.
            let noted = db.write(&actor, async |tx| note_failure(tx, scale, &error).await).await;
            noted.map(|()| false)
        }
        outcome => outcome,
    }
}

async fn make(tx: &TenantTx, scale: ScaleId) -> Result<bool> {
    let now = tx.now();
    let Some(schedule) = store::take_due(tx, scale, |day| next_due(now, day)).await? else { return Ok(false) };
    let month = Month::of(now.date_naive()).plus(-1);
    if schedule.last_month.is_some_and(|last| last >= month) {
        return Ok(false);
    }
    let input = GradingRunIn {
        scale_id: Some(scale),
        scale_code: None,
        version: None,
        as_of: month,
        selection: schedule.selection,
        official: Some(true),
        trial: None,
        provisional: None,
    };
    let run = start_run(tx, input).await?;
    store::note_run(tx, scale, month, (Some(run.id), None)).await?;
    Ok(true)
}

async fn note_failure(tx: &TenantTx, scale: ScaleId, error: &Error) -> Result<()> {
    let now = tx.now();
    if store::take_due(tx, scale, |day| next_due(now, day)).await?.is_some() {
        let problem = json!({"code": error.code().slug(), "detail": error.detail()});
        let month = Month::of(now.date_naive()).plus(-1);
        store::note_run(tx, scale, month, (None, Some(problem))).await?;
    }
    Ok(())
}

/// Sets up a scale's monthly run, in place of the one it has. The first is made when its day next comes.
///
/// # Errors
/// `forbidden`, `not_found` for an unknown scale, `invalid_input`, `precondition_failed`.
pub async fn put_schedule(
    tx: &TenantTx,
    scale: ScaleId,
    new: &GradingScheduleIn,
    expected: impl Conditional,
) -> Result<GradingScheduleOut> {
    tx.require(Permission::GradingRun)?;
    new.problems().into_result()?;
    scale_by_id(tx, scale).await?;
    check_selection(tx, &new.selection).await?;
    let before = crate::error::or_null(store::schedule(tx, scale).await)?;
    expected.check(before.as_ref().map_or(0, |schedule| schedule.version))?;
    store::put_schedule(tx, scale, new, next_due(tx.now(), new.day_of_month)).await?;
    let after = store::schedule(tx, scale).await?;
    tx.audit("grading_schedule.set", "grading_schedule", scale, before.as_ref(), Some(&after)).await?;
    Ok(after)
}

/// A scale's monthly run.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn schedule(tx: &TenantTx, scale: ScaleId) -> Result<GradingScheduleOut> {
    tx.require(Permission::GradingRead)?;
    store::schedule(tx, scale).await
}

/// Monthly runs by the code of their scale.
///
/// # Errors
/// `forbidden`, `invalid_input` for a foreign cursor.
pub(in crate::grading) async fn schedules(tx: &TenantTx, page: &PageRequest) -> Result<Slice<GradingScheduleOut>> {
    tx.require(Permission::GradingRead)?;
    store::schedule_page(tx, page).await
}

/// Ends a scale's monthly run.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn delete_schedule(tx: &TenantTx, scale: ScaleId) -> Result<()> {
    tx.require(Permission::GradingRun)?;
    let before = store::schedule(tx, scale).await?;
    store::delete_schedule(tx, scale).await?;
    tx.audit::<_, ()>("grading_schedule.deleted", "grading_schedule", scale, Some(&before), None).await
}
