//! Imports as both faces show them.

use std::time::Duration;

use async_graphql::{Enum, InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Blanks, Delimiter, FileForm, FileFormat, ImportKind, ImportMapping};
use crate::error::Problems;
use crate::intake::Counts;
use crate::jobs::JobOut;
use crate::values::{Code, ImportId, Label};

/// The longest name of a file, in characters.
const FILE_NAME: usize = 255;

/// What an import takes at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportSettings {
    /// Bytes of an upload, as it comes.
    pub max_upload: u64,
    /// Bytes of a file after inflating: a few kilobytes of gzip can hold a million times as much.
    pub max_inflated: u64,
    /// How long an upload may stand still.
    pub patience: Duration,
}

impl Default for ImportSettings {
    /// Uploads of 2 GiB, files of 20 GiB, 30 seconds.
    fn default() -> Self {
        const GIB: u64 = 1024 * 1024 * 1024;
        Self { max_upload: 2 * GIB, max_inflated: 20 * GIB, patience: Duration::from_secs(30) }
    }
}

/// What a file holds, what it is called, and what is known of its form. What is not said is seen from its media type,
/// its name and its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct NewImport {
    /// What the file holds.
    pub kind: ImportKind,
    /// The file's name, for people; at most 255 characters.
    #[param(max_length = 255, example = "sales-2026.csv.gz")]
    pub file_name: Option<String>,
    /// Its format.
    pub format: Option<FileFormat>,
    /// The label of a text's encoding by the WHATWG Encoding Standard; a byte order mark outranks it.
    #[param(example = "gb18030")]
    pub encoding: Option<String>,
    /// What separates the fields of a CSV file.
    pub delimiter: Option<Delimiter>,
    /// The sheet to read of a workbook; the first that is shown where absent.
    #[param(max_length = 31, example = "Customers")]
    pub sheet: Option<String>,
    /// The line of a CSV file, or the row of a sheet, on which the header stands, from 1 to 1,000; what is above is passed
    /// over. Where absent it is found among the first 20 rows that are not blank.
    #[param(minimum = 1, maximum = 1000, example = 3)]
    pub header_row: Option<i32>,
    /// The code of the mapping that says which of its columns are which of ours.
    pub mapping: Option<Code>,
    /// Try it: the whole file is checked, counted and reported on as if it were loaded, and nothing of it is stored.
    #[param(default = false)]
    pub dry_run: Option<bool>,
    /// What is done where a field is blank: `keep` leaves what is stored, `empty` empties it.
    #[param(inline, default = "keep")]
    pub blanks: Option<Blanks>,
    /// The format its media type suggests.
    #[serde(skip)]
    #[param(ignore)]
    pub expected: Option<FileFormat>,
}

/// A file's content, and what it holds.
#[derive(Debug, InputObject)]
pub(super) struct CreateImportInput {
    /// What the file holds.
    pub(super) kind: ImportKind,
    /// The file's name, for people; at most 255 characters.
    pub(super) file_name: Option<String>,
    /// The file: CSV with a header row. Larger files go to `POST /v1/imports`, which streams.
    pub(super) content: String,
    /// Its format; seen from its name and content where absent. A workbook goes over REST.
    pub(super) format: Option<FileFormat>,
    /// What separates the fields of a CSV file.
    pub(super) delimiter: Option<Delimiter>,
    /// The line on which the header stands, from 1 to 1,000; found where absent.
    pub(super) header_row: Option<i32>,
    /// The code of the mapping that says which of its columns are which of ours.
    pub(super) mapping: Option<Code>,
    /// Try it: the whole file is checked, counted and reported on as if it were loaded, and nothing of it is stored.
    #[graphql(default)]
    pub(super) dry_run: bool,
    /// What is done where a field is blank.
    #[graphql(default)]
    pub(super) blanks: Blanks,
}

/// A file on its way into the data, or what became of it.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Import")]
pub struct ImportOut {
    /// Its id.
    pub id: ImportId,
    /// What the file holds.
    pub kind: ImportKind,
    /// The file's name, as it was sent.
    #[schema(example = "sales-2026.csv.gz")]
    pub file_name: Option<String>,
    /// The file's size in bytes, as it was sent.
    #[schema(minimum = 0, example = 781133)]
    pub bytes: i64,
    /// Its format, once it has been read through.
    pub format: Option<FileFormat>,
    /// Its encoding, once it has been read through; null of a workbook.
    #[schema(example = "gb18030")]
    pub encoding: Option<String>,
    /// The line (of a sheet: the row) on which its header stands, once it has been read through; null of NDJSON.
    #[schema(minimum = 1, example = 1)]
    pub header_row: Option<i32>,
    /// The code of the mapping it was sent with.
    #[schema(example = "salesforce_account")]
    pub mapping: Option<String>,
    /// Whether it is only tried: counts and errors are what the real import would have, and nothing of it is in.
    pub dry_run: bool,
    /// The job that loads it; its progress counts rows.
    pub job: JobOut,
    /// How many rows had which outcome so far.
    pub counts: Counts,
    /// How many of the rows that are in have a warning; its errors list them too.
    #[schema(minimum = 0, example = 0)]
    pub warnings: i64,
    /// When it was sent.
    pub created_at: DateTime<Utc>,
    /// Who sent it.
    pub created_by: String,
}

