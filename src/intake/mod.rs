//! What every intake of rows answers, be it a batch, an import or a mutation: one outcome a row, in the rows' order.

mod batch;
mod item;
mod observed;
mod outcome;
mod query;

pub use batch::{Refused, Sifted, check_size, checked, parse_items, take_rows};
pub use item::BatchItem;
pub use observed::check_observed_at;
pub use outcome::{BatchItemOut, BatchOut, BatchProblem, Counts, MAX_BATCH, Outcome, RowOutcome};
pub use query::{BatchMode, BatchQuery, DryRunQuery, SystemBatchQuery};
