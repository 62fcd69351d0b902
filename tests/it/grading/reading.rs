//! What results add up to, and the lists behind it.

use fenji::tenancy::Role;
use serde_json::{Value, json};

use super::{dimension, factor, fixed, graded, number, published};
use crate::support::{Client, TestApp, plain, problems, sell, spawn_app};

/// Five customers: quality by the attribute `points`, growth by `other`.
async fn stage() -> (TestApp, Client, String) {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    admin.define(&[("points", "number"), ("other", "number"), ("channel", "text")]).await;
    let sale = |customer, net, cost| (customer, "2013-06-01", "P", net, cost);
    sell(
        &admin,
        &[
            sale("base", "1000", "600"),
            sale("partner", "200", "100"),
            sale("busy", "100", ""),
            sale("quiet", "50", "20"),
        ],
    )
    .await;
    let customer = |id: &str, industry: Option<&str>, points: &str, other: &str| json!({"external_id": id, "name": id, "industry": industry, "attributes": {"points": points, "other": other, "channel": if id == "busy" { "web" } else { "direct" }}});
    let items = json!([
        customer("base", Some("pumps"), "80", "75"), customer("partner", Some("pumps"), "45", "60"), customer("busy", Some("valves"), "20", "20"),
        customer("quiet", None, "20", "20"), {"external_id": "unknown", "name": "unknown"},
    ]);
    admin.batch("/v1/customers:batch", &items).await;
    let cost = |customer: &str, amount: &str| json!({"external_id": customer, "customer_external_id": customer, "day": "2013-07-01", "activity": "visits", "amount": amount});
    admin.batch("/v1/costs-to-serve:batch", &json!([cost("base", "300"), cost("busy", "5"), cost("quiet", "2")])).await;
    let by = |code: &str| {
        factor(code, json!({"attribute": code}), json!({"linear": {"from": "0", "to": "100"}}), "required")
    };
    let definition = json!({"dimensions": [dimension("now", "quality", "0.5", &[by("points")]), dimension("later", "growth", "0.5", &[by("other")])],
                            "grade_bands": fixed()});
    published(&admin, "axes", &definition).await;
    let run = graded(&admin, "axes", json!({"all": {}})).await;
    (app, admin, format!("/v1/grading-runs/{}", run["id"].as_str().unwrap()))
}

async fn names(admin: &Client, base: &str, filter: &str) -> Vec<String> {
    let list = admin.get(&format!("{base}/results?sort=customer_external_id&{filter}")).await.expect(200);
    let name = |item: &Value| item["customer_external_id"].as_str().unwrap().to_owned();
    list["items"].as_array().unwrap().iter().map(name).collect()
}

#[actix_web::test]
async fn the_matrix_of_quality_and_growth_adds_up_and_lists_who_is_behind_a_cell() {
    let (_app, admin, base) = stage().await;
    let matrix = admin.get(&format!("{base}/quality-growth-matrix")).await.expect(200)["matrix"].take();
    assert_eq!((&matrix["unplaced"], matrix["cells"].as_array().unwrap().len()), (&json!(1), 9));
    let filled: Vec<&Value> =
        matrix["cells"].as_array().unwrap().iter().filter(|cell| cell["customers"] != 0).collect();
    let told: Vec<_> = filled
        .iter()
        .map(|cell| json!([cell["customers"], cell["net"], cell["margin"], cell["without_margin"]]))
        .collect();
    let expected = [
        json!([1, "1000.0000", "400.0000", 0]),
        json!([1, "200.0000", "100.0000", 0]),
        json!([2, "150.0000", "30.0000", 1]),
    ];
    assert_eq!(told, expected);
    for cell in &filled {
        let bound = |axis: &str, side: &str| {
            cell[axis][side].as_str().map(|bound| format!("&{axis}_{side}={bound}")).unwrap_or_default()
        };
        let filter = format!(
            "gradable=true{}{}{}{}",
            bound("quality", "from"),
            bound("quality", "below"),
            bound("growth", "from"),
            bound("growth", "below")
        );
        assert_eq!(names(&admin, &base, &filter).await.len() as i64, cell["customers"], "{filter}");
    }
    // The tenant's own cut-offs, and those of a question.
    admin.put("/v1/grading-settings", &json!({"quality_cuts": ["50"], "growth_cuts": ["50"]})).await.expect(200);
    let cells = admin.get(&format!("{base}/quality-growth-matrix")).await.expect(200)["matrix"]["cells"].take();
    assert_eq!(
        cells.as_array().unwrap().iter().map(|c| c["customers"].as_i64().unwrap()).collect::<Vec<_>>(),
        [1, 0, 1, 2]
    );
    let asked = admin.get(&format!("{base}/quality-growth-matrix?quality_cuts=10&growth_cuts=10")).await.expect(200);
    assert_eq!(asked["matrix"]["cells"][0]["customers"], 4);
    let refused = admin.get(&format!("{base}/quality-growth-matrix?quality_cuts=0")).await.expect(422);
    assert_eq!(problems(&refused["errors"])[0].0, "/quality_cuts");
    let run = base.rsplit('/').next().unwrap();
    let query = "query($run: ID!) { qualityGrowthMatrix(runId: $run) { thresholds { qualityCuts } matrix { cells { customers net } } } }";
    let graph = admin.data(query, json!({"run": run})).await["qualityGrowthMatrix"].take();
    assert_eq!(graph["matrix"]["cells"][0], json!({"customers": 1, "net": "1000.0000"}));
}

