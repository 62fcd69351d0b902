//! What grading tells other systems of, in the transaction of what it tells.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::error::Result;
use crate::grading::movement::{FactorNames, moved_by};
use crate::grading::store::{self, Decided, Expired, GradeChange, Standing};
use crate::grading::wire::MovedBy;
use crate::scales::Scored;
use crate::tenancy::TenantTx;
use crate::values::{Code, CustomerId, GradeOverrideId, GradingRunId};
use crate::webhooks::{Event, EventType, Subscribers, subscribers};

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
            let events = events(tx, (run, "run"), changes, &mut names).await?;
            told.publish(tx, events).await?;
        }
    }
    told.publish(tx, [Event { kind: EventType::GradingRunCompleted, data: summary.clone() }]).await
}

/// Tells of every customer whose current grade changes because a run goes out of force; before it goes.
pub(super) async fn publish_withdrawn(tx: &TenantTx, run: GradingRunId) -> Result<()> {
    let Some(told) = subscribers(tx, &[EventType::CustomerGradeChanged]).await? else { return Ok(()) };
    let mut names = BTreeMap::new();
    let changes: Vec<GradeChange> = store::grade_changes(tx, run).await?.into_iter().map(GradeChange::undone).collect();
    for changes in changes.chunks(CHUNK) {
        told.publish(tx, events(tx, (run, "run_withdrawn"), changes, &mut names).await?).await?;
    }
    Ok(())
}

/// Tells of every customer whose current grade is another since another scale is the company's. Factors of two scales are
/// not compared.
pub(super) async fn publish_company_scale(
    tx: &TenantTx,
    told: &Subscribers,
    before: &BTreeMap<CustomerId, Decided>,
    after: &BTreeMap<CustomerId, Decided>,
) -> Result<()> {
    let all: BTreeMap<&CustomerId, &Decided> = before.iter().chain(after).collect();
    let changed = all.into_iter().filter_map(|(customer, decided)| {
        let computed = |book: &BTreeMap<_, Decided>| book.get(customer).and_then(|decided| decided.computed.clone());
        let (old, new) = (computed(before), computed(after));
        let is_other = old.as_ref().map(|(_, grade)| grade) != new.as_ref().map(|(_, grade)| grade);
        // Who has a grade set by hand keeps it.
        let change = GradeChange { customer: *customer, external_id: decided.external_id.clone(), old, new };
        (is_other && decided.by_hand.is_none()).then_some(change)
    });
    let mut changes: Vec<GradeChange> = changed.collect();
    changes.sort_by(|one, other| one.external_id.cmp(&other.external_id));
    for changes in changes.chunks(CHUNK) {
        let events = changes.iter().map(|change| event("company_scale", change, MovedBy::default()));
        told.publish(tx, events.collect::<Vec<_>>()).await?;
    }
    Ok(())
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
        customer: after.entry.customer_id,
        external_id: &external_id,
        run: Some(after.entry.run_id),
        computed: after.entry.grade.as_ref(),
        grades: (before.grade(), after.grade()),
    };
    told.publish(tx, [told_of.event()]).await
}

/// Tells of customers whose grade set by hand has come to its time: the computed one holds again.
pub(super) async fn publish_expired(tx: &TenantTx, expired: &[Expired]) -> Result<()> {
    let Some(told) = subscribers(tx, &[EventType::CustomerGradeChanged]).await? else { return Ok(()) };
    let customers: Vec<CustomerId> = expired.iter().map(|one| one.customer).collect();
    let standings = store::standings(tx, &customers).await?;
    let event = |one: &Expired| {
        // What was set since is told of by whoever set it, from the computed grade on.
        let entry = standings.get(&one.customer).map(|standing| &standing.entry);
        let grades = (Some(&one.grade), entry.and_then(|entry| entry.grade.as_ref()));
        let told_of = ByHand {
            cause: "override_expired",
            id: Some(one.id),
            customer: one.customer,
            external_id: &one.external_id,
            run: entry.map(|entry| entry.run_id),
            computed: grades.1,
            grades,
        };
        (grades.0 != grades.1).then(|| told_of.event())
    };
    told.publish(tx, expired.iter().filter_map(event).collect::<Vec<_>>()).await
}

