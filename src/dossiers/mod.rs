//! Customer dossiers: customers, their external ids and contacts, the attributes a tenant defines for them, what they buy
//! a year, the salespeople who own them, and territories.
//!
//! Rows come one by one or by thousands; either way [`upsert_customers`] and its like take them. Sales are not here.

mod attribute;
mod attribute_filter;
mod change;
mod contact_change;
mod facts;
mod fields;
mod graphql;
mod name_search;
mod observation;
mod ops;
mod provenance;
mod question;
mod rest;
mod store;
mod upkeep;
mod wire;

pub use attribute::{AttributeChoice, AttributeDefinition, AttributeType};
pub use attribute_filter::{AttributeComparison, AttributeOperator};
pub use facts::CustomerFactsRow;
pub use graphql::{
    AttributesMutation, AttributesQuery, ContactsLoader, ContactsMutation, ContactsQuery, CustomerContactEdges,
    CustomerNode, CustomerTimelineEdges, CustomerTimelineLoader, CustomerUpkeepEdges, CustomerUpkeepLoader,
    DossiersMutation, DossiersQuery, ExternalIdsMutation, TerritoriesMutation, TerritoriesQuery, TimelineQuery,
    UpkeepQuery,
};
pub use name_search::{NameQuery, grams};
pub use ops::{
    customer, customers_by_external_id, customers_by_id, facts_for, salespeople_by_external_id, salespeople_by_id,
    upkeep_for, upsert_attribute_definitions, upsert_contacts, upsert_customers, upsert_purchase_potentials,
    upsert_salespeople,
};
pub use provenance::{ChangeSource, Provenance};
pub use rest::routes;
pub use upkeep::{CustomerUpkeep, FreshnessAbsence};
pub use wire::{
    AttributeDefinitionIn, AttributeDefinitionOut, ContactFilter, ContactIn, ContactOut, ContactPatch, ContactUpsert,
    CustomerChangeOut, CustomerFacetsOut, CustomerFilter, CustomerIn, CustomerOut, CustomerPatch, CustomerStage,
    CustomerUpsert, DEFAULT_SYSTEM, ExternalId, OwnerCount, PotentialUpsert, PurchasePotential, PurchasePotentialsIn,
    PurchasePotentialsOut, SalespersonIn, SalespersonOut, SalespersonUpsert, StageCount, TerritoryIn, TerritoryOut,
    ValueCount,
};
