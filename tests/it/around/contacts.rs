//! Contacts.

use fenji::tenancy::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::{admin, customer, id, listed};
use crate::support::problems;

#[actix_web::test]
async fn a_contact_is_created_read_patched_and_deleted() {
    let (_app, admin) = admin().await;
    let pumps = customer(&admin, "C-1").await;
    let path = format!("/v1/customers/{pumps}/contacts");
    let new = json!({"name": "Chen Wei", "position": "buyer", "email": "Chen@example.com", "is_primary": true, "note": "a\nb"});
    let created = admin.post(&path, &new).await;
    let (location, tag) = (created.header("location").to_owned(), created.header("etag").to_owned());
    let contact = created.expect(201);
    assert_eq!(
        (&contact["customer_id"], &contact["system"], &contact["note"]),
        (&json!(pumps), &Value::Null, &json!("a\nb"))
    );
    assert_eq!(admin.get(&location).await.expect(200), contact);
    let patch = |tag: &str, body: Value| admin.request(Method::PATCH, &location).header("If-Match", tag).json(&body);
    let after = admin.send(patch(&tag, json!({"position": null, "phone": "1"}))).await.expect(200);
    assert_eq!((&after["position"], &after["phone"], &after["version"]), (&Value::Null, &json!("1"), &json!(2)));
    admin.send(patch(&tag, json!({"phone": "2"}))).await.expect(412);
    assert_eq!(listed(&admin, "/v1/contacts?email=chen@EXAMPLE.com", "name").await, ["Chen Wei"]);
    assert_eq!(admin.get("/v1/contacts?email=other@example.com").await.expect(200)["items"], json!([]));
    let stale = admin.request(Method::DELETE, &location).header("If-Match", &tag);
    admin.send(stale).await.expect(412);
    assert_eq!(admin.delete(&location).await.status, 204);
    admin.get(&location).await.expect(404);
    admin.delete(&location).await.expect(404);
    let log = admin.get("/v1/audit-entries").await.expect(200);
    assert_eq!(
        (&log["items"][0]["action"], &log["items"][0]["before"]["phone"]),
        (&json!("contact.deleted"), &json!("1"))
    );
}

#[actix_web::test]
async fn of_a_customers_contacts_one_at_most_is_primary() {
    let (_app, admin) = admin().await;
    let pumps = customer(&admin, "C-1").await;
    let path = format!("/v1/customers/{pumps}/contacts");
    let first = id(&admin.post(&path, &json!({"name": "First", "is_primary": true})).await.expect(201));
    admin.post(&path, &json!({"name": "Second", "is_primary": true})).await.expect(201);
    let before = admin.get(&format!("/v1/contacts/{first}")).await.expect(200);
    assert_eq!((&before["is_primary"], &before["version"]), (&json!(false), &json!(2)));
    // In a batch the last one is, and the others are told no more than that they are in.
    let row = |n: u8, primary: bool| json!({"external_id": format!("K-{n}"), "customer_external_id": "C-1", "name": format!("N{n}"), "is_primary": primary});
    let batch = json!([row(1, true), row(2, true), row(3, false)]);
    admin.batch("/v1/contacts:batch", &batch).await;
    let found = admin.get(&format!("{path}?sort=name")).await.expect(200);
    let primary: Vec<_> = found["items"].as_array().unwrap().iter().filter(|c| c["is_primary"] == true).collect();
    assert_eq!(primary.len(), 1, "{found}");
    assert_eq!(primary[0]["name"], "N2");
    let puts = (0..10).map(|n| {
        let new = json!({"name": format!("At once {n}"), "is_primary": true});
        let (admin, path) = (admin.clone(), path.clone());
        async move { admin.post(&path, &new).await.expect(201) }
    });
    futures::future::join_all(puts).await;
    let query = "query($id: ID!) { customer(id: $id) { contacts(first: 100) { name isPrimary } } }";
    let edge = admin.data(query, json!({"id": pumps})).await["customer"]["contacts"].take();
    let flags: Vec<bool> = edge.as_array().unwrap().iter().map(|c| c["isPrimary"].as_bool().unwrap()).collect();
    assert_eq!((flags.len(), flags[0], flags[1..].contains(&true)), (15, true, false), "{edge}");
}

