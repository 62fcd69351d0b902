//! Tokens that are not ours, not now, or not whole: each is a 401 that does not say why.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fenji::clock::Clock;
use fenji::tenancy::Role;
use fenji::values::TenantId;
use jsonwebtoken::{Algorithm, EncodingKey};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, spawn_app};

const SECRET: [u8; 32] = [7; 32];
const OTHER_SECRET: [u8; 32] = [8; 32];
const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// Any header and claims, signed by any key.
fn forge(header: &str, claims: &str, secret: &[u8], algorithm: Algorithm) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let key = EncodingKey::from_secret(secret);
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, algorithm).unwrap();
    format!("{message}.{signature}")
}

fn ours(header: &str, claims: &str) -> String {
    forge(header, claims, &SECRET, Algorithm::HS256)
}

/// Claims that are good, with changes; null takes one out.
fn claims(app: &TestApp, tenant: TenantId, changes: Value) -> String {
    let now = app.clock.now().timestamp();
    let mut claims = json!({
        "iss": "fenji", "aud": "fenji", "sub": "someone", "exp": now + 60, "nbf": now, "tenant": tenant, "role": "admin",
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims.to_string()
}

#[track_caller]
fn expect_refused(answer: &crate::support::Answer, case: &str) {
    assert_eq!(answer.status, 401, "{case}: {}", answer.text);
    let detail = "The token is missing, malformed, expired, revoked or not ours.";
    assert_eq!(answer.json()["detail"], detail, "{case}");
}

async fn try_token(app: &TestApp, token: &str, case: &str) {
    expect_refused(&app.with_token(token).get("/v1/tenant").await, case);
}

#[actix_web::test]
async fn the_algorithm_belongs_to_the_key() {
    let app = spawn_app().await;
    let good = claims(&app, app.tenant("acme").await, json!({}));
    app.with_token(&ours(HEADER, &good)).get("/v1/tenant").await.expect(200);
    for alg in ["none", "None", "NONE", "nOnE", "hs256", "", "HS384", "HS512", "RS256", "PS256", "ES256", "EdDSA"] {
        let token = ours(&format!(r#"{{"alg":"{alg}","typ":"JWT"}}"#), &good);
        try_token(&app, &token, alg).await;
        let (message, _) = token.rsplit_once('.').unwrap();
        try_token(&app, &format!("{message}."), &format!("{alg}, not signed")).await;
    }
    for (alg, algorithm) in [("HS384", Algorithm::HS384), ("HS512", Algorithm::HS512)] {
        let header = format!(r#"{{"alg":"{alg}"}}"#);
        try_token(&app, &forge(&header, &good, &SECRET, algorithm), alg).await;
        try_token(&app, &forge(HEADER, &good, &SECRET, algorithm), &format!("{alg} passed off as HS256")).await;
    }
    let headers = [
        "{}",
        "null",
        "[]",
        r#"{"alg":null}"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"alg":"HS256","alg":"none"}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","kid":"a","kid":"b"}"#,
        r#"{"alg":"HS256","crit":["exp"]}"#,
        r#"{"alg":"HS256","crit":["b64"],"b64":false}"#,
        r#"{"alg":"HS256","crit":[]}"#,
        r#"{"alg":"HS256","crit":"exp"}"#,
    ];
    for header in headers {
        try_token(&app, &ours(header, &good), header).await;
    }
}

/// One key, from the configuration: what a token says of keys is not looked at.
#[actix_web::test]
async fn only_our_key_verifies() {
    let app = spawn_app().await;
    let good = claims(&app, app.tenant("acme").await, json!({}));
    let jwk = format!(r#"{{"kty":"oct","alg":"HS256","k":"{}"}}"#, URL_SAFE_NO_PAD.encode(OTHER_SECRET));
    let headers = [
        HEADER.to_owned(),
        r#"{"alg":"HS256","kid":"unknown"}"#.to_owned(),
        r#"{"alg":"HS256","kid":"../../../../dev/null"}"#.to_owned(),
        r#"{"alg":"HS256","kid":"' union select 'x"}"#.to_owned(),
        r#"{"alg":"HS256","jku":"http://127.0.0.1:9/keys.json"}"#.to_owned(),
        r#"{"alg":"HS256","x5u":"http://127.0.0.1:9/chain.pem"}"#.to_owned(),
        format!(r#"{{"alg":"HS256","jwk":{jwk}}}"#),
    ];
    for header in headers {
        app.with_token(&ours(&header, &good)).get("/v1/tenant").await.expect(200);
        try_token(&app, &forge(&header, &good, &OTHER_SECRET, Algorithm::HS256), &header).await;
        try_token(&app, &forge(&header, &good, b"", Algorithm::HS256), &header).await;
    }
}

#[actix_web::test]
async fn every_claim_is_checked() {
    let app = spawn_app().await;
    let tenant = app.tenant("acme").await;
    let now = app.clock.now().timestamp();
    let cases = [
        json!({"iss": null}),
        json!({"iss": "Fenji"}),
        json!({"iss": ["fenji"]}),
        json!({"aud": null}),
        json!({"aud": "other"}),
        json!({"aud": ["fenji", "other"]}),
        json!({"sub": null}),
        json!({"sub": ""}),
        json!({"sub": 1}),
        json!({"exp": null}),
        json!({"exp": now}),
        json!({"exp": now - 1}),
        json!({"exp": -1}),
        json!({"exp": (now + 60).to_string()}),
        json!({"exp": now as f64 + 60.5}),
        json!({"exp": 1e300}),
        json!({"exp": i64::MAX}),
        json!({"exp": u64::MAX}),
        json!({"exp": 99_999_999_999_999_i64}),
        json!({"exp": true}),
        json!({"nbf": null}),
        json!({"nbf": now + 1}),
        json!({"nbf": now.to_string()}),
        json!({"nbf": i64::MIN}),
        json!({"role": null}),
        json!({"role": "root"}),
        json!({"role": ["admin"]}),
        json!({"role": "platform"}),
        json!({"role": "salesperson"}),
        json!({"tenant": null}),
        json!({"tenant": "acme"}),
    ];
    for changes in cases {
        try_token(&app, &ours(HEADER, &claims(&app, tenant, changes.clone())), &changes.to_string()).await;
    }
    for other in ["null", "[]", "\"x\"", "", "{"] {
        try_token(&app, &ours(HEADER, other), other).await;
    }
    let token = ours(HEADER, &claims(&app, tenant, json!({})));
    app.clock.advance(Duration::from_secs(59));
    app.with_token(&token).get("/v1/tenant").await.expect(200);
    app.clock.advance(Duration::from_secs(1));
    try_token(&app, &token, "at its exp").await;
}

/// A scope adds nothing to a role.
#[actix_web::test]
async fn scopes_only_narrow() {
    let app = spawn_app().await;
    let tenant = app.tenant("acme").await;
    let scoped = |scopes: Value| ours(HEADER, &claims(&app, tenant, json!({"role": "viewer", "scopes": scopes})));
    let wide = app.with_token(&scoped(json!(["api_keys:manage", "tenants:manage", "settings:read"])));
    wide.get("/v1/tenant").await.expect(200);
    wide.get("/v1/api-keys").await.expect(403);
    wide.get("/v1/tenants").await.expect(403);
    wide.get("/v1/customers").await.expect(403);
    app.with_token(&scoped(json!([]))).get("/v1/tenant").await.expect(403);
    try_token(&app, &scoped(json!("settings:read")), "scopes that are no list").await;
}

#[actix_web::test]
async fn a_token_is_whole_and_of_ours() {
    let app = spawn_app().await;
    let tenant = app.tenant("acme").await;
    let token = ours(HEADER, &claims(&app, tenant, json!({})));
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("{token}") };
    let raised = URL_SAFE_NO_PAD.encode(claims(&app, tenant, json!({"sub": "someone else"})));
    let cases = [
        format!("{header}.{payload}"),
        format!("{header}.{payload}."),
        format!("{header}.{payload}.."),
        format!("{header}..{signature}"),
        format!(".{payload}.{signature}"),
        "..".to_owned(),
        "x".to_owned(),
        format!("{token}.{signature}"),
        format!("{header}.{payload}.{payload}.{signature}"),
        format!("{header}.{raised}.{signature}"),
        format!("{header}.{payload}.{}", &signature[..40]),
        format!("{header}.{payload}.{signature}=="),
        format!("{header}.{payload}.{}", URL_SAFE_NO_PAD.encode([0; 32])),
        ours(HEADER, &claims(&app, tenant, json!({"sub": "x".repeat(75 * 1024)}))),
        format!("fenji_{}", "A".repeat(100 * 1024)),
    ];
    for case in cases {
        try_token(&app, &case, &case[..case.len().min(200)]).await;
    }
    let anyone = app.anonymous();
    for scheme in ["", "Bearer", "Basic dXNlcjpwYXNz", &format!("Token {token}"), &token] {
        let request = anyone.request(Method::GET, "/v1/tenant").header("Authorization", scheme);
        assert_eq!(anyone.send(request).await.status, 401, "{scheme}");
    }
    let request = anyone.request(Method::GET, &format!("/v1/jobs?access_token={token}"));
    assert_eq!(anyone.send(request).await.status, 401);
    let request = anyone.request(Method::GET, "/v1/tenant").header("Authorization", format!("bearer {token}"));
    anyone.send(request).await.expect(200);
}

async fn new_key(admin: &Client, expires_at: Value) -> (String, String) {
    let new = json!({"name": "Key", "scopes": ["settings:read"], "expires_at": expires_at});
    let key = admin.post("/v1/api-keys", &new).await.expect(201);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&key["api_key"]["id"]), text(&key["secret"]))
}

#[actix_web::test]
async fn a_key_ends_when_it_is_revoked_or_expires() {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    let (id, revoked) = new_key(&admin, json!(null)).await;
    app.with_token(&revoked).get("/v1/tenant").await.expect(200);
    admin.delete(&format!("/v1/api-keys/{id}")).await.expect(200);
    try_token(&app, &revoked, "revoked").await;
    expect_refused(&app.with_token(&revoked).post("/v1/auth/token", &json!(null)).await, "revoked");
    let (_, short) = new_key(&admin, json!("2014-01-15T08:30:00Z")).await;
    app.clock.advance(Duration::from_secs(1799));
    app.with_token(&short).get("/v1/tenant").await.expect(200);
    app.clock.advance(Duration::from_secs(1));
    try_token(&app, &short, "expired").await;
}

#[actix_web::test]
async fn a_key_is_its_tenant_its_row_and_its_secret_together() {
    let app = spawn_app().await;
    let (acme, other) = (app.tenant("acme").await, app.tenant("other").await);
    let (_, first) = new_key(&app.client(acme, Role::Admin), json!(null)).await;
    let (_, second) = new_key(&app.client(other, Role::Admin), json!(null)).await;
    let bytes = |key: &str| URL_SAFE_NO_PAD.decode(key.strip_prefix("fenji_").unwrap()).unwrap();
    let (first, second) = (bytes(&first), bytes(&second));
    let key = |parts: [&[u8]; 3]| format!("fenji_{}", URL_SAFE_NO_PAD.encode(parts.concat()));
    let (tenant, row, secret) = (&first[..16], &first[16..32], &first[32..]);
    app.with_token(&key([tenant, row, secret])).get("/v1/tenant").await.expect(200);
    let mut near = secret.to_vec();
    near[31] ^= 1;
    let cases = [
        ("another tenant", key([&second[..16], row, secret])),
        ("another row", key([tenant, &second[16..32], secret])),
        ("another secret", key([tenant, row, &second[32..]])),
        ("a bit off", key([tenant, row, &near])),
        ("its hash", key([tenant, row, &[0; 32]])),
        ("short", key([tenant, row, &secret[1..]])),
        ("long", key([tenant, row, &[secret, &[0]].concat()])),
        ("bare", "fenji_".to_owned()),
    ];
    for (case, token) in cases {
        try_token(&app, &token, case).await;
    }
}

/// A token that a key was changed into ends after 15 minutes, and is not prolonged.
#[actix_web::test]
async fn only_a_key_is_changed_into_a_token() {
    let app = spawn_app().await;
    let tenant = app.tenant("acme").await;
    let (_, key) = new_key(&app.client(tenant, Role::Admin), json!(null)).await;
    let token = app.with_token(&key).post("/v1/auth/token", &json!(null)).await.expect(200);
    assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("Bearer"), &json!(900)));
    let bearer = app.with_token(token["access_token"].as_str().unwrap());
    let posing = app.with_token(&ours(HEADER, &claims(&app, tenant, json!({"sub": "api-key:mine"}))));
    for jwt in [bearer, posing] {
        assert_eq!(jwt.post("/v1/auth/token", &json!(null)).await.expect(403)["code"], "forbidden");
        let answer = jwt.graphql("mutation { createAccessToken { accessToken } }", json!({})).await.json();
        assert_eq!(answer["errors"][0]["extensions"]["code"], "forbidden", "{answer}");
    }
    let graphql = app.with_token(&key).data("mutation { createAccessToken { accessToken } }", json!({})).await;
    let bearer = app.with_token(graphql["createAccessToken"]["accessToken"].as_str().unwrap());
    bearer.get("/v1/tenant").await.expect(200);
    bearer.get("/v1/api-keys").await.expect(403);
}
