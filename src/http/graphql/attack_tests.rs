//! What has stopped or slowed other servers, tried on this one.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use actix_web::web::Bytes;
use actix_web::{FromRequest, dev, web};
use async_graphql::Variables;
use async_graphql::parser::parse_query;
use serde_json::{Value, json};

use super::test_schema::{Server, post};
use super::{Endpoint, GraphqlLimitError, Limits, Measure, MediaType, answer, measure, serve};
use crate::error::{Error, ErrorCode};

/// The query that every tool sends first.
const INTROSPECTION: &str = "query IntrospectionQuery { __schema { queryType { name } mutationType { name }
    types { ...FullType } directives { name args { ...InputValue } } } }
  fragment FullType on __Type { kind name fields(includeDeprecated: true) { name args { ...InputValue }
    type { ...TypeRef } } inputFields { ...InputValue } interfaces { ...TypeRef } enumValues { name }
    possibleTypes { ...TypeRef } }
  fragment InputValue on __InputValue { name type { ...TypeRef } defaultValue }
  fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
    ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";

/// The measure that refused a query over the wire.
async fn refused(query: &str) -> String {
    let answer = Server::default().query(query).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "query_too_complex"), "{answer:?}");
    assert!(!answer.has("data"));
    answer.json["errors"][0]["extensions"]["measure"].as_str().unwrap().to_owned()
}

fn bomb(fragments: usize) -> String {
    let nested = (1..fragments)
        .map(|n| format!("fragment F{n} on Customer {{ ...F{} ...F{} }} ", n - 1, n - 1))
        .collect::<String>();
    format!("{{ me {{ ...F{} }} }} fragment F0 on Customer {{ name }} {nested}", fragments - 1)
}

#[actix_web::test]
async fn nested_fragments_are_weighed_once_each() {
    let query = bomb(45);
    assert!(query.len() < 2048, "{}", query.len());
    let error = measure(&parse_query(&query).unwrap(), &Variables::default(), &Limits::default()).unwrap_err();
    let expected = GraphqlLimitError::Exceeded { measure: Measure::Cost, limit: 50_000, actual: (1 << 44) + 1 };
    assert_eq!(error, expected);
    assert_eq!(refused(&query).await, "cost");

    let small = bomb(10);
    let measured = measure(&parse_query(&small).unwrap(), &Variables::default(), &Limits::default()).unwrap();
    assert_eq!(measured.cost, (1 << 9) + 1);
    assert_eq!(measured.visited, 2 + 1 + 9 * 2, "as many as stand in the text");
}

#[actix_web::test]
async fn aliases_typename_floods_and_directives_are_refused() {
    let aliases = (0..5000).map(|n| format!("a{n}:value ")).collect::<String>();
    assert_eq!(refused(&format!("{{ {aliases} }}")).await, "query_bytes");
    let fewer = (0..2500).map(|n| format!("a{n}:value ")).collect::<String>();
    assert_eq!(refused(&format!("{{ {fewer} }}")).await, "aliases");
    assert_eq!(refused(&format!("{{ {} }}", "__typename ".repeat(2900))).await, "root_fields");
    assert_eq!(refused(&format!("{{ value {} }}", "@include(if: true) ".repeat(60))).await, "directives");
    assert_eq!(refused(&format!("{{ {} }}", "... { value } ".repeat(2000))).await, "fragment_spreads");
    let typename_below = format!("{{ me {{ {} }} }}", "__typename ".repeat(2800));
    let cheap = Limits { cost: 2000, ..Limits::default() };
    let answer = Server::new(Endpoint { limits: cheap, ..Endpoint::default() }).query(&typename_below).await;
    assert_eq!(answer.json["errors"][0]["extensions"]["actual"], 2801, "each is a point");
}

