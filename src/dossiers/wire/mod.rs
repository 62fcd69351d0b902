//! Customers, salespeople and purchase potentials as both faces show and take them.

mod attribute;
mod change;
mod contact;
mod customer;
mod customer_input;
mod facets;
mod filter;
mod life;
mod potential;
mod salesperson;
mod territory;

pub use attribute::{AttributeDefinitionIn, AttributeDefinitionOut};
pub use change::{CustomerChangeOut, TimelineFilter};
pub use contact::{ContactFilter, ContactIn, ContactOut, ContactPatch, ContactUpsert};
pub use customer::{CustomerOut, CustomerStage, DEFAULT_SYSTEM, ExternalId};
pub use customer_input::{CustomerIn, CustomerPatch, CustomerUpsert};
pub use facets::{CustomerFacetsOut, OwnerCount, StageCount, ValueCount};
pub use filter::CustomerFilter;
pub use life::{Archived, ErasureIn, MergeIn};
pub use potential::{
    PotentialFilter, PotentialOut, PotentialUpsert, PurchasePotential, PurchasePotentialsIn, PurchasePotentialsOut,
};
pub use salesperson::{SalespersonIn, SalespersonOut, SalespersonUpsert};
pub use territory::{TerritoryIn, TerritoryOut};