/// What is told of a grade set by hand.
struct ByHand<'a> {
    cause: &'static str,
    id: Option<GradeOverrideId>,
    customer: CustomerId,
    external_id: &'a str,
    /// The run whose result stands beside it; none where no run in force has seen the customer.
    run: Option<GradingRunId>,
    computed: Option<&'a Code>,
    /// The current grade before and after.
    grades: (Option<&'a Code>, Option<&'a Code>),
}

impl ByHand<'_> {
    fn event(&self) -> Event {
        let data = json!({
            "customer_id": self.customer,
            "external_id": self.external_id,
            "run_id": self.run,
            "cause": self.cause,
            "old_grade": self.grades.0,
            "new_grade": self.grades.1,
            "computed_grade": self.computed,
            "override_id": self.id,
            "factors": [],
            "caps_added": [],
            "caps_lifted": [],
        });
        Event { kind: EventType::CustomerGradeChanged, data }
    }
}

/// The events of some changes that a run made, with the factors that moved each customer from the result that decided
/// before to the one that decides after; the run names the factors.
async fn events(
    tx: &TenantTx,
    (run, cause): (GradingRunId, &'static str),
    changes: &[GradeChange],
    names: &mut BTreeMap<GradingRunId, FactorNames>,
) -> Result<Vec<Event>> {
    let before = scored(tx, changes, |change| change.old.as_ref()).await?;
    let after = scored(tx, changes, |change| change.new.as_ref()).await?;
    let name = names_of(tx, run, names).await?;
    let event = |change: &GradeChange| {
        let (old, new) = (before.get(&change.customer), after.get(&change.customer));
        event(cause, change, moved_by(&name, old, new))
    };
    Ok(changes.iter().map(event).collect())
}

/// The scores of the results that decide on one side of some changes; a statement a run.
async fn scored(
    tx: &TenantTx,
    changes: &[GradeChange],
    side: impl Fn(&GradeChange) -> Option<&(GradingRunId, Code)>,
) -> Result<BTreeMap<CustomerId, Scored>> {
    let mut by_run = BTreeMap::<GradingRunId, Vec<CustomerId>>::new();
    for change in changes {
        if let Some((run, _)) = side(change) {
            by_run.entry(*run).or_default().push(change.customer);
        }
    }
    let mut scored = BTreeMap::new();
    for (run, customers) in &by_run {
        scored.extend(store::scored_of(tx, *run, customers).await?);
    }
    Ok(scored)
}

async fn names_of(
    tx: &TenantTx,
    run: GradingRunId,
    names: &mut BTreeMap<GradingRunId, FactorNames>,
) -> Result<FactorNames> {
    if let Some(known) = names.get(&run) {
        return Ok(known.clone());
    }
    let definition = store::definition_of(tx, run).await?;
    Ok(names.entry(run).or_insert(FactorNames::of([&definition])).clone())
}

fn event(cause: &str, change: &GradeChange, moved: MovedBy) -> Event {
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
    let new_grade = change.new.as_ref().map(|(_, grade)| grade);
    let data = json!({
        "customer_id": change.customer,
        "external_id": change.external_id,
        "run_id": change.new.as_ref().map(|(run, _)| run),
        "cause": cause,
        "old_grade": change.old.as_ref().map(|(_, grade)| grade),
        "new_grade": new_grade,
        "computed_grade": new_grade,
        "factors": strongest,
        "caps_added": moved.caps_added,
        "caps_lifted": moved.caps_lifted,
    });
    Event { kind: EventType::CustomerGradeChanged, data }
}
