//! Plans made both ways over books small enough to plan by hand.

use std::collections::{BTreeMap, BTreeSet};

use fenji::tenancy::Role;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, plain, problems, sell, spawn_app};

async fn admin() -> (TestApp, Client) {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    (app, admin)
}

/// Pumps 600 by S1 in N, valves 300 by S2 in N, pumps 100 by S1 in no territory, all in 2013.
async fn book(admin: &Client) {
    let sale = |customer, product, net| (customer, "2013-05-05", product, net, "");
    sell(admin, &[sale("1", "pumps", "600"), sale("2", "valves", "300"), sale("3", "pumps", "100")]).await;
    admin
        .batch(
            "/v1/salespeople:batch",
            &json!([{"external_id": "S1", "name": "Li"}, {"external_id": "S2", "name": "Wu"}]),
        )
        .await;
    let items = json!([
        {"external_id": "1", "territory": "N", "owner_external_id": "S1"},
        {"external_id": "2", "territory": "N", "owner_external_id": "S2"},
        {"external_id": "3", "owner_external_id": "S1"},
    ]);
    admin.batch("/v1/customers:batch", &items).await;
}

fn decomposition(target: &str) -> Value {
    json!({"name": "From above", "fiscal_year": 2014, "method": "task_decomposition", "target": target})
}

/// A plan that has been made.
async fn made(admin: &Client, asked: &Value) -> Value {
    let started = admin.post("/v1/plans", asked).await;
    let location = started.header("location").to_owned();
    let plan = started.expect(202);
    let job = plan["job"]["id"].as_str().unwrap();
    assert_eq!(location, format!("/v1/jobs/{job}"));
    let job = admin.finished(job).await;
    assert_eq!(job["state"], "completed", "{job}");
    admin.get(&format!("/v1/plans/{}", plan["id"].as_str().unwrap())).await.expect(200)
}

/// Every line of every step.
async fn lines(admin: &Client, plan: &Value) -> BTreeMap<i64, Vec<Value>> {
    let path = format!("/v1/plans/{}/steps", plan["id"].as_str().unwrap());
    let mut found = BTreeMap::new();
    for step in admin.get(&path).await.expect(200).as_array().unwrap() {
        let number = step["number"].as_i64().unwrap();
        let mut list = admin.get(&format!("{path}/{number}/lines?limit=500")).await.expect(200);
        assert_eq!(list["next_cursor"], Value::Null);
        assert_eq!(
            list["items"].as_array().unwrap().len(),
            usize::try_from(step["line_count"].as_u64().unwrap()).unwrap()
        );
        found.insert(number, serde_json::from_value(list["items"].take()).unwrap());
    }
    found
}

/// Key and amount of a step's lines of a kind.
fn amounts<'l>(lines: &'l BTreeMap<i64, Vec<Value>>, step: i64, kind: &str) -> Vec<(&'l str, Option<&'l str>)> {
    let of_kind = lines[&step].iter().filter(|line| line["kind"] == kind);
    of_kind.map(|line| (line["key"].as_str().unwrap(), line["amount"].as_str())).collect()
}

/// The parts below every line, by kind, sum to it exactly.
fn assert_sums(lines: &BTreeMap<i64, Vec<Value>>) {
    let amount = |line: &Value| line["amount"].as_str().map(|amount| amount.parse::<Decimal>().unwrap());
    let mut sums: BTreeMap<(i64, i64, i64, &str), Decimal> = BTreeMap::new();
    for (step, list) in lines {
        for line in list {
            if let (Some(parent), Some(part)) = (line["parent"].as_i64(), amount(line)) {
                let above = line["parent_step"].as_i64().unwrap_or(*step);
                *sums.entry((*step, above, parent, line["kind"].as_str().unwrap())).or_default() += part;
            }
        }
    }
    assert!(sums.len() > 5);
    for ((step, above, parent, kind), sum) in sums {
        let whole = &lines[&above][usize::try_from(parent).unwrap()];
        assert_eq!(amount(whole), Some(sum), "step {step}: {kind} under {whole}");
    }
}

