//! Outcomes of rows.

use async_graphql::{Enum, SimpleObject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::{Error, FieldProblem};
use crate::values::Label;

/// Items a batch may have; larger loads are imports.
pub const MAX_BATCH: usize = 1000;

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was new.
    Created,
    /// It changed something that was there.
    Updated,
    /// It was there already, the same.
    Unchanged,
    /// It was refused; nothing of it is in.
    Error,
}

/// The outcome of one row of an intake.
#[derive(Clone, Debug)]
pub struct RowOutcome {
    /// What became of it.
    pub outcome: Outcome,
    /// The row's object, where it is in.
    pub id: Option<Uuid>,
    /// Why it was refused; pointers are relative to the row.
    pub problems: Vec<FieldProblem>,
    /// What to look at in a row that is in; pointers are relative to the row.
    pub warnings: Vec<FieldProblem>,
}

/// How many rows had which outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct Counts {
    /// New rows.
    pub created: i64,
    /// Changed rows.
    pub updated: i64,
    /// Rows that were there already, the same.
    pub unchanged: i64,
    /// Refused rows.
    pub errors: i64,
}

/// The answer to a batch: one item a row, in the rows' order.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
pub struct BatchOut {
    /// One item a row.
    pub items: Vec<BatchItemOut>,
    /// How many rows had which outcome.
    pub counts: Counts,
    /// How many rows are in with a warning.
    #[schema(minimum = 0, example = 0)]
    pub warnings: i64,
}

/// The outcome of one item of a batch.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
pub struct BatchItemOut {
    /// The item's place in the batch, from 0.
    pub index: i32,
    /// What the client calls it: its `client_ref`, where it has one.
    #[schema(max_length = 100, example = "line-17")]
    pub client_ref: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// The plain UUID of the object, where it is in; null for one that a dry run would have created.
    pub id: Option<Uuid>,
    /// Why it was refused: every problem; empty where it was not.
    pub problems: Vec<BatchProblem>,
    /// What to look at, though it is in: a day far ahead, for example.
    pub warnings: Vec<BatchProblem>,
}

/// One problem of an item, or one warning.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
pub struct BatchProblem {
    /// JSON Pointer into the item.
    #[schema(example = "/customer_id")]
    pub pointer: String,
    /// The rule that is broken.
    #[schema(example = "unknown_reference")]
    pub code: String,
    /// What is wrong and what is allowed.
    pub detail: Label,
}

impl RowOutcome {
    /// A row that is in.
    pub fn taken(outcome: Outcome, id: Uuid) -> Self {
        Self { outcome, id: Some(id), problems: Vec::new(), warnings: Vec::new() }
    }

    /// A row that was refused.
    pub fn refused(problems: Vec<FieldProblem>) -> Self {
        Self { outcome: Outcome::Error, id: None, problems, warnings: Vec::new() }
    }
}

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Created => self.created += 1,
            Outcome::Updated => self.updated += 1,
            Outcome::Unchanged => self.unchanged += 1,
            Outcome::Error => self.errors += 1,
        }
    }
}

impl BatchOut {
    /// From the rows' outcomes, in the rows' order, and what the client calls them.
    pub fn new(rows: Vec<RowOutcome>, client_refs: Vec<Option<String>>) -> Self {
        let mut counts = Counts::default();
        let warnings = rows.iter().map(|row| i64::from(!row.warnings.is_empty())).sum();
        let items = rows
            .into_iter()
            .zip(client_refs)
            .zip(0..)
            .map(|((row, client_ref), index)| {
                counts.add(row.outcome);
                let problem =
                    |p: FieldProblem| BatchProblem { pointer: p.pointer, code: p.code.to_owned(), detail: p.detail };
                let (problems, warnings) = (row.problems, row.warnings);
                let listed = |problems: Vec<FieldProblem>| problems.into_iter().map(problem).collect();
                let (problems, warnings) = (listed(problems), listed(warnings));
                BatchItemOut { index, client_ref, outcome: row.outcome, id: row.id, problems, warnings }
            })
            .collect();
        Self { items, counts, warnings }
    }

    /// The error of an atomic batch that has refused rows: every problem, each under its item's index.
    pub fn refusal(rows: &[RowOutcome]) -> Option<Error> {
        let problems: Vec<_> = rows
            .iter()
            .enumerate()
            .flat_map(|(i, row)| {
                let place = move |p: &FieldProblem| FieldProblem { pointer: format!("/{i}{}", p.pointer), ..p.clone() };
                row.problems.iter().map(place)
            })
            .collect();
        (!problems.is_empty()).then(|| Error::invalid(problems))
    }
}
