//! What scoring reads of the database.

mod facts;
