//! Attempts, back-off, dead letters, replays, and what becomes of a delivery whose courier dies.

use std::time::Duration;

use fenji::tenancy::Role;
use fenji::webhooks::CourierSettings;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Post, outcomes};

#[actix_web::test]
async fn a_test_event_arrives_signed_and_is_logged() {
    let post = Post::open().await;
    let endpoint = post.endpoint(&["import.completed"]).await;
    post.sink.answer(&[(200, "", "thank\0 you\n")]);
    let id = post.test_event(&endpoint).await;
    assert_eq!(post.delivery(&id).await["delivery"]["state"], "pending");
    assert_eq!(post.deliver().await, 1);
    let [received] = post.sink.received().try_into().unwrap();
    assert!(received.is_signed_by(&endpoint.secret));
    assert_eq!(received.header("content-type"), "application/json");
    assert!(received.header("user-agent").starts_with("Fenji-Webhooks/"));
    let body = received.json();
    assert_eq!((&body["type"], &body["data"]["endpoint_id"]), (&json!("webhook_endpoint.test"), &json!(endpoint.id)));
    assert!(body["timestamp"].as_str().unwrap().ends_with('Z'));
    let delivery = post.delivery(&id).await;
    assert_eq!(delivery["delivery"]["message_id"], received.header("webhook-id"));
    assert_eq!(delivery["body"].as_str().unwrap().as_bytes(), received.body);
    let state = &delivery["delivery"];
    assert_eq!(
        (&state["state"], &state["attempts"], &state["next_attempt_at"]),
        (&json!("delivered"), &json!(1), &Value::Null)
    );
    let attempt = &delivery["attempt_log"][0];
    assert_eq!(
        (&attempt["number"], &attempt["status"], &attempt["outcome"]),
        (&json!(1), &json!(200), &json!("delivered"))
    );
    assert_eq!(attempt["response_excerpt"], "thank  you");
    // Nothing is due any more, ever.
    post.later(Duration::from_secs(86_400 * 3));
    assert_eq!((post.deliver().await, post.sink.received().len()), (0, 0));
}

#[actix_web::test]
async fn a_failing_receiver_is_tried_for_a_day_then_the_letter_is_dead_and_can_be_replayed() {
    let post = Post::open().await;
    let endpoint = post.endpoint(&["import.completed"]).await;
    let id = post.test_event(&endpoint).await;
    post.sink.answer(&[(500, "", "no"); 11]);
    let asked_at = post.app.state.db.clock().now();
    let mut message_ids = Vec::new();
    for attempt in 1..=11 {
        assert_eq!(post.deliver().await, 1, "attempt {attempt}");
        // Not before it is due.
        assert_eq!(post.deliver().await, 0);
        let [received] = post.sink.received().try_into().unwrap();
        message_ids.push(received.header("webhook-id").to_owned());
        let delivery = post.delivery(&id).await;
        assert_eq!(delivery["delivery"]["attempts"], attempt);
        if attempt < 11 {
            assert_eq!(delivery["delivery"]["state"], "pending");
            post.wait_for_next(&id).await;
        }
    }
    message_ids.dedup();
    assert_eq!(message_ids.len(), 1);
    let hours = (post.app.state.db.clock().now() - asked_at).num_hours();
    assert!((21..=26).contains(&hours), "{hours}");
    let delivery = post.delivery(&id).await;
    assert_eq!((&delivery["delivery"]["state"], outcomes(&delivery)), (&json!("failed"), vec!["bad_status"; 11]));
    assert_eq!(delivery["attempt_log"][0]["response_excerpt"], "no");
    assert!(!post.state(&endpoint).await["failing_since"].is_null());
    post.later(Duration::from_secs(86_400));
    assert_eq!(post.deliver().await, 0);
    // Mended, and sent again: the same event, under the same id.
    post.admin.post(&format!("/v1/webhook-deliveries/{id}:replay"), &Value::Null).await.expect(202);
    let twice = post.admin.post(&format!("/v1/webhook-deliveries/{id}:replay"), &Value::Null).await.expect(409);
    assert_eq!(twice["code"], "conflict");
    assert_eq!(post.deliver().await, 1);
    let [received] = post.sink.received().try_into().unwrap();
    assert_eq!(received.header("webhook-id"), message_ids[0]);
    let delivery = post.delivery(&id).await;
    assert_eq!((&delivery["delivery"]["state"], &delivery["delivery"]["attempts"]), (&json!("delivered"), &json!(12)));
    assert!(post.state(&endpoint).await["failing_since"].is_null());
}

