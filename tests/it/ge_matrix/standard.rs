//! The standard model on customers of whom more and less is known: worked places, and what the unmapped lack.

use std::time::Duration;

use fenji::tenancy::{Actor, Role};
use serde_json::{Value, json};

use super::{admin, mapped};
use crate::support::{Client, TestApp, label, problems, sell, spawn_app};

/// The standard model, published; its id.
async fn standard(admin: &Client) -> String {
    let new = json!({"code": "standard", "name": label("Standard"), "template": "standard"});
    let id = admin.post("/v1/ge-models", &new).await.expect(201)["id"].as_str().unwrap().to_owned();
    admin.post(&format!("/v1/ge-models/{id}/versions/1:publish"), &Value::Null).await.expect(200);
    id
}

/// Places by external id.
async fn places(admin: &Client, mapping: &Value) -> Vec<Value> {
    let path = format!("/v1/ge-mappings/{}/positions?sort=external_id", mapping["id"].as_str().unwrap());
    admin.get(&path).await.expect(200)["items"].as_array().unwrap().clone()
}

fn place(position: &Value) -> Value {
    let names = ["external_id", "cell", "attractiveness", "strength", "attractiveness_coverage", "strength_coverage"];
    json!(names.map(|name| position[name].clone()))
}

/// A factor of a position's explanation.
fn factor<'a>(position: &'a Value, axis: &str, code: &str) -> &'a Value {
    let dimensions = position["detail"][axis]["dimensions"].as_array().unwrap();
    let mut factors = dimensions.iter().flat_map(|dimension| dimension["factors"].as_array().unwrap());
    factors.find(|factor| factor["code"] == code).unwrap()
}

/// Three who buy and are known, and a prospect of whom the number of employees alone is known.
async fn book(admin: &Client) {
    let rate = json!([{"currency": "USD", "day": "2013-12-20", "rate": "0.5"}]);
    admin.batch("/v1/fx-rates:batch", &rate).await;
    let sale = |customer, day, net| (customer, day, "P", net, "");
    let sales = [sale("A", "2013-12-05", "300"), sale("B", "2013-12-06", "100"), sale("C", "2013-12-07", "120")];
    sell(admin, &sales).await;
    let known = |id: &str, employees: i32, revenue: &str, currency: &str| json!({"external_id": id, "name": id, "employees": employees, "annual_revenue": revenue, "currency": currency});
    let customers = json!([
        known("A", 600, "900", "EUR"),
        known("B", 30, "1000", "USD"),
        known("C", 8, "100", "EUR"),
        {"external_id": "hope", "name": "hope", "stage": "prospect", "employees": 600},
    ]);
    admin.batch("/v1/customers:batch", &customers).await;
    let potential =
        |id: &str, amount: &str| json!({"customer_external_id": id, "category": "P", "yearly_amount": amount});
    let potentials = json!([potential("A", "1000"), potential("B", "500"), potential("C", "200")]);
    admin.batch("/v1/purchase-potentials:batch", &potentials).await;
}

