//! The job that generates a plan: loads the book, generates, checks the sums, stores all steps at once.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::jobs::{JobContext, JobHandler};
use crate::plans::store::{self, PlanRow};
use crate::plans::strategy_led::{self, StrategyLedInput};
use crate::plans::task_decomposition::{self, TaskDecompositionInput};
use crate::plans::{PlanBook, PlanDraft, PlanMethod, check_sums};
use crate::tenancy::TenantTx;
use crate::tenants;
use crate::values::{FiscalYear, PlanId};

/// The kind of these jobs.
pub(super) const KIND: &str = "plan";

/// What the job is asked to do.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PlanJobParams {
    pub(super) plan: PlanId,
}

/// Generates plans.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlanJob;

#[async_trait::async_trait]
impl JobHandler for PlanJob {
    fn kind(&self) -> &'static str {
        KIND
    }

    /// Everything is stored by the last step: an attempt that dies leaves nothing behind, and the next begins anew.
    async fn run(&self, job: &JobContext, params: Value, _: Option<Value>) -> Result<Value> {
        let PlanJobParams { plan: id } = serde_json::from_value(params)?;
        let (plan, book) = job.read(async |tx| load(tx, id).await).await?;
        job.progress(0, None).await?;
        let draft = tokio::task::spawn_blocking(move || generate(&plan, book)).await.map_err(Error::internal)??;
        let lines = i64::try_from(draft.steps.iter().map(|step| step.lines.len()).sum::<usize>()).unwrap_or(i64::MAX);
        let result = json!({
            "plan_id": id,
            "steps": draft.steps.len(),
            "lines": lines,
            "total": draft.total().map(|total| total.to_string()),
        });
        job.step((lines, Some(lines)), None, async |tx| keep(tx, id, &draft, &result).await).await?;
        // Millions of lines are freed a second long: not on the thread that answers others.
        tokio::task::spawn_blocking(move || drop(draft));
        Ok(result)
    }
}

async fn load(tx: &TenantTx, id: PlanId) -> Result<(PlanRow, PlanBook)> {
    store::see_one_state(tx).await?;
    let plan = store::by_id(tx, id).await?;
    let tenant = tenants::current(tx).await?;
    let start_month = u32::try_from(tenant.fiscal_year_start_month).map_err(Error::internal)?;
    let year = FiscalYear { year: plan.fiscal_year, start_month };
    let book = store::book(tx, &plan, year).await?;
    Ok((plan, book))
}

fn generate(plan: &PlanRow, book: PlanBook) -> Result<PlanDraft> {
    let target = plan.target.map(Into::into);
    let drafted = match plan.method {
        PlanMethod::TaskDecomposition => {
            let target = target.ok_or_else(|| Error::internal("a task decomposition without a target"))?;
            task_decomposition::generate(&TaskDecompositionInput { book, target })
        }
        PlanMethod::StrategyLed => {
            let replacements = plan.replacements.clone();
            strategy_led::generate(&StrategyLedInput { book, target, replacements })
        }
    };
    let draft = drafted.map_err(Error::invalid)?;
    let mismatches = check_sums(&draft);
    if mismatches.is_empty() {
        Ok(draft)
    } else {
        Err(Error::internal(format!("sums that do not tie: {mismatches:?}")))
    }
}

async fn keep(tx: &TenantTx, id: PlanId, draft: &PlanDraft, result: &Value) -> Result<()> {
    store::keep(tx, id, draft).await?;
    tx.audit::<(), _>("plan.generated", "plan", id, None, Some(result)).await
}