#[actix_web::test]
async fn brackets_without_end_do_not_end_the_process() {
    for open in ["{a", "{", "[", "(", "{ value(x: ["] {
        let query = format!("{{ a(x: {}", open.repeat(30_000 / open.len()));
        assert_eq!(refused(&query).await, "nesting", "{open}");
    }
    let hidden = format!("{{ a(x: [\"\"\"\" {}", "[".repeat(30_000));
    assert_eq!(refused(&hidden).await, "nesting");
    let typed = format!("query($a: {}Int{}) {{ value }}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(refused(&typed).await, "nesting");
}

#[actix_web::test]
async fn fragment_cycles_are_refused() {
    let query = "{ me { ...A } } fragment A on Customer { ...B } fragment B on Customer { ...A }";
    let answer = Server::default().query(query).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "bad_request"));
    assert!(answer.json["errors"][0]["message"].as_str().unwrap().contains("contains itself"));
}

#[actix_web::test]
async fn batches_are_refused() {
    let body = json!([{"query": "mutation { touch }"}, {"query": "mutation { touch }"}]).to_string();
    let server = Server::default();
    let answer = server.post(None, body).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, "bad_request"));
    assert!(answer.json["errors"][0]["message"].as_str().unwrap().contains("Batches"));
    assert_eq!(server.mutations_run(), 0);
}

#[actix_web::test]
async fn what_a_form_can_send_is_refused() {
    let body = json!({"query": "mutation { touch }"}).to_string();
    let server = Server::default();
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql"]
    {
        let answer = server.send(post().insert_header(("content-type", kind)).set_payload(body.clone())).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"),
            "{kind}"
        );
    }
    let squeezed =
        post().insert_header(("content-type", "application/json")).insert_header(("content-encoding", "gzip"));
    assert_eq!(server.send(squeezed.set_payload(body)).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    for request in [TestRequest::put(), TestRequest::delete(), TestRequest::get()] {
        assert_eq!(server.send(request.uri("/graphql")).await.status, StatusCode::METHOD_NOT_ALLOWED);
    }
    assert_eq!(server.mutations_run(), 0);
}

#[actix_web::test]
async fn a_body_beyond_its_limit_is_refused() {
    let server = Server::default();
    let most = server.endpoint.body_bytes;
    for (bytes, status) in
        [(most, StatusCode::OK), (most + 1, StatusCode::PAYLOAD_TOO_LARGE), (60_000_000, StatusCode::PAYLOAD_TOO_LARGE)]
    {
        let query = "{\"query\": \"{ value }\"}";
        let body = Bytes::from(format!("{query}{}", " ".repeat(bytes - query.len())));
        let announced = server.post(None, body.clone()).await;
        assert_eq!(announced.status, status, "{bytes}");
        let streamed = post().insert_header(("content-type", "application/json")).set_payload(body);
        assert_eq!(
            server.send(streamed.insert_header(("content-length", "1"))).await.status,
            status,
            "a header may lie"
        );
    }
}

#[actix_web::test]
async fn the_cost_is_told() {
    let answer = Server::default().query("{ value me { name } }").await;
    assert_eq!(answer.json["extensions"]["cost"], json!({"requested": 3, "limit": 50_000}));
}

#[actix_web::test]
async fn data_of_the_caller_reaches_the_resolvers() {
    assert_eq!(Server::default().query("{ actor }").await.json["data"]["actor"], "reader");
}

#[actix_web::test]
async fn an_operation_is_stopped_when_its_time_is_over() {
    let server = Server::new(Endpoint { timeout: Duration::from_millis(20), ..Endpoint::default() });
    let answer = server.query("{ slow }").await;
    assert_eq!((answer.status, answer.code()), (StatusCode::SERVICE_UNAVAILABLE, "timeout"));
}

#[actix_web::test]
async fn introspection_passes_where_it_is_on_and_does_not_go_in_circles() {
    let answer = Server::default().query(INTROSPECTION).await;
    assert_eq!((answer.status, answer.has("errors")), (StatusCode::OK, false), "{answer:?}");
    let circle = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }";
    assert_eq!(refused(circle).await, "introspection_lists");
    let chain = format!("{{ __type(name: \"Query\") {}{{ name }}{} }}", "{ ofType ".repeat(25), " }".repeat(25));
    assert_eq!(refused(&chain).await, "introspection_depth");
}

