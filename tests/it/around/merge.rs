//! Two customers that are one.

use reqwest::Method;
use serde_json::{Value, json};

use super::{admin, customer, id, listed};
use crate::support::{Client, label, problems, sell};

async fn merge(admin: &Client, gone: &str, into: &str) -> Value {
    admin.post(&format!("/v1/customers/{gone}:merge"), &json!({"into": into})).await.expect(200)
}

/// A published scale that judges by one factor.
async fn judged_scale(admin: &Client) -> String {
    let level = |code: &str, points: &str| json!({"code": code, "label": label(code), "points": points});
    let factor = json!({"code": "trust", "label": label("Trust"), "max_points": "10", "source": {"judgement": {}},
        "missing": "zero", "rule": {"levels": [level("A", "10"), level("B", "5")]}});
    let definition = json!({
        "dimensions": [{"code": "d", "label": label("D"), "axis": "quality", "weight": "1", "factors": [factor]}],
        "grade_bands": {"fixed": [{"grade": "A", "label": label("A"), "min_score": "0"}]}});
    let new = json!({"code": "ours", "name": label("Ours"), "definition": definition});
    let scale = id(&admin.post("/v1/scales", &new).await.expect(201));
    admin.post(&format!("/v1/scales/{scale}/versions/1:publish"), &Value::Null).await.expect(200);
    scale
}

