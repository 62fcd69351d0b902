//! Arguments and variables that hold what no text may: refused before anything runs, with their places.
//!
//! Items of batches are left to the batch, where a bad one is one refused item.

use std::convert::Infallible;

use async_graphql::Positioned;
use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet, VariableDefinition,
};
use async_graphql::{ServerError, Value, Variables};
use serde_json::Value as Json;

use super::refusal::Refusal;
use crate::error::{Error, FieldProblem};
use crate::rest::forbidden_at;

/// The argument of every batch that has its items.
const ITEMS: &str = "items";
/// How the input types of items end.
const ITEM_INPUT: &str = "ItemInput";

/// Passes a request without such texts.
///
/// # Errors
/// `invalid_input`: every place, `/variables/…` or `/arguments/…` by names.
pub(super) fn check(document: &ExecutableDocument, variables: &Variables) -> Result<(), Refusal> {
    let mut found = Found::default();
    for (_, operation) in document.operations.iter() {
        found.operation(&operation.node, variables);
    }
    for fragment in document.fragments.values() {
        found.directives(&fragment.node.directives);
        found.selections(&fragment.node.selection_set.node);
    }
    // Fragments have no order of their own.
    found.0.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    if found.0.is_empty() {
        return Ok(());
    }
    let error = async_graphql::Error::from(Error::invalid(found.0));
    let mut refused = ServerError::new(error.message, None);
    refused.extensions = error.extensions;
    Err(Refusal::document(vec![refused]))
}

#[derive(Default)]
struct Found(Vec<FieldProblem>);

impl Found {
    fn operation(&mut self, operation: &OperationDefinition, variables: &Variables) {
        for definition in &operation.variable_definitions {
            self.variable(&definition.node, variables);
        }
        self.directives(&operation.directives);
        self.selections(&operation.selection_set.node);
    }

    fn variable(&mut self, definition: &VariableDefinition, variables: &Variables) {
        let name = &definition.name.node;
        let holds_items = definition.var_type.node.to_string().contains(ITEM_INPUT);
        let given = variables.get(name).or(definition.default_value.as_ref().map(|default| &default.node));
        if let Some(given) = given.filter(|_| !holds_items) {
            self.value(&format!("/variables/{name}"), given);
        }
    }

    fn directives(&mut self, directives: &[Positioned<Directive>]) {
        for (name, value) in directives.iter().flat_map(|directive| &directive.node.arguments) {
            let Ok(value) = value.node.clone().into_const_with::<Infallible>(|_| Ok(Value::Null));
            self.value(&format!("/arguments/{}", name.node), &value);
        }
    }

    fn selections(&mut self, selections: &SelectionSet) {
        for selection in &selections.items {
            match &selection.node {
                Selection::Field(field) => self.field(&field.node),
                Selection::InlineFragment(fragment) => {
                    self.directives(&fragment.node.directives);
                    self.selections(&fragment.node.selection_set.node);
                }
                Selection::FragmentSpread(spread) => self.directives(&spread.node.directives),
            }
        }
    }

    fn field(&mut self, field: &Field) {
        for (name, value) in &field.arguments {
            // A variable is looked at where it is declared.
            let Ok(value) = value.node.clone().into_const_with::<Infallible>(|_| Ok(Value::Null));
            self.named(&format!("/arguments/{}", name.node), name.node.as_str(), &value);
        }
        self.directives(&field.directives);
        self.selections(&field.selection_set.node);
    }

    fn named(&mut self, place: &str, name: &str, value: &Value) {
        match value {
            Value::List(items) if name == ITEMS && items.iter().all(|item| matches!(item, Value::Object(_))) => {}
            value => self.value(place, value),
        }
    }

    fn value(&mut self, place: &str, value: &Value) {
        match value {
            Value::String(text) => {
                let found = forbidden_at(&Json::String(text.clone()));
                self.0.extend(found.into_iter().map(|problem| FieldProblem { pointer: place.to_owned(), ..problem }));
            }
            Value::List(items) => {
                items.iter().enumerate().for_each(|(index, item)| self.value(&format!("{place}/{index}"), item));
            }
            Value::Object(members) => {
                members.iter().for_each(|(name, member)| self.named(&format!("{place}/{name}"), name, member));
            }
            Value::Null | Value::Number(_) | Value::Boolean(_) | Value::Enum(_) | Value::Binary(_) => {}
        }
    }
}
