//! What the OpenAPI document says of every list: besides pages of JSON it comes whole, as a table.

use std::collections::BTreeMap;

use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{ArrayItems, KnownFormat, SchemaFormat};
use utoipa::openapi::{Content, ContentBuilder, ObjectBuilder, RefOr, Response, Schema, Type};

use crate::exports::{ListForm, columns_of_schema};

/// Descriptions by name.
type Schemas = BTreeMap<String, RefOr<Schema>>;

/// Adds the forms of a table to an operation that answers with a page.
pub(super) fn complete(operation: &mut Operation, schemas: &Schemas) {
    let Some(response) = answer(operation) else { return };
    let Some(item) = item_of(response, schemas) else { return };
    let names: Vec<String> = columns_of_schema(item, schemas).into_iter().map(|column| column.name).collect();
    let columns = format!("The whole list. Columns: {}.", names.join(", "));
    for (form, description) in [
        (ListForm::Csv, columns.as_str()),
        (ListForm::Ndjson, "The whole list, an item a line."),
        (ListForm::Xlsx, "The whole list, with the columns of `text/csv`."),
    ] {
        let key = form.media_type().to_owned();
        response.content.entry(key).or_insert_with(|| RefOr::T(content(form, description)));
    }
}

/// Whether an operation offers tables.
pub(super) fn has_tables(operation: &Operation) -> bool {
    let Some(RefOr::T(response)) = operation.responses.responses.get("200") else { return false };
    response.content.contains_key(ListForm::Ndjson.media_type())
}

fn answer(operation: &mut Operation) -> Option<&mut Response> {
    match operation.responses.responses.get_mut("200") {
        Some(RefOr::T(response)) => Some(response),
        _ => None,
    }
}

/// The description of the items, where a response is a page of them.
fn item_of<'a>(response: &Response, schemas: &'a Schemas) -> Option<&'a RefOr<Schema>> {
    let RefOr::T(content) = response.content.get(ListForm::Json.media_type())? else { return None };
    let Some(RefOr::Ref(page)) = &content.schema else { return None };
    let name = page.ref_location.rsplit('/').next().filter(|name| name.starts_with("Page_"))?;
    let Some(RefOr::T(Schema::Object(page))) = schemas.get(name) else { return None };
    match page.properties.get("items")? {
        RefOr::T(Schema::Array(items)) => match &items.items {
            ArrayItems::RefOrSchema(item) => Some(item),
            ArrayItems::False => None,
        },
        _ => None,
    }
}

fn content(form: ListForm, description: &str) -> Content {
    let text = ObjectBuilder::new().schema_type(Type::String).description(Some(description));
    let schema = match form {
        ListForm::Xlsx => text.format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary))),
        _ => text,
    };
    ContentBuilder::new().schema(Some(schema)).build()
}
