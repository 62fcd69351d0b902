//! Whether a mapping makes sense.

use std::collections::BTreeSet;

use chrono::format::{Item, StrftimeItems};

use super::{ImportMapping, MappedColumn};
use crate::error::Problems;
use crate::imports::{Column, ColumnType, ImportKind, Presence};

const NAME: usize = 200;
const SYSTEM: usize = 63;
const MOST_COLUMNS: usize = 200;
const MOST_IGNORED: usize = 1_000;
const MOST_SOURCES: usize = 20;
const MOST_VALUES: usize = 500;
const MOST_FORMATS: usize = 10;
const LONGEST_TEXT: usize = 1_000;

impl ImportMapping {
    /// Everything that is wrong with it.
    pub fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        problems.text("/name/en", &self.name.en, NAME);
        problems.text("/name/zh", &self.name.zh, NAME);
        if let Some(system) = &self.system {
            problems.text("/system", system, SYSTEM);
        }
        count(&mut problems, "/columns", self.columns.len(), MOST_COLUMNS);
        count(&mut problems, "/ignored", self.ignored.len(), MOST_IGNORED);
        if self.columns.is_empty() {
            problems.add("/columns", "required", "Map at least one column.", "至少映射一列。");
        }
        let mut targets = BTreeSet::new();
        for (at, column) in self.columns.iter().enumerate() {
            let place = format!("/columns/{at}");
            column.check(self.kind, &place, &mut problems);
            if !targets.insert(column.target.as_str()) {
                problems.add(format!("{place}/target"), "duplicate", "It is mapped twice.", "重复映射。");
            }
            let mut sources = BTreeSet::new();
            for source in &column.sources {
                if !sources.insert(source.trim().to_lowercase()) {
                    let (en, zh) = ("The column is read twice.", "该列被重复读取。");
                    problems.add(format!("{place}/sources"), "duplicate", en, zh);
                }
            }
        }
        for (at, name) in self.ignored.iter().enumerate() {
            problems.text(&format!("/ignored/{at}"), name, NAME);
        }
        // A column of a customer is needed where the customer is new; the others are needed always.
        for column in self.kind.columns().iter().filter(|c| c.presence == Presence::Required) {
            if !targets.contains(column.name) {
                let (en, zh) = (format!("Map {}.", column.name), format!("请映射 {}。", column.name));
                problems.add("/columns", "required", en, zh);
            }
        }
        problems
    }
}

impl MappedColumn {
    fn check(&self, kind: ImportKind, place: &str, problems: &mut Problems) {
        let column = kind.columns().iter().find(|column| column.is_called(&self.target));
        if column.is_none() {
            let names: Vec<_> = kind.columns().iter().map(|column| column.name).collect();
            problems.add(
                format!("{place}/target"),
                "invalid_choice",
                format!("Expected one of {}.", names.join(", ")),
                format!("应为：{}。", names.join("、")),
            );
        }
        if self.sources.is_empty() && self.constant.is_none() {
            let (en, zh) = ("Name a column of the file, or a constant.", "请给出文件中的列名或常量。");
            problems.add(format!("{place}/sources"), "required", en, zh);
        }
        count(problems, &format!("{place}/sources"), self.sources.len(), MOST_SOURCES);
        count(problems, &format!("{place}/values"), self.values.len(), MOST_VALUES);
        count(problems, &format!("{place}/date_formats"), self.date_formats.len(), MOST_FORMATS);
        for (at, source) in self.sources.iter().enumerate() {
            problems.text(&format!("{place}/sources/{at}"), source, NAME);
        }
        problems.optional_text(&format!("{place}/constant"), self.constant.as_deref(), LONGEST_TEXT);
        for (at, value) in self.values.iter().enumerate() {
            problems.text(&format!("{place}/values/{at}/from"), &value.from, LONGEST_TEXT);
            problems.optional_text(&format!("{place}/values/{at}/to"), Some(&value.to), LONGEST_TEXT);
        }
        if self.separator.as_deref().is_some_and(|separator| separator.chars().count() != 1) {
            problems.add(format!("{place}/separator"), "too_long", "Expected one character.", "应为一个字符。");
        }
        self.check_forms(column, place, problems);
        let day = column.is_none_or(|column| column.is_family() || column.column_type == ColumnType::Day);
        for (at, format) in self.date_formats.iter().enumerate() {
            let readable = format.len() <= 100 && StrftimeItems::new(format).all(|item| item != Item::Error);
            if !readable || !day {
                let (en, zh) = ("Expected a form of days such as %d.%m.%Y.", "应为日期格式，例如 %d.%m.%Y。");
                problems.add(format!("{place}/date_formats/{at}"), "invalid_choice", en, zh);
            }
        }
    }
}

impl MappedColumn {
    fn check_forms(&self, column: Option<&Column>, place: &str, problems: &mut Problems) {
        let is = |takes: fn(ColumnType) -> bool| column.is_none_or(|column| takes(column.column_type));
        if let Some(form) = self.number_form {
            let place = format!("{place}/number_form");
            if form.is_ambiguous() {
                let (en, zh) =
                    ("One mark cannot both group and begin the places.", "同一符号不能既作千分位又作小数点。");
                problems.add(&place, "contradiction", en, zh);
            }
            if self.decimal_comma {
                let (en, zh) =
                    ("Give number_form or decimal_comma, not both.", "number_form 与 decimal_comma 只能给出一个。");
                problems.add(&place, "contradiction", en, zh);
            }
            let is_number = |kind| {
                matches!(kind, ColumnType::Amount | ColumnType::Rate | ColumnType::Count | ColumnType::Attribute)
            };
            if !is(is_number) {
                problems.add(&place, "not_for_type", "This column holds no numbers.", "该列不是数字。");
            }
        }
        let is_id = |kind| matches!(kind, ColumnType::ExternalId | ColumnType::ExternalIds);
        if self.id_form.is_some() && !is(is_id) {
            let place = format!("{place}/id_form");
            problems.add(place, "not_for_type", "This column holds no ids.", "该列不是编号。");
        }
    }
}

fn count(problems: &mut Problems, place: &str, found: usize, most: usize) {
    if found > most {
        problems.add(place, "too_many", format!("At most {most}."), format!("最多 {most} 个。"));
    }
}