#[actix_web::test]
async fn everything_moves_and_the_old_ids_resolve() {
    let (_app, admin) = admin().await;
    let sales = [("A", "2013-06-01", "P", "100", "50"), ("B", "2013-06-01", "P", "200", "50")];
    let ids = sell(&admin, &sales).await;
    let (a, b) = (ids["A"].clone(), ids["B"].clone());
    admin.define(&[("iso", "yes_no"), ("machines", "number")]).await;
    let of_a = json!({"city": "Kiel", "tags": ["x"], "attributes": {"iso": true}});
    let of_b =
        json!({"city": "Bremen", "country": "Germany", "tags": ["y"], "attributes": {"iso": false, "machines": "4"}});
    admin.put("/v1/customers/by-external-id/default/A", &of_a).await.expect(200);
    admin.put("/v1/customers/by-external-id/default/B", &of_b).await.expect(200);
    let payment = json!([{"external_id": "Z", "customer_external_id": "B", "paid_on": "2013-07-01", "amount": "5"}]);
    admin.batch("/v1/payments:batch", &payment).await;
    let cost = json!([{"external_id": "V", "customer_external_id": "B", "day": "2013-07-01", "activity": "visits", "amount": "5"}]);
    admin.batch("/v1/costs-to-serve:batch", &cost).await;
    let receivable = json!([{"external_id": "R", "customer_external_id": "B", "invoiced_on": "2013-07-01",
        "due_on": "2013-08-01", "amount": "9"}]);
    admin.batch("/v1/receivables:batch", &receivable).await;
    for (customer, items) in [
        (&a, json!([{"category": "P", "yearly_amount": "1000"}])),
        (&b, json!([{"category": "P", "yearly_amount": "400"}, {"category": "Q", "yearly_amount": "7"}])),
    ] {
        let path = format!("/v1/customers/{customer}/purchase-potentials");
        admin.put(&path, &json!({"items": items})).await.expect(200);
        let contact = json!({"name": format!("Of {customer}"), "is_primary": true});
        admin.post(&format!("/v1/customers/{customer}/contacts"), &contact).await.expect(201);
    }
    let scale = judged_scale(&admin).await;
    let judgements = format!("/v1/scales/{scale}/judgements:batch");
    let judge =
        |customer: &str, level: &str| json!([{"customer_id": customer, "factor_code": "trust", "level": level}]);
    admin.batch(&judgements, &judge(&a, "A")).await;
    admin.batch(&judgements, &judge(&b, "B")).await;
    let run = json!({"scale_code": "ours", "as_of": "2013-12", "selection": {"all": {}}});
    let run = admin.post("/v1/grading-runs", &run).await.expect(202);
    assert_eq!(admin.finished(run["job"]["id"].as_str().unwrap()).await["state"], "completed");
    let before = admin.get("/v1/statistics/sales?group_by=year").await.expect(200);

    let survivor = merge(&admin, &b, &a).await;
    assert_eq!((&survivor["id"], &survivor["name"], &survivor["merged_ids"]), (&json!(a), &json!("A"), &json!([b])));
    assert_eq!(
        (&survivor["city"], &survivor["country"], &survivor["tags"]),
        (&json!("Kiel"), &json!("Germany"), &json!(["x"]))
    );
    assert_eq!(survivor["attributes"], json!({"iso": true, "machines": "4"}));
    let external_ids = json!([{"system": "default", "external_id": "A"}, {"system": "default", "external_id": "B"}]);
    assert_eq!(survivor["external_ids"], external_ids);
    assert_eq!(admin.get(&format!("/v1/customers/{b}")).await.expect(200), survivor);
    let node = admin
        .data("query($id: ID!) { customer(id: $id) { externalId mergedIds grades { score } } }", json!({"id": b}))
        .await;
    assert_eq!(node["customer"]["grades"].as_array().unwrap().len(), 2, "{node}");
    assert_eq!(listed(&admin, "/v1/customers?archived=all", "name").await, ["A"]);
    // All but that two customers are one now.
    let after = admin.get("/v1/statistics/sales?group_by=year").await.expect(200);
    for customers in [a.clone(), b.clone(), format!("{a},{b}")] {
        let found = admin.get(&format!("/v1/statistics/sales?group_by=year&customers={customers}")).await.expect(200);
        assert_eq!(found["rows"], after["rows"], "{customers}");
    }
    assert_eq!((&before["rows"][0]["customers"], &after["rows"][0]["customers"]), (&json!(2), &json!(1)));
    assert_eq!(after.to_string().replace("\"customers\":1", "\"customers\":2"), before.to_string());
    for id in [&a, &b] {
        let mut nets = listed(&admin, &format!("/v1/sales-lines?customer_id={id}"), "net").await;
        nets.sort();
        assert_eq!(nets, ["100.0000", "200.0000"]);
    }
    for id in [&a, &b] {
        assert_eq!(listed(&admin, &format!("/v1/payments?customer_id={id}"), "external_id").await, ["Z"]);
        assert_eq!(listed(&admin, &format!("/v1/costs-to-serve?customer_id={id}"), "external_id").await, ["V"]);
        assert_eq!(listed(&admin, &format!("/v1/receivables?customer_id={id}"), "external_id").await, ["R"]);
    }
    // Each survivor's own wins; what it had none of comes over.
    let potentials = admin.get(&format!("/v1/customers/{b}/purchase-potentials")).await.expect(200);
    assert_eq!(potentials["total"], "1007.0000");
    let judged = admin.get(&format!("/v1/scales/{scale}/judgements")).await.expect(200);
    assert_eq!((judged["items"].as_array().unwrap().len(), &judged["items"][0]["level"]), (1, &json!("A")));
    let contacts = admin.get(&format!("/v1/customers/{b}/contacts")).await.expect(200);
    let primary: Vec<_> = contacts["items"].as_array().unwrap().iter().filter(|c| c["is_primary"] == true).collect();
    assert_eq!((contacts["items"].as_array().unwrap().len(), primary.len()), (2, 1));
    assert_eq!(primary[0]["name"], format!("Of {a}"));
    // The results stay as they were, and the survivor's history shows whose each is.
    let history = admin.get(&format!("/v1/customers/{b}/grades")).await.expect(200);
    let mut whose: Vec<_> =
        history["items"].as_array().unwrap().iter().map(|entry| entry["customer_id"].clone()).collect();
    whose.sort_by_key(ToString::to_string);
    let mut both = vec![json!(a), json!(b)];
    both.sort_by_key(ToString::to_string);
    assert_eq!(whose, both);
    // Writes by the old id go to the survivor.
    let patched =
        admin.send(admin.request(Method::PATCH, &format!("/v1/customers/{b}")).json(&json!({"city": "Ulm"}))).await;
    assert_eq!(patched.expect(200)["id"], a);
    assert_eq!(
        admin.put("/v1/customers/by-external-id/default/B", &json!({"name": "Renamed"})).await.expect(200)["id"],
        a
    );
    admin.batch(&judgements, &judge(&b, "B")).await;
    assert_eq!(admin.get(&format!("/v1/scales/{scale}/judgements")).await.expect(200)["items"][0]["customer_id"], a);
    let more = [("B", "2013-08-01", "P", "50", "")];
    sell(&admin, &more).await;
    assert_eq!(listed(&admin, &format!("/v1/sales-lines?customer_id={a}"), "net").await.len(), 3);
    let log = admin.get("/v1/audit-entries?limit=500").await.expect(200);
    let entry = log["items"].as_array().unwrap().iter().find(|entry| entry["action"] == "customer.merged").unwrap();
    assert_eq!((&entry["before"]["merged"]["id"], &entry["before"]["survivor"]["id"]), (&json!(b), &json!(a)));
}

