//! One company scale a purpose.

use fenji::tenancy::Role;
use serde_json::{Value, json};

use super::{admin, by_attribute, customers, dimension, factor, fixed, graded, published};
use crate::support::{Client, label, problems, spawn_app};

/// Requires an attribute that nobody has: grades nobody.
fn for_nobody() -> Value {
    let other =
        factor("other", json!({"attribute": "other"}), json!({"linear": {"from": "0", "to": "100"}}), "required");
    json!({"dimensions": [dimension("one", "quality", "1", &[other])], "grade_bands": fixed()})
}

async fn grade(admin: &Client, customer: &str) -> Value {
    let answer = admin.get(&format!("/v1/customers/{customer}/grade")).await;
    if answer.status == 404 { Value::Null } else { answer.expect(200)["grade"].take() }
}

#[actix_web::test]
async fn the_first_scale_published_decides_and_others_only_when_they_are_named() {
    let (_app, admin) = admin().await;
    let ids = customers(&admin, &[("a", json!({"points": "95"})), ("b", json!({"points": "10"}))]).await;
    assert_eq!(admin.get("/v1/company-scales").await.expect(200)["items"], json!([]));
    admin.get("/v1/company-scales/existing_customers").await.expect(404);
    let one = published(&admin, "one", &by_attribute("zero", &fixed())).await;
    let named = admin.get("/v1/company-scales/existing_customers").await;
    assert_eq!(named.header("etag"), "\"1\"");
    let named = named.expect(200);
    assert_eq!((&named["scale_id"], &named["scale_code"]), (&json!(one), &json!("one")));
    assert_eq!((&named["published_version"], &named["named_by"]), (&json!(1), &json!("test-admin")));
    graded(&admin, "one", json!({"all": {}})).await;
    let before = [grade(&admin, &ids["a"]).await, grade(&admin, &ids["b"]).await];
    assert_eq!(before[1], "C");

    // Another scale is published and run; it grades nobody. Everyone keeps the grade, and it is not outdated.
    published(&admin, "two", &for_nobody()).await;
    let nobody = graded(&admin, "two", json!({"all": {}})).await;
    assert_eq!((&nobody["gradable"], &nobody["official"]), (&json!(0), &json!(true)));
    assert_eq!([grade(&admin, &ids["a"]).await, grade(&admin, &ids["b"]).await], before);
    let current = admin.get(&format!("/v1/customers/{}/grade", ids["a"])).await.expect(200);
    assert_eq!((&current["outdated"], &current["scale_code"]), (&Value::Null, &json!("one")));
    let history = admin.get(&format!("/v1/customers/{}/grades", ids["a"])).await.expect(200);
    let in_force: Vec<_> = history["items"].as_array().unwrap().iter().map(|entry| &entry["in_force"]).collect();
    assert_eq!(in_force, [&json!(false), &json!(true)]);

    // Once it is the company's, it decides; named back, the first one does.
    let path = "/v1/company-scales/existing_customers";
    let stale =
        admin.request(reqwest::Method::PUT, path).header("If-Match", "\"7\"").json(&json!({"scale_code": "two"}));
    admin.send(stale).await.expect(412);
    let put = admin.put(path, &json!({"scale_code": "two"})).await;
    assert_eq!(put.header("etag"), "\"2\"");
    assert_eq!(put.expect(200)["version"], 2);
    assert_eq!(grade(&admin, &ids["a"]).await, Value::Null);
    // The same again is no change.
    assert_eq!(admin.put(path, &json!({"scale_code": "two"})).await.expect(200)["version"], 2);
    let query = "mutation($input: PutCompanyScaleInput!) { putCompanyScale(input: $input) { companyScale { purpose scaleCode version } userErrors { pointer code } } }";
    let input = json!({"input": {"purpose": "EXISTING_CUSTOMERS", "scaleId": one, "version": 2}});
    let back = admin.data(query, input).await["putCompanyScale"].take();
    let expected = json!({"purpose": "EXISTING_CUSTOMERS", "scaleCode": "one", "version": 3});
    assert_eq!(back, json!({"companyScale": expected, "userErrors": []}));
    let graph = admin.data(
        "{ companyScales { nodes { purpose scaleCode } } companyScale(purpose: PROSPECTS) { scaleCode } }",
        json!({}),
    );
    let expected = json!({"nodes": [{"purpose": "EXISTING_CUSTOMERS", "scaleCode": "one"}]});
    assert_eq!(graph.await, json!({"companyScales": expected, "companyScale": null}));
    assert_eq!([grade(&admin, &ids["a"]).await, grade(&admin, &ids["b"]).await], before);
    let audit = admin.get("/v1/audit-entries?limit=500").await.expect(200)["items"].take();
    let named = audit.as_array().unwrap().iter().filter(|entry| entry["action"] == "company_scale.named");
    assert_eq!(named.count(), 3);
}

