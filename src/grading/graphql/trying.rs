//! What-if and thresholds in GraphQL.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::error::{Error, UserError, or_null, user_errors};
use crate::grading::ops::{self, HeldBooks};
use crate::grading::wire::{
    GradingSettingsOut, LiftOut, SensitivityIn, SensitivityOut, Thresholds, WhatIfIn, WhatIfOut,
};
use crate::rest::IfMatch;
use crate::tenancy::Session;
use crate::values::{CustomerId, GradingRunId};

/// Queries that try scales.
#[derive(Debug, Default)]
pub struct GradingTrialsQuery;

#[Object]
impl GradingTrialsQuery {
    /// Try a definition, a stored draft, or changes on the whole book; nothing is stored.
    async fn grading_what_if(&self, ctx: &Context<'_>, input: WhatIfIn) -> Result<WhatIfOut> {
        let session = Session::of(ctx)?;
        let tx = session.snapshot().await?;
        Ok(ops::prepare_what_if(&tx, session.db(), held_books(ctx)?, input).await?.answer().await?)
    }

    /// How far the weight of each dimension can move, the others scaled, before shares of the grades change.
    async fn grading_sensitivity(&self, ctx: &Context<'_>, input: SensitivityIn) -> Result<SensitivityOut> {
        let session = Session::of(ctx)?;
        let tx = session.snapshot().await?;
        Ok(ops::sensitivity(&tx, session.db(), held_books(ctx)?, input).await?)
    }

    /// What would lift a result to the next better grade; null where there is no such result.
    async fn grading_lift(
        &self,
        ctx: &Context<'_>,
        run_id: GradingRunId,
        customer_id: CustomerId,
    ) -> Result<Option<LiftOut>> {
        let session = Session::of(ctx)?;
        let tx = session.snapshot().await?;
        Ok(or_null(ops::lift(&tx, session.db(), run_id, customer_id).await)?)
    }

    /// The thresholds by which results are read.
    async fn grading_settings(&self, ctx: &Context<'_>) -> Result<GradingSettingsOut> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(ops::grading_settings(&tx).await?)
    }
}

/// The books of this process.
pub(super) fn held_books<'a>(ctx: &Context<'a>) -> Result<&'a HeldBooks> {
    Ok(ctx.data::<HeldBooks>().map_err(|_| Error::internal("no books in the GraphQL request"))?)
}

/// Mutations of thresholds.
#[derive(Debug, Default)]
pub struct GradingSettingsMutation;

/// New thresholds.
#[derive(Debug, InputObject)]
struct PutGradingSettingsInput {
    /// The thresholds as a whole.
    thresholds: Thresholds,
    /// The version that was read; a newer one makes the change fail. Any will do where absent.
    version: Option<i32>,
}

/// What came of new thresholds.
#[derive(Debug, SimpleObject)]
struct PutGradingSettingsPayload {
    /// The thresholds.
    settings: Option<GradingSettingsOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

#[Object]
impl GradingSettingsMutation {
    /// Replace the thresholds by which results are read, as a whole.
    async fn put_grading_settings(
        &self,
        ctx: &Context<'_>,
        input: PutGradingSettingsInput,
    ) -> Result<PutGradingSettingsPayload> {
        let PutGradingSettingsInput { thresholds, version } = input;
        let write =
            Session::of(ctx)?.write(async |tx| ops::put_grading_settings(tx, thresholds, IfMatch(version)).await);
        let (settings, user_errors) = user_errors(write.await)?;
        Ok(PutGradingSettingsPayload { settings, user_errors })
    }
}
