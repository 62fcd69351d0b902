//! What can be wrong with a file, and with a row of it.

use std::fmt;

use async_graphql::{Enum, SimpleObject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ForeignFormat, Refused};
use crate::values::Label;

/// The longest piece of a file that a report repeats, in characters.
const SHOWN: usize = 200;

/// Why a field was refused, by code and in words.
pub(super) type Reason = (RowCode, Label);

/// Why a row was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum RowCode {
    /// The row has fewer fields than the header, or values beyond it.
    WrongFieldCount,
    /// The row has a value in a column without a name.
    UnnamedColumn,
    /// A quotation mark opens and never closes, or text stands behind one that closes.
    StrayQuote,
    /// A carriage return outside quotation marks.
    StrayLineBreak,
    /// The row is longer than a row may be.
    RecordTooLong,
    /// The field is not valid text in the file's encoding.
    InvalidUtf8,
    /// The line is not a JSON object.
    InvalidJson,
    /// The object has a member that is no column.
    UnknownColumn,
    /// The value is an object or a list where a plain one belongs.
    NestedValue,
    /// The cell of a sheet holds an error such as `#N/A`.
    CellError,
    /// The cell of a sheet, or a number of JSON, has more digits than are kept.
    LongNumber,
    /// The cell holds true or false where a text belongs.
    FlagInText,
    /// The cell holds a date where an id or a code belongs.
    DateInText,
    /// The id is not as its source makes it: it was changed on its way.
    DamagedId,
    /// The currency beside the amount is not that of the row.
    OtherCurrency,
    /// A field that must be filled is blank.
    Required,
    /// The text is longer than it may be.
    TooLong,
    /// The text holds a control character.
    ControlCharacter,
    /// Not a decimal such as `-1234.5`.
    InvalidDecimal,
    /// More decimal places than are kept.
    TooManyPlaces,
    /// Not a whole number.
    InvalidInteger,
    /// Not a day such as `2026-01-31`.
    InvalidDate,
    /// Not an ISO 4217 code such as `EUR`.
    InvalidCurrency,
    /// Not one of the allowed words.
    InvalidChoice,
    /// A number outside its range.
    OutOfRange,
    /// The row refers to something that does not exist.
    UnknownReference,
    /// No exchange rate is known for the row's currency and day.
    MissingRate,
    /// The same id stands in an earlier row of the file.
    Duplicate,
}

/// A problem with one row of a file. The other rows are not touched by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct RowProblem {
    /// The physical line of the file on which the row starts; the file's first line is 1.
    #[schema(minimum = 1)]
    pub line: u64,
    /// The column by the name in the header; `#14` for one that has none; null where the whole row is meant.
    pub column: Option<String>,
    /// What stands there, cut to 200 characters.
    #[schema(max_length = 200)]
    pub value: Option<String>,
    /// Why it was refused.
    pub code: RowCode,
    /// The same in words.
    pub detail: Label,
}

impl RowProblem {
    /// A problem of the row that starts on `line`; `value` is cut to 200 characters.
    pub fn new(line: u64, column: Option<&str>, value: Option<&str>, code: RowCode, detail: Label) -> Self {
        Self { line, column: column.map(str::to_owned), value: value.map(shown), code, detail }
    }
}

/// The part of a text that a report repeats. The database takes no NUL in a text.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(SHOWN).map(|c| if c == '\0' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// A problem with a whole file: reading ends with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileProblem {
    /// There is no header row.
    Empty,
    /// The header is not text in the file's encoding.
    WrongEncoding {
        /// What the file seems to be.
        found: &'static str,
    },
    /// The file is neither UTF-8 nor GB18030, and nobody has said what it is.
    UnknownEncoding {
        /// What it seems to be.
        found: &'static str,
        /// The line with the first byte that does not fit.
        line: u64,
        /// The byte's place in the line, from 1.
        byte: u64,
    },
    /// The file is something else than a table that can be read.
    NotATable {
        /// What it is.
        found: ForeignFormat,
    },
    /// The file is not of the format it was said to be.
    WrongFormat {
        /// The format.
        declared: &'static str,
    },
    /// The workbook cannot be read.
    BrokenWorkbook {
        /// What the reader said.
        reason: String,
    },
    /// The workbook has no such sheet, or none at all.
    UnknownSheet {
        /// The first of those it has.
        sheets: Vec<String>,
    },
    /// The file has more columns than a file may have.
    TooManyColumns {
        /// The limit.
        limit: usize,
    },
    /// The header row cannot be read.
    MalformedHeader,
    /// The fields of the header are separated by something else than was said, or is taken.
    WrongSeparator,
    /// The header does not fit the kind.
    WrongColumns {
        /// Columns that this kind does not have.
        unknown: Vec<String>,
        /// Required columns that are not there.
        missing: Vec<String>,
        /// Columns that stand in the header twice.
        duplicate: Vec<String>,
        /// All columns the kind may have.
        allowed: Vec<String>,
    },
    /// The file is larger than a file may be, after inflating.
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The file ends early, or its compression is damaged, or it cannot be read.
    Unreadable {
        /// The last line that was read whole.
        line: u64,
        /// What the reader said.
        reason: String,
    },
    /// The reading was given up before the end.
    Interrupted,
}

