//! Secrets: changed without loss, kept nowhere in clear.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row};

use super::Post;

async fn rotate(post: &Post, id: &str, rotation: &Value) -> Value {
    post.admin.post(&format!("/v1/webhook-endpoints/{id}:rotate-secret"), rotation).await.expect(200)
}

#[actix_web::test]
async fn both_secrets_sign_until_the_overlap_ends() {
    let post = Post::open().await;
    let endpoint = post.endpoint(&["import.completed"]).await;
    let rotated = rotate(&post, &endpoint.id, &json!({"overlap_seconds": 120})).await;
    let new = rotated["secret"].as_str().unwrap();
    assert_ne!(new, endpoint.secret);
    assert!(!rotated["previous_secrets_expire_at"].is_null());
    post.test_event(&endpoint).await;
    post.deliver().await;
    let [during] = post.sink.received().try_into().unwrap();
    assert_eq!(during.header("webhook-signature").split(' ').count(), 2);
    assert!(during.is_signed_by(new) && during.is_signed_by(&endpoint.secret));
    post.later(Duration::from_secs(120));
    post.test_event(&endpoint).await;
    post.deliver().await;
    let [after] = post.sink.received().try_into().unwrap();
    assert!(after.is_signed_by(new) && !after.is_signed_by(&endpoint.secret));
    assert_eq!(after.header("webhook-signature").split(' ').count(), 1);
}

#[actix_web::test]
async fn an_overlap_lasts_a_day_or_as_long_as_is_asked_for() {
    let post = Post::open().await;
    let endpoint = post.endpoint(&["import.completed"]).await;
    let now = post.app.state.db.clock().now();
    let until = |rotated: &Value| {
        let at = rotated["previous_secrets_expire_at"].as_str()?.parse::<chrono::DateTime<chrono::Utc>>().ok()?;
        Some((at - now).num_seconds())
    };
    assert_eq!(until(&rotate(&post, &endpoint.id, &json!({})).await), Some(86_400));
    // A shorter one cuts the older ones short as well; none leaves the new secret alone.
    assert_eq!(until(&rotate(&post, &endpoint.id, &json!({"overlap_seconds": 60})).await), Some(60));
    let alone = rotate(&post, &endpoint.id, &json!({"overlap_seconds": 0})).await;
    assert_eq!(until(&alone), None);
    post.test_event(&endpoint).await;
    post.deliver().await;
    let [received] = post.sink.received().try_into().unwrap();
    assert!(received.is_signed_by(alone["secret"].as_str().unwrap()) && !received.is_signed_by(&endpoint.secret));
    let path = format!("/v1/webhook-endpoints/{}:rotate-secret", endpoint.id);
    for wrong in [-1, 604_801] {
        let error = post.admin.post(&path, &json!({"overlap_seconds": wrong})).await.expect(422);
        assert_eq!(error["errors"][0]["pointer"], "/overlap_seconds");
    }
    for _ in 0..4 {
        rotate(&post, &endpoint.id, &json!({})).await;
    }
    post.admin.post(&path, &json!({})).await.expect(409);
}

/// Deliveries go on while secrets are changed, and each is taken by a receiver that knows any one of the live secrets.
#[actix_web::test]
async fn nothing_is_lost_while_secrets_change() {
    let post = Post::open().await;
    let endpoint = post.endpoint(&["customer.created"]).await;
    let mut live = endpoint.secret.clone();
    for round in 0..4 {
        post.customer(&format!("before {round}")).await;
        let new =
            rotate(&post, &endpoint.id, &json!({"overlap_seconds": 60})).await["secret"].as_str().unwrap().to_owned();
        post.customer(&format!("after {round}")).await;
        assert_eq!(post.deliver().await, 2);
        for received in post.sink.received() {
            assert!(received.is_signed_by(&live) && received.is_signed_by(&new), "round {round}");
        }
        live = new;
        post.later(Duration::from_secs(30));
    }
}

#[actix_web::test]
async fn a_secret_is_shown_once_and_stands_nowhere_in_clear() {
    let post = Post::open().await;
    let endpoint = post.endpoint(&["import.completed"]).await;
    let rotated = rotate(&post, &endpoint.id, &json!({})).await;
    post.test_event(&endpoint).await;
    post.deliver().await;
    let secrets = [endpoint.secret.as_str(), rotated["secret"].as_str().unwrap()];
    let bare: Vec<&str> = secrets.iter().map(|secret| secret.strip_prefix("whsec_").unwrap()).collect();
    for path in ["/v1/webhook-endpoints", "/v1/audit-entries"] {
        let answer = post.admin.get(path).await;
        assert!(bare.iter().all(|secret| !answer.text.contains(secret)), "{path}");
    }
    let mut superuser = post.app.database.superuser().await;
    let tables = sqlx::query("select table_name::text from information_schema.tables where table_schema = 'public'");
    for table in tables.fetch_all(&mut superuser).await.unwrap() {
        let table: String = table.get(0);
        let sql = format!("select coalesce(string_agg(t::text, '|'), '') from {table} t");
        let text: String = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut superuser).await.unwrap();
        for secret in &bare {
            use base64::Engine;
            let bytes = base64::engine::general_purpose::STANDARD.decode(secret).unwrap();
            assert!(!text.contains(secret) && !text.contains(&hex::encode(bytes)), "{table}");
        }
    }
}
