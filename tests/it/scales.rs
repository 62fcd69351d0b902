//! Scales: from template or definition to published versions, and judgements.

use fenji::tenancy::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, label, problems, spawn_app};

async fn admin() -> (TestApp, Client) {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    (app, admin)
}

/// One dimension with a judgement and one with a metric, of these weights.
fn definition(judged: &str, measured: &str) -> Value {
    let level = |code: &str, points: &str| json!({"code": code, "label": label(code), "points": points});
    let trust = json!({"code": "trust", "label": label("Trust"), "max_points": "10", "source": {"judgement": {}},
                       "rule": {"levels": [level("high", "10"), level("low", "2")]}, "missing": "neutral"});
    let revenue = json!({"code": "revenue", "label": label("Revenue"), "max_points": "10",
                         "source": {"metric": "revenue_l12"}, "rule": {"linear": {"from": "0", "to": "1000"}}, "missing": "zero"});
    let dimension = |code: &str, axis: &str, weight: &str, factor: Value| json!({"code": code, "label": label(code), "axis": axis, "weight": weight, "factors": [factor]});
    json!({
        "dimensions": [dimension("relation", "growth", judged, trust), dimension("value", "quality", measured, revenue)],
        "grade_bands": {"fixed": [{"grade": "A", "label": label("Best"), "min_score": "80"},
                                  {"grade": "B", "label": label("Rest"), "min_score": "0"}]},
    })
}

/// A scale; the path of its version 1.
async fn scale(admin: &Client, code: &str, definition: &Value) -> (String, String) {
    let new = json!({"code": code, "name": label("Ours"), "definition": definition});
    let scale = admin.post("/v1/scales", &new).await.expect(201);
    let id = scale["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/scales/{id}/versions/1");
    (id, path)
}

#[actix_web::test]
async fn a_scale_begins_with_any_of_the_templates_and_can_be_published_as_it_is() {
    let (_app, admin) = admin().await;
    let templates = admin.get("/v1/scale-templates").await.expect(200)["items"].take();
    let codes: Vec<_> = templates.as_array().unwrap().iter().map(|t| t["code"].as_str().unwrap()).collect();
    assert_eq!(
        codes,
        ["industrial_distributor", "equipment_maker", "component_supplier", "project_business", "prospects"]
    );
    for template in templates.as_array().unwrap() {
        let new = json!({"code": template["code"], "name": label("Ours"), "template": template["code"]});
        let created = admin.post("/v1/scales", &new).await;
        let location = created.header("location").to_owned();
        let scale = created.expect(201);
        assert_eq!((&scale["purpose"], &scale["draft_version"]), (&template["purpose"], &json!(1)));
        let version = admin.get(&format!("{location}/versions/1")).await.expect(200);
        assert_eq!((&version["definition"], &version["problem_count"]), (&template["definition"], &json!(0)));
        let found = admin.post(&format!("{location}/versions/1:validate"), &json!({})).await.expect(200);
        assert_eq!(found, json!({"valid": true, "problems": []}));
        let published = admin.post(&format!("{location}/versions/1:publish"), &Value::Null).await.expect(200);
        assert_eq!(published["state"], "published");
    }
    let taken = json!({"code": "prospects", "name": label("x"), "template": "prospects"});
    assert_eq!(admin.post("/v1/scales", &taken).await.expect(409)["code"], "conflict");
    let unknown =
        admin.post("/v1/scales", &json!({"code": "y", "name": label("y"), "template": "none"})).await.expect(422);
    assert_eq!(problems(&unknown["errors"]), [("/template", "unknown_reference")]);
    let neither = admin.post("/v1/scales", &json!({"code": "y", "name": {"en": "", "zh": "y"}})).await.expect(422);
    assert_eq!(problems(&neither["errors"]), [("/name/en", "required"), ("/template", "one_of")]);
    let query = "mutation($input: CreateScaleInput!) { createScale(input: $input) { scale { code draftVersion publishedVersion } userErrors { pointer code } } }";
    let made = admin.data(query, json!({"input": {"code": "mine", "name": label("x"), "template": "prospects"}})).await;
    assert_eq!(made["createScale"]["scale"], json!({"code": "mine", "draftVersion": 1, "publishedVersion": null}));
    let made = admin.data(query, json!({"input": {"code": "mine", "name": label("x")}})).await;
    assert_eq!(problems(&made["createScale"]["userErrors"]), [("/template", "one_of")]);
}

