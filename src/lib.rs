//! Fenji (分级): customer dossiers, sales statistics, grading scales, the GE matrix and sales plans, multi-tenant, over Postgres.

pub mod ge_matrix;
pub mod metrics;
pub mod scales;
pub mod values;
