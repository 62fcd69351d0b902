//! The roots.

use async_graphql::{EmptySubscription, MergedObject, Schema};

use crate::http::graphql::{Limits, guarded};
use crate::jobs::{JobsMutation, JobsQuery};
use crate::tenants::{TenantsMutation, TenantsQuery};

/// Fenji's GraphQL schema.
pub type FenjiSchema = Schema<Query, Mutation, EmptySubscription>;

/// All queries.
#[derive(Debug, Default, MergedObject)]
pub struct Query(TenantsQuery, JobsQuery);

/// All mutations.
#[derive(Debug, Default, MergedObject)]
pub struct Mutation(TenantsMutation, JobsMutation);

/// The schema, guarded by these limits.
pub fn schema(limits: &Limits) -> FenjiSchema {
    guarded(Schema::build(Query::default(), Mutation::default(), EmptySubscription), limits).finish()
}

/// As written to `openapi/schema.graphql`.
pub fn sdl() -> String {
    schema(&Limits::default()).sdl()
}