#[actix_web::test]
async fn validation_lists_every_problem_at_once_and_stores_nothing() {
    let (_app, admin) = admin().await;
    let (id, path) = scale(&admin, "ours", &definition("0.5", "0.5")).await;
    let mut wrong = definition("0.5", "0.49");
    wrong["dimensions"][1]["code"] = json!("relation");
    wrong["dimensions"][0]["factors"][0]["rule"]["levels"][0]["points"] = json!("11");
    wrong["dimensions"][1]["factors"][0]["source"] = json!({"judgement": {}});
    wrong["grade_bands"]["fixed"][1]["min_score"] = json!("90");
    wrong["caps"] = json!([{"condition": {"source": {"metric": "recency_days"}, "op": "gt", "value": {"number": "180"}}, "at_best": "C", "label": label("late")}]);
    let found = admin.post(&format!("{path}:validate"), &json!({"definition": wrong})).await.expect(200);
    let expected = [
        ("/dimensions/0/factors/0/rule/levels/0/points", "out_of_range"),
        ("/dimensions/1/code", "duplicate"),
        ("/dimensions/1/factors/0/rule", "wrong_source"),
        ("/dimensions", "weights_sum"),
        ("/grade_bands/fixed/1/min_score", "out_of_order"),
        ("/grade_bands/fixed/1/min_score", "lacking"),
        ("/caps/0/at_best", "unknown"),
    ];
    assert_eq!((&found["valid"], problems(&found["problems"])), (&json!(false), expected.to_vec()));
    assert_eq!(admin.post(&format!("{path}:validate"), &json!({})).await.expect(200)["valid"], true);
    let query = "query($id: ID!) { validateScaleVersion(scaleId: $id, number: 1) { valid problems { pointer } } }";
    let graph = admin.data(query, json!({"id": id})).await;
    assert_eq!(graph["validateScaleVersion"], json!({"valid": true, "problems": []}));
}

#[actix_web::test]
async fn weights_of_99_percent_can_be_kept_as_a_draft_and_not_be_published() {
    let (_app, admin) = admin().await;
    let (id, path) = scale(&admin, "ours", &definition("0.5", "0.49")).await;
    assert_eq!(admin.get(&path).await.expect(200)["problem_count"], 1);
    let refused = admin.post(&format!("{path}:publish"), &Value::Null).await.expect(422);
    assert_eq!(problems(&refused["errors"]), [("/dimensions", "weights_sum")]);
    assert!(refused["errors"][0]["detail"].as_str().unwrap().contains("99 %"), "{refused}");
    let query = "mutation($input: PublishScaleVersionInput!) { publishScaleVersion(input: $input) { scaleVersion { state } userErrors { pointer code message { en zh } } } }";
    let graph = admin.data(query, json!({"input": {"scaleId": id, "number": 1}})).await["publishScaleVersion"].take();
    assert_eq!(
        (&graph["scaleVersion"], problems(&graph["userErrors"])),
        (&Value::Null, vec![("/dimensions", "weights_sum")])
    );
    assert!(graph["userErrors"][0]["message"]["zh"].as_str().unwrap().contains("99%"), "{graph}");
    assert_eq!(admin.get(&path).await.expect(200)["state"], "draft");
}

#[actix_web::test]
async fn a_draft_is_edited_under_its_etag() {
    let (_app, admin) = admin().await;
    let (id, path) = scale(&admin, "ours", &definition("0.5", "0.49")).await;
    let tag = admin.get(&path).await.header("etag").to_owned();
    let put = |definition: &Value| admin.request(Method::PUT, &path).header("If-Match", &tag).json(definition);
    let edited = admin.send(put(&definition("0.4", "0.6"))).await;
    assert_ne!(edited.header("etag"), tag);
    let edited = edited.expect(200);
    assert_eq!(
        (&edited["problem_count"], &edited["definition"]["dimensions"][1]["weight"]),
        (&json!(0), &json!("0.6"))
    );
    assert_eq!(admin.send(put(&definition("0.3", "0.7"))).await.expect(412)["code"], "precondition_failed");
    let publish = admin.request(Method::POST, &format!("{path}:publish")).header("If-Match", &tag);
    assert_eq!(admin.send(publish).await.expect(412)["code"], "precondition_failed");
    assert_eq!(admin.get(&path).await.expect(200), edited);
    let query = "mutation($input: PublishScaleVersionInput!) { publishScaleVersion(input: $input) { scaleVersion { state revision } userErrors { code } } }";
    let publish = |revision: i64| json!({"input": {"scaleId": id, "number": 1, "revision": revision}});
    let revision = edited["revision"].as_i64().unwrap();
    let stale = admin.data(query, publish(revision - 1)).await["publishScaleVersion"].take();
    assert_eq!(stale["userErrors"], json!([{"code": "precondition_failed"}]));
    let published = admin.data(query, publish(revision)).await["publishScaleVersion"].take();
    assert_eq!((&published["scaleVersion"]["state"], &published["userErrors"]), (&json!("PUBLISHED"), &json!([])));
}

