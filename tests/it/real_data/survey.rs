//! The stores graded by what their survey says (size, brands, sales, year of opening, specialty) and by their sales; and
//! once more with the scale, and the survey, taken from workbooks.

use std::collections::BTreeMap;

use fenji::tenancy::Role;
use reqwest::Method;
use rust_decimal::Decimal;
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

use super::book::AS_OF;
use super::loading::{ADVENTURE_WORKS, counts, load, rows_of};
use super::scoring::{list, number};
use super::table::{Row, all, fields, text};
use crate::support::{Client, Pack, label, pack, spawn_app};

const FILE: &str = "customer_attributes.csv";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const ATTRIBUTES: [&str; 5] = ["square_feet", "brands", "annual_sales", "year_opened", "specialty"];

#[actix_web::test]
async fn all_stores_are_graded_alike_by_a_scale_from_json_and_by_the_same_from_a_workbook() {
    let Some(pack) = pack("adventureworks_b2b") else { return };
    let app = spawn_app().await;
    let client = app.client(app.tenant_in("adventure-works", "USD").await, Role::Admin);
    load(&client, &pack, ADVENTURE_WORKS).await;
    import_survey(&client, &pack).await;

    let first = client
        .post("/v1/scales", &json!({"code": "survey", "name": label("Survey"), "definition": definition()}))
        .await
        .expect(201);
    let second = of_workbook(&client, &text(&first["id"])).await;
    let [first, second] = [publish(&client, &text(&first["id"])).await, publish(&client, &second).await];
    assert_eq!(first, second, "the definition went through a workbook");

    let [one, other] = [Graded::by(&client, "survey").await, Graded::by(&client, "workbook").await];
    assert_eq!(one.results.len(), 701);
    golden(&one);
    same(&one, &other);
}

/// Defines the attributes, and imports them from the file as it is, and once more from a workbook of the same rows.
async fn import_survey(client: &Client, pack: &Pack) {
    let choice = |value: &str| json!({"value": value, "label": label(value)});
    let brands = ["AW", "2", "3", "4+"].map(choice);
    let definitions = json!([
        {"code": "square_feet", "label": {"en": "Square feet", "zh": "营业面积"}, "type": "number", "unit": "sq ft"},
        {"code": "brands", "label": {"en": "Brands", "zh": "经营品牌数"}, "type": "choice", "choices": brands},
        {"code": "annual_sales", "label": {"en": "Annual sales", "zh": "年销售额"}, "type": "money", "unit": "USD"},
        {"code": "year_opened", "label": {"en": "Year opened", "zh": "开业年份"}, "type": "number"},
        {"code": "specialty", "label": {"en": "Specialty", "zh": "专长"}, "type": "text"},
    ]);
    client.batch("/v1/attribute-definitions:batch", &definitions).await;
    let mut columns = vec![json!({"target": "external_id", "sources": ["customer_id"]})];
    columns.extend(ATTRIBUTES.map(|code| json!({"target": format!("attributes.{code}"), "sources": [code]})));
    let unread =
        ["business_type", "product_line", "order_frequency", "annual_revenue", "employees", "bank_name", "internet"];
    let mapping = json!({"name": label("Survey"), "kind": "customers", "columns": columns, "ignored": unread});
    client.put("/v1/import-mappings/survey", &mapping).await.expect(201);

    let rows = rows_of(pack, FILE);
    assert_eq!(counts(&import(client, "text/csv", pack.bytes(FILE)).await), [0, rows, 0, 0]);
    assert_eq!(counts(&import(client, XLSX, as_workbook(&pack.text(FILE))).await), [0, 0, rows, 0]);
}

async fn import(client: &Client, media_type: &str, file: Vec<u8>) -> Value {
    let request = client.request(Method::POST, "/v1/imports?kind=customers&mapping=survey");
    let import = client.send(request.header("Content-Type", media_type).body(file)).await.expect(202);
    let job = client.finished(&text(&import["job"]["id"])).await;
    let mut import = client.get(&format!("/v1/imports/{}", text(&import["id"]))).await.expect(200);
    import["job"] = job;
    import
}

