//! The three kinds of customers: each branch of the rule by hand, and the rule that adds up and filters against the one that
//! tells each result.

use std::collections::BTreeMap;

use fenji::tenancy::Role;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{dimension, factor, fixed, graded, number, published};
use crate::support::{Client, TestApp, problems, spawn_app};

/// Quality by the attribute `points`, growth by `other`, both linear to 100.
fn axes() -> Value {
    let by = |code: &str| {
        factor(code, json!({"attribute": code}), json!({"linear": {"from": "0", "to": "100"}}), "required")
    };
    json!({"dimensions": [dimension("now", "quality", "0.5", &[by("points")]), dimension("later", "growth", "0.5", &[by("other")])],
           "grade_bands": fixed()})
}

/// A customer: name, quality and growth (nothing where it cannot be graded), and its lines: order, net, cost.
type Story<'a> = (&'a str, Option<(&'a str, &'a str)>, &'a [(&'a str, &'a str, Option<&'a str>)]);

async fn tenant(stories: &[Story<'_>]) -> (TestApp, Client) {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    admin.define(&[("points", "number"), ("other", "number")]).await;
    published(&admin, "axes", &axes()).await;
    let customer = |(id, axes, _): &Story<'_>| {
        let attributes = axes.map_or(json!({}), |(quality, growth)| json!({"points": quality, "other": growth}));
        json!({"external_id": id, "name": id, "attributes": attributes})
    };
    admin.batch("/v1/customers:batch", &stories.iter().map(customer).collect::<Value>()).await;
    admin.batch("/v1/products:batch", &json!([{"external_id": "P", "name": "P", "category": "P"}])).await;
    let mut lines = Vec::new();
    for (id, _, own) in stories {
        for (place, (order, net, cost)) in own.iter().enumerate() {
            lines.push(json!({"external_id": format!("{id}/{place}"), "order_id": format!("{id}/{order}"), "day": "2013-06-01",
                "customer_external_id": id, "product_external_id": "P", "quantity": "1", "unit_price": net, "net": net, "cost": cost}));
        }
    }
    admin.batch("/v1/sales-lines:batch", &Value::Array(lines)).await;
    (app, admin)
}

/// Says what money costs a year, so that net profits are known.
async fn price_money(admin: &Client) {
    let patch = admin.request(reqwest::Method::PATCH, "/v1/tenant").json(&json!({"capital_cost_rate": "0.1"}));
    admin.send(patch).await.expect(200);
}

async fn run(admin: &Client) -> String {
    let run = graded(admin, "axes", json!({"all": {}})).await;
    format!("/v1/grading-runs/{}", run["id"].as_str().unwrap())
}

async fn listed(admin: &Client, base: &str, filter: &str) -> Vec<Value> {
    let list = admin.get(&format!("{base}/results?limit=500&sort=customer_external_id&{filter}")).await.expect(200);
    list["items"].as_array().unwrap().clone()
}

fn names(results: &[Value]) -> Vec<&str> {
    results.iter().map(|result| result["customer_external_id"].as_str().unwrap()).collect()
}

/// Orders, lines, margins: base 1/1/400, unknown 1/1/none, partner 1/1/10, invests 1/1/-50, good 1/2/-40, loss 1/1/-20,
/// busy 10/10/100, quiet 1/1/100. Units: 1 + 0.25 each, good 1 + 0.5 + 1 for what came back, busy 12.5: 22.5 in all. The
/// margin of all is 500.
const STORIES: [Story<'static>; 9] = [
    ("base", Some(("60", "90")), &[("1", "1000", Some("600"))]),
    (
        "busy",
        Some(("10", "10")),
        &[
            ("1", "100", Some("90")),
            ("2", "100", Some("90")),
            ("3", "100", Some("90")),
            ("4", "100", Some("90")),
            ("5", "100", Some("90")),
            ("6", "100", Some("90")),
            ("7", "100", Some("90")),
            ("8", "100", Some("90")),
            ("9", "100", Some("90")),
            ("10", "100", Some("90")),
        ],
    ),
    ("good", Some(("90", "10")), &[("1", "200", Some("190")), ("1", "-100", Some("-50"))]),
    ("idle", Some(("90", "10")), &[]),
    ("invests", Some(("90", "60")), &[("1", "100", Some("150"))]),
    ("loss", Some(("10", "10")), &[("1", "80", Some("100"))]),
    ("partner", Some(("59", "60")), &[("1", "20", Some("10"))]),
    ("quiet", Some(("10", "10")), &[("1", "200", Some("100"))]),
    ("unknown", Some(("60", "10")), &[("1", "500", None)]),
];

