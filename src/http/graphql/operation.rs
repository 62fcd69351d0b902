//! Which operation of a document is run.

use async_graphql::parser::Error as ParserError;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::{Positioned, ServerError, Value, Variables};

use super::refusal::{Refusal, coded};
use crate::error::ErrorCode;

/// How an operation came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    /// By POST: queries and mutations.
    Http,
    /// Over a WebSocket: subscriptions.
    Socket,
}

/// The operation that `name` and the document name: a query or a mutation, its required variables checked.
///
/// # Errors
/// A refusal of the document where the name is unknown or needed and missing, for a subscription, and for a variable that
/// must have a value and has none: coercion comes before execution, even for a variable that no field uses.
pub(super) fn choose<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
    variables: &Variables,
    over: Transport,
) -> Result<&'a OperationDefinition, Refusal> {
    let operation = find(document, name)?;
    for definition in &operation.node.variable_definitions {
        let variable = &definition.node;
        let missing = matches!(variables.get(&variable.name.node), None | Some(Value::Null));
        let defaulted = variable.default_value.is_some() && !variables.contains_key(&variable.name.node);
        if !variable.var_type.node.nullable && missing && !defaulted {
            let message = format!("The variable \"${}\" must have a value.", variable.name.node);
            return Err(bad(ServerError::new(message, Some(definition.pos))));
        }
    }
    match (over, operation.node.ty) {
        (Transport::Http, OperationType::Subscription) => {
            Err(bad(ServerError::new("Subscriptions are not served over plain HTTP.", Some(operation.pos))))
        }
        (Transport::Socket, OperationType::Query | OperationType::Mutation) => {
            Err(bad(ServerError::new("Send queries and mutations by POST.", Some(operation.pos))))
        }
        _ => Ok(()),
    }?;
    Ok(&operation.node)
}

fn find<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a Positioned<OperationDefinition>, Refusal> {
    let mut named =
        document.operations.iter().filter(|(own, _)| name.is_none_or(|name| own.is_some_and(|own| own == name)));
    match (named.next(), named.next(), name) {
        (Some((_, operation)), None, _) => Ok(operation),
        (Some(_), Some(_), _) => {
            Err(bad(ServerError::new("The document has several operations: operationName must say which.", None)))
        }
        (None, _, Some(name)) => Err(bad(ServerError::new(format!("There is no operation named \"{name}\"."), None))),
        (None, _, None) => Err(bad(ServerError::new("The document has no operation.", None))),
    }
}

/// The refusal of a text that is no document. The parser's message repeats the whole line, which may be the whole text;
/// what it expected is in the message's last line, and where, in the error's position.
pub(super) fn unreadable(error: ParserError) -> Refusal {
    let mut error = ServerError::from(error);
    if let Some((_, expected)) = error.message.rsplit_once("\n  = ") {
        error.message = format!("The query cannot be read: {expected}.");
    }
    bad(error)
}

fn bad(error: ServerError) -> Refusal {
    Refusal::document(vec![coded(error, ErrorCode::BadRequest.slug())])
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    fn chosen(query: &str, name: Option<&str>, variables: serde_json::Value) -> Option<OperationType> {
        choose(&parse_query(query).unwrap(), name, &Variables::from_json(variables), Transport::Http)
            .ok()
            .map(|chosen| chosen.ty)
    }

    #[test]
    fn the_name_decides_where_there_are_several() {
        let two = "query A { a } mutation B { b }";
        assert_eq!(chosen(two, Some("A"), json!({})), Some(OperationType::Query));
        assert_eq!(chosen(two, Some("B"), json!({})), Some(OperationType::Mutation));
        assert_eq!(chosen(two, Some("C"), json!({})), None);
        assert_eq!(chosen(two, None, json!({})), None);
        assert_eq!(chosen("{ a }", None, json!({})), Some(OperationType::Query));
        assert_eq!(chosen("{ a }", Some("A"), json!({})), None);
        assert_eq!(chosen("subscription { a }", None, json!({})), None);
    }

    #[test]
    fn a_text_that_is_no_document_is_not_repeated() {
        let refusal = unreadable(parse_query("{ secret(").unwrap_err());
        let error = &refusal.errors()[0];
        assert!(error.message.starts_with("The query cannot be read: expected "), "{}", error.message);
        assert!(!error.message.contains("secret") && error.locations.len() == 1, "{error:?}");
    }

    #[test]
    fn a_required_variable_needs_a_value() {
        let required = "query($id: ID!) { a }";
        assert_eq!(chosen(required, None, json!({})), None);
        assert_eq!(chosen(required, None, json!({"id": null})), None);
        assert!(chosen(required, None, json!({"id": "1"})).is_some());
        assert!(chosen("query($n: Int! = 3) { a }", None, json!({})).is_some());
        assert!(chosen("query($n: Int! = 3) { a }", None, json!({"n": null})).is_none());
        assert!(chosen("query($n: Int) { a }", None, json!({})).is_some());
    }
}
