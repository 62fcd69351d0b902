//! Scales as files: taken out and in again, as JSON and as a workbook.

use fenji::scales::{ScaleDocument, write_workbook};
use fenji::tenancy::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Client, TestApp, label, problems, spawn_app};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

async fn admin() -> (TestApp, Client) {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    (app, admin)
}

async fn scale(admin: &Client, template: &str) -> String {
    let new = json!({"code": template, "name": label("Ours"), "template": template});
    admin.post("/v1/scales", &new).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn workbook(admin: &Client, path: &str) -> Vec<u8> {
    let answer = admin.request(Method::GET, path).header("Accept", XLSX).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()), (200, XLSX));
    answer.bytes().await.unwrap().to_vec()
}

async fn upload(admin: &Client, path: &str, media_type: &str, body: Vec<u8>) -> Answer {
    admin.send(admin.request(Method::POST, path).header("Content-Type", media_type).body(body)).await
}

#[actix_web::test]
async fn what_is_taken_out_is_taken_in_as_it_was() {
    let (app, admin) = admin().await;
    let other = app.client(app.tenant("other").await, Role::Admin);
    for template in ["industrial_distributor", "equipment_maker", "component_supplier", "project_business", "prospects"]
    {
        let id = scale(&admin, template).await;
        let path = format!("/v1/scales/{id}/versions/1/document");
        let answer = admin.get(&path).await;
        assert_eq!(answer.header("content-disposition"), format!("attachment; filename=\"scale-{template}-v1.json\""));
        let document = answer.expect(200);
        let taken = other.post("/v1/scales:import", &document).await;
        let location = taken.header("location").to_owned();
        let taken = taken.expect(201);
        assert_eq!((&taken["problems"], &taken["scale_version"]["definition"]), (&json!([]), &document["definition"]));
        assert_eq!(other.get(&format!("{location}/document")).await.expect(200), document);
        // The same from a workbook, into the draft that is there: nothing changes.
        let bytes = workbook(&admin, &path).await;
        let own = taken["scale_version"]["scale_id"].as_str().unwrap();
        let again = upload(&other, &format!("/v1/scales/{own}/versions:import"), XLSX, bytes).await.expect(201);
        assert_eq!((&again["scale_version"]["number"], &again["scale_version"]["revision"]), (&json!(1), &json!(1)));
    }
}