#[actix_web::test]
async fn each_branch_of_the_rule_and_each_mark_worked_by_hand() {
    let (_app, admin) = tenant(&STORIES).await;
    let base = run(&admin).await;
    let told: Vec<Value> = (listed(&admin, &base, "").await.iter())
        .map(|r| {
            json!([
                r["customer_external_id"],
                r["kind"],
                r["kind_mark"],
                r["profit"],
                r["profit_source"],
                r["effort"],
                r["effort_ratio"]
            ])
        })
        .collect();
    // Effort 1.25 of 22.5 for 400 of 500: 0.069444. 12.5 of 22.5 for 100 of 500: 2.777778.
    let expected = [
        json!(["base", "survival_base", null, "400.0000", "gross_margin_l12", "1.2500", "0.069444"]),
        json!(["busy", "busy_for_nothing", null, "100.0000", "gross_margin_l12", "12.5000", "2.777778"]),
        json!(["good", "busy_for_nothing", "looks_good", "-40.0000", "gross_margin_l12", "2.5000", "1000.000000"]),
        json!(["idle", "other", null, "0.0000", "gross_margin_l12", "0.0000", null]),
        json!(["invests", "growth_partner", "invests", "-50.0000", "gross_margin_l12", "1.2500", "1000.000000"]),
        json!(["loss", "busy_for_nothing", null, "-20.0000", "gross_margin_l12", "1.2500", "1000.000000"]),
        json!(["partner", "growth_partner", null, "10.0000", "gross_margin_l12", "1.2500", "2.777778"]),
        json!(["quiet", "other", null, "100.0000", "gross_margin_l12", "1.2500", "0.277778"]),
        json!(["unknown", "survival_base", "profit_unknown", null, null, "1.2500", null]),
    ];
    assert_eq!(told, expected);
    let kinds = admin.get(&format!("{base}/customer-kinds")).await.expect(200);
    let head = ["effort_known", "effort_basis", "book_effort", "book_margin"].map(|name| kinds[name].clone());
    assert_eq!(json!(head), json!([true, "handling_units", "22.5000", "500.0000"]));
    assert_eq!(kinds["thresholds"]["break_even_order"], Value::Null);
    let sums: Vec<Value> = (kinds["kinds"].as_array().unwrap().iter())
        .map(|k| {
            json!([
                k["kind"],
                k["sums"]["customers"],
                k["profit"],
                k["profit_unknown"],
                k["effort"],
                k["marks"][0]["mark"],
                k["marks"][0]["customers"],
                k["marks"][0]["profit"]
            ])
        })
        .collect();
    let expected = [
        json!(["survival_base", 2, "400.0000", 1, "2.5000", "profit_unknown", 1, "0.0000"]),
        json!(["growth_partner", 2, "-40.0000", 0, "2.5000", "invests", 1, "-50.0000"]),
        json!(["busy_for_nothing", 3, "40.0000", 0, "16.2500", "looks_good", 1, "-40.0000"]),
        json!(["other", 2, "100.0000", 0, "1.2500", null, null, null]),
        json!(["ungradable", 0, "0.0000", 0, "0.0000", null, null, null]),
    ];
    assert_eq!(sums, expected);
    assert_eq!(names(&listed(&admin, &base, "kind=busy_for_nothing").await), ["busy", "good", "loss"]);
    assert_eq!(names(&listed(&admin, &base, "kind_mark=looks_good&kind_mark=invests").await), ["good", "invests"]);
    let run = base.rsplit('/').next().unwrap();
    let query = "query($run: ID!) { customerKinds(runId: $run) { effortBasis bookMargin kinds { kind profit marks { mark label { zh } } } }
        gradingResults(runId: $run, filter: {kindMark: [INVESTS]}) { nodes { customerExternalId kind kindMark profit profitSource effortRatio } } }";
    let graph = admin.data(query, json!({"run": run})).await;
    assert_eq!(graph["customerKinds"]["effortBasis"], "HANDLING_UNITS");
    let partners = json!({"kind": "GROWTH_PARTNER", "profit": "-40.0000", "marks": [{"mark": "INVESTS", "label": {"zh": "投入期（目前亏损）"}}]});
    assert_eq!(graph["customerKinds"]["kinds"][1], partners);
    let invests = json!({"customerExternalId": "invests", "kind": "GROWTH_PARTNER", "kindMark": "INVESTS", "profit": "-50.0000",
                         "profitSource": "GROSS_MARGIN_L12", "effortRatio": "1000.000000"});
    assert_eq!(graph["gradingResults"]["nodes"], json!([invests]));
}

