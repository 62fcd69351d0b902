//! File imports: customers, their purchase potentials, products, salespeople, sales lines, exchange rates, quotas,
//! receivables, payments and costs to serve from tables of any size.
//!
//! A file is read in constant memory ([`read`]), its records become typed rows ([`ImportRow`]), and a blocking
//! reader hands them to the asynchronous side in bounded batches ([`Batches`]). Two kinds of problems are kept apart:
//! a [`RowProblem`] spoils one row and is reported beside the others; a [`FileProblem`] ends the reading. One spoilt
//! row never takes its neighbours with it. What becomes of the rows is left to the capabilities that own them.
//!
//! An upload is stored as it comes, in one transaction with the job that loads it ([`start_import`]); the job
//! ([`ImportJob`]) hands the rows to their capabilities batch by batch and keeps counts and errors beside them.

mod blanks;
mod fit;
mod graphql;
mod job;
mod kind;
mod load;
mod mapping;
mod notation;
mod ops;
mod outcomes;
mod parents;
mod pipeline;
mod preview;
mod problem;
mod reader;
mod rehearsal;
mod report;
mod rest;
mod rows;
mod store;
mod upload;
mod wire;

pub use blanks::Blanks;
pub use graphql::{ImportMappingsMutation, ImportMappingsQuery, ImportsMutation, ImportsQuery};
pub use job::ImportJob;
pub use kind::{Column, ColumnType, ImportKind, Presence};
pub use mapping::{
    BuiltInMapping, ImportMapping, MappedColumn, UnknownOwner, Unmapped, ValueReplacement, built_in_mappings,
};
pub use notation::{DecimalMark, IdForm, NumberForm, NumberGrouping};
pub use ops::{import, import_errors, import_file, start_import};
pub use pipeline::{Batch, BatchSettings, Batches, Chunk, Numbered, Survey, count_rows};
use problem::Problem;
pub use problem::{FileProblem, RowCode, RowProblem};
pub use reader::{
    Delimiter, FileForm, FileFormat, ForeignFormat, Found, FoundForm, Header, Layout, Limits, Reading, Record, Refused,
    read,
};
use report::RefusedRow;
pub use rest::routes;
pub use rows::{
    CostToServeRow, CustomerRow, CustomerStage, FxRateRow, ImportRow, JudgementRow, PaymentIds, PaymentRow, ProductRow,
    PurchasePotentialRow, QuotaRow, ReceivableRow, SalesLineRow, SalespersonRow,
};
pub use upload::body_of;
pub use wire::{ImportErrorOut, ImportMappingOut, ImportOut, ImportSettings, NewImport, Severity};
