//! The columns of a table, from the description of its items: the names of the JSON, in its order.
//!
//! An object within an item is spread out (`name.en`), a list of texts or numbers is one cell (`a;b`), and what has no
//! form of its own, or is nested too deep, is one cell of JSON.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayItems, KnownFormat, Object, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

use super::Cell;

/// How deep objects are spread out.
const DEEPEST: usize = 4;

/// What stands in a column's cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Text,
    Number,
    Day,
    Flag,
    List,
    Json,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in the header row.
    pub name: String,
    path: Vec<String>,
    content: Content,
}

/// Descriptions by name.
type Named<'a> = BTreeMap<&'a str, &'a RefOr<Schema>>;

impl Column {
    /// A column of this name, whose cells somebody else fills.
    pub fn text(name: impl Into<String>) -> Self {
        let name = name.into();
        Self { path: vec![name.clone()], name, content: Content::Text }
    }

    /// The cell of an item.
    pub(super) fn cell(&self, item: &Value) -> Cell {
        let value = self.path.iter().try_fold(item, |value, key| value.get(key));
        match (self.content, value) {
            (_, None | Some(Value::Null)) => Cell::Empty,
            (Content::Number, Some(Value::String(text))) => Cell::Decimal(text.clone()),
            (Content::Number, Some(Value::Number(number))) => {
                number.as_i64().map_or_else(|| Cell::Decimal(number.to_string()), Cell::Whole)
            }
            (Content::Day, Some(Value::String(text))) => Cell::Day(text.clone()),
            (Content::Flag, Some(Value::Bool(flag))) => Cell::Flag(*flag),
            (Content::List, Some(Value::Array(values))) => Cell::List(values.iter().map(plain).collect()),
            (_, Some(value)) => Cell::Text(plain(value)),
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The columns of a list of `T`.
pub fn columns_of<T: ToSchema>() -> Vec<Column> {
    let mut schemas = Vec::new();
    T::schemas(&mut schemas);
    let named = schemas.iter().map(|(name, schema)| (name.as_str(), schema)).collect();
    columns(&T::schema(), &named)
}

/// The columns of a list whose items have this description, with the descriptions it refers to by name.
pub fn columns_of_schema<'a>(
    item: &RefOr<Schema>,
    named: impl IntoIterator<Item = (&'a String, &'a RefOr<Schema>)>,
) -> Vec<Column> {
    columns(item, &named.into_iter().map(|(name, schema)| (name.as_str(), schema)).collect())
}

fn columns(item: &RefOr<Schema>, named: &Named<'_>) -> Vec<Column> {
    let mut columns = Vec::new();
    spread(item, named, &mut Vec::new(), &mut columns);
    columns
}

fn spread(schema: &RefOr<Schema>, named: &Named<'_>, path: &mut Vec<String>, columns: &mut Vec<Column>) {
    let content = match resolved(schema, named) {
        Some(Schema::Object(object)) if !object.properties.is_empty() && path.len() < DEEPEST => {
            for (name, property) in &object.properties {
                path.push(name.clone());
                spread(property, named, path, columns);
                path.pop();
            }
            return;
        }
        Some(Schema::Object(object)) => scalar(object),
        Some(Schema::Array(array)) => match &array.items {
            ArrayItems::RefOrSchema(items) => list(items, named),
            ArrayItems::False => Content::Json,
        },
        _ => Content::Json,
    };
    let name = if path.is_empty() { "value".to_owned() } else { path.join(".") };
    columns.push(Column { name, path: path.clone(), content });
}

/// The description itself, without references and without "or null".
fn resolved<'a>(schema: &'a RefOr<Schema>, named: &Named<'a>) -> Option<&'a Schema> {
    let schema = match schema {
        RefOr::T(schema) => schema,
        RefOr::Ref(reference) => {
            let name = reference.ref_location.rsplit('/').next()?;
            return resolved(named.get(name)?, named);
        }
    };
    match schema {
        Schema::OneOf(one_of) => {
            let mut choices = one_of.items.iter().filter(|choice| !is_null(choice));
            match (choices.next(), choices.next()) {
                (Some(only), None) => resolved(only, named),
                _ => Some(schema),
            }
        }
        other => Some(other),
    }
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null))
}

fn list(items: &RefOr<Schema>, named: &Named<'_>) -> Content {
    match resolved(items, named) {
        Some(Schema::Object(object)) if scalar(object) != Content::Json => Content::List,
        _ => Content::Json,
    }
}

fn scalar(object: &Object) -> Content {
    let named_type = match &object.schema_type {
        SchemaType::Type(only) => Some(only),
        SchemaType::Array(several) => {
            match several.iter().filter(|kind| **kind != Type::Null).collect::<Vec<_>>()[..] {
                [only] => Some(only),
                _ => None,
            }
        }
        SchemaType::AnyValue => None,
    };
    match (named_type, &object.format) {
        (Some(Type::String), Some(SchemaFormat::Custom(format))) if format == "decimal" => Content::Number,
        (Some(Type::String), Some(SchemaFormat::KnownFormat(KnownFormat::Date))) => Content::Day,
        (Some(Type::String), _) => Content::Text,
        (Some(Type::Integer | Type::Number), _) => Content::Number,
        (Some(Type::Boolean), _) => Content::Flag,
        _ => Content::Json,
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde_json::json;

    use super::*;
    use crate::values::{Date, Exact, Label};

    #[derive(Serialize, ToSchema)]
    struct Part {
        size: Option<i32>,
    }

    #[derive(Serialize, ToSchema)]
    struct Thing {
        name: Label,
        amount: Option<Exact>,
        since: Option<Date>,
        is_new: bool,
        tags: Vec<String>,
        parts: Vec<Part>,
        best: Option<Part>,
        #[schema(value_type = Object)]
        rest: Value,
    }

    #[test]
    fn columns_are_named_and_ordered_as_the_json_is() {
        let columns = columns_of::<Thing>();
        let found: Vec<_> = columns.iter().map(|column| (column.name.as_str(), column.content)).collect();
        let expected = [
            ("name.en", Content::Text),
            ("name.zh", Content::Text),
            ("amount", Content::Number),
            ("since", Content::Day),
            ("is_new", Content::Flag),
            ("tags", Content::List),
            ("parts", Content::Json),
            ("best.size", Content::Number),
            ("rest", Content::Json),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn cells_are_found_by_their_paths() {
        let thing = Thing {
            name: Label::new("Pump", "泵"),
            amount: Some("-1.5000".parse().unwrap()),
            since: None,
            is_new: true,
            tags: vec!["a".into(), "b;c".into()],
            parts: vec![Part { size: Some(1) }],
            best: None,
            rest: json!({"x": 1}),
        };
        let value = serde_json::to_value(&thing).unwrap();
        let written: Vec<_> = columns_of::<Thing>().iter().map(|c| c.cell(&value).written().into_owned()).collect();
        let parts = r#"[{"size":1}]"#;
        assert_eq!(written, ["Pump", "泵", "-1.5000", "", "true", r"a;b\;c", parts, "", r#"{"x":1}"#]);
    }
}