#[actix_web::test]
async fn a_published_version_never_changes_and_a_new_one_retires_it() {
    let (_app, admin) = admin().await;
    let (id, path) = scale(&admin, "ours", &definition("0.5", "0.5")).await;
    let second = format!("/v1/scales/{id}/versions/2");
    assert_eq!(admin.post(&format!("/v1/scales/{id}/versions"), &Value::Null).await.expect(409)["code"], "conflict");
    let published = admin.post(&format!("{path}:publish"), &Value::Null).await.expect(200);
    assert!(!published["published_at"].is_null());
    assert_eq!(admin.post(&format!("{path}:publish"), &Value::Null).await.expect(409)["code"], "conflict");
    assert_eq!(admin.put(&path, &definition("0.4", "0.6")).await.expect(409)["code"], "conflict");
    assert_eq!(admin.get(&path).await.expect(200), published);

    let draft = admin.post(&format!("/v1/scales/{id}/versions"), &Value::Null).await.expect(201);
    assert_eq!(
        (&draft["number"], &draft["state"], &draft["definition"]),
        (&json!(2), &json!("draft"), &published["definition"])
    );
    let scale = admin.get(&format!("/v1/scales/{id}")).await.expect(200);
    assert_eq!((&scale["published_version"], &scale["draft_version"]), (&json!(1), &json!(2)));
    admin.put(&second, &definition("0.4", "0.6")).await.expect(200);
    let query = "mutation($input: PublishScaleVersionInput!) { publishScaleVersion(input: $input) { scaleVersion { number state } userErrors { code } } }";
    let input = json!({"input": {"scaleId": id, "number": 2}});
    let graph = admin.data(query, input.clone()).await["publishScaleVersion"].take();
    assert_eq!(graph, json!({"scaleVersion": {"number": 2, "state": "PUBLISHED"}, "userErrors": []}));
    let again = admin.data(query, input).await["publishScaleVersion"].take();
    assert_eq!(again, json!({"scaleVersion": null, "userErrors": [{"code": "conflict"}]}));
    let retired = admin.get(&path).await.expect(200);
    assert_eq!((&retired["state"], &retired["definition"]), (&json!("retired"), &published["definition"]));
    assert_eq!(admin.put(&path, &definition("0.4", "0.6")).await.expect(409)["code"], "conflict");
    let scale = admin.get(&format!("/v1/scales/{id}")).await.expect(200);
    assert_eq!((&scale["published_version"], &scale["draft_version"]), (&json!(2), &Value::Null));
}

#[actix_web::test]
async fn of_twenty_publications_at_once_one_succeeds() {
    let (_app, admin) = admin().await;
    let (_, path) = scale(&admin, "ours", &definition("0.5", "0.5")).await;
    let publish = format!("{path}:publish");
    let answers = futures::future::join_all((0..20).map(|_| admin.post(&publish, &Value::Null))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (200, &[409; 19][..]));
}

#[actix_web::test]
async fn judgements_are_taken_one_by_one_and_the_newest_counts() {
    let (app, admin) = admin().await;
    let (id, _) = scale(&admin, "ours", &definition("0.5", "0.5")).await;
    let customer = admin.post("/v1/customers", &json!({"name": "A"})).await.expect(201)["id"].take();
    let path = format!("/v1/scales/{id}/judgements:batch");
    let nobody = "0190b8a0-0000-7000-8000-000000000000";
    let judgement = |customer: &Value, factor: &str, level: &str| json!({"customer_id": customer, "factor_code": factor, "level": level});
    let items = json!([
        judgement(&customer, "trust", "low"),
        judgement(&json!(nobody), "trust", "high"),
        judgement(&customer, "revenue", "high"),
        judgement(&customer, "trust", "medium"),
        {"customer_id": customer, "factor_code": "trust"},
    ]);
    let batch = admin.post(&path, &items).await.expect(207);
    let found: Vec<_> = batch["items"].as_array().unwrap().iter().map(|item| problems(&item["problems"])).collect();
    let unknown = "unknown_reference";
    assert_eq!(
        (&found[0], &found[1], &found[2]),
        (&vec![], &vec![("/customer_id", unknown)], &vec![("/factor_code", unknown)])
    );
    assert_eq!((&found[3][0], &found[4]), (&("/level", unknown), &vec![("/level", "required")]));
    assert_eq!(batch["counts"], json!({"created": 1, "updated": 0, "unchanged": 0, "errors": 4}));
    let atomic =
        admin.post(&format!("{path}?atomic=true"), &json!([judgement(&customer, "trust", "high"), items[1]])).await;
    assert_eq!(problems(&atomic.expect(422)["errors"]), [("/1/customer_id", unknown)]);
    let query = "mutation($input: JudgeCustomersInput!) { judgeCustomers(input: $input) { batch { counts { updated } } userErrors { code } } }";
    let input = json!({"input": {"scaleId": id, "items": [{"customerId": customer, "factorCode": "trust", "level": "high", "note": "answers at once"}]}});
    let graph = admin.data(query, input).await["judgeCustomers"].take();
    assert_eq!(graph["batch"]["counts"]["updated"], 1);
    let list = admin.get(&format!("/v1/scales/{id}/judgements")).await.expect(200)["items"].take();
    assert_eq!(list.as_array().unwrap().len(), 1);
    let (level, note, author) = (&list[0]["level"], &list[0]["note"], &list[0]["author"]);
    assert_eq!((level, note, author), (&json!("high"), &json!("answers at once"), &json!("test-admin")));
    // Another tenant has neither the scale nor the customer.
    let other = app.client(app.tenant("other").await, Role::Admin);
    other.post(&path, &json!([judgement(&customer, "trust", "low")])).await.expect(404);
}
