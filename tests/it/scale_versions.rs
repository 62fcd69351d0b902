//! Versions of scales: copied, compared, retired; and scales that belong to one member.

use fenji::tenancy::{Actor, Role};
use fenji::values::TenantId;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, label, problems, spawn_app};

/// A member with a name of its own.
fn member(app: &TestApp, tenant: TenantId, name: &str, role: Role) -> Client {
    app.client_of(&Actor::with_role(name, tenant, role, "test"), role)
}

/// A salesperson with a name of its own.
async fn seller(app: &TestApp, tenant: TenantId, client: &Client, name: &str) -> Client {
    let made = client.batch("/v1/salespeople:batch", &json!([{"external_id": name, "name": name}])).await;
    let mut actor = Actor::with_role(name, tenant, Role::Salesperson, "test");
    actor.salesperson = Some(made["items"][0]["id"].as_str().unwrap().parse().unwrap());
    app.client_of(&actor, Role::Salesperson)
}

async fn company() -> (TestApp, TenantId, Client) {
    let app = spawn_app().await;
    let tenant = app.tenant("acme").await;
    let manager = member(&app, tenant, "chief", Role::Manager);
    (app, tenant, manager)
}

async fn made(client: &Client, new: &Value) -> String {
    client.post("/v1/scales", new).await.expect(201)["id"].as_str().unwrap().to_owned()
}

fn from_template(code: &str) -> Value {
    json!({"code": code, "name": label(code), "template": "industrial_distributor"})
}

#[actix_web::test]
async fn a_version_is_copied_into_a_draft_or_into_a_scale_of_its_own() {
    let (_app, _, manager) = company().await;
    let id = made(&manager, &from_template("ours")).await;
    let first = format!("/v1/scales/{id}/versions/1");
    manager.post(&format!("{first}:publish"), &Value::Null).await.expect(200);
    let copy = manager.post(&format!("{first}:clone"), &json!({})).await;
    assert_eq!(copy.header("location"), format!("/v1/scales/{id}/versions/2"));
    let copy = copy.expect(201);
    assert_eq!((&copy["number"], &copy["state"]), (&json!(2), &json!("draft")));
    assert_eq!(manager.post(&format!("{first}:clone"), &json!({})).await.expect(409)["code"], "conflict");
    let own =
        manager.post(&format!("{first}:clone"), &json!({"code": "other", "name": label("Other")})).await.expect(201);
    assert_eq!((&own["number"], &own["definition"]), (&json!(1), &copy["definition"]));
    let scale = manager.get(&format!("/v1/scales/{}", own["scale_id"].as_str().unwrap())).await.expect(200);
    assert_eq!((&scale["code"], &scale["scope"], &scale["owner"]), (&json!("other"), &json!("company"), &Value::Null));
    assert_eq!(
        manager.post(&format!("{first}:clone"), &json!({"code": "other"})).await.expect(409)["code"],
        "conflict"
    );
    let nameless = manager.post(&format!("{first}:clone"), &json!({"scope": "personal"})).await.expect(422);
    assert_eq!(problems(&nameless["errors"]), [("/scope", "needs_code")]);
    let list = manager.get(&format!("/v1/scales/{id}/versions")).await.expect(200)["items"].take();
    let states: Vec<_> = list.as_array().unwrap().iter().map(|v| (v["number"].as_i64(), v["state"].as_str())).collect();
    assert_eq!(states, [(Some(2), Some("draft")), (Some(1), Some("published"))]);
    let query = "mutation($input: CloneScaleVersionInput!) { cloneScaleVersion(input: $input) { scaleVersion { number } userErrors { code } } }";
    let input = json!({"input": {"scaleId": id, "number": 1, "code": "third", "scope": "PERSONAL"}});
    let graph = manager.data(query, input).await["cloneScaleVersion"].take();
    assert_eq!(graph, json!({"scaleVersion": {"number": 1}, "userErrors": []}));
}

