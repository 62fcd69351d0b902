//! Tokens of an identity provider: its keys come by JWKS, rotate, and are never mistaken for ours.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::{HttpResponse, HttpServer, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fenji::clock::Clock;
use fenji::tenancy::IdentityProvider;
use fenji::values::TenantId;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::support::{TestApp, spawn_app_with_identity};

const FIRST: &[u8] = include_bytes!("keys/first.pem");
const SECOND: &[u8] = include_bytes!("keys/second.pem");
const FIRST_PUBLIC: &[u8] = include_bytes!("keys/first.pub.pem");

/// What the provider answers, and how often it was asked.
#[derive(Default)]
struct Answers {
    status: u16,
    body: Value,
    asked: usize,
}

struct Provider {
    answers: Arc<Mutex<Answers>>,
    settings: IdentityProvider,
}

impl Provider {
    fn start() -> Self {
        let answers = Arc::new(Mutex::new(Answers { status: 200, ..Answers::default() }));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let jwks_url = format!("http://{}/keys", listener.local_addr().unwrap());
        let shared = web::Data::from(answers.clone());
        let server = HttpServer::new(move || {
            actix_web::App::new().app_data(shared.clone()).default_service(web::to(
                async |answers: web::Data<Mutex<Answers>>| {
                    let mut answers = answers.lock().unwrap();
                    answers.asked += 1;
                    let status = actix_web::http::StatusCode::from_u16(answers.status).unwrap();
                    HttpResponse::build(status).insert_header(("Location", "/elsewhere")).json(&answers.body)
                },
            ))
        });
        actix_web::rt::spawn(server.workers(1).disable_signals().listen(listener).unwrap().run());
        let settings = IdentityProvider {
            jwks_url,
            algorithm: Algorithm::RS256,
            issuer: "https://id.example".into(),
            audience: "fenji-api".into(),
        };
        Self { answers, settings }
    }

    /// From now on it has these keys.
    fn has(&self, keys: &[(&str, &[u8])]) {
        let jwk = |(kid, pem): &(&str, &[u8])| {
            let key = EncodingKey::from_rsa_pem(pem).unwrap();
            let mut jwk = serde_json::to_value(Jwk::from_encoding_key(&key, Algorithm::RS256).unwrap()).unwrap();
            jwk["kid"] = json!(kid);
            jwk
        };
        self.answer(200, json!({"keys": keys.iter().map(jwk).collect::<Vec<_>>()}));
    }

    fn answer(&self, status: u16, body: Value) {
        let mut answers = self.answers.lock().unwrap();
        (answers.status, answers.body) = (status, body);
    }

    fn asked(&self) -> usize {
        self.answers.lock().unwrap().asked
    }
}

