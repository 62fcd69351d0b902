//! File imports: customers, products, salespeople, sales lines, exchange rates, quotas and payments from tables of
//! any size.
//!
//! A file is read in constant memory ([`TableReader`]), its records become typed rows ([`ImportRow`]), and a blocking
//! reader hands them to the asynchronous side in bounded batches ([`Batches`]). Two kinds of problems are kept apart:
//! a [`RowProblem`] spoils one row and is reported beside the others; a [`FileProblem`] ends the reading. One spoilt
//! row never takes its neighbours with it. What becomes of the rows is left to the capabilities that own them.

mod kind;
mod pipeline;
mod problem;
mod reader;
mod rows;

pub use kind::{Column, ColumnType, ImportKind, Presence};
pub use pipeline::{Batch, BatchSettings, Batches, Chunk, Numbered};
pub use problem::{FileProblem, Problem, RowCode, RowProblem};
pub use reader::{Header, Limits, Record, TableReader};
pub use rows::{
    CustomerRow, CustomerStage, FxRateRow, ImportRow, PaymentIds, PaymentRow, ProductRow, QuotaRow, SalesLineRow,
    SalespersonRow,
};
