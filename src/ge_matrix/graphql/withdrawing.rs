//! Mappings that are taken out of force, in GraphQL.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::error::{UserError, user_errors};
use crate::ge_matrix::ops;
use crate::ge_matrix::wire::GeMappingOut;
use crate::grading::WithdrawalIn;
use crate::tenancy::Session;
use crate::values::GeMappingId;

/// Mutations that take mappings out of force.
#[derive(Debug, Default)]
pub struct GeWithdrawalMutation;

/// Which mapping is taken out of force.
#[derive(Debug, InputObject)]
struct WithdrawGeMappingInput {
    /// The mapping.
    id: GeMappingId,
    /// Why, 1 to 1,000 characters.
    reason: String,
}

/// What came of taking a mapping out of force.
#[derive(Debug, SimpleObject)]
struct WithdrawGeMappingPayload {
    /// The mapping.
    ge_mapping: Option<GeMappingOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

#[Object]
impl GeWithdrawalMutation {
    /// Take a complete GE mapping out of force, for good, with a reason: it stays readable, and current cells are again those
    /// of the mapping before.
    async fn withdraw_ge_mapping(
        &self,
        ctx: &Context<'_>,
        input: WithdrawGeMappingInput,
    ) -> Result<WithdrawGeMappingPayload> {
        let WithdrawGeMappingInput { id, reason } = input;
        let why = WithdrawalIn { reason };
        let outcome = Session::of(ctx)?.write(async |tx| ops::withdraw_mapping(tx, id, &why).await).await;
        let (ge_mapping, user_errors) = user_errors(outcome)?;
        Ok(WithdrawGeMappingPayload { ge_mapping, user_errors })
    }
}