fn has(line: &Value, note: &str) -> bool {
    line["notes"].as_array().unwrap().iter().any(|n| n["code"] == note)
}

#[actix_web::test]
async fn a_target_is_split_down_in_eight_steps_worked_by_hand() {
    let (_app, admin) = admin().await;
    book(&admin).await;
    let mut asked = decomposition("2000");
    asked["settings"] =
        json!({"budget_lines": [{"code": "fairs", "label": {"en": "Fairs", "zh": "展会"}, "amount": "90"}]});
    let plan = made(&admin, &asked).await;
    assert_eq!(
        (&plan["state"], &plan["total"], &plan["currency"], &plan["as_of"]),
        (&json!("draft"), &json!("2000.00"), &json!("EUR"), &json!("2013-12"))
    );
    assert_eq!(plan["inputs"]["net_l12"].as_str().unwrap().parse::<Decimal>().unwrap(), Decimal::from(1000));
    let steps = admin.get(&format!("/v1/plans/{}/steps", plan["id"].as_str().unwrap())).await.expect(200);
    let codes: Vec<_> = steps.as_array().unwrap().iter().map(|s| s["code"].as_str().unwrap()).collect();
    let expected = [
        "annual_target",
        "product_structure",
        "territories",
        "salespeople",
        "customer_types",
        "development_plan",
        "company_resources",
    ];
    assert_eq!(codes[..7], expected);
    assert_eq!(codes.len(), 8);
    assert!(steps.as_array().unwrap().iter().all(|s| s["label"]["zh"].as_str().unwrap().chars().all(|c| c > '\u{7f}')));
    let lines = lines(&admin, &plan).await;
    assert_eq!(amounts(&lines, 1, "year"), [("2014", Some("2000.00"))]);
    assert_eq!(amounts(&lines, 2, "category"), [("pumps", Some("1400.00")), ("valves", Some("600.00"))]);
    assert_eq!(amounts(&lines, 3, "territory"), [("", Some("200.00")), ("N", Some("1800.00"))]);
    assert_eq!(
        amounts(&lines, 4, "salesperson"),
        [("S1", Some("200.00")), ("S1", Some("1200.00")), ("S2", Some("600.00"))]
    );
    // Without a grade 85 % stay: gaps of 115, 690 and 345 of 1150; the budget of 90 by gap.
    assert_eq!(amounts(&lines, 6, "year"), [("2014", Some("1150.00"))]);
    assert_eq!(amounts(&lines, 7, "salesperson"), [("S1", Some("9.00")), ("S1", Some("54.00")), ("S2", Some("27.00"))]);
    assert!(lines[&8].iter().all(|line| has(line, "potential_unknown")));
    assert_sums(&lines);
    let path = format!("/v1/plans/{}/steps/3/lines", plan["id"].as_str().unwrap());
    let below = admin.get(&format!("{path}?kind=category&parent_step=3&parent=1")).await.expect(200)["items"].take();
    let parent = &lines[&3][1];
    let expected: Vec<_> =
        lines[&3].iter().filter(|line| line["parent"] == 1 && line["kind"] == "category").cloned().collect();
    assert_eq!((below, parent["position"].as_i64()), (json!(expected), Some(1)));
    admin.get(&format!("/v1/plans/{}/steps/9", plan["id"].as_str().unwrap())).await.expect(404);
}

