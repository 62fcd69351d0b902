//! Fenji (分级): customer dossiers, sales statistics, grading scales, the GE matrix and sales plans, multi-tenant, over Postgres.

pub mod metrics;
pub mod sales;
pub mod values;
