//! Rows that come late: what was observed before the stored state changes nothing.

use std::time::Duration;

use fenji::tenancy::Role;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, problems, spawn_app};

/// The test's clock stands at 2014-01-15T08:00:00Z.
async fn book() -> (TestApp, Client) {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    admin.batch("/v1/customers:batch", &json!([{"external_id": "C", "name": "C"}])).await;
    admin.batch("/v1/products:batch", &json!([{"external_id": "P", "name": "Pump"}])).await;
    (app, admin)
}

fn line(net: &str, observed_at: Option<&str>) -> Value {
    json!([{"external_id": "1", "order_id": "O", "day": "2014-01-02", "customer_external_id": "C",
            "product_external_id": "P", "quantity": "1", "unit_price": net, "net": net, "observed_at": observed_at}])
}

/// Sends a line; its outcome, and the net that stands afterwards.
async fn sent(admin: &Client, net: &str, observed_at: Option<&str>) -> (String, String) {
    let batch = admin.batch("/v1/sales-lines:batch", &line(net, observed_at)).await;
    let lines = admin.get("/v1/sales-lines").await.expect(200);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&batch["items"][0]["outcome"]), text(&lines["items"][0]["net"]))
}

#[actix_web::test]
async fn a_late_retry_does_not_replace_a_newer_line() {
    let (_app, admin) = book().await;
    for (net, observed_at, outcome, stands) in [
        ("10", "2014-01-10T08:00:00Z", "created", "10.0000"),
        ("9", "2014-01-10T07:59:59Z", "unchanged", "10.0000"),
        // Of two observed at once, the later received stands.
        ("11", "2014-01-10T08:00:00Z", "updated", "11.0000"),
        ("12", "2014-01-11T10:00:00+02:00", "updated", "12.0000"),
        // Seen again the same, so that what was observed in between is late.
        ("12", "2014-01-13T08:00:00Z", "unchanged", "12.0000"),
        ("13", "2014-01-12T08:00:00Z", "unchanged", "12.0000"),
        ("14", "2014-01-13T08:00:01Z", "updated", "14.0000"),
    ] {
        assert_eq!(sent(&admin, net, Some(observed_at)).await, (outcome.into(), stands.into()), "{net} {observed_at}");
    }
}

#[actix_web::test]
async fn a_line_without_a_moment_is_observed_when_it_comes() {
    let (app, admin) = book().await;
    // A source's clock may go ahead a little: what comes later still is newer.
    assert_eq!(sent(&admin, "10", Some("2014-01-15T08:04:00Z")).await.0, "created");
    assert_eq!(sent(&admin, "11", None).await, ("updated".into(), "11.0000".into()));
    assert_eq!(sent(&admin, "12", Some("2014-01-15T08:03:00Z")).await, ("unchanged".into(), "11.0000".into()));
    app.clock.advance(Duration::from_secs(3599));
    assert_eq!(sent(&admin, "13", Some("2014-01-15T08:30:00Z")).await, ("updated".into(), "13.0000".into()));
    assert_eq!(sent(&admin, "14", None).await, ("updated".into(), "14.0000".into()));
    assert_eq!(sent(&admin, "15", Some("2014-01-15T08:59:00Z")).await, ("unchanged".into(), "14.0000".into()));
    let ahead = admin.post("/v1/sales-lines:batch", &line("16", Some("2014-01-15T09:05:01Z"))).await.expect(207);
    assert_eq!(problems(&ahead["items"][0]["problems"]), [("/observed_at", "in_the_future")]);
}

#[actix_web::test]
async fn a_product_seen_again_keeps_its_version() {
    let (_app, admin) = book().await;
    let product = |name: &str, at: &str| json!([{"external_id": "V", "name": name, "observed_at": at}]);
    for (name, at, outcome, version, stands) in [
        ("Valve", "2014-01-10T08:00:00Z", "created", 1, "Valve"),
        ("Valve", "2014-01-12T08:00:00Z", "unchanged", 1, "Valve"),
        ("Old", "2014-01-11T08:00:00Z", "unchanged", 1, "Valve"),
        ("New", "2014-01-12T08:00:00Z", "updated", 2, "New"),
    ] {
        let batch = admin.batch("/v1/products:batch", &product(name, at)).await;
        let id = batch["items"][0]["id"].as_str().unwrap();
        let found = admin.get(&format!("/v1/products/{id}")).await.expect(200);
        assert_eq!(
            (&batch["items"][0]["outcome"], &found["version"], &found["name"]),
            (&json!(outcome), &json!(version), &json!(stands)),
            "{name} {at}"
        );
    }
}

#[actix_web::test]
async fn files_name_the_moment_of_a_row() {
    let (_app, admin) = book().await;
    let counts = async |kind: &str, file: &str| admin.import(kind, file.into()).await["counts"].take();
    let found = |created, updated, unchanged, errors| json!({"created": created, "updated": updated, "unchanged": unchanged, "errors": errors});
    let lines = "external_id,order_date,customer_id,product_id,quantity,net_amount,observed_at\n\
        1-1,2014-01-02,C,P,1,10,2014-01-12T08:00:00Z\n\
        1-1,2014-01-02,C,P,1,11,2014-01-11T08:00:00Z\n\
        1-1,2014-01-02,C,P,1,12,2014-01-13T08:00:00Z\n\
        1-2,2014-01-02,C,P,1,1,2014-01-13\n\
        1-3,2014-01-02,C,P,1,1,2014-02-13T08:00:00Z\n\
        1-4,2014-01-02,C,P,1,1,\n";
    // Rows of one line are applied in their order, each where it is not late.
    assert_eq!(counts("sales_lines", lines).await, found(2, 1, 1, 2));
    let stand = admin.get("/v1/statistics/sales?period=all").await.expect(200)["totals"]["net"].take();
    assert_eq!(stand, "13.0000");
    assert_eq!(counts("sales_lines", lines).await, found(0, 0, 4, 2));
    let payments = "external_id,customer_id,paid_on,amount,observed_at\n\
        Z,C,2014-01-02,5,2014-01-12T08:00:00Z\nZ,C,2014-01-02,6,2014-01-11T08:00:00Z\n";
    assert_eq!(counts("payments", payments).await, found(1, 0, 1, 0));
    let stand = admin.get("/v1/payments").await.expect(200);
    assert_eq!(stand["items"][0]["amount"], "5.0000");
}