#[actix_web::test]
async fn two_versions_are_compared_field_by_field() {
    let (_app, _, manager) = company().await;
    let id = made(&manager, &from_template("ours")).await;
    let first = format!("/v1/scales/{id}/versions/1");
    manager.post(&format!("{first}:publish"), &Value::Null).await.expect(200);
    let mut draft = manager.post(&format!("{first}:clone"), &json!({})).await.expect(201)["definition"].take();
    let same = manager.get(&format!("{first}/comparison?with_version=2")).await.expect(200);
    assert_eq!((&same["identical"], &same["changes"]), (&json!(true), &json!([])));
    draft["dimensions"][0]["weight"] = json!("0.3");
    draft["dimensions"][1]["weight"] = json!("0.30");
    draft["dimensions"][1]["factors"][0]["rule"]["bands"][1]["points"] = json!("3");
    draft["dimensions"][2]["factors"].as_array_mut().unwrap().remove(1);
    draft["caps"].as_array_mut().unwrap().pop();
    manager.put(&format!("/v1/scales/{id}/versions/2"), &draft).await.expect(200);
    let found = manager.get(&format!("{first}/comparison?with_version=2")).await.expect(200);
    let told: Vec<_> = found["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| {
            let text = |name: &str| c[name].as_str().unwrap_or("-").to_owned();
            (text("kind"), text("subject"), text("old_pointer"), text("new_pointer"), text("old"), text("new"))
        })
        .collect();
    let row = |a: &str, b: &str, c: &str, d: &str, e: &str, f: &str| {
        (a.to_owned(), b.to_owned(), c.to_owned(), d.to_owned(), e.to_owned(), f.to_owned())
    };
    let (points, factor) = ("/dimensions/1/factors/0/rule/bands/1/points", "/dimensions/2/factors/1");
    let expected = [
        row("changed", "weight", "/dimensions/0/weight", "/dimensions/0/weight", "0.35", "0.3"),
        row("changed", "weight", "/dimensions/1/weight", "/dimensions/1/weight", "0.25", "0.30"),
        row("changed", "rule", points, points, "2", "3"),
        row("removed", "factor", factor, "-", "-", "-"),
        row("removed", "cap", "/caps/2", "-", "-", "-"),
    ];
    assert_eq!(told, expected);
    let query = "query($id: ID!) { compareScaleVersions(scaleId: $id, number: 1, withNumber: 2) { identical changes { kind subject dimension old } } }";
    let graph = manager.data(query, json!({"id": id})).await["compareScaleVersions"].take();
    assert_eq!(
        graph["changes"][0],
        json!({"kind": "CHANGED", "subject": "WEIGHT", "dimension": "value", "old": "0.35"})
    );
    let other = made(&manager, &json!({"code": "p", "name": label("p"), "template": "prospects"})).await;
    let apart = manager.get(&format!("{first}/comparison?with_scale={other}&with_version=1")).await.expect(200);
    assert_eq!(apart["identical"], false);
    manager.get(&format!("{first}/comparison?with_version=9")).await.expect(404);
}

#[actix_web::test]
async fn a_version_in_force_can_be_retired_under_its_etag() {
    let (_app, _, manager) = company().await;
    let id = made(&manager, &from_template("ours")).await;
    let path = format!("/v1/scales/{id}/versions/1");
    assert_eq!(manager.post(&format!("{path}:retire"), &Value::Null).await.expect(409)["code"], "conflict");
    manager.post(&format!("{path}:publish"), &Value::Null).await.expect(200);
    let before = manager.get(&format!("/v1/scales/{id}")).await;
    let stale = manager.request(Method::POST, &format!("{path}:retire")).header("If-Match", "\"1\"");
    assert_eq!(manager.send(stale).await.expect(412)["code"], "precondition_failed");
    let fresh = manager.request(Method::POST, &format!("{path}:retire")).header("If-Match", "\"2\"");
    assert_eq!(manager.send(fresh).await.expect(200)["state"], "retired");
    let after = manager.get(&format!("/v1/scales/{id}")).await;
    assert_ne!(before.header("etag"), after.header("etag"));
    let scale = after.expect(200);
    assert_eq!((&scale["published_version"], &scale["latest_version"]), (&Value::Null, &json!(1)));
    let run = json!({"scale_id": id, "as_of": "2013-12", "selection": {"all": {}}});
    assert_eq!(manager.post("/v1/grading-runs", &run).await.expect(409)["code"], "conflict");
    // Another can be published in its place.
    manager.post(&format!("{path}:clone"), &json!({})).await.expect(201);
    manager.post(&format!("/v1/scales/{id}/versions/2:publish"), &Value::Null).await.expect(200);
}

