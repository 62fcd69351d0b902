//! What a row of a table is made of.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Cell, Column};
use crate::error::Result;

/// Something that can be a row of a table and a line of JSON.
pub(super) trait TableItem: Send + 'static {
    /// One cell a column.
    ///
    /// # Errors
    /// `internal` where it cannot be written.
    fn cells(&self, columns: &[Column]) -> Result<Vec<Cell>>;

    /// Its JSON, without a line break.
    ///
    /// # Errors
    /// `internal` where it cannot be written.
    fn write_json(&self, columns: &[Column], out: &mut Vec<u8>) -> Result<()>;
}

/// An item as the JSON of its list shows it.
#[derive(Debug)]
pub(super) struct Shown<T>(pub(super) T);

/// A row whose cells are laid out already, one a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(pub Vec<Cell>);

impl<T: Serialize + Send + 'static> TableItem for Shown<T> {
    fn cells(&self, columns: &[Column]) -> Result<Vec<Cell>> {
        let value = serde_json::to_value(&self.0)?;
        Ok(columns.iter().map(|column| column.cell(&value)).collect())
    }

    fn write_json(&self, _: &[Column], out: &mut Vec<u8>) -> Result<()> {
        Ok(serde_json::to_writer(out, &self.0)?)
    }
}

impl TableItem for Row {
    fn cells(&self, _: &[Column]) -> Result<Vec<Cell>> {
        Ok(self.0.clone())
    }

    fn write_json(&self, columns: &[Column], out: &mut Vec<u8>) -> Result<()> {
        let fields = columns.iter().zip(&self.0).map(|(column, cell)| (column.name.clone(), json(cell)));
        Ok(serde_json::to_writer(out, &fields.collect::<Map<_, _>>())?)
    }
}

fn json(cell: &Cell) -> Value {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Text(text) | Cell::Decimal(text) | Cell::Day(text) => Value::String(text.clone()),
        Cell::Whole(number) => (*number).into(),
        Cell::Flag(flag) => (*flag).into(),
        Cell::List(texts) => texts.iter().cloned().map(Value::String).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_an_object_by_its_columns() {
        let columns = ["name", "quota", "employees", "tags", "city"].map(Column::text);
        let row = Row(vec![
            Cell::Text("=A \"B\"".into()),
            Cell::Decimal("1.5000".into()),
            Cell::Whole(7),
            Cell::List(vec!["a;b".into(), "c".into()]),
            Cell::Empty,
        ]);
        let mut out = Vec::new();
        row.write_json(&columns, &mut out).unwrap();
        let expected = r#"{"city":null,"employees":7,"name":"=A \"B\"","quota":"1.5000","tags":["a;b","c"]}"#;
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
