//! Erasure: a text planted in every place that hangs on a customer is found nowhere afterwards, and what is counted stays.

use fenji::tenancy::Role;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection};

use super::{admin, id, tenant};
use crate::support::{Client, label, problems};

/// What nobody but the customer to erase says.
const CANARY: &str = "Kanarienvogel";

/// The tables in which a text is found, with one of the rows.
async fn found(superuser: &mut PgConnection, text: &str) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select table_name::text from information_schema.tables
         where table_schema = 'public' and table_type = 'BASE TABLE' order by 1",
    )
    .fetch_all(&mut *superuser)
    .await
    .unwrap();
    let mut found = Vec::new();
    for table in tables {
        // Bytes are searched as the text they are.
        let sql = format!(
            "select to_jsonb(t)::text from {table} t where to_jsonb(t)::text ilike '%' || $1 || '%'
             or to_jsonb(t)::text ilike '%' || encode(convert_to($1, 'UTF8'), 'hex') || '%' limit 1"
        );
        let row: Option<String> =
            sqlx::query_scalar(AssertSqlSafe(sql)).bind(text).fetch_optional(&mut *superuser).await.unwrap();
        found.extend(row.map(|row| format!("{table}: {row}")));
    }
    found
}

/// A scale that reads a text of the dossier and asks for a judgement.
async fn scale(admin: &Client) -> String {
    let level = json!({"code": "A", "label": label("A"), "points": "10"});
    let factor = |code: &str, source: Value, rule: Value| json!({"code": code, "label": label(code), "max_points": "10", "source": source, "missing": "zero", "rule": rule});
    let choices = json!({"choices": {"choices": [{"value": "Kiel", "points": "10"}], "otherwise": "5"}});
    let factors = [
        factor("trust", json!({"judgement": {}}), json!({"levels": [level]})),
        factor("city", json!({"attribute": "city"}), choices.clone()),
        factor("own", json!({"attribute": "process"}), choices),
    ];
    let definition = json!({
        "dimensions": [{"code": "d", "label": label("D"), "axis": "quality", "weight": "1", "factors": factors}],
        "grade_bands": {"fixed": [{"grade": "A", "label": label("A"), "min_score": "0"}]}});
    let new = json!({"code": "ours", "name": label("Ours"), "definition": definition});
    let scale = id(&admin.post("/v1/scales", &new).await.expect(201));
    admin.post(&format!("/v1/scales/{scale}/versions/1:publish"), &Value::Null).await.expect(200);
    scale
}

/// A customer whose every text is the canary, with one of everything that hangs on it; and a neighbour.
async fn plant(admin: &Client, external_id: &str) -> String {
    let own = |what: &str| format!("{CANARY} {what}");
    let customers = json!([
        {"external_id": external_id, "name": own("name"), "industry": own("industry"), "territory": "North",
         "city": own("city"), "country": own("country"), "segment_hint": own("segment"), "tags": [own("tag")],
         "attributes": {"process": own("attribute")}, "credit_limit": "5"},
        {"external_id": "N", "name": "Neighbour", "territory": "North", "city": "Kiel"},
    ]);
    let made = admin.batch("/v1/customers:batch", &customers).await;
    let customer = id(&made["items"][0]);
    let path = format!("/v1/customers/{customer}");
    admin.send(admin.request(Method::PATCH, &path).json(&json!({"city": own("town")}))).await.expect(200);
    admin.put(&format!("{path}/external-ids/crm/{external_id}-crm"), &Value::Null).await.expect(200);
    let potentials = json!({"items": [{"category": own("category"), "yearly_amount": "10"}, {"category": "P", "yearly_amount": "20"}]});
    admin.put(&format!("{path}/purchase-potentials"), &potentials).await.expect(200);
    let contact = json!({"name": own("person"), "position": own("position"), "email": format!("{CANARY}@example.com"),
        "phone": CANARY, "note": own("note"), "external_id": format!("{external_id}-K"), "system": "crm"});
    let gone = id(&admin.post(&format!("{path}/contacts"), &contact).await.expect(201));
    assert_eq!(admin.delete(&format!("/v1/contacts/{gone}")).await.status, 204);
    admin.post(&format!("{path}/contacts"), &contact).await.expect(201);
    customer
}

