//! What every intake of rows answers, be it a batch, an import or a mutation: one outcome a row, in the rows' order.

mod batch;
mod observed;
mod outcome;

pub use batch::{Refused, Sifted, check_size, checked, parse_items, take_rows};
pub use observed::check_observed_at;
pub use outcome::{BatchItemOut, BatchOut, BatchProblem, BatchQuery, Counts, MAX_BATCH, Outcome, RowOutcome};
