//! Customer dossiers: customers, their external ids and contacts, the attributes a tenant defines for them, what they
//! buy a year, the salespeople who own them, and territories; archive, merge and erasure of customers.
//!
//! Rows come one by one or by thousands; either way [`upsert_customers`] and its like take them. Sales are not here.

mod attribute;
mod attribute_filter;
mod change;
mod contact_change;
mod erasure;
mod facts;
mod fields;
mod graphql;
mod holding;
mod name_search;
mod observation;
mod ops;
mod provenance;
mod question;
mod rest;
mod store;
mod union;
mod upkeep;
mod wire;

pub use attribute::{AttributeChoice, AttributeDefinition, AttributeType};
pub use attribute_filter::{AttributeComparison, AttributeOperator};
pub use facts::CustomerFactsRow;
pub use graphql::{AttributesMutation, AttributesQuery, CustomerNode, DossiersMutation, DossiersQuery};
pub use ops::{
    CustomerFileRow, customer, customer_names_in_files, customers_by_external_id, customers_by_id, facts_for,
    salespeople_by_external_id, salespeople_by_id, salespeople_by_name, salespeople_names, salesperson,
    upsert_customers, upsert_customers_of_file, upsert_purchase_potentials, upsert_salespeople,
};
pub use provenance::{ChangeSource, Provenance};
pub use rest::routes;
pub use wire::{
    AttributeDefinitionIn, AttributeDefinitionOut, CustomerFilter, CustomerIn, CustomerOut, CustomerPatch,
    CustomerStage, CustomerUpsert, DEFAULT_SYSTEM, ExternalId, PotentialUpsert, PurchasePotential,
    PurchasePotentialsIn, PurchasePotentialsOut, SalespersonIn, SalespersonOut, SalespersonUpsert,
};

// What hangs on a customer, and its life.
pub use erasure::erasure_tables;
pub use graphql::{ContactsLoader, ContactsMutation, ContactsQuery, CustomerContactEdges, ExternalIdsMutation};
pub use graphql::{CustomerLifeMutation, TerritoriesMutation, TerritoriesQuery};
pub use holding::holding_tables;
pub use ops::{hold_identities, upsert_contacts};
pub use wire::{
    Archived, ContactFilter, ContactIn, ContactOut, ContactPatch, ContactUpsert, TerritoryIn, TerritoryOut,
};

// The history.
pub use graphql::{CustomerTimelineEdges, CustomerTimelineLoader, TimelineQuery};
pub use wire::CustomerChangeOut;

// Lists, and how well dossiers are kept.
pub use graphql::{CustomerUpkeepEdges, CustomerUpkeepLoader, UpkeepQuery};
pub use name_search::{NameQuery, grams};
pub use ops::{check_filter, customers_matching, upkeep_for, upsert_attribute_definitions};
pub use upkeep::{CustomerUpkeep, FreshnessAbsence};
pub use wire::{CustomerFacetsOut, OwnerCount, StageCount, ValueCount};