/// Whether a row is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, Enum)]
#[graphql(name = "ImportErrorSeverity")]
#[schema(as = ImportErrorSeverity)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It is not.
    Error,
    /// It is, and somebody should look at it.
    Warning,
}

impl Severity {
    /// Its word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A saved mapping, or one that is there from the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "ImportMapping")]
pub struct ImportMappingOut {
    /// Its code.
    #[schema(example = "salesforce_account")]
    pub code: String,
    /// Whether it is there from the start; saving one under its code overlays it.
    pub built_in: bool,
    /// What it says.
    pub definition: ImportMapping,
    /// Counts its changes, from 1; 0 for one that is there from the start.
    pub version: i32,
    /// Who saved it first.
    pub created_by: Option<String>,
    /// When it was saved first.
    pub created_at: Option<DateTime<Utc>>,
    /// When it was saved last.
    pub updated_at: Option<DateTime<Utc>>,
}

impl ImportMappingOut {
    pub(super) fn from_start(code: &str, definition: &ImportMapping) -> Self {
        Self {
            code: code.to_owned(),
            built_in: true,
            definition: definition.clone(),
            version: 0,
            created_by: None,
            created_at: None,
            updated_at: None,
        }
    }
}

/// What is known of the form of a file's beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PreviewQuery {
    /// The file's name; at most 255 characters.
    #[param(max_length = 255, example = "accounts.csv")]
    pub(super) file_name: Option<String>,
    /// Its format.
    pub(super) format: Option<FileFormat>,
    /// The label of a text's encoding by the WHATWG Encoding Standard.
    #[param(example = "gb18030")]
    pub(super) encoding: Option<String>,
    /// What separates the fields of a CSV file.
    pub(super) delimiter: Option<Delimiter>,
    /// The sheet to read of a workbook.
    #[param(max_length = 31)]
    pub(super) sheet: Option<String>,
    /// The line of a CSV file, or the row of a sheet, on which the header stands, from 1 to 1,000; found where absent.
    #[param(minimum = 1, maximum = 1000)]
    pub(super) header_row: Option<i32>,
}

/// Which report of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ErrorsQuery {
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    pub(super) limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub(super) cursor: Option<String>,
    /// `original` for the refused rows as they stand in the file, whole: CSV, of an NDJSON file NDJSON. Each begins
    /// with what is wrong with it, in columns that an import passes over: mend the rest and send it again.
    #[param(inline)]
    pub(super) rows: Option<ReportRows>,
}

/// What a report of an import shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReportRows {
    /// What is wrong, place by place.
    Problems,
    /// The refused rows as they stand in the file.
    Original,
}

/// Why a row of a file is not in, or what to look at in one that is. A row may have several problems.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "ImportError")]
pub struct ImportErrorOut {
    /// Whether the row is in.
    pub severity: Severity,
    /// The physical line of the file on which the row starts; the file's first line is 1.
    #[schema(minimum = 1, example = 30000)]
    pub line: i64,
    /// The column by its name in the header; `#14` for one that has none; null where the whole row is meant.
    #[schema(example = "customer_id")]
    pub column: Option<String>,
    /// What stands there, cut to 200 characters; null where nothing does.
    #[schema(max_length = 200, example = "AW99999999")]
    pub value: Option<String>,
    /// The rule that is broken, such as `invalid_date` or `unknown_reference`.
    #[schema(example = "unknown_reference")]
    pub code: String,
    /// What is wrong and what is allowed.
    pub detail: Label,
}

impl NewImport {
    /// A file of a kind of which nothing else is known.
    pub fn of_kind(kind: ImportKind) -> Self {
        Self {
            kind,
            file_name: None,
            format: None,
            encoding: None,
            delimiter: None,
            sheet: None,
            header_row: None,
            mapping: None,
            dry_run: None,
            blanks: None,
            expected: None,
        }
    }

    /// Whether it is only tried.
    pub(super) fn dry_run(&self) -> bool {
        self.dry_run.unwrap_or_default()
    }

    /// What is done where a field is blank.
    pub(super) fn blanks(&self) -> Blanks {
        self.blanks.unwrap_or_default()
    }

    /// What is known of its form.
    pub(super) fn form(&self) -> FileForm {
        let named = self.file_name.as_deref().and_then(FileFormat::of_file_name);
        FileForm {
            format: self.format,
            expected: self.expected.or(named),
            encoding: self.encoding.clone(),
            delimiter: self.delimiter,
            sheet: self.sheet.clone(),
            header_row: self.header_row,
        }
    }

    /// What is wrong with it.
    pub(super) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        problems.optional_text("/file_name", self.file_name.as_deref(), FILE_NAME);
        self.form().check(&mut problems);
        problems
    }
}
