//! A salesperson sees own customers and what hangs on them; another's is like one that is not there.

use serde_json::{Value, json};

use super::sample::unknown_ids;
use super::world::World;
use crate::support::{Client, TestApp, spawn_app};

async fn world(app: &TestApp) -> (World, Client) {
    let world = World::build(app, "acme").await;
    let salesperson = app.salesperson(world.tenant, world.salesperson());
    (world, salesperson)
}

/// One text of each item of a list.
fn column(list: &Value, name: &str) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(|item| item[name].as_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn lists_hold_own_customers_alone() {
    let app = spawn_app().await;
    let (world, salesperson) = world(&app).await;
    let own = [world.ids["customer"].clone()];
    let (run, mapping, scale) = (&world.ids["grading_run"], &world.ids["ge_mapping"], &world.ids["judged_scale"]);
    let lists = [
        ("/v1/customers".to_owned(), "id"),
        (format!("/v1/grading-runs/{run}/results"), "customer_id"),
        (format!("/v1/ge-mappings/{mapping}/positions"), "customer_id"),
        (format!("/v1/scales/{scale}/judgements"), "customer_id"),
        ("/v1/grade-overrides".to_owned(), "customer_id"),
        ("/v1/payments".to_owned(), "customer_id"),
        ("/v1/receivables".to_owned(), "customer_id"),
        ("/v1/costs-to-serve".to_owned(), "customer_id"),
        (format!("/v1/plans/{}/steps/2/lines", world.ids["plan"]), "customer_id"),
        (format!("/v1/grading-runs/{run}/movers?old_run_id={run}&changed=false"), "customer_id"),
        (
            format!("/v1/ge-matrix/movers?old_mapping_id={mapping}&new_mapping_id={mapping}&changed=false"),
            "customer_id",
        ),
    ];
    for (path, name) in lists {
        let all = column(&world.admin.get(&path).await.expect(200), name);
        assert_eq!(all.len(), 2, "{path}");
        assert_eq!(column(&salesperson.get(&path).await.expect(200), name), own, "{path}");
    }
    let matrix = salesperson.get(&format!("/v1/ge-matrix?mapping_id={mapping}")).await.expect(200);
    let people = matrix["mapped"].as_i64().unwrap() + matrix["unmapped"].as_i64().unwrap();
    assert_eq!(people, 1, "{matrix}");
    let both = format!("/v1/ge-matrix/comparison?old_mapping_id={mapping}&new_mapping_id={mapping}");
    assert_eq!(salesperson.get(&both).await.expect(200)["customers"], 1);
    let read = async |path: &str| salesperson.get(&format!("/v1/grading-runs/{run}/{path}")).await.expect(200);
    assert_eq!(read(&format!("comparison?old_run_id={run}")).await["customers"], 1);
    let sum = |cells: &Value, pointer: &str| -> i64 {
        cells.as_array().unwrap().iter().map(|cell| cell.pointer(pointer).unwrap().as_i64().unwrap()).sum()
    };
    assert_eq!(sum(&read("customer-kinds").await["kinds"], "/sums/customers"), 1);
    assert_eq!(sum(&read("segment-matrix?field=territory").await["cells"], "/sums/customers"), 1);
    let matrix = read("quality-growth-matrix").await["matrix"].take();
    assert_eq!(sum(&matrix["cells"], "/customers") + matrix["unplaced"].as_i64().unwrap(), 1);
    let ask = json!({"scale_id": world.ids["scale"], "as_of": "2013-12", "changes": {}});
    assert_eq!(salesperson.post("/v1/grading/what-if", &ask).await.expect(200)["customers"], 1);
    let own = json!({"customers": {"edges": [{"node": {"name": "Own"}}]}});
    assert_eq!(salesperson.data("{ customers { edges { node { name } } } }", json!({})).await, own);
}

#[actix_web::test]
async fn anothers_customer_is_like_none() {
    let app = spawn_app().await;
    let (world, salesperson) = world(&app).await;
    let (run, scale, nobody) = (&world.ids["grading_run"], &world.ids["judged_scale"], &unknown_ids()["stranger"]);
    let (own, stranger) = (&world.ids["customer"], &world.ids["stranger"]);
    let places = [
        "/v1/customers/<id>",
        "/v1/customers/<id>/purchase-potentials",
        "/v1/customers/<id>/grades",
        "/v1/customers/<id>/grade",
        "/v1/customers/<id>/grade-overrides",
    ];
    let results = [format!("/v1/grading-runs/{run}/results/<id>"), format!("/v1/grading-runs/{run}/results/<id>/lift")];
    for place in places.map(str::to_owned).into_iter().chain(results) {
        let said = |id: &str, mut body: Value| {
            body.as_object_mut().unwrap().remove("request_id");
            body.to_string().replace(id, "ID")
        };
        salesperson.get(&place.replace("<id>", own)).await.expect(200);
        let theirs = salesperson.get(&place.replace("<id>", stranger)).await.expect(404);
        let missing = salesperson.get(&place.replace("<id>", nobody)).await.expect(404);
        assert_eq!(said(stranger, theirs), said(nobody, missing), "{place}");
    }
    let judgement = |id: &str| json!([{"customer_id": id, "factor_code": "technical", "level": "A", "note": "Mine"}]);
    let path = format!("/v1/scales/{scale}/judgements:batch");
    let theirs = salesperson.post(&path, &judgement(stranger)).await.expect(207);
    let missing = salesperson.post(&path, &judgement(nobody)).await.expect(207);
    assert_eq!(theirs, missing);
    assert_eq!(theirs["items"][0]["problems"][0]["pointer"], "/customer_id");
    let done = salesperson.post(&path, &judgement(own)).await.expect(207);
    assert_eq!(done["counts"]["updated"], 1, "{done}");
    let query = "query($id: ID!) { customer(id: $id) { name grade { grade } geCell { cell } monthlySales { net } } }";
    assert_eq!(salesperson.data(query, json!({"id": stranger})).await, json!({"customer": null}));
    let customer = salesperson.data(query, json!({"id": own})).await;
    assert_eq!(customer["customer"]["monthlySales"][10]["net"], "1000.0000", "{customer}");
}

#[actix_web::test]
async fn what_is_the_companys_alone_is_not_for_salespeople() {
    let app = spawn_app().await;
    let (_, salesperson) = world(&app).await;
    let paths = [
        ("/v1/audit-entries", "audit:read"),
        ("/v1/jobs", "jobs:manage"),
        ("/v1/imports", "imports:write"),
        ("/v1/tenant/export", "tenant:export"),
    ];
    for (path, permission) in paths {
        let denied = salesperson.get(path).await.expect(403);
        assert_eq!(denied["detail"], format!("This needs the permission {permission}."), "{path}");
    }
    let plan = json!({"name": "2015", "fiscal_year": 2015, "method": "strategy_led"});
    let denied = salesperson.post("/v1/plans", &plan).await.expect(403);
    assert_eq!(denied["detail"], "This needs the permission plans:write.");
    let payment =
        json!([{"external_id": "Z-9", "customer_external_id": "C-1", "paid_on": "2013-12-20", "amount": "1"}]);
    salesperson.post("/v1/payments:batch", &payment).await.expect(403);
}

/// Who owns nobody sees nobody; who is no salesperson of the tenant does neither.
#[actix_web::test]
async fn a_salesperson_without_customers_sees_none() {
    let app = spawn_app().await;
    let (world, _) = world(&app).await;
    let nobody = app.salesperson(world.tenant, unknown_ids()["salesperson"].parse().unwrap());
    assert_eq!(nobody.get("/v1/customers").await.expect(200)["items"], json!([]));
    let results = format!("/v1/grading-runs/{}/results", world.ids["grading_run"]);
    assert_eq!(nobody.get(&results).await.expect(200)["items"], json!([]));
}