#[actix_web::test]
async fn what_a_customer_can_yield_is_built_up_in_nine_steps() {
    let (_app, admin) = admin().await;
    let ids = sell(
        &admin,
        &[
            ("G", "2011-01-10", "pumps", "100", ""),
            ("G", "2012-06-01", "pumps", "120", ""),
            ("G", "2013-03-01", "pumps", "110", ""),
            ("G", "2013-06-01", "valves", "40", ""),
            ("Y", "2013-06-01", "valves", "80", ""),
        ],
    )
    .await;
    let asked = json!({"name": "From below", "fiscal_year": 2014, "method": "strategy_led",
                       "replacements": {"Y": {"amount": "99.99", "reason": "Has ordered already"}}});
    let plan = made(&admin, &asked).await;
    let lines = lines(&admin, &plan).await;
    assert_eq!(lines.keys().copied().collect::<Vec<_>>(), (1..=9).collect::<Vec<_>>());
    assert_sums(&lines);
    // The damped trend of 100, 120, 150 is 153.40; there is no grade to lift it.
    assert_eq!(amounts(&lines, 2, "customer"), [("G", Some("153.40")), ("Y", Some("99.99"))]);
    assert_eq!((&plan["total"], &plan["target"]), (&json!("253.39"), &Value::Null));
    let (grown, young) = (&lines[&2][0], &lines[&2][1]);
    assert!(has(grown, "damped_trend") && has(young, "replaced") && has(young, "last_twelve_months"));
    let verified = &lines[&3][0];
    let figure = |name: &str| {
        verified["figures"][name].as_str().map(|text| text.parse::<Decimal>().unwrap().normalize().to_string())
    };
    let figures = ["mean", "year4", "low", "high", "cagr"].map(|name| figure(name).unwrap());
    assert_eq!(figures, ["123.3333", "173.3333", "123.3333", "190.6667", "0.224745"]);
    assert!(has(verified, "within") && has(&lines[&3][1], "insufficient"));
    let categories: Vec<_> = amounts(&lines, 5, "category")[..2].to_vec();
    // 110 : 40 of the last 12 months.
    assert_eq!(categories, [("pumps", Some("112.49")), ("valves", Some("40.91"))]);
    assert_eq!(amounts(&lines, 5, "month").len(), 24);
    let query = "query($id: ID!) { customer(id: $id) { plan(fiscalYear: 2014) { amount verdict low high planId } other: plan(fiscalYear: 2015) { amount } } }";
    let edge = admin.data(query, json!({"id": ids["G"]})).await["customer"].take();
    assert_eq!((&edge["plan"]["amount"], &edge["plan"]["verdict"]), (&json!("153.40"), &json!("WITHIN")));
    assert_eq!(
        (plain(&edge["plan"]["planId"]), &edge["other"]),
        (plan["id"].as_str().unwrap().to_owned(), &Value::Null)
    );
}

