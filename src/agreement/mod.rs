//! Agreement: whether two scales, or two members, say the same of the same customers, and where they differ most.
//!
//! Grades come from each scale's latest completed run, or are computed as of a month and stored nowhere. Only customers
//! whom both grade are compared. The kappa that is told first weighs a disagreement by how many classes lie between
//! (linear weights), because C for A is worse than B for A; it is null where both put everyone into the same one class,
//! which leaves nothing to agree on. What a scale is, and who sees it, is for `scales` to say.

mod graphql;
mod kappa;
mod members;
mod ops;
mod rest;
mod scales;
mod store;
mod wire;

pub use graphql::AgreementQuery;
pub use kappa::{Counts, Kappas};
pub use rest::routes;
