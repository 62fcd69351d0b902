//! Attribute definitions.

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use super::under;
use crate::dossiers::AttributeDefinition;
use crate::dossiers::ops::attributes;
use crate::dossiers::wire::AttributeDefinitionOut;
use crate::error::{UserError, or_null, user_errors};
use crate::intake::{BatchItem, BatchMode, BatchOut};
use crate::paging::PageRequest;
use crate::tenancy::Session;
use crate::values::Code;

/// Queries about the attributes that customers can have.
#[derive(Debug, Default)]
pub struct AttributesQuery;

/// Mutations of the attributes that customers can have.
#[derive(Debug, Default)]
pub struct AttributesMutation;

/// An attribute to define, or its definition as it is to be.
#[derive(Debug, InputObject)]
struct UpsertAttributeDefinitionInput {
    /// The version it must still have; any, or none at all, where absent.
    expected_version: Option<i32>,
    /// All of the definition.
    definition: AttributeDefinition,
}

/// Which definition to take away.
#[derive(Debug, InputObject)]
struct DeleteAttributeDefinitionInput {
    /// Its code.
    code: Code,
    /// The version it must still have; any where absent.
    expected_version: Option<i32>,
}

/// Attributes to define or change by code.
#[derive(Debug, InputObject)]
struct UpsertAttributeDefinitionsInput {
    /// All or nothing: where one item is refused, none is taken.
    #[graphql(default)]
    atomic: bool,
    /// Try it: everything is checked and answered as if it were taken, and nothing is stored.
    #[graphql(default)]
    dry_run: bool,
    /// At most 1,000.
    items: Vec<BatchItem<AttributeDefinition>>,
}

/// What came of defining an attribute.
#[derive(Debug, SimpleObject)]
struct AttributeDefinitionPayload {
    /// The definition.
    attribute_definition: Option<AttributeDefinitionOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

/// What came of taking a definition away.
#[derive(Debug, SimpleObject)]
struct DeleteAttributeDefinitionPayload {
    /// The code that is free now.
    code: Option<Code>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

/// What came of a batch of definitions.
#[derive(Debug, SimpleObject)]
struct UpsertAttributeDefinitionsPayload {
    /// The outcome of every item; null where the batch was refused as a whole.
    batch: Option<BatchOut>,
    /// What the user can mend of the batch as a whole.
    user_errors: Vec<UserError>,
}

#[Object]
impl AttributesQuery {
    /// The attributes that customers can have, by code.
    async fn attribute_definitions(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, AttributeDefinitionOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(attributes::list(&tx, &page).await?.into_connection())
    }

    /// An attribute's definition; null where there is none.
    async fn attribute_definition(&self, ctx: &Context<'_>, code: Code) -> Result<Option<AttributeDefinitionOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(attributes::definition(&tx, code.as_str()).await)?)
    }
}

#[Object]
impl AttributesMutation {
    /// Define an attribute that customers can have.
    async fn create_attribute_definition(
        &self,
        ctx: &Context<'_>,
        input: AttributeDefinition,
    ) -> Result<AttributeDefinitionPayload> {
        let outcome = Session::of(ctx)?.write(async |tx| attributes::create(tx, input).await).await;
        let (attribute_definition, user_errors) = user_errors(outcome)?;
        Ok(AttributeDefinitionPayload { attribute_definition, user_errors })
    }

    /// Define an attribute, or change its definition as a whole. Type, currency and choices that customers carry stay.
    async fn upsert_attribute_definition(
        &self,
        ctx: &Context<'_>,
        input: UpsertAttributeDefinitionInput,
    ) -> Result<AttributeDefinitionPayload> {
        let put = async |tx: &_| attributes::put(tx, input.definition, input.expected_version).await;
        let (put, user_errors) = user_errors(under("/definition", Session::of(ctx)?.write(put).await))?;
        Ok(AttributeDefinitionPayload { attribute_definition: put.map(|(after, _)| after), user_errors })
    }

    /// Take an attribute's definition away; refused while customers carry it, or a published scale or GE model reads it.
    async fn delete_attribute_definition(
        &self,
        ctx: &Context<'_>,
        input: DeleteAttributeDefinitionInput,
    ) -> Result<DeleteAttributeDefinitionPayload> {
        let delete = async |tx: &_| attributes::delete(tx, input.code.as_str(), input.expected_version).await;
        let (deleted, user_errors) = user_errors(Session::of(ctx)?.write(delete).await)?;
        Ok(DeleteAttributeDefinitionPayload { code: deleted.map(|()| input.code), user_errors })
    }

    /// Define or change up to 1,000 attributes by code, each on its own.
    async fn upsert_attribute_definitions(
        &self,
        ctx: &Context<'_>,
        input: UpsertAttributeDefinitionsInput,
    ) -> Result<UpsertAttributeDefinitionsPayload> {
        let mode = BatchMode { atomic: input.atomic, dry_run: input.dry_run };
        let take = async |tx: &_| attributes::batch(tx, mode, input.items).await;
        let (batch, user_errors) = user_errors(under("/items", Session::of(ctx)?.write(take).await))?;
        Ok(UpsertAttributeDefinitionsPayload { batch, user_errors })
    }
}
