//! Where webhooks may never go: inside.

use serde_json::{Value, json};

use super::{Post, outcomes};
use crate::support::{Sink, problems};

#[actix_web::test]
async fn an_endpoint_inside_cannot_be_made() {
    let post = Post::open().await;
    post.app.resolver.answer("inside.test", &[&["10.0.0.7"]]);
    post.app.resolver.answer("half.test", &[&["8.8.8.8", "192.168.1.1"]]);
    post.app.resolver.answer("six.test", &[&["fd00::1"]]);
    post.app.resolver.answer("nowhere.test", &[&[]]);
    for (url, code) in [
        ("https://inside.test/x", "private_address"),
        ("https://half.test", "private_address"),
        ("https://six.test", "private_address"),
        ("https://nowhere.test", "unresolvable"),
        ("https://10.0.0.7", "private_address"),
        ("https://169.254.169.254/latest/meta-data/", "private_address"),
        ("https://[::1]:8443", "private_address"),
        ("https://[::ffff:127.0.0.1]", "private_address"),
        ("https://0x7f000002", "private_address"),
        ("https://2130706434", "private_address"),
        ("ftp://sink.test", "scheme"),
        ("https://user:secret@sink.test", "credentials"),
        ("https://sink.test:22", "port"),
        ("not a url", "url"),
    ] {
        let refused = post.create(url, &["import.completed"]).await.expect(422);
        assert_eq!(problems(&refused["errors"]), [("/url", code)], "{url}");
        // It tells nobody what a name resolves to.
        assert!(!refused.to_string().contains("10.0.0.7") || url.contains("10.0.0.7"), "{refused}");
    }
    // All that is wrong at once.
    let refused = post.create("https://inside.test", &[]).await.expect(422);
    assert_eq!(problems(&refused["errors"]), [("/event_types", "required"), ("/url", "private_address")]);
    let endpoint = post.endpoint(&["import.completed"]).await;
    let path = format!("/v1/webhook-endpoints/{}", endpoint.id);
    let patch = post.admin.request(reqwest::Method::PATCH, &path).json(&json!({"url": "https://inside.test"}));
    assert_eq!(problems(&post.admin.send(patch).await.expect(422)["errors"]), [("/url", "private_address")]);
    let mutation = "mutation($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input)
        { endpointSecret { secret } userErrors { pointer code } } }";
    let input = json!({"input": {"url": "https://inside.test", "eventTypes": ["IMPORT_COMPLETED"]}});
    let graph = post.admin.data(mutation, input).await;
    assert_eq!(problems(&graph["createWebhookEndpoint"]["userErrors"]), [("/url", "private_address")]);
}

/// The name is public when the endpoint is made, and loopback when it is delivered to: the connection is never made.
#[actix_web::test]
async fn a_name_that_turns_inward_is_not_followed() {
    let post = Post::open().await;
    let inside = Sink::start_at("127.0.0.2");
    post.app.resolver.answer("rebinding.test", &[&["8.8.8.8"], &["127.0.0.2"]]);
    let endpoint = post.endpoint_at(&inside.url("rebinding.test"), &["import.completed"]).await;
    let id = post.test_event(&endpoint).await;
    assert_eq!(post.deliver().await, 1);
    assert_eq!(inside.received().len(), 0);
    let delivery = post.delivery(&id).await;
    assert_eq!(outcomes(&delivery), ["address_refused"]);
    assert_eq!(delivery["attempt_log"][0]["status"], Value::Null);
    // One bad address among good ones is enough.
    post.app.resolver.answer("rebinding.test", &[&["127.0.0.1", "127.0.0.2"]]);
    post.wait_for_next(&id).await;
    assert_eq!(post.deliver().await, 1);
    assert_eq!((inside.received().len(), outcomes(&post.delivery(&id).await)), (0, vec!["address_refused"; 2]));
}

/// There is no second look between the check and the connection: what was checked is what is connected to.
#[actix_web::test]
async fn the_connection_goes_to_the_address_that_was_checked() {
    let post = Post::open().await;
    let inside = Sink::start_at("127.0.0.2");
    post.app.resolver.answer("flipping.test", &[&["127.0.0.1"], &["127.0.0.1"], &["127.0.0.2"]]);
    let endpoint = post.endpoint_at(&inside.url("flipping.test"), &["import.completed"]).await;
    let id = post.test_event(&endpoint).await;
    assert_eq!(post.deliver().await, 1);
    // Once at the creation, once at the delivery, which went to 127.0.0.1, where nobody listens at that port.
    assert_eq!(post.app.resolver.asked("flipping.test"), 2);
    assert_eq!(outcomes(&post.delivery(&id).await), ["connection_failed"]);
    assert_eq!(inside.received().len(), 0);
}

#[actix_web::test]
async fn a_redirect_is_a_failure() {
    let post = Post::open().await;
    let endpoint = post.endpoint(&["import.completed"]).await;
    let id = post.test_event(&endpoint).await;
    let elsewhere = Sink::start();
    let location: &'static str = Box::leak(format!("location: {}", elsewhere.url("sink.test")).into_boxed_str());
    let statuses = [301, 302, 303, 307, 308];
    post.sink.answer(&statuses.map(|status| (status, location, "")));
    for _ in statuses {
        assert_eq!(post.deliver().await, 1);
        post.wait_for_next(&id).await;
    }
    assert_eq!(outcomes(&post.delivery(&id).await), ["redirect"; 5]);
    assert_eq!((post.sink.received().len(), elsewhere.received().len()), (5, 0));
}

#[actix_web::test]
async fn a_receiver_that_is_not_there_is_told_apart() {
    let post = Post::open().await;
    post.app.resolver.answer("leaving.test", &[&["127.0.0.1"], &[]]);
    let endpoint = post.endpoint_at(&post.sink.url("leaving.test"), &["import.completed"]).await;
    let id = post.test_event(&endpoint).await;
    assert_eq!(post.deliver().await, 1);
    assert_eq!(outcomes(&post.delivery(&id).await), ["unresolvable"]);
    assert_eq!(post.sink.received().len(), 0);
}

#[actix_web::test]
async fn nobody_has_names_resolved_who_may_not_make_endpoints() {
    let post = Post::open().await;
    let viewer = post.app.client(post.tenant, fenji::tenancy::Role::Viewer);
    let new = json!({"url": "https://probe.test", "event_types": ["import.completed"]});
    viewer.post("/v1/webhook-endpoints", &new).await.expect(403);
    assert_eq!(post.app.resolver.asked("probe.test"), 0);
}