#[actix_web::test]
async fn the_limit_and_the_weights_are_settings_and_a_question_may_have_its_own() {
    let (_app, admin) = tenant(&STORIES).await;
    let base = run(&admin).await;
    let busy = async |question: &str| {
        let kinds = admin.get(&format!("{base}/customer-kinds{question}")).await.expect(200);
        kinds["kinds"][2]["sums"]["customers"].as_i64().unwrap()
    };
    assert_eq!(busy("?busy_effort_ratio=2.777778").await, 3);
    assert_eq!(busy("?busy_effort_ratio=2.777779").await, 2);
    // Lines alone: busy 10 of 18 for a fifth, quiet 1 of 18 for a fifth.
    assert_eq!(busy("?busy_effort_ratio=0.27&effort_of_order=0&effort_of_line=1&effort_of_return_line=0").await, 4);
    admin.put("/v1/grading-settings", &json!({"busy_effort_ratio": "3"})).await.expect(200);
    assert_eq!(busy("").await, 2);
    assert_eq!(names(&listed(&admin, &base, "kind=busy_for_nothing").await), ["good", "loss"]);
    let told = listed(&admin, &base, "kind=other").await;
    assert_eq!(names(&told), ["busy", "idle", "quiet"]);
    let wrong = json!({"busy_effort_ratio": "0", "effort_of_line": "-1", "effort_of_order": "0.00001", "break_even_order": "0"});
    let refused = admin.put("/v1/grading-settings", &wrong).await.expect(422);
    let at: Vec<&str> = problems(&refused["errors"]).into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(at, ["/busy_effort_ratio", "/effort_of_order", "/effort_of_line", "/break_even_order"]);
    admin.put("/v1/grading-settings", &json!({"busy_effort": "0.05"})).await.expect(400);
}

#[actix_web::test]
async fn small_orders_are_counted_by_the_break_even_order_of_the_run() {
    let (_app, admin) = tenant(&STORIES).await;
    let before = run(&admin).await;
    admin.put("/v1/grading-settings", &json!({"break_even_order": "100"})).await.expect(200);
    let base = run(&admin).await;
    let kinds = admin.get(&format!("{base}/customer-kinds")).await.expect(200);
    // Below 100 are the orders of loss (80) and of partner (20); good's order is 100 after what came back.
    assert_eq!((&kinds["thresholds"]["break_even_order"], &kinds["book_effort"]), (&json!("100"), &json!("24.5000")));
    let partner = &listed(&admin, &base, "kind=growth_partner").await[1];
    assert_eq!(partner["effort"], "2.2500");
    let old = admin.get(&format!("{before}/customer-kinds")).await.expect(200);
    assert_eq!((&old["thresholds"]["break_even_order"], &old["book_effort"]), (&Value::Null, &json!("22.5000")));
    for (run, order, status) in [(&base, "100.00", 200), (&base, "99", 422), (&before, "100", 422)] {
        let answer = admin.get(&format!("{run}/customer-kinds?break_even_order={order}")).await.expect(status);
        if status == 422 {
            assert_eq!(problems(&answer["errors"])[0].0, "/break_even_order");
        }
    }
}

