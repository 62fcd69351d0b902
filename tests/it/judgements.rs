//! Judgements: entered one by one and from files, kept of every member, and what is still missing.

use fenji::tenancy::{Actor, Role};
use fenji::values::TenantId;
use reqwest::Method;
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, label, problems, spawn_app};

/// A company with customers C1, C2 of Li (S1), C3 of Wang (S2), C4 of nobody and a prospect; a scale with two judgements.
async fn company() -> (TestApp, TenantId, Client, String) {
    let app = spawn_app().await;
    let tenant = app.tenant("acme").await;
    let admin = app.client(tenant, Role::Admin);
    admin
        .batch(
            "/v1/salespeople:batch",
            &json!([{"external_id": "S1", "name": "Li"}, {"external_id": "S2", "name": "Wang"}]),
        )
        .await;
    let customer =
        |id: &str, owner: Value| json!({"external_id": id, "name": id, "owner_external_id": owner, "stage": "active"});
    let mut customers = json!([
        customer("C1", json!("S1")),
        customer("C2", json!("S1")),
        customer("C3", json!("S2")),
        customer("C4", Value::Null),
        customer("P", json!("S1"))
    ]);
    customers[4]["stage"] = json!("prospect");
    admin.batch("/v1/customers:batch", &customers).await;
    let level = |code: &str, points: &str| json!({"code": code, "label": label(code), "points": points});
    let factor = |code: &str| {
        json!({"code": code, "label": label(code), "max_points": "10", "source": {"judgement": {}},
        "rule": {"levels": [level("A", "10"), level("B", "5"), level("C", "0")]}, "missing": "excluded"})
    };
    let definition = json!({
        "dimensions": [{"code": "d", "label": label("d"), "axis": "quality", "weight": "1", "factors": [factor("trust"), factor("growth")]}],
        "grade_bands": {"fixed": [{"grade": "A", "label": label("A"), "min_score": "0"}]}});
    let new = json!({"code": "ours", "name": label("Ours"), "definition": definition});
    let scale = admin.post("/v1/scales", &new).await.expect(201)["id"].as_str().unwrap().to_owned();
    admin.post(&format!("/v1/scales/{scale}/versions/1:publish"), &Value::Null).await.expect(200);
    (app, tenant, admin, scale)
}

fn member(app: &TestApp, tenant: TenantId, name: &str) -> Client {
    app.client_of(&Actor::with_role(name, tenant, Role::Manager, "test"), Role::Manager)
}

async fn customer(admin: &Client, external_id: &str) -> String {
    let found = admin.get(&format!("/v1/customers?external_id={external_id}")).await.expect(200);
    found["items"][0]["id"].as_str().unwrap().to_owned()
}

/// Level, author and day of the ratings of a list.
fn told(list: &Value) -> Vec<(String, String, String)> {
    let text = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
    let day = |item: &Value| text(item, "judged_at")[..10].to_owned();
    list["items"].as_array().unwrap().iter().map(|i| (text(i, "level"), text(i, "author"), day(i))).collect()
}

