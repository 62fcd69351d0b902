//! A judgement.

use chrono::{DateTime, Utc};

use super::{Fields, ImportRow};
use crate::imports::kind::{NAME, NOTE};
use crate::imports::{ImportKind, Record, RowCode, RowProblem};
use crate::values::{Code, Label};

/// A member's rating of a customer in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgementRow {
    /// The scale's code.
    pub scale: Code,
    /// External id of the customer.
    pub customer_id: String,
    /// The factor's code.
    pub factor: Code,
    /// The level's code.
    pub level: Code,
    /// Who judged; whoever sent the file where `None`.
    pub author: Option<String>,
    /// When; the moment of receipt where `None`.
    pub judged_at: Option<DateTime<Utc>>,
    /// Why.
    pub note: Option<String>,
}

impl ImportRow for JudgementRow {
    const KIND: ImportKind = ImportKind::Judgements;

    fn parse(record: &Record) -> Result<Self, Vec<RowProblem>> {
        let mut f = Fields::new(record);
        let scale = f.required("scale", Fields::code);
        let customer_id = f.required("customer_id", Fields::id);
        let factor = f.required("factor", Fields::code);
        let level = f.required("level", Fields::code);
        let author = f.text("author", NAME);
        let judged_at = f.moment("judged_at");
        let note = f.text("note", NOTE);
        let row = (|| {
            Some(Self {
                scale: scale?,
                customer_id: customer_id?,
                factor: factor?,
                level: level?,
                author,
                judged_at,
                note,
            })
        })();
        f.finish(row)
    }
}

impl Fields<'_> {
    /// A code.
    fn code(&mut self, column: &str) -> Option<Code> {
        self.read(column, |text| {
            text.parse().map_err(|_| {
                let detail = Label::new(
                    "Expected a code of 1 to 63 letters, digits, '_' and '-', beginning with a letter or digit.",
                    "应为由字母、数字、“_”和“-”组成的代码（1至63位），以字母或数字开头。",
                );
                (RowCode::InvalidChoice, detail)
            })
        })
    }

    /// An RFC 3339 time, or a day, which is its noon in UTC: a paper form bears no time.
    fn moment(&mut self, column: &str) -> Option<DateTime<Utc>> {
        let is_day = self.record.text(column).is_some_and(|text| text.len() == 10);
        if !is_day {
            return self.time(column);
        }
        let noon = self.day(column)?.and_hms_opt(12, 0, 0)?;
        Some(noon.and_utc())
    }
}