#[actix_web::test]
async fn the_same_book_makes_the_same_plan() {
    let (_app, admin) = admin().await;
    book(&admin).await;
    let strategy = json!({"name": "From below", "fiscal_year": 2014, "method": "strategy_led", "target": "1500"});
    for asked in [decomposition("1999.99"), strategy] {
        let first = made(&admin, &asked).await;
        let second = made(&admin, &asked).await;
        assert_ne!(first["id"], second["id"]);
        let (first, second) = (lines(&admin, &first).await, lines(&admin, &second).await);
        assert_sums(&first);
        assert_eq!(first, second);
    }
    let list = admin.get("/v1/plans?method=strategy_led&fiscal_year=2014").await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn pins_are_honoured_and_impossible_ones_refused_where_they_stand() {
    let (_app, admin) = admin().await;
    book(&admin).await;
    let pin = |level: &str, key: &str, territory: Value, amount: Value| json!({"level": level, "key": key, "territory": territory, "amount": amount});
    let with = |pins: Value| {
        let mut asked = decomposition("2000");
        asked["settings"] = json!({"pins": pins});
        asked
    };
    let none = Value::Null;
    let pins = json!([
        pin("category", "new", none.clone(), json!("500")),
        pin("territory", "", none.clone(), none.clone()),
        pin("salesperson", "S2", json!("N"), json!("1")),
    ]);
    let plan = made(&admin, &with(pins)).await;
    let lines = lines(&admin, &plan).await;
    // 1500 over pumps 700 : valves 300; not planned is not 0.
    assert_eq!(
        amounts(&lines, 2, "category"),
        [("new", Some("500.00")), ("pumps", Some("1050.00")), ("valves", Some("450.00"))]
    );
    assert_eq!(amounts(&lines, 3, "territory"), [("", None), ("N", Some("2000.00"))]);
    assert_eq!(amounts(&lines, 4, "salesperson"), [("S1", None), ("S1", Some("1999.00")), ("S2", Some("1.00"))]);
    assert_sums(&lines);

    let impossible = json!([
        pin("category", "new", none.clone(), json!("2000.01")),
        pin("territory", "N", none.clone(), json!("-1")),
        pin("salesperson", "S1", none.clone(), json!("1.001")),
    ]);
    let refused = admin.post("/v1/plans", &with(impossible)).await.expect(422);
    let expected = [
        ("/settings/pins/1/amount", "negative"),
        ("/settings/pins/2/territory", "pin_territory"),
        ("/settings/pins/2/amount", "finer_than_minor_unit"),
        ("/settings/pins", "pins_exceed_total"),
    ];
    assert_eq!(problems(&refused["errors"]), expected);
    let query =
        "mutation($input: CreatePlanInput!) { createPlan(input: $input) { plan { id } userErrors { pointer code } } }";
    let input = json!({"name": "x", "fiscalYear": 2014, "method": "TASK_DECOMPOSITION", "target": "10",
                       "settings": {"pins": [{"level": "CATEGORY", "key": "new", "amount": "11"}]}});
    let graph = admin.data(query, json!({"input": input})).await["createPlan"].take();
    assert_eq!(
        (&graph["plan"], problems(&graph["userErrors"])),
        (&Value::Null, vec![("/settings/pins", "pins_exceed_total")])
    );
    assert_eq!(admin.get("/v1/plans").await.expect(200)["items"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn pins_that_only_the_book_shows_to_be_impossible_fail_the_job() {
    let (_app, admin) = admin().await;
    sell(&admin, &[("1", "2013-05-05", "pumps", "600", "")]).await;
    let mut asked = decomposition("2000");
    asked["settings"] = json!({"pins": [{"level": "category", "key": "pumps", "territory": null, "amount": "1999"}]});
    let plan = admin.post("/v1/plans", &asked).await.expect(202);
    let job = admin.finished(plan["job"]["id"].as_str().unwrap()).await;
    assert_eq!((&job["state"], &job["problem"]["code"]), (&json!("failed"), &json!("invalid_input")));
    assert_eq!(job["problem"]["errors"][0]["pointer"], "/settings/pins");
    let plan = admin.get(&format!("/v1/plans/{}", plan["id"].as_str().unwrap())).await.expect(200);
    assert_eq!((&plan["total"], &plan["completed_at"]), (&Value::Null, &Value::Null));
    assert_eq!(admin.get(&format!("/v1/plans/{}/steps", plan["id"].as_str().unwrap())).await.expect(200), json!([]));
}

#[actix_web::test]
async fn a_plan_that_cannot_be_asked_for_names_all_its_problems() {
    let (_app, admin) = admin().await;
    let refused = admin
        .post(
            "/v1/plans",
            &json!({"name": " ", "fiscal_year": 2014, "method": "task_decomposition", "as_of": "2014-01"}),
        )
        .await;
    let expected =
        [("/name", "required"), ("/as_of", "month_not_over"), ("/as_of", "not_before_year"), ("/target", "required")];
    assert_eq!(problems(&refused.expect(422)["errors"]), expected);
    let wrong = json!({"name": "x", "fiscal_year": 2014, "method": "strategy_led", "target": "1.001", "replacements": {"nobody": {"amount": "1", "reason": ""}}});
    let refused = admin.post("/v1/plans", &wrong).await.expect(422);
    let mut pointers: Vec<_> = problems(&refused["errors"]).into_iter().map(|(pointer, _)| pointer).collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/replacements/nobody", "/replacements/nobody/reason", "/target"]);
    assert_eq!(admin.get("/v1/jobs").await.expect(200)["items"], json!([]));
}

#[actix_web::test]
async fn graphql_makes_and_reads_a_plan_step_by_step() {
    let (_app, admin) = admin().await;
    book(&admin).await;
    let query = "mutation($input: CreatePlanInput!) { createPlan(input: $input) { plan { id job { id } settings { opportunityWeight } } userErrors { code } } }";
    let input = json!({"input": {"name": "x", "fiscalYear": 2014, "method": "TASK_DECOMPOSITION", "target": "2000"}});
    let plan = admin.data(query, input).await["createPlan"]["plan"].take();
    assert_eq!(plan["settings"]["opportunityWeight"], "0.30");
    admin.finished(&plain(&plan["job"]["id"])).await;
    let query = "query($id: ID!) { plan(id: $id) { total method } planSteps(planId: $id) { number total } planStep(planId: $id, number: 2) { code } planLines(planId: $id, step: 2, first: 1) { nodes { key amount label { zh } } pageInfo { hasNextPage } } }";
    let graph = admin.data(query, json!({"id": plan["id"]})).await;
    assert_eq!(graph["plan"], json!({"total": "2000.00", "method": "TASK_DECOMPOSITION"}));
    assert_eq!((graph["planSteps"].as_array().unwrap().len(), &graph["planSteps"][3]["total"]), (8, &json!("2000.00")));
    assert_eq!(graph["planStep"]["code"], "product_structure");
    let lines = json!({"nodes": [{"key": "pumps", "amount": "1400.00", "label": {"zh": "pumps"}}], "pageInfo": {"hasNextPage": true}});
    assert_eq!(graph["planLines"], lines);
}

#[actix_web::test]
async fn a_plan_goes_by_the_grade_in_force() {
    let (app, admin) = admin().await;
    book(&admin).await;
    let scale = |code: &str, scope: &str, first: &str| {
        let label = json!({"en": "x", "zh": "x"});
        let factor = json!({"code": "revenue", "label": label, "max_points": "10", "source": {"metric": "revenue_l12"},
                            "rule": {"linear": {"from": "0", "to": "1000"}}, "missing": "zero"});
        let dimension = json!({"code": "value", "label": label, "axis": "quality", "weight": "1", "factors": [factor]});
        let bands = json!({"fixed": [{"grade": first, "label": label, "min_score": "50"}, {"grade": "C", "label": label, "min_score": "0"}]});
        json!({"code": code, "name": label, "scope": scope, "definition": {"dimensions": [dimension], "grade_bands": bands}})
    };
    let graded = async |new: Value| {
        let scale = admin.post("/v1/scales", &new).await.expect(201)["id"].clone();
        let publish = format!("/v1/scales/{}/versions/1:publish", scale.as_str().unwrap());
        admin.post(&publish, &Value::Null).await.expect(200);
        let run = json!({"scale_id": scale, "as_of": "2013-12", "selection": {"all": {}}});
        let run = admin.post("/v1/grading-runs", &run).await.expect(202);
        assert_eq!(admin.finished(run["job"]["id"].as_str().unwrap()).await["state"], "completed");
    };
    let types = async || {
        let plan = made(&admin, &decomposition("2000")).await;
        let lines = lines(&admin, &plan).await;
        let keys: BTreeSet<String> = lines[&5].iter().map(|line| line["key"].as_str().unwrap().to_owned()).collect();
        keys.into_iter().filter(|key| key.ends_with('/')).collect::<Vec<_>>()
    };
    graded(scale("ours", "company", "A")).await;
    // Customer 1 has 60 points, 2 and 3 have 30 and 10; a member's own scale, though newer, decides nothing.
    assert_eq!(types().await, ["A/", "C/"]);
    graded(scale("mine", "personal", "Z")).await;
    assert_eq!(types().await, ["A/", "C/"]);
    let customers = admin.get("/v1/customers?external_id=1").await.expect(200);
    let path = format!("/v1/customers/{}/grade-override", customers["items"][0]["id"].as_str().unwrap());
    let by_hand = json!({"grade": "C", "reason": "Closes its works", "expires_at": "2014-01-15T08:30:00Z"});
    admin.put(&path, &by_hand).await.expect(200);
    assert_eq!(types().await, ["C/"]);
    // It holds on the day the plan is made, and no longer.
    app.clock.set("2014-01-15T08:30:00Z".parse().unwrap());
    assert_eq!(types().await, ["A/", "C/"]);
    admin.put(&path, &json!({"grade": "C", "reason": "Closes its works"})).await.expect(200);
    assert_eq!(types().await, ["C/"]);
    admin.delete(&path).await.expect(200);
    assert_eq!(types().await, ["A/", "C/"]);
}
