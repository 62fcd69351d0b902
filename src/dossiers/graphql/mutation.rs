//! Mutations.

use std::marker::PhantomData;

use async_graphql::{Context, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use super::{CustomerNode, under};
use crate::dossiers::ops::{customers, potentials, salespeople};
use crate::dossiers::wire::{
    CustomerIn, CustomerPatch, CustomerUpsert, DEFAULT_SYSTEM, PotentialUpsert, PurchasePotential,
    PurchasePotentialsIn, PurchasePotentialsOut, SalespersonOut, SalespersonUpsert,
};
use crate::error::{UserError, user_errors};
use crate::intake::{BatchItem, BatchMode, BatchOut};
use crate::tenancy::{Session, TenantTx};
use crate::values::CustomerId;

/// Mutations of customers, salespeople and purchase potentials, with `N` as the schema's type of a customer.
#[derive(Debug)]
pub struct DossiersMutation<N>(PhantomData<fn() -> N>);

impl<N> Default for DossiersMutation<N> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

/// A customer to create.
#[derive(Debug, InputObject)]
struct CreateCustomerInput {
    /// The customer.
    #[graphql(flatten)]
    customer: CustomerIn,
    /// Try it: it is checked and answered as if it were taken, and nothing is stored.
    #[graphql(default)]
    dry_run: bool,
}

/// How to change a customer.
#[derive(Debug, InputObject)]
struct UpdateCustomerInput {
    /// Its id.
    id: CustomerId,
    /// The version it must still have; any where absent.
    expected_version: Option<i32>,
    /// What changes.
    changes: CustomerPatch,
    /// Try it: it is checked and answered as if it were taken, and nothing is stored.
    #[graphql(default)]
    dry_run: bool,
}

/// A customer to create or change by its external id.
#[derive(Debug, InputObject)]
struct UpsertCustomerInput {
    /// The source system of the external id; `default` where absent.
    system: Option<String>,
    /// The version it must still have; any, or none at all, where absent.
    expected_version: Option<i32>,
    /// The customer.
    customer: CustomerUpsert,
    /// Try it: it is checked and answered as if it were taken, and nothing is stored.
    #[graphql(default)]
    dry_run: bool,
}

/// Customers to create or change by their external ids.
#[derive(Debug, InputObject)]
struct UpsertCustomersInput {
    /// The source system of the external ids; `default` where absent.
    system: Option<String>,
    /// All or nothing: where one item is refused, none is taken.
    #[graphql(default)]
    atomic: bool,
    /// Try it: everything is checked and answered as if it were taken, and nothing is stored.
    #[graphql(default)]
    dry_run: bool,
    /// At most 1,000.
    items: Vec<BatchItem<CustomerUpsert>>,
}

/// What a customer is to buy a year; it replaces what was known.
#[derive(Debug, InputObject)]
struct SetPurchasePotentialsInput {
    /// Whose.
    customer_id: CustomerId,
    /// The version the customer must still have; any where absent.
    expected_version: Option<i32>,
    /// At most 200, each category once.
    items: Vec<PurchasePotential>,
    /// When this was observed; now where absent. What is known from later stays.
    observed_at: Option<DateTime<Utc>>,
}

/// Purchase potentials to set by customers' external ids and categories; other categories stay.
#[derive(Debug, InputObject)]
struct UpsertPurchasePotentialsInput {
    /// The source system of the customers' external ids; `default` where absent.
    system: Option<String>,
    /// All or nothing: where one item is refused, none is taken.
    #[graphql(default)]
    atomic: bool,
    /// Try it: everything is checked and answered as if it were taken, and nothing is stored.
    #[graphql(default)]
    dry_run: bool,
    /// At most 1,000.
    items: Vec<BatchItem<PotentialUpsert>>,
}

/// A salesperson to create or change by external id; an absent territory stays, null empties it.
#[derive(Debug, InputObject)]
struct UpsertSalespersonInput {
    /// The version the entry must still have; any, or none at all, where absent.
    expected_version: Option<i32>,
    /// The id in the source system, 1 to 200 characters.
    external_id: String,
    /// The name, 1 to 200 characters.
    name: String,
    /// The territory, at most 200 characters.
    territory: MaybeUndefined<String>,
}

/// Salespeople to create or change by external id.
#[derive(Debug, InputObject)]
struct UpsertSalespeopleInput {
    /// All or nothing: where one item is refused, none is taken.
    #[graphql(default)]
    atomic: bool,
    /// Try it: everything is checked and answered as if it were taken, and nothing is stored.
    #[graphql(default)]
    dry_run: bool,
    /// At most 1,000.
    items: Vec<BatchItem<SalespersonUpsert>>,
}

/// What came of creating or changing a customer.
#[derive(Debug, SimpleObject)]
#[graphql(name = "CustomerPayload")]
pub(super) struct CustomerPayload<N: CustomerNode> {
    /// The customer.
    pub(super) customer: Option<N>,
    /// What the user can mend.
    pub(super) user_errors: Vec<UserError>,
}

/// What came of setting purchase potentials.
#[derive(Debug, SimpleObject)]
struct PurchasePotentialsPayload {
    /// What the customer buys a year now.
    purchase_potentials: Option<PurchasePotentialsOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

/// What came of a batch of purchase potentials.
#[derive(Debug, SimpleObject)]
struct UpsertPurchasePotentialsPayload {
    /// The outcome of every item, with the customer's id; null where the batch was refused as a whole.
    batch: Option<BatchOut>,
    /// What the user can mend of the batch as a whole.
    user_errors: Vec<UserError>,
}

/// What came of creating or changing a salesperson.
#[derive(Debug, SimpleObject)]
struct SalespersonPayload {
    /// The salesperson.
    salesperson: Option<SalespersonOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

/// What came of a batch of customers.
#[derive(Debug, SimpleObject)]
struct UpsertCustomersPayload {
    /// The outcome of every item; null where the batch was refused as a whole.
    batch: Option<BatchOut>,
    /// What the user can mend of the batch as a whole.
    user_errors: Vec<UserError>,
}

/// What came of a batch of salespeople.
#[derive(Debug, SimpleObject)]
struct UpsertSalespeoplePayload {
    /// The outcome of every item; null where the batch was refused as a whole.
    batch: Option<BatchOut>,
    /// What the user can mend of the batch as a whole.
    user_errors: Vec<UserError>,
}

#[Object]
impl<N: CustomerNode> DossiersMutation<N> {
    /// Create a customer.
    async fn create_customer(&self, ctx: &Context<'_>, input: CreateCustomerInput) -> Result<CustomerPayload<N>> {
        let create = async |tx: &TenantTx| {
            tx.discard_if(input.dry_run);
            customers::create(tx, input.customer).await
        };
        let (customer, user_errors) = user_errors(Session::of(ctx)?.write(create).await)?;
        Ok(CustomerPayload { customer: customer.map(N::from), user_errors })
    }

    /// Change a customer.
    async fn update_customer(&self, ctx: &Context<'_>, input: UpdateCustomerInput) -> Result<CustomerPayload<N>> {
        let update = async |tx: &TenantTx| {
            tx.discard_if(input.dry_run);
            customers::update(tx, input.id, &input.changes, input.expected_version).await
        };
        let (customer, user_errors) = user_errors(under("/changes", Session::of(ctx)?.write(update).await))?;
        Ok(CustomerPayload { customer: customer.map(N::from), user_errors })
    }

    /// Create a customer by its external id, or change the one that has it.
    async fn upsert_customer(&self, ctx: &Context<'_>, input: UpsertCustomerInput) -> Result<CustomerPayload<N>> {
        let system = input.system.as_deref().unwrap_or(DEFAULT_SYSTEM);
        let put = async |tx: &TenantTx| {
            tx.discard_if(input.dry_run);
            customers::put(tx, system, input.customer, input.expected_version).await
        };
        let (put, user_errors) = user_errors(under("/customer", Session::of(ctx)?.write(put).await))?;
        Ok(CustomerPayload { customer: put.map(|(customer, _)| N::from(customer)), user_errors })
    }

    /// Create or change up to 1,000 customers by their external ids, each on its own.
    async fn upsert_customers(&self, ctx: &Context<'_>, input: UpsertCustomersInput) -> Result<UpsertCustomersPayload> {
        let system = input.system.as_deref().unwrap_or(DEFAULT_SYSTEM);
        let mode = BatchMode { atomic: input.atomic, dry_run: input.dry_run };
        let take = async |tx: &_| customers::batch(tx, system, mode, input.items).await;
        let (batch, user_errors) = user_errors(under("/items", Session::of(ctx)?.write(take).await))?;
        Ok(UpsertCustomersPayload { batch, user_errors })
    }

    /// Replace what a customer buys a year.
    async fn set_purchase_potentials(
        &self,
        ctx: &Context<'_>,
        input: SetPurchasePotentialsInput,
    ) -> Result<PurchasePotentialsPayload> {
        let new = PurchasePotentialsIn { items: input.items, observed_at: input.observed_at };
        let put = async |tx: &_| potentials::put(tx, input.customer_id, new, input.expected_version).await;
        let (purchase_potentials, user_errors) = user_errors(Session::of(ctx)?.write(put).await)?;
        Ok(PurchasePotentialsPayload { purchase_potentials, user_errors })
    }

    /// Set up to 1,000 purchase potentials by customers' external ids and categories, each on its own.
    async fn upsert_purchase_potentials(
        &self,
        ctx: &Context<'_>,
        input: UpsertPurchasePotentialsInput,
    ) -> Result<UpsertPurchasePotentialsPayload> {
        let system = input.system.as_deref().unwrap_or(DEFAULT_SYSTEM);
        let mode = BatchMode { atomic: input.atomic, dry_run: input.dry_run };
        let take = async |tx: &_| potentials::batch(tx, system, mode, input.items).await;
        let (batch, user_errors) = user_errors(under("/items", Session::of(ctx)?.write(take).await))?;
        Ok(UpsertPurchasePotentialsPayload { batch, user_errors })
    }

    /// Create a salesperson by external id, or change the one who has it.
    async fn upsert_salesperson(&self, ctx: &Context<'_>, input: UpsertSalespersonInput) -> Result<SalespersonPayload> {
        let UpsertSalespersonInput { expected_version, external_id, name, territory } = input;
        let row = SalespersonUpsert { external_id, name, territory };
        let put = async |tx: &_| salespeople::put(tx, row, expected_version).await;
        let (put, user_errors) = user_errors(Session::of(ctx)?.write(put).await)?;
        Ok(SalespersonPayload { salesperson: put.map(|(person, _)| person), user_errors })
    }

    /// Create or change up to 1,000 salespeople by external id, each on its own.
    async fn upsert_salespeople(
        &self,
        ctx: &Context<'_>,
        input: UpsertSalespeopleInput,
    ) -> Result<UpsertSalespeoplePayload> {
        let mode = BatchMode { atomic: input.atomic, dry_run: input.dry_run };
        let take = async |tx: &_| salespeople::batch(tx, mode, input.items).await;
        let (batch, user_errors) = user_errors(under("/items", Session::of(ctx)?.write(take).await))?;
        Ok(UpsertSalespeoplePayload { batch, user_errors })
    }
}
