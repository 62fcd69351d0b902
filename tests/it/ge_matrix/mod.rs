//! The GE matrix: models, mappings, the matrix as data and as a chart, two mappings compared.

mod comparing;
mod pictures;
mod standard;
mod withdrawing;

use fenji::tenancy::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, label, plain, problems, sell, spawn_app};

async fn admin() -> (TestApp, Client) {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    (app, admin)
}

/// Each axis one required attribute from 0 to 3, so that 1 and 2 lie on the cut-offs exactly.
async fn definition(admin: &Client) -> Value {
    let templates = admin.get("/v1/ge-model-templates").await.expect(200);
    let axis = |code: &str, zh: &str| {
        let factor = json!({"code": code, "label": label(code), "max_points": "7", "source": {"attribute": code},
                            "rule": {"linear": {"from": "0", "to": "3"}}, "missing": "required"});
        let dimension = json!({"code": code, "label": label(code), "weight": "1", "factors": [factor]});
        json!({"label": {"en": code, "zh": zh}, "dimensions": [dimension]})
    };
    json!({"attractiveness": axis("market", "市场如何"), "competitive_strength": axis("strength", "我们如何"),
           "cells": templates["items"][0]["definition"]["cells"]})
}

/// A published model.
async fn published(admin: &Client, code: &str, definition: &Value) -> String {
    let new = json!({"code": code, "name": label(code), "definition": definition});
    let id = admin.post("/v1/ge-models", &new).await.expect(201)["id"].as_str().unwrap().to_owned();
    admin.post(&format!("/v1/ge-models/{id}/versions/1:publish"), &Value::Null).await.expect(200);
    id
}

/// A mapping as of December 2013 that has ended well.
async fn mapped(admin: &Client, model: &str) -> Value {
    mapped_as_of(admin, model, "2013-12").await
}

/// A mapping that has ended well.
async fn mapped_as_of(admin: &Client, model: &str, as_of: &str) -> Value {
    let started = admin.post("/v1/ge-mappings", &json!({"model_code": model, "as_of": as_of})).await;
    let location = started.header("location").to_owned();
    let mapping = started.expect(202);
    let job = mapping["job"]["id"].as_str().unwrap();
    assert_eq!(location, format!("/v1/jobs/{job}"));
    assert_eq!(admin.finished(job).await["state"], "completed");
    admin.get(&format!("/v1/ge-mappings/{}", mapping["id"].as_str().unwrap())).await.expect(200)
}

/// Three who have a place and two who lack something.
async fn book(admin: &Client) {
    let sale = |customer, net| (customer, "2013-05-05", "P", net, "");
    sell(admin, &[sale("top", "300"), sale("edge", "100"), sale("half", "50")]).await;
    admin.define(&[("market", "number"), ("strength", "number")]).await;
    let attributes = |id: &str, attributes: Value| json!({"external_id": id, "name": id, "attributes": attributes});
    let items = json!([
        attributes("top", json!({"market": "3", "strength": "3"})),
        attributes("edge", json!({"market": "1", "strength": "2"})),
        attributes("low", json!({"market": "0", "strength": "0.99"})),
        attributes("half", json!({"market": "2"})),
        {"external_id": "hope", "name": "hope", "stage": "prospect"},
    ]);
    admin.batch("/v1/customers:batch", &items).await;
}