#[actix_web::test]
async fn a_batch_creates_updates_moves_and_refuses_row_by_row() {
    let (_app, admin) = admin().await;
    let (one, two) = (customer(&admin, "C-1").await, customer(&admin, "C-2").await);
    let batch = json!([
        {"external_id": "K-1", "customer_external_id": "C-1", "name": "One", "phone": "1"},
        {"external_id": "K-2", "customer_external_id": "nobody", "email": "x"},
        {"external_id": "K-3", "customer_external_id": "C-1"},
        {"external_id": "K-1", "customer_external_id": "C-1", "note": "again"},
    ]);
    let made = admin.post("/v1/contacts:batch", &batch).await.expect(207);
    let outcomes: Vec<_> =
        made["items"].as_array().unwrap().iter().map(|item| item["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["created", "error", "error", "updated"]);
    let bad = [("/customer_external_id", "unknown_reference"), ("/name", "required"), ("/email", "pattern")];
    assert_eq!(problems(&made["items"][1]["problems"]), bad);
    assert_eq!(problems(&made["items"][2]["problems"]), [("/name", "required")]);
    let again = admin.post("/v1/contacts:batch", &json!([batch[0], batch[3]])).await.expect(207);
    assert_eq!(again["counts"]["unchanged"], 2, "{again}");
    let other = json!([{"external_id": "K-1", "customer_external_id": "C-1", "name": "Of the shop"}]);
    admin.post("/v1/contacts:batch?system=shop", &other).await.expect(207)["items"][0]["problems"]
        .as_array()
        .map(|found| assert_eq!(found[0]["code"], "unknown_reference"))
        .unwrap();
    admin.batch("/v1/contacts:batch", &json!([{"external_id": "K-1", "customer_external_id": "C-2"}])).await;
    assert_eq!(listed(&admin, &format!("/v1/customers/{two}/contacts"), "phone").await, ["1"]);
    assert_eq!(admin.get(&format!("/v1/customers/{one}/contacts")).await.expect(200)["items"], json!([]));
    let taken = json!({"name": "x", "external_id": "K-1"});
    admin.post(&format!("/v1/customers/{one}/contacts"), &taken).await.expect(409);
}

#[actix_web::test]
async fn salespeople_see_own_customers_contacts() {
    let (app, admin) = admin().await;
    let tenant = admin.get("/v1/tenant").await.expect(200)["id"].as_str().unwrap().parse().unwrap();
    let li = admin.put("/v1/salespeople/by-external-id/S-1", &json!({"name": "Li"})).await.expect(201);
    let (own, other) = (customer(&admin, "C-1").await, customer(&admin, "C-2").await);
    admin.put("/v1/customers/by-external-id/default/C-1", &json!({"owner_external_id": "S-1"})).await.expect(200);
    let mut ids = Vec::new();
    for customer in [&own, &other] {
        let path = format!("/v1/customers/{customer}/contacts");
        ids.push(id(&admin.post(&path, &json!({"name": "K"})).await.expect(201)));
    }
    let salesperson = app.salesperson(tenant, id(&li).parse().unwrap());
    assert_eq!(listed(&salesperson, "/v1/contacts", "id").await, [ids[0].clone()]);
    salesperson.get(&format!("/v1/contacts/{}", ids[1])).await.expect(404);
    salesperson.get(&format!("/v1/customers/{other}/contacts")).await.expect(404);
    let viewer = app.client(tenant, Role::Viewer);
    viewer.delete(&format!("/v1/contacts/{}", ids[0])).await.expect(403);
}

#[actix_web::test]
async fn what_was_observed_before_changes_no_contact_and_every_change_is_recorded() {
    let (_app, admin) = admin().await;
    customer(&admin, "C-1").await;
    let send = async |phone: &str, observed_at: Option<&str>| {
        let row = json!([{"external_id": "K", "customer_external_id": "C-1", "name": "Chen", "phone": phone, "observed_at": observed_at}]);
        let made = admin.batch("/v1/contacts:batch", &row).await;
        let phone = listed(&admin, "/v1/contacts", "phone").await.remove(0);
        (made["items"][0]["outcome"].as_str().unwrap().to_owned(), phone)
    };
    let expect = |outcome: &str, phone: &str| (outcome.to_owned(), phone.to_owned());
    assert_eq!(send("1", Some("2014-01-10T08:00:00Z")).await, expect("created", "1"));
    assert_eq!(send("2", Some("2014-01-10T07:59:59Z")).await, expect("unchanged", "1"));
    assert_eq!(send("3", Some("2014-01-11T08:00:00Z")).await, expect("updated", "3"));
    assert_eq!(send("3", Some("2014-01-13T08:00:00Z")).await, expect("unchanged", "3"));
    assert_eq!(send("4", Some("2014-01-12T08:00:00Z")).await, expect("unchanged", "3"));
    assert_eq!(send("5", None).await, expect("updated", "5"));
    assert_eq!(send("6", Some("2014-01-14T08:00:00Z")).await, expect("unchanged", "5"));
    let late = json!([{"external_id": "K", "customer_external_id": "C-1", "observed_at": "2015-01-01T00:00:00Z"}]);
    let refused = admin.post("/v1/contacts:batch", &late).await.expect(207);
    assert_eq!(problems(&refused["items"][0]["problems"]), [("/observed_at", "in_the_future")]);
    let log = admin.get("/v1/audit-entries?limit=100").await.expect(200);
    let of = |entry: &&Value| entry["resource_type"] == "contact" && entry["resource_id"] != "batch";
    let told = |entry: &Value| {
        json!([entry["action"], entry["before"]["phone"], entry["after"]["phone"], entry["after"]["version"]])
    };
    let entries: Vec<Value> = log["items"].as_array().unwrap().iter().filter(of).map(told).collect();
    let expected =
        json!([["contact.updated", "3", "5", 3], ["contact.updated", "1", "3", 2], ["contact.created", null, "1", 1],]);
    assert_eq!(json!(entries), expected);
}
