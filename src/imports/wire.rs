//! Imports as both faces show them.

use std::time::Duration;

use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ImportKind;
use crate::error::Problems;
use crate::intake::Counts;
use crate::jobs::JobOut;
use crate::values::{ImportId, Label};

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

/// What a file holds, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct NewImport {
    /// What the file holds.
    pub kind: ImportKind,
    /// The file's name, for people; at most 255 characters.
    #[param(max_length = 255, example = "sales-2026.csv.gz")]
    pub file_name: Option<String>,
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
    /// The job that loads it; its progress counts rows.
    pub job: JobOut,
    /// How many rows had which outcome so far.
    pub counts: Counts,
    /// When it was sent.
    pub created_at: DateTime<Utc>,
    /// Who sent it.
    pub created_by: String,
}

/// Why a row of a file is not in. A row may have several problems.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "ImportError")]
pub struct ImportErrorOut {
    /// The physical line of the file on which the row starts; the header's line is 1.
    #[schema(minimum = 1, example = 30000)]
    pub line: i64,
    /// The column by its name in the header; `#14` for a field beyond the header; null where the whole row is meant.
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
    /// What is wrong with it.
    pub(super) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        problems.optional_text("/file_name", self.file_name.as_deref(), FILE_NAME);
        problems
    }
}
