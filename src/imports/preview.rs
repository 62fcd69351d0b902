//! The beginning of a file as a mapping reads it.

use std::ops::ControlFlow;

use async_graphql::SimpleObject;
use serde::Serialize;
use utoipa::ToSchema;

use super::mapping::matched;
use super::outcomes::unread;
use super::{
    CostToServeRow, CustomerRow, Delimiter, FileForm, FileFormat, FxRateRow, ImportErrorOut, ImportKind, ImportMapping,
    ImportRow, JudgementRow, Layout, Limits, PaymentRow, ProductRow, PurchasePotentialRow, QuotaRow, Reading,
    ReceivableRow, Record, RowProblem, SalesLineRow, SalespersonRow, read,
};
use crate::error::Result;
use crate::values::{Currency, Label};

/// Rows that are shown.
const ROWS: usize = 20;

/// The beginning of a file as a mapping reads it.
#[derive(Clone, Debug, Default, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "ImportPreview")]
pub struct ImportPreviewOut {
    /// Its format; null where it cannot be read.
    pub format: Option<FileFormat>,
    /// Its encoding; null of a workbook, and where it cannot be read.
    #[schema(example = "gb18030")]
    pub encoding: Option<String>,
    /// What separates its fields; null but of CSV.
    pub delimiter: Option<Delimiter>,
    /// The sheet that is read; null but of a workbook.
    pub sheet: Option<String>,
    /// The line (of a sheet: the row) on which its header stands; null of NDJSON.
    #[schema(minimum = 1, example = 1)]
    pub header_row: Option<i32>,
    /// Its columns, and what they become; those without a name are left out.
    pub columns: Vec<PreviewColumnOut>,
    /// Its first rows, at most 20.
    pub rows: Vec<PreviewRowOut>,
    /// What is wrong with rows that were read, those behind the first 20 too, at most 100.
    pub problems: Vec<ImportErrorOut>,
    /// Why the file cannot be read to its end, by code; null where it can.
    #[schema(example = "wrong_columns")]
    pub file_problem: Option<String>,
    /// The same in words.
    pub file_problem_detail: Option<Label>,
}

/// A column of a file.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "ImportPreviewColumn")]
#[schema(as = ImportPreviewColumnOut)]
pub struct PreviewColumnOut {
    /// Its name.
    pub name: String,
    /// Our column that is read from it, the first where there are several; null where it is passed over.
    pub target: Option<String>,
    /// All of our columns that are read from it.
    pub targets: Vec<String>,
}

/// A row as it would be read.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "ImportPreviewRow")]
#[schema(as = ImportPreviewRowOut)]
pub struct PreviewRowOut {
    /// The line on which it starts.
    pub line: i64,
    /// Its fields.
    pub fields: Vec<PreviewFieldOut>,
}

/// A field as it would be read.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "ImportPreviewField")]
#[schema(as = ImportPreviewFieldOut)]
pub struct PreviewFieldOut {
    /// Our column.
    pub column: String,
    /// What it would be; null for no value.
    pub value: Option<String>,
}

/// Problems that are shown.
const PROBLEMS: usize = 100;

/// Reads a file that is in memory, in a tenant with this base currency, and stores nothing.
pub(super) fn preview(
    mapping: ImportMapping,
    form: FileForm,
    base: Currency,
    content: &[u8],
) -> Result<ImportPreviewOut> {
    let mut shown = ImportPreviewOut::default();
    let mut problems = Vec::new();
    let limits = Limits { max_bytes: Some(64 * 1024 * 1024), ..Limits::default() };
    let reading = Reading { form, layout: Layout::mapped(mapping.clone()).in_base(base), limits };
    let outcome = read(content, &reading, |next, _| {
        match next {
            Ok(record) => {
                problems.extend(problems_of(mapping.kind, &record));
                if shown.rows.len() < ROWS {
                    shown.rows.push(row(&mapping, &record));
                }
            }
            Err(refused) => problems.push(refused.problem),
        }
        problems.truncate(PROBLEMS);
        ControlFlow::Continue(())
    });
    shown.problems = problems.into_iter().map(unread).collect::<Result<_>>()?;
    match outcome {
        Ok(found) => {
            shown.columns = columns(&mapping, &found.columns);
            shown.format = Some(found.form.format);
            shown.encoding = found.form.encoding.map(str::to_owned);
            shown.delimiter = found.form.delimiter;
            shown.sheet = found.form.sheet;
            shown.header_row = found.form.header_row.and_then(|row| i32::try_from(row).ok());
        }
        Err(problem) => {
            shown.file_problem = Some(problem.code().to_owned());
            shown.file_problem_detail = Some(problem.label());
        }
    }
    Ok(shown)
}

fn columns(mapping: &ImportMapping, names: &[String]) -> Vec<PreviewColumnOut> {
    let header = matched(mapping, &names.iter().map(String::as_str).collect::<Vec<_>>()).header;
    let origins = header.origins.unwrap_or_default();
    let column = |(at, name): (usize, &String)| {
        let own = origins.iter().filter(|origin| origin.file == Some(at));
        let targets = own.filter_map(|origin| Some(mapping.columns.get(origin.rule)?.target.clone()));
        let targets: Vec<String> = targets.collect();
        PreviewColumnOut { name: name.clone(), target: targets.first().cloned(), targets }
    };
    let named = names.iter().enumerate().filter(|(_, name)| !name.is_empty());
    named.map(column).collect()
}

fn row(mapping: &ImportMapping, record: &Record) -> PreviewRowOut {
    let header = record.header();
    let mapped = mapping.columns.iter().filter(|column| header.has(&column.target));
    let value =
        |target: &str| record.text(target).filter(|_| record.fault(target).is_none()).map(super::problem::shown);
    let fields = mapped.map(|column| PreviewFieldOut { column: column.target.clone(), value: value(&column.target) });
    let line = i64::try_from(record.line()).unwrap_or(i64::MAX);
    PreviewRowOut { line, fields: fields.collect() }
}

fn problems_of(kind: ImportKind, record: &Record) -> Vec<RowProblem> {
    fn of<T: ImportRow>(record: &Record) -> Vec<RowProblem> {
        T::parse(record).err().unwrap_or_default()
    }
    match kind {
        ImportKind::Customers => of::<CustomerRow>(record),
        ImportKind::Products => of::<ProductRow>(record),
        ImportKind::Salespeople => of::<SalespersonRow>(record),
        ImportKind::PurchasePotentials => of::<PurchasePotentialRow>(record),
        ImportKind::SalesLines => of::<SalesLineRow>(record),
        ImportKind::FxRates => of::<FxRateRow>(record),
        ImportKind::Quotas => of::<QuotaRow>(record),
        ImportKind::Receivables => of::<ReceivableRow>(record),
        ImportKind::Payments => of::<PaymentRow>(record),
        ImportKind::CostsToServe => of::<CostToServeRow>(record),
        ImportKind::Judgements => of::<JudgementRow>(record),
    }
}
