//! What scales and models may ask of a dossier.

use std::collections::BTreeMap;

use serde_json::Value;

use super::wire::CustomerStage;
use crate::values::{Currency, CustomerId, Exact, SalespersonId};

/// The dossier fields of one customer.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerFactsRow {
    /// The customer.
    pub id: CustomerId,
    /// The external id by which reports and ties name it.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// How far it has come.
    pub stage: CustomerStage,
    /// Its industry.
    pub industry: Option<String>,
    /// Its territory.
    pub territory: Option<String>,
    /// Its city.
    pub city: Option<String>,
    /// Its country.
    pub country: Option<String>,
    /// Its owner.
    pub owner_id: Option<SalespersonId>,
    /// Number of people it employs.
    pub employees: Option<i32>,
    /// Its own yearly revenue in `currency`.
    pub annual_revenue: Option<Exact>,
    /// Credit limit in `currency`.
    pub credit_limit: Option<Exact>,
    /// The currency it is invoiced in.
    pub currency: Option<Currency>,
    /// What the source system calls its segment.
    pub segment_hint: Option<String>,
    /// Its tags, sorted.
    pub tags: Vec<String>,
    /// Facts of the tenant's own by code: texts, numbers as decimal strings, yes or no.
    pub attributes: BTreeMap<String, Value>,
}
