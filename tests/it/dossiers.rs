//! Customers, their purchase potentials, and salespeople.

use std::collections::BTreeSet;

use fenji::tenancy::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, plain, problems, spawn_app};

async fn admin() -> (TestApp, Client) {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    (app, admin)
}

/// What a list holds of a field, in its order.
async fn listed(client: &Client, path: &str, field: &str) -> Vec<String> {
    let list = client.get(path).await.expect(200);
    list["items"].as_array().unwrap().iter().map(|item| item[field].as_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn a_customer_is_created_read_and_patched() {
    let (_app, admin) = admin().await;
    admin.define(&[("machines", "number"), ("iso", "yes_no"), ("process", "text")]).await;
    let new = json!({
        "name": "Pumpen AG", "external_ids": [{"system": "crm", "external_id": "C-1"}], "industry": "machinery",
        "city": "Bremen", "credit_limit": "2500.5", "tags": ["b", "a"], "attributes": {"machines": 42, "iso": true},
    });
    let created = admin.post("/v1/customers", &new).await;
    let (location, tag) = (created.header("location").to_owned(), created.header("etag").to_owned());
    let customer = created.expect(201);
    assert_eq!(location, format!("/v1/customers/{}", customer["id"].as_str().unwrap()));
    assert_eq!((customer["stage"].as_str(), customer["credit_limit"].as_str()), (Some("active"), Some("2500.5000")));
    assert_eq!(
        (&customer["tags"], &customer["attributes"]),
        (&json!(["a", "b"]), &json!({"machines": "42", "iso": true}))
    );
    assert_eq!((&customer["external_id"], &customer["country"]), (&json!("C-1"), &Value::Null));
    assert_eq!(admin.get(&location).await.expect(200), customer);

    let same = admin.send(admin.request(Method::GET, &location).header("If-None-Match", &tag)).await;
    assert_eq!((same.status, same.text.as_str()), (304, ""));
    let patch = json!({"industry": null, "city": "Kiel", "attributes": {"iso": null, "process": "casting"}});
    let patched = admin.send(admin.request(Method::PATCH, &location).header("If-Match", &tag).json(&patch)).await;
    assert_ne!(patched.header("etag"), tag);
    let after = patched.expect(200);
    assert_eq!(
        (&after["industry"], &after["city"], &after["name"]),
        (&Value::Null, &json!("Kiel"), &json!("Pumpen AG"))
    );
    assert_eq!(after["attributes"], json!({"machines": "42", "process": "casting"}));
    let stale =
        admin.send(admin.request(Method::PATCH, &location).header("If-Match", &tag).json(&json!({"city": "Ulm"})));
    assert_eq!(stale.await.expect(412)["code"], "precondition_failed");
    assert_eq!(admin.get(&location).await.expect(200), after);
}

#[actix_web::test]
async fn graphql_creates_and_patches_alike() {
    let (_app, admin) = admin().await;
    let fields = "customer { id name industry city version } userErrors { pointer code }";
    let create = format!("mutation($input: CreateCustomerInput!) {{ createCustomer(input: $input) {{ {fields} }} }}");
    let new = json!({"name": "Pumpen AG", "industry": "machinery", "city": "Bremen"});
    let made = admin.data(&create, json!({"input": new})).await["createCustomer"].take();
    assert_eq!(made["userErrors"], json!([]));
    let id = &made["customer"]["id"];
    let update = format!("mutation($input: UpdateCustomerInput!) {{ updateCustomer(input: $input) {{ {fields} }} }}");
    let change =
        |expected: i32, changes: Value| json!({"input": {"id": id, "expectedVersion": expected, "changes": changes}});
    let patched = admin.data(&update, change(1, json!({"industry": null}))).await["updateCustomer"].take();
    let expected = json!({"id": id, "name": "Pumpen AG", "industry": null, "city": "Bremen", "version": 2});
    assert_eq!(patched["customer"], expected);
    let rest = admin.get(&format!("/v1/customers/{}", plain(id))).await.expect(200);
    assert_eq!((&rest["industry"], &rest["city"], &rest["version"]), (&Value::Null, &json!("Bremen"), &json!(2)));
    let stale = admin.data(&update, change(1, json!({"city": "Ulm"}))).await["updateCustomer"].take();
    assert_eq!((&stale["customer"], problems(&stale["userErrors"])[0].1), (&Value::Null, "precondition_failed"));
    let bad = json!({"name": " ", "creditLimit": "-1", "ownerExternalId": "nobody"});
    let refused = admin.data(&create, json!({"input": bad})).await["createCustomer"].take();
    let rest =
        admin.post("/v1/customers", &json!({"name": " ", "credit_limit": "-1", "owner_external_id": "nobody"})).await;
    let expected = [("/name", "required"), ("/credit_limit", "range"), ("/owner_external_id", "unknown_reference")];
    assert_eq!(problems(&rest.expect(422)["errors"]), expected);
    assert_eq!(problems(&refused["userErrors"]), expected);
}

#[actix_web::test]
async fn an_external_id_is_created_left_or_updated() {
    let (_app, admin) = admin().await;
    let path = "/v1/customers/by-external-id/crm/C%2F1";
    let created = admin.put(path, &json!({"name": "A", "city": "Kiel"})).await.expect(201);
    assert_eq!(created["external_ids"], json!([{"system": "crm", "external_id": "C/1"}]));
    let unchanged = admin.put(path, &json!({"name": "A"})).await.expect(200);
    assert_eq!(unchanged, created);
    let updated = admin.put(path, &json!({"name": "B"})).await.expect(200);
    assert_eq!((&updated["id"], &updated["name"], &updated["city"]), (&created["id"], &json!("B"), &json!("Kiel")));
    assert_eq!(updated["version"], 2);
    // Another system's C/1 is another customer.
    let other = admin.put("/v1/customers/by-external-id/erp/C%2F1", &json!({"name": "Z"})).await.expect(201);
    assert_ne!(other["id"], created["id"]);
    let taken = json!({"name": "x", "external_ids": [{"system": "crm", "external_id": "C/1"}]});
    assert_eq!(admin.post("/v1/customers", &taken).await.expect(409)["code"], "conflict");
    let query = "mutation($input: UpsertCustomerInput!) { upsertCustomer(input: $input) { customer { id name version } userErrors { code } } }";
    let input = json!({"input": {"system": "crm", "customer": {"externalId": "C/1", "name": "C"}}});
    let upserted = admin.data(query, input).await["upsertCustomer"]["customer"].take();
    assert_eq!((&upserted["name"], &upserted["version"]), (&json!("C"), &json!(3)));
    assert_eq!(plain(&upserted["id"]), created["id"].as_str().unwrap());
}

#[actix_web::test]
async fn thirty_puts_of_one_new_id_at_once_make_one_customer() {
    let (_app, admin) = admin().await;
    let body = json!({"name": "Pumpen AG"});
    let puts = (0..30).map(|_| admin.put("/v1/customers/by-external-id/crm/C-1", &body));
    let answers = futures::future::join_all(puts).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!((&statuses[..29], statuses[29]), (&[200; 29][..], 201));
    let ids: BTreeSet<String> = answers.iter().map(|answer| answer.json()["id"].to_string()).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(listed(&admin, "/v1/customers", "name").await, ["Pumpen AG"]);
}

#[actix_web::test]
async fn a_bad_item_in_the_middle_of_a_batch_sinks_nobody_else() {
    let (_app, admin) = admin().await;
    let items = json!([
        {"external_id": "A", "name": "A", "city": "Aachen"},
        {"external_id": "B", "name": "B", "employees": -1, "owner_external_id": "nobody"},
        {"external_id": "C", "nmae": "C"},
        {"external_id": "D", "city": "Dresden"},
        {"external_id": "E", "name": "E"},
        {"external_id": "F", "name": "F", "city": "Fulda"},
    ]);
    let batch = admin.post("/v1/customers:batch?system=crm", &items).await.expect(207);
    assert_eq!(batch["counts"], json!({"created": 3, "updated": 0, "unchanged": 0, "errors": 3}));
    let expected: [(&str, &[(&str, &str)]); 6] = [
        ("created", &[]),
        ("error", &[("/employees", "range"), ("/owner_external_id", "unknown_reference")]),
        ("error", &[("/nmae", "unknown_field")]),
        ("error", &[("/name", "required")]),
        ("created", &[]),
        ("created", &[]),
    ];
    for (index, (outcome, found)) in expected.into_iter().enumerate() {
        let item = &batch["items"][index];
        assert_eq!((&item["index"], item["outcome"].as_str().unwrap()), (&json!(index), outcome));
        assert_eq!(problems(&item["problems"]), found);
        assert_eq!(item["id"].is_null(), outcome == "error");
    }
    // A field that one row lacks is not the next one's.
    let list = admin.get("/v1/customers").await.expect(200);
    let cities: Vec<_> = list["items"].as_array().unwrap().iter().map(|c| (&c["name"], &c["city"])).collect();
    let (a, e, f) = (json!("A"), json!("E"), json!("F"));
    assert_eq!(cities, [(&a, &json!("Aachen")), (&e, &Value::Null), (&f, &json!("Fulda"))]);
    let again = admin.post("/v1/customers:batch?system=crm", &items).await.expect(207);
    assert_eq!(again["counts"], json!({"created": 0, "updated": 0, "unchanged": 3, "errors": 3}));
}

#[actix_web::test]
async fn an_atomic_batch_is_all_or_nothing() {
    let (_app, admin) = admin().await;
    let items = |second: &str| json!([{"external_id": "A", "name": "A"}, {"external_id": "B", "name": second}]);
    let refused = admin.post("/v1/customers:batch?atomic=true", &items("")).await.expect(422);
    assert_eq!(problems(&refused["errors"]), [("/1/name", "required")]);
    assert_eq!(listed(&admin, "/v1/customers", "name").await, [""; 0]);
    let query = "mutation($input: UpsertCustomersInput!) { upsertCustomers(input: $input) { batch { counts { created } } userErrors { pointer code } } }";
    let input = |second: &str| {
        let items = json!([{"externalId": "A", "name": "A"}, {"externalId": "B", "name": second}]);
        json!({"input": {"atomic": true, "items": items}})
    };
    let refused = admin.data(query, input("")).await["upsertCustomers"].take();
    assert_eq!(
        (&refused["batch"], problems(&refused["userErrors"])),
        (&Value::Null, vec![("/items/1/name", "required")])
    );
    assert_eq!(listed(&admin, "/v1/customers", "name").await, [""; 0]);
    let taken = admin.data(query, input("B")).await["upsertCustomers"].take();
    assert_eq!(taken["batch"]["counts"]["created"], 2);
    assert_eq!(listed(&admin, "/v1/customers", "name").await, ["A", "B"]);
    let many: Vec<_> = (0..1001).map(|n| json!({"external_id": n.to_string(), "name": "x"})).collect();
    admin.post("/v1/customers:batch", &json!(many)).await.expect(422);
    assert_eq!(listed(&admin, "/v1/customers", "name").await, ["A", "B"]);
}

#[actix_web::test]
async fn a_list_is_filtered_sorted_and_refuses_what_it_does_not_know() {
    let (_app, admin) = admin().await;
    let person = admin.put("/v1/salespeople/by-external-id/S1", &json!({"name": "Li Na"})).await.expect(201);
    let owner = person["id"].as_str().unwrap();
    let items = json!([
        {"external_id": "1", "name": "北京泵业有限公司", "territory": "北方", "tags": ["key", "old"]},
        {"external_id": "2", "name": "上海泵业有限公司", "stage": "prospect", "country": "CN"},
        {"external_id": "3", "name": "50%_Pumps", "industry": "machinery", "owner_external_id": "S1"},
        {"external_id": "4", "name": "Anker"},
    ]);
    admin.batch("/v1/customers:batch", &items).await;
    for (filter, expected) in [
        ("q=%E6%B3%B5%E4%B8%9A&sort=external_id", vec!["1", "2"]),
        ("q=pumps", vec!["3"]),
        ("q=%25_", vec![]),
        ("q=%25%25", vec![]),
        ("stage=prospect", vec!["2"]),
        ("territory=%E5%8C%97%E6%96%B9", vec!["1"]),
        ("tag=old", vec!["1"]),
        ("country=CN", vec!["2"]),
        ("industry=machinery", vec!["3"]),
        ("external_id=4", vec!["4"]),
        (&format!("owner_id={owner}"), vec!["3"]),
        ("sort=-external_id", vec!["4", "3", "2", "1"]),
        ("stage=active&sort=external_id", vec!["1", "3", "4"]),
    ] {
        assert_eq!(listed(&admin, &format!("/v1/customers?{filter}"), "external_id").await, expected, "{filter}");
    }
    let graph = admin
        .data("{ customers(filter: {q: \"泵业\"}, sort: \"external_id\") { nodes { externalId } } }", json!({}))
        .await;
    assert_eq!(graph["customers"]["nodes"], json!([{"externalId": "1"}, {"externalId": "2"}]));
    let unknown = admin.get("/v1/customers?colour=red").await.expect(400);
    assert!(unknown["detail"].as_str().unwrap().contains("colour"), "{unknown}");
    assert_eq!(problems(&admin.get("/v1/customers?sort=colour").await.expect(422)["errors"]), [("/sort", "sort")]);
    let unknown = admin.post("/v1/customers", &json!({"name": "x", "colour": "red"})).await.expect(400);
    assert!(unknown["detail"].as_str().unwrap().contains("colour"), "{unknown}");
}

#[actix_web::test]
async fn pages_have_no_gap_and_no_repetition_while_customers_come_in() {
    let (_app, admin) = admin().await;
    let names: Vec<String> = (0..25).map(|n| format!("N{n:02}")).collect();
    let items: Vec<_> = names.iter().map(|name| json!({"external_id": name, "name": name})).collect();
    admin.batch("/v1/customers:batch", &json!(items)).await;
    let (mut seen, mut path) = (Vec::new(), "/v1/customers?limit=4&sort=name".to_owned());
    for page in 0.. {
        let list = admin.get(&path).await.expect(200);
        seen.extend(list["items"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap().to_owned()));
        let Some(cursor) = list["next_cursor"].as_str() else { break };
        // One that comes before the place reached, which stays unseen, and one at the end.
        let items = json!([{"external_id": format!("a{page}"), "name": format!("A{page}")},
                           {"external_id": format!("z{page}"), "name": format!("Z{page:02}")}]);
        admin.batch("/v1/customers:batch", &items).await;
        path = format!("/v1/customers?limit=4&sort=name&cursor={cursor}");
    }
    let late: Vec<String> = seen.iter().filter(|name| name.starts_with('Z')).cloned().collect();
    assert_eq!(seen, [names, late.clone()].concat());
    assert_eq!(late, (0..late.len()).map(|n| format!("Z{n:02}")).collect::<Vec<_>>());
    assert!(late.len() > 4);
}

#[actix_web::test]
async fn potentials_are_replaced_as_a_whole() {
    let (_app, admin) = admin().await;
    let customer = admin.post("/v1/customers", &json!({"name": "A"})).await.expect(201);
    let id = customer["id"].as_str().unwrap();
    let path = format!("/v1/customers/{id}/purchase-potentials");
    let none = admin.get(&path).await.expect(200);
    assert_eq!((&none["items"], &none["total"]), (&json!([]), &Value::Null));
    let items = json!({"items": [{"category": "valves", "yearly_amount": "70"}, {"category": "pumps", "yearly_amount": "30.5"}]});
    let set = admin.put(&path, &items).await.expect(200);
    assert_eq!(set["total"], "100.5000");
    assert_eq!(set["items"][0], json!({"category": "pumps", "yearly_amount": "30.5000"}));
    let bad = json!({"items": [{"category": "", "yearly_amount": "-1"}, {"category": "x", "yearly_amount": "1"},
                               {"category": "x", "yearly_amount": "2"}]});
    let bad = admin.put(&path, &bad).await.expect(422);
    let found: Vec<_> = problems(&bad["errors"]).into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(found, ["/items/0/category", "/items/0/yearly_amount", "/items/2/category"]);
    let query = "mutation($input: SetPurchasePotentialsInput!) { setPurchasePotentials(input: $input) { purchasePotentials { total items { category yearlyAmount } } userErrors { code } } }";
    let input = json!({"input": {"customerId": id, "items": [{"category": "pumps", "yearlyAmount": "12"}]}});
    let set = admin.data(query, input).await["setPurchasePotentials"]["purchasePotentials"].take();
    assert_eq!(set, json!({"total": "12.0000", "items": [{"category": "pumps", "yearlyAmount": "12.0000"}]}));
    assert_eq!(admin.get(&path).await.expect(200)["total"], "12.0000");
}

#[actix_web::test]
async fn salespeople_are_upserted_one_by_one_and_in_batches() {
    let (_app, admin) = admin().await;
    let path = "/v1/salespeople/by-external-id/S1";
    let made = admin.put(path, &json!({"name": "Li", "territory": "North"})).await.expect(201);
    let kept = admin.put(path, &json!({"name": "Li Na"})).await.expect(200);
    assert_eq!((&kept["name"], &kept["territory"], &kept["id"]), (&json!("Li Na"), &json!("North"), &made["id"]));
    let emptied = admin.put(path, &json!({"name": "Li Na", "territory": null})).await.expect(200);
    assert_eq!((&emptied["territory"], &emptied["version"]), (&Value::Null, &json!(3)));
    let items =
        json!([{"external_id": "S1", "name": "Li Na"}, {"external_id": "S2"}, {"external_id": "S3", "name": "Wu"}]);
    let batch = admin.post("/v1/salespeople:batch", &items).await.expect(207);
    assert_eq!(batch["counts"], json!({"created": 1, "updated": 0, "unchanged": 1, "errors": 1}));
    assert_eq!(problems(&batch["items"][1]["problems"]), [("/name", "required")]);
    let query = "mutation($input: UpsertSalespeopleInput!) { upsertSalespeople(input: $input) { batch { counts { created unchanged } } userErrors { code } } }";
    let input = json!({"input": {"items": [{"externalId": "S3", "name": "Wu"}, {"externalId": "S4", "name": "Xu"}]}});
    let batch = admin.data(query, input).await["upsertSalespeople"]["batch"].take();
    assert_eq!(batch["counts"], json!({"created": 1, "unchanged": 1}));
    assert_eq!(listed(&admin, "/v1/salespeople", "name").await, ["Li Na", "Wu", "Xu"]);
    let graph = admin.data("{ salespeople(sort: \"-name\") { nodes { name } } }", json!({})).await;
    assert_eq!(graph["salespeople"]["nodes"], json!([{"name": "Xu"}, {"name": "Wu"}, {"name": "Li Na"}]));
}
