//! An item of a batch: a row, and what the client calls it.

use std::borrow::Cow;

use async_graphql::registry::{MetaType, MetaTypeId, Registry};
use async_graphql::{InputObject, InputObjectType, InputType, InputValueError, InputValueResult, Value};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::error::{FieldProblem, Problems, Result};
use crate::rest::forbidden_at;

/// The longest reference of a client's, in characters.
const LONGEST_REF: usize = 100;

/// A row of a batch as a face has read it, and what the client calls it. On the wire both stand in one object.
#[derive(Clone, Debug)]
pub struct BatchItem<T> {
    /// What the client calls the row; the outcome repeats it.
    pub client_ref: Option<String>,
    /// The row, or why it cannot be read.
    pub row: Result<T, Vec<FieldProblem>>,
}

/// What every item may have beside its row.
#[derive(Debug, InputObject, ToSchema)]
struct Reference {
    /// What the client calls this row, such as its line in a file: at most 100 characters; the item's outcome repeats it.
    #[schema(max_length = 100, example = "line-17")]
    client_ref: Option<String>,
}

impl<T> BatchItem<T> {
    /// A row and what the client calls it. A reference that is too long refuses the row, and is not repeated.
    pub(super) fn new(client_ref: Option<String>, row: Result<T, Vec<FieldProblem>>) -> Self {
        let mut problems = Problems::new();
        problems.optional_text("/client_ref", client_ref.as_deref(), LONGEST_REF);
        match problems.into_result() {
            Ok(()) => Self { client_ref, row },
            Err(error) => Self::refused(error.problems().to_vec(), row),
        }
    }

    /// A row whose reference cannot be taken.
    pub(super) fn refused(mut problems: Vec<FieldProblem>, row: Result<T, Vec<FieldProblem>>) -> Self {
        problems.extend(row.err().unwrap_or_default());
        Self { client_ref: None, row: Err(problems) }
    }
}

impl<T> From<T> for BatchItem<T> {
    fn from(row: T) -> Self {
        Self { client_ref: None, row: Ok(row) }
    }
}

/// What an item of GraphQL holds that no text may; the first names of the places are those of REST.
fn forbidden_in(item: &Value) -> Vec<FieldProblem> {
    let Ok(json) = item.clone().into_json() else { return Vec::new() };
    let in_rest = |problem: FieldProblem| {
        let (first, rest) = problem.pointer.strip_prefix('/').map_or(("", None), |path| match path.split_once('/') {
            Some((first, rest)) => (first, Some(rest)),
            None => (path, None),
        });
        let pointer = rest.map_or_else(|| format!("/{}", snake(first)), |rest| format!("/{}/{rest}", snake(first)));
        FieldProblem { pointer, ..problem }
    };
    forbidden_at(&json).into_iter().map(in_rest).collect()
}

/// A name of GraphQL as REST has it.
fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// The name of a row's type without the word for inputs.
fn bare(name: &str) -> &str {
    name.strip_suffix("Input").unwrap_or(name)
}

/// The row's schema, with the reference in it.
impl<T: ToSchema> PartialSchema for BatchItem<T> {
    fn schema() -> RefOr<Schema> {
        match (T::schema(), Reference::schema()) {
            (RefOr::T(Schema::Object(mut row)), RefOr::T(Schema::Object(reference))) => {
                row.properties.extend(reference.properties);
                RefOr::T(Schema::Object(row))
            }
            (row, _) => row,
        }
    }
}

impl<T: ToSchema> ToSchema for BatchItem<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Item", bare(&T::name())).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

/// The row's input type, with the reference in it.
impl<T: InputObjectType> InputType for BatchItem<T> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        format!("{}ItemInput", bare(&T::type_name())).into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry.create_input_type::<Self, _>(MetaTypeId::InputObject, |registry| {
            let mut of_row = registry.create_fake_input_type::<T>();
            let of_reference = registry.create_fake_input_type::<Reference>();
            if let MetaType::InputObject { name, input_fields, rust_typename, .. } = &mut of_row {
                *name = Self::type_name().into_owned();
                *rust_typename = Some(std::any::type_name::<Self>());
                if let MetaType::InputObject { input_fields: reference, .. } = of_reference {
                    input_fields.extend(reference);
                }
            }
            of_row
        })
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let Some(Value::Object(mut fields)) = value else {
            return Err(InputValueError::expected_type(value.unwrap_or_default()));
        };
        let client_ref = fields.shift_remove("clientRef");
        let client_ref = Option::<String>::parse(client_ref).map_err(InputValueError::propagate)?;
        let fields = Value::Object(fields);
        let forbidden = forbidden_in(&fields);
        let row = T::parse(Some(fields)).map_err(InputValueError::propagate)?;
        Ok(Self::new(client_ref, if forbidden.is_empty() { Ok(row) } else { Err(forbidden) }))
    }

    fn to_value(&self) -> Value {
        let row = self.row.as_ref().map(InputType::to_value).unwrap_or_default();
        match row {
            Value::Object(mut fields) => {
                if let Some(client_ref) = &self.client_ref {
                    fields.insert(async_graphql::Name::new("clientRef"), client_ref.to_value());
                }
                Value::Object(fields)
            }
            other => other,
        }
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

impl<T: InputObjectType> InputObjectType for BatchItem<T> {}