#[actix_web::test]
async fn a_field_of_the_dossier_against_the_grade() {
    let (_app, admin, base) = stage().await;
    let matrix = admin.get(&format!("{base}/segment-matrix?field=industry")).await.expect(200);
    let told: Vec<_> = matrix["cells"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| json!([c["value"], c["grade"], c["sums"]["customers"], c["sums"]["net"]]))
        .collect();
    let expected = [
        json!(["pumps", "B", 1, "1000.0000"]),
        json!(["pumps", "C", 1, "200.0000"]),
        json!(["valves", "C", 1, "100.0000"]),
        json!([null, "C", 1, "50.0000"]),
        json!([null, null, 1, "0.0000"]),
    ];
    assert_eq!(told, expected);
    assert_eq!(names(&admin, &base, "segment_field=industry&segment_value=pumps&grade=C").await, ["partner"]);
    assert_eq!(names(&admin, &base, "segment_field=industry&gradable=true").await, ["quiet"]);
    let own = admin.get(&format!("{base}/segment-matrix?field=channel")).await.expect(200);
    assert_eq!(own["cells"].as_array().unwrap().iter().filter(|c| c["value"] == "web").count(), 1);
    assert_eq!(names(&admin, &base, "segment_field=channel&segment_value=web").await, ["busy"]);
    let refused = admin.get(&format!("{base}/results?segment_value=web")).await.expect(422);
    assert_eq!(problems(&refused["errors"])[0].0, "/segment_field");
}

#[actix_web::test]
async fn results_are_filtered_sorted_and_exported() {
    let (_app, admin, base) = stage().await;
    assert_eq!(names(&admin, &base, "score_from=20&score_below=60").await, ["busy", "partner", "quiet"]);
    assert_eq!(names(&admin, &base, "industry=pumps&industry=valves&quality_below=50").await, ["busy", "partner"]);
    assert_eq!(names(&admin, &base, "grade=B&grade=A").await, ["base"]);
    let sorted = admin.get(&format!("{base}/results?sort=-growth,customer_name&gradable=true")).await.expect(200);
    assert_eq!(
        (&sorted["items"][0]["customer_name"], number(&sorted["items"][0]["growth"])),
        (&json!("base"), 75.into())
    );
    let csv =
        admin.request(reqwest::Method::GET, &format!("{base}/results?quality_from=40")).header("Accept", "text/csv");
    let csv = admin.send(csv).await;
    assert_eq!(csv.text.lines().count(), 3, "{}", csv.text);
    let graph = admin
        .data(
            "query($run: ID!) { gradingRun(id: $run) { id supersededBy } }",
            json!({"run": base.rsplit('/').next().unwrap()}),
        )
        .await;
    assert_eq!(plain(&graph["gradingRun"]["id"]), base.rsplit('/').next().unwrap());
}
