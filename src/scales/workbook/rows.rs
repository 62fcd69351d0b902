//! A sheet row by row, with every problem noted at its cell.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::grid::{Cells, Held};
use super::layout::{SheetLayout, cell_name};
use super::words::{self, Word};
use crate::error::FieldProblem;
use crate::exports::unguard;
use crate::values::{Code, Exact, Label};

/// What was found wrong so far, and in which cells.
#[derive(Debug, Default)]
pub(super) struct Notes {
    problems: Vec<FieldProblem>,
    cells: BTreeSet<String>,
}

/// A sheet whose headings were found.
#[derive(Debug)]
pub(super) struct Table {
    name: &'static str,
    columns: BTreeMap<&'static str, u32>,
    rows: Vec<(u32, BTreeMap<u32, Held>)>,
}

/// A row of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    table: &'a Table,
    index: u32,
    cells: &'a BTreeMap<u32, Held>,
}

impl Notes {
    pub(super) fn add(&mut self, cell: String, code: &'static str, en: impl Into<String>, zh: impl Into<String>) {
        self.problems.push(FieldProblem { pointer: cell.clone(), code, detail: Label::new(en, zh) });
        self.cells.insert(cell);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// Whether something is wrong with a cell already.
    pub(super) fn has(&self, cell: &str) -> bool {
        self.cells.contains(cell)
    }

    pub(super) fn into_problems(self) -> Vec<FieldProblem> {
        self.problems
    }
}

impl Table {
    /// The sheet, where it is there with all its headings.
    pub(super) fn open(layout: &SheetLayout, cells: Option<Cells>, notes: &mut Notes) -> Self {
        let mut table = Self { name: layout.name, columns: BTreeMap::new(), rows: Vec::new() };
        let Some(cells) = cells else {
            notes.add(layout.name.to_owned(), "required", "The sheet is missing.", "缺少该工作表。");
            return table;
        };
        let mut rows = cells.into_iter();
        let Some((first, headings)) = rows.next() else {
            notes.add(layout.name.to_owned(), "required", "The sheet is empty.", "该工作表为空。");
            return table;
        };
        for (column, heading) in &headings {
            let name = cell_name(layout.name, first, *column);
            let Held::Text(text) = heading else {
                notes.add(name, "unknown_column", "This is no heading.", "不是列标题。");
                continue;
            };
            match layout.columns.iter().find(|known| known.is_called(text)) {
                Some(known) if table.columns.insert(known.key, *column).is_none() => {}
                Some(_) => notes.add(name, "duplicate", "The heading stands twice.", "列标题重复。"),
                None => {
                    let known: Vec<_> = layout.columns.iter().map(|column| column.en).collect();
                    let en = format!("No column has this heading; there are {}.", known.join(", "));
                    let known: Vec<_> = layout.columns.iter().map(|column| column.zh).collect();
                    notes.add(name, "unknown_column", en, format!("没有该列；可用列：{}。", known.join("、")));
                }
            }
        }
        for missing in
            layout.columns.iter().filter(|known| !known.is_optional && !table.columns.contains_key(known.key))
        {
            let row = first + 1;
            let (en, zh) = (format!("The column {:?} is missing.", missing.en), format!("缺少列“{}”。", missing.zh));
            notes.add(format!("{}!{row}:{row}", layout.name), "missing_column", en, zh);
        }
        table.rows = rows.collect();
        table
    }

    /// Its rows that hold something.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(index, cells)| Row { table: self, index: *index, cells })
    }

    /// The cells of a column from the first row to the last.
    pub(super) fn range(&self, key: &str) -> String {
        let Some(column) = self.columns.get(key).copied() else { return self.name.to_owned() };
        let (first, last) = (self.rows.first().map_or(1, |(row, _)| *row), self.rows.last().map_or(1, |(row, _)| *row));
        let end = cell_name("", last, column);
        format!("{}:{}", cell_name(self.name, first, column), end.trim_start_matches('!'))
    }

    /// Whether something is wrong with a cell of the column already.
    pub(super) fn is_faulty(&self, key: &str, notes: &Notes) -> bool {
        self.rows().any(|row| notes.has(&row.cell(key)))
    }
}

