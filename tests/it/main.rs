//! Everything through HTTP and SQL, against a real Postgres: one database a test, made from a template.

#[cfg(test)]
mod access;
#[cfg(test)]
mod agreement;
#[cfg(test)]
mod around;
#[cfg(test)]
mod at_once;
#[cfg(test)]
mod attributes;
#[cfg(test)]
mod batches;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod customer_lists;
#[cfg(test)]
mod dossiers;
#[cfg(test)]
mod dry_runs;
#[cfg(test)]
mod exports;
#[cfg(test)]
mod finance;
#[cfg(test)]
mod first_loads;
#[cfg(test)]
mod foundation;
#[cfg(test)]
mod fuzzing;
#[cfg(test)]
mod ge_matrix;
#[cfg(test)]
mod grading;
#[cfg(test)]
mod history;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod import_formats;
#[cfg(test)]
mod import_mappings;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod judgements;
#[cfg(test)]
mod loaders;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod observed;
#[cfg(test)]
mod own_figures;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod real_data;
#[cfg(test)]
mod rollups;
#[cfg(test)]
mod sales;
#[cfg(test)]
mod scale_files;
#[cfg(test)]
mod scale_versions;
#[cfg(test)]
mod scales;
#[cfg(test)]
mod support;
#[cfg(test)]
mod webhooks;
