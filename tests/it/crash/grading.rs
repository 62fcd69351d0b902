//! A grading run whose program is killed over and over.

use serde_json::{Value, json};

use super::server::Server;
use super::{Stage, expect_same};
use crate::support::Client;

const CUSTOMERS: usize = 3_000;

/// Customers by the thousand with an attribute each, and a scale that scores it.
async fn furnish(client: &Client) -> String {
    client.define(&[("points", "number")]).await;
    for start in (0..CUSTOMERS).step_by(1_000) {
        let customer = |n: usize| json!({"external_id": format!("C-{n:05}"), "name": format!("C {n}"), "attributes": {"points": ((n * 7919) % 1000).to_string()}});
        client.batch("/v1/customers:batch", &(start..start + 1_000).map(customer).collect()).await;
    }
    let label = json!({"en": "x", "zh": "x"});
    let definition = json!({
        "dimensions": [{"code": "d", "label": label, "axis": "quality", "weight": "1", "factors": [
            {"code": "f", "label": label, "max_points": "10", "source": {"attribute": "points"}, "rule": {"linear": {"from": "0", "to": "999"}}, "missing": "required"}]}],
        "grade_bands": {"quota": [{"grade": "A", "label": label, "share": "0.2"}, {"grade": "B", "label": label, "share": "0.3"}, {"grade": "C", "label": label, "share": null}]}});
    let new = json!({"code": "crash", "name": label, "definition": definition});
    let scale = client.post("/v1/scales", &new).await.expect(201)["id"].as_str().unwrap().to_owned();
    client.post(&format!("/v1/scales/{scale}/versions/1:publish"), &Value::Null).await.expect(200);
    scale
}

async fn start(client: &Client, scale: &str) -> Value {
    let new = json!({"scale_id": scale, "as_of": "2013-12", "selection": {"all": {}}});
    client.post("/v1/grading-runs", &new).await.expect(202)
}

/// Everything of a run's results but ids, by customer.
async fn stored(stage: &Stage, run: &Value) -> Vec<String> {
    let sql = "select (to_jsonb(r) - '{tenant_id,run_id,customer_id}'::text[] || jsonb_build_object('customer', c.external_id))::text
               from grading_results r join customers c on c.tenant_id = r.tenant_id and c.id = r.customer_id
               where r.run_id = $1::uuid order by c.external_id collate \"C\"";
    let mut superuser = stage.superuser().await;
    sqlx::query_scalar(sql).bind(run["id"].as_str().unwrap()).fetch_all(&mut superuser).await.unwrap()
}

#[actix_web::test]
async fn a_run_that_is_killed_again_and_again_ends_as_one_that_was_not() {
    let stage = Stage::new().await;
    let ((_, calm_token), (_, token)) = (stage.tenant("calm").await, stage.tenant("stormy").await);
    let server = Server::start(&stage.database);
    let calm = Client::new(&server.url, Some(calm_token));
    let scale = furnish(&calm).await;
    let calm_run = start(&calm, &scale).await;
    assert_eq!(calm.finished(calm_run["job"]["id"].as_str().unwrap()).await["state"], "completed");

    let mut client = Client::new(&server.url, Some(token));
    let scale = furnish(&client).await;
    let run = start(&client, &scale).await;
    let path = format!("/v1/grading-runs/{}", run["id"].as_str().unwrap());
    let mut server = server;
    for _ in 0..3 {
        // As soon as somebody is at work, or done.
        loop {
            let now = client.get(&path).await.expect(200);
            if now["job"]["state"] != "queued" {
                break;
            }
        }
        server.kill();
        server = Server::start(&stage.database);
        client = client.at(&server.url);
    }
    let job = client.finished(run["job"]["id"].as_str().unwrap()).await;
    assert_eq!(job["state"], "completed", "{job}");
    let (stormy, calm) = (stored(&stage, &run).await, stored(&stage, &calm_run).await);
    assert_eq!(stormy.len(), CUSTOMERS);
    expect_same("results", &stormy, &calm);
    assert_eq!(client.get(&path).await.expect(200)["gradable"], CUSTOMERS);
}