#[actix_web::test]
async fn ratings_are_entered_one_by_one_and_the_newest_counts_whoever_gave_it() {
    let (app, tenant, admin, scale) = company().await;
    let (li, wang, c1) = (member(&app, tenant, "li"), member(&app, tenant, "wang"), customer(&admin, "C1").await);
    let path = format!("/v1/scales/{scale}/judgements/{c1}/trust");
    let first = li.put(&path, &json!({"level": "A", "note": "Pays early"})).await.expect(201);
    assert_eq!(
        (&first["author"], &first["note"], &first["judged_at"]),
        (&json!("li"), &json!("Pays early"), &json!("2014-01-15T08:00:00Z"))
    );
    let second = wang.put(&path, &json!({"level": "C"})).await.expect(200);
    assert_eq!((&second["level"], &second["author"]), (&json!("C"), &json!("wang")));
    // A form of last year comes in late: it is kept, and does not take the newer one's place.
    let late = json!({"level": "B", "author": "zhao", "judged_at": "2013-06-01T12:00:00Z"});
    assert_eq!(admin.put(&path, &late).await.expect(200)["author"], "wang");
    let list = format!("/v1/scales/{scale}/judgements");
    let row = |level: &str, author: &str, day: &str| (level.to_owned(), author.to_owned(), day.to_owned());
    assert_eq!(told(&admin.get(&list).await.expect(200)), [row("C", "wang", "2014-01-15")]);
    let all = [row("A", "li", "2014-01-15"), row("C", "wang", "2014-01-15"), row("B", "zhao", "2013-06-01")];
    assert_eq!(told(&admin.get(&format!("{list}?every_member=true")).await.expect(200)), all);
    assert_eq!(told(&admin.get(&format!("{list}?every_member=true&author=li")).await.expect(200)), all[..1]);
    assert_eq!(told(&admin.get(&format!("{list}?factor_code=growth")).await.expect(200)), []);
    // Said again: nothing changes, and the audit log says nothing.
    let entries = async || admin.get("/v1/audit-entries").await.expect(200)["items"].as_array().unwrap().len();
    let before = entries().await;
    wang.put(&path, &json!({"level": "C"})).await.expect(200);
    assert_eq!(entries().await, before);
    let query = "mutation($input: JudgeCustomerInput!) { judgeCustomer(input: $input) { judgement { level author } userErrors { pointer code } } }";
    let judge = |factor: &str, level: &str| json!({"input": {"scaleId": scale, "judgement": {"customerId": c1, "factorCode": factor, "level": level}}});
    let graph = li.data(query, judge("trust", "A")).await["judgeCustomer"].take();
    assert_eq!(graph["judgement"], json!({"level": "A", "author": "li"}));
    let refused = li.data(query, judge("trust", "Z")).await["judgeCustomer"].take();
    assert_eq!(problems(&refused["userErrors"]), [("/level", "unknown_reference")]);
    let ahead = json!({"level": "A", "judged_at": "2015-01-01T00:00:00Z"});
    assert_eq!(problems(&li.put(&path, &ahead).await.expect(422)["errors"]), [("/judged_at", "in_the_future")]);
    li.put(&format!("/v1/scales/{scale}/judgements/{scale}/trust"), &json!({"level": "A"})).await.expect(404);
}

#[actix_web::test]
async fn a_salesperson_rates_in_no_other_name() {
    let (app, tenant, admin, scale) = company().await;
    let people = admin.get("/v1/salespeople").await.expect(200);
    let s1 = people["items"].as_array().unwrap().iter().find(|p| p["external_id"] == "S1").unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let salesperson = app.salesperson(tenant, s1.parse().unwrap());
    let (own, other) = (customer(&admin, "C1").await, customer(&admin, "C3").await);
    let path = |customer: &str| format!("/v1/scales/{scale}/judgements/{customer}/trust");
    salesperson.put(&path(&own), &json!({"level": "B"})).await.expect(201);
    let refused = salesperson.put(&path(&own), &json!({"level": "A", "author": "chief"})).await.expect(422);
    assert_eq!(problems(&refused["errors"]), [("/author", "not_allowed")]);
    salesperson.put(&path(&other), &json!({"level": "B"})).await.expect(404);
    let missing = salesperson.get(&format!("/v1/scales/{scale}/versions/1/missing-judgements")).await.expect(200);
    let rows = missing["items"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["customers"], &rows[0]["missing"]), (1, &json!(2), &json!(3)));
}

