//! Contacts in GraphQL, and as an edge of customers.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::dossiers::ops::contacts;
use crate::dossiers::wire::{ContactFilter, ContactIn, ContactOut, ContactPatch, ContactUpsert, DEFAULT_SYSTEM};
use crate::error::{Error, UserError, or_null, user_errors};
use crate::intake::BatchOut;
use crate::paging::PageRequest;
use crate::tenancy::{Permission, Session};
use crate::values::{ContactId, CustomerId};

/// Contacts of a customer that the edge shows; all of them are in the query `customerContacts`.
const MOST: usize = 100;

/// Queries about contacts.
#[derive(Debug, Default)]
pub struct ContactsQuery;

/// Mutations of contacts.
#[derive(Debug, Default)]
pub struct ContactsMutation;

/// The contacts of a customer, as an edge of `Customer`.
#[derive(Clone, Copy, Debug)]
pub struct CustomerContactEdges(pub CustomerId);

/// Reads the contacts of many customers with one statement.
#[derive(Clone, Debug)]
pub struct ContactsLoader(pub Arc<Session>);

impl Loader<CustomerId> for ContactsLoader {
    type Value = Vec<ContactOut>;
    type Error = Error;

    async fn load(&self, keys: &[CustomerId]) -> Result<HashMap<CustomerId, Self::Value>, Error> {
        let tx = self.0.snapshot().await?;
        tx.require(Permission::CustomersRead)?;
        Ok(contacts::of_customers(&tx, keys, MOST as i64).await?.into_iter().collect())
    }
}

#[Object]
impl CustomerContactEdges {
    /// The people one speaks with there, the primary one first, then by name; 1 to 100, 20 where nothing is asked.
    async fn contacts(&self, ctx: &Context<'_>, #[graphql(default = 20)] first: i32) -> Result<Vec<ContactOut>> {
        let Some(asked) = usize::try_from(first).ok().filter(|asked| (1..=MOST).contains(asked)) else {
            return Err(Error::invalid_at("/first", "range", "1 to 100.", "1 至 100。").into());
        };
        let loader = ctx.data::<DataLoader<ContactsLoader>>().map_err(|_| Error::internal("no loader of contacts"))?;
        let mut found = loader.load_one(self.0).await?.unwrap_or_default();
        found.truncate(asked);
        Ok(found)
    }
}

#[Object]
impl ContactsQuery {
    /// A contact; null where there is none.
    async fn contact(&self, ctx: &Context<'_>, id: ContactId) -> Result<Option<ContactOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(contacts::contact(&tx, id).await)?)
    }

    /// Contacts of all customers that meet a filter. `sort` as in REST: `name`, `created_at`, `updated_at`, `-` in front
    /// for descending; by name where absent.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments in the schema")]
    async fn contacts(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<ContactFilter>,
        sort: Option<String>,
    ) -> Result<Connection<String, ContactOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        let filter = filter.unwrap_or_default();
        Ok(contacts::list(&tx, &filter, sort.as_deref(), &page).await?.into_connection())
    }

    /// The contacts of one customer. `sort` as in `contacts`.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments in the schema")]
    async fn customer_contacts(
        &self,
        ctx: &Context<'_>,
        customer_id: CustomerId,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        sort: Option<String>,
    ) -> Result<Connection<String, ContactOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(contacts::of_customer(&tx, customer_id, sort.as_deref(), &page).await?.into_connection())
    }
}

/// A contact to create.
#[derive(Debug, InputObject)]
struct CreateContactInput {
    /// The customer.
    customer_id: CustomerId,
    /// The contact.
    contact: ContactIn,
}

/// How to change a contact.
#[derive(Debug, InputObject)]
struct UpdateContactInput {
    /// The contact's id.
    id: ContactId,
    /// The version it must still have; any where absent.
    expected_version: Option<i32>,
    /// What changes.
    changes: ContactPatch,
}

/// Which contact to delete.
#[derive(Debug, InputObject)]
struct DeleteContactInput {
    /// The contact's id.
    id: ContactId,
    /// The version it must still have; any where absent.
    expected_version: Option<i32>,
}

/// Contacts to create or change by their external ids.
#[derive(Debug, InputObject)]
struct UpsertContactsInput {
    /// The source system of the external ids, of contacts and customers alike; `default` where absent.
    system: Option<String>,
    /// All or nothing: where one item is refused, none is taken.
    #[graphql(default)]
    atomic: bool,
    /// At most 1,000.
    items: Vec<ContactUpsert>,
}

/// What came of creating, changing or deleting a contact.
#[derive(Debug, SimpleObject)]
struct ContactPayload {
    /// The contact; as it was, where it is deleted.
    contact: Option<ContactOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

/// What came of a batch of contacts.
#[derive(Debug, SimpleObject)]
struct UpsertContactsPayload {
    /// The outcome of every item; null where the batch was refused as a whole.
    batch: Option<BatchOut>,
    /// What the user can mend of the batch as a whole.
    user_errors: Vec<UserError>,
}

#[Object]
impl ContactsMutation {
    /// Create a contact of a customer.
    async fn create_contact(&self, ctx: &Context<'_>, input: CreateContactInput) -> Result<ContactPayload> {
        let create = async |tx: &_| contacts::create(tx, input.customer_id, &input.contact).await;
        let outcome = super::under("/contact", Session::of(ctx)?.write(create).await);
        let (contact, user_errors) = user_errors(outcome)?;
        Ok(ContactPayload { contact, user_errors })
    }

    /// Change a contact.
    async fn update_contact(&self, ctx: &Context<'_>, input: UpdateContactInput) -> Result<ContactPayload> {
        let update = async |tx: &_| contacts::update(tx, input.id, &input.changes, input.expected_version).await;
        let outcome = super::under("/changes", Session::of(ctx)?.write(update).await);
        let (contact, user_errors) = user_errors(outcome)?;
        Ok(ContactPayload { contact, user_errors })
    }

    /// Delete a contact.
    async fn delete_contact(&self, ctx: &Context<'_>, input: DeleteContactInput) -> Result<ContactPayload> {
        let delete = async |tx: &_| contacts::delete(tx, input.id, input.expected_version).await;
        let (contact, user_errors) = user_errors(Session::of(ctx)?.write(delete).await)?;
        Ok(ContactPayload { contact, user_errors })
    }

    /// Create or change up to 1,000 contacts by their external ids, each on its own.
    async fn upsert_contacts(&self, ctx: &Context<'_>, input: UpsertContactsInput) -> Result<UpsertContactsPayload> {
        let system = input.system.as_deref().unwrap_or(DEFAULT_SYSTEM);
        let items = input.items.into_iter().map(Ok).collect();
        let take = async |tx: &_| contacts::batch(tx, system, input.atomic, items).await;
        let (batch, user_errors) = user_errors(super::under("/items", Session::of(ctx)?.write(take).await))?;
        Ok(UpsertContactsPayload { batch, user_errors })
    }
}
