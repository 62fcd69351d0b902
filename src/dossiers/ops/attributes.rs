//! Attribute definitions, one by one and many at once.

use std::collections::{BTreeMap, BTreeSet};

use super::batch::{Items, take};
use super::upsert::only;
use crate::dossiers::attribute::{AttributeDefinition, MOST_DEFINITIONS};
use crate::dossiers::change::problems_of;
use crate::dossiers::store::attributes;
use crate::dossiers::wire::AttributeDefinitionOut;
use crate::error::{Error, FieldProblem, Problems, Result};
use crate::intake::{BatchMode, BatchOut, Outcome, RowOutcome};
use crate::paging::{PageRequest, Slice};
use crate::rest::Conditional;
use crate::tenancy::{Permission, TenantTx};
use crate::values::{Code, Label};

/// One page of definitions, by code.
///
/// # Errors
/// `forbidden`; `invalid_input` for a foreign cursor.
pub(in crate::dossiers) async fn list(tx: &TenantTx, page: &PageRequest) -> Result<Slice<AttributeDefinitionOut>> {
    tx.require(Permission::CustomersRead)?;
    attributes::page(tx, page).await
}

/// One definition.
///
/// # Errors
/// `forbidden`, `not_found`.
pub(in crate::dossiers) async fn definition(tx: &TenantTx, code: &str) -> Result<AttributeDefinitionOut> {
    tx.require(Permission::CustomersRead)?;
    stored(tx, code).await
}

/// Defines an attribute that is not there yet.
///
/// # Errors
/// `forbidden`, `invalid_input`, and `conflict` where the code is taken.
pub(in crate::dossiers) async fn create(tx: &TenantTx, new: AttributeDefinition) -> Result<AttributeDefinitionOut> {
    tx.require(Permission::AttributesWrite)?;
    attributes::lock_all(tx).await?;
    if attributes::by_codes(tx, [new.code.as_str()]).await?.contains_key(new.code.as_str()) {
        return Err(Error::conflict("The code is taken.", "该代码已被使用。"));
    }
    Ok(write(tx, new, None).await?.0)
}

/// Defines an attribute or changes its definition as a whole; says what became of it.
///
/// # Errors
/// `forbidden`, `invalid_input`, `precondition_failed` where it is not the expected version, or is not there, and
/// `conflict` where values that customers carry would not fit any more.
pub(in crate::dossiers) async fn put(
    tx: &TenantTx,
    next: AttributeDefinition,
    expected: Option<i32>,
) -> Result<(AttributeDefinitionOut, Outcome)> {
    tx.require(Permission::AttributesWrite)?;
    attributes::lock_all(tx).await?;
    let before = attributes::by_codes(tx, [next.code.as_str()]).await?.into_values().next();
    match (&before, expected) {
        (Some(before), expected) => expected.check(before.version)?,
        (None, Some(_)) => return Err(Error::changed_meanwhile()),
        (None, None) => {}
    }
    write(tx, next, before).await
}

/// Takes a definition away.
///
/// # Errors
/// `forbidden`, `not_found`, `precondition_failed`, and `conflict` while a customer carries the attribute or a
/// published scale or GE model reads it.
pub(in crate::dossiers) async fn delete(tx: &TenantTx, code: &str, expected: impl Conditional) -> Result<()> {
    tx.require(Permission::AttributesWrite)?;
    attributes::lock_all(tx).await?;
    let before = stored(tx, code).await?;
    expected.check(before.version)?;
    let codes = [code.to_owned()];
    if !attributes::carried(tx, &codes).await?.is_empty() {
        return Err(conflict(carried_by_customers()));
    }
    if !attributes::read_by_published(tx, &codes).await?.is_empty() {
        return Err(conflict(read_by_published()));
    }
    attributes::delete(tx, code).await?;
    tx.audit::<_, ()>("attribute_definition.deleted", "attribute_definition", code, Some(&before), None).await
}

/// Defines or changes many attributes.
///
/// # Errors
/// `forbidden`, and `invalid_input` where it is atomic and an item is refused.
pub(in crate::dossiers) async fn batch(
    tx: &TenantTx,
    mode: BatchMode,
    items: Items<AttributeDefinition>,
) -> Result<BatchOut> {
    tx.require(Permission::AttributesWrite)?;
    let upsert = async |rows: &[AttributeDefinition]| upsert_attribute_definitions(tx, rows).await;
    take(tx, ("attribute_definition.batch_upserted", "attribute_definition"), mode, items, upsert).await
}

async fn write(
    tx: &TenantTx,
    next: AttributeDefinition,
    before: Option<AttributeDefinitionOut>,
) -> Result<(AttributeDefinitionOut, Outcome)> {
    let outcomes = upsert_attribute_definitions(tx, std::slice::from_ref(&next)).await?;
    // What is in use is a conflict with what is there, not a fault of the input.
    if let Some(in_use) = outcomes.iter().flat_map(|row| &row.problems).find(|problem| problem.code == IN_USE) {
        return Err(conflict(in_use.detail.clone()));
    }
    let outcome = only(outcomes)?.outcome;
    let after = stored(tx, next.code.as_str()).await?;
    let action = match outcome {
        Outcome::Created => "attribute_definition.created",
        Outcome::Updated => "attribute_definition.updated",
        Outcome::Unchanged | Outcome::Error => return Ok((after, outcome)),
    };
    tx.audit(action, "attribute_definition", &after.code, before.as_ref(), Some(&after)).await?;
    Ok((after, outcome))
}

