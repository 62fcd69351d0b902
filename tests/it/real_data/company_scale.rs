//! Current grades of real books survive a second published scale, and runs that grade nobody.

use std::collections::BTreeMap;

use fenji::tenancy::Role;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::loading::{ADVENTURE_WORKS, Files, NORTHWIND, load};
use super::table::{all, text};
use crate::support::{Client, label, pack, spawn_app};

/// A from 20,000 of revenue in 12 months, else C; and a fact that is required, where one is named.
fn by_revenue(required: Option<&str>) -> Value {
    let factor = |code: &str, source: Value, missing: &str| {
        json!({"code": code, "label": label(code), "max_points": "10", "source": source, "missing": missing,
               "rule": {"bands": [{"from": null, "points": "0"}, {"from": "20000", "points": "10"}]}})
    };
    let mut factors = vec![factor("revenue", json!({"metric": "revenue_l12"}), "zero")];
    factors.extend(required.map(|code| factor(code, json!({"attribute": code}), "required")));
    let dimension =
        json!({"code": "value", "label": label("value"), "axis": "quality", "weight": "1", "factors": factors});
    let band = |grade: &str, from: &str| json!({"grade": grade, "label": label(grade), "min_score": from});
    json!({"dimensions": [dimension], "grade_bands": {"fixed": [band("A", "50"), band("C", "0")]}})
}

/// Publishes a scale; its id.
async fn published(client: &Client, mut new: Value) -> String {
    new["name"] = label(new["code"].as_str().unwrap());
    let id = text(&client.post("/v1/scales", &new).await.expect(201)["id"]);
    client.post(&format!("/v1/scales/{id}/versions/1:publish"), &Value::Null).await.expect(200);
    id
}

async fn graded(client: &Client, scale: &str, as_of: &str) -> Value {
    let asked = json!({"scale_code": scale, "as_of": as_of, "selection": {"all": {}}});
    let run = client.post("/v1/grading-runs", &asked).await.expect(202);
    let job = client.finished(run["job"]["id"].as_str().unwrap()).await;
    assert_eq!(job["state"], "completed", "{job}");
    client.get(&format!("/v1/grading-runs/{}", text(&run["id"]))).await.expect(200)
}

/// The current grades of everyone by external id, and how many are outdated.
async fn current(client: &Client) -> (BTreeMap<String, String>, usize) {
    let query = "query($after: String) { customers(first: 100, after: $after) { nodes { externalId grade { grade outdated { asOf missing { factor } } } } pageInfo { hasNextPage endCursor } } }";
    let (mut grades, mut outdated, mut after) = (BTreeMap::new(), 0, Value::Null);
    loop {
        let page = client.data(query, json!({"after": after})).await["customers"].take();
        for node in page["nodes"].as_array().unwrap() {
            grades.insert(text(&node["externalId"]), text(&node["grade"]["grade"]));
            let why = &node["grade"]["outdated"];
            outdated += usize::from(!why.is_null());
            assert!(why.is_null() || why["missing"][0]["factor"] == "unknown", "{node}");
        }
        if page["pageInfo"]["hasNextPage"] != true {
            return (grades, outdated);
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

fn count(grades: &BTreeMap<String, String>, grade: &str) -> usize {
    grades.values().filter(|found| *found == grade).count()
}

/// Loads a pack, grades it, and does what took everybody's grade away.
async fn check(name: &str, currency: &str, files: Files, [before, last]: [&str; 2], golden: [usize; 2]) {
    let Some(pack) = pack(name) else { return };
    let app = spawn_app().await;
    let client = app.client(app.tenant_in("real", currency).await, Role::Admin);
    load(&client, &pack, files).await;
    client.define(&[("unknown", "number")]).await;
    let scale = published(&client, json!({"code": "ours", "definition": by_revenue(None)})).await;
    let run = graded(&client, "ours", before).await;
    let (grades, outdated) = current(&client).await;
    assert_eq!((count(&grades, "A"), count(&grades, "C"), outdated), (golden[0], golden[1], 0), "{run}");
    assert_eq!(all(&client, "/v1/customers").await.len(), golden[0] + golden[1]);

    // Another published scale, and one that grades nobody.
    published(&client, json!({"code": "projects", "template": "project_business"})).await;
    published(&client, json!({"code": "nobody", "definition": by_revenue(Some("unknown"))})).await;
    graded(&client, "projects", last).await;
    assert_eq!(graded(&client, "nobody", last).await["gradable"], 0);
    assert_eq!(current(&client).await, (grades.clone(), 0));

    // The company's own scale, in a version that grades nobody: everyone keeps the grade, as outdated.
    client.post(&format!("/v1/scales/{scale}/versions"), &Value::Null).await.expect(201);
    let version = format!("/v1/scales/{scale}/versions/2");
    client.put(&version, &by_revenue(Some("unknown"))).await.expect(200);
    client.post(&format!("{version}:publish"), &Value::Null).await.expect(200);
    let nobody = graded(&client, "ours", last).await;
    assert_eq!((&nobody["gradable"], &nobody["official"]), (&json!(0), &json!(true)));
    assert_eq!(current(&client).await, (grades.clone(), grades.len()));

    // A plan goes by the kept grades: types of customers by grade.
    let year: i32 = last[..4].parse().unwrap();
    let target = Decimal::from(1_000_000).to_string();
    let plan =
        json!({"name": "x", "fiscal_year": year + 1, "method": "task_decomposition", "target": target, "as_of": last});
    let plan = client.post("/v1/plans", &plan).await.expect(202);
    let job = client.finished(plan["job"]["id"].as_str().unwrap()).await;
    assert_eq!(job["state"], "completed", "{job}");
    let lines = all(&client, &format!("/v1/plans/{}/steps/5/lines", text(&plan["id"]))).await;
    for grade in ["A/", "C/"] {
        assert!(lines.iter().any(|line| text(&line["key"]).starts_with(grade)), "no {grade} in the plan");
    }
}

#[actix_web::test]
async fn adventure_works_keeps_its_grades() {
    check("adventureworks_b2b", "USD", ADVENTURE_WORKS, ["2013-10", "2013-11"], [244, 457]).await;
}

#[actix_web::test]
async fn northwind_keeps_its_grades() {
    check("northwind", "USD", NORTHWIND, ["1998-03", "1998-04"], [7, 84]).await;
}
