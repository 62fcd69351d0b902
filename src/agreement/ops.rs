//! Use cases of agreement.

use super::scales::compare;
use super::wire::{AgreeingScale, Figures, JudgementAgreementOut, ScaleAgreementInput, ScaleAgreementOut, whole};
use super::{members, store};
use crate::error::{Error, ErrorCode, FieldProblem, Result};
use crate::grading::{ScaleGrade, grade_all, latest_grades};
use crate::scales::{GradeBands, ScaleDefinition, member_ratings, scale_by_id, scale_version, validate};
use crate::tenancy::{Permission, TenantTx};
use crate::values::{Code, Month, ScaleId};

/// Differences that are told where nobody says how many.
const DIFFERENCES: i32 = 50;
const MOST_DIFFERENCES: i32 = 500;

/// Tells how far two scales agree on the customers that both grade.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_input` for scales without common grades, with problems, or without a completed run
/// where no month is given.
pub(super) async fn scale_agreement(tx: &TenantTx, asked: ScaleAgreementInput) -> Result<ScaleAgreementOut> {
    tx.require(Permission::GradingRead)?;
    let most = limit(asked.limit)?;
    if asked.as_of.is_some() && tx.actor().salesperson.is_some() {
        // Quotas and percentiles among own customers alone would be other grades.
        let en = "Only who sees all customers can have them graded; leave as_of out to compare runs.";
        return Err(Error::new(
            ErrorCode::Forbidden,
            en,
            "只有能查看全部客户者才能即时分级；省略 as_of 可比较已有分级。",
        ));
    }
    let (first, first_definition) = scale(tx, asked.scale_id, Some(asked.version)).await?;
    let (second, second_definition) = scale(tx, asked.with_scale_id, asked.with_version).await?;
    let classes = common_classes(&first_definition.grade_bands, &second_definition.grade_bands)?;
    let (first, first_grades) = graded(tx, first, first_definition, asked.as_of).await?;
    let (second, second_grades) = graded(tx, second, second_definition, asked.as_of).await?;
    let told = classes.clone();
    let compared = tokio::task::spawn_blocking(move || compare(&told, &first_grades, &second_grades));
    let compared = compared.await.map_err(Error::internal)?;
    let differing = whole(compared.differences.len() as u64);
    let mut differences = compared.differences;
    differences.truncate(most);
    let ids: Vec<_> = differences.iter().map(|difference| difference.customer_id).collect();
    let mut names = store::names(tx, &ids).await?;
    for difference in &mut differences {
        difference.name = names.remove(&difference.customer_id).map(|(_, name)| name).unwrap_or_default();
    }
    Ok(ScaleAgreementOut {
        first,
        second,
        classes,
        figures: Figures::new(&compared.counts),
        first_alone: whole(compared.alone.0),
        second_alone: whole(compared.alone.1),
        differing,
        differences,
    })
}

fn limit(asked: Option<i32>) -> Result<usize> {
    let limit = asked.unwrap_or(DIFFERENCES);
    usize::try_from(limit).ok().filter(|_| limit <= MOST_DIFFERENCES).ok_or_else(|| {
        let (en, zh) = (format!("0 to {MOST_DIFFERENCES}."), format!("0 至 {MOST_DIFFERENCES}。"));
        Error::invalid_at("/limit", "range", en, zh)
    })
}

/// A scale that the actor can see, and the version's content.
async fn scale(tx: &TenantTx, id: ScaleId, asked: Option<i32>) -> Result<(AgreeingScale, ScaleDefinition)> {
    let scale = scale_by_id(tx, id).await?;
    let number = asked.or(scale.published_version).unwrap_or(scale.latest_version);
    let version = scale_version(tx, id, number).await?;
    let as_of = Month::of(tx.now().date_naive());
    let agreeing = AgreeingScale { scale_id: id, scale_code: scale.code, version: number, as_of, run_id: None };
    Ok((agreeing, version.definition))
}

/// The grades, where both scales have the same in the same order.
fn common_classes(first: &GradeBands, second: &GradeBands) -> Result<Vec<Code>> {
    if first.grades() == second.grades() {
        return Ok(first.grades().into_iter().cloned().collect());
    }
    let listed = |bands: &GradeBands| bands.grades().into_iter().map(Code::as_str).collect::<Vec<_>>().join(", ");
    let (first, second) = (listed(first), listed(second));
    let en = format!("The scales have other grades: {first} and {second}.");
    let zh = format!("两个量表的等级不同：{first} 与 {second}。");
    Err(Error::invalid_at("/with_scale", "other_grades", en, zh))
}

async fn graded(
    tx: &TenantTx,
    scale: AgreeingScale,
    definition: ScaleDefinition,
    as_of: Option<Month>,
) -> Result<(AgreeingScale, Vec<ScaleGrade>)> {
    let Some(as_of) = as_of else {
        let Some(run) = latest_grades(tx, scale.scale_id, scale.version).await? else {
            let (code, version) = (&scale.scale_code, scale.version);
            let en = format!("Version {version} of {code} has no completed run: grade with it, or give as_of.");
            let zh = format!("{code} 的版本 {version} 尚无已完成的分级：请先分级，或给出 as_of。");
            return Err(Error::invalid_at("/as_of", "no_run", en, zh));
        };
        return Ok((AgreeingScale { as_of: run.as_of, run_id: Some(run.run_id), ..scale }, run.grades));
    };
    let problems = validate(&definition);
    if !problems.is_empty() {
        return Err(Error::invalid(problems.into_iter().map(FieldProblem::from).collect()));
    }
    let grades = grade_all(tx, scale.scale_id, definition, as_of).await?;
    Ok((AgreeingScale { as_of, ..scale }, grades))
}

/// Tells how far members agree who have judged the same customers, by the factors and levels of a version.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_input` for a wrong limit.
pub(super) async fn judgement_agreement(
    tx: &TenantTx,
    id: ScaleId,
    number: i32,
    asked: Option<i32>,
) -> Result<JudgementAgreementOut> {
    tx.require(Permission::ScalesRead)?;
    let most = limit(asked)?;
    scale_by_id(tx, id).await?;
    let definition = scale_version(tx, id, number).await?.definition;
    let ratings = member_ratings(tx, id, &definition).await?;
    let told = tokio::task::spawn_blocking(move || members::agreement(&definition, &ratings, most));
    let mut factors = told.await.map_err(Error::internal)?;
    let ids: Vec<_> = factors.iter().flat_map(|factor| &factor.differences).map(|one| one.customer_id).collect();
    let names = store::names(tx, &ids).await?;
    for difference in factors.iter_mut().flat_map(|factor| &mut factor.differences) {
        if let Some((external_id, name)) = names.get(&difference.customer_id) {
            (difference.customer_external_id, difference.customer_name) = (external_id.clone(), name.clone());
        }
    }
    Ok(JudgementAgreementOut { scale_id: id, version: number, factors })
}
