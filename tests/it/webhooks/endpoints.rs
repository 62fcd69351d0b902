//! Endpoints as a resource, on both faces.

use reqwest::Method;
use serde_json::{Value, json};

use super::Post;
use crate::support::{plain, problems};

#[actix_web::test]
async fn an_endpoint_is_made_read_changed_and_deleted() {
    let post = Post::open().await;
    let new = json!({
        "url": "https://sink.test/hook", "description": "CRM",
        "event_types": ["import.completed", "customer.created", "import.completed"],
    });
    let answer = post.admin.post("/v1/webhook-endpoints", &new).await;
    assert_eq!(answer.header("etag"), "\"1\"");
    let place = answer.header("location").to_owned();
    let made = answer.expect(201);
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    let endpoint = &made["endpoint"];
    assert_eq!(endpoint["event_types"], json!(["customer.created", "import.completed"]));
    assert_eq!((&endpoint["enabled"], &endpoint["failing_since"]), (&json!(true), &Value::Null));
    let answer = post.admin.get(&place).await;
    assert_eq!(answer.header("etag"), "\"1\"");
    assert_eq!(&answer.expect(200), endpoint);
    let patch = |tag: &str, body: &Value| {
        let request = post.admin.request(Method::PATCH, &place).header("If-Match", format!("\"{tag}\"")).json(body);
        post.admin.send(request)
    };
    let changed = patch("1", &json!({"description": null, "event_types": ["customer.updated"]})).await.expect(200);
    assert_eq!((&changed["version"], &changed["description"]), (&json!(2), &Value::Null));
    assert_eq!(changed["event_types"], json!(["customer.updated"]));
    assert_eq!(changed["url"], "https://sink.test/hook");
    patch("1", &json!({"enabled": false})).await.expect(412);
    assert_eq!(
        problems(&patch("2", &json!({"event_types": []})).await.expect(422)["errors"]),
        [("/event_types", "required")]
    );
    patch("2", &json!({"event_types": ["plan.approved"]})).await.expect(400);
    patch("2", &json!({"secret": "x"})).await.expect(400);
    let stale = post.admin.request(Method::DELETE, &place).header("If-Match", "\"1\"");
    post.admin.send(stale).await.expect(412);
    assert_eq!(post.admin.delete(&place).await.status, 204);
    post.admin.get(&place).await.expect(404);
    let log = post.admin.get("/v1/audit-entries").await.expect(200);
    let actions: Vec<_> =
        log["items"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    let expected = ["webhook_endpoint.deleted", "webhook_endpoint.updated", "webhook_endpoint.created"];
    assert_eq!(actions.into_iter().filter(|action| action.starts_with("webhook")).collect::<Vec<_>>(), expected);
}

#[actix_web::test]
async fn deleting_an_endpoint_takes_its_log_along() {
    let post = Post::open().await;
    let endpoint = post.endpoint(&["customer.created"]).await;
    post.customer("A").await;
    post.deliver().await;
    post.customer("B").await;
    assert_eq!(post.admin.delete(&format!("/v1/webhook-endpoints/{}", endpoint.id)).await.status, 204);
    assert_eq!(post.deliver().await, 0);
    let mut superuser = post.app.database.superuser().await;
    let left: i64 = sqlx::query_scalar(
        "select (select count(*) from webhook_deliveries) + (select count(*) from webhook_attempts)
              + (select count(*) from webhook_secrets) + (select count(*) from webhook_queue)",
    )
    .fetch_one(&mut superuser)
    .await
    .unwrap();
    assert_eq!(left, 0);
}

#[actix_web::test]
async fn twenty_endpoints_are_enough() {
    let post = Post::open().await;
    for _ in 0..20 {
        post.endpoint(&["import.completed"]).await;
    }
    post.create(&post.sink.url("sink.test"), &["import.completed"]).await.expect(409);
    assert_eq!(post.admin.get("/v1/webhook-endpoints").await.expect(200)["items"].as_array().unwrap().len(), 20);
}

#[actix_web::test]
async fn graphql_does_the_same() {
    let post = Post::open().await;
    let create = "mutation($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input)
        { endpointSecret { secret endpoint { id enabled eventTypes version } } userErrors { code } } }";
    let input = json!({"input": {"url": post.sink.url("sink.test"), "eventTypes": ["CUSTOMER_CREATED"]}});
    let made = post.admin.data(create, input).await["createWebhookEndpoint"]["endpointSecret"].take();
    let (id, secret) = (made["endpoint"]["id"].clone(), made["secret"].as_str().unwrap().to_owned());
    assert_eq!(made["endpoint"]["eventTypes"], json!(["CUSTOMER_CREATED"]));
    let test = "mutation($input: SendTestWebhookInput!) { sendTestWebhook(input: $input) { delivery { id state } } }";
    let sent = post.admin.data(test, json!({"input": {"id": id}})).await["sendTestWebhook"]["delivery"].take();
    assert_eq!(sent["state"], "PENDING");
    assert_eq!(post.deliver().await, 1);
    let [received] = post.sink.received().try_into().unwrap();
    assert!(received.is_signed_by(&secret));
    let query = "query($id: ID!, $delivery: ID!) {
        webhookDeliveries(endpointId: $id, filter: {state: DELIVERED}) { nodes { id eventType attempts } }
        webhookDelivery(id: $delivery) { body attemptLog { outcome status } }
        webhookEndpoints { nodes { id } } webhookEndpoint(id: $id) { url } }";
    let read = post.admin.data(query, json!({"id": id, "delivery": sent["id"]})).await;
    assert_eq!(plain(&read["webhookDeliveries"]["nodes"][0]["id"]), plain(&sent["id"]));
    assert_eq!(read["webhookDelivery"]["attemptLog"], json!([{"outcome": "DELIVERED", "status": 204}]));
    assert_eq!(read["webhookEndpoints"]["nodes"], json!([{"id": id}]));
    let replay = "mutation($one: ReplayWebhookDeliveryInput!, $all: ReplayWebhookDeliveriesInput!) {
        replayWebhookDelivery(input: $one) { delivery { state } userErrors { code } }
        replayWebhookDeliveries(input: $all) { replay { replayed } userErrors { code } } }";
    let input = json!({"one": {"id": sent["id"]}, "all": {"endpointId": id}});
    let replayed = post.admin.data(replay, input).await;
    assert_eq!(replayed["replayWebhookDelivery"], json!({"delivery": {"state": "PENDING"}, "userErrors": []}));
    assert_eq!(replayed["replayWebhookDeliveries"], json!({"replay": {"replayed": 0}, "userErrors": []}));
    let change = "mutation($input: UpdateWebhookEndpointInput!) { updateWebhookEndpoint(input: $input)
        { endpoint { enabled version } userErrors { code } } }";
    let input = json!({"input": {"id": id, "changes": {"enabled": false}, "expectedVersion": 9}});
    let stale = post.admin.data(change, input).await;
    assert_eq!(stale["updateWebhookEndpoint"]["userErrors"], json!([{"code": "precondition_failed"}]));
    let input = json!({"input": {"id": id, "changes": {"enabled": false}, "expectedVersion": 1}});
    let changed = post.admin.data(change, input).await;
    assert_eq!(changed["updateWebhookEndpoint"]["endpoint"], json!({"enabled": false, "version": 2}));
    let rotate = "mutation($input: RotateWebhookSecretInput!) { rotateWebhookSecret(input: $input)
        { endpointSecret { secret previousSecretsExpireAt } userErrors { code } } }";
    let rotated = post.admin.data(rotate, json!({"input": {"id": id, "rotation": {"overlapSeconds": 5}}})).await;
    assert_ne!(rotated["rotateWebhookSecret"]["endpointSecret"]["secret"], json!(secret));
    let delete = "mutation($input: DeleteWebhookEndpointInput!) { deleteWebhookEndpoint(input: $input)
        { endpoint { id } userErrors { code } } }";
    let gone = post.admin.data(delete, json!({"input": {"id": id}})).await;
    assert_eq!(gone["deleteWebhookEndpoint"], json!({"endpoint": {"id": id}, "userErrors": []}));
    assert_eq!(post.admin.get("/v1/webhook-endpoints").await.expect(200)["items"], json!([]));
}