#[actix_web::test]
async fn without_introspection_nothing_is_told_of_the_schema() {
    let limits = Limits { introspection: false, ..Limits::default() };
    let server = Server::new(Endpoint { limits, ..Endpoint::default() });
    for query in [
        INTROSPECTION,
        "{ __type(name: \"Query\") { name } }",
        "{ ...S } fragment S on Query { __schema { description } }",
    ] {
        let answer = server.query(query).await;
        assert_eq!((answer.status, answer.code(), answer.has("data")), (StatusCode::BAD_REQUEST, "forbidden", false));
    }
    assert_eq!(server.query("{ __typename }").await.json["data"]["__typename"], "Query");
    let misspelt = |answer: Value| answer["errors"][0]["message"].as_str().unwrap().to_owned();
    assert!(misspelt(Server::default().query("{ valu }").await.json).contains("Did you mean"));
    assert!(!misspelt(server.query("{ valu }").await.json).contains("Did you mean"));
}

#[actix_web::test]
async fn a_persisted_query_is_sent_once() {
    let server = Server::default();
    let hash = "854174ebed716fe24fd6659c30290aecd9bc1d17dc4f47939a1848a1b8ed3c6b";
    let extensions = json!({"persistedQuery": {"version": 1, "sha256Hash": hash}});
    let by_hash = json!({"extensions": extensions}).to_string();
    let answer = server.post(None, by_hash.clone()).await;
    assert_eq!(answer.json["errors"][0]["message"], "PersistedQueryNotFound");
    assert_eq!(answer.code(), "persisted_query_not_found");
    let unlike = json!({"query": "{ double(n: 1) }", "extensions": extensions}).to_string();
    assert_eq!(server.post(None, unlike).await.status, StatusCode::BAD_REQUEST);
    let both = json!({"query": "{ value }", "extensions": extensions}).to_string();
    assert_eq!(server.post(None, both).await.json["data"]["value"], 100);
    assert_eq!(server.post(None, by_hash).await.json["data"]["value"], 100);
    assert_eq!(server.endpoint.persisted.count(), 1);
}

#[actix_web::test]
async fn a_refused_document_is_not_kept() {
    let server = Server::default();
    let query = "{";
    let hash = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(query));
    let body = json!({"query": query, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash}}});
    assert_eq!(server.post(None, body.to_string()).await.code(), "bad_request");
    assert_eq!(server.endpoint.persisted.count(), 0);
}

#[actix_web::test]
async fn a_body_that_stalls_is_given_up() {
    let endpoint = Endpoint { body_timeout: Duration::from_millis(20), ..Endpoint::default() };
    let request = post().insert_header(("content-type", "application/json")).to_http_request();
    let mut stalled: dev::Payload = dev::Payload::Stream { payload: Box::pin(futures::stream::pending()) };
    let payload = web::Payload::from_request(&request, &mut stalled).await.unwrap();
    let answer = serve(&endpoint, &request, payload, async |_, _| panic!("must not run")).await;
    assert_eq!(answer.status(), StatusCode::REQUEST_TIMEOUT);
}

#[actix_web::test]
async fn an_error_of_the_caller_keeps_its_status_and_code() {
    let error = Error::new(ErrorCode::Forbidden, "The permission is missing.", "缺少权限。");
    for media in [MediaType::Json, MediaType::GraphqlResponse] {
        let body = br#"{"query": "{ value }"}"#;
        let answer = answer(&Endpoint::default(), media, body, async |_, _| Err(error.clone())).await;
        let json: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status, &json["errors"][0]["extensions"]["code"]), (403, &json!("forbidden")));
        assert!(json.get("data").is_none());
    }
}
