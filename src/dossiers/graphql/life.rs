//! A customer's life in GraphQL: archive, merge, erasure.

use std::marker::PhantomData;

use async_graphql::{Context, InputObject, Object, Result};

use super::CustomerNode;
use super::mutation::CustomerPayload;
use crate::dossiers::ops::{erasure, life, merge};
use crate::dossiers::wire::{CustomerOut, ErasureIn};
use crate::error::user_errors;
use crate::tenancy::Session;
use crate::values::CustomerId;

/// Mutations of customers' lives, with `N` as the schema's type of a customer.
#[derive(Debug)]
pub struct CustomerLifeMutation<N>(PhantomData<fn() -> N>);

impl<N> Default for CustomerLifeMutation<N> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

/// Which customer to archive or restore.
#[derive(Debug, InputObject)]
struct ArchiveCustomerInput {
    /// The customer.
    id: CustomerId,
    /// The version it must still have; any where absent.
    expected_version: Option<i32>,
}

/// Which customers are one.
#[derive(Debug, InputObject)]
struct MergeCustomerInput {
    /// The customer that goes into the other.
    id: CustomerId,
    /// The version it must still have; any where absent.
    expected_version: Option<i32>,
    /// The customer that stays.
    into: CustomerId,
}

/// Which customer to erase.
#[derive(Debug, InputObject)]
struct EraseCustomerInput {
    /// The customer.
    id: CustomerId,
    /// The version it must still have; any where absent.
    expected_version: Option<i32>,
    /// Why, 1 to 500 characters, as the reference of the request. It stays in the audit log: write nothing personal.
    reason: String,
}

#[Object]
impl<N: CustomerNode> CustomerLifeMutation<N> {
    /// Archive a customer: it leaves lists and the selections of new grading runs, mappings and plans; its sales stay in
    /// statistics. What is pushed to it later is taken and does not restore it.
    async fn archive_customer(&self, ctx: &Context<'_>, input: ArchiveCustomerInput) -> Result<CustomerPayload<N>> {
        let archive = async |tx: &_| life::archive(tx, input.id, true, input.expected_version).await;
        payload(Session::of(ctx)?.write(archive).await)
    }

    /// Take a customer out of the archive.
    async fn restore_customer(&self, ctx: &Context<'_>, input: ArchiveCustomerInput) -> Result<CustomerPayload<N>> {
        let restore = async |tx: &_| life::archive(tx, input.id, false, input.expected_version).await;
        payload(Session::of(ctx)?.write(restore).await)
    }

    /// Have a customer become one with another: everything that hangs on it moves, its id and external ids lead to the
    /// survivor from then on. The survivor's values stay, its blanks are filled. Cannot be undone.
    async fn merge_customer(&self, ctx: &Context<'_>, input: MergeCustomerInput) -> Result<CustomerPayload<N>> {
        let merge = async |tx: &_| merge::merge(tx, input.id, input.into, input.expected_version).await;
        payload(Session::of(ctx)?.write(merge).await)
    }

    /// Erase what is personal of a customer: contacts, texts, external ids, attributes, notes, and what the audit log
    /// says of them. What is counted stays, under a customer without a name. Cannot be undone.
    async fn erase_customer(&self, ctx: &Context<'_>, input: EraseCustomerInput) -> Result<CustomerPayload<N>> {
        let reason = ErasureIn { reason: input.reason };
        let erase = async |tx: &_| erasure::erase(tx, input.id, &reason, input.expected_version).await;
        payload(Session::of(ctx)?.write(erase).await)
    }
}

fn payload<N: CustomerNode>(outcome: crate::error::Result<CustomerOut>) -> Result<CustomerPayload<N>> {
    let (customer, user_errors) = user_errors(outcome)?;
    Ok(CustomerPayload { customer: customer.map(N::from), user_errors })
}
