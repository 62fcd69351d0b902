//! Leaf values that every room of the house shares: ids, exact decimals, months, fiscal years, locales.
//!
//! A value type checks itself when it is made, so that whoever holds one need not check it again. This is the only
//! folder that teaches a leaf value how to travel (JSON, OpenAPI, GraphQL); everything above derives from these.

mod as_of;
mod currency;
mod customer_range;
mod date;
mod exact;
mod ids;
mod label;
mod locale;
mod malformed;
mod month;
mod text;

pub use as_of::AsOf;
pub use currency::Currency;
pub use customer_range::CustomerRange;
pub use date::Date;
pub use exact::{Exact, divide, ratio, round_money, round_ratio, round_score};
pub use ids::*;
pub use label::Label;
pub use locale::Locale;
pub use malformed::Malformed;
pub use month::{FiscalYear, Month};
pub use text::Code;
