//! What every intake of rows answers, be it a batch, an import or a mutation: one outcome a row, in the rows' order.

mod outcome;

pub use outcome::{BatchItemOut, BatchOut, BatchProblem, BatchQuery, Counts, MAX_BATCH, Outcome, RowOutcome};
