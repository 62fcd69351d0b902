//! Sales in the database.

pub mod statistics;
