//! What every batch has, of whatever kind: the client's references, all or nothing, and the dry run; and what went wrong
//! for others' users.

use fenji::tenancy::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, problems, spawn_app};

async fn acme() -> (TestApp, Client) {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    (app, admin)
}

/// A batch: its path, its GraphQL field, a good item, and one that is refused for its content.
type Kind = (String, &'static str, Value, Value);

/// What the batches name, and one batch of every kind.
async fn kinds(admin: &Client) -> Vec<Kind> {
    let customer = admin.batch("/v1/customers:batch", &json!([{"external_id": "C", "name": "C"}])).await;
    let customer = customer["items"][0]["id"].as_str().unwrap().to_owned();
    admin.batch("/v1/salespeople:batch", &json!([{"external_id": "S", "name": "S"}])).await;
    admin.batch("/v1/products:batch", &json!([{"external_id": "P", "name": "P"}])).await;
    let scale = json!({"code": "m", "name": {"en": "m", "zh": "m"}, "template": "equipment_maker"});
    let scale = admin.post("/v1/scales", &scale).await.expect(201)["id"].as_str().unwrap().to_owned();
    let line = |customer: &str| {
        json!({"external_id": "L", "order_id": "O", "day": "2013-12-30", "customer_external_id": customer,
               "product_external_id": "P", "quantity": "1", "unit_price": "9", "net": "9"})
    };
    let payment = |customer: &str| json!({"external_id": "Z", "customer_external_id": customer, "paid_on": "2013-12-30", "amount": "5"});
    let receivable = |customer: &str| json!({"external_id": "R", "customer_external_id": customer, "invoiced_on": "2013-11-30", "due_on": "2013-12-30", "amount": "5"});
    let cost = |customer: &str| json!({"external_id": "V", "customer_external_id": customer, "day": "2013-11-30", "activity": "visits", "amount": "5"});
    let potential =
        |customer: &str| json!({"customer_external_id": customer, "category": "pumps", "yearly_amount": "5"});
    let quota = |person: &str| json!({"salesperson_external_id": person, "period_start": "2013-10-01", "amount": "5"});
    let rate = |rate: &str| json!({"currency": "CHF", "day": "2013-12-01", "rate": rate});
    let contact = |name: &str| json!({"external_id": "new", "customer_external_id": "C", "name": name});
    let attribute = |kind: &str| json!({"code": "a", "label": {"en": "a", "zh": "甲"}, "type": kind});
    let named = |name: &str| json!({"external_id": "new", "name": name});
    let judgement = |level: &str| json!({"customer_id": customer, "factor_code": "technical", "level": level});
    vec![
        ("/v1/customers:batch".into(), "upsertCustomers", named("New"), named("")),
        ("/v1/salespeople:batch".into(), "upsertSalespeople", named("New"), named("")),
        ("/v1/products:batch".into(), "upsertProducts", named("New"), named("")),
        ("/v1/sales-lines:batch".into(), "upsertSalesLines", line("C"), line("nobody")),
        ("/v1/fx-rates:batch".into(), "upsertFxRates", rate("0.8"), rate("-1")),
        ("/v1/quotas:batch".into(), "upsertQuotas", quota("S"), quota("nobody")),
        ("/v1/payments:batch".into(), "upsertPayments", payment("C"), payment("nobody")),
        ("/v1/receivables:batch".into(), "upsertReceivables", receivable("C"), receivable("nobody")),
        ("/v1/costs-to-serve:batch".into(), "upsertCostsToServe", cost("C"), cost("nobody")),
        ("/v1/purchase-potentials:batch".into(), "upsertPurchasePotentials", potential("C"), potential("nobody")),
        ("/v1/contacts:batch".into(), "upsertContacts", contact("Chen"), contact("")),
        (
            "/v1/attribute-definitions:batch".into(),
            "upsertAttributeDefinitions",
            attribute("text"),
            attribute("choice"),
        ),
        (format!("/v1/scales/{scale}/judgements:batch"), "judgeCustomers", judgement("A"), judgement("none")),
    ]
}

fn with_ref(item: &Value, client_ref: &str) -> Value {
    let mut item = item.clone();
    item["client_ref"] = json!(client_ref);
    item
}

/// Outcome and reference of each item.
fn outcomes(batch: &Value) -> Vec<(&str, &str)> {
    let items = batch["items"].as_array().unwrap().iter();
    items.map(|i| (i["outcome"].as_str().unwrap(), i["client_ref"].as_str().unwrap_or("-"))).collect()
}

#[actix_web::test]
async fn every_kind_of_batch_repeats_references_and_can_be_tried_and_be_all_or_nothing() {
    let (_app, admin) = acme().await;
    let kinds = kinds(&admin).await;
    let api: Value = serde_json::from_str(&fenji::http::openapi_json()).unwrap();
    let batches = api["paths"].as_object().unwrap().iter().filter(|(path, _)| path.ends_with(":batch"));
    for (path, item) in batches {
        let place = format!("{path}: a batch takes BatchItems through take_rows, and has a sample in `kinds`");
        let end = path.rsplit('/').next().unwrap();
        assert!(kinds.iter().any(|(sample, ..)| sample.ends_with(end)), "{place}");
        let parameters = item["post"]["parameters"].as_array().unwrap();
        assert!(["atomic", "dry_run"].iter().all(|name| parameters.iter().any(|p| p["name"] == *name)), "{place}");
        let item = &item["post"]["requestBody"]["content"]["application/json"]["schema"]["items"]["$ref"];
        let schema = api.pointer(item.as_str().unwrap().trim_start_matches('#')).unwrap();
        assert_eq!(schema["properties"]["client_ref"]["maxLength"], 100, "{place}");
    }
    for (path, _, good, bad) in &kinds {
        let mixed = json!([with_ref(good, "line-1"), with_ref(bad, "line-2"), bad]);
        let tried = admin.post(&format!("{path}?dry_run=true"), &mixed).await.expect(207);
        let expected = [("created", "line-1"), ("error", "line-2"), ("error", "-")];
        assert_eq!((outcomes(&tried), &tried["items"][0]["id"]), (expected.to_vec(), &Value::Null), "{path}");
        for query in ["atomic=true", "atomic=true&dry_run=true"] {
            let refused = admin.post(&format!("{path}?{query}"), &mixed).await.expect(422);
            let places = problems(&refused["errors"]);
            assert!(places.iter().all(|(place, _)| place.starts_with("/1") || place.starts_with("/2")), "{places:?}");
        }
        // Nothing of that has stayed.
        let whole = json!([with_ref(good, "line-1")]);
        let tried = admin.post(&format!("{path}?atomic=true&dry_run=true"), &whole).await.expect(207);
        assert_eq!(outcomes(&tried), [("created", "line-1")], "{path}");
        let taken = admin.post(path, &mixed).await.expect(207);
        assert_eq!((outcomes(&taken), &taken["counts"]), (expected.to_vec(), &tried_counts()), "{path}");
        let again = admin.post(&format!("{path}?dry_run=true"), &whole).await.expect(207);
        assert_eq!(outcomes(&again), [("unchanged", "line-1")], "{path}");
        let long = admin.post(path, &json!([with_ref(good, &"x".repeat(101))])).await.expect(207);
        assert_eq!(problems(&long["items"][0]["problems"]), [("/client_ref", "too_long")], "{path}");
    }
}

fn tried_counts() -> Value {
    json!({"created": 1, "updated": 0, "unchanged": 0, "errors": 2})
}

/// The names of GraphQL.
fn camel(item: &Value) -> Value {
    let camel = |name: &str| {
        let mut words = name.split('_');
        let first = words.next().unwrap_or_default().to_owned();
        words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
    };
    item.as_object().unwrap().iter().map(|(name, value)| (camel(name), value.clone())).collect()
}

/// Enums are in upper case there.
fn enums(mut item: Value) -> Value {
    if let Some(kind) = item["type"].as_str().map(str::to_uppercase) {
        item["type"] = json!(kind);
    }
    item
}

#[actix_web::test]
async fn graphql_batches_do_the_same() {
    let (_app, admin) = acme().await;
    for (path, field, good, bad) in kinds(&admin).await {
        let input = format!("{}{}Input", field[..1].to_uppercase(), &field[1..]);
        let (good, bad) = (enums(good), enums(bad));
        let query = format!(
            "mutation($input: {input}!) {{ {field}(input: $input) {{ batch {{ items {{ index clientRef outcome }} }} userErrors {{ pointer code }} }} }}"
        );
        let send = async |options: Value| {
            let items = [camel(&with_ref(&good, "line-1")), camel(&with_ref(&bad, "line-2"))];
            let mut input = json!({"items": items});
            input.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
            if let Some(scale) = path.strip_prefix("/v1/scales/") {
                input["scaleId"] = json!(scale.split('/').next());
            }
            admin.data(&query, json!({"input": input})).await[field].take()
        };
        let expected = json!([
            {"index": 0, "clientRef": "line-1", "outcome": "CREATED"}, {"index": 1, "clientRef": "line-2", "outcome": "ERROR"},
        ]);
        for _ in 0..2 {
            assert_eq!(send(json!({"dryRun": true})).await["batch"]["items"], expected, "{field}");
        }
        let refused = send(json!({"atomic": true})).await;
        assert!(refused["batch"].is_null() && !refused["userErrors"].as_array().unwrap().is_empty(), "{refused}");
        assert_eq!(send(json!({})).await["batch"]["items"], expected, "{field}");
    }
}

#[actix_web::test]
async fn a_dry_run_leaves_no_trace_and_has_a_key_like_any_other() {
    let (_app, admin) = acme().await;
    let log = admin.get("/v1/audit-entries").await.expect(200)["items"].take();
    let items = json!([{"external_id": "C-1", "name": "One"}]);
    let tried = admin.request(Method::POST, "/v1/customers:batch?dry_run=true").header("Idempotency-Key", "k");
    let tried = admin.send(tried.json(&items)).await;
    assert_eq!(tried.json()["counts"]["created"], 1, "{}", tried.text);
    assert_eq!(admin.get("/v1/audit-entries").await.expect(200)["items"], log);
    assert_eq!(admin.get("/v1/customers").await.expect(200)["items"], json!([]));
    // The trial's key is the trial's.
    let real = admin.request(Method::POST, "/v1/customers:batch").header("Idempotency-Key", "k");
    assert_eq!(admin.send(real.json(&items)).await.expect(422)["code"], "idempotency_key_reused");
}

/// An upsert that went by name, or by an id of its own, has merged two customers into one elsewhere.
#[actix_web::test]
async fn who_a_row_is_follows_from_the_external_id_of_its_system_alone() {
    let (_app, admin) = acme().await;
    let twins = json!([{"external_id": "1", "name": "Pumpen AG"}, {"external_id": "2", "name": "Pumpen AG"}]);
    let made = admin.batch("/v1/customers:batch?system=crm", &twins).await;
    assert_eq!(made["counts"]["created"], 2);
    let elsewhere =
        admin.batch("/v1/customers:batch?system=erp", &json!([{"external_id": "1", "name": "Pumpen AG"}])).await;
    assert_eq!(elsewhere["counts"]["created"], 1);
    let renamed = json!([{"external_id": "1", "name": "Ventile AG"}]);
    let updated = admin.batch("/v1/customers:batch?system=crm", &renamed).await;
    assert_eq!(
        (&updated["items"][0]["outcome"], &updated["items"][0]["id"]),
        (&json!("updated"), &made["items"][0]["id"])
    );
    let id = made["items"][1]["id"].as_str().unwrap();
    assert_eq!(admin.get(&format!("/v1/customers/{id}")).await.expect(200)["name"], "Pumpen AG");
    // An internal id is no external one.
    let by_id = admin.batch("/v1/customers:batch?system=crm", &json!([{"external_id": id, "name": "Other"}])).await;
    assert_eq!(by_id["counts"]["created"], 1);
}

/// Elsewhere a client has to ask first whether to create or to update, and loses the race between the two.
#[actix_web::test]
async fn one_verb_creates_and_updates() {
    let (_app, admin) = acme().await;
    for path in
        ["/v1/customers/by-external-id/crm/1", "/v1/products/by-external-id/1", "/v1/salespeople/by-external-id/1"]
    {
        let first = admin.put(path, &json!({"name": "One"})).await;
        let second = admin.put(path, &json!({"name": "Two"})).await;
        let third = admin.put(path, &json!({"name": "Two"})).await;
        let (status, etag) =
            (|a: &crate::support::Answer| a.status, |a: &crate::support::Answer| a.header("etag").to_owned());
        assert_eq!((status(&first), status(&second), status(&third)), (201, 200, 200), "{path}");
        assert!(etag(&first) != etag(&second) && etag(&second) == etag(&third), "{path}");
        assert_eq!(first.json()["id"], third.json()["id"]);
    }
}

/// Elsewhere a row without a field was given that of the row behind it.
#[actix_web::test]
async fn a_missing_field_never_takes_a_neighbour_s_value() {
    let (_app, admin) = acme().await;
    let rows = json!([
        {"external_id": "1", "name": "One", "city": "Bremen", "employees": 10},
        {"external_id": "2", "name": "Two"},
        {"external_id": "3", "name": "Three", "city": "Kiel"},
        {"external_id": "4", "city": "Jena"},
        {"external_id": "5", "name": "Five", "employees": 50},
    ]);
    for (round, created) in [("first", 4), ("second", 0)] {
        let batch = admin.post("/v1/customers:batch", &rows).await.expect(207);
        assert_eq!((&batch["counts"]["created"], &batch["counts"]["errors"]), (&json!(created), &json!(1)), "{round}");
        assert_eq!(problems(&batch["items"][3]["problems"]), [("/name", "required")]);
        let stored = admin.get("/v1/customers?sort=external_id").await.expect(200)["items"].take();
        let of = |name: &str| -> Vec<Value> { stored.as_array().unwrap().iter().map(|c| c[name].clone()).collect() };
        assert_eq!(of("name"), [json!("One"), json!("Two"), json!("Three"), json!("Five")]);
        assert_eq!(of("city"), [json!("Bremen"), Value::Null, json!("Kiel"), Value::Null]);
        assert_eq!(of("employees"), [json!(10), Value::Null, Value::Null, json!(50)]);
    }
}

/// Elsewhere an import ended, without a word, at thirty thousand rows; and one that was sent again doubled everything.
#[actix_web::test]
async fn an_import_has_no_last_row_and_a_repeated_one_changes_nothing() {
    let (_app, admin) = acme().await;
    let mut file = String::from("external_id,name,city\n");
    (0..35_000).for_each(|n| file.push_str(&format!("C-{n},Customer {n},{}\n", if n % 3 == 0 { "" } else { "Kiel" })));
    let first = admin.import("customers", file.clone().into()).await;
    assert_eq!(first["counts"], json!({"created": 35_000, "updated": 0, "unchanged": 0, "errors": 0}));
    let last = admin.get("/v1/customers?external_id=C-34999").await.expect(200)["items"].take();
    assert_eq!((&last[0]["name"], &last[0]["city"]), (&json!("Customer 34999"), &json!("Kiel")));
    let again = admin.import("customers", file.into()).await;
    assert_eq!(again["counts"], json!({"created": 0, "updated": 0, "unchanged": 35_000, "errors": 0}));
}
