//! Names that rows leave blank: whoever is there keeps the own one, whoever is new needs one.

use std::collections::BTreeMap;

use super::Said;
use crate::dossiers::SalespersonUpsert;
use crate::error::{FieldProblem, Result};
use crate::intake::{Refused, Sifted};
use crate::sales::ProductUpsert;
use crate::values::Label;

/// A row that may leave its name blank.
pub(super) trait Named {
    /// By what it is found.
    fn external_id(&self) -> &str;

    /// Its name; empty where it is left blank.
    fn name(&mut self) -> &mut String;
}

impl Named for ProductUpsert {
    fn external_id(&self) -> &str {
        &self.external_id
    }

    fn name(&mut self) -> &mut String {
        &mut self.name
    }
}

impl Named for SalespersonUpsert {
    fn external_id(&self) -> &str {
        &self.external_id
    }

    fn name(&mut self) -> &mut String {
        &mut self.name
    }
}

/// The name that a row says; empty where it leaves it blank.
pub(super) fn said(said: Said<'_>, name: &str) -> Result<String, Vec<FieldProblem>> {
    match said.empties("name") {
        true => Err(vec![required("Must not be empty.", "不能为空。")]),
        false => Ok(name.to_owned()),
    }
}

/// The external ids of rows that leave their names blank.
pub(super) fn asked<T: Named>(rows: &mut [T]) -> Vec<String> {
    rows.iter_mut().filter_map(|row| row.name().is_empty().then(|| row.external_id().to_owned())).collect()
}

/// Gives rows without a name the one that is there already: that of an earlier row, or of those that are stored, by
/// external id. The rows with names, and those that have none.
pub(super) fn filled<T: Named>(rows: Vec<T>, mut known: BTreeMap<String, String>) -> (Vec<T>, Refused) {
    let fill = |mut row: T| -> Result<T, Vec<FieldProblem>> {
        let id = row.external_id().to_owned();
        let name = row.name();
        if name.is_empty() {
            let there = known.get(&id).cloned();
            *name = there.ok_or_else(|| vec![required("What is new needs a name.", "新记录必须有名称。")])?;
        } else {
            known.insert(id, name.clone());
        }
        Ok(row)
    };
    Sifted::new(rows.into_iter().map(fill).collect()).into_parts()
}

fn required(en: &str, zh: &str) -> FieldProblem {
    FieldProblem { pointer: "/name".into(), code: "required", detail: Label::new(en, zh) }
}
