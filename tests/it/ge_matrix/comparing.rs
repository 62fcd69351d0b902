//! Two mappings of a model side by side.

use fenji::tenancy::Role;
use reqwest::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{admin, book, definition, mapped, mapped_as_of, published};
use crate::support::{Client, TestApp, problems, sell};

/// Worked by hand. Both scores are a third of 100 for each unit of the attributes, and 1 and 2 lie on the cut-offs.
///
/// | customer | 2012: market, strength, revenue | 2013 | moves |
/// | --- | --- | --- | --- |
/// | up | 1, 1: medium_medium, 100 | 2, 2: high_strong, 250 | better, 2 steps |
/// | down | 3, 3: high_strong, 400 | 3, 1: high_medium, 300 | worse, 1 step |
/// | aside | 2, 0: high_weak, 10 | 0, 2: low_strong, 20 | sideways |
/// | stay | 1, 0: medium_weak, 30 | 1, 0.5: medium_weak, 40 | stayed |
/// | found | 2, none: unmapped, 5 | 2, 3: high_strong, 7 | newly mapped |
/// | lost | 3, 2: high_strong, 60 | none, 2: unmapped, 50 | newly unmapped |
/// | never | none: unmapped, none | none: unmapped, 8 | still unmapped |
/// | gone | 1, 1: medium_medium, 9 | archived | gone |
/// | fresh | not there | 0, 0: low_weak, 11 | appeared |
struct Moved {
    _app: TestApp,
    admin: Client,
    model: String,
    old: String,
    new: String,
}

impl Moved {
    async fn build() -> Self {
        let (app, admin) = admin().await;
        let day = |year: &str| format!("{year}-05-05");
        let (then, now) = (day("2012"), day("2013"));
        let before = [
            ("up", "100"),
            ("down", "400"),
            ("aside", "10"),
            ("stay", "30"),
            ("found", "5"),
            ("lost", "60"),
            ("gone", "9"),
        ];
        let after = [
            ("up", "250"),
            ("down", "300"),
            ("aside", "20"),
            ("stay", "40"),
            ("found", "7"),
            ("lost", "50"),
            ("never", "8"),
        ];
        let sales = before.map(|(id, net)| (id, then.as_str(), "P", net, ""));
        let later = after.map(|(id, net)| (id, now.as_str(), "P", net, ""));
        let ids = sell(&admin, &[sales, later].concat()).await;
        admin.define(&[("market", "number"), ("strength", "number")]).await;
        let know = async |each: &[(&str, Value)]| {
            let item =
                |(id, attributes): &(&str, Value)| json!({"external_id": id, "name": id, "attributes": attributes});
            admin.batch("/v1/customers:batch", &json!(each.iter().map(item).collect::<Vec<_>>())).await;
        };
        let both = |market: &str, strength: &str| json!({"market": market, "strength": strength});
        know(&[
            ("up", both("1", "1")),
            ("down", both("3", "3")),
            ("aside", both("2", "0")),
            ("stay", both("1", "0")),
            ("found", json!({"market": "2"})),
            ("lost", both("3", "2")),
            ("gone", both("1", "1")),
        ])
        .await;
        let model = published(&admin, "ours", &definition(&admin).await).await;
        let old = mapped_as_of(&admin, "ours", "2012-12").await["id"].as_str().unwrap().to_owned();
        admin.post(&format!("/v1/customers/{}:archive", ids["gone"]), &Value::Null).await.expect(200);
        sell(&admin, &[("fresh", now.as_str(), "P", "11", "")]).await;
        know(&[
            ("up", both("2", "2")),
            ("down", both("3", "1")),
            ("aside", both("0", "2")),
            ("stay", both("1", "0.5")),
            ("found", both("2", "3")),
            ("lost", json!({"market": null, "strength": "2"})),
            ("fresh", both("0", "0")),
        ])
        .await;
        let new = mapped_as_of(&admin, "ours", "2013-12").await["id"].as_str().unwrap().to_owned();
        Self { _app: app, admin, model, old, new }
    }

    fn both(&self) -> String {
        format!("old_mapping_id={}&new_mapping_id={}", self.old, self.new)
    }

    async fn movers(&self, filter: &str) -> Vec<Value> {
        let list = self.admin.get(&format!("/v1/ge-matrix/movers?{}{filter}", self.both())).await.expect(200);
        list["items"].as_array().unwrap().clone()
    }
}

