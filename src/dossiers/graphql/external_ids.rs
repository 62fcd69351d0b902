//! External ids of customers in GraphQL, added and taken away one by one.

use std::marker::PhantomData;

use async_graphql::{Context, InputObject, Object, Result};

use super::CustomerNode;
use super::mutation::CustomerPayload;
use crate::dossiers::ops::external_ids;
use crate::dossiers::wire::ExternalId;
use crate::error::user_errors;
use crate::tenancy::Session;
use crate::values::CustomerId;

/// Mutations of external ids, with `N` as the schema's type of a customer.
#[derive(Debug)]
pub struct ExternalIdsMutation<N>(PhantomData<fn() -> N>);

impl<N> Default for ExternalIdsMutation<N> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

/// An external id of a customer.
#[derive(Debug, InputObject)]
struct CustomerExternalIdInput {
    /// The customer.
    customer_id: CustomerId,
    /// The version the customer must still have; any where absent.
    expected_version: Option<i32>,
    /// The source system, 1 to 63 characters.
    system: String,
    /// The id there, 1 to 200 characters.
    external_id: String,
}

#[Object]
impl<N: CustomerNode> ExternalIdsMutation<N> {
    /// Give a customer an external id. Nothing changes where it has it already; a conflict where it is another customer's.
    async fn add_external_id(&self, ctx: &Context<'_>, input: CustomerExternalIdInput) -> Result<CustomerPayload<N>> {
        let CustomerExternalIdInput { customer_id, expected_version, system, external_id } = input;
        let id = ExternalId { system, external_id };
        let add = async |tx: &_| external_ids::add(tx, customer_id, id, expected_version).await;
        let (customer, user_errors) = user_errors(Session::of(ctx)?.write(add).await)?;
        Ok(CustomerPayload { customer: customer.map(N::from), user_errors })
    }

    /// Take an external id away from a customer. Who loses the one that names it in reports is named by another of its
    /// ids, who loses the last by its own.
    async fn remove_external_id(
        &self,
        ctx: &Context<'_>,
        input: CustomerExternalIdInput,
    ) -> Result<CustomerPayload<N>> {
        let CustomerExternalIdInput { customer_id, expected_version, system, external_id } = input;
        let id = ExternalId { system, external_id };
        let remove = async |tx: &_| external_ids::remove(tx, customer_id, &id, expected_version).await;
        let (customer, user_errors) = user_errors(Session::of(ctx)?.write(remove).await)?;
        Ok(CustomerPayload { customer: customer.map(N::from), user_errors })
    }
}
