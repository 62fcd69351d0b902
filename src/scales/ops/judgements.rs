//! Use cases of judgements.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::versions::visible_version;
use crate::error::{Error, FieldProblem, Result};
use crate::intake::{BatchItem, BatchMode, BatchOut, Counts, Outcome, RowOutcome, take_rows};
use crate::paging::{PageRequest, Slice};
use crate::scales::judging::{JudgementForm, Teller};
use crate::scales::store::{self, Repeats};
use crate::scales::wire::{JudgementFilter, JudgementIn, JudgementOut, JudgementUpsert, MissingJudgements};
use crate::scales::{Rating, ScaleDefinition};
use crate::tenancy::{Permission, TenantTx};
use crate::values::{Code, CustomerId, Label, ScaleId};

/// Takes ratings: each answers a judgement that a draft or published version of the scale asks for.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_input` for too many, and where it is atomic, for any that is refused.
pub async fn judge(
    tx: &TenantTx,
    id: ScaleId,
    items: Vec<BatchItem<JudgementIn>>,
    mode: BatchMode,
) -> Result<BatchOut> {
    tx.require(Permission::JudgementsWrite)?;
    store::by_id(tx, id).await?;
    let answer =
        take_rows(tx, items, mode, async |batch| take_judgements(tx, id, batch, Repeats::AreNews).await).await?;
    if answer.counts.created + answer.counts.updated > 0 {
        tx.audit::<(), _>("judgements.written", "scale", id, None, Some(&answer.counts)).await?;
    }
    Ok(answer)
}

/// Takes one rating; the answer is the one that counts from then on, and whether there was none before.
///
/// # Errors
/// `forbidden`, `not_found` for an unknown scale or customer, `invalid_input`.
pub(in crate::scales) async fn judge_one(
    tx: &TenantTx,
    id: ScaleId,
    judgement: JudgementIn,
) -> Result<(JudgementOut, bool)> {
    tx.require(Permission::JudgementsWrite)?;
    store::by_id(tx, id).await?;
    let known = store::known_customers(tx, &BTreeSet::from([judgement.customer_id])).await?;
    let customer = *known.get(&judgement.customer_id).ok_or_else(Error::not_found)?;
    let factor = judgement.factor_code.clone();
    let taken = take_judgements(tx, id, &[judgement], Repeats::AreNews).await?.pop();
    let taken = taken.ok_or_else(|| Error::internal("a rating without an outcome"))?;
    if !taken.problems.is_empty() {
        return Err(Error::invalid(taken.problems));
    }
    let after = store::judgement_of(tx, id, customer, &factor).await?;
    if taken.outcome != Outcome::Unchanged {
        tx.audit::<(), _>("judgement.written", "scale", id, None, Some(&after)).await?;
    }
    Ok((after, taken.outcome == Outcome::Created))
}

async fn take_judgements(
    tx: &TenantTx,
    id: ScaleId,
    batch: &[JudgementIn],
    repeats: Repeats,
) -> Result<Vec<RowOutcome>> {
    let definitions = store::judgeable_definitions(tx, id).await?;
    let form = JudgementForm::new(&definitions);
    let asked: BTreeSet<_> = batch.iter().map(|judgement| judgement.customer_id).collect();
    let known = store::known_customers(tx, &asked).await?;
    let of_survivor = |judgement: &JudgementIn| {
        let customer_id = known.get(&judgement.customer_id).copied().unwrap_or(judgement.customer_id);
        JudgementIn { customer_id, ..judgement.clone() }
    };
    let batch: Vec<JudgementIn> = batch.iter().map(of_survivor).collect();
    let problems = form.check(&batch, &known.values().copied().collect(), teller(tx));
    let accepted: Vec<&JudgementIn> = batch
        .iter()
        .zip(&problems)
        .filter(|(_, problems)| problems.is_empty())
        .map(|(judgement, _)| judgement)
        .collect();
    let mut outcomes = store::upsert_judgements(tx, id, &accepted, repeats).await?.into_iter();
    let outcome = |(judgement, problems): (&JudgementIn, Vec<FieldProblem>)| match problems.is_empty() {
        true => RowOutcome::taken(outcomes.next().unwrap_or(Outcome::Unchanged), judgement.customer_id.0),
        false => RowOutcome::refused(problems),
    };
    Ok(batch.iter().zip(problems).map(outcome).collect())
}