fn names(movers: &[Value]) -> Vec<&str> {
    movers.iter().map(|mover| mover["customer_external_id"].as_str().unwrap()).collect()
}

fn money(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

#[actix_web::test]
async fn everyone_makes_one_move_and_all_add_up_to_both_matrices() {
    let moved = Moved::build().await;
    let told = moved.admin.get(&format!("/v1/ge-matrix/comparison?{}", moved.both())).await.expect(200);
    assert_eq!(
        [&told["model_id"], &told["old_as_of"], &told["new_as_of"]],
        [&json!(moved.model), &json!("2012-12"), &json!("2013-12")]
    );
    assert_eq!([&told["customers"], &told["changed"]], [9, 7]);
    let row = |made: &Value| json!([made["movement"], made["customers"], made["old_revenue"], made["new_revenue"]]);
    let movements: Vec<Value> = told["movements"].as_array().unwrap().iter().map(row).collect();
    let expected = [
        json!(["better", 1, "100.0000", "250.0000"]),
        json!(["worse", 1, "400.0000", "300.0000"]),
        json!(["sideways", 1, "10.0000", "20.0000"]),
        json!(["stayed", 1, "30.0000", "40.0000"]),
        json!(["newly_mapped", 1, "5.0000", "7.0000"]),
        json!(["newly_unmapped", 1, "60.0000", "50.0000"]),
        json!(["still_unmapped", 1, "0.0000", "8.0000"]),
        json!(["appeared", 1, "0.0000", "11.0000"]),
        json!(["gone", 1, "9.0000", "0.0000"]),
    ];
    assert_eq!(movements, expected);
    let cell =
        |cell: &Value| json!([cell["old_state"], cell["old_cell"], cell["new_state"], cell["new_cell"], cell["steps"]]);
    let cells = told["cells"].as_array().unwrap();
    let expected = [
        json!(["mapped", "high_strong", "mapped", "high_medium", -1]),
        json!(["mapped", "high_strong", "unmapped", null, null]),
        json!(["mapped", "high_weak", "mapped", "low_strong", 0]),
        json!(["mapped", "medium_medium", "mapped", "high_strong", 2]),
        json!(["mapped", "medium_medium", "absent", null, null]),
        json!(["mapped", "medium_weak", "mapped", "medium_weak", 0]),
        json!(["unmapped", null, "mapped", "high_strong", null]),
        json!(["unmapped", null, "unmapped", null, null]),
        json!(["absent", null, "mapped", "low_weak", null]),
    ];
    assert_eq!(cells.iter().map(cell).collect::<Vec<_>>(), expected);
    for (side, mapping) in [("old", &moved.old), ("new", &moved.new)] {
        let matrix = moved.admin.get(&format!("/v1/ge-matrix?mapping_id={mapping}")).await.expect(200);
        let sum = |state: &str, code: Option<&str>| {
            let inside = cells
                .iter()
                .filter(|cell| cell[format!("{side}_state")] == state && cell[format!("{side}_cell")].as_str() == code);
            let both =
                inside.map(|cell| (cell["customers"].as_i64().unwrap(), money(&cell[format!("{side}_revenue")])));
            both.fold((0, Decimal::ZERO), |(n, sum), (customers, revenue)| (n + customers, sum + revenue))
        };
        for cell in matrix["cells"].as_array().unwrap() {
            let expected = (cell["customers"].as_i64().unwrap(), money(&cell["revenue"]));
            assert_eq!(sum("mapped", cell["cell"].as_str()), expected, "{side} {cell}");
        }
        let unmapped = (matrix["unmapped"].as_i64().unwrap(), money(&matrix["unmapped_revenue"]));
        assert_eq!(sum("unmapped", None), unmapped, "{side}");
    }
}

#[actix_web::test]
async fn behind_every_figure_stands_a_list() {
    let moved = Moved::build().await;
    // The most steps first, then the largest revenue; who has no steps comes last.
    assert_eq!(names(&moved.movers("").await), ["up", "down", "lost", "aside", "fresh", "gone", "found"]);
    assert_eq!(moved.movers("&changed=false").await.len(), 9);
    let told = moved.admin.get(&format!("/v1/ge-matrix/comparison?{}", moved.both())).await.expect(200);
    for cell in told["cells"].as_array().unwrap() {
        let place = |side: &str| {
            let code = cell[format!("{side}_cell")].as_str().map(|code| format!("&{side}_cell={code}"));
            format!("&{side}_state={}{}", cell[format!("{side}_state")].as_str().unwrap(), code.unwrap_or_default())
        };
        let list = moved.movers(&format!("{}{}", place("old"), place("new"))).await;
        assert_eq!(list.len() as i64, cell["customers"], "{cell}");
    }
    for made in told["movements"].as_array().unwrap() {
        let list = moved.movers(&format!("&movement={}", made["movement"].as_str().unwrap())).await;
        assert_eq!(list.len() as i64, made["customers"], "{made}");
    }
    let up = moved.movers("&new_cell=high_strong&old_state=mapped&changed=true").await;
    assert_eq!(names(&up), ["up"]);
    let scores = [
        "old_attractiveness",
        "new_attractiveness",
        "attractiveness_change",
        "old_strength",
        "new_strength",
        "strength_change",
        "old_revenue_l12",
        "new_revenue_l12",
    ];
    let shown = |mover: &Value| scores.map(|name| mover[name].clone());
    assert_eq!(
        shown(&up[0]),
        ["33.3333", "66.6667", "33.3334", "33.3333", "66.6667", "33.3334", "100.0000", "250.0000"].map(Value::from)
    );
    let stay = moved.movers("&movement=stayed").await;
    assert_eq!((&stay[0]["strength_change"], &stay[0]["steps"]), (&json!("16.6667"), &json!(0)));
    let lost = moved.movers("&movement=newly_unmapped").await;
    assert_eq!((&lost[0]["new_attractiveness"], &lost[0]["attractiveness_change"]), (&Value::Null, &Value::Null));
    // Pages go on where the last one ended.
    let path = format!("/v1/ge-matrix/movers?{}&sort=-revenue_l12&limit=4", moved.both());
    let page = moved.admin.get(&path).await.expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = moved.admin.get(&format!("{path}&cursor={cursor}")).await.expect(200);
    assert_eq!(names(page["items"].as_array().unwrap()), ["down", "up", "lost", "aside"]);
    assert_eq!(names(rest["items"].as_array().unwrap()), ["fresh", "gone", "found"]);
}

#[actix_web::test]
async fn a_month_is_enough_to_name_a_mapping() {
    let moved = Moved::build().await;
    let get = async |query: &str| moved.admin.get(&format!("/v1/ge-matrix/comparison?{query}")).await;
    let told = get(&moved.both()).await.expect(200);
    assert_eq!(get("old_as_of=2012-12").await.expect(200), told);
    assert_eq!(get(&format!("old_as_of=2012-12&new_as_of=2013-12&model_id={}", moved.model)).await.expect(200), told);
    assert_eq!(get(&format!("old_mapping_id={}", moved.old)).await.expect(200), told);
    get("old_as_of=2011-12").await.expect(404);
    let neither = get("").await.expect(422);
    assert_eq!(problems(&neither["errors"]), [("/old_mapping_id", "one_of")]);
    let too_much = get(&format!("{}&old_as_of=2012-12&new_as_of=2013-12", moved.both())).await.expect(422);
    assert_eq!(problems(&too_much["errors"]), [("/old_mapping_id", "one_of"), ("/new_mapping_id", "one_of")]);
}

#[actix_web::test]
async fn graphql_tells_the_same() {
    let moved = Moved::build().await;
    let query = "query($of: GeComparisonInput!) {
        geComparison(of: $of) { customers changed movements { movement customers newRevenue } cells { newCell steps } svg }
        geMovers(of: $of, filter: {movement: WORSE}) { nodes { customerExternalId oldCell newCell steps } } }";
    let of = json!({"oldAsOf": "2012-12"});
    let graph = moved.admin.data(query, json!({"of": of})).await;
    let told = &graph["geComparison"];
    assert_eq!([&told["customers"], &told["changed"]], [9, 7]);
    assert_eq!(told["movements"][1], json!({"movement": "WORSE", "customers": 1, "newRevenue": "300.0000"}));
    assert_eq!(told["cells"][3], json!({"newCell": "HIGH_STRONG", "steps": 2}));
    assert!(told["svg"].as_str().unwrap().starts_with("<svg"));
    let down = json!({"customerExternalId": "down", "oldCell": "HIGH_STRONG", "newCell": "HIGH_MEDIUM", "steps": -1});
    assert_eq!(graph["geMovers"]["nodes"], json!([down]));
    let none = moved.admin.data("{ geComparison(of: {oldAsOf: \"2001-12\"}) { customers } }", json!({})).await;
    assert_eq!(none["geComparison"], Value::Null);
}

