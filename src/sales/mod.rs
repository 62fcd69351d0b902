//! Products, salespeople and sales lines, and what they add up to.

pub mod statistics;
