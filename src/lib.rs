//! Fenji (分级): customer dossiers, sales statistics, grading scales, the GE matrix and sales plans, multi-tenant, over Postgres.

// The roots of the GraphQL schema are merged one into the other, and so are the futures that resolve their fields.
#![recursion_limit = "256"]

pub mod agreement;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod demo;
pub mod dossiers;
pub mod error;
pub mod exports;
pub mod finance;
pub mod ge_matrix;
pub mod grading;
pub mod http;
pub mod imports;
pub mod intake;
pub mod jobs;
pub mod metrics;
pub mod paging;
pub mod plans;
pub mod rest;
pub mod sales;
pub mod scales;
pub mod telemetry;
pub mod tenancy;
pub mod tenants;
pub mod values;
pub mod webhooks;
