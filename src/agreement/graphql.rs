//! Agreement in GraphQL.

use async_graphql::{Context, Object, Result};

use super::ops;
use super::wire::{JudgementAgreementOut, ScaleAgreementInput, ScaleAgreementOut};
use crate::error::or_null;
use crate::tenancy::Session;
use crate::values::ScaleId;

/// Queries about agreement.
#[derive(Debug, Default)]
pub struct AgreementQuery;

#[Object]
impl AgreementQuery {
    /// How far two scales agree on the customers that both grade; null where one of them is not there.
    async fn scale_agreement(
        &self,
        ctx: &Context<'_>,
        input: ScaleAgreementInput,
    ) -> Result<Option<ScaleAgreementOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::scale_agreement(&tx, input).await)?)
    }

    /// How far members agree who have judged the same customers, factor by factor; null where there is no such version.
    /// `limit`: how many differences to tell of each factor, 50 where absent.
    async fn judgement_agreement(
        &self,
        ctx: &Context<'_>,
        scale_id: ScaleId,
        number: i32,
        limit: Option<i32>,
    ) -> Result<Option<JudgementAgreementOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(ops::judgement_agreement(&tx, scale_id, number, limit).await)?)
    }
}
