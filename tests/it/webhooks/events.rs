//! What is told, and that it is told where and only where the change is kept.

use fenji::error::Error;
use fenji::tenancy::{Actor, Role};
use fenji::webhooks::{Event, EventType, subscribers};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::Post;
use crate::support::{Received, label, sell};

/// The bodies that came, by type, customer and version.
fn bodies(post: &Post) -> Vec<Value> {
    let mut bodies: Vec<Value> = post.sink.received().iter().map(Received::json).collect();
    bodies.sort_by_key(|body| (body["type"].to_string(), body["data"]["external_id"].to_string(), version(body)));
    bodies
}

fn version(body: &Value) -> Option<i64> {
    body["data"]["version"].as_i64()
}

#[actix_web::test]
async fn every_way_to_change_a_customer_is_told_once() {
    let post = Post::open().await;
    post.endpoint(&["customer.created", "customer.updated"]).await;
    let new = json!({"name": "One", "external_ids": [{"system": "crm", "external_id": "C-1"}]});
    let one = post.admin.post("/v1/customers", &new).await.expect(201);
    let path = format!("/v1/customers/{}", one["id"].as_str().unwrap());
    let patch = |body: Value| post.admin.send(post.admin.request(Method::PATCH, &path).json(&body));
    patch(json!({"industry": "pumps"})).await.expect(200);
    // The same again is no change.
    patch(json!({"industry": "pumps"})).await.expect(200);
    let potentials = json!({"items": [{"category": "Pumps", "yearly_amount": "9"}]});
    post.admin.put(&format!("{path}/purchase-potentials"), &potentials).await.expect(200);
    let crm = |method| post.admin.request(method, &format!("{path}/external-ids/erp/E-1"));
    let added = post.admin.send(crm(Method::PUT)).await;
    assert!(added.status < 300, "{}", added.text);
    post.admin.put("/v1/customers/by-external-id/default/C-2", &json!({"name": "Two"})).await.expect(201);
    let batch = json!([
        {"external_id": "C-2", "name": "Two"}, {"external_id": "C-3", "name": "Three"}, {"external_id": "C-3", "city": "Kiel"},
        {"external_id": "C-4", "name": ""},
    ]);
    post.admin.post("/v1/customers:batch", &batch).await.expect(207);
    post.admin
        .post(
            "/v1/customers:batch?atomic=true",
            &json!([{"external_id": "C-5", "name": "Five"}, {"external_id": "", "name": "x"}]),
        )
        .await
        .expect(422);
    post.deliver().await;
    let bodies = bodies(&post);
    let expected = [
        ("customer.created", "C-1", 1),
        ("customer.created", "C-2", 1),
        ("customer.created", "C-3", 1),
        ("customer.updated", "C-1", 2),
        ("customer.updated", "C-1", 3),
        ("customer.updated", "C-1", 4),
    ];
    let told = |body: &Value| json!([body["type"], body["data"]["external_id"], version(body)]);
    assert_eq!(bodies.iter().map(told).collect::<Vec<_>>(), expected.map(|row| json!(row)));
    let expected = json!({
        "customer_id": one["id"], "external_id": "C-1", "version": 1,
        "external_ids": [{"system": "crm", "external_id": "C-1"}],
    });
    assert_eq!(bodies[0]["data"], expected);
    assert_eq!(post.admin.get(&path).await.expect(200)["version"], 4);
}