/// Claims that are good, with changes; null takes one out.
fn claims(app: &TestApp, tenant: TenantId, changes: &Value) -> Value {
    let mut claims = json!({
        "iss": "https://id.example", "aud": ["other", "fenji-api"], "sub": "user-7",
        "exp": app.clock.now().timestamp() + 3600, "tenant": tenant, "role": "admin",
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

fn signed(kid: Option<&str>, pem: &[u8], claims: &Value) -> String {
    let header = Header { kid: kid.map(str::to_owned), ..Header::new(Algorithm::RS256) };
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_rsa_pem(pem).unwrap()).unwrap()
}

async fn status(app: &TestApp, token: &str) -> u16 {
    app.with_token(token).get("/v1/tenant").await.status
}

#[actix_web::test]
async fn a_providers_token_is_taken_and_every_claim_checked() {
    let provider = Provider::start();
    provider.has(&[("a", FIRST)]);
    let app = spawn_app_with_identity(provider.settings.clone()).await;
    let tenant = app.tenant("acme").await;
    let now = app.clock.now().timestamp();
    let good = signed(Some("a"), FIRST, &claims(&app, tenant, &json!({})));
    assert_eq!(app.with_token(&good).get("/v1/tenant").await.expect(200)["slug"], "acme");
    assert_eq!(status(&app, &signed(Some("a"), FIRST, &claims(&app, tenant, &json!({"nbf": now})))).await, 200);
    let ours = app.client(tenant, fenji::tenancy::Role::Admin);
    ours.get("/v1/tenant").await.expect(200);
    for changes in [
        json!({"iss": "https://id.example/"}),
        json!({"iss": "fenji"}),
        json!({"iss": null}),
        json!({"aud": null}),
        json!({"aud": "fenji"}),
        json!({"aud": ["other"]}),
        json!({"sub": ""}),
        json!({"sub": null}),
        json!({"exp": now}),
        json!({"exp": null}),
        json!({"exp": "3000000000"}),
        json!({"nbf": now + 1}),
        json!({"tenant": null}),
        json!({"role": null}),
        json!({"role": "platform"}),
    ] {
        assert_eq!(status(&app, &signed(Some("a"), FIRST, &claims(&app, tenant, &changes))).await, 401, "{changes}");
    }
    assert_eq!(provider.asked(), 1);
}

/// The classic confusions: the public key as an HMAC secret, no signature, another key under a known name.
#[actix_web::test]
async fn one_key_and_one_algorithm_a_token() {
    let provider = Provider::start();
    provider.has(&[("a", FIRST)]);
    let app = spawn_app_with_identity(provider.settings.clone()).await;
    let tenant = app.tenant("acme").await;
    let claims = claims(&app, tenant, &json!({}));
    let secrets: [&[u8]; 3] = [FIRST_PUBLIC, &[7; 32], b""];
    for secret in secrets {
        let header = Header { kid: Some("a".into()), ..Header::new(Algorithm::HS256) };
        let token = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(secret)).unwrap();
        assert_eq!(status(&app, &token).await, 401);
    }
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let unsigned = format!("{}.{}.", part(&json!({"alg": "none", "kid": "a"})), part(&claims));
    let mut ours = claims.clone();
    (ours["iss"], ours["aud"], ours["nbf"]) = (json!("fenji"), json!("fenji"), json!(0));
    let wider = Header { kid: Some("a".into()), ..Header::new(Algorithm::RS512) };
    for token in [
        unsigned,
        signed(Some("a"), SECOND, &claims),
        signed(None, FIRST, &claims),
        signed(Some("A"), FIRST, &claims),
        signed(Some("../a"), FIRST, &claims),
        // The provider's key signs nothing of ours.
        signed(Some("a"), FIRST, &ours),
        jsonwebtoken::encode(&wider, &claims, &EncodingKey::from_rsa_pem(FIRST).unwrap()).unwrap(),
    ] {
        assert_eq!(status(&app, &token).await, 401, "{token}");
    }
    assert_eq!(status(&app, &signed(Some("a"), FIRST, &claims)).await, 200);
}

#[actix_web::test]
async fn keys_rotate_and_unknown_names_do_not_knock_twice() {
    let provider = Provider::start();
    provider.has(&[("a", FIRST)]);
    let app = spawn_app_with_identity(provider.settings.clone()).await;
    let tenant = app.tenant("acme").await;
    let claims = claims(&app, tenant, &json!({}));
    let (first, second) = (signed(Some("a"), FIRST, &claims), signed(Some("b"), SECOND, &claims));
    assert_eq!((status(&app, &first).await, status(&app, &second).await, provider.asked()), (200, 401, 1));
    provider.has(&[("b", SECOND)]);
    for _ in 0..5 {
        assert_eq!(status(&app, &second).await, 401);
    }
    assert_eq!(provider.asked(), 1);
    app.clock.advance(Duration::from_secs(30));
    assert_eq!((status(&app, &second).await, provider.asked()), (200, 2));
    // The old key is gone from the set, and with it its tokens.
    assert_eq!(status(&app, &first).await, 401);
}

#[actix_web::test]
async fn a_provider_that_is_down_or_talks_nonsense_leaves_the_known_keys() {
    let provider = Provider::start();
    provider.has(&[("a", FIRST)]);
    let app = spawn_app_with_identity(provider.settings.clone()).await;
    let tenant = app.tenant("acme").await;
    let token = signed(Some("a"), FIRST, &claims(&app, tenant, &json!({})));
    assert_eq!(status(&app, &token).await, 200);
    let stuffed = json!({"keys": [], "padding": "x".repeat(300 * 1024)});
    for (status_code, body) in [(500, json!({})), (302, json!({})), (200, json!("keys")), (200, stuffed)] {
        provider.answer(status_code, body);
        app.clock.advance(Duration::from_secs(600));
        let before = provider.asked();
        assert_eq!(status(&app, &token).await, 200, "{status_code}");
        assert_eq!(provider.asked(), before + 1);
    }
    provider.has(&[]);
    app.clock.advance(Duration::from_secs(600));
    assert_eq!(status(&app, &token).await, 401);
}
