//! A month must be over before anything is decided by it.

use fenji::tenancy::Role;
use fenji::values::TenantId;
use serde_json::{Value, json};

use crate::support::{Answer, Client, TestApp, case, label, plain, problems, sell, spawn_app};

/// A tenant whose customer A sold 800 in 2013, with a published scale by revenue, A from 500, and a GE model.
async fn furnished() -> (TestApp, TenantId, Client, String) {
    let app = spawn_app().await;
    let tenant = app.tenant("acme").await;
    let admin = app.client(tenant, Role::Admin);
    let ids = sell(&admin, &[("A", "2013-06-01", "P", "800", "400")]).await;
    let factor = json!({"code": "revenue", "label": label("revenue"), "max_points": "10",
                        "source": {"metric": "revenue_l12"}, "rule": {"linear": {"from": "0", "to": "1000"}}, "missing": "zero"});
    let dimension =
        json!({"code": "value", "label": label("value"), "axis": "quality", "weight": "1", "factors": [factor]});
    let band = |grade: &str, from: &str| json!({"grade": grade, "label": label(grade), "min_score": from});
    let definition = json!({"dimensions": [dimension], "grade_bands": {"fixed": [band("A", "50"), band("C", "0")]}});
    let new = json!({"code": "by_revenue", "name": label("By revenue"), "definition": definition});
    let scale = admin.post("/v1/scales", &new).await.expect(201)["id"].as_str().unwrap().to_owned();
    admin.post(&format!("/v1/scales/{scale}/versions/1:publish"), &Value::Null).await.expect(200);
    let new = json!({"code": "standard", "name": label("Standard"), "template": "standard"});
    let model = admin.post("/v1/ge-models", &new).await.expect(201)["id"].as_str().unwrap().to_owned();
    admin.post(&format!("/v1/ge-models/{model}/versions/1:publish"), &Value::Null).await.expect(200);
    (app, tenant, admin, ids["A"].clone())
}

fn run(as_of: &str) -> Value {
    json!({"scale_code": "by_revenue", "as_of": as_of, "selection": {"all": {}}})
}

fn with(mut body: Value, more: Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// What was started, once its job has ended well.
async fn done(admin: &Client, path: &str, body: &Value) -> Value {
    let made = admin.post(path, body).await.expect(202);
    let job = admin.finished(made["job"]["id"].as_str().unwrap()).await;
    assert_eq!(job["state"], "completed", "{job}");
    made
}

async fn current(admin: &Client, customer: &str) -> Value {
    admin.get(&format!("/v1/customers/{customer}/grade")).await.expect(200)
}

/// That a month was refused, and which is the last that is over.
#[track_caller]
fn refused(answer: Answer, last: &str) {
    let problem = answer.expect(422);
    assert_eq!(problems(&problem["errors"]), [("/as_of", "month_not_over")], "{problem}");
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains(&format!("The last month that is over is {last}.")), "{detail}");
}

/// The script's months are as far from its day as these are from the test's.
#[actix_web::test]
async fn a_run_for_a_month_years_ahead_leaves_the_grade_of_the_last_whole_month() {
    let Some(script) = case("51-future-month.sh") else { return };
    let script = String::from_utf8(script).unwrap().replace("2026-11", "2013-12").replace("2035-01", "2022-02");
    let (_app, _, admin, customer) = furnished().await;
    let mut answers = Vec::new();
    for line in script.lines() {
        let Some(rest) = line.strip_prefix("post ") else { continue };
        let (path, rest) = rest.split_once(' ').unwrap();
        let body = rest.trim_start_matches('"').split_once("\";").unwrap().0;
        let body = body.replace("\\\"", "\"").replace("$SCALE", "by_revenue");
        let answer = admin.post(path, &serde_json::from_str(&body).unwrap()).await;
        if answer.status == 202 {
            admin.finished(answer.json()["job"]["id"].as_str().unwrap()).await;
        }
        answers.push(answer);
    }
    let [first, ahead, last] = answers.try_into().unwrap();
    first.expect(202);
    refused(ahead, "2013-12");
    let last = last.expect(202);
    let current = current(&admin, &customer).await;
    assert_eq!((&current["as_of"], &current["grade"]), (&json!("2013-12"), &json!("A")));
    assert_eq!(current["run_id"], last["id"]);
}