/// Worked by hand. Potential and size are half of the attractiveness, nothing is known of outlook and payment:
///
/// | | potential, of 30 | employees, of 10 | own revenue in EUR, of 10 | score |
/// | --- | --- | --- | --- | --- |
/// | A | 1000, best: 30 | 600: 10 | 900, best: 10 | (0.3 x 100 + 0.2 x 100) / 0.5 = 100 |
/// | B | 500, half: 15 | 30: 5 | 1000 USD = 500, half: 5 | (0.3 x 50 + 0.2 x 50) / 0.5 = 50 |
/// | C | 200, worst: 0 | 8: 1 | 100, worst: 0 | 0.2 x 5 / 0.5 = 2 |
///
/// Strength: the prospect, who buys nothing, is the last of four by revenue; nobody was judged.
///
/// | | wallet, of 25 | rank, of 20 | months, recency, of 20 | range, of 20 | score |
/// | --- | --- | --- | --- | --- | --- |
/// | A | 0.3 of 0.6: 12.5 | first: 20 | 2 + 10 | 6 | 0.45 x 32.5 / 45 + 0.35 x 12 / 20 + 0.2 x 6 / 20 = 0.595 |
/// | B | 0.2 of 0.6: 8.3333 | third: 6.6667 | 2 + 10 | 6 | 0.15 + 0.21 + 0.06 = 0.42 |
/// | C | 0.6: 25 | second: 13.3333 | 2 + 10 | 6 | 0.383333 + 0.21 + 0.06 = 0.653333 |
#[actix_web::test]
async fn customers_lie_where_they_were_worked_out_to_lie_and_a_prospect_known_by_its_employees_alone_nowhere() {
    let (_app, admin) = admin().await;
    book(&admin).await;
    standard(&admin).await;
    let mapping = mapped(&admin, "standard").await;
    assert_eq!((&mapping["mapped"], &mapping["unmapped"]), (&json!(3), &json!(1)));
    let places = places(&admin, &mapping).await;
    let expected = [
        json!(["A", "high_medium", "100.0000", "59.5000", "0.500000", "0.850000"]),
        json!(["B", "medium_medium", "50.0000", "42.0000", "0.500000", "0.850000"]),
        json!(["C", "low_medium", "2.0000", "65.3333", "0.500000", "0.850000"]),
        json!(["hope", null, null, "0.0000", "0.100000", "0.500000"]),
    ];
    assert_eq!(places.iter().map(place).collect::<Vec<_>>(), expected);
    let lack = |lack: &Value| json!(["axis", "factor", "missing", "share"].map(|name| lack[name].clone()));
    let lacks: Vec<Value> = places[3]["lacks"].as_array().unwrap().iter().map(lack).collect();
    let expected = [
        json!(["attractiveness", "purchase_potential", "no_data", "0.300000"]),
        json!(["attractiveness", "overdue_days", "not_available", "0.200000"]),
        json!(["attractiveness", "industry_outlook", "not_judged", "0.150000"]),
        json!(["attractiveness", "expansion", "not_judged", "0.150000"]),
        json!(["attractiveness", "annual_revenue", "no_data", "0.100000"]),
    ];
    assert_eq!(lacks, expected);
    assert_eq!(places[3]["detail"]["attractiveness"]["ungradable"]["reason"], "low_coverage");
    assert_eq!(places[0]["lacks"], json!([]));
    let query = "query($id: ID!) { gePositions(mappingId: $id, unmapped: true) { nodes { externalId attractivenessCoverage strengthCoverage
        lacks { factor share } detail { attractiveness { ungradable { reason } } } } } }";
    let graph = admin.data(query, json!({"id": mapping["id"]})).await["gePositions"]["nodes"].take();
    assert_eq!(graph.as_array().unwrap().len(), 1);
    assert_eq!([&graph[0]["attractivenessCoverage"], &graph[0]["strengthCoverage"]], ["0.100000", "0.500000"]);
    assert_eq!(graph[0]["lacks"][0], json!({"factor": "purchase_potential", "share": "0.300000"}));
    assert_eq!(graph[0]["detail"]["attractiveness"]["ungradable"]["reason"], "LOW_COVERAGE");
}

#[actix_web::test]
async fn size_alone_growth_alone_and_what_we_sell_alone_place_nobody() {
    let (_app, admin) = admin().await;
    let sale = |customer, day, net| (customer, day, "P", net, "1");
    let sales =
        [sale("grows", "2012-05-05", "10"), sale("grows", "2013-05-05", "900"), sale("sized", "2013-05-05", "900")];
    sell(&admin, &sales).await;
    let items = json!([
        {"external_id": "sized", "name": "sized", "employees": 600, "annual_revenue": "1000000"},
        {"external_id": "bare", "name": "bare"},
    ]);
    admin.batch("/v1/customers:batch", &items).await;
    standard(&admin).await;
    let mapping = mapped(&admin, "standard").await;
    let places = places(&admin, &mapping).await;
    let coverage: Vec<Value> =
        places.iter().map(|p| json!([p["external_id"], p["cell"], p["attractiveness_coverage"]])).collect();
    let expected =
        [json!(["bare", null, "0.000000"]), json!(["grows", null, "0.000000"]), json!(["sized", null, "0.200000"])];
    assert_eq!(coverage, expected);
    // Nobody is dropped: the matrix still counts all of them and their revenue.
    let matrix = admin.get("/v1/ge-matrix").await.expect(200);
    assert_eq!((&matrix["unmapped"], &matrix["unmapped_revenue"]), (&json!(3), &json!("1800.0000")));
}

