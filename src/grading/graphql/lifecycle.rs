//! Runs that are taken out of force, and the company's scales, in GraphQL.

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::error::{UserError, or_null, user_errors};
use crate::grading::ops;
use crate::grading::wire::{GradingRunOut, WithdrawalIn};
use crate::paging::PageRequest;
use crate::scales::{CompanyScaleIn, CompanyScaleOut, Purpose, company_scale, company_scales};
use crate::tenancy::{Session, TenantTx};
use crate::values::{Code, GradingRunId, ScaleId};

/// Queries about the company's scales.
#[derive(Debug, Default)]
pub struct CompanyScalesQuery;

#[Object]
impl CompanyScalesQuery {
    /// The company's scales, one a purpose: only their official runs decide current grades.
    async fn company_scales(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, CompanyScaleOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(company_scales(&tx, &page).await?.into_connection())
    }

    /// The company's scale of a purpose; null where no scale of the purpose was published.
    async fn company_scale(&self, ctx: &Context<'_>, purpose: Purpose) -> Result<Option<CompanyScaleOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(company_scale(&tx, purpose).await)?)
    }
}

/// Mutations that decide which results are in force.
#[derive(Debug, Default)]
pub struct GradesInForceMutation;

/// Which run is taken out of force.
#[derive(Debug, InputObject)]
struct WithdrawGradingRunInput {
    /// The run.
    id: GradingRunId,
    /// Why, 1 to 1,000 characters.
    reason: String,
}

/// What came of taking a run out of force.
#[derive(Debug, SimpleObject)]
struct WithdrawGradingRunPayload {
    /// The run.
    grading_run: Option<GradingRunOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

/// Which scale becomes the company's.
#[derive(Debug, InputObject)]
struct PutCompanyScaleInput {
    /// Whom it grades.
    purpose: Purpose,
    /// The scale. Exactly one of `scaleId` and `scaleCode` is given.
    scale_id: Option<ScaleId>,
    /// The scale's code.
    scale_code: Option<Code>,
    /// The version that was read; a newer one makes the change fail. Any will do where absent.
    version: Option<i32>,
}

/// What came of naming the company's scale.
#[derive(Debug, SimpleObject)]
struct PutCompanyScalePayload {
    /// The company's scale.
    company_scale: Option<CompanyScaleOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

#[Object]
impl GradesInForceMutation {
    /// Take a completed grading run out of force, for good, with a reason: it stays readable, and current grades are again
    /// those of the runs before.
    async fn withdraw_grading_run(
        &self,
        ctx: &Context<'_>,
        input: WithdrawGradingRunInput,
    ) -> Result<WithdrawGradingRunPayload> {
        let WithdrawGradingRunInput { id, reason } = input;
        let why = WithdrawalIn { reason };
        let outcome = Session::of(ctx)?.write(async |tx| ops::withdraw_run(tx, id, &why).await).await;
        let (grading_run, user_errors) = user_errors(outcome)?;
        Ok(WithdrawGradingRunPayload { grading_run, user_errors })
    }

    /// Name the company's scale of a purpose; the first one published becomes it by itself. From then on its official runs
    /// decide current grades, also those that were made before; where there are none, customers have no current grade
    /// until it is run.
    async fn put_company_scale(
        &self,
        ctx: &Context<'_>,
        input: PutCompanyScaleInput,
    ) -> Result<PutCompanyScalePayload> {
        let PutCompanyScaleInput { purpose, scale_id, scale_code, version } = input;
        let new = CompanyScaleIn { scale_id, scale_code };
        let put = async |tx: &TenantTx| ops::put_company_scale(tx, purpose, &new, version).await;
        let (company_scale, user_errors) = user_errors(Session::of(ctx)?.write(put).await)?;
        Ok(PutCompanyScalePayload { company_scale, user_errors })
    }
}
