//! Agreement of scales and of members, and the scale that is proposed from several.

use fenji::tenancy::{Actor, Role};
use fenji::values::TenantId;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, label, problems, spawn_app};

async fn company() -> (TestApp, TenantId, Client) {
    let app = spawn_app().await;
    let tenant = app.tenant("acme").await;
    let admin = app.client(tenant, Role::Admin);
    admin.define(&[("size", "number"), ("speed", "number")]).await;
    (app, tenant, admin)
}

/// A from 60, B from 30, else C, by two attributes of these weights.
fn definition(size: &str, speed: &str) -> Value {
    let dimension = |code: &str, weight: &str| {
        let factor = json!({"code": format!("f_{code}"), "label": label(code), "max_points": "10", "source": {"attribute": code},
            "rule": {"linear": {"from": "0", "to": "100"}}, "missing": "required"});
        json!({"code": code, "label": label(code), "axis": "quality", "weight": weight, "factors": [factor]})
    };
    let band = |grade: &str, from: &str| json!({"grade": grade, "label": label(grade), "min_score": from});
    json!({"dimensions": [dimension("size", size), dimension("speed", speed)],
           "grade_bands": {"fixed": [band("A", "60"), band("B", "30"), band("C", "0")]}})
}

async fn scale(client: &Client, code: &str, definition: &Value, scope: &str) -> String {
    let new = json!({"code": code, "name": label(code), "definition": definition, "scope": scope});
    client.post("/v1/scales", &new).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn run(client: &Client, scale: &str) {
    client.post(&format!("/v1/scales/{scale}/versions/1:publish"), &Value::Null).await.expect(200);
    let run = json!({"scale_id": scale, "as_of": "2013-11", "selection": {"all": {}}});
    let run = client.post("/v1/grading-runs", &run).await.expect(202);
    assert_eq!(client.finished(run["job"]["id"].as_str().unwrap()).await["state"], "completed");
}

#[actix_web::test]
async fn two_scales_are_compared_on_the_same_customers() {
    let (app, tenant, admin) = company().await;
    let customer = |id: &str, size: &str, speed: Option<&str>| json!({"external_id": id, "name": format!("Customer {id}"), "attributes": {"size": size, "speed": speed}});
    let customers = json!([
        customer("C1", "90", Some("80")), // 88 A, 82 A
        customer("C2", "70", Some("5")),  // 57 B, 18 C
        customer("C3", "80", Some("10")), // 66 A, 24 C
        customer("C4", "20", Some("20")), // 20 C, 20 C
        customer("C5", "50", None),
    ]);
    admin.batch("/v1/customers:batch", &customers).await;
    let li = app.client_of(&Actor::with_role("li", tenant, Role::Manager, "test"), Role::Manager);
    let ours = scale(&admin, "ours", &definition("0.8", "0.2"), "company").await;
    let own = scale(&li, "li-own", &definition("0.2", "0.8"), "personal").await;
    let path = format!("/v1/scales/{ours}/versions/1/agreement?with_scale={own}");
    // Nothing has been graded yet: as of a month, drafts too.
    assert_eq!(problems(&admin.get(&path).await.expect(422)["errors"]), [("/as_of", "no_run")]);
    let computed = admin.get(&format!("{path}&as_of=2013-12")).await.expect(200);
    assert_eq!(computed["figures"]["matrix"], json!([[1, 0, 1], [0, 0, 1], [0, 0, 1]]));
    let figures = &computed["figures"];
    // po = 2/4; linear: n x sum(w o) = 4 x 3 = 12; sum(w r c): A2 x (A1: 0, C3: 2 x 3 = 6) = 12, B1 x (A1: 1, C3: 3) = 4,
    // C1 x (A1: 2) = 2; together 18; (18 - 12) / 18. Unweighted: 4 x 2 = 8; 2x3 + 1x1 + 1x3 + 1x1 = 11; 3/11. Quadratic:
    // 4 x 5 = 20; 2x3x4 + 1 + 3 + 4 = 32; 12/32.
    assert_eq!((&figures["compared"], &figures["equal_share"]), (&json!(4), &json!("0.500000")));
    assert_eq!((&figures["kappa"], &figures["weighting"]), (&json!("0.333333"), &json!("linear")));
    assert_eq!((&figures["kappa_unweighted"], &figures["kappa_quadratic"]), (&json!("0.272727"), &json!("0.375000")));
    assert_eq!((&computed["classes"], &computed["differing"]), (&json!(["A", "B", "C"]), &json!(2)));
    let first = &computed["differences"][0];
    let told = [
        &first["external_id"],
        &first["name"],
        &first["first_grade"],
        &first["second_grade"],
        &first["first_score"],
        &first["second_score"],
    ];
    assert_eq!(told, ["C3", "Customer C3", "A", "C", "66.0000", "24.0000"]);
    assert_eq!((&computed["first"]["run_id"], &computed["first"]["as_of"]), (&Value::Null, &json!("2013-12")));
    run(&admin, &ours).await;
    run(&li, &own).await;
    let by_runs = admin.get(&format!("{path}&limit=1")).await.expect(200);
    assert_eq!((&by_runs["figures"], by_runs["differences"].as_array().unwrap().len()), (figures, 1));
    assert_eq!((&by_runs["second"]["as_of"], by_runs["second"]["run_id"].is_string()), (&json!("2013-11"), true));
    let itself = admin.get(&format!("/v1/scales/{ours}/versions/1/agreement?with_scale={ours}")).await.expect(200);
    assert_eq!((&itself["figures"]["kappa"], &itself["differing"]), (&json!("1.000000"), &json!(0)));
    // Another member does not see it, and other grades cannot be compared.
    let wang = app.client_of(&Actor::with_role("wang", tenant, Role::Analyst, "test"), Role::Analyst);
    wang.get(&path).await.expect(404);
    let prospects = json!({"code": "p", "name": label("p"), "template": "project_business"});
    let other = admin.post("/v1/scales", &prospects).await.expect(201)["id"].as_str().unwrap().to_owned();
    let refused = admin
        .get(&format!("/v1/scales/{ours}/versions/1/agreement?with_scale={other}&as_of=2013-12"))
        .await
        .expect(422);
    assert_eq!(problems(&refused["errors"]), [("/with_scale", "other_grades")]);
    let query = "query($input: ScaleAgreementInput!) { scaleAgreement(input: $input) { figures { kappa weighting matrix } firstAlone } }";
    let graph =
        admin.data(query, json!({"input": {"scaleId": ours, "version": 1, "withScaleId": own}})).await["scaleAgreement"].take();
    assert_eq!((&graph["figures"]["kappa"], &graph["figures"]["weighting"]), (&json!("0.333333"), &json!("LINEAR")));
    // Who sees some customers alone compares runs, and cannot have others graded.
    let people = admin.batch("/v1/salespeople:batch", &json!([{"external_id": "S", "name": "S"}])).await;
    let salesperson = app.salesperson(tenant, people["items"][0]["id"].as_str().unwrap().parse().unwrap());
    let own = salesperson.get(&format!("/v1/scales/{ours}/versions/1/agreement?with_scale={ours}")).await.expect(200);
    assert_eq!((&own["figures"]["compared"], &own["figures"]["kappa"]), (&json!(0), &Value::Null));
    salesperson
        .get(&format!("/v1/scales/{ours}/versions/1/agreement?with_scale={ours}&as_of=2013-12"))
        .await
        .expect(403);
}

#[actix_web::test]
async fn members_who_judge_the_same_customers_are_compared() {
    let (_app, _, admin) = company().await;
    let batch = admin.batch("/v1/customers:batch", &json!([{"external_id": "C1", "name": "One"}, {"external_id": "C2", "name": "Two"}, {"external_id": "C3", "name": "Three"}])).await;
    let ids: Vec<String> =
        batch["items"].as_array().unwrap().iter().map(|i| i["id"].as_str().unwrap().to_owned()).collect();
    let new = json!({"code": "maker", "name": label("m"), "template": "equipment_maker"});
    let scale = admin.post("/v1/scales", &new).await.expect(201)["id"].as_str().unwrap().to_owned();
    let rating = |place: usize, author: &str, level: &str| json!({"customer_id": ids[place], "factor_code": "technical", "level": level, "author": author});
    let items = json!([
        rating(0, "li", "A"),
        rating(0, "wang", "A"),
        rating(1, "li", "A"),
        rating(1, "wang", "C"),
        rating(2, "li", "B"),
        rating(2, "wang", "B")
    ]);
    let taken = admin.batch(&format!("/v1/scales/{scale}/judgements:batch"), &items).await;
    assert_eq!(taken["counts"]["created"].as_i64().unwrap() + taken["counts"]["updated"].as_i64().unwrap(), 6);
    let path = format!("/v1/scales/{scale}/versions/1/judgement-agreement");
    let found = admin.get(&path).await.expect(200);
    let technical = &found["factors"].as_array().unwrap().iter().find(|f| f["factor"] == "technical").unwrap();
    assert_eq!(
        (&technical["ratings"], &technical["customers"], &technical["equal_share"]),
        (&json!(6), &json!(3), &json!("0.666667"))
    );
    let pair = &technical["pairs"][0];
    assert_eq!(
        (&pair["first"], &pair["second"], &pair["figures"]["compared"]),
        (&json!("li"), &json!("wang"), &json!(3))
    );
    let most = &technical["differences"][0];
    assert_eq!((&most["customer_name"], &most["levels_apart"]), (&json!("Two"), &json!(2)));
    assert_eq!(most["ratings"], json!([{"author": "li", "level": "A"}, {"author": "wang", "level": "C"}]));
    let query = "query($id: ID!) { judgementAgreement(scaleId: $id, number: 1, limit: 0) { factors { factor customers differences { customerName } } } }";
    let graph = admin.data(query, json!({"id": scale})).await["judgementAgreement"].take();
    assert!(graph["factors"].as_array().unwrap().iter().all(|f| f["differences"] == json!([])), "{graph}");
}

#[actix_web::test]
async fn a_scale_is_proposed_from_several() {
    let (app, tenant, admin) = company().await;
    let people = admin.batch("/v1/salespeople:batch", &json!([{"external_id": "li", "name": "Li"}])).await;
    let mut actor = Actor::with_role("li", tenant, Role::Salesperson, "test");
    actor.salesperson = Some(people["items"][0]["id"].as_str().unwrap().parse().unwrap());
    let li = app.client_of(&actor, Role::Salesperson);
    let ours = scale(&admin, "ours", &definition("0.5", "0.5"), "company").await;
    let first = scale(&admin, "first", &definition("0.7", "0.3"), "personal").await;
    let own = scale(&li, "li-own", &definition("0.6", "0.4"), "personal").await;
    let asked = |code: &str| json!({"code": code, "name": label("Agreed"), "scales": [{"scale_id": ours}, {"scale_id": first, "version": 1}, {"scale_id": own}]});
    let merged = admin.post("/v1/scales:merge", &asked("agreed")).await;
    let location = merged.header("location").to_owned();
    let merged = merged.expect(201);
    assert_eq!(merged["scale_version"]["problem_count"], 0);
    let weights: Vec<_> = merged["scale_version"]["definition"]["dimensions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| (d["code"].as_str().unwrap(), d["weight"].as_str().unwrap()))
        .collect();
    assert_eq!(weights, [("size", "0.6"), ("speed", "0.4")]);
    assert_eq!(merged["dimensions"][0]["weights"], json!(["0.5", "0.7", "0.6"]));
    assert_eq!(admin.get(&location).await.expect(200)["state"], "draft");
    // Who does not see a scale cannot use it.
    let wang = app.client_of(&Actor::with_role("wang", tenant, Role::Analyst, "test"), Role::Analyst);
    let refused = wang.post("/v1/scales:merge", &asked("other")).await.expect(422);
    assert_eq!(problems(&refused["errors"]), [("/scales/1/scale_id", "unknown_reference")]);
    let twice = json!({"code": "x", "name": label("x"), "scales": [{"scale_id": ours}, {"scale_id": ours}]});
    assert_eq!(
        problems(&admin.post("/v1/scales:merge", &twice).await.expect(422)["errors"]),
        [("/scales/1", "duplicate")]
    );
    let one = json!({"code": "x", "name": label("x"), "scales": [{"scale_id": ours}]});
    assert_eq!(problems(&admin.post("/v1/scales:merge", &one).await.expect(422)["errors"]), [("/scales", "size")]);
}

/// Places among all who are graded, in a run and in its explanation.
#[actix_web::test]
async fn a_percentile_ranks_the_customers_of_the_run() {
    let (_app, _, admin) = company().await;
    let customer = |id: &str, size: &str| json!({"external_id": id, "name": id, "attributes": {"size": size}});
    let items = json!([customer("C1", "10"), customer("C2", "20"), customer("C3", "20"), customer("C4", "40"), customer("C5", "50"), {"external_id": "C6", "name": "C6"}]);
    let made = admin.batch("/v1/customers:batch", &items).await;
    let factor = json!({"code": "place", "label": label("p"), "max_points": "8", "source": {"attribute": "size"},
        "rule": {"percentile": {"better": "higher"}}, "missing": "excluded"});
    let definition = json!({"dimensions": [{"code": "d", "label": label("d"), "axis": "quality", "weight": "1", "factors": [factor]}],
        "grade_bands": {"fixed": [{"grade": "A", "label": label("A"), "min_score": "0"}]}});
    let id = scale(&admin, "ranked", &definition, "company").await;
    run(&admin, &id).await;
    let runs = admin.get("/v1/grading-runs").await.expect(200);
    let run = runs["items"][0]["id"].as_str().unwrap();
    let results = admin.get(&format!("/v1/grading-runs/{run}/results?sort=customer_external_id")).await.expect(200);
    let scores: Vec<_> =
        results["items"].as_array().unwrap().iter().map(|r| r["score"].as_str().unwrap_or("-").to_owned()).collect();
    assert_eq!(scores, ["0.0000", "37.5000", "37.5000", "75.0000", "100.0000", "-"]);
    let c2 = made["items"][1]["id"].as_str().unwrap();
    let told = admin.get(&format!("/v1/grading-runs/{run}/results/{c2}")).await.expect(200);
    let factor = &told["dimensions"][0]["factors"][0];
    assert_eq!(
        (&factor["points"], &factor["percentile"], &factor["value"]),
        (&json!("3.0000"), &json!("0.375000"), &json!({"number": "20"}))
    );
}
