//! What every request can rely on.

use reqwest::Method;
use serde_json::json;

use crate::support::spawn_app;
use fenji::tenancy::Role;

#[actix_web::test]
async fn health_needs_no_token() {
    let app = spawn_app().await;
    let anyone = app.anonymous();
    assert_eq!(anyone.get("/livez").await.expect(200), json!({"status": "ok"}));
    assert_eq!(anyone.get("/readyz").await.expect(200), json!({"status": "ok"}));
}

#[actix_web::test]
async fn every_error_is_a_problem_in_the_readers_language() {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    let long = "x".repeat(9 * 1024 * 1024);
    let cases = [
        (admin.request(Method::GET, "/nowhere"), 404, "not_found"),
        (admin.request(Method::DELETE, "/v1/tenant"), 405, "method_not_allowed"),
        (admin.request(Method::GET, "/v1/jobs/not-an-id"), 404, "not_found"),
        (admin.request(Method::GET, "/v1/jobs?limt=3"), 400, "bad_request"),
        (admin.request(Method::GET, "/v1/jobs?limit=0"), 422, "invalid_input"),
        (admin.request(Method::GET, "/v1/jobs?cursor=x"), 422, "invalid_input"),
        (
            admin.request(Method::POST, "/v1/api-keys").body("{").header("Content-Type", "application/json"),
            400,
            "bad_request",
        ),
        (admin.request(Method::POST, "/v1/api-keys").body("{}"), 415, "unsupported_media_type"),
        (
            admin.request(Method::POST, "/v1/api-keys").json(&json!({"name": long, "scopes": []})),
            413,
            "payload_too_large",
        ),
        (
            admin.request(Method::POST, "/v1/api-keys").json(&json!({"name": "", "scopes": ["x"], "extra": 1})),
            400,
            "bad_request",
        ),
        (app.anonymous().request(Method::GET, "/v1/tenant"), 401, "unauthenticated"),
    ];
    for (request, status, code) in cases {
        let request = request.header("X-Request-Id", "my-id").header("Accept-Language", "zh-CN");
        let answer = admin.send(request).await;
        let body = answer.json();
        assert_eq!((answer.status, body["code"].as_str()), (status, Some(code)), "{}", answer.text);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.header("x-request-id"), "my-id");
        assert_eq!(body["request_id"], "my-id");
        assert_eq!(body["type"], format!("/docs/errors#{code}"));
        assert!(body["title"].as_str().unwrap().chars().any(|c| c > '\u{4e00}'), "{body}");
    }
}

#[actix_web::test]
async fn all_problems_of_an_input_come_at_once() {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    let new =
        json!({"name": "", "scopes": ["x", "customers:read", "tenants:manage"], "expires_at": "2000-01-01T00:00:00Z"});
    let body = admin.post("/v1/api-keys", &new).await.expect(422);
    let pointers: Vec<_> = body["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/name", "/scopes/0", "/scopes/2", "/expires_at"]);
}

#[actix_web::test]
async fn an_api_key_works_until_it_is_revoked_and_is_shown_once() {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    let new = json!({"name": "CRM", "scopes": ["settings:read"]});
    let key = admin.post("/v1/api-keys", &new).await.expect(201);
    let holder = app.with_token(key["secret"].as_str().unwrap());
    holder.get("/v1/tenant").await.expect(200);
    holder.get("/v1/api-keys").await.expect(403);
    let jwt = holder.post("/v1/auth/token", &json!(null)).await.expect(200);
    let bearer = app.with_token(jwt["access_token"].as_str().unwrap());
    bearer.get("/v1/tenant").await.expect(200);
    bearer.get("/v1/api-keys").await.expect(403);
    bearer.post("/v1/auth/token", &json!(null)).await.expect(403);
    let list = admin.get("/v1/api-keys").await;
    assert!(!list.text.contains("secret") && list.text.contains("CRM"));
    let path = format!("/v1/api-keys/{}", key["api_key"]["id"].as_str().unwrap());
    admin.delete(&path).await.expect(200);
    holder.get("/v1/tenant").await.expect(401);
    app.clock.advance(std::time::Duration::from_secs(901));
    bearer.get("/v1/tenant").await.expect(401);
}

#[actix_web::test]
async fn settings_are_guarded_by_their_etag() {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    let first = admin.get("/v1/tenant").await;
    let tag = first.header("etag").to_owned();
    let again = admin.send(admin.request(Method::GET, "/v1/tenant").header("If-None-Match", &tag)).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    let patch =
        |name: &str| admin.request(Method::PATCH, "/v1/tenant").header("If-Match", &tag).json(&json!({"name": name}));
    admin.send(patch("One")).await.expect(200);
    let stale = admin.send(patch("Two")).await.expect(412);
    assert_eq!(stale["code"], "precondition_failed");
    assert_eq!(admin.get("/v1/tenant").await.json()["name"], "One");
}

#[actix_web::test]
async fn both_faces_say_the_same() {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    let rest = admin.get("/v1/tenant").await.expect(200);
    let graph = admin.data("{ tenant { slug baseCurrency fiscalYearStartMonth } }", json!({})).await;
    assert_eq!(graph["tenant"]["slug"], rest["slug"]);
    assert_eq!(graph["tenant"]["baseCurrency"], rest["base_currency"]);
    let query = "mutation($input: UpdateTenantInput!) { updateTenant(input: $input) { tenant { name } userErrors { pointer code } } }";
    let bad = admin.data(query, json!({"input": {"fiscalYearStartMonth": 13}})).await;
    assert_eq!(bad["updateTenant"]["userErrors"][0]["pointer"], "/fiscal_year_start_month");
    let viewer = app.client(app.tenant("other").await, Role::Viewer);
    let denied = viewer.graphql(query, json!({"input": {"name": "x"}})).await.json();
    assert_eq!(denied["errors"][0]["extensions"]["code"], "forbidden");
}

#[actix_web::test]
async fn changes_are_in_the_audit_log() {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    let patch =
        admin.request(Method::PATCH, "/v1/tenant").header("X-Request-Id", "audited").json(&json!({"name": "New"}));
    admin.send(patch).await.expect(200);
    let log = admin.get("/v1/audit-entries").await.expect(200);
    let entry = &log["items"].as_array().unwrap().iter().find(|e| e["action"] == "tenant.updated").unwrap();
    assert_eq!((entry["before"]["name"].as_str(), entry["after"]["name"].as_str()), (Some("Tenant acme"), Some("New")));
    assert_eq!(entry["request_id"], "audited");
}