/// A CSV text, none of whose fields needs a quotation mark, as a sheet; numbers are numbers in it.
fn as_workbook(csv: &str) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, line) in (0..).zip(csv.lines()) {
        for (column, field) in (0..).zip(line.split(',')) {
            match field.parse::<f64>() {
                Ok(number) => sheet.write(row, column, number),
                Err(_) => sheet.write(row, column, field),
            }
            .unwrap();
        }
    }
    workbook.save_to_buffer().unwrap()
}

/// Five facts of the survey, one of them required, and four metrics, under every rule that needs no member's rating.
fn definition() -> Value {
    let factor = |code: &str, max: &str, source: Value, rule: Value, missing: &str| json!({"code": code, "label": label(code), "max_points": max, "source": source, "rule": rule, "missing": missing});
    let metric = |name: &str| json!({"metric": name});
    let attribute = |code: &str| json!({"attribute": code});
    let bands = |bands: &[(Option<&str>, &str)]| {
        let bands: Vec<Value> = bands.iter().map(|(from, points)| json!({"from": from, "points": points})).collect();
        json!({"bands": bands})
    };
    let line = |from: &str, to: &str| json!({"linear": {"from": from, "to": to}});
    let choice = |value: &str, points: &str| json!({"value": value, "points": points});
    let level = |code: &str, points: &str| json!({"code": code, "label": label(code), "points": points});
    let revenue =
        bands(&[(None, "0"), (Some("5000"), "4"), (Some("20000"), "8"), (Some("50000"), "14"), (Some("100000"), "20")]);
    let feet =
        bands(&[(None, "1"), (Some("10000"), "3"), (Some("20000"), "5"), (Some("40000"), "8"), (Some("70000"), "10")]);
    let brands = [choice("AW", "10"), choice("2", "8"), choice("3", "5"), choice("4+", "2")];
    let specialty = [level("Road", "5"), level("Mountain", "4"), level("Touring", "2")];
    let value = [
        factor("revenue", "20", metric("revenue_l12"), revenue, "zero"),
        factor("margin", "10", metric("gross_margin_pct_l12"), line("-0.05", "0.1"), "excluded"),
        factor("recency", "10", metric("recency_days"), line("365", "30"), "zero"),
    ];
    let store = [
        factor("square_feet", "10", attribute("square_feet"), feet, "required"),
        factor("annual_sales", "10", attribute("annual_sales"), line("300000", "3000000"), "zero"),
        factor("brands", "10", attribute("brands"), json!({"choices": {"choices": brands}}), "neutral"),
    ];
    let standing = [
        factor("year_opened", "5", attribute("year_opened"), line("2005", "1970"), "zero"),
        factor("specialty", "5", attribute("specialty"), json!({"levels": specialty}), "neutral"),
        factor("growth", "10", metric("growth_l12"), json!({"percentile": {"better": "higher"}}), "neutral"),
    ];
    let dimension = |code: &str, axis: &str, weight: &str, factors: [Value; 3]| json!({"code": code, "label": label(code), "axis": axis, "weight": weight, "factors": factors});
    let band = |grade: &str, from: &str| json!({"grade": grade, "label": label(grade), "min_score": from});
    let cap = |source: Value, op: &str, number: &str, at_best: &str| json!({"condition": {"source": source, "op": op, "value": {"number": number}}, "at_best": at_best, "label": label(at_best)});
    json!({
        "dimensions": [
            dimension("value", "quality", "0.45", value),
            dimension("store", "growth", "0.3", store),
            dimension("standing", "growth", "0.25", standing),
        ],
        "grade_bands": {"fixed": [band("A", "70"), band("B", "50"), band("C", "30"), band("D", "0")]},
        "caps": [
            cap(metric("recency_days"), "gt", "365", "C"),
            cap(attribute("square_feet"), "lt", "10000", "B"),
        ],
    })
}