impl FileProblem {
    /// A reading that failed behind `line`.
    pub(super) fn unreadable(line: u64, error: &std::io::Error) -> Self {
        Self::Unreadable { line, reason: error.to_string() }
    }

    /// A stable code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty_file",
            Self::WrongEncoding { .. } => "wrong_encoding",
            Self::UnknownEncoding { .. } => "unknown_encoding",
            Self::NotATable { .. } => "not_a_table",
            Self::WrongFormat { .. } => "wrong_format",
            Self::BrokenWorkbook { .. } => "broken_workbook",
            Self::UnknownSheet { .. } => "unknown_sheet",
            Self::TooManyColumns { .. } => "too_many_columns",
            Self::MalformedHeader => "malformed_header",
            Self::WrongSeparator => "wrong_separator",
            Self::WrongColumns { .. } => "wrong_columns",
            Self::TooLarge { .. } => "file_too_large",
            Self::Unreadable { .. } => "unreadable_file",
            Self::Interrupted => "import_interrupted",
        }
    }

    /// What is wrong and what to do, in both languages.
    pub fn label(&self) -> Label {
        match self {
            Self::Empty => Label::new(
                "The file has no header row: it is empty, or ends before it.",
                "文件没有表头：文件为空，或在表头之前就已结束。",
            ),
            Self::WrongEncoding { found } => Label::new(
                format!(
                    "The header is not text in the file's encoding (it looks like {found}). Declare the encoding, or save the file as UTF-8."
                ),
                format!("表头不符合文件编码（疑似 {found}），请声明编码或另存为 UTF-8。"),
            ),
            Self::UnknownEncoding { found, line, byte } => Label::new(
                format!(
                    "The file is neither UTF-8 nor GB18030 (line {line}, byte {byte}; it looks like {found}). Declare its encoding, or save it as UTF-8."
                ),
                format!(
                    "文件既非 UTF-8 也非 GB18030（第 {line} 行第 {byte} 字节，疑似 {found}），请声明编码或另存为 UTF-8。"
                ),
            ),
            Self::NotATable { found } => found.label(),
            Self::WrongFormat { declared } => Label::new(
                format!("The file is not {declared}, as it was said to be."),
                format!("文件并非所声明的 {declared} 格式。"),
            ),
            Self::BrokenWorkbook { reason } => Label::new(
                format!("The workbook cannot be read: {reason}. Save it anew, or as CSV."),
                format!("无法读取工作簿：{reason}。请重新保存，或另存为 CSV。"),
            ),
            Self::UnknownSheet { sheets } => Label::new(
                format!("The workbook has no such sheet; it has: {}.", sheets.join(", ")),
                format!("工作簿没有此工作表；现有：{}。", sheets.join("、")),
            ),
            Self::TooManyColumns { limit } => {
                Label::new(format!("The file has more than {limit} columns."), format!("文件超过 {limit} 列。"))
            }
            Self::MalformedHeader => Label::new(
                "The header row cannot be read: check its quotation marks and line breaks.",
                "无法读取表头：请检查其中的引号和换行符。",
            ),
            Self::WrongSeparator => Label::new(
                "The fields must be separated by commas, semicolons, tabs or vertical bars, and by the one that is declared.",
                "字段必须以英文逗号、分号、制表符或竖线分隔，并与所声明的分隔符一致。",
            ),
            Self::WrongColumns { unknown, missing, duplicate, allowed } => {
                wrong_columns(unknown, missing, duplicate, allowed)
            }
            Self::TooLarge { limit } => Label::new(
                format!("The file is larger than {limit} bytes after inflating. Split it."),
                format!("文件解压后超过 {limit} 字节，请拆分。"),
            ),
            Self::Unreadable { line, reason } => Label::new(
                format!("The file cannot be read after line {line}: {reason}."),
                format!("第 {line} 行之后无法读取文件：{reason}。"),
            ),
            Self::Interrupted => Label::new("Reading the file was given up before its end.", "文件读取在结束前中断。"),
        }
    }
}

fn wrong_columns(unknown: &[String], missing: &[String], duplicate: &[String], allowed: &[String]) -> Label {
    let mut en = Vec::new();
    let mut zh = Vec::new();
    for (names, english, chinese) in [
        (unknown, "Unknown columns", "未知列"),
        (missing, "Missing columns", "缺少列"),
        (duplicate, "Columns given twice", "重复列"),
    ] {
        if !names.is_empty() {
            en.push(format!("{english}: {}.", names.join(", ")));
            zh.push(format!("{chinese}：{}。", names.join("、")));
        }
    }
    en.push(format!("Allowed: {}.", allowed.join(", ")));
    zh.push(format!("可用列：{}。", allowed.join("、")));
    Label::new(en.join(" "), zh.concat())
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label().en)
    }
}

impl std::error::Error for FileProblem {}

/// What a reader may find instead of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// This row cannot be read; the next may.
    Row(Box<Refused>),
    /// Nothing after this can be read.
    File(FileProblem),
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        Self::Row(Box::new(refused))
    }
}

impl From<FileProblem> for Problem {
    fn from(problem: FileProblem) -> Self {
        Self::File(problem)
    }
}