/// The problem of a change that values, scales or models stand against.
const IN_USE: &str = "in_use";

/// What stands against changes of definitions.
#[derive(Debug, Default)]
struct Uses {
    carried: BTreeSet<String>,
    published: BTreeSet<String>,
    chosen: BTreeSet<(String, String)>,
}

/// Creates and changes definitions in the rows' order; one outcome a row. A refused row takes nothing with it. Checks no
/// permission and writes no audit entry: the caller does both.
///
/// # Errors
/// The database's.
pub async fn upsert_attribute_definitions(tx: &TenantTx, rows: &[AttributeDefinition]) -> Result<Vec<RowOutcome>> {
    attributes::lock_all(tx).await?;
    let stored: BTreeMap<String, AttributeDefinition> = attributes::by_codes(tx, rows.iter().map(|r| r.code.as_str()))
        .await?
        .into_iter()
        .map(|(code, stored)| (code, stored.definition()))
        .collect();
    let uses = Uses::of(tx, &stored, rows).await?;
    let mut room = MOST_DEFINITIONS.saturating_sub(usize::try_from(attributes::count(tx).await?).unwrap_or(usize::MAX));
    let mut now: BTreeMap<&str, &AttributeDefinition> = stored.iter().map(|(code, def)| (code.as_str(), def)).collect();
    let mut outcomes = Vec::with_capacity(rows.len());
    for row in rows {
        let is_new = !now.contains_key(row.code.as_str());
        let mut problems = Problems::new();
        row.check(&mut problems);
        if let Some(stored) = stored.get(row.code.as_str()) {
            uses.check(stored, row, &mut problems);
        }
        if is_new && room == 0 {
            let en = format!("At most {MOST_DEFINITIONS} attributes.");
            problems.add("", "too_many", en, format!("最多 {MOST_DEFINITIONS} 个属性。"));
        }
        outcomes.push(match problems_of(problems) {
            Err(problems) => RowOutcome::refused(problems),
            Ok(()) => {
                room -= usize::from(is_new);
                let before = now.insert(row.code.as_str(), row);
                let outcome = match before {
                    None => Outcome::Created,
                    Some(before) if before == row => Outcome::Unchanged,
                    Some(_) => Outcome::Updated,
                };
                // A definition has no id but its code.
                RowOutcome { outcome, id: None, problems: Vec::new(), warnings: Vec::new() }
            }
        });
    }
    let changed: Vec<_> =
        now.into_iter().filter(|(code, def)| stored.get(*code) != Some(*def)).map(|(_, d)| d).collect();
    attributes::put(tx, &changed).await?;
    Ok(outcomes)
}

impl Uses {
    /// Asks no more than the changes need.
    async fn of(
        tx: &TenantTx,
        stored: &BTreeMap<String, AttributeDefinition>,
        rows: &[AttributeDefinition],
    ) -> Result<Self> {
        let pairs: Vec<_> = rows.iter().filter_map(|row| Some((stored.get(row.code.as_str())?, row))).collect();
        let narrowed: BTreeSet<String> = pairs
            .iter()
            .filter(|(old, new)| old.narrowed_by(new).is_some())
            .map(|(old, _)| old.code.to_string())
            .collect();
        let lost: BTreeSet<(String, String)> = pairs
            .iter()
            .flat_map(|(old, new)| old.choices_lost_in(new).map(|value| (old.code.to_string(), value.to_owned())))
            .collect();
        let mut uses = Self::default();
        if !narrowed.is_empty() {
            let codes: Vec<String> = narrowed.into_iter().collect();
            uses.carried = attributes::carried(tx, &codes).await?;
            uses.published = attributes::read_by_published(tx, &codes).await?;
        }
        if !lost.is_empty() {
            uses.chosen = attributes::chosen(tx, &lost.into_iter().collect::<Vec<_>>()).await?;
        }
        Ok(uses)
    }

    fn check(&self, old: &AttributeDefinition, new: &AttributeDefinition, problems: &mut Problems) {
        let mut refuse = |pointer: &str, detail: Label| {
            problems.push(FieldProblem { pointer: pointer.to_owned(), code: IN_USE, detail });
        };
        if let Some(pointer) = old.narrowed_by(new) {
            if self.carried.contains(old.code.as_str()) {
                refuse(pointer, carried_by_customers());
            }
            if self.published.contains(old.code.as_str()) {
                refuse(pointer, read_by_published());
            }
        }
        for value in old.choices_lost_in(new) {
            if self.chosen.contains(&(old.code.to_string(), value.to_owned())) {
                let en = format!("Customers carry the choice {value}; it cannot go.");
                refuse("/choices", Label::new(en, format!("已有客户使用选项“{value}”，不能删除。")));
            }
        }
    }
}

fn carried_by_customers() -> Label {
    Label::new("Customers carry values of this attribute; take them out first.", "已有客户使用此属性，请先清除其取值。")
}

fn read_by_published() -> Label {
    let en = "A published scale or GE model reads this attribute; publish one without it first.";
    Label::new(en, "已发布的量表或 GE 模型使用此属性，请先发布不使用它的版本。")
}

fn conflict(detail: Label) -> Error {
    Error::conflict(detail.en, detail.zh)
}

async fn stored(tx: &TenantTx, code: &str) -> Result<AttributeDefinitionOut> {
    let known = code.parse::<Code>().map_err(|_| Error::not_found())?;
    attributes::by_codes(tx, [known.as_str()]).await?.into_values().next().ok_or_else(Error::not_found)
}
