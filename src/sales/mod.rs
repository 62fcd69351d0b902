//! Products, sales lines, exchange rates and quotas, and what they add up to.

mod store;

pub use store::statistics;