#[actix_web::test]
async fn a_migration_is_a_picture_where_one_is_asked_for_in_the_readers_language() {
    let moved = Moved::build().await;
    let get = async |accept: &str, language: &str| {
        let path = format!("/v1/ge-matrix/comparison?{}", moved.both());
        let request = moved.admin.request(Method::GET, &path).header("Accept", accept);
        moved.admin.send(request.header("Accept-Language", language)).await
    };
    let english = get("image/svg+xml", "en").await;
    assert_eq!(
        (english.status, english.header("content-type"), english.header("content-language")),
        (200, "image/svg+xml", "en")
    );
    let parts =
        ["who moved from 2012-12 to 2013-12", "9 customers, 7 moved", "medium/medium → high/strong: 1 customer · 250"];
    assert!(parts.iter().all(|part| english.text.contains(part)), "{}", english.text);
    let chinese = get("image/*", "zh-CN").await;
    assert!(
        ["2012-12至2013-12的客户迁移", "市场如何", "改善"].iter().all(|part| chinese.text.contains(part)),
        "{}",
        chinese.text
    );
    assert_eq!(chinese.header("content-language"), "zh-CN");
    assert_eq!(get("*/*", "en").await.header("content-type"), "application/json");
    assert_eq!(get("text/html", "en").await.expect(406)["code"], "not_acceptable");
}