/// A published scale on which members rate the factors with these levels; its id.
async fn rated(client: &Client, code: &str, scope: &str, factors: &[(&str, &[&str])]) -> String {
    let level = |code: &&str| json!({"code": code, "label": label(code), "points": "1"});
    let factor = |(code, levels): &(&str, &[&str])| {
        json!({"code": code, "label": label(code), "max_points": "1", "source": {"judgement": {}}, "missing": "excluded",
            "rule": {"levels": levels.iter().map(level).collect::<Vec<_>>()}})
    };
    let dimension = json!({"code": "d", "label": label("d"), "axis": "quality", "weight": "1",
        "factors": factors.iter().map(factor).collect::<Vec<_>>()});
    let definition = json!({"dimensions": [dimension],
        "grade_bands": {"fixed": [{"grade": "A", "label": label("A"), "min_score": "0"}]}});
    let new = json!({"code": code, "name": label(code), "scope": scope, "definition": definition});
    client.post("/v1/scales", &new).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn rate(app: &TestApp, client: &Client, scale: &str, customer: &str, ratings: &[(&str, &str)]) {
    app.clock.advance(Duration::from_secs(60));
    let found = client.get(&format!("/v1/customers?external_id={customer}")).await.expect(200);
    let id = &found["items"][0]["id"];
    let rating = |(factor, level): &(&str, &str)| json!({"customer_id": id, "factor_code": factor, "level": level});
    let items: Vec<Value> = ratings.iter().map(rating).collect();
    client.batch(&format!("/v1/scales/{scale}/judgements:batch"), &json!(items)).await;
}

#[actix_web::test]
async fn ratings_come_from_the_companys_scales_the_newest_of_those_that_the_model_can_read() {
    let app = spawn_app().await;
    let tenant = app.tenant("acme").await;
    let admin = app.client(tenant, Role::Admin);
    let items = json!([{"external_id": "hope", "name": "hope", "stage": "prospect", "employees": 600,
        "annual_revenue": "1000000"}]);
    admin.batch("/v1/customers:batch", &items).await;
    let abc: &[&str] = &["A", "B", "C"];
    let all: &[(&str, &[&str])] = &[("industry_outlook", abc), ("expansion", abc), ("decision_makers", abc)];
    let first = rated(&admin, "first", "company", all).await;
    let second = rated(&admin, "second", "company", all).await;
    let other = rated(&admin, "other", "company", &[("industry_outlook", &["bright"])]).await;
    let li = app.client_of(&Actor::with_role("li", tenant, Role::Manager, "test"), Role::Manager);
    let personal = rated(&li, "mine", "personal", all).await;
    rate(&app, &admin, &first, "hope", &[("industry_outlook", "C"), ("expansion", "A"), ("decision_makers", "B")])
        .await;
    rate(&app, &admin, &second, "hope", &[("industry_outlook", "B")]).await;
    rate(&app, &admin, &other, "hope", &[("industry_outlook", "bright")]).await;
    rate(&app, &li, &personal, "hope", &[("industry_outlook", "A"), ("expansion", "C")]).await;
    standard(&admin).await;
    let mapping = mapped(&admin, "standard").await;
    let places = places(&admin, &mapping).await;
    let level = |axis: &str, code: &str| factor(&places[0], axis, code)["value"]["text"].clone();
    assert_eq!(level("attractiveness", "industry_outlook"), "B");
    assert_eq!(level("attractiveness", "expansion"), "A");
    assert_eq!(level("competitive_strength", "decision_makers"), "B");
    // Size 75 (10 of 10, and alone half of 10), outlook 75 (7.5 and 15 of 30); strength 0.45 x 10 / 20 + 0.35 x 9 / 35.
    let expected = json!(["hope", "high_weak", "75.0000", "31.5000", "0.500000", "0.650000"]);
    assert_eq!(place(&places[0]), expected);
}

#[actix_web::test]
async fn who_was_never_invoiced_does_not_pay_on_time() {
    let (_app, admin) = admin().await;
    let customers = ["late", "never", "paid", "refunded"].map(|id| json!({"external_id": id, "name": id}));
    admin.batch("/v1/customers:batch", &json!(customers)).await;
    let invoice = |id: &str, customer: &str, amount: &str| {
        json!({"external_id": id, "customer_external_id": customer, "invoiced_on": "2013-11-01", "due_on": "2013-11-16",
            "amount": amount})
    };
    let invoices = json!([invoice("1", "late", "100"), invoice("2", "paid", "100"), invoice("3", "refunded", "-5")]);
    admin.batch("/v1/receivables:batch", &invoices).await;
    let payment =
        json!([{"external_id": "p", "customer_external_id": "paid", "paid_on": "2013-11-15", "amount": "100"}]);
    admin.batch("/v1/payments:batch", &payment).await;
    standard(&admin).await;
    let mapping = mapped(&admin, "standard").await;
    let told = places(&admin, &mapping).await;
    let paid = told.iter().map(|position| {
        let factor = factor(position, "attractiveness", "overdue_days");
        json!([position["external_id"], factor["value"]["number"], factor["points"], factor["missing"]])
    });
    let expected = [
        json!(["late", "45", "10.0000", null]),
        json!(["never", null, null, "no_data"]),
        json!(["paid", "0", "20.0000", null]),
        json!(["refunded", null, null, "no_data"]),
    ];
    assert_eq!(paid.collect::<Vec<_>>(), expected);
}

#[actix_web::test]
async fn a_model_says_how_much_must_be_known() {
    let (_app, admin) = admin().await;
    book(&admin).await;
    let model = standard(&admin).await;
    let path = format!("/v1/ge-models/{model}/versions");
    let mut definition = admin.get(&format!("{path}/1")).await.expect(200)["definition"].take();
    assert_eq!(definition["min_coverage"], "0.5");
    admin.post(&path, &Value::Null).await.expect(201);
    for (coverage, mapped_customers) in [("0.1", 4), ("0.100001", 3), ("0.500001", 0)] {
        definition["min_coverage"] = json!(coverage);
        let new = json!({"code": format!("own_{mapped_customers}"), "name": label("Own"), "definition": definition});
        let own = admin.post("/v1/ge-models", &new).await.expect(201)["id"].as_str().unwrap().to_owned();
        admin.post(&format!("/v1/ge-models/{own}/versions/1:publish"), &Value::Null).await.expect(200);
        assert_eq!(mapped(&admin, &format!("own_{mapped_customers}")).await["mapped"], mapped_customers, "{coverage}");
    }
    for (coverage, code) in [("-0.1", "out_of_range"), ("1.5", "out_of_range"), ("0.1234567", "out_of_range")] {
        definition["min_coverage"] = json!(coverage);
        let found = admin.post(&format!("{path}/2:validate"), &json!({"definition": definition})).await.expect(200);
        assert_eq!(problems(&found["problems"]), [("/min_coverage", code)]);
    }
    // Who does not say it asks for half.
    definition.as_object_mut().unwrap().remove("min_coverage");
    let stored = admin.put(&format!("{path}/2"), &definition).await.expect(200);
    assert_eq!(stored["definition"]["min_coverage"], "0.5");
}

#[actix_web::test]
async fn what_was_published_before_there_was_a_least_coverage_maps_as_it_did() {
    let (app, admin) = admin().await;
    book(&admin).await;
    let model = standard(&admin).await;
    let mut superuser = app.database.superuser().await;
    let old = "update ge_model_versions set definition = definition - 'min_coverage'";
    assert_eq!(sqlx::query(old).execute(&mut superuser).await.unwrap().rows_affected(), 1);
    let path = format!("/v1/ge-models/{model}/versions");
    assert_eq!(admin.get(&format!("{path}/1")).await.expect(200)["definition"]["min_coverage"], "0");
    let mapping = mapped(&admin, "standard").await;
    assert_eq!((&mapping["mapped"], &mapping["unmapped"]), (&json!(4), &json!(0)));
    // What begins from it goes on until somebody asks for more.
    let next = admin.post(&path, &Value::Null).await.expect(201);
    assert_eq!(next["definition"]["min_coverage"], "0");
}
