//! Slow receivers hold up themselves and nobody else.

use fenji::webhooks::CourierSettings;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::Post;
use crate::support::Sink;

#[actix_web::test]
async fn a_receiver_that_does_not_answer_holds_up_nobody_else() {
    let post = Post::open().await;
    let slow = post.sink.clone();
    post.endpoint(&["customer.created"]).await;
    slow.hold();
    for n in 0..10 {
        post.customer(&format!("Customer {n}")).await;
    }
    let stop = CancellationToken::new();
    let running = tokio::spawn(post.app.courier().run(stop.clone()));
    let most = usize::try_from(CourierSettings::default().per_endpoint).unwrap();
    let mut waiting = 0;
    while waiting < most {
        waiting += slow.arrived().await.len();
    }
    // All that the endpoint may have under way is under way. Another one is told all the same.
    let quick = Sink::start();
    post.endpoint_at(&quick.url("quick.test"), &["customer.updated"]).await;
    let customers = post.admin.get("/v1/customers?limit=5").await.expect(200);
    for customer in customers["items"].as_array().unwrap() {
        let path = format!("/v1/customers/{}", customer["id"].as_str().unwrap());
        let patch = post.admin.request(reqwest::Method::PATCH, &path).json(&json!({"city": "Kiel"}));
        post.admin.send(patch).await.expect(200);
    }
    let mut told = 0;
    while told < 5 {
        told += quick.arrived().await.len();
    }
    assert_eq!((slow.received().len(), waiting), (0, most));
    slow.release();
    while waiting < 10 {
        waiting += slow.arrived().await.len();
    }
    stop.cancel();
    running.await.unwrap();
    let mut superuser = post.app.database.superuser().await;
    let delivered: i64 = sqlx::query_scalar("select count(*) from webhook_deliveries where state = 'delivered'")
        .fetch_one(&mut superuser)
        .await
        .unwrap();
    assert_eq!(delivered, 15);
}

#[actix_web::test]
async fn an_answer_without_end_is_cut() {
    let post = Post::open().await;
    let endpoint = post.endpoint(&["import.completed"]).await;
    let long: &'static str = Box::leak("x".repeat(4 << 20).into_boxed_str());
    post.sink.answer(&[(500, "", long)]);
    let id = post.test_event(&endpoint).await;
    assert_eq!(post.deliver().await, 1);
    let delivery = post.delivery(&id).await;
    assert_eq!(delivery["attempt_log"][0]["response_excerpt"], "x".repeat(500));
}
