//! The attributes a tenant defines, and the values customers may have of them.

use fenji::tenancy::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, label, problems, spawn_app};

const PATH: &str = "/v1/attribute-definitions";

async fn admin() -> (TestApp, Client) {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    (app, admin)
}

/// One attribute of each type, called as the type.
async fn one_of_each(admin: &Client) {
    let choice = |value: &str| json!({"value": value, "label": label(value)});
    let definitions = json!([
        {"code": "number", "label": label("Number"), "type": "number", "unit": "sq ft"},
        {"code": "money", "label": label("Money"), "type": "money", "unit": "EUR"},
        {"code": "text", "label": label("Text"), "type": "text"},
        {"code": "choice", "label": label("Choice"), "type": "choice", "choices": [choice("casting"), choice("milling")]},
        {"code": "yes_no", "label": label("Yes or no"), "type": "yes_no"},
        {"code": "date", "label": label("Date"), "type": "date"},
    ]);
    admin.batch(&format!("{PATH}:batch"), &definitions).await;
}

/// A value of each type as it is kept.
fn kept() -> Value {
    json!({"number": "12.5", "money": "1250.5000", "text": "two words", "choice": "casting", "yes_no": true, "date": "2024-02-29"})
}

#[actix_web::test]
async fn an_attribute_is_defined_read_changed_and_taken_away() {
    let (_app, admin) = admin().await;
    let new = json!({"code": "square_feet", "label": {"en": "Square feet", "zh": "营业面积"}, "type": "number", "unit": "sq ft",
                     "freshness_days": 365, "required": true});
    let created = admin.post(PATH, &new).await;
    let (location, tag) = (created.header("location").to_owned(), created.header("etag").to_owned());
    let definition = created.expect(201);
    assert_eq!(location, format!("{PATH}/square_feet"));
    for field in ["code", "label", "type", "unit", "freshness_days", "required"] {
        assert_eq!(definition[field], new[field], "{field}");
    }
    assert_eq!((&definition["choices"], &definition["version"]), (&json!([]), &json!(1)));
    assert_eq!(admin.get(&location).await.expect(200), definition);
    assert_eq!(admin.post(PATH, &new).await.expect(409)["code"], "conflict");

    let same = admin.send(admin.request(Method::GET, &location).header("If-None-Match", &tag)).await;
    assert_eq!(same.status, 304);
    let next = json!({"label": {"en": "Floor space", "zh": "面积"}, "type": "number"});
    let put = |tag: &str| admin.send(admin.request(Method::PUT, &location).header("If-Match", tag).json(&next));
    let changed = put(&tag).await.expect(200);
    assert_eq!(
        (&changed["unit"], &changed["freshness_days"], &changed["required"]),
        (&Value::Null, &Value::Null, &json!(false))
    );
    assert_eq!((&changed["label"]["en"], &changed["version"]), (&json!("Floor space"), &json!(2)));
    assert_eq!(put(&tag).await.expect(412)["code"], "precondition_failed");
    assert_eq!(admin.put(&location, &next).await.expect(200), changed);

    let stale = admin.send(admin.request(Method::DELETE, &location).header("If-Match", &tag)).await;
    assert_eq!(stale.status, 412);
    let gone = admin.delete(&location).await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    assert_eq!(admin.get(&location).await.status, 404);
    assert_eq!(admin.delete(&location).await.status, 404);
    assert_eq!(admin.get(PATH).await.expect(200)["items"], json!([]));
    assert_eq!(admin.get(&format!("{PATH}/%2F")).await.status, 404);
    admin.put(&format!("{PATH}/square_feet"), &next).await.expect(201);
}

