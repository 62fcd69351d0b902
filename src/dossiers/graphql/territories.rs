//! Territories in GraphQL.

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::dossiers::ops::territories;
use crate::dossiers::wire::{TerritoryIn, TerritoryOut};
use crate::error::{UserError, or_null, user_errors};
use crate::paging::PageRequest;
use crate::tenancy::Session;

/// Queries about territories.
#[derive(Debug, Default)]
pub struct TerritoriesQuery;

/// Mutations of territories.
#[derive(Debug, Default)]
pub struct TerritoriesMutation;

#[Object]
impl TerritoriesQuery {
    /// A territory, defined or merely named; null where there is none.
    async fn territory(&self, ctx: &Context<'_>, name: String) -> Result<Option<TerritoryOut>> {
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(territories::territory(&tx, &name).await)?)
    }

    /// Territories by name: those that are defined, and those that customers or salespeople merely name.
    async fn territories(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, TerritoryOut>> {
        let page = PageRequest::relay(first, after, last, before)?;
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(territories::list(&tx, &page).await?.into_connection())
    }
}

/// A territory to define or change.
#[derive(Debug, InputObject)]
struct PutTerritoryInput {
    /// The name by which customers name it, 1 to 200 characters.
    name: String,
    /// The version it must still have; any, or none at all, where absent.
    expected_version: Option<i32>,
    /// What it is to be.
    territory: TerritoryIn,
}

/// Which territory's definition to take out.
#[derive(Debug, InputObject)]
struct DeleteTerritoryInput {
    /// Its name.
    name: String,
    /// The version it must still have; any where absent.
    expected_version: Option<i32>,
}

/// What came of defining a territory, or of taking its definition out.
#[derive(Debug, SimpleObject)]
struct TerritoryPayload {
    /// The territory; as it was, where its definition is taken out.
    territory: Option<TerritoryOut>,
    /// What the user can mend.
    user_errors: Vec<UserError>,
}

#[Object]
impl TerritoriesMutation {
    /// Define a territory, or change what it is.
    async fn put_territory(&self, ctx: &Context<'_>, input: PutTerritoryInput) -> Result<TerritoryPayload> {
        let put = async |tx: &_| territories::put(tx, &input.name, &input.territory, input.expected_version).await;
        let (put, user_errors) = user_errors(Session::of(ctx)?.write(put).await)?;
        Ok(TerritoryPayload { territory: put.map(|(territory, _)| territory), user_errors })
    }

    /// Take out the definition of a territory in which no other lies; customers go on naming it.
    async fn delete_territory(&self, ctx: &Context<'_>, input: DeleteTerritoryInput) -> Result<TerritoryPayload> {
        let delete = async |tx: &_| territories::delete(tx, &input.name, input.expected_version).await;
        let (territory, user_errors) = user_errors(Session::of(ctx)?.write(delete).await)?;
        Ok(TerritoryPayload { territory, user_errors })
    }
}