#[actix_web::test]
async fn a_model_begins_with_the_template_and_is_published_once() {
    let (_app, admin) = admin().await;
    let new = json!({"code": "ours", "name": label("Ours"), "template": "standard"});
    let created = admin.post("/v1/ge-models", &new).await;
    let location = created.header("location").to_owned();
    let model = created.expect(201);
    assert_eq!((&model["draft_version"], &model["published_version"]), (&json!(1), &Value::Null));
    let path = format!("{location}/versions/1");
    assert_eq!(
        admin.post(&format!("{path}:validate"), &json!({})).await.expect(200),
        json!({"valid": true, "problems": []})
    );
    let mut wrong = definition(&admin).await;
    wrong["attractiveness"]["dimensions"][0]["weight"] = json!("0.99");
    wrong["cells"].as_array_mut().unwrap().pop();
    wrong["cutoffs"] = json!({"low": "70"});
    let found = admin.post(&format!("{path}:validate"), &json!({"definition": wrong})).await.expect(200);
    let expected = [("/attractiveness/dimensions", "weights_sum"), ("/cutoffs", "out_of_order"), ("/cells", "lacking")];
    assert_eq!(problems(&found["problems"]), expected);
    let draft = admin.post("/v1/ge-mappings", &json!({"model_code": "ours", "as_of": "2013-12"})).await.expect(409);
    assert_eq!(draft["code"], "conflict");
    let tag = admin.get(&path).await.header("etag").to_owned();
    let put = |tag: &str, body: &Value| admin.request(Method::PUT, &path).header("If-Match", tag).json(body);
    admin.send(put(&tag, &wrong)).await.expect(200);
    let refused = admin.post(&format!("{path}:publish"), &Value::Null).await.expect(422);
    assert_eq!(problems(&refused["errors"]), expected);
    assert_eq!(admin.send(put(&tag, &definition(&admin).await)).await.expect(412)["code"], "precondition_failed");
    admin.put(&path, &definition(&admin).await).await.expect(200);
    let query = "mutation($input: PublishGeModelVersionInput!) { publishGeModelVersion(input: $input) { geModelVersion { state } userErrors { code } } }";
    let input = json!({"input": {"modelId": model["id"], "number": 1}});
    let done = admin.data(query, input.clone()).await["publishGeModelVersion"].take();
    assert_eq!(done, json!({"geModelVersion": {"state": "PUBLISHED"}, "userErrors": []}));
    let again = admin.data(query, input).await["publishGeModelVersion"].take();
    assert_eq!(again, json!({"geModelVersion": null, "userErrors": [{"code": "conflict"}]}));
    admin.put(&path, &definition(&admin).await).await.expect(409);
}