#[actix_web::test]
async fn dead_letters_are_replayed_all_at_once_or_by_time() {
    let post = Post::open().await;
    let endpoint = post.endpoint(&["customer.created"]).await;
    // Switching off makes dead letters of what waits.
    let mut times = Vec::new();
    for name in ["A", "B", "C"] {
        times.push(post.app.state.db.clock().now());
        post.customer(name).await;
        post.later(Duration::from_secs(60));
    }
    let path = format!("/v1/webhook-endpoints/{}", endpoint.id);
    let switch = async |on: bool| {
        let request = post.admin.request(reqwest::Method::PATCH, &path).json(&json!({"enabled": on}));
        post.admin.send(request).await.expect(200)
    };
    assert_eq!(switch(false).await["disabled_reason"], Value::Null);
    post.customer("D, of which nobody is told").await;
    assert_eq!((post.deliver().await, post.log(&endpoint, "&state=failed").await.len()), (0, 3));
    let replay = format!("{path}:replay");
    assert_eq!(post.admin.post(&replay, &json!({})).await.expect(409)["code"], "conflict");
    switch(true).await;
    let some = json!({"from": times[1], "until": times[2]});
    assert_eq!(post.admin.post(&replay, &some).await.expect(202), json!({"replayed": 1}));
    assert_eq!(post.admin.post(&replay, &json!({})).await.expect(202), json!({"replayed": 2}));
    assert_eq!((post.deliver().await, post.sink.received().len()), (3, 3));
    assert_eq!(post.admin.post(&replay, &json!({})).await.expect(202), json!({"replayed": 0}));
    let all = json!({"include_delivered": true, "from": times[0]});
    assert_eq!(post.admin.post(&replay, &all).await.expect(202), json!({"replayed": 3}));
    assert_eq!((post.deliver().await, post.sink.received().len()), (3, 3));
    let wrong = json!({"include_delivered": true, "until": times[0]});
    assert_eq!(post.admin.post(&replay, &wrong).await.expect(422)["errors"][0]["pointer"], "/from");
    let delivered = post.log(&endpoint, "&state=delivered&event_type=customer.created").await;
    assert_eq!(delivered.len(), 3);
    assert!(delivered.iter().all(|delivery| delivery["attempts"] == 2));
    assert_eq!(post.log(&endpoint, "&event_type=customer.updated").await.len(), 0);
}

/// The courier dies when the receiver has answered and before it could write that down.
#[actix_web::test]
async fn a_delivery_whose_courier_died_is_sent_again_under_the_same_id() {
    let post = Post::open().await;
    let endpoint = post.endpoint(&["import.completed"]).await;
    let id = post.test_event(&endpoint).await;
    let mut superuser = post.app.database.superuser().await;
    // Holds up what the courier wants to write.
    let mut lock = sqlx::Connection::begin(&mut superuser).await.unwrap();
    sqlx::query("select 1 from webhook_deliveries for update").execute(&mut *lock).await.unwrap();
    let victim = post.app.courier();
    let stop = CancellationToken::new();
    let victim = tokio::spawn(victim.run(stop));
    let received = post.sink.arrived().await;
    victim.abort();
    assert!(victim.await.unwrap_err().is_cancelled());
    lock.rollback().await.unwrap();
    let lost = post.delivery(&id).await;
    assert_eq!((&lost["delivery"]["state"], outcomes(&lost)), (&json!("pending"), vec![]));
    // It is the dead courier's until the lease has run out.
    assert_eq!(post.deliver().await, 0);
    post.later(CourierSettings::default().lease);
    assert_eq!(post.deliver().await, 1);
    let [again] = post.sink.received().try_into().unwrap();
    assert_eq!(again.header("webhook-id"), received[0].header("webhook-id"));
    assert_eq!(again.body, received[0].body);
    let delivery = post.delivery(&id).await;
    assert_eq!((&delivery["delivery"]["state"], outcomes(&delivery)), (&json!("delivered"), vec!["delivered"]));
}

/// Two couriers, one of which was away for longer than its lease: what it writes late is not written.
#[actix_web::test]
async fn a_courier_that_lost_its_lease_writes_nothing() {
    let post = Post::open().await;
    let endpoint = post.endpoint(&["import.completed"]).await;
    let id = post.test_event(&endpoint).await;
    post.sink.answer(&[(500, "", "")]);
    let mut superuser = post.app.database.superuser().await;
    let mut lock = sqlx::Connection::begin(&mut superuser).await.unwrap();
    sqlx::query("select 1 from webhook_deliveries for update").execute(&mut *lock).await.unwrap();
    let late = post.app.courier();
    let late = tokio::spawn(async move { late.deliver_due().await.unwrap() });
    post.sink.arrived().await;
    // Another claims it meanwhile.
    sqlx::query("update webhook_queue set lease_token = lease_token + 1").execute(&mut *lock).await.unwrap();
    lock.commit().await.unwrap();
    assert_eq!(late.await.unwrap(), 1);
    let delivery = post.delivery(&id).await;
    assert_eq!((&delivery["delivery"]["state"], outcomes(&delivery)), (&json!("pending"), vec![]));
}