#[actix_web::test]
async fn a_merge_is_refused_or_asked_again() {
    let (app, admin) = admin().await;
    let (a, b, c) = (customer(&admin, "A").await, customer(&admin, "B").await, customer(&admin, "C").await);
    let path = |gone: &str| format!("/v1/customers/{gone}:merge");
    let same = admin.post(&path(&a), &json!({"into": a})).await.expect(422);
    assert_eq!(problems(&same["errors"]), [("/into", "same")]);
    let other = app.client(app.tenant("other").await, fenji::tenancy::Role::Admin);
    let theirs = customer(&other, "A").await;
    let unknown = admin.post(&path(&a), &json!({"into": theirs})).await.expect(422);
    assert_eq!(problems(&unknown["errors"]), [("/into", "unknown_reference")]);
    admin.post(&path(&theirs), &json!({"into": a})).await.expect(404);
    let stale = admin.request(Method::POST, &path(&b)).header("If-Match", "\"7\"").json(&json!({"into": a}));
    admin.send(stale).await.expect(412);
    let survivor = merge(&admin, &b, &a).await;
    assert_eq!(merge(&admin, &b, &a).await, survivor);
    admin.post(&path(&b), &json!({"into": c})).await.expect(409);
    admin.post(&path(&a), &json!({"into": b})).await.expect(422);
    // What had become one with it follows.
    let last = merge(&admin, &a, &c).await;
    let mut merged = vec![json!(a), json!(b)];
    merged.sort_by_key(ToString::to_string);
    assert_eq!(last["merged_ids"], Value::Array(merged));
    assert_eq!(admin.get(&format!("/v1/customers/{b}")).await.expect(200)["id"], c);
    assert_eq!(merge(&admin, &b, &c).await, last);
}

#[actix_web::test]
async fn nobody_comes_to_belong_to_itself() {
    let (_app, admin) = admin().await;
    let mut chain = Vec::new();
    for n in 0..4 {
        let made = customer(&admin, &format!("C{n}")).await;
        if let Some(above) = chain.last() {
            let patch =
                admin.request(Method::PATCH, &format!("/v1/customers/{made}")).json(&json!({"parent_id": above}));
            admin.send(patch).await.expect(200);
        }
        chain.push(made);
    }
    let parent = async |id: &str| admin.get(&format!("/v1/customers/{id}")).await.expect(200)["parent_id"].clone();
    // The second goes into the last: the third belongs to the last, the last to the first.
    merge(&admin, &chain[1], &chain[3]).await;
    assert_eq!(parent(&chain[2]).await, json!(chain[3]));
    assert_eq!(parent(&chain[3]).await, json!(chain[0]));
    // The top goes into the bottom of what is left.
    merge(&admin, &chain[0], &chain[2]).await;
    assert_eq!(parent(&chain[3]).await, json!(chain[2]));
    assert_eq!(parent(&chain[2]).await, Value::Null);
    merge(&admin, &chain[3], &chain[2]).await;
    assert_eq!(parent(&chain[2]).await, Value::Null);
}

#[actix_web::test]
async fn lines_that_arrive_while_customers_become_one_hang_on_the_survivor() {
    let (_app, admin) = admin().await;
    let ids = sell(&admin, &[("A", "2013-06-01", "P", "1", ""), ("B", "2013-06-01", "P", "1", "")]).await;
    let loads = (0..12).map(|n| {
        let admin = admin.clone();
        async move {
            let line = |k: u32| {
                json!({"external_id": format!("L{n}-{k}"), "order_id": "O", "day": "2013-07-01", "customer_external_id": "B",
                       "product_external_id": "P", "quantity": "1", "unit_price": "1", "net": "1"})
            };
            admin.batch("/v1/sales-lines:batch", &json!((0..20).map(line).collect::<Vec<_>>())).await;
        }
    });
    let (survivor, _) = futures::join!(merge(&admin, &ids["B"], &ids["A"]), futures::future::join_all(loads));
    assert_eq!(survivor["id"], ids["A"]);
    let lines = admin.get(&format!("/v1/sales-lines?customer_id={}&limit=500", ids["A"])).await.expect(200);
    assert_eq!(lines["items"].as_array().unwrap().len(), 242);
}

#[actix_web::test]
async fn what_only_a_merged_customer_had_holds_no_attribute() {
    let (_app, admin) = admin().await;
    let (a, b) = (customer(&admin, "A").await, customer(&admin, "B").await);
    admin.define(&[("iso", "text")]).await;
    admin.put("/v1/customers/by-external-id/default/B", &json!({"attributes": {"iso": "x"}})).await.expect(200);
    merge(&admin, &b, &a).await;
    assert_eq!(admin.delete("/v1/attribute-definitions/iso").await.status, 409);
    admin.put("/v1/customers/by-external-id/default/A", &json!({"attributes": {"iso": null}})).await.expect(200);
    assert_eq!(admin.delete("/v1/attribute-definitions/iso").await.status, 204);
}
