//! What grading tells other systems of, in the transaction of what it tells.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::error::Result;
use crate::grading::movement::{FactorNames, moved_by};
use crate::grading::store::{self, Expired, GradeChange, Standing};
use crate::grading::wire::MovedBy;
use crate::scales::scale_version;
use crate::tenancy::TenantTx;
use crate::values::{Code, CustomerId, GradeOverrideId, GradingRunId};
use crate::webhooks::{Event, EventType, subscribers};

/// Events written at a time.
const CHUNK: usize = 1_000;
/// Factors that an event names at most.
const MOST_FACTORS: usize = 5;

/// Tells that a run is completed, and of every customer whose current grade it has changed.
pub(super) async fn publish_completed(tx: &TenantTx, run: GradingRunId, summary: &Value) -> Result<()> {
    let kinds = [EventType::GradingRunCompleted, EventType::CustomerGradeChanged];
    let Some(told) = subscribers(tx, &kinds).await? else { return Ok(()) };
    if told.want(EventType::CustomerGradeChanged) {
        let mut names = BTreeMap::new();
        for changes in store::grade_changes(tx, run).await?.chunks(CHUNK) {
            let events = events(tx, run, changes, &mut names).await?;
            told.publish(tx, events).await?;
        }
    }
    told.publish(tx, [Event { kind: EventType::GradingRunCompleted, data: summary.clone() }]).await
}

/// Tells of a customer whose grade somebody has set by hand, or whose computed grade holds again, where that changes it.
pub(super) async fn publish_override(tx: &TenantTx, before: &Standing, after: &Standing) -> Result<()> {
    if before.grade() == after.grade() {
        return Ok(());
    }
    let Some(told) = subscribers(tx, &[EventType::CustomerGradeChanged]).await? else { return Ok(()) };
    let external_id = store::external_id(tx, after.entry.customer_id).await?;
    let set = after.overridden.as_ref();
    let told_of = ByHand {
        cause: if set.is_some() { "override" } else { "override_withdrawn" },
        id: set.or(before.overridden.as_ref()).map(|set| set.id),
        external_id: &external_id,
        grades: (before.grade(), after.grade()),
    };
    told.publish(tx, [told_of.event(after)]).await
}

/// Tells of customers whose grade set by hand has come to its time: the computed one holds again.
pub(super) async fn publish_expired(tx: &TenantTx, expired: &[Expired]) -> Result<()> {
    let Some(told) = subscribers(tx, &[EventType::CustomerGradeChanged]).await? else { return Ok(()) };
    let customers: Vec<CustomerId> = expired.iter().map(|one| one.customer).collect();
    let standings = store::standings(tx, &customers).await?;
    let event = |one: &Expired| {
        // What was set since is told of by whoever set it, from the computed grade on.
        let standing = standings.get(&one.customer)?;
        let grades = (Some(&one.grade), standing.entry.grade.as_ref());
        let told_of = ByHand { cause: "override_expired", id: Some(one.id), external_id: &one.external_id, grades };
        (grades.0 != grades.1).then(|| told_of.event(standing))
    };
    told.publish(tx, expired.iter().filter_map(event).collect::<Vec<_>>()).await
}

/// What is told of a grade set by hand.
struct ByHand<'a> {
    cause: &'static str,
    id: Option<GradeOverrideId>,
    external_id: &'a str,
    /// The current grade before and after.
    grades: (Option<&'a Code>, Option<&'a Code>),
}

impl ByHand<'_> {
    fn event(&self, standing: &Standing) -> Event {
        let data = json!({
            "customer_id": standing.entry.customer_id,
            "external_id": self.external_id,
            "run_id": standing.entry.run_id,
            "cause": self.cause,
            "old_grade": self.grades.0,
            "new_grade": self.grades.1,
            "computed_grade": standing.entry.grade,
            "override_id": self.id,
            "factors": [],
            "caps_added": [],
            "caps_lifted": [],
        });
        Event { kind: EventType::CustomerGradeChanged, data }
    }
}

/// The events of some changes, with the factors that moved each customer since the result that decided before.
async fn events(
    tx: &TenantTx,
    run: GradingRunId,
    changes: &[GradeChange],
    names: &mut BTreeMap<GradingRunId, FactorNames>,
) -> Result<Vec<Event>> {
    let all: Vec<CustomerId> = changes.iter().map(|change| change.customer).collect();
    let after = store::scored_of(tx, run, &all).await?;
    let mut by_run = BTreeMap::<GradingRunId, Vec<CustomerId>>::new();
    for change in changes {
        if let Some(old) = change.old_run {
            by_run.entry(old).or_default().push(change.customer);
        }
    }
    let mut before = BTreeMap::new();
    for (old, customers) in &by_run {
        before.extend(store::scored_of(tx, *old, customers).await?);
    }
    let name = names_of(tx, run, names).await?;
    let event = |change: &GradeChange| {
        let (old, new) = (before.get(&change.customer), after.get(&change.customer));
        event(run, change, moved_by(&name, old, new))
    };
    Ok(changes.iter().map(event).collect())
}

async fn names_of(
    tx: &TenantTx,
    run: GradingRunId,
    names: &mut BTreeMap<GradingRunId, FactorNames>,
) -> Result<FactorNames> {
    if let Some(known) = names.get(&run) {
        return Ok(known.clone());
    }
    let row = store::run(tx, run).await?;
    let definition = scale_version(tx, row.scale_id, row.scale_version).await?.definition;
    Ok(names.entry(run).or_insert(FactorNames::of([&definition])).clone())
}

fn event(run: GradingRunId, change: &GradeChange, moved: MovedBy) -> Event {
    let strongest: Vec<Value> = moved
        .factors
        .iter()
        .take(MOST_FACTORS)
        .map(|factor| {
            json!({
                "factor": factor.factor,
                "label": factor.label,
                "old_value": factor.old_value,
                "new_value": factor.new_value,
                "change": factor.change,
            })
        })
        .collect();
    let data = json!({
        "customer_id": change.customer,
        "external_id": change.external_id,
        "run_id": run,
        "cause": "run",
        "old_grade": change.old,
        "new_grade": change.new,
        "computed_grade": change.new,
        "factors": strongest,
        "caps_added": moved.caps_added,
        "caps_lifted": moved.caps_lifted,
    });
    Event { kind: EventType::CustomerGradeChanged, data }
}