#[actix_web::test]
async fn a_workbook_is_filled_in_and_its_mistakes_are_named_by_cell() {
    let (_app, admin) = admin().await;
    let id = scale(&admin, "industrial_distributor").await;
    let document = admin.get(&format!("/v1/scales/{id}/versions/1/document")).await.expect(200);
    let mut document: ScaleDocument = serde_json::from_value(document).unwrap();
    document.code = "second".parse().unwrap();
    let bytes = write_workbook(&document).unwrap();
    let tried = upload(&admin, "/v1/scales:import?dry_run=true", XLSX, bytes.clone()).await.expect(201);
    assert_eq!(tried["problems"], json!([]));
    let made = upload(&admin, "/v1/scales:import?scope=personal", XLSX, bytes).await.expect(201);
    let new =
        admin.get(&format!("/v1/scales/{}", made["scale_version"]["scale_id"].as_str().unwrap())).await.expect(200);
    assert_eq!((&new["code"], &new["scope"]), (&json!("second"), &json!("personal")));

    // Weights of 99 % and points beyond the maximum.
    document.code = "third".parse().unwrap();
    let mut wrong = serde_json::to_value(&document).unwrap();
    wrong["definition"]["dimensions"][3]["weight"] = json!("0.14");
    wrong["definition"]["dimensions"][1]["factors"][0]["rule"]["bands"][1]["points"] = json!("11");
    let wrong: ScaleDocument = serde_json::from_value(wrong).unwrap();
    let bytes = write_workbook(&wrong).unwrap();
    let refused = upload(&admin, "/v1/scales:import", XLSX, bytes.clone()).await.expect(422);
    assert_eq!(problems(&refused["errors"]), [("Rules!E3", "out_of_range"), ("Dimensions!E2:E5", "weights_sum")]);
    let kept = upload(&admin, "/v1/scales:import?allow_problems=true", XLSX, bytes).await.expect(201);
    assert_eq!((kept["problems"].as_array().unwrap().len(), &kept["scale_version"]["problem_count"]), (2, &json!(2)));
    let as_json = serde_json::to_value(&wrong).unwrap();
    let refused = admin.post("/v1/scales:import?dry_run=true", &as_json).await.expect(422);
    let places = ["/definition/dimensions/1/factors/0/rule/bands/1/points", "/definition/dimensions"];
    assert_eq!(problems(&refused["errors"]).iter().map(|p| p.0).collect::<Vec<_>>(), places);
    // What is no workbook, what is no scale, and what is neither.
    let refused = upload(&admin, "/v1/scales:import", XLSX, b"PK not".to_vec()).await.expect(422);
    assert_eq!(problems(&refused["errors"]), [("", "broken_workbook")]);
    assert_eq!(
        upload(&admin, "/v1/scales:import", "application/json", b"{".to_vec()).await.expect(400)["code"],
        "bad_request"
    );
    upload(&admin, "/v1/scales:import", "text/csv", b"a".to_vec()).await.expect(415);
    upload(&admin, "/v1/scales:import", XLSX, vec![0; 3 << 20]).await.expect(413);
    let html =
        admin.request(Method::GET, &format!("/v1/scales/{id}/versions/1/document")).header("Accept", "text/html");
    admin.send(html).await.expect(406);
}

#[actix_web::test]
async fn an_import_edits_the_draft_under_its_etag() {
    let (_app, admin) = admin().await;
    let id = scale(&admin, "industrial_distributor").await;
    let import = format!("/v1/scales/{id}/versions:import");
    let mut document = admin.get(&format!("/v1/scales/{id}/versions/1/document")).await.expect(200);
    document["definition"]["dimensions"][0]["weight"] = json!("0.3");
    document["definition"]["dimensions"][1]["weight"] = json!("0.3");
    let send = |tag: &str| admin.send(admin.request(Method::POST, &import).header("If-Match", tag).json(&document));
    assert_eq!(send("\"7\"").await.expect(412)["code"], "precondition_failed");
    let taken = send("\"1\"").await;
    assert_eq!(taken.header("etag"), "\"2\"");
    assert_eq!(taken.expect(201)["scale_version"]["revision"], 2);
    admin.post(&format!("/v1/scales/{id}/versions/1:publish"), &Value::Null).await.expect(200);
    // Without a draft it begins one.
    let query = "mutation($input: ImportScaleVersionInput!) { importScaleVersion(input: $input) { scaleImport { scaleVersion { number state } problems { code } } userErrors { pointer code } } }";
    let templates = admin.data("{ scaleTemplates { code } }", json!({})).await;
    assert_eq!(templates["scaleTemplates"].as_array().unwrap().len(), 5);
    let input = json!({"input": {"scaleId": id, "document": {"code": "x", "name": label("x"), "purpose": "PROSPECTS",
        "definition": {"dimensions": [], "gradeBands": {"fixed": []}}}}});
    let refused = admin.data(query, input.clone()).await["importScaleVersion"].take();
    let expected = [
        ("/definition/dimensions", "empty"),
        ("/definition/dimensions", "weights_sum"),
        ("/definition/grade_bands/fixed", "empty"),
    ];
    assert_eq!(problems(&refused["userErrors"]), expected);
    let mut input = input;
    input["input"]["allowProblems"] = json!(true);
    let taken = admin.data(query, input).await["importScaleVersion"].take();
    assert_eq!(taken["scaleImport"]["scaleVersion"], json!({"number": 2, "state": "DRAFT"}));
}