#[actix_web::test]
async fn graphql_defines_alike() {
    let (_app, admin) = admin().await;
    let fields =
        "attributeDefinition { code type unit choices { value label { zh } } version } userErrors { pointer code }";
    let create = format!(
        "mutation($input: AttributeDefinitionInput!) {{ createAttributeDefinition(input: $input) {{ {fields} }} }}"
    );
    let choices = json!([{"value": "casting", "label": {"en": "Casting", "zh": "铸造"}}]);
    let new = json!({"code": "process", "label": label("Process"), "type": "CHOICE", "choices": choices});
    let made = admin.data(&create, json!({"input": new})).await["createAttributeDefinition"].take();
    let expected = json!({"code": "process", "type": "CHOICE", "unit": null, "choices": [{"value": "casting", "label": {"zh": "铸造"}}], "version": 1});
    assert_eq!((&made["attributeDefinition"], &made["userErrors"]), (&expected, &json!([])));
    let bad = json!({"code": "stage", "label": {"en": "", "zh": "x"}, "type": "MONEY", "freshnessDays": 0});
    let refused = admin.data(&create, json!({"input": bad})).await["createAttributeDefinition"].take();
    let rest = json!({"code": "stage", "label": {"en": "", "zh": "x"}, "type": "money", "freshness_days": 0});
    let rest = admin.post(PATH, &rest).await.expect(422);
    let expected =
        [("/code", "reserved"), ("/label/en", "required"), ("/unit", "currency"), ("/freshness_days", "range")];
    assert_eq!((problems(&refused["userErrors"]), problems(&rest["errors"])), (expected.to_vec(), expected.to_vec()));

    let upsert = format!(
        "mutation($input: UpsertAttributeDefinitionInput!) {{ upsertAttributeDefinition(input: $input) {{ {fields} }} }}"
    );
    let next = |version: i32, kind: &str| json!({"input": {"expectedVersion": version, "definition": {"code": "process", "label": label("P"), "type": kind}}});
    let stale = admin.data(&upsert, next(2, "TEXT")).await["upsertAttributeDefinition"].take();
    assert_eq!(problems(&stale["userErrors"])[0].1, "precondition_failed");
    let bad = admin.data(&upsert, next(1, "CHOICE")).await["upsertAttributeDefinition"].take();
    assert_eq!(problems(&bad["userErrors"]), [("/definition/choices", "size")]);
    let put = admin.data(&upsert, next(1, "TEXT")).await["upsertAttributeDefinition"].take();
    assert_eq!(
        (&put["attributeDefinition"]["type"], &put["attributeDefinition"]["version"]),
        (&json!("TEXT"), &json!(2))
    );
    let list = admin.data("{ attributeDefinitions { nodes { code } } attributeDefinition(code: \"process\") { version } none: attributeDefinition(code: \"x\") { code } }", json!({})).await;
    assert_eq!(
        list,
        json!({"attributeDefinitions": {"nodes": [{"code": "process"}]}, "attributeDefinition": {"version": 2}, "none": null})
    );
    let delete = "mutation { deleteAttributeDefinition(input: {code: \"process\", expectedVersion: 2}) { code userErrors { code } } }";
    assert_eq!(
        admin.data(delete, json!({})).await["deleteAttributeDefinition"],
        json!({"code": "process", "userErrors": []})
    );
    assert_eq!(admin.data(delete, json!({})).await["deleteAttributeDefinition"]["userErrors"][0]["code"], "not_found");
}