#[actix_web::test]
async fn only_a_published_scale_of_the_company_for_the_purpose_can_be_named() {
    let app = spawn_app().await;
    let tenant = app.tenant("acme").await;
    let admin = app.client(tenant, Role::Admin);
    customers(&admin, &[("a", json!({"points": "95"}))]).await;
    published(&admin, "one", &by_attribute("zero", &fixed())).await;
    let made = async |code: &str, more: Value, publish: bool| {
        let mut new = json!({"code": code, "name": label(code), "definition": by_attribute("zero", &fixed())});
        new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let id = admin.post("/v1/scales", &new).await.expect(201)["id"].as_str().unwrap().to_owned();
        if publish {
            admin.post(&format!("/v1/scales/{id}/versions/1:publish"), &Value::Null).await.expect(200);
        }
    };
    made("draft", json!({}), false).await;
    made("mine", json!({"scope": "personal"}), true).await;
    made("hopes", json!({"purpose": "prospects"}), true).await;
    let path = "/v1/company-scales/existing_customers";
    for (body, at, code) in [
        (json!({}), "/scale_id", "one_of"),
        (json!({"scale_code": "one", "scale_id": "01890a5d-ac96-774b-bcce-000000000000"}), "/scale_id", "one_of"),
        (json!({"scale_code": "none"}), "/scale_code", "unknown_reference"),
        (json!({"scale_code": "draft"}), "/scale_code", "not_published"),
        (json!({"scale_code": "mine"}), "/scale_code", "personal"),
        (json!({"scale_code": "hopes"}), "/scale_code", "wrong_purpose"),
    ] {
        assert_eq!(problems(&admin.put(path, &body).await.expect(422)["errors"]), [(at, code)], "{body}");
    }
    admin.put("/v1/company-scales/everyone", &json!({"scale_code": "one"})).await.expect(404);
    // Publishing a personal scale named none, and each purpose has its own.
    let named = admin.get("/v1/company-scales").await.expect(200)["items"].take();
    let named: Vec<_> = named.as_array().unwrap().iter().map(|named| &named["scale_code"]).collect();
    assert_eq!(named, [&json!("one"), &json!("hopes")]);
    app.client(tenant, Role::Analyst).put(path, &json!({"scale_code": "one"})).await.expect(403);
}

#[actix_web::test]
async fn prospects_go_by_the_companys_scale_for_prospects() {
    let (_app, admin) = admin().await;
    let ids = customers(&admin, &[("a", json!({"points": "95"})), ("hope", json!({"points": "95"}))]).await;
    admin.batch("/v1/customers:batch", &json!([{"external_id": "hope", "stage": "prospect"}])).await;
    let band = |grade: &str, from: &str| json!({"grade": grade, "label": label(grade), "min_score": from});
    let scale = async |code: &str, grade: &str| {
        let definition = by_attribute("excluded", &json!({"fixed": [band(grade, "0")]}));
        let new = json!({"code": code, "name": label(code), "purpose": "prospects", "definition": definition});
        let id = admin.post("/v1/scales", &new).await.expect(201)["id"].as_str().unwrap().to_owned();
        admin.post(&format!("/v1/scales/{id}/versions/1:publish"), &Value::Null).await.expect(200);
    };
    published(&admin, "one", &by_attribute("excluded", &fixed())).await;
    scale("hopes", "H").await;
    scale("other_hopes", "O").await;
    // Whoever is in no run of the scale meant for it goes by the other one.
    graded(&admin, "one", json!({"all": {}})).await;
    assert_eq!(grade(&admin, &ids["hope"]).await, "A");
    graded(&admin, "hopes", json!({"prospects": {}})).await;
    assert_eq!((grade(&admin, &ids["a"]).await, grade(&admin, &ids["hope"]).await), (json!("A"), json!("H")));
    graded(&admin, "other_hopes", json!({"all": {}})).await;
    graded(&admin, "one", json!({"all": {}})).await;
    assert_eq!((grade(&admin, &ids["a"]).await, grade(&admin, &ids["hope"]).await), (json!("A"), json!("H")));
    admin.put("/v1/company-scales/prospects", &json!({"scale_code": "other_hopes"})).await.expect(200);
    assert_eq!((grade(&admin, &ids["a"]).await, grade(&admin, &ids["hope"]).await), (json!("A"), json!("O")));
}

/// Publishing a version, or retiring one, changes nobody's grade: runs do.
#[actix_web::test]
async fn the_later_version_decides_whatever_is_published_after_it() {
    let (_app, admin) = admin().await;
    let ids = customers(&admin, &[("a", json!({"points": "95", "other": "95"}))]).await;
    let scale = published(&admin, "one", &by_attribute("zero", &fixed())).await;
    graded(&admin, "one", json!({"all": {}})).await;
    let current = async || admin.get(&format!("/v1/customers/{}/grade", ids["a"])).await.expect(200);
    let next = async |number: i32| {
        admin.post(&format!("/v1/scales/{scale}/versions"), &Value::Null).await.expect(201);
        admin.post(&format!("/v1/scales/{scale}/versions/{number}:publish"), &Value::Null).await.expect(200);
    };
    next(2).await;
    assert_eq!(current().await["scale_version"], 1);
    let earlier = json!({"scale_code": "one", "as_of": "2013-06", "selection": {"all": {}}});
    let run = admin.post("/v1/grading-runs", &earlier).await.expect(202);
    admin.finished(run["job"]["id"].as_str().unwrap()).await;
    assert_eq!((&current().await["scale_version"], &current().await["as_of"]), (&json!(2), &json!("2013-06")));
    // A retired version that is run again comes after it.
    let again = json!({"scale_code": "one", "version": 1, "as_of": "2013-12", "selection": {"all": {}}});
    let run = admin.post("/v1/grading-runs", &again).await.expect(202);
    admin.finished(run["job"]["id"].as_str().unwrap()).await;
    assert_eq!(current().await["scale_version"], 2);
    next(3).await;
    assert_eq!(current().await["scale_version"], 2);
    admin.post(&format!("/v1/scales/{scale}/versions/3:retire"), &Value::Null).await.expect(200);
    assert_eq!(current().await["scale_version"], 2);
}