#[actix_web::test]
async fn a_merge_names_both_customers() {
    let post = Post::open().await;
    post.endpoint(&["customer.merged", "customer.updated"]).await;
    let (gone, stays) = (post.customer("Pumpen AG").await, post.customer("Pumpen Aktiengesellschaft").await);
    let path = format!("/v1/customers/{}:merge", gone["id"].as_str().unwrap());
    for _ in 0..2 {
        // The second time it is done already, and nobody is told again.
        post.admin.post(&path, &json!({"into": stays["id"]})).await.expect(200);
    }
    post.deliver().await;
    let bodies = bodies(&post);
    let kinds: Vec<_> = bodies.iter().map(|body| body["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["customer.merged", "customer.updated"]);
    let data = &bodies[0]["data"];
    assert_eq!((&data["customer_id"], &data["merged_customer_id"]), (&stays["id"], &gone["id"]));
    assert!(bodies.iter().all(|body| body["data"]["customer_id"] == stays["id"]));
}

#[actix_web::test]
async fn an_event_goes_with_the_transaction_of_its_change() {
    let post = Post::open().await;
    let endpoint = post.endpoint(&["customer.created"]).await;
    let actor = Actor::with_role("somebody", post.tenant, Role::Admin, "test");
    let publish = async |keep: bool| {
        let outcome = post.app.state.db.write(&actor, async |tx| {
            let told = subscribers(tx, &EventType::ALL).await?.unwrap();
            assert!(told.want(EventType::CustomerCreated) && !told.want(EventType::CustomerUpdated));
            let event = |kind| Event { kind, data: json!({"customer_id": "1"}) };
            told.publish(tx, [event(EventType::CustomerCreated), event(EventType::CustomerUpdated)]).await?;
            if keep { Ok(()) } else { Err(Error::conflict("No.", "否。")) }
        });
        outcome.await
    };
    publish(false).await.unwrap_err();
    assert_eq!((post.deliver().await, post.log(&endpoint, "").await.len()), (0, 0));
    publish(true).await.unwrap();
    assert_eq!((post.deliver().await, post.log(&endpoint, "").await.len()), (1, 1));
}

#[actix_web::test]
async fn nobody_is_told_what_nobody_asked_for() {
    let post = Post::open().await;
    post.endpoint(&["import.completed"]).await;
    post.customer("A").await;
    assert_eq!(post.deliver().await, 0);
    let mut superuser = post.app.database.superuser().await;
    let messages: i64 =
        sqlx::query_scalar("select count(*) from webhook_messages").fetch_one(&mut superuser).await.unwrap();
    assert_eq!(messages, 0);
}

#[actix_web::test]
async fn each_endpoint_gets_the_same_event_under_the_same_id() {
    let post = Post::open().await;
    let one = post.endpoint(&["customer.created"]).await;
    let two = post.endpoint(&["customer.created", "customer.updated"]).await;
    post.customer("A").await;
    assert_eq!(post.deliver().await, 2);
    let received = post.sink.received();
    assert_eq!(received[0].header("webhook-id"), received[1].header("webhook-id"));
    assert_eq!(received[0].body, received[1].body);
    let signed = |secret: &str| received.iter().filter(|received| received.is_signed_by(secret)).count();
    assert_eq!((signed(&one.secret), signed(&two.secret)), (1, 1));
}

/// Customers of an import are told one event each, and then the import itself.
#[actix_web::test]
async fn an_import_tells_of_each_customer_once() {
    let post = Post::open().await;
    let endpoint = post.endpoint(&["customer.created", "customer.updated"]).await;
    let imports = post.endpoint(&["import.completed"]).await;
    let stop = CancellationToken::new();
    let worker = post.app.start_worker(stop.clone());
    let mut file = String::from("external_id,name\n");
    (0..6_000).for_each(|n| file.push_str(&format!("C-{n},Customer {n}\n")));
    let import = post.admin.import("customers", file.clone().into_bytes()).await;
    assert_eq!(import["counts"]["created"], 6_000);
    let changed = file.replace("Customer 7\n", "Customer seven\n");
    post.admin.import("customers", changed.into_bytes()).await;
    stop.cancel();
    worker.await.unwrap();
    let mut superuser = post.app.database.superuser().await;
    let counts: Vec<(String, i64, i64)> = sqlx::query_as(
        "select m.event_type, count(*), count(distinct m.body::jsonb #>> '{data,customer_id}')
         from webhook_deliveries d join webhook_messages m on m.tenant_id = d.tenant_id and m.id = d.message_id
         group by 1 order by 1",
    )
    .fetch_all(&mut superuser)
    .await
    .unwrap();
    let count = |kind: &str, n, customers| (kind.to_owned(), n, customers);
    let expected =
        [count("customer.created", 6_000, 6_000), count("customer.updated", 1, 1), count("import.completed", 2, 0)];
    assert_eq!(counts, expected);
    let [second, first] = post.log(&imports, "").await.try_into().unwrap();
    let body = |delivery: &Value| {
        let id = delivery["id"].as_str().unwrap().to_owned();
        let post = &post;
        async move { serde_json::from_str::<Value>(post.delivery(&id).await["body"].as_str().unwrap()).unwrap() }
    };
    let bodies = [body(&first).await, body(&second).await];
    let created: Vec<_> = bodies.iter().map(|body| body["data"]["counts"]["created"].as_i64().unwrap()).collect();
    assert_eq!(created.iter().sum::<i64>(), 6_000);
    assert!(bodies.iter().all(|body| body["data"]["kind"] == "customers" && body["data"]["import_id"].is_string()));
    assert_eq!(post.log(&endpoint, "").await.len(), 500);
}

#[actix_web::test]
async fn a_grading_run_tells_who_has_another_grade_than_before() {
    let post = Post::open().await;
    let stop = CancellationToken::new();
    let worker = post.app.start_worker(stop.clone());
    let months = ["2013-10-05", "2013-11-05"];
    let ids = sell(&post.admin, &[("A", months[0], "pump", "1000", ""), ("B", months[0], "pump", "10", "")]).await;
    let scale = revenue_scale(&post).await;
    grade(&post, &scale, "2013-10").await;
    // From now on somebody listens. A stays where it is, B rises.
    post.endpoint(&["customer.grade_changed", "grading_run.completed"]).await;
    sell(&post.admin, &[("B", months[1], "pump", "5000", ""), ("C", months[1], "pump", "10", "")]).await;
    let run = grade(&post, &scale, "2013-11").await;
    post.deliver().await;
    let bodies = bodies(&post);
    let changes: Vec<_> = bodies
        .iter()
        .filter(|body| body["type"] == "customer.grade_changed")
        .map(|body| {
            (body["data"]["external_id"].as_str().unwrap(), &body["data"]["old_grade"], &body["data"]["new_grade"])
        })
        .collect();
    assert_eq!(changes, [("B", &json!("LOW"), &json!("HIGH")), ("C", &Value::Null, &json!("LOW"))]);
    let change = bodies.iter().find(|body| body["data"]["external_id"] == "B").unwrap();
    assert_eq!((&change["data"]["run_id"], &change["data"]["customer_id"]), (&json!(run), &json!(ids["B"])));
    let told =
        (&change["data"]["cause"], &change["data"]["factors"][0]["factor"], &change["data"]["factors"][0]["change"]);
    assert_eq!(told, (&json!("run"), &json!("revenue"), &json!("99.0000")));
    let completed: Vec<_> = bodies.iter().filter(|body| body["type"] == "grading_run.completed").collect();
    assert_eq!((completed.len(), &completed[0]["data"]["selected"]), (1, &json!(3)));
    // A run for an earlier month changes nobody's current grade.
    grade(&post, &scale, "2013-10").await;
    post.deliver().await;
    let kinds: Vec<_> = post.sink.received().iter().map(|received| received.json()["type"].clone()).collect();
    assert_eq!(kinds, ["grading_run.completed"]);
    stop.cancel();
    worker.await.unwrap();
}

#[actix_web::test]
async fn a_grade_set_by_hand_is_told_where_it_changes_the_current_one() {
    let post = Post::open().await;
    let stop = CancellationToken::new();
    let worker = post.app.start_worker(stop.clone());
    let ids = sell(&post.admin, &[("A", "2013-10-05", "pump", "10", "")]).await;
    let scale = revenue_scale(&post).await;
    grade(&post, &scale, "2013-10").await;
    post.endpoint(&["customer.grade_changed"]).await;
    let path = format!("/v1/customers/{}/grade-override", ids["A"]);
    let set = |grade: &str| json!({"grade": grade, "reason": "Agreed"});
    let high = post.admin.put(&path, &set("HIGH")).await.expect(200);
    // The same again, with another reason, changes nothing; nor does a run meanwhile.
    post.admin.put(&path, &set("HIGH")).await.expect(200);
    sell(&post.admin, &[("A", "2013-11-05", "pump", "5000", "")]).await;
    grade(&post, &scale, "2013-11").await;
    post.admin.put(&path, &set("LOW")).await.expect(200);
    post.admin.delete(&path).await.expect(200);
    post.deliver().await;
    let mut told: Vec<Value> = post.sink.received().iter().map(|received| received.json()["data"].clone()).collect();
    told.sort_by_key(|data| data["cause"] == "override_withdrawn");
    let first = told.iter().find(|data| data["override_id"] == high["id"]).unwrap();
    assert_eq!((&first["old_grade"], &first["new_grade"]), (&json!("LOW"), &json!("HIGH")));
    assert_eq!((&first["computed_grade"], &first["cause"]), (&json!("LOW"), &json!("override")));
    assert_eq!(told.len(), 3, "{told:?}");
    let last = &told[2];
    assert_eq!((&last["old_grade"], &last["new_grade"]), (&json!("LOW"), &json!("HIGH")));
    assert_eq!(last["cause"], "override_withdrawn");
    stop.cancel();
    worker.await.unwrap();
}

/// Two grades by the revenue of twelve months: HIGH from 500.
pub async fn revenue_scale(post: &Post) -> String {
    let band = |grade: &str, from: &str| json!({"grade": grade, "label": label(grade), "min_score": from});
    let factor = json!({
        "code": "revenue", "label": label("Revenue"), "max_points": "10", "source": {"metric": "revenue_l12"},
        "rule": {"linear": {"from": "0", "to": "1000"}}, "missing": "zero",
    });
    let dimension =
        json!({"code": "value", "label": label("Value"), "axis": "quality", "weight": "1", "factors": [factor]});
    let definition =
        json!({"dimensions": [dimension], "grade_bands": {"fixed": [band("HIGH", "50"), band("LOW", "0")]}});
    let new = json!({"code": "revenue", "name": label("Revenue"), "definition": definition});
    let scale = post.admin.post("/v1/scales", &new).await.expect(201)["id"].as_str().unwrap().to_owned();
    post.admin.post(&format!("/v1/scales/{scale}/versions/1:publish"), &Value::Null).await.expect(200);
    scale
}

/// Grades everyone as of a month; the run.
pub async fn grade(post: &Post, scale: &str, as_of: &str) -> String {
    let new = json!({"scale_id": scale, "as_of": as_of, "selection": {"all": {}}});
    let run = post.admin.post("/v1/grading-runs", &new).await.expect(202);
    let job = post.admin.finished(run["job"]["id"].as_str().unwrap()).await;
    assert_eq!(job["state"], "completed", "{job}");
    run["id"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn an_erasure_is_told_by_ids_alone() {
    let post = Post::open().await;
    let one = post.customer("Pumpen AG").await;
    post.endpoint(&["customer.updated"]).await;
    let id = one["id"].as_str().unwrap();
    post.admin.post(&format!("/v1/customers/{id}:erase"), &json!({"reason": "asked"})).await.expect(200);
    post.deliver().await;
    let bodies = bodies(&post);
    assert_eq!(bodies.len(), 1);
    let version = post.admin.get(&format!("/v1/customers/{id}")).await.expect(200)["version"].take();
    let data = json!({"customer_id": id, "external_id": id, "external_ids": [], "version": version});
    assert_eq!(bodies[0]["data"], data);
}

#[actix_web::test]
async fn a_row_of_a_file_that_changes_a_customer_and_its_ids_is_told_once() {
    let post = Post::open().await;
    let file =
        |city: &str, ids: &str| format!("external_id,name,city,external_id.crm\nC,C,{city},{ids}\n").into_bytes();
    let stop = CancellationToken::new();
    let worker = post.app.start_worker(stop.clone());
    post.admin.import("customers", file("Kiel", "X1")).await;
    post.endpoint(&["customer.updated"]).await;
    post.admin.import("customers", file("Bremen", "X1;X2")).await;
    stop.cancel();
    worker.await.unwrap();
    post.deliver().await;
    let bodies = bodies(&post);
    assert_eq!(bodies.iter().map(version).collect::<Vec<_>>(), [Some(2)]);
    let ids = [("crm", "X1"), ("crm", "X2"), ("default", "C")]
        .map(|(system, id)| json!({"system": system, "external_id": id}));
    assert_eq!(bodies[0]["data"]["external_ids"], json!(ids));
    let customer = post.admin.get("/v1/customers?external_id=C").await.expect(200)["items"][0].take();
    assert_eq!((&customer["version"], &customer["external_ids"]), (&json!(2), &json!(ids)));
}