async fn trade(admin: &Client, external_ids: &[&str]) {
    admin.batch("/v1/products:batch", &json!([{"external_id": "P", "name": "P", "category": "P"}])).await;
    let line = |customer: &str, n: u32, order: &str| {
        json!({"external_id": format!("{customer}/{n}"), "order_id": order, "day": format!("2013-0{n}-01"),
               "customer_external_id": customer, "product_external_id": "P", "quantity": "1", "unit_price": "10", "net": "10", "cost": "4"})
    };
    for customer in external_ids {
        let order = format!("O-{customer}");
        let lines =
            [line(customer, 1, &order), line(customer, 2, &order), line(customer, 3, "9"), line(customer, 4, "10")];
        admin.batch("/v1/sales-lines:batch", &json!(lines)).await;
        let payment = json!([{"external_id": format!("{customer}|1"), "customer_external_id": customer, "paid_on": "2013-12-20", "amount": "8"}]);
        admin.batch("/v1/payments:batch", &payment).await;
    }
}

async fn done(admin: &Client, path: &str, new: &Value) {
    let made = admin.post(path, new).await.expect(202);
    let job = admin.finished(made["job"]["id"].as_str().unwrap()).await;
    assert_eq!(job["state"], "completed", "{job}");
}

/// What is counted, as a dashboard shows it.
async fn counted(admin: &Client) -> Vec<Value> {
    let mut answers = Vec::new();
    for path in [
        "/v1/statistics/sales?group_by=year",
        "/v1/statistics/sales?group_by=territory&period=all",
        "/v1/statistics/sales?group_by=product,month",
        "/v1/statistics/margin-by-class?period=all",
    ] {
        answers.push(admin.get(path).await.expect(200));
    }
    let classes = admin.get("/v1/statistics/sales-classes?period=all").await.expect(200);
    answers.extend([classes["total_net"].clone(), classes["customers"].clone()]);
    answers
}

