//! A scale as a workbook that people fill in: sheets `Scale`, `Dimensions`, `Factors`, `Rules`, `Grades`, `Caps`, and
//! `Help`, which is not read. What is written is read back as it was.
//!
//! Headings are in both languages and may stand in any order; blank rows are passed over. Everything that cannot be read
//! is told at once, by sheet and cell, such as `Factors!C7`.

mod archive;
mod grid;
mod help;
mod layout;
mod pieces;
mod places;
mod read;
mod rows;
mod words;
mod write;

pub(super) use archive::LARGEST;
pub use read::{WorkbookProblems, read_workbook};
pub use write::write_workbook;

#[cfg(test)]
mod tests;
