//! Parents that come later in a file than the customers who belong to them.
//!
//! A row whose parent is not there yet is taken without it, and waits. When the file is in, those that wait get their
//! parents; one whose parent did not come either is an error of its line, though what else the row said is in.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::blanks::Said;
use super::load::Origin;
use super::{Batch, CustomerRow, ImportErrorOut, Numbered, Severity, store};
use crate::dossiers::{CustomerUpsert, Provenance, customers_by_external_id, customers_by_id, upsert_customers};
use crate::error::{Error, FieldProblem, Result};
use crate::intake::{Counts, Outcome, RowOutcome};
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, ImportId, Label};

/// Customers that get their parents at a time.
const AT_A_TIME: i64 = 5_000;

/// A customer whose parent was not there yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    /// The line of its row.
    pub(super) line: i64,
    /// Its name in the file.
    pub(super) customer: String,
    /// Its parent's.
    pub(super) parent: String,
    /// When the row was observed; when it came where the row does not say.
    pub(super) observed_at: DateTime<Utc>,
    /// What became of the row so far.
    pub(super) outcome: Outcome,
}

/// What became of customers that waited.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// How the counts change: rows move from one to another.
    pub(super) counts: Counts,
    /// Those whose parents did not come, in the order of the file.
    pub(super) errors: Vec<ImportErrorOut>,
    /// Whether more may wait.
    pub(super) more: bool,
}

/// Remembers which customers of a batch, which is in, do not have the parents they name. Of several rows of one customer
/// the latest observed counts, and of those that are equally late, the last: what it says takes the place of what an
/// earlier one waits for.
pub(super) async fn keep(
    tx: &TenantTx,
    origin: &Origin,
    import: ImportId,
    batch: &Batch<CustomerRow>,
    outcomes: &[RowOutcome],
) -> Result<()> {
    let mut latest: BTreeMap<CustomerId, (DateTime<Utc>, &Numbered<CustomerRow>, &RowOutcome)> = BTreeMap::new();
    for (numbered, outcome) in batch.rows.iter().zip(outcomes) {
        // A row without a parent says nothing of parents, where a blank does not say that there is none.
        let said = Said::new(&numbered.record, origin.blanks);
        let Some(id) = outcome.id.map(CustomerId).filter(|_| !said.keeps("parent_id", numbered.row.parent_id.as_ref()))
        else {
            continue;
        };
        let at = numbered.row.observed_at.unwrap_or_else(|| tx.now());
        if latest.get(&id).is_none_or(|(before, ..)| *before <= at) {
            latest.insert(id, (at, numbered, outcome));
        }
    }
    if latest.is_empty() {
        return Ok(());
    }
    let said = latest.values().map(|(at, numbered, _)| (numbered.row.external_id.as_str(), *at));
    store::forget_earlier(tx, import, &said.collect::<Vec<_>>()).await?;
    let named = latest.into_iter().filter_map(|(id, (at, numbered, outcome))| {
        Some((id, at, numbered, outcome, numbered.row.parent_id.as_ref()?))
    });
    let mut named: Vec<_> = named.collect();
    named.sort_by_key(|(_, _, numbered, ..)| numbered.line);
    let parents: Vec<String> = named.iter().map(|(.., parent)| (*parent).clone()).collect();
    let parents = customers_by_external_id(tx, &origin.system, &parents).await?;
    let customers = customers_by_id(tx, &named.iter().map(|(id, ..)| *id).collect::<Vec<_>>()).await?;
    let mut waiting = Vec::new();
    for (id, at, numbered, outcome, parent) in named {
        let wanted = parents.get(parent).copied();
        let has_it = wanted.is_some() && customers.get(&id).and_then(|customer| customer.parent_id) == wanted;
        if !has_it {
            waiting.push(Waiting {
                line: i64::try_from(numbered.line).map_err(Error::internal)?,
                customer: numbered.row.external_id.clone(),
                parent: parent.clone(),
                observed_at: at,
                outcome: outcome.outcome,
            });
        }
    }
    store::insert_waiting(tx, import, &waiting).await
}

/// Gives the next customers that wait their parents.
pub(super) async fn settle(tx: &TenantTx, system: &str, import: ImportId) -> Result<Settled> {
    let waiting = store::next_waiting(tx, import, AT_A_TIME).await?;
    let Some(last) = waiting.last().map(|row| row.line) else { return Ok(Settled::default()) };
    let names: Vec<String> = waiting.iter().map(|row| row.parent.clone()).collect();
    let parents = customers_by_external_id(tx, system, &names).await?;
    let (known, unknown): (Vec<_>, Vec<_>) = waiting.iter().partition(|row| parents.contains_key(&row.parent));
    let upserts: Vec<CustomerUpsert> = known
        .iter()
        .filter_map(|row| {
            let parent = parents.get(&row.parent).copied()?;
            Some(CustomerUpsert {
                external_id: row.customer.clone(),
                parent_id: async_graphql::MaybeUndefined::Value(parent),
                observed_at: Some(row.observed_at),
                ..CustomerUpsert::default()
            })
        })
        .collect();
    let outcomes = if upserts.is_empty() {
        Vec::new()
    } else {
        upsert_customers(tx, system, &upserts, Provenance::import(import)).await?
    };
    let mut counts = Counts::default();
    let mut errors: Vec<ImportErrorOut> = unknown.iter().map(|row| failed(row, &no_parent())).collect();
    for row in unknown {
        change(&mut counts, row.outcome, Outcome::Error);
    }
    for (row, outcome) in known.into_iter().zip(outcomes) {
        match outcome.outcome {
            Outcome::Updated if row.outcome == Outcome::Unchanged => change(&mut counts, row.outcome, Outcome::Updated),
            Outcome::Error => change(&mut counts, row.outcome, Outcome::Error),
            _ => {}
        }
        errors.extend(outcome.problems.iter().map(|problem| failed(row, problem)));
    }
    errors.sort_by_key(|error| error.line);
    store::forget_waiting(tx, import, last).await?;
    Ok(Settled { counts, errors, more: waiting.len() as i64 == AT_A_TIME })
}

/// Moves a row from one count to another.
fn change(counts: &mut Counts, from: Outcome, to: Outcome) {
    for (outcome, by) in [(from, -1), (to, 1)] {
        match outcome {
            Outcome::Created => counts.created += by,
            Outcome::Updated => counts.updated += by,
            Outcome::Unchanged => counts.unchanged += by,
            Outcome::Error => counts.errors += by,
        }
    }
}

fn no_parent() -> FieldProblem {
    FieldProblem {
        pointer: "/parent_id".into(),
        code: "unknown_reference",
        detail: Label::new(
            "There is no customer with this external id, neither before nor in this file; the customer is in without it.",
            "此文件及现有数据中均没有该外部编号的客户；该客户已导入，但未设上级。",
        ),
    }
}

fn failed(row: &Waiting, problem: &FieldProblem) -> ImportErrorOut {
    ImportErrorOut {
        severity: Severity::Error,
        line: row.line,
        column: Some("parent_id".into()),
        value: Some(super::problem::shown(&row.parent)),
        code: problem.code.to_owned(),
        detail: problem.detail.clone(),
    }
}
