//! Webhooks: what is told, to whom, how often, and where it may never go.

mod addresses;
mod delivery;
mod endpoints;
mod events;
mod expiries;
mod fairness;
mod in_force;
mod rotation;

use std::time::Duration;

use fenji::clock::{Clock, SystemClock};
use fenji::tenancy::{Actor, Role};
use fenji::values::TenantId;
use fenji::webhooks::Courier;
use serde_json::{Value, json};

use crate::support::{Client, Sink, TestApp, spawn_app_without_worker};

/// A server whose clock goes with the receivers', a tenant's administrator, a receiver, and a courier.
struct Post {
    app: TestApp,
    tenant: TenantId,
    admin: Client,
    sink: Sink,
    courier: Courier,
}

/// An endpoint and its secret.
struct Endpoint {
    id: String,
    secret: String,
}

impl Post {
    async fn open() -> Self {
        let app = spawn_app_without_worker().await;
        // Receivers refuse signatures that are minutes old.
        app.clock.set(SystemClock.now());
        let tenant = app.tenant("acme").await;
        // The tests move the clock by weeks.
        let actor = Actor::with_role("test-admin", tenant, Role::Admin, "test");
        let token = app.state.authenticator.issue(&actor, Role::Admin, Duration::from_secs(90 * 86_400)).unwrap();
        let (admin, courier) = (app.with_token(&token), app.courier());
        Self { app, tenant, admin, sink: Sink::start(), courier }
    }

    async fn endpoint(&self, event_types: &[&str]) -> Endpoint {
        self.endpoint_at(&self.sink.url("sink.test"), event_types).await
    }

    async fn endpoint_at(&self, url: &str, event_types: &[&str]) -> Endpoint {
        let made = self.create(url, event_types).await.expect(201);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Endpoint { id: text(&made["endpoint"]["id"]), secret: text(&made["secret"]) }
    }

    async fn create(&self, url: &str, event_types: &[&str]) -> crate::support::Answer {
        self.admin.post("/v1/webhook-endpoints", &json!({"url": url, "event_types": event_types})).await
    }

    /// Delivers what is due; how many attempts that took.
    async fn deliver(&self) -> usize {
        self.courier.deliver_due().await.unwrap()
    }

    fn later(&self, by: Duration) {
        self.app.clock.advance(by);
    }

    /// Puts the clock at the next attempt of a delivery.
    async fn wait_for_next(&self, delivery: &str) {
        let at = self.delivery(delivery).await["delivery"]["next_attempt_at"].as_str().unwrap().parse().unwrap();
        self.app.clock.set(at);
    }

    async fn test_event(&self, endpoint: &Endpoint) -> String {
        let path = format!("/v1/webhook-endpoints/{}:test", endpoint.id);
        let delivery = self.admin.post(&path, &Value::Null).await.expect(202);
        delivery["id"].as_str().unwrap().to_owned()
    }

    async fn delivery(&self, id: &str) -> Value {
        self.admin.get(&format!("/v1/webhook-deliveries/{id}")).await.expect(200)
    }

    async fn log(&self, endpoint: &Endpoint, query: &str) -> Vec<Value> {
        let path = format!("/v1/webhook-endpoints/{}/deliveries?limit=500{query}", endpoint.id);
        self.admin.get(&path).await.expect(200)["items"].as_array().unwrap().clone()
    }

    async fn state(&self, endpoint: &Endpoint) -> Value {
        self.admin.get(&format!("/v1/webhook-endpoints/{}", endpoint.id)).await.expect(200)
    }

    async fn customer(&self, name: &str) -> Value {
        self.admin.post("/v1/customers", &json!({"name": name})).await.expect(201)
    }
}

/// The outcomes of a delivery's attempts.
fn outcomes(delivery: &Value) -> Vec<&str> {
    delivery["attempt_log"].as_array().unwrap().iter().map(|attempt| attempt["outcome"].as_str().unwrap()).collect()
}