#[actix_web::test]
async fn a_receiver_that_is_gone_is_told_no_more() {
    let post = Post::open().await;
    let endpoint = post.endpoint(&["customer.created"]).await;
    post.customer("A").await;
    post.sink.answer(&[(410, "", "")]);
    assert_eq!(post.deliver().await, 1);
    post.customer("B").await;
    assert_eq!(post.deliver().await, 0);
    let state = post.state(&endpoint).await;
    assert_eq!((&state["enabled"], &state["disabled_reason"]), (&json!(false), &json!("gone")));
    assert_eq!(post.log(&endpoint, "&state=failed").await.len(), 1);
    let log = post.admin.get("/v1/audit-entries").await.expect(200);
    assert_eq!(
        log["items"].as_array().unwrap().iter().filter(|e| e["action"] == "webhook_endpoint.disabled").count(),
        1
    );
}

#[actix_web::test]
async fn a_receiver_that_fails_for_five_days_is_switched_off_and_loses_nothing_that_waited() {
    let post = Post::open().await;
    let endpoint = post.endpoint(&["customer.created"]).await;
    post.sink.answer(&[(503, "", ""); 60]);
    post.customer("A").await;
    assert_eq!(post.deliver().await, 1);
    post.later(Duration::from_secs(5 * 86_400 - 60));
    post.customer("B").await;
    assert_eq!(post.deliver().await, 2);
    assert_eq!(post.state(&endpoint).await["enabled"], true);
    post.later(Duration::from_secs(600));
    // The first that fails now switches it off, and gives up the other.
    post.deliver().await;
    let state = post.state(&endpoint).await;
    assert_eq!((&state["enabled"], &state["disabled_reason"]), (&json!(false), &json!("failing")));
    assert_eq!(post.log(&endpoint, "&state=failed").await.len(), 2);
}

#[actix_web::test]
async fn a_receiver_may_ask_for_a_longer_pause() {
    let post = Post::open().await;
    let endpoint = post.endpoint(&["import.completed"]).await;
    let id = post.test_event(&endpoint).await;
    post.sink.answer(&[(429, "retry-after: 3600", "")]);
    assert_eq!(post.deliver().await, 1);
    post.later(Duration::from_secs(3_599));
    assert_eq!(post.deliver().await, 0);
    post.later(Duration::from_secs(1));
    assert_eq!(post.deliver().await, 1);
    assert_eq!(outcomes(&post.delivery(&id).await), ["bad_status", "delivered"]);
}

#[actix_web::test]
async fn a_running_courier_delivers_by_itself_and_stops_when_told() {
    let post = Post::open().await;
    let endpoint = post.endpoint(&["customer.created"]).await;
    let stop = CancellationToken::new();
    let running = tokio::spawn(post.app.courier().run(stop.clone()));
    post.customer("A").await;
    post.sink.arrived().await;
    stop.cancel();
    running.await.unwrap();
    // What was under way is finished.
    assert_eq!(post.log(&endpoint, "&state=delivered").await.len(), 1);
}

#[actix_web::test]
async fn what_is_old_is_forgotten_and_what_waits_is_not() {
    let post = Post::open().await;
    let endpoint = post.endpoint(&["customer.created"]).await;
    post.customer("A").await;
    assert_eq!(post.deliver().await, 1);
    post.customer("B").await;
    post.later(Duration::from_secs(40 * 86_400));
    // B is as old as A, and is not delivered yet.
    post.sink.answer(&[(500, "", "")]);
    assert_eq!(post.deliver().await, 1);
    let [left] = post.log(&endpoint, "").await.try_into().unwrap();
    assert_eq!((&left["state"], &left["attempts"]), (&json!("pending"), &json!(1)));
    let mut superuser = post.app.database.superuser().await;
    let left: i64 =
        sqlx::query_scalar("select count(*) from webhook_attempts").fetch_one(&mut superuser).await.unwrap();
    assert_eq!(left, 1);
}

#[actix_web::test]
async fn tenants_never_see_each_others_deliveries() {
    let post = Post::open().await;
    let endpoint = post.endpoint(&["customer.created"]).await;
    let other = post.app.tenant("other").await;
    let stranger = post.app.client(other, Role::Admin);
    stranger.post("/v1/customers", &json!({"name": "Of another"})).await.expect(201);
    assert_eq!(post.deliver().await, 0);
    post.customer("Ours").await;
    assert_eq!((post.deliver().await, post.sink.received().len()), (1, 1));
    let [delivery] = post.log(&endpoint, "").await.try_into().unwrap();
    let id = delivery["id"].as_str().unwrap();
    for path in [
        format!("/v1/webhook-endpoints/{}", endpoint.id),
        format!("/v1/webhook-endpoints/{}/deliveries", endpoint.id),
        format!("/v1/webhook-deliveries/{id}"),
    ] {
        stranger.get(&path).await.expect(404);
    }
    for path in [format!("/v1/webhook-deliveries/{id}:replay"), format!("/v1/webhook-endpoints/{}:test", endpoint.id)] {
        stranger.post(&path, &Value::Null).await.expect(404);
    }
    assert_eq!(stranger.get("/v1/webhook-endpoints").await.expect(200)["items"], json!([]));
    assert_eq!(post.deliver().await, 0);
}