/// Takes the draft out as a workbook, and puts that into the draft of another scale; the other scale's id.
async fn of_workbook(client: &Client, scale: &str) -> String {
    let path = format!("/v1/scales/{scale}/versions/1/document");
    let answer = client.request(Method::GET, &path).header("Accept", XLSX).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], XLSX);
    let workbook = answer.bytes().await.unwrap().to_vec();
    let new = json!({"code": "workbook", "name": label("Workbook"), "template": "prospects", "purpose": "existing_customers"});
    let id = text(&client.post("/v1/scales", &new).await.expect(201)["id"]);
    let request = client.request(Method::POST, &format!("/v1/scales/{id}/versions:import"));
    let taken = client.send(request.header("Content-Type", XLSX).body(workbook)).await.expect(201);
    assert_eq!(taken["problems"], json!([]));
    id
}

/// Publishes version 1; its definition.
async fn publish(client: &Client, scale: &str) -> Value {
    let path = format!("/v1/scales/{scale}/versions/1:publish");
    let published = client.post(&path, &Value::Null).await.expect(200);
    assert_eq!(published["state"], "published");
    published["definition"].clone()
}

/// A completed run with every result and every explanation, by rank.
struct Graded {
    head: Value,
    results: Vec<Value>,
    explanations: Vec<Value>,
}

impl Graded {
    async fn by(client: &Client, scale: &str) -> Self {
        let new = json!({"scale_code": scale, "as_of": AS_OF, "selection": {"all": {}}});
        let started = client.post("/v1/grading-runs", &new).await.expect(202);
        let job = client.finished(&text(&started["job"]["id"])).await;
        assert_eq!(job["state"], "completed", "{job}");
        let path = format!("/v1/grading-runs/{}", text(&started["id"]));
        let head = client.get(&path).await.expect(200);
        let results = all(client, &format!("{path}/results")).await;
        let mut explanations = Vec::with_capacity(results.len());
        for result in &results {
            let customer = text(&result["customer_id"]);
            explanations.push(client.get(&format!("{path}/results/{customer}")).await.expect(200));
        }
        Self { head, results, explanations }
    }

    /// Score, quality, growth, coverage, scored grade, grade and rank of a store.
    fn row(&self, store: &str) -> Row {
        let names = ["score", "quality", "growth", "data_coverage", "scored_grade", "grade", "rank"];
        fields(self.results.iter().find(|result| result["customer_external_id"] == store).unwrap(), &names)
    }

    /// The points of a store's factors, in the order of the definition; nothing where one is left out.
    fn points(&self, store: &str) -> Vec<String> {
        let told = self.explanations.iter().find(|told| told["result"]["customer_external_id"] == store).unwrap();
        let factors = list(told, "dimensions").iter().flat_map(|dimension| list(dimension, "factors"));
        factors.map(|factor| text(&factor["points"])).collect()
    }
}