#[actix_web::test]
async fn a_batch_of_definitions_has_an_outcome_an_item() {
    let (_app, admin) = admin().await;
    let item = |code: &str, kind: &str| json!({"code": code, "label": label(code), "type": kind});
    let items = json!([item("a", "text"), item("b", "colour"), item("name", "text"), item("c", "date"), item("a", "number"), {"code": "d"}]);
    let batch = admin.post(&format!("{PATH}:batch"), &items).await.expect(207);
    let outcomes: Vec<&str> =
        batch["items"].as_array().unwrap().iter().map(|item| item["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["created", "error", "error", "created", "updated", "error"]);
    assert_eq!(problems(&batch["items"][1]["problems"])[0], ("/type", "malformed"));
    assert_eq!(problems(&batch["items"][2]["problems"]), [("/code", "reserved")]);
    assert_eq!(admin.get(&format!("{PATH}/a")).await.expect(200)["type"], "number");
    let again =
        admin.post(&format!("{PATH}:batch"), &json!([item("a", "number"), item("c", "date")])).await.expect(207);
    assert_eq!(again["counts"]["unchanged"], 2);
    let atomic = admin
        .post(&format!("{PATH}:batch?atomic=true"), &json!([item("e", "text"), item("", "text")]))
        .await
        .expect(422);
    assert_eq!(problems(&atomic["errors"]), [("/1/code", "malformed")]);
    assert_eq!(admin.get(&format!("{PATH}/e")).await.status, 404);
    let many: Vec<Value> = (0..201).map(|n| item(&format!("n{n:03}"), "text")).collect();
    let full = admin.post(&format!("{PATH}:batch"), &json!(many)).await.expect(207);
    assert_eq!((&full["counts"]["created"], &full["counts"]["errors"]), (&json!(198), &json!(3)));
    assert_eq!(problems(&full["items"][198]["problems"]), [("", "too_many")]);
    let page = admin.get(&format!("{PATH}?limit=2")).await.expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    let next = admin.get(&format!("{PATH}?limit=2&cursor={cursor}")).await.expect(200);
    assert_eq!((&page["items"][1]["code"], &next["items"][0]["code"]), (&json!("c"), &json!("n000")));
}

#[actix_web::test]
async fn values_are_kept_in_one_form_by_type() {
    let (_app, admin) = admin().await;
    one_of_each(&admin).await;
    let path = "/v1/customers/by-external-id/crm/C-1";
    let given = json!({"number": "012.50", "money": {"amount": "1250.5", "currency": "EUR"}, "text": " two words ",
                       "choice": "casting", "yes_no": "yes", "date": "2024-02-29"});
    let created = admin.put(path, &json!({"name": "A", "attributes": given})).await.expect(201);
    assert_eq!(created["attributes"], kept());
    // The same facts in their own form change nothing.
    let again = admin.put(path, &json!({"name": "A", "attributes": kept()})).await.expect(200);
    assert_eq!(again, created);
    let query = "{ customers { nodes { attributes } } }";
    assert_eq!(admin.data(query, json!({})).await["customers"]["nodes"][0]["attributes"], kept());
}

#[actix_web::test]
async fn everything_wrong_with_attributes_is_said_at_once_wherever_they_come_in() {
    let (_app, admin) = admin().await;
    one_of_each(&admin).await;
    let bad = json!({"choice": "forging", "colour": "red", "date": "29.2.2024", "money": {"amount": "1", "currency": "USD"},
                     "number": "1,5", "text": "", "yes_no": "perhaps"});
    let expected = [
        ("/attributes/choice", "choice"),
        ("/attributes/colour", "unknown_attribute"),
        ("/attributes/date", "type"),
        ("/attributes/money", "currency"),
        ("/attributes/number", "type"),
        ("/attributes/text", "required"),
        ("/attributes/yes_no", "type"),
    ];
    let refused = admin.post("/v1/customers", &json!({"name": "A", "attributes": bad})).await.expect(422);
    assert_eq!(problems(&refused["errors"]), expected);
    let named = refused["errors"][1]["detail"].as_str().unwrap();
    assert!(named.contains("colour"), "{named}");
    let items = json!([{"external_id": "1", "name": "A", "attributes": bad}, {"external_id": "2", "name": "B"}]);
    let batch = admin.post("/v1/customers:batch", &items).await.expect(207);
    assert_eq!(problems(&batch["items"][0]["problems"]), expected);
    assert_eq!(batch["items"][1]["outcome"], "created");
    let id = batch["items"][1]["id"].as_str().unwrap();
    let patch = admin.request(Method::PATCH, &format!("/v1/customers/{id}")).json(&json!({"attributes": bad}));
    assert_eq!(problems(&admin.send(patch).await.expect(422)["errors"]), expected);
    let create =
        "mutation($input: CreateCustomerInput!) { createCustomer(input: $input) { userErrors { pointer code } } }";
    let refused = admin.data(create, json!({"input": {"name": "A", "attributes": bad}})).await["createCustomer"].take();
    assert_eq!(problems(&refused["userErrors"]), expected);
    let file = admin.request(Method::GET, "/v1/customers").header("Accept-Language", "zh-CN");
    assert_eq!(admin.send(file).await.expect(200)["items"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn what_customers_carry_keeps_its_definition() {
    let (_app, admin) = admin().await;
    one_of_each(&admin).await;
    let path = "/v1/customers/by-external-id/crm/C-1";
    admin.put(path, &json!({"name": "A", "attributes": kept()})).await.expect(201);
    for code in ["number", "money", "text", "choice", "yes_no", "date"] {
        let refused = admin.delete(&format!("{PATH}/{code}")).await.expect(409);
        assert_eq!(refused["code"], "conflict", "{code}");
    }
    let money = |unit: &str| json!({"label": label("Money"), "type": "money", "unit": unit});
    admin.put(&format!("{PATH}/money"), &money("USD")).await.expect(409);
    admin.put(&format!("{PATH}/number"), &json!({"label": label("N"), "type": "text"})).await.expect(409);
    let choices = |values: &[&str]| {
        let choices: Vec<Value> = values.iter().map(|v| json!({"value": v, "label": label(v)})).collect();
        json!({"label": label("Choice"), "type": "choice", "choices": choices})
    };
    admin.put(&format!("{PATH}/choice"), &choices(&["milling"])).await.expect(409);
    admin.put(&format!("{PATH}/choice"), &choices(&["casting", "forging"])).await.expect(200);
    // A unit of a number is a word for readers.
    admin
        .put(&format!("{PATH}/number"), &json!({"label": label("N"), "type": "number", "unit": "m²"}))
        .await
        .expect(200);
    let batch = json!([{"code": "number", "label": label("N"), "type": "text"}, {"code": "fresh", "label": label("F"), "type": "text"}]);
    let batch = admin.post(&format!("{PATH}:batch"), &batch).await.expect(207);
    assert_eq!(problems(&batch["items"][0]["problems"]), [("/type", "in_use")]);
    assert_eq!(batch["items"][1]["outcome"], "created");
    admin.put(path, &json!({"name": "A", "attributes": null})).await.expect(200);
    admin.put(&format!("{PATH}/money"), &money("USD")).await.expect(200);
    assert_eq!(admin.delete(&format!("{PATH}/choice")).await.status, 204);
}

#[actix_web::test]
async fn what_a_published_scale_reads_keeps_its_definition() {
    let (_app, admin) = admin().await;
    admin.define(&[("points", "number"), ("idle", "number")]).await;
    let factor = json!({"code": "f", "label": label("f"), "max_points": "10", "source": {"attribute": "points"},
                        "rule": {"linear": {"from": "0", "to": "100"}}, "missing": "zero"});
    let dimension = json!({"code": "d", "label": label("d"), "axis": "quality", "weight": "1", "factors": [factor]});
    let band = |grade: &str, from: &str| json!({"grade": grade, "label": label(grade), "min_score": from});
    let definition = json!({"dimensions": [dimension], "grade_bands": {"fixed": [band("A", "50"), band("B", "0")]}});
    let scale =
        admin.post("/v1/scales", &json!({"code": "s", "name": label("s"), "definition": definition})).await.expect(201);
    let text = json!({"label": label("P"), "type": "text"});
    // A draft holds nothing.
    admin.put(&format!("{PATH}/points"), &text).await.expect(200);
    admin.put(&format!("{PATH}/points"), &json!({"label": label("P"), "type": "number"})).await.expect(200);
    let publish = format!("/v1/scales/{}/versions/1:publish", scale["id"].as_str().unwrap());
    admin.post(&publish, &Value::Null).await.expect(200);
    admin.put(&format!("{PATH}/points"), &text).await.expect(409);
    assert_eq!(admin.delete(&format!("{PATH}/points")).await.status, 409);
    assert_eq!(admin.delete(&format!("{PATH}/idle")).await.status, 204);
}

#[actix_web::test]
async fn a_definition_waits_for_customers_that_are_being_written() {
    let (_app, admin) = admin().await;
    admin.define(&[("machines", "number")]).await;
    let path = format!("{PATH}/machines");
    let customers: Vec<Value> =
        (0..40).map(|n| json!({"external_id": n.to_string(), "name": "x", "attributes": {"machines": n}})).collect();
    let sender = &admin;
    let writes = customers
        .iter()
        .map(|item| async move { sender.post("/v1/customers:batch", &json!([item])).await.expect(207) });
    let (batches, deleted) = futures::join!(futures::future::join_all(writes), admin.delete(&path));
    let taken = batches.iter().filter(|batch| batch["counts"]["created"] == 1).count();
    let refused =
        batches.iter().filter(|batch| batch["items"][0]["problems"][0]["code"] == "unknown_attribute").count();
    assert_eq!(taken + refused, 40);
    // Either somebody carried it, or nobody does.
    match deleted.status {
        204 => assert_eq!(taken, 0),
        status => assert!(status == 409 && refused == 0, "{status} {taken}"),
    }
}

#[actix_web::test]
async fn files_have_a_column_for_each_attribute() {
    let (_app, admin) = admin().await;
    one_of_each(&admin).await;
    let file = "external_id,name,attributes.number,Attributes.yes_no,attributes.date,attributes.choice\n\
                1,A,012.50,是,2024-02-29,casting\n\
                2,B,,,,\n\
                3,C,\"1,5\",no,,forging\n";
    let import = admin.import("customers", file.as_bytes().to_vec()).await;
    assert_eq!(import["counts"], json!({"created": 2, "updated": 0, "unchanged": 0, "errors": 1}), "{import}");
    let list = admin.get("/v1/customers?sort=external_id").await.expect(200);
    let expected = json!({"number": "12.5", "yes_no": true, "date": "2024-02-29", "choice": "casting"});
    assert_eq!((&list["items"][0]["attributes"], &list["items"][1]["attributes"]), (&expected, &json!({})));
    let errors = admin.get(&format!("/v1/imports/{}/errors", import["id"].as_str().unwrap())).await.expect(200);
    let found: Vec<_> = errors["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (&e["line"], &e["column"], &e["value"], &e["code"]))
        .collect();
    assert_eq!(
        found,
        [
            (&json!(4), &json!("attributes.choice"), &json!("forging"), &json!("choice")),
            (&json!(4), &json!("attributes.number"), &json!("1,5"), &json!("type")),
        ]
    );
    let again = admin.import("customers", file.as_bytes().to_vec()).await;
    assert_eq!(again["counts"]["unchanged"], 2);
    // A blank field leaves the fact, as a column that is not there does; one that empties takes it out.
    let blank = b"external_id,name,attributes.date\n1,A,\n".to_vec();
    assert_eq!(admin.import("customers", blank.clone()).await["counts"]["unchanged"], 1);
    let import = admin.import("customers&blanks=empty", blank).await;
    assert_eq!(import["counts"]["updated"], 1);
    let list = admin.get("/v1/customers?external_id=1").await.expect(200);
    assert_eq!(list["items"][0]["attributes"], json!({"number": "12.5", "yes_no": true, "choice": "casting"}));
    let import = admin.import("customers", b"external_id,name,attributes.colour\n1,A,red\n".to_vec()).await;
    let errors = admin.get(&format!("/v1/imports/{}/errors", import["id"].as_str().unwrap())).await.expect(200);
    let error = &errors["items"][0];
    assert_eq!((&error["column"], &error["code"]), (&json!("attributes.colour"), &json!("unknown_attribute")));
}
