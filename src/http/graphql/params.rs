//! The parameters of a request, read from its body.

use async_graphql::Variables;
use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::error::ErrorCode;
use crate::rest::unpaired_as_nul;

/// What a request's body says, its types checked. Unknown keys are ignored, as the specification wants.
#[derive(Debug, Default)]
pub(super) struct Params {
    /// The document's text; absent where a persisted query stands in.
    pub(super) query: Option<String>,
    /// Which operation of the document; empty is none.
    pub(super) operation_name: Option<String>,
    /// The variables.
    pub(super) variables: Variables,
    /// What goes beyond the specification, such as `persistedQuery`.
    pub(super) extensions: Map<String, Value>,
}

impl Params {
    /// Reads a body.
    ///
    /// # Errors
    /// [`ErrorCode::BadRequest`] for what is not JSON, an array (several requests in one), what is no object, and a
    /// parameter of the wrong type.
    pub(super) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let json = serde_json::from_slice(body).or_else(|error| {
            let mended = unpaired_as_nul(body).and_then(|mended| serde_json::from_slice(&mended).ok());
            mended.ok_or_else(|| {
                let (line, column) = (error.line(), error.column());
                bad(
                    format!("The body is not JSON: see line {line}, column {column}."),
                    format!("请求体不是有效的 JSON：见第 {line} 行第 {column} 列。"),
                )
            })
        })?;
        let mut object = match json {
            Value::Object(object) => object,
            Value::Array(_) => {
                return Err(bad("Batches are not taken: send one request at a time.", "不支持批量请求：请逐个发送。"));
            }
            _ => return Err(bad("The body must be a JSON object.", "请求体必须为 JSON 对象。")),
        };
        Ok(Self {
            query: text(&mut object, "query")?,
            operation_name: text(&mut object, "operationName")?.filter(|name| !name.is_empty()),
            variables: Variables::from_json(Value::Object(map(&mut object, "variables")?)),
            extensions: map(&mut object, "extensions")?,
        })
    }
}

fn text(object: &mut Map<String, Value>, key: &str) -> Result<Option<String>, Refusal> {
    match object.remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(bad(format!("\"{key}\" must be a string."), format!("“{key}”必须为字符串。"))),
    }
}

fn map(object: &mut Map<String, Value>, key: &str) -> Result<Map<String, Value>, Refusal> {
    match object.remove(key) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(map)) => Ok(map),
        Some(_) => Err(bad(format!("\"{key}\" must be an object."), format!("“{key}”必须为对象。"))),
    }
}

pub(super) fn bad(en: impl Into<String>, zh: impl Into<String>) -> Refusal {
    Refusal::request(ErrorCode::BadRequest, en, zh)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_and_null_are_the_same_and_unknown_keys_are_ignored() {
        let body = br#"{"query": "{ a }", "operationName": null, "variables": null, "extensions": null, "id": 3}"#;
        let params = Params::parse(body).unwrap();
        assert_eq!(params.query.as_deref(), Some("{ a }"));
        assert!(params.operation_name.is_none() && params.variables.is_empty() && params.extensions.is_empty());
        assert!(Params::parse(br#"{"operationName": ""}"#).unwrap().operation_name.is_none());
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (body, word) in [
            ("{ \"not a JSON", "not JSON"),
            ("", "not JSON"),
            ("[]", "Batches"),
            ("[{\"query\": \"{ a }\"}]", "Batches"),
            ("\"{ a }\"", "JSON object"),
            ("{\"query\": 1}", "\"query\""),
            ("{\"variables\": []}", "\"variables\""),
            ("{\"extensions\": \"x\"}", "\"extensions\""),
            ("{\"operationName\": false}", "\"operationName\""),
        ] {
            let refusal = Params::parse(body.as_bytes()).unwrap_err();
            assert!(refusal.errors()[0].message.contains(word), "{body}: {refusal:?}");
            assert_eq!((refusal.status(true), refusal.status(false)), (400, 400));
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_refused() {
        assert!(Params::parse(b"{\"query\": \"\xff\"}").is_err());
    }
}