#[actix_web::test]
async fn where_costs_to_serve_are_booked_they_are_the_effort_and_net_profit_is_the_profit_where_it_is_known() {
    let (_app, admin) = tenant(&STORIES).await;
    let cost = |customer: &str, amount: &str| json!({"external_id": customer, "customer_external_id": customer, "day": "2013-07-01", "activity": "visits", "amount": amount});
    admin
        .batch("/v1/costs-to-serve:batch", &json!([cost("quiet", "150"), cost("base", "40"), cost("idle", "10")]))
        .await;
    let base = run(&admin).await;
    let told = |results: Vec<Value>| -> BTreeMap<String, Value> {
        let row = |r: &Value| json!([r["kind"], r["profit"], r["profit_source"], r["effort"], r["effort_ratio"]]);
        results.iter().map(|r| (r["customer_external_id"].as_str().unwrap().to_owned(), row(r))).collect()
    };
    let gross = told(listed(&admin, &base, "").await);
    // 150 of 200 for 100 of 500.
    assert_eq!(gross["quiet"], json!(["busy_for_nothing", "100.0000", "gross_margin_l12", "150.0000", "3.750000"]));
    assert_eq!(gross["busy"], json!(["other", "100.0000", "gross_margin_l12", "0.0000", "0.000000"]));
    assert_eq!(gross["idle"], json!(["busy_for_nothing", "0.0000", "gross_margin_l12", "10.0000", "1000.000000"]));
    // With receivables and what money costs, the net profit is known.
    let owed = json!([{"external_id": "I", "customer_external_id": "base", "invoiced_on": "2013-06-01", "due_on": "2013-07-01", "amount": "1000"}]);
    admin.batch("/v1/receivables:batch", &owed).await;
    price_money(&admin).await;
    let net = told(listed(&admin, &run(&admin).await, "").await);
    // 400 - 40 - 100; 100 - 150; nothing - 10.
    assert_eq!(net["base"], json!(["survival_base", "260.0000", "net_profit_l12", "40.0000", "0.250000"]));
    assert_eq!(net["quiet"], json!(["busy_for_nothing", "-50.0000", "net_profit_l12", "150.0000", "3.750000"]));
    assert_eq!(net["idle"][0], "busy_for_nothing");
    assert_eq!(net["unknown"], json!(["survival_base", null, null, "0.0000", null]));
    // The run of before says what was known then.
    assert_eq!(told(listed(&admin, &base, "").await), gross);
}

#[actix_web::test]
async fn a_scale_reads_profit_and_effort_as_the_kinds_tell_them() {
    let (_app, admin) = tenant(&STORIES).await;
    let metric = |code: &str, to: &str| {
        factor(code, json!({"metric": code}), json!({"linear": {"from": "0", "to": to}}), "excluded")
    };
    let definition = json!({"dimensions": [dimension("now", "quality", "1", &[metric("profit_l12", "400"), metric("effort_ratio_l12", "3")])],
                            "grade_bands": fixed()});
    published(&admin, "money", &definition).await;
    let run = graded(&admin, "money", json!({"all": {}})).await;
    let base = format!("/v1/grading-runs/{}", run["id"].as_str().unwrap());
    for result in listed(&admin, &base, "").await {
        let told = admin.get(&format!("{base}/results/{}", result["customer_id"].as_str().unwrap())).await.expect(200);
        let factors = told["dimensions"][0]["factors"].as_array().unwrap();
        assert_eq!(told["result"], result);
        let number = |value: &Value| value.as_str().map(|text| text.parse::<Decimal>().unwrap());
        let read = [0, 1].map(|at| number(&factors[at]["value"]["number"]));
        assert_eq!(read, [number(&result["profit"]), number(&result["effort_ratio"])]);
    }
}

