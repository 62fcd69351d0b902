//! What a file is: its format, encoding, delimiter and sheet, as declared or as it shows.

use async_graphql::Enum;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::decode::encoding_of;
use crate::error::Problems;

/// The longest name of a sheet in a workbook, in characters.
const SHEET: usize = 31;
/// The last line on which a header may stand.
const LAST_HEADER_ROW: i32 = 1_000;

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// Fields separated by commas, semicolons, tabs or vertical bars, with a header row.
    Csv,
    /// One JSON object a line; its keys are the columns.
    Ndjson,
    /// A workbook (XLSX), of which one sheet is read, with a header row.
    Xlsx,
}

/// What separates the fields of a CSV file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum Delimiter {
    /// `,`.
    Comma,
    /// `;`.
    Semicolon,
    /// A tab.
    Tab,
    /// A vertical bar, `|`.
    Pipe,
}

/// What is known of a file before it is read; what is not, is seen from its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileForm {
    /// Its format, as declared.
    pub format: Option<FileFormat>,
    /// Its format, as its media type or name suggests.
    pub expected: Option<FileFormat>,
    /// The label of its encoding.
    pub encoding: Option<String>,
    /// What separates its fields.
    pub delimiter: Option<Delimiter>,
    /// The sheet to read of a workbook; the first where absent.
    pub sheet: Option<String>,
    /// The line (of a sheet: the row) on which the header stands, from 1 to 1,000; found where absent.
    pub header_row: Option<i32>,
}

/// What a file turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundForm {
    /// Its format.
    pub format: FileFormat,
    /// Its encoding; none of a workbook.
    pub encoding: Option<&'static str>,
    /// What separates its fields; none but of CSV.
    pub delimiter: Option<Delimiter>,
    /// The sheet that is read; none but of a workbook.
    pub sheet: Option<String>,
    /// The line (of a sheet: the row) on which the header stands, from 1; none of NDJSON.
    pub header_row: Option<u64>,
}

impl FileFormat {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Xlsx => "xlsx",
        }
    }

    /// All of them.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Ndjson, Self::Xlsx];

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Ndjson => "application/x-ndjson",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// What a media type says; nothing where it says only that there are bytes.
    pub fn of_media_type(essence: &str) -> Option<Self> {
        let known = Self::ALL.into_iter().find(|format| format.media_type().eq_ignore_ascii_case(essence));
        match essence.to_ascii_lowercase().as_str() {
            "text/tab-separated-values" => Some(Self::Csv),
            "application/jsonl" | "application/ndjson" => Some(Self::Ndjson),
            _ => known,
        }
    }

    /// What the ending of a name says, with or without `.gz`.
    pub fn of_file_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.')?.1 {
            "csv" | "tsv" | "tab" | "psv" | "txt" => Some(Self::Csv),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "xlsx" | "xlsm" => Some(Self::Xlsx),
            _ => None,
        }
    }
}

impl std::str::FromStr for FileFormat {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|f| f.as_str() == s).ok_or_else(|| "expected csv, ndjson or xlsx".to_owned())
    }
}

impl Delimiter {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Comma, Self::Semicolon, Self::Tab, Self::Pipe];

    /// The byte.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }
}

impl FileForm {
    /// What is wrong with it.
    pub fn check(&self, problems: &mut Problems) {
        if self.encoding.as_deref().is_some_and(|label| encoding_of(label).is_none()) {
            problems.add(
                "/encoding",
                "invalid_choice",
                "Expected an encoding by its label, such as utf-8, gb18030, gbk, utf-16le or windows-1252.",
                "应为编码名称，例如 utf-8、gb18030、gbk、utf-16le 或 windows-1252。",
            );
        }
        problems.optional_text("/sheet", self.sheet.as_deref(), SHEET);
        if self.header_row.is_some_and(|row| !(1..=LAST_HEADER_ROW).contains(&row)) {
            problems.add(
                "/header_row",
                "out_of_range",
                format!("Expected a line of the file from 1 to {LAST_HEADER_ROW}."),
                format!("应为文件中的行号，1 至 {LAST_HEADER_ROW}。"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_media_types_say_what_a_file_is() {
        assert_eq!(FileFormat::of_file_name("June.CSV.gz"), Some(FileFormat::Csv));
        assert_eq!(FileFormat::of_file_name("a.b.xlsx"), Some(FileFormat::Xlsx));
        assert_eq!(FileFormat::of_file_name("lines.jsonl"), Some(FileFormat::Ndjson));
        assert_eq!(FileFormat::of_file_name("lines"), None);
        assert_eq!(FileFormat::of_media_type("Application/X-NDJSON"), Some(FileFormat::Ndjson));
        assert_eq!(FileFormat::of_media_type("application/octet-stream"), None);
        for format in FileFormat::ALL {
            assert_eq!(FileFormat::of_media_type(format.media_type()), Some(format));
        }
    }
}
