//! Cells as their file has them: texts, and of files that know more than texts, what kind of value each is.

use csv::StringRecord;

/// What kind of value stands in a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::imports) enum CellKind {
    /// A text, or nothing.
    #[default]
    Text,
    /// A number, digit by digit as the file has it, with a point and without exponent.
    Number,
    /// A number that the file, or who wrote it, holds in binary, of which some 15 digits are sure.
    Float,
    /// `true` or `false`.
    Flag,
    /// A day, or a day and a time.
    Moment,
    /// An error such as `#N/A`.
    Fault,
    /// It says that there is no value.
    Null,
}

/// The cells of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::imports) struct Cells {
    texts: StringRecord,
    /// None where all are texts.
    kinds: Vec<CellKind>,
}

impl Cells {
    /// Cells of these texts and kinds.
    pub(super) fn new(texts: StringRecord, kinds: Vec<CellKind>) -> Self {
        Self { texts, kinds }
    }

    /// Whether no cell is known to be anything but a text.
    pub(super) fn are_texts(&self) -> bool {
        self.kinds.iter().all(|kind| *kind == CellKind::Text)
    }

    /// What stands in the cell at a place.
    pub(in crate::imports) fn get(&self, at: usize) -> Option<(&str, CellKind)> {
        Some((self.texts.get(at)?, self.kinds.get(at).copied().unwrap_or_default()))
    }

    /// The texts.
    pub(in crate::imports) fn texts(&self) -> &StringRecord {
        &self.texts
    }

    /// The texts alone.
    pub(super) fn into_texts(self) -> StringRecord {
        self.texts
    }
}

impl From<StringRecord> for Cells {
    fn from(texts: StringRecord) -> Self {
        Self { texts, kinds: Vec::new() }
    }
}