#[actix_web::test]
async fn ratings_come_from_a_csv_file_and_from_a_workbook() {
    let (app, tenant, admin, scale) = company().await;
    let csv = "scale,customer_id,factor,level,author,judged_at,note\n\
               ours,C1,trust,A,li,2013-12-01,Long known\n\
               ours,C2,trust,B,li,2013-12-01T09:30:00Z,\n\
               ours,C1,trust,C,wang,,\n\
               theirs,C1,trust,A,,,\n\
               ours,C9,trust,A,,,\n\
               ours,C3,price,A,,,\n\
               ours,C3,trust,Z,,,\n\
               ours,C3,tr ust,A,,2015-01-01,\n";
    let import = admin.import("judgements", csv.into()).await;
    assert_eq!(import["job"]["state"], "completed", "{import}");
    assert_eq!(import["counts"], json!({"created": 3, "updated": 0, "unchanged": 0, "errors": 5}));
    let errors = admin.get(&format!("/v1/imports/{}/errors", import["id"].as_str().unwrap())).await.expect(200);
    let found: Vec<_> = errors["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| {
            (
                e["line"].as_i64().unwrap(),
                e["column"].as_str().unwrap().to_owned(),
                e["code"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    let row = |line: i64, column: &str, code: &str| (line, column.to_owned(), code.to_owned());
    let unknown = "unknown_reference";
    assert_eq!(
        found,
        [
            row(5, "scale", unknown),
            row(6, "customer_id", unknown),
            row(7, "factor", unknown),
            row(8, "level", unknown),
            row(9, "factor", "invalid_choice")
        ]
    );
    let again = admin.import("judgements", csv.into()).await;
    assert_eq!(again["counts"], json!({"created": 0, "updated": 0, "unchanged": 3, "errors": 5}));
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0u32..).zip([["scale", "customer_id", "factor", "level"], ["ours", "C3", "growth", "A"]]) {
        for (column, cell) in (0u16..).zip(cells) {
            sheet.write_string(row, column, cell).unwrap();
        }
    }
    let request = admin
        .request(Method::POST, "/v1/imports?kind=judgements")
        .header("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    let import = admin.send(request.body(book.save_to_buffer().unwrap())).await.expect(202);
    assert_eq!(admin.finished(import["job"]["id"].as_str().unwrap()).await["result"]["created"], 1);
    let list = admin.get(&format!("/v1/scales/{scale}/judgements?every_member=true")).await.expect(200);
    let row = |level: &str, author: &str, day: &str| (level.to_owned(), author.to_owned(), day.to_owned());
    let all = [
        row("A", "li", "2013-12-01"),
        row("C", "wang", "2014-01-15"),
        row("B", "li", "2013-12-01"),
        row("A", "test-admin", "2014-01-15"),
    ];
    assert_eq!(told(&list), all);
    drop((app, tenant));
}

#[actix_web::test]
async fn what_is_still_missing_is_told_by_salesperson() {
    let (_app, _, admin, scale) = company().await;
    let (c1, c3) = (customer(&admin, "C1").await, customer(&admin, "C3").await);
    let rating = |customer: &str, factor: &str| json!({"customer_id": customer, "factor_code": factor, "level": "A"});
    let items = json!([rating(&c1, "trust"), rating(&c3, "trust"), rating(&c3, "growth")]);
    admin.batch(&format!("/v1/scales/{scale}/judgements:batch"), &items).await;
    let path = format!("/v1/scales/{scale}/versions/1/missing-judgements");
    let list = admin.get(&path).await.expect(200)["items"].take();
    let rows: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|r| {
            (
                r["salesperson_name"].as_str().unwrap_or("-"),
                r["customers"].as_i64().unwrap(),
                r["asked"].as_i64().unwrap(),
                r["missing"].as_i64().unwrap(),
                r["missing_share"].as_str().unwrap(),
            )
        })
        .collect();
    // Li owns C1 and C2, and a prospect whom the scale is not meant for.
    assert_eq!(rows, [("Li", 2, 4, 3, "0.750000"), ("Wang", 1, 2, 0, "0.000000"), ("-", 1, 2, 2, "1.000000")]);
    let page = admin.get(&format!("{path}?limit=2")).await.expect(200);
    let rest = admin.get(&format!("{path}?cursor={}", page["next_cursor"].as_str().unwrap())).await.expect(200);
    assert_eq!((page["items"].as_array().unwrap().len(), rest["items"].as_array().unwrap().len()), (2, 1));
    let query =
        "query($id: ID!) { missingJudgements(scaleId: $id, number: 1) { edges { node { salespersonName given } } } }";
    let graph = admin.data(query, json!({"id": scale})).await["missingJudgements"]["edges"].take();
    assert_eq!(graph[1]["node"], json!({"salespersonName": "Wang", "given": 2}));
}
