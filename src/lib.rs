//! Fenji (分级): customer dossiers, sales statistics, grading scales, the GE matrix and sales plans, multi-tenant, over Postgres.

pub mod clock;
pub mod db;
pub mod demo;
pub mod error;
pub mod http;
pub mod imports;
pub mod intake;
pub mod jobs;
pub mod paging;
pub mod rest;
pub mod tenancy;
pub mod tenants;
pub mod values;
