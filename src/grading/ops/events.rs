//! What grading tells other systems of, at the end of a run and in its transaction.

use serde_json::{Value, json};

use crate::error::Result;
use crate::grading::store::{self, GradeChange};
use crate::tenancy::TenantTx;
use crate::values::GradingRunId;
use crate::webhooks::{Event, EventType, subscribers};

/// Events written at a time.
const CHUNK: usize = 5_000;

/// Tells that a run is completed, and of every customer whose current grade it has changed.
pub(super) async fn publish_completed(tx: &TenantTx, run: GradingRunId, summary: &Value) -> Result<()> {
    let kinds = [EventType::GradingRunCompleted, EventType::CustomerGradeChanged];
    let Some(told) = subscribers(tx, &kinds).await? else { return Ok(()) };
    if told.want(EventType::CustomerGradeChanged) {
        for changes in store::grade_changes(tx, run).await?.chunks(CHUNK) {
            told.publish(tx, changes.iter().map(|change| event(run, change))).await?;
        }
    }
    told.publish(tx, [Event { kind: EventType::GradingRunCompleted, data: summary.clone() }]).await
}

fn event(run: GradingRunId, change: &GradeChange) -> Event {
    let data = json!({
        "customer_id": change.customer,
        "external_id": change.external_id,
        "run_id": run,
        "old_grade": change.old,
        "new_grade": change.new,
    });
    Event { kind: EventType::CustomerGradeChanged, data }
}