impl Row<'_> {
    /// The name of a column's cell.
    pub(super) fn cell(&self, key: &str) -> String {
        let column = self.table.columns.get(key).copied().unwrap_or_default();
        cell_name(self.table.name, self.index, column)
    }

    pub(super) fn held(&self, key: &str) -> Option<&Held> {
        self.cells.get(self.table.columns.get(key)?)
    }

    /// A text; empty where the cell is.
    pub(super) fn text(&self, key: &str, notes: &mut Notes) -> String {
        self.filled(key, notes).unwrap_or_default()
    }

    /// A text, where the cell holds one.
    pub(super) fn filled(&self, key: &str, notes: &mut Notes) -> Option<String> {
        match self.held(key)? {
            Held::Text(text) => unguard(text).map(str::to_owned),
            Held::Number(number) => Some(number.normalize().to_string()),
            Held::Flag(flag) => Some(flag.to_string()),
            Held::Fault(fault) => {
                self.fault(key, fault, notes);
                None
            }
        }
    }

    /// A name in both languages.
    pub(super) fn label(&self, en: &str, zh: &str, notes: &mut Notes) -> Label {
        Label::new(self.text(en, notes), self.text(zh, notes))
    }

    /// A code that must be there.
    pub(super) fn code(&self, key: &str, notes: &mut Notes) -> Option<Code> {
        let text = self.needed(key, notes)?;
        let code = text.parse();
        if code.is_err() {
            let en = "Expected a code of 1 to 63 letters, digits, '_' and '-', beginning with a letter or digit.";
            notes.add(
                self.cell(key),
                "invalid_code",
                en,
                "应为由字母、数字、“_”和“-”组成的代码（1至63位），以字母或数字开头。",
            );
        }
        code.ok()
    }

    /// A choice that must be there.
    pub(super) fn word<T: Copy>(&self, key: &str, words: &[Word<T>], notes: &mut Notes) -> Option<T> {
        let text = self.needed(key, notes)?;
        let found = words::meaning(words, &text);
        if found.is_none() {
            let zh: Vec<_> = words.iter().map(|(_, zh, _)| *zh).collect();
            let en = format!("Expected one of {}.", words::codes(words).join(", "));
            notes.add(self.cell(key), "invalid_choice", en, format!("应为：{}。", zh.join("、")));
        }
        found
    }

    /// A choice, where the cell holds something.
    pub(super) fn maybe_word<T: Copy>(&self, key: &str, words: &[Word<T>], notes: &mut Notes) -> Option<T> {
        self.held(key)?;
        self.word(key, words, notes)
    }

    /// A number that must be there.
    pub(super) fn number(&self, key: &str, notes: &mut Notes) -> Option<Exact> {
        if self.held(key).is_none() {
            self.lack(key, notes);
            return None;
        }
        self.maybe_number(key, notes)
    }

    /// A number, where the cell holds something. `60 %` is 0.6.
    pub(super) fn maybe_number(&self, key: &str, notes: &mut Notes) -> Option<Exact> {
        let read = match self.held(key)? {
            Held::Number(number) => Some(*number),
            Held::Text(text) => decimal(text),
            Held::Flag(_) => None,
            Held::Fault(fault) => {
                self.fault(key, fault, notes);
                return None;
            }
        };
        if read.is_none() {
            let en = "Expected a number such as 12.5, with a point, without grouping.";
            notes.add(self.cell(key), "invalid_number", en, "应为数字，例如 12.5：使用小数点，不含千分位。");
        }
        read.map(Exact)
    }

    fn needed(&self, key: &str, notes: &mut Notes) -> Option<String> {
        let before = notes.problems.len();
        let text = self.filled(key, notes);
        if text.is_none() && notes.problems.len() == before {
            self.lack(key, notes);
        }
        text
    }

    pub(super) fn lack(&self, key: &str, notes: &mut Notes) {
        notes.add(self.cell(key), "required", "This cell must be filled.", "此单元格必填。");
    }

    fn fault(&self, key: &str, fault: &str, notes: &mut Notes) {
        let (en, zh) = (format!("The cell holds {fault}."), format!("单元格的值为 {fault}。"));
        notes.add(self.cell(key), "cell_error", en, zh);
    }
}

fn decimal(text: &str) -> Option<Decimal> {
    let text = text.trim().trim_start_matches('\'');
    match text.strip_suffix(['%', '％']) {
        Some(percent) => Decimal::from_str_exact(percent.trim()).ok()?.checked_div(Decimal::ONE_HUNDRED),
        None => Decimal::from_str_exact(text).ok(),
    }
}
