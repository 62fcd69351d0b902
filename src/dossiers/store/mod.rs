//! Rows of customers, salespeople and purchase potentials. Whole sets of rows travel as one JSON parameter.

pub(super) mod as_of;
pub(super) mod attributes;
pub(super) mod contacts;
pub(super) mod customer_list;
pub(super) mod customers;
pub(super) mod erasure;
pub(super) mod external_ids;
pub(super) mod facts;
pub(super) mod history;
pub(super) mod life;
pub(super) mod locks;
pub(super) mod merge;
mod name_grams;
pub(super) mod potentials;
pub(super) mod references;
pub(super) mod salespeople;
pub(super) mod territories;
pub(super) mod timeline;
pub(super) mod upkeep;