#[actix_web::test]
async fn models_are_not_compared_with_one_another_but_their_versions_are() {
    let (_app, admin) = admin().await;
    book(&admin).await;
    let definition = definition(&admin).await;
    let ours = published(&admin, "ours", &definition).await;
    let first = mapped_as_of(&admin, "ours", "2013-06").await;
    published(&admin, "theirs", &definition).await;
    let other = mapped(&admin, "theirs").await;
    let compare = |old: &Value, new: &Value| {
        let id = |mapping: &Value| mapping["id"].as_str().unwrap().to_owned();
        format!("old_mapping_id={}&new_mapping_id={}", id(old), id(new))
    };
    for what in ["comparison", "movers"] {
        let refused = admin.get(&format!("/v1/ge-matrix/{what}?{}", compare(&first, &other))).await.expect(422);
        assert_eq!(problems(&refused["errors"]), [("/old_mapping_id", "other_model")]);
    }
    admin.post(&format!("/v1/ge-models/{ours}/versions"), &Value::Null).await.expect(201);
    let mut wider = definition.clone();
    wider["cutoffs"] = json!({"low": "40", "high": "90"});
    admin.put(&format!("/v1/ge-models/{ours}/versions/2"), &wider).await.expect(200);
    admin.post(&format!("/v1/ge-models/{ours}/versions/2:publish"), &Value::Null).await.expect(200);
    let second = mapped(&admin, "ours").await;
    let told = admin.get(&format!("/v1/ge-matrix/comparison?{}", compare(&first, &second))).await.expect(200);
    assert_eq!([&told["old_model_version"], &told["new_model_version"]], [1, 2]);
    let worse =
        admin.get(&format!("/v1/ge-matrix/movers?{}&movement=worse", compare(&first, &second))).await.expect(200);
    // 33.3333 and 66.6667 were medium and strong, and are low and medium now.
    assert_eq!((names(worse["items"].as_array().unwrap()), &worse["items"][0]["steps"]), (vec!["edge"], &json!(-2)));
}

#[actix_web::test]
async fn a_mapping_that_is_not_complete_is_not_compared() {
    let app = crate::support::spawn_app_without_worker().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    published(&admin, "ours", &definition(&admin).await).await;
    let started = admin.post("/v1/ge-mappings", &json!({"model_code": "ours", "as_of": "2013-12"})).await.expect(202);
    let id = started["id"].as_str().unwrap();
    for what in ["comparison", "movers"] {
        let path = format!("/v1/ge-matrix/{what}?old_mapping_id={id}&new_mapping_id={id}");
        assert_eq!(admin.get(&path).await.expect(409)["code"], "conflict");
    }
}