/// Numbers that look like chance and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// The rule as the paper has it, on what a result tells.
fn reference(
    result: &Value,
    lines: usize,
    limits: (Decimal, Decimal, Decimal),
) -> (&'static str, Option<&'static str>) {
    let read = |name: &str| result[name].as_str().map(|text| text.parse::<Decimal>().unwrap());
    let reaches =
        |name: &str, bound: Decimal| result["gradable"] == true && read(name).is_some_and(|score| score >= bound);
    let (quality, growth) = (reaches("quality", limits.0), reaches("growth", limits.1));
    let (profit, ratio) = (read("profit"), read("effort_ratio"));
    let loses = profit.is_some_and(|profit| profit < Decimal::ZERO);
    let idle = profit == Some(Decimal::ZERO) && lines == 0;
    match (quality, growth) {
        (true, _) if profit.is_none() => ("survival_base", Some("profit_unknown")),
        (true, _) if profit > Some(Decimal::ZERO) => ("survival_base", None),
        (_, true) => ("growth_partner", loses.then_some("invests")),
        (true, false) if !idle => ("busy_for_nothing", Some("looks_good")),
        _ if loses || ratio.is_some_and(|ratio| ratio >= limits.2) => ("busy_for_nothing", None),
        _ if result["gradable"] == false => ("ungradable", None),
        _ => ("other", None),
    }
}