#[actix_web::test]
async fn runs_mappings_and_plans_take_a_month_that_is_over() {
    let (_app, _, admin, _) = furnished().await;
    let mapping = |as_of: &str| json!({"model_code": "standard", "as_of": as_of});
    let plan = |as_of: &str| json!({"name": "x", "fiscal_year": 2016, "method": "strategy_led", "as_of": as_of});
    for (path, body) in
        [("/v1/grading-runs", run("2014-01")), ("/v1/ge-mappings", mapping("2014-01")), ("/v1/plans", plan("2014-01"))]
    {
        refused(admin.post(path, &body).await, "2013-12");
        refused(admin.post(path, &with(body.clone(), json!({"provisional": false}))).await, "2013-12");
        for ahead in ["2014-02", "2015-06"] {
            let later = with(body.clone(), json!({"as_of": ahead, "provisional": true}));
            refused(admin.post(path, &later).await, "2013-12");
        }
        done(&admin, path, &with(body.clone(), json!({"as_of": "2013-12"}))).await;
        // What is over needs nothing provisional.
        let over = done(&admin, path, &with(body, json!({"as_of": "2013-11", "provisional": true}))).await;
        assert_eq!(over["provisional"], false);
    }
    let query = "mutation { run: startGradingRun(input: {scaleCode: \"by_revenue\", asOf: \"2014-01\", selection: {all: {}}}) { userErrors { pointer code } } mapping: startGeMapping(input: {modelCode: \"standard\", asOf: \"2020-01\"}) { userErrors { pointer code } } plan: createPlan(input: {name: \"x\", fiscalYear: 2016, method: STRATEGY_LED, asOf: \"2014-03\"}) { userErrors { pointer code } } }";
    let graph = admin.data(query, json!({})).await;
    for field in ["run", "mapping", "plan"] {
        assert_eq!(graph[field]["userErrors"], json!([{"pointer": "/as_of", "code": "month_not_over"}]), "{field}");
    }
    let request = admin.request(reqwest::Method::POST, "/v1/grading-runs").header("Accept-Language", "zh-CN");
    let chinese = admin.send(request.json(&run("2014-01"))).await.expect(422);
    assert!(chinese["errors"][0]["detail"].as_str().unwrap().contains("最近一个已结束的月份是 2013-12"), "{chinese}");
}

#[actix_web::test]
async fn the_running_month_is_looked_at_and_never_current() {
    let (_app, _, admin, customer) = furnished().await;
    let over = done(&admin, "/v1/grading-runs", &run("2013-12")).await;
    let provisional = json!({"provisional": true});
    let running = done(&admin, "/v1/grading-runs", &with(run("2014-01"), provisional.clone())).await;
    assert_eq!((&running["provisional"], &running["official"]), (&json!(true), &json!(false)));
    let results = format!("/v1/grading-runs/{}/results", running["id"].as_str().unwrap());
    assert_eq!(admin.get(&results).await.expect(200)["items"].as_array().unwrap().len(), 1);
    assert_eq!(current(&admin, &customer).await["run_id"], over["id"]);

    let mapping = |as_of: &str| json!({"model_code": "standard", "as_of": as_of});
    let over = done(&admin, "/v1/ge-mappings", &mapping("2013-12")).await;
    let running = done(&admin, "/v1/ge-mappings", &with(mapping("2014-01"), provisional.clone())).await;
    assert_eq!(running["provisional"], true);
    let matrix = async |query: &str| admin.get(&format!("/v1/ge-matrix{query}")).await;
    assert_eq!(matrix("").await.expect(200)["mapping_id"], over["id"]);
    matrix("?as_of=2014-01").await.expect(404);
    let by_id = format!("?mapping_id={}", running["id"].as_str().unwrap());
    assert_eq!(matrix(&by_id).await.expect(200)["as_of"], "2014-01");
    let query = "query($id: ID!) { customer(id: $id) { geCell { asOf mappingId } } }";
    let cell = admin.data(query, json!({"id": customer})).await["customer"]["geCell"].take();
    assert_eq!(
        (&cell["asOf"], plain(&cell["mappingId"])),
        (&json!("2013-12"), over["id"].as_str().unwrap().to_owned())
    );

    let plan = |as_of: &str| json!({"name": as_of, "fiscal_year": 2015, "method": "strategy_led", "as_of": as_of});
    let over = done(&admin, "/v1/plans", &plan("2013-12")).await;
    let running = done(&admin, "/v1/plans", &with(plan("2014-01"), provisional)).await;
    assert_eq!(running["provisional"], true);
    let query = "query($id: ID!) { customer(id: $id) { plan(fiscalYear: 2015) { planId } } }";
    let current = admin.data(query, json!({"id": customer})).await["customer"]["plan"].take();
    assert_eq!(plain(&current["planId"]), over["id"].as_str().unwrap());
    // A plan that names no month ends with the last that is over.
    let unnamed = json!({"name": "autumn", "fiscal_year": 2015, "method": "strategy_led"});
    assert_eq!(done(&admin, "/v1/plans", &unnamed).await["as_of"], "2013-12");
}

/// The day goes by UTC: the month is over with its last second there.
#[actix_web::test]
async fn a_month_is_over_at_midnight_by_utc() {
    let (app, tenant, _, _) = furnished().await;
    app.clock.set("2014-01-31T23:59:59Z".parse().unwrap());
    refused(app.client(tenant, Role::Admin).post("/v1/grading-runs", &run("2014-01")).await, "2013-12");
    app.clock.set("2014-02-01T00:00:00Z".parse().unwrap());
    let admin = app.client(tenant, Role::Admin);
    admin.post("/v1/grading-runs", &run("2014-01")).await.expect(202);
    admin.post("/v1/ge-mappings", &json!({"model_code": "standard", "as_of": "2014-01"})).await.expect(202);
    refused(admin.post("/v1/grading-runs", &run("2014-02")).await, "2014-01");
}
