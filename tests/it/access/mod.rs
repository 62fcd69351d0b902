//! Who may do what: every operation of both faces with its permission, tried with no token, with every permission but its
//! own, with its own alone, and with another tenant's ids.

mod archive;
mod identity_provider;
mod keys;
mod node;
mod operations;
mod other_tenant;
mod permissions;
mod reads;
mod rows;
mod salesperson;
mod sample;
mod tables;
mod texts;
mod tokens;
mod world;
mod writes;
