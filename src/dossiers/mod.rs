//! Customer dossiers: customers, their external ids and contacts, what they buy a year, the salespeople who own them,
//! and territories; archive, merge and erasure of customers.
//!
//! Rows come one by one or by thousands; either way [`upsert_customers`] and its like take them. Sales are not here.

mod change;
mod contact_change;
mod erasure;
mod facts;
mod graphql;
mod holding;
mod ops;
mod rest;
mod store;
mod union;
mod wire;

pub use erasure::erasure_tables;
pub use facts::CustomerFactsRow;
pub use graphql::{
    ContactsLoader, ContactsMutation, ContactsQuery, CustomerContactEdges, CustomerLifeMutation, CustomerNode,
    DossiersMutation, DossiersQuery, ExternalIdsMutation, TerritoriesMutation, TerritoriesQuery,
};
pub use holding::holding_tables;
pub use ops::{
    customer, customers_by_external_id, customers_by_id, facts_for, hold_identities, salespeople_by_external_id,
    salespeople_by_id, upsert_contacts, upsert_customers, upsert_purchase_potentials, upsert_salespeople,
};
pub use rest::routes;
pub use wire::{
    Archived, ContactFilter, ContactIn, ContactOut, ContactPatch, ContactUpsert, CustomerFilter, CustomerIn,
    CustomerOut, CustomerPatch, CustomerStage, CustomerUpsert, DEFAULT_SYSTEM, ExternalId, PotentialUpsert,
    PurchasePotential, PurchasePotentialsIn, PurchasePotentialsOut, SalespersonIn, SalespersonOut, SalespersonUpsert,
    TerritoryIn, TerritoryOut,
};
