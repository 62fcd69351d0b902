//! Use cases of plans: asking for one, reading plans, their steps and lines.

mod generate;
mod replacing;

use std::collections::BTreeMap;

pub use generate::PlanJob;
pub use replacing::{replace_output, withdraw_replacement};

use super::store::{self, PlanRow};
use super::strategy_led::unknown_customer;
use super::wire::{CustomerPlanOut, LineFilter, PlanFilter, PlanIn, PlanOut, PlanStepOut};
use super::{PlanLine, own};
use crate::error::{Error, Result};
use crate::jobs;
use crate::paging::{PageRequest, Slice};
use crate::tenancy::{Permission, TenantTx};
use crate::tenants;
use crate::values::{CustomerId, FiscalYear, PlanId};

/// Asks for a plan; a job generates it.
///
/// # Errors
/// `forbidden`, and `invalid_input` with every problem of the input. What only the split can show, as pins beyond what
/// there is, fails the job.
pub async fn create(tx: &TenantTx, mut new: PlanIn) -> Result<PlanOut> {
    tx.require(Permission::PlansWrite)?;
    let tenant = tenants::current(tx).await?;
    let start_month = u32::try_from(tenant.fiscal_year_start_month).map_err(Error::internal)?;
    let year = FiscalYear { year: new.fiscal_year, start_month };
    let today = tx.now().date_naive();
    let mut problems = new.problems(year, tenant.base_currency.minor_unit_places(), today);
    if let Some(replacements) = &new.replacements {
        let named: Vec<&str> = replacements.keys().map(String::as_str).collect();
        for external_id in store::unknown_customers(tx, &named).await? {
            problems.push(unknown_customer(&external_id));
        }
    }
    match replacing::taken_over(tx, &new).await? {
        Some(taken) => new.replacements = Some(taken).filter(|taken| !taken.is_empty()),
        None => {
            let (en, zh) = ("There is no such strategy-led plan.", "没有该策略引领型计划。");
            problems.add("/replacements_of", "unknown_plan", en, zh);
        }
    }
    problems.into_result()?;
    let id: PlanId = tx.new_id();
    let job = jobs::enqueue(tx, generate::KIND, &generate::PlanJobParams { plan: id }).await?;
    let plan = PlanRow::draft(id, job, &new, new.history_end(year, today), tenant.base_currency, tx);
    store::insert(tx, &plan).await?;
    tx.audit::<(), _>("plan.created", "plan", id, None, Some(&new)).await?;
    with_job(tx, plan).await
}

/// One plan.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn get(tx: &TenantTx, id: PlanId) -> Result<PlanOut> {
    tx.require(Permission::PlansRead)?;
    let plan = store::by_id(tx, id).await?;
    with_job(tx, plan).await
}

pub(super) async fn list(
    tx: &TenantTx,
    filter: PlanFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<PlanOut>> {
    tx.require(Permission::PlansRead)?;
    let Slice { items, has_previous, has_next, total_count } = store::page(tx, filter, sort, page).await?;
    let (cursors, plans): (Vec<_>, Vec<_>) = items.into_iter().unzip();
    let items = cursors.into_iter().zip(with_jobs(tx, plans).await?).collect();
    Ok(Slice { items, has_previous, has_next, total_count })
}

/// The heads of a plan's steps in order; none until it is generated.
pub(super) async fn steps(tx: &TenantTx, plan: PlanId) -> Result<Vec<PlanStepOut>> {
    tx.require(Permission::PlansRead)?;
    store::by_id(tx, plan).await?;
    store::steps(tx, plan, None).await
}

/// The head of one step.
pub(super) async fn step(tx: &TenantTx, plan: PlanId, number: i32) -> Result<PlanStepOut> {
    tx.require(Permission::PlansRead)?;
    store::steps(tx, plan, Some(number)).await?.pop().ok_or_else(Error::not_found)
}

/// The lines of one step by position.
pub(super) async fn lines(
    tx: &TenantTx,
    plan: PlanId,
    number: i32,
    filter: LineFilter,
    page: &PageRequest,
) -> Result<Slice<PlanLine>> {
    step(tx, plan, number).await?;
    let Slice { items, has_previous, has_next, total_count } = store::lines(tx, plan, number, filter, page).await?;
    let is_own = tx.actor().salesperson.is_some();
    let items = items.into_iter().map(|(cursor, line)| (cursor, if is_own { own::line(line) } else { line })).collect();
    Ok(Slice { items, has_previous, has_next, total_count })
}

/// What the newest generated strategy-led plan of each of the fiscal years expects of each of the customers it has; a
/// task decomposition has no lines of single customers.
///
/// # Errors
/// `forbidden`.
pub async fn customer_plans(
    tx: &TenantTx,
    customers: &[CustomerId],
    fiscal_years: &[i32],
) -> Result<BTreeMap<(CustomerId, i32), CustomerPlanOut>> {
    tx.require(Permission::PlansRead)?;
    store::customer_plans(tx, customers, fiscal_years).await
}

async fn with_job(tx: &TenantTx, plan: PlanRow) -> Result<PlanOut> {
    with_jobs(tx, vec![plan]).await?.pop().ok_or_else(Error::not_found)
}

/// The plans with their jobs and the replacements beside them; for a salesperson what is its own of them.
async fn with_jobs(tx: &TenantTx, mut plans: Vec<PlanRow>) -> Result<Vec<PlanOut>> {
    let is_own = tx.actor().salesperson.is_some();
    if is_own {
        store::known_customers(tx, &mut plans).await?;
    }
    let named: Vec<_> = plans.iter().map(|plan| plan.id).collect();
    let mut pending = store::pending(tx, &named, None).await?;
    let ids: Vec<_> = plans.iter().map(|plan| plan.job_id).collect();
    let jobs: BTreeMap<_, _> = jobs::jobs_by_id(tx, &ids).await?.into_iter().map(|job| (job.id, job)).collect();
    let with = |plan: PlanRow| {
        let job = jobs.get(&plan.job_id).cloned().ok_or_else(|| Error::internal("a plan without its job"))?;
        let beside = pending.remove(&plan.id).unwrap_or_default();
        let plan = plan.with_job(job, beside);
        Ok(if is_own { own::head(plan) } else { plan })
    };
    plans.into_iter().map(with).collect()
}