#[actix_web::test]
async fn a_personal_scale_is_its_members_and_seen_by_those_who_publish() {
    let (app, tenant, manager) = company().await;
    let li = seller(&app, tenant, &manager, "li").await;
    let wang = member(&app, tenant, "wang", Role::Analyst);
    let mut new = from_template("li-own");
    assert_eq!(li.post("/v1/scales", &new).await.expect(403)["detail"], "This needs the permission scales:write.");
    new["scope"] = json!("personal");
    let viewer = member(&app, tenant, "eye", Role::Viewer);
    assert_eq!(
        viewer.post("/v1/scales", &new).await.expect(403)["detail"],
        "This needs the permission scales:personal."
    );
    let id = made(&li, &new).await;
    let (scale, first) = (format!("/v1/scales/{id}"), format!("/v1/scales/{id}/versions/1"));
    let own = li.get(&scale).await.expect(200);
    assert_eq!((&own["scope"], &own["owner"]), (&json!("personal"), &json!("li")));
    // Like a scale that is not there to others, a scale to read for who publishes.
    for path in
        [&scale, &first, &format!("{first}/document"), &format!("{scale}/versions"), &format!("{scale}/judgements")]
    {
        wang.get(path).await.expect(404);
        manager.get(path).await.expect(200);
    }
    let codes = |list: Value| -> Vec<String> {
        list["items"].as_array().unwrap().iter().map(|s| s["code"].as_str().unwrap().to_owned()).collect()
    };
    made(&manager, &from_template("ours")).await;
    assert_eq!(codes(wang.get("/v1/scales").await.expect(200)), ["ours"]);
    assert_eq!(codes(li.get("/v1/scales").await.expect(200)), ["li-own", "ours"]);
    assert_eq!(codes(manager.get("/v1/scales").await.expect(200)), ["li-own", "ours"]);
    // Its member alone changes and publishes it; who publishes may take a copy.
    let definition = li.get(&first).await.expect(200)["definition"].take();
    assert_eq!(manager.put(&first, &definition).await.expect(403)["code"], "forbidden");
    assert_eq!(manager.post(&format!("{first}:publish"), &Value::Null).await.expect(403)["code"], "forbidden");
    wang.put(&first, &definition).await.expect(404);
    li.put(&first, &definition).await.expect(200);
    li.post(&format!("{first}:publish"), &Value::Null).await.expect(200);
    li.post(&format!("{scale}/versions"), &Value::Null).await.expect(201);
    li.post(&format!("{first}:retire"), &Value::Null).await.expect(200);
    manager.post(&format!("{first}:clone"), &json!({"code": "from-li"})).await.expect(201);
    let taken = wang.post(&format!("{first}:clone"), &json!({"code": "mine", "scope": "personal"})).await;
    taken.expect(404);
}

/// A member's own scale does not decide what a customer is to the company.
#[actix_web::test]
async fn a_personal_scale_gives_no_current_grade() {
    let (_app, _, manager) = company().await;
    let customer = manager.post("/v1/customers", &json!({"name": "A"})).await.expect(201)["id"].take();
    let mut new = json!({"code": "mine", "name": label("Mine"), "template": "industrial_distributor"});
    new["scope"] = json!("personal");
    let id = made(&manager, &new).await;
    manager.post(&format!("/v1/scales/{id}/versions/1:publish"), &Value::Null).await.expect(200);
    let run = json!({"scale_id": id, "as_of": "2013-12", "selection": {"all": {}}});
    let run = manager.post("/v1/grading-runs", &run).await.expect(202);
    assert_eq!(manager.finished(run["job"]["id"].as_str().unwrap()).await["state"], "completed");
    let query = "query($id: ID!) { customer(id: $id) { grade { grade } } }";
    assert_eq!(manager.data(query, json!({"id": customer})).await["customer"]["grade"], Value::Null);
    let grades = manager.get(&format!("/v1/customers/{}/grades", customer.as_str().unwrap())).await.expect(200);
    assert_eq!(grades["items"], json!([]));
    let path = format!("/v1/grading-runs/{}/results", run["id"].as_str().unwrap());
    assert_eq!(manager.get(&path).await.expect(200)["items"].as_array().unwrap().len(), 1);
}