#[actix_web::test]
async fn what_is_personal_goes_and_what_is_counted_stays() {
    let (app, admin) = admin().await;
    let (kept, merged) = (format!("{CANARY}-1"), format!("{CANARY}-2"));
    admin.define(&[("process", "text")]).await;
    let (customer, other) = (plant(&admin, &kept).await, plant(&admin, &merged).await);
    trade(&admin, &[&kept, &merged, "N"]).await;
    let scale = scale(&admin).await;
    let judge = |customer: &str| json!([{"customer_id": customer, "factor_code": "trust", "level": "A", "note": format!("{CANARY} says")}]);
    for customer in [&customer, &other] {
        admin.batch(&format!("/v1/scales/{scale}/judgements:batch"), &judge(customer)).await;
    }
    done(&admin, "/v1/grading-runs", &json!({"scale_code": "ours", "as_of": "2013-12", "selection": {"all": {}}}))
        .await;
    let model = json!({"code": "standard", "name": label("S"), "template": "standard"});
    let model = id(&admin.post("/v1/ge-models", &model).await.expect(201));
    admin.post(&format!("/v1/ge-models/{model}/versions/1:publish"), &Value::Null).await.expect(200);
    done(&admin, "/v1/ge-mappings", &json!({"model_code": "standard", "as_of": "2013-12"})).await;
    let replacements = json!({kept.clone(): {"amount": "99.99", "reason": format!("{CANARY} ordered")}});
    for method in ["strategy_led", "task_decomposition"] {
        let mut plan = json!({"name": "2014", "fiscal_year": 2014, "method": method, "target": "1000"});
        if method == "strategy_led" {
            plan["replacements"] = replacements.clone();
        }
        done(&admin, "/v1/plans", &plan).await;
    }
    let file = format!("external_id,name,credit_limit\n{kept},{CANARY} name,{CANARY} limit\n");
    let import = admin.import("customers", file.into_bytes()).await;
    assert_eq!(import["counts"]["errors"], 1, "{import}");
    admin.post(&format!("/v1/customers/{other}:merge"), &json!({"into": customer})).await.expect(200);
    let before = counted(&admin).await;
    let mut superuser = app.database.superuser().await;
    let planted = found(&mut superuser, CANARY).await;
    assert!(planted.len() >= 12, "a search that finds little proves little: {planted:#?}");

    let manager = app.client(tenant(&admin).await, Role::Manager);
    let path = format!("/v1/customers/{customer}:erase");
    let reason = json!({"reason": "request 2026-118"});
    manager.post(&path, &reason).await.expect(403);
    admin.post(&path, &json!({"reason": " "})).await.expect(422);
    let erased = admin.post(&path, &reason).await.expect(200);
    assert_eq!(found(&mut superuser, CANARY).await, Vec::<String>::new());
    assert_eq!(
        (&erased["name"], &erased["external_id"], &erased["territory"]),
        (&json!("erased"), &json!(customer), &json!("North"))
    );
    assert!(erased["erased_at"].is_string() && erased["archived_at"].is_string(), "{erased}");
    assert_eq!((&erased["external_ids"], &erased["attributes"]), (&json!([]), &json!({})));
    assert_eq!(counted(&admin).await, before);
    // Nobody reaches it any more, not by its own id either.
    let line = json!([{"external_id": "late", "order_id": "late", "day": "2013-05-01", "customer_external_id": customer,
        "product_external_id": "P", "quantity": "1", "unit_price": "10", "net": "10"}]);
    let late = admin.post("/v1/sales-lines:batch", &line).await.expect(207);
    assert_eq!(problems(&late["items"][0]["problems"]), [("/customer_external_id", "unknown_reference")]);
    let potentials = admin.get(&format!("/v1/customers/{customer}/purchase-potentials")).await.expect(200);
    assert_eq!(potentials["total"], "30.0000", "{potentials}");
    // All that was stored can still be read.
    for list in ["/v1/plans", "/v1/grading-runs", "/v1/ge-mappings"] {
        for item in admin.get(list).await.expect(200)["items"].as_array().unwrap() {
            let parts = match list {
                "/v1/plans" => "steps/2/lines",
                "/v1/grading-runs" => "results",
                _ => "positions",
            };
            let parts = admin.get(&format!("{list}/{}/{parts}", id(item))).await.expect(200);
            assert!(!parts["items"].as_array().unwrap().is_empty(), "{list}");
            if list == "/v1/grading-runs" {
                let explained = admin.get(&format!("{list}/{}/results/{customer}", id(item))).await.expect(200);
                assert!(explained.to_string().contains("\"erased\""), "{explained}");
            }
        }
    }
    let log = admin.get("/v1/audit-entries?limit=500").await.expect(200);
    let of = |action: &str| {
        let entries = log["items"].as_array().unwrap();
        entries.iter().find(|entry| entry["action"] == action).unwrap_or_else(|| panic!("{action}")).clone()
    };
    let merged = of("customer.merged");
    assert_eq!((&merged["before"], &merged["details_erased"]), (&Value::Null, &json!(true)));
    let entry = of("customer.erased");
    assert_eq!((&entry["after"]["reason"], &entry["details_erased"]), (&json!("request 2026-118"), &json!(false)));
    assert_eq!(of("scale.created")["details_erased"], false);
    // Again is fine; nothing is written to it; a push by an id it had makes another customer.
    let again = admin.post(&path, &reason).await.expect(200);
    assert_eq!((&again["name"], &again["erased_at"]), (&erased["name"], &erased["erased_at"]));
    assert_eq!(counted(&admin).await, before);
    let patch = admin.request(Method::PATCH, &format!("/v1/customers/{customer}")).json(&json!({"city": "Kiel"}));
    admin.send(patch).await.expect(409);
    admin.post(&format!("/v1/customers/{customer}:restore"), &Value::Null).await.expect(409);
    assert_ne!(super::customer(&admin, &kept).await, customer);
}

