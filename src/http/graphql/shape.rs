//! The answer's keys, in the order of the query, and none missing.
//!
//! The executor writes the fields of an object as they finish and leaves out those that fail. The specification wants
//! them as the query has them, and a failed one as null; so do people who compare answers.

use std::collections::BTreeMap;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, PathSegment, ServerError, Value};

/// The keys of an object in the order of the query, with what is below each.
#[derive(Debug, Default)]
pub(super) struct Shape {
    keys: Vec<(Name, Shape)>,
    places: BTreeMap<Name, usize>,
}

impl Shape {
    /// The shape of one operation's data; its size is bounded by the document's cost, its depth by the document's depth.
    pub(super) fn of(document: &ExecutableDocument, root: &SelectionSet) -> Self {
        let mut shape = Self::default();
        shape.add(document, root);
        shape
    }

    fn add(&mut self, document: &ExecutableDocument, set: &SelectionSet) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let below = self.at(&field.node.response_key().node);
                    below.add(document, &field.node.selection_set.node);
                }
                Selection::InlineFragment(inline) => self.add(document, &inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                        self.add(document, &fragment.node.selection_set.node);
                    }
                }
            }
        }
    }

    fn at(&mut self, key: &Name) -> &mut Self {
        let place = *self.places.entry(key.clone()).or_insert_with(|| {
            self.keys.push((key.clone(), Self::default()));
            self.keys.len() - 1
        });
        &mut self.keys[place].1
    }

    /// Puts null where a field failed, and all keys in order.
    pub(super) fn complete(&self, data: &mut Value, errors: &[ServerError]) {
        for error in errors {
            put_null(data, &error.path);
        }
        self.arrange(data);
    }

    fn arrange(&self, value: &mut Value) {
        match value {
            Value::List(items) => items.iter_mut().for_each(|item| self.arrange(item)),
            // A leaf may be an object, too: a scalar that is JSON keeps its own order.
            Value::Object(object) if !self.keys.is_empty() => {
                let mut found = std::mem::take(object);
                for (key, below) in &self.keys {
                    if let Some(mut value) = found.swap_remove(key) {
                        below.arrange(&mut value);
                        object.insert(key.clone(), value);
                    }
                }
                object.extend(found);
            }
            _ => {}
        }
    }
}

fn put_null(data: &mut Value, path: &[PathSegment]) {
    match (path, data) {
        ([PathSegment::Field(key)], Value::Object(object)) => {
            object.entry(Name::new(key)).or_insert(Value::Null);
        }
        ([PathSegment::Field(key), rest @ ..], Value::Object(object)) => {
            if let Some(value) = object.get_mut(key.as_str()) {
                put_null(value, rest);
            }
        }
        ([PathSegment::Index(index), rest @ ..], Value::List(items)) => {
            if let Some(value) = items.get_mut(*index) {
                put_null(value, rest);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use async_graphql::value;

    use super::*;

    fn completed(query: &str, mut data: Value, paths: &[&[PathSegment]]) -> String {
        let document = parse_query(query).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let errors: Vec<_> = paths
            .iter()
            .map(|path| {
                let mut error = ServerError::new("failed", None);
                error.path = path.to_vec();
                error
            })
            .collect();
        Shape::of(&document, &operation.node.selection_set.node).complete(&mut data, &errors);
        serde_json::to_string(&data).unwrap()
    }

    #[test]
    fn keys_stand_as_in_the_query_through_fragments_and_lists() {
        let query = "{ list { ...F c: b } } fragment F on T { a { x y } ... { a { z } d } }";
        let data = value!({"list": [{"c": 1, "d": 2, "a": {"z": 3, "y": 4, "x": 5}}, {"a": null, "c": 6}]});
        let expected = r#"{"list":[{"a":{"x":5,"y":4,"z":3},"d":2,"c":1},{"a":null,"c":6}]}"#;
        assert_eq!(completed(query, data, &[]), expected);
    }

    #[test]
    fn a_json_leaf_keeps_its_own_keys() {
        let data = value!({"b": 1, "a": {"z": 1, "y": 2}});
        assert_eq!(completed("{ a b }", data, &[]), r#"{"a":{"z":1,"y":2},"b":1}"#);
    }

    #[test]
    fn a_failed_field_is_null_at_its_place() {
        let field = |name: &str| PathSegment::Field(name.to_owned());
        let data = value!({"list": [{"a": 1, "b": 2}, {"b": 3}], "n": null});
        let failed: [&[PathSegment]; 3] = [
            &[field("list"), PathSegment::Index(1), field("a")],
            &[field("n"), field("below")],
            &[field("list"), PathSegment::Index(9), field("a")],
        ];
        let expected = r#"{"list":[{"a":1,"b":2},{"a":null,"b":3}],"n":null}"#;
        assert_eq!(completed("{ list { a b } n { below } }", data, &failed), expected);
    }
}
