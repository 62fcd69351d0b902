//! The roots.

use async_graphql::{MergedObject, MergedSubscription, Schema};

use super::customer::Customer;
use super::node::NodeQuery;
use crate::agreement::AgreementQuery;
use crate::dossiers::CustomerLifeMutation;
use crate::dossiers::TimelineQuery;
use crate::dossiers::UpkeepQuery;
use crate::dossiers::{AttributesMutation, AttributesQuery, DossiersMutation, DossiersQuery};
use crate::dossiers::{ContactsMutation, ContactsQuery, ExternalIdsMutation, TerritoriesMutation, TerritoriesQuery};
use crate::finance::{FinanceMutation, FinanceQuery};
use crate::ge_matrix::{GeComparisonQuery, GeMatrixMutation, GeMatrixQuery, GeWithdrawalMutation};
use crate::grading::{CompanyScalesQuery, GradesInForceMutation, GradingSubscription};
use crate::grading::{GradeOverridesMutation, GradeOverridesQuery, GradingReadingQuery, GradingSchedulesMutation};
use crate::grading::{GradingMutation, GradingQuery, GradingSettingsMutation, GradingTrialsQuery};
use crate::http::graphql::{Limits, guarded};
use crate::imports::{ImportMappingsMutation, ImportMappingsQuery, ImportsMutation, ImportsQuery};
use crate::jobs::{JobsMutation, JobsQuery, JobsSubscription};
use crate::plans::{PlansMutation, PlansQuery};
use crate::sales::{SalesMutation, SalesQuery, StatisticsQueries};
use crate::scales::{ScalesMutation, ScalesQuery};
use crate::tenants::{TenantsMutation, TenantsQuery};
use crate::webhooks::{WebhooksMutation, WebhooksQuery};

/// Fenji's GraphQL schema.
pub type FenjiSchema = Schema<Query, Mutation, Subscription>;

/// All queries.
#[derive(Debug, Default, MergedObject)]
pub struct Query(
    NodeQuery,
    TenantsQuery,
    JobsQuery,
    WebhooksQuery,
    DossiersQuery<Customer>,
    TimelineQuery,
    UpkeepQuery,
    ContactsQuery,
    TerritoriesQuery,
    AttributesQuery,
    SalesQuery,
    StatisticsQueries,
    FinanceQuery,
    ImportsQuery,
    ImportMappingsQuery,
    ScalesQuery,
    GradingQuery,
    GradingTrialsQuery,
    GradeOverridesQuery,
    GradingReadingQuery,
    CompanyScalesQuery,
    AgreementQuery,
    GeMatrixQuery,
    GeComparisonQuery,
    PlansQuery,
);

/// All mutations.
#[derive(Debug, Default, MergedObject)]
pub struct Mutation(
    TenantsMutation,
    JobsMutation,
    WebhooksMutation,
    DossiersMutation<Customer>,
    ExternalIdsMutation<Customer>,
    CustomerLifeMutation<Customer>,
    ContactsMutation,
    TerritoriesMutation,
    AttributesMutation,
    SalesMutation,
    FinanceMutation,
    ImportsMutation,
    ImportMappingsMutation,
    ScalesMutation,
    GradingMutation,
    GradingSettingsMutation,
    GradeOverridesMutation,
    GradingSchedulesMutation,
    GradesInForceMutation,
    GeMatrixMutation,
    GeWithdrawalMutation,
    PlansMutation,
);

/// All subscriptions.
#[derive(Debug, Default, MergedSubscription)]
pub struct Subscription(JobsSubscription, GradingSubscription);

/// The schema, guarded by these limits.
pub fn schema(limits: &Limits) -> FenjiSchema {
    guarded(Schema::build(Query::default(), Mutation::default(), Subscription::default()), limits).finish()
}

/// As written to `openapi/schema.graphql`.
pub fn sdl() -> String {
    schema(&Limits::default()).sdl()
}