#[actix_web::test]
async fn a_short_id_takes_nothing_that_only_looks_like_it() {
    let (app, admin) = admin().await;
    let customers = json!([
        {"external_id": "12", "name": "Pumpen Zwölf"}, {"external_id": "N", "name": "Neighbour"},
    ]);
    let made = admin.batch("/v1/customers:batch", &customers).await;
    let customer = id(&made["items"][0]);
    admin.batch("/v1/products:batch", &json!([{"external_id": "P", "name": "P"}])).await;
    let line = |number: &str| {
        json!({"external_id": number, "order_id": "O-12-1", "day": "2013-01-01", "customer_external_id": "12",
               "product_external_id": "P", "quantity": "1", "unit_price": "1", "net": "1"})
    };
    let lines = ["SO-2012-7", "12", "Pumpen Zwölf-1", "SO-12"].map(line);
    admin.batch("/v1/sales-lines:batch", &json!(lines)).await;
    let send = async |file_name: &str, media_type: &str, file: &str| {
        let path = format!("/v1/imports?kind=products&file_name={file_name}");
        let request = admin.request(Method::POST, &path).header("Content-Type", media_type).body(file.to_owned());
        let import = admin.send(request).await.expect(202);
        admin.finished(import["job"]["id"].as_str().unwrap()).await;
        id(&import)
    };
    let csv = "external_id,name,list_price\nA,2012,x\nB,12,x\nC,of Pumpen Zwölf,x\nD,Zwölf,x\n";
    let csv = send("Pumpen%20Zw%C3%B6lf.csv", "text/csv", csv).await;
    let ndjson = "{\"external_id\": \"A\", \"name\": \"2012\", \"list_price\": \"x\"}\n\
        {\"external_id\": \"B\", \"name\": \"Pumpen Zw\\u00f6lf\", \"list_price\": \"x\"}\n\
        {\"external_id\": \"C\", \"name\": \"Pumpen Zw\\u00f6lf\n";
    let ndjson = send("of-2012.ndjson", "application/x-ndjson", ndjson).await;
    admin.post(&format!("/v1/customers/{customer}:erase"), &json!({"reason": "asked"})).await.expect(200);

    let mut superuser = app.database.superuser().await;
    assert_eq!(found(&mut superuser, "Zwölf-1").await, Vec::<String>::new());
    let numbers: Vec<String> =
        sqlx::query_scalar("select external_id from sales_lines where external_id like 'SO-%' order by 1")
            .fetch_all(&mut superuser)
            .await
            .unwrap();
    assert_eq!(numbers, ["SO-12", "SO-2012-7"]);
    let kept: Vec<(String, i64)> = sqlx::query_as(
        "select i.format, r.line from import_refused_rows r join imports i on i.id = r.import_id order by 1, 2",
    )
    .fetch_all(&mut superuser)
    .await
    .unwrap();
    let expected = [("csv", 2), ("csv", 5), ("ndjson", 1)];
    assert_eq!(kept, expected.map(|(format, line)| (format.to_owned(), line)));
    // The source sends its lines again: those that lost their numbers are found.
    admin.batch("/v1/customers:batch", &customers).await;
    let again = admin.batch("/v1/sales-lines:batch", &json!(lines)).await;
    assert_eq!(again["counts"], json!({"created": 0, "updated": 4, "unchanged": 0, "errors": 0}));
    let name = async |import: &str| admin.get(&format!("/v1/imports/{import}")).await.expect(200)["file_name"].take();
    assert_eq!((name(&csv).await, name(&ndjson).await), (Value::Null, json!("of-2012.ndjson")));
}