/// Golden: counts, the sum of all scores, and four stores, worked out apart from this program, from the files, in exact
/// fractions. Amounts are in US dollars at each day's average rate.
fn golden(graded: &Graded) {
    let distribution: Vec<_> = list(&graded.head, "distribution")
        .iter()
        .map(|of| (text(&of["grade"]), of["customers"].as_i64().unwrap()))
        .collect();
    let expected = [("A", 68), ("B", 228), ("C", 262), ("D", 143)].map(|(grade, stores)| (grade.to_owned(), stores));
    assert_eq!((distribution, &graded.head["gradable"]), (expected.to_vec(), &json!(701)));
    let sum: Decimal = graded.results.iter().map(|result| number(&result["score"])).sum();
    assert_eq!(sum.to_string(), "32686.0959");

    // AW00000063: revenue 141,929.8872 gives 20 of 20; margin 0.092442 on the line from -0.05 to 0.1 gives 9.4961 of 10;
    // the last order 32 days ago on the line from 365 to 30 gives 333/335 x 10 = 9.9403: dimension 39.4364 / 40 = 98.5911.
    // 76,000 sq ft 10, 3,000,000 a year 10, three brands 5: 25 / 30 = 83.3333. Opened 1982: 23/35 x 5 = 3.2857; Mountain
    // 4; growth 137.187023 is better than 362 of the 364 others who have one, 0.994505: 17.2308 / 20 = 86.1538.
    // Total 0.45 x 98.5911 + 0.3 x 83.3333 + 0.25 x 86.1538 = 90.9044: A. Growth (25 + 21.5385) / 0.55 = 84.6154.
    assert_eq!(graded.row("AW00000063"), ["90.9044", "98.5911", "84.6154", "1.000000", "A", "A", "1"]);
    let points = ["20.0000", "9.4961", "9.9403", "10.0000", "10.0000", "5.0000", "3.2857", "4.0000", "9.9451"];
    assert_eq!(graded.points("AW00000063"), points);
    // AW00000494: 97.0933 of value (revenue 129,999.1352: 20; margin 0.096888: 9.7925; 62 days: 303/335 x 10 = 9.0448);
    // 8,000 sq ft 1, 300,000 a year 0, two brands 8: 30; opened 1991 2, Mountain 4, the best growth of all 10: 80. Total
    // 43.6920 + 9 + 20 = 72.6920, an A by its score, but under 10,000 sq ft at best B.
    assert_eq!(graded.row("AW00000494"), ["72.6920", "97.0933", "52.7273", "1.000000", "A", "B", "48"]);
    let points = ["20.0000", "9.7925", "9.0448", "1.0000", "0.0000", "8.0000", "2.0000", "4.0000", "10.0000"];
    assert_eq!(graded.points("AW00000494"), points);
    // AW00000357: sold at a loss (-0.110922: 0), 1,785.2293 of revenue (0), 32 days (9.9403): 24.8507. Store as the first.
    // Opened 1995 1.4286, Touring 2, and no growth, for nothing was bought the year before: half of 10, which is not known: coverage 80/90: 42.1429.
    assert_eq!(graded.row("AW00000357"), ["46.7186", "24.8507", "64.6104", "0.888889", "C", "C", "351"]);
    let points = ["0.0000", "0.0000", "9.9403", "10.0000", "10.0000", "5.0000", "1.4286", "2.0000", "5.0000"];
    assert_eq!(graded.points("AW00000357"), points);
    // AW00000288, the last: nothing sold in the year, so that the margin leaves the 90 points: coverage 80/90.
    assert_eq!(graded.row("AW00000288"), ["13.0309", "0.0000", "23.6926", "0.888889", "D", "D", "701"]);
    let points = ["0.0000", "", "0.0000", "1.0000", "0.0000", "2.0000", "2.8571", "4.0000", "1.1676"];
    assert_eq!(graded.points("AW00000288"), points);
}

/// Every field of every result and every explanation, but for what names the run and its scale.
fn same(one: &Graded, other: &Graded) {
    let heads = ["distribution", "selected", "gradable", "as_of"];
    assert_eq!(fields(&one.head, &heads), fields(&other.head, &heads));
    assert_eq!(one.results.len(), other.results.len());
    for (one, other) in one.results.iter().zip(&other.results) {
        assert_eq!(one, other);
    }
    for (one, other) in one.explanations.iter().zip(&other.explanations) {
        let without_names = |told: &Value| -> BTreeMap<String, Value> {
            let named = ["run_id", "scale_id", "scale_code", "scale_name", "scale_version"];
            let fields = told.as_object().unwrap().iter();
            fields.filter(|(name, _)| !named.contains(&name.as_str())).map(|(k, v)| (k.clone(), v.clone())).collect()
        };
        let [one, other] = [without_names(one), without_names(other)];
        assert!(one.contains_key("dimensions") && one.contains_key("caps"), "{one:?}");
        assert_eq!(one, other);
    }
}