/// What is told of each result, what is listed and what is added up are one rule: on chance data, by settings of all sorts.
#[actix_web::test]
async fn results_lists_and_sums_tell_the_same_kinds_on_chance_data() {
    let mut dice = Dice(20_131_130);
    let mut own = Vec::new();
    for place in 0..120 {
        let axes = (dice.roll(6) > 0).then(|| (dice.roll(101).to_string(), dice.roll(101).to_string()));
        let lines: Vec<_> = (0..dice.roll(6))
            .map(|_| {
                let net = i64::try_from(dice.roll(400)).unwrap() - 60;
                let cost =
                    (dice.roll(12) > 0).then(|| (net * i64::try_from(dice.roll(160)).unwrap() / 100).to_string());
                (dice.roll(3).to_string(), net.to_string(), cost)
            })
            .collect();
        own.push((format!("c{place:03}"), axes, lines));
    }
    let lines: Vec<Vec<_>> = own
        .iter()
        .map(|(_, _, lines)| {
            lines.iter().map(|(order, net, cost)| (order.as_str(), net.as_str(), cost.as_deref())).collect()
        })
        .collect();
    let stories: Vec<Story<'_>> = own
        .iter()
        .zip(&lines)
        .map(|((name, axes, _), lines)| {
            (
                name.as_str(),
                axes.as_ref().map(|(quality, growth)| (quality.as_str(), growth.as_str())),
                lines.as_slice(),
            )
        })
        .collect();
    let (_app, admin) = tenant(&stories).await;
    admin.put("/v1/grading-settings", &json!({"break_even_order": "90"})).await.expect(200);
    let by_handling = run(&admin).await;
    let cost = |place: u64, amount: u64| json!({"external_id": place.to_string(), "customer_external_id": format!("c{place:03}"), "day": "2013-07-01", "activity": "visits", "amount": amount.to_string()});
    let costs: Vec<Value> =
        (0..120).filter(|place| place % 3 > 0).map(|place| cost(place, 1 + dice.roll(90))).collect();
    admin.batch("/v1/costs-to-serve:batch", &json!(costs)).await;
    admin.batch("/v1/receivables:batch", &json!([{"external_id": "I", "customer_external_id": "c001", "invoiced_on": "2013-06-01", "due_on": "2013-07-01", "amount": "100"}])).await;
    price_money(&admin).await;
    let by_cost = run(&admin).await;
    let mut seen = BTreeMap::new();
    for settings in [
        json!({}),
        json!({"busy_effort_ratio": "0.9", "effort_of_small_order": "3.5"}),
        json!({"survival_quality": "85", "partner_growth": "90", "effort_of_line": "0", "busy_effort_ratio": "1000"}),
        json!({"survival_quality": "95", "partner_growth": "95", "busy_effort_ratio": "0.5", "effort_of_order": "0.3333"}),
    ] {
        let limits = admin.put("/v1/grading-settings", &settings).await.expect(200)["thresholds"].take();
        let limits = (
            number(&limits["survival_quality"]),
            number(&limits["partner_growth"]),
            number(&limits["busy_effort_ratio"]),
        );
        for base in [&by_handling, &by_cost] {
            let all = listed(&admin, base, "").await;
            assert_eq!(all.len(), 120);
            let kinds = admin.get(&format!("{base}/customer-kinds")).await.expect(200);
            let efforts: Decimal = all.iter().map(|result| number(&result["effort"])).sum();
            assert_eq!(number(&kinds["book_effort"]), efforts, "the book is everyone");
            let mut profits = Decimal::ZERO;
            for sums in kinds["kinds"].as_array().unwrap() {
                let kind = sums["kind"].as_str().unwrap();
                let told: Vec<&Value> = all.iter().filter(|result| result["kind"] == kind).collect();
                assert_eq!(sums["sums"]["customers"], told.len(), "{kind} {settings}");
                let profit: Decimal = told
                    .iter()
                    .filter(|result| !result["profit"].is_null())
                    .map(|result| number(&result["profit"]))
                    .sum();
                assert_eq!(number(&sums["profit"]), profit, "{kind} {settings}");
                let list = listed(&admin, base, &format!("kind={kind}")).await;
                assert_eq!(list.iter().collect::<Vec<_>>(), told, "{kind} {settings}");
                for mark in sums["marks"].as_array().unwrap() {
                    let word = mark["mark"].as_str().unwrap();
                    let list = listed(&admin, base, &format!("kind_mark={word}")).await;
                    assert_eq!(mark["customers"], list.len(), "{word} {settings}");
                    assert!(list.iter().all(|result| result["kind_mark"] == word && result["kind"] == kind));
                }
                *seen.entry(kind.to_owned()).or_insert(0) += told.len();
                profits += number(&sums["profit"]);
            }
            let known = all.iter().filter(|result| !result["profit"].is_null());
            assert_eq!(profits, known.map(|result| number(&result["profit"])).sum::<Decimal>());
            for result in &all {
                let told = (result["kind"].as_str().unwrap(), result["kind_mark"].as_str());
                let name = result["customer_external_id"].as_str();
                let lines = own.iter().find(|(own, ..)| Some(own.as_str()) == name).unwrap().2.len();
                assert_eq!(told, reference(result, lines, limits), "{result} {settings}");
            }
        }
    }
    assert!(seen.len() == 5 && seen.values().all(|count| *count > 0), "{seen:?}");
}

/// A salesperson's own customers are measured against the whole book.
#[actix_web::test]
async fn a_salesperson_sees_own_customers_with_their_shares_of_the_whole_book() {
    let (app, admin) = tenant(&STORIES).await;
    let seller = admin.batch("/v1/salespeople:batch", &json!([{"external_id": "S", "name": "S"}])).await;
    let seller = seller["items"][0]["id"].as_str().unwrap().parse().unwrap();
    admin
        .batch("/v1/customers:batch", &json!([{"external_id": "busy", "name": "busy", "owner_external_id": "S"}]))
        .await;
    let base = run(&admin).await;
    let whole = listed(&admin, &base, "kind=busy_for_nothing").await;
    let tenant = admin.get("/v1/tenant").await.expect(200)["id"].as_str().unwrap().parse().unwrap();
    let own = app.salesperson(tenant, seller);
    let kinds = own.get(&format!("{base}/customer-kinds")).await.expect(200);
    assert_eq!(
        (&kinds["kinds"][2]["sums"]["customers"], &kinds["kinds"][2]["profit"]),
        (&json!(1), &json!("100.0000"))
    );
    assert_eq!(listed(&own, &base, "").await, whole[..1]);
}