fn teller(tx: &TenantTx) -> Teller<'_> {
    let actor = tx.actor();
    Teller { subject: &actor.subject, speaks_for_itself: actor.salesperson.is_some(), now: tx.now() }
}

/// Takes ratings of a file, whatever scales they are of; one outcome a row, in their order.
///
/// # Errors
/// `forbidden`, and the database's.
pub async fn upsert_judgements(tx: &TenantTx, system: &str, rows: &[JudgementUpsert]) -> Result<Vec<RowOutcome>> {
    tx.require(Permission::JudgementsWrite)?;
    let named = rows.iter().map(|row| row.customer_external_id.as_str());
    let customers = store::customers_named(tx, system, named).await?;
    let mut by_scale = BTreeMap::<&Code, Vec<usize>>::new();
    for (place, row) in rows.iter().enumerate() {
        by_scale.entry(&row.scale).or_default().push(place);
    }
    let mut outcomes = BTreeMap::<usize, RowOutcome>::new();
    for (code, places) in by_scale {
        let Some(scale) = crate::error::or_null(store::by_code(tx, code).await)? else {
            let refused = || refused("/scale", "There is no such scale.", "没有该量表。");
            outcomes.extend(places.into_iter().map(|place| (place, refused())));
            continue;
        };
        let mut taken = Vec::new();
        let mut batch = Vec::new();
        for (place, row) in places.into_iter().filter_map(|place| Some((place, rows.get(place)?))) {
            match customers.get(&row.customer_external_id) {
                Some(customer) => {
                    taken.push(place);
                    batch.push(row.of(*customer));
                }
                None => {
                    let refusal = refused("/customer_external_id", "There is no such customer.", "没有该客户。");
                    outcomes.insert(place, refusal);
                }
            }
        }
        let done = take_judgements(tx, scale.id, &batch, Repeats::AreNothing).await?;
        let mut counts = Counts::default();
        done.iter().for_each(|row| counts.add(row.outcome));
        if counts.created + counts.updated > 0 {
            let recorded = json!(counts);
            tx.audit::<(), _>("judgements.written", "scale", scale.id, None, Some(&recorded)).await?;
        }
        outcomes.extend(taken.into_iter().zip(done));
    }
    Ok(outcomes.into_values().collect())
}

fn refused(pointer: &str, en: &str, zh: &str) -> RowOutcome {
    let detail = Label::new(en, zh);
    RowOutcome::refused(vec![FieldProblem { pointer: pointer.to_owned(), code: "unknown_reference", detail }])
}

impl JudgementUpsert {
    fn of(&self, customer_id: CustomerId) -> JudgementIn {
        JudgementIn {
            customer_id,
            factor_code: self.factor_code.clone(),
            level: self.level.clone(),
            author: self.author.clone(),
            judged_at: self.judged_at,
            note: self.note.clone(),
        }
    }
}

/// The ratings of a scale, by customer's external id and factor.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_input` for a foreign cursor.
pub(in crate::scales) async fn judgements(
    tx: &TenantTx,
    id: ScaleId,
    filter: &JudgementFilter,
    page: &PageRequest,
) -> Result<Slice<JudgementOut>> {
    tx.require(Permission::ScalesRead)?;
    store::by_id(tx, id).await?;
    store::judgement_page(tx, id, filter, page).await
}

/// How much each salesperson has still to judge for a version.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_input` for a foreign cursor.
pub(in crate::scales) async fn missing_judgements(
    tx: &TenantTx,
    id: ScaleId,
    number: i32,
    page: &PageRequest,
) -> Result<Slice<MissingJudgements>> {
    tx.require(Permission::ScalesRead)?;
    let scale = store::by_id(tx, id).await?;
    let definition = visible_version(tx, id, number).await?.definition;
    let form = JudgementForm::new([&definition]);
    let factors = i64::try_from(form.factors()).map_err(Error::internal)?;
    store::missing_judgements(tx, id, scale.purpose, &form.levels(), factors, page).await
}

/// Every member's latest ratings of the factors that a definition judges, by factor, customer and member. No permission
/// of its own.
///
/// # Errors
/// The database's.
pub async fn member_ratings(tx: &TenantTx, id: ScaleId, definition: &ScaleDefinition) -> Result<Vec<Rating>> {
    let form = JudgementForm::new([definition]);
    let factors: BTreeSet<String> = form.levels().into_iter().map(|(factor, _)| factor).collect();
    store::ratings(tx, id, &factors.into_iter().collect::<Vec<_>>()).await
}
