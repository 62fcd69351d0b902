//! The audits of the GraphQL-over-HTTP working group's suite (npm `graphql-http` 1.23), by their ids.
//!
//! Left out are the four that try operations by `GET` (5A70, D6D5, 6A70: a server may; ours does not), but for the one
//! that no mutation runs by it (9C48).

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::test_schema::{Server, post};

const OLD: &str = "application/json";
const NEW: &str = "application/graphql-response+json";

async fn posted(accept: Option<&str>, body: Value) -> super::test_schema::Answer {
    Server::default().post(accept, body.to_string()).await
}

fn typename() -> Value {
    json!({"query": "{ __typename }"})
}

/// 22EB, 4655, 47DE, 80D8.
#[actix_web::test]
async fn the_media_type_is_the_accepted_one() {
    for (accept, expected) in [(Some(NEW), NEW), (Some(OLD), OLD), (Some("*/*"), OLD), (None, OLD)] {
        let answer = posted(accept, typename()).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.content_type, format!("{expected}; charset=utf-8"), "{accept:?}");
    }
}

/// 82A3, BF61, 78D5, 2C94, 03D4: the answers are read as UTF-8 by every test here.
#[actix_web::test]
async fn requests_are_json_in_utf8() {
    let body = json!({"query": "{ __type(name: \"Run🏃Swim🏊\") { name } }"}).to_string();
    for content_type in ["application/json", "application/json; charset=utf-8"] {
        let request = post().insert_header(("content-type", content_type)).set_payload(body.clone());
        let answer = Server::default().send(request).await;
        assert_eq!((answer.status, answer.has("errors")), (StatusCode::OK, false), "{answer:?}");
    }
}

/// 9C48.
#[actix_web::test]
async fn no_mutation_runs_by_get() {
    let server = Server::default();
    let answer = server.send(TestRequest::get().uri("/graphql?query=mutation%20%7B%20touch%20%7D")).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.allow.as_deref(), Some("POST"));
    assert_eq!(answer.code(), "method_not_allowed");
    assert_eq!(server.mutations_run(), 0);
    assert_eq!(server.query("mutation { touch }").await.json["data"]["touch"], 1);
}

/// 9ABE.
#[actix_web::test]
async fn a_content_type_is_needed() {
    let answer = Server::default().send(post().set_payload(typename().to_string())).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

/// A5BF, 423L, 8764, 3E3A, B6DC, BCF8, B7N8.
#[actix_web::test]
async fn what_is_no_request_is_a_400_in_both_media_types() {
    for accept in [Some(OLD), Some(NEW), None] {
        for body in ["", "{ \"not a JSON", "{\"notquery\": \"{ __typename }\"}", "{\"qeury\": \"{ __typename }\"}"] {
            let answer = Server::default().post(accept, body).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{accept:?} {body}");
            assert_eq!((answer.code(), answer.has("data")), ("bad_request", false), "{accept:?} {body}");
        }
    }
}

/// LKJ0 to 3, 6C00 to 3, 4760 to 3, 58B0 to 3.
#[actix_web::test]
async fn a_parameter_of_the_wrong_type_is_a_400() {
    let no_text = [json!({"obj": "ect"}), json!(0), json!(false), json!(["array"])];
    let no_map = [json!("string"), json!(0), json!(false), json!(["array"])];
    let cases = [("query", &no_text), ("operationName", &no_text), ("variables", &no_map), ("extensions", &no_map)];
    for (parameter, values) in cases {
        for value in values {
            let mut body = typename();
            body[parameter] = value.clone();
            for accept in [None, Some(NEW)] {
                let answer = posted(accept, body.clone()).await;
                assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
                assert_eq!(answer.code(), "bad_request", "{body}");
            }
        }
    }
}

/// 34A2, 13EE, 8161, B8B3, 2EA1, 28B9, 428F, 1B7A, and 94B0 to 2 and 0220 to 2.
#[actix_web::test]
async fn a_parameter_of_the_right_type_or_null_is_taken() {
    let by_name = "query Type($name: String!) { __type(name: $name) { name } }";
    for accept in [OLD, NEW] {
        for body in [
            typename(),
            json!({"query": "query Query { __typename }", "operationName": "Query"}),
            json!({"query": by_name, "variables": {"name": "sometype"}}),
            json!({"query": "{ __typename }", "extensions": {"some": "value"}}),
            json!({"query": "{ __typename }", "variables": null}),
            json!({"query": "{ __typename }", "operationName": null}),
            json!({"query": "{ __typename }", "extensions": null}),
        ] {
            let answer = posted(Some(accept), body.clone()).await;
            assert_eq!((answer.status, answer.has("errors")), (StatusCode::OK, false), "{body} {answer:?}");
        }
    }
}

/// 572B, FDE2, 7B9B in the old media type; 865D, 556A, D586, 51FE, 74FF, 5E5B, 86EE in the new one.
#[actix_web::test]
async fn an_unsound_document_is_a_200_for_older_clients_and_a_400_for_newer_ones() {
    for body in [
        json!({"query": "{"}),
        json!({"query": "{ 8f31403dfe404bccbb0e835f2629c6a7 }"}),
        json!({"query": "{ f31403dfe404bccbb0e835f2629c6a7 }"}),
        json!({"query": "query CoerceFailure($id: ID!){ __typename }", "variables": {"id": null}}),
        json!({"query": "query($n: Int!) { double(n: $n) }", "variables": {"n": "two"}}),
    ] {
        for (accept, status) in [(OLD, StatusCode::OK), (NEW, StatusCode::BAD_REQUEST)] {
            let answer = posted(Some(accept), body.clone()).await;
            assert_eq!(answer.status, status, "{accept} {body}");
            assert_eq!((answer.code(), answer.has("data")), ("bad_request", false), "{accept} {body}");
        }
    }
}

/// EE52, which the suite cannot try.
#[actix_web::test]
async fn partial_data_is_a_200() {
    let server = Server::default();
    let answer = server.query("{ value broken }").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json["data"], json!({"value": 100, "broken": null}));
    assert_eq!(answer.json["errors"][0]["path"], json!(["broken"]));
    let answer = server.query("{ brokenForGood }").await;
    assert_eq!((answer.status, &answer.json["data"], answer.has("data")), (StatusCode::OK, &Value::Null, true));
}

#[actix_web::test]
async fn a_client_that_reads_neither_media_type_gets_a_406() {
    let answer = posted(Some("text/html"), typename()).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::NOT_ACCEPTABLE, "not_acceptable"));
}