#[actix_web::test]
async fn every_customer_has_a_cell_or_what_it_lacks() {
    let (_app, admin) = admin().await;
    book(&admin).await;
    published(&admin, "ours", &definition(&admin).await).await;
    let mapping = mapped(&admin, "ours").await;
    assert_eq!((&mapping["mapped"], &mapping["unmapped"]), (&json!(3), &json!(2)));
    let path = format!("/v1/ge-mappings/{}/positions", mapping["id"].as_str().unwrap());
    let list = admin.get(&path).await.expect(200)["items"].take();
    let row = |p: &Value| {
        [&p["external_id"], &p["cell"], &p["attractiveness"], &p["strength"], &p["revenue_l12"]].map(Clone::clone)
    };
    let found: Vec<_> = list.as_array().unwrap().iter().map(row).collect();
    let none = Value::Null;
    assert_eq!(found[0], [json!("top"), json!("high_strong"), json!("100.0000"), json!("100.0000"), json!("300.0000")]);
    // On a cut-off: the higher class.
    assert_eq!(
        found[1],
        [json!("edge"), json!("medium_strong"), json!("33.3333"), json!("66.6667"), json!("100.0000")]
    );
    assert_eq!(found[2], [json!("half"), none.clone(), json!("66.6667"), none.clone(), json!("50.0000")]);
    assert_eq!(found[3][..4], [json!("hope"), none.clone(), none.clone(), none]);
    assert_eq!(found[4][..4], [json!("low"), json!("low_weak"), json!("0.0000"), json!("33.0000")]);
    let unmapped = admin.get(&format!("{path}?unmapped=true&sort=external_id")).await.expect(200)["items"].take();
    let lack = |axis: &str, code: &str| json!({"axis": axis, "dimension": code, "factor": code, "missing": "no_data", "share": "1.000000"});
    let (market, strength) = (lack("attractiveness", "market"), lack("competitive_strength", "strength"));
    assert_eq!((&unmapped[0]["lacks"], &unmapped[1]["lacks"]), (&json!([strength]), &json!([market, strength])));
    let one = admin.get(&format!("{path}?cell=low_weak")).await.expect(200)["items"].take();
    assert_eq!((one.as_array().unwrap().len(), &one[0]["external_id"]), (1, &json!("low")));
    let again = mapped(&admin, "ours").await;
    let second = admin.get(&format!("/v1/ge-mappings/{}/positions", again["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(second["items"], list);
}

#[actix_web::test]
async fn the_matrix_counts_customers_and_revenue_in_all_nine_cells() {
    let (_app, admin) = admin().await;
    book(&admin).await;
    let id = published(&admin, "ours", &definition(&admin).await).await;
    let mapping = mapped(&admin, "ours").await;
    let matrix = admin.get(&format!("/v1/ge-matrix?model_id={id}&as_of=2013-12")).await.expect(200);
    assert_eq!((&matrix["mapping_id"], &matrix["currency"]), (&mapping["id"], &json!("EUR")));
    assert_eq!((&matrix["mapped"], &matrix["mapped_revenue"]), (&json!(3), &json!("400.0000")));
    assert_eq!((&matrix["unmapped"], &matrix["unmapped_revenue"]), (&json!(2), &json!("50.0000")));
    let cell = |c: &Value| {
        (
            c["cell"].as_str().unwrap().to_owned(),
            c["customers"].as_i64().unwrap(),
            c["revenue"].as_str().unwrap().to_owned(),
            c["revenue_share"].as_str().unwrap().to_owned(),
        )
    };
    let cells: Vec<_> = matrix["cells"].as_array().unwrap().iter().map(cell).collect();
    assert_eq!(cells.len(), 9);
    let filled: Vec<_> = cells.iter().filter(|c| c.1 > 0).cloned().collect();
    let row = |cell: &str, revenue: &str, share: &str| (cell.to_owned(), 1, revenue.to_owned(), share.to_owned());
    assert_eq!(
        filled,
        [
            row("high_strong", "300.0000", "0.750000"),
            row("medium_strong", "100.0000", "0.250000"),
            row("low_weak", "0.0000", "0.000000")
        ]
    );
    assert_eq!(matrix["cells"][8]["stance"], "harvest");
    let query = "query($id: ID!) { geMatrix(modelId: $id) { mapped unmappedRevenue cells { cell customers revenue } svg } gePositions(mappingId: $mapping) { nodes { externalId } } }";
    let query = query.replace("$id: ID!", "$id: ID!, $mapping: ID!");
    let graph = admin.data(&query, json!({"id": id, "mapping": mapping["id"]})).await;
    let matrix = &graph["geMatrix"];
    assert_eq!((&matrix["mapped"], &matrix["unmappedRevenue"]), (&json!(3), &json!("50.0000")));
    assert_eq!(matrix["cells"][0], json!({"cell": "HIGH_STRONG", "customers": 1, "revenue": "300.0000"}));
    assert!(matrix["svg"].as_str().unwrap().starts_with("<svg"));
    assert_eq!(graph["gePositions"]["nodes"][0]["externalId"], "top");
    let two = admin
        .get(&format!("/v1/ge-matrix?mapping_id={}&as_of=2013-12", mapping["id"].as_str().unwrap()))
        .await
        .expect(422);
    assert_eq!(problems(&two["errors"]), [("/mapping_id", "one_of")]);
    admin.get("/v1/ge-matrix?as_of=2012-12").await.expect(404);
}

#[actix_web::test]
async fn the_matrix_is_a_picture_where_one_is_asked_for_in_the_readers_language() {
    let (_app, admin) = admin().await;
    book(&admin).await;
    published(&admin, "ours", &definition(&admin).await).await;
    mapped(&admin, "ours").await;
    let get = async |accept: &str, language: &str| {
        let request = admin.request(Method::GET, "/v1/ge-matrix").header("Accept", accept);
        admin.send(request.header("Accept-Language", language)).await
    };
    let english = get("image/svg+xml", "en").await;
    assert_eq!(
        (english.status, english.header("content-type"), english.header("content-language")),
        (200, "image/svg+xml", "en")
    );
    assert!(english.text.starts_with("<svg") && english.text.ends_with("</svg>\n"));
    assert!(["Protect position", ">market ", "top"].iter().all(|part| english.text.contains(part)), "{}", english.text);
    let chinese = get("image/*;q=0.9,application/json;q=0.5", "zh-CN,en;q=0.5").await;
    assert_eq!(chinese.header("content-language"), "zh-CN");
    assert!(chinese.text.contains("市场如何") && !chinese.text.contains("Protect position"), "{}", chinese.text);
    assert_eq!(get("application/json, image/svg+xml", "en").await.header("content-type"), "application/json");
    assert_eq!(get("text/html", "en").await.expect(406)["code"], "not_acceptable");
}

#[actix_web::test]
async fn bubbles_are_as_large_as_revenue_or_potential() {
    let (_app, admin) = admin().await;
    book(&admin).await;
    let potentials = json!([{"customer_external_id": "top", "category": "P", "yearly_amount": "7000000"}]);
    admin.batch("/v1/purchase-potentials:batch", &potentials).await;
    published(&admin, "ours", &definition(&admin).await).await;
    mapped(&admin, "ours").await;
    let picture = async |query: &str| {
        let path = format!("/v1/ge-matrix{query}");
        admin.send(admin.request(Method::GET, &path).header("Accept", "image/svg+xml")).await
    };
    let revenue = picture("").await.text;
    assert!(revenue.contains("top: 300 (100 / 100)") && revenue.contains("amounts: revenue, 12 months"), "{revenue}");
    assert_eq!(picture("?size=revenue").await.text, revenue);
    let potential = picture("?size=potential").await.text;
    assert!(potential.contains("top: 7 M (100 / 100)") && potential.contains("edge: none known"), "{potential}");
    assert_eq!(picture("?size=area").await.status, 400);
    let graph = admin.data("{ geMatrix { svg(size: POTENTIAL) } }", json!({})).await;
    assert_eq!(graph["geMatrix"]["svg"], json!(potential));
}

#[actix_web::test]
async fn a_customer_knows_its_cell() {
    let (_app, admin) = admin().await;
    book(&admin).await;
    let id = published(&admin, "ours", &definition(&admin).await).await;
    let query = "mutation($input: StartGeMappingInput!) { startGeMapping(input: $input) { geMapping { id job { id } } userErrors { code } } }";
    let started =
        admin.data(query, json!({"input": {"modelId": id, "asOf": "2013-12"}})).await["startGeMapping"].take();
    admin.finished(&plain(&started["geMapping"]["job"]["id"])).await;
    let query = "{ customers(sort: \"name\") { nodes { name geCell { cell name { en } attractiveness strength asOf mappingId } } } }";
    let graph = admin.data(query, json!({})).await["customers"]["nodes"].take();
    let mapping = &started["geMapping"]["id"];
    let cell = |cell: Value, name: Value, rows: Value, columns: Value| json!({"cell": cell, "name": name, "attractiveness": rows, "strength": columns, "asOf": "2013-12", "mappingId": mapping});
    let none = Value::Null;
    assert_eq!(
        graph[4]["geCell"],
        cell(json!("HIGH_STRONG"), json!({"en": "Protect position"}), json!("100.0000"), json!("100.0000"))
    );
    assert_eq!(graph[1]["geCell"], cell(none.clone(), none.clone(), json!("66.6667"), none));
    let later = json!([{"external_id": "new", "name": "new"}]);
    admin.batch("/v1/customers:batch", &later).await;
    let graph =
        admin.data("{ customers(filter: {externalId: \"new\"}) { nodes { geCell { cell } } } }", json!({})).await;
    assert_eq!(graph["customers"]["nodes"], json!([{"geCell": null}]));
}
