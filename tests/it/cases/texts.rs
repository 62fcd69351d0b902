//! Parameters, bodies and texts that are wrong: each is named where it stands, in the reader's language.

use fenji::tenancy::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, case, problems, spawn_app};

async fn admin() -> (TestApp, Client) {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    (app, admin)
}

/// What a reader of a language is told: status, and the places with their texts.
async fn told(
    client: &Client,
    method: Method,
    path: &str,
    body: Option<&Value>,
    language: &str,
) -> (u16, Vec<(String, String)>) {
    let request = client.request(method, path).header("Accept-Language", language);
    let answer = client.send(match body {
        Some(body) => request.json(body),
        None => request,
    });
    let answer = answer.await;
    let problem = answer.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let errors = problem["errors"].as_array().unwrap();
    for said in errors.iter().map(|error| text(&error["detail"])).chain([text(&problem["detail"])]) {
        for parser in
            ["`", "expected one of", "unknown variant", "unknown field", "invalid type", "UUID parsing", "at line"]
        {
            assert!(!said.contains(parser), "{path}: {said}");
        }
        let is_chinese = said.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        assert_eq!(is_chinese, language == "zh-CN", "{path}: {said}");
    }
    (answer.status, errors.iter().map(|error| (text(&error["pointer"]), text(&error["detail"]))).collect())
}

fn places(told: &[(String, String)]) -> Vec<&str> {
    told.iter().map(|(pointer, _)| pointer.as_str()).collect()
}

#[actix_web::test]
async fn every_wrong_parameter_of_the_case_is_named_in_chinese() {
    let Some(script) = case("59-parameters.sh") else { return };
    let script = String::from_utf8(script).unwrap();
    let list = script.lines().find(|line| line.starts_with("for q in")).unwrap();
    let paths: Vec<&str> = list.split('\'').filter(|part| part.starts_with("/v1/")).collect();
    let (_app, admin) = admin().await;
    let mut found = Vec::new();
    for path in &paths {
        let method = if path.contains("imports") { Method::POST } else { Method::GET };
        let (status, errors) = told(&admin, method, path, None, "zh-CN").await;
        assert_eq!(status, 400, "{path}");
        found.extend(errors);
    }
    assert_eq!(places(&found), ["/owner_id", "/stage", "/as_of", "/delimiter"]);
    assert!(found[1].1.contains("prospect"), "what is allowed: {}", found[1].1);
    assert_eq!(found[2].1, "应为日期，例如 2026-01-31。");
}

#[actix_web::test]
async fn all_wrong_parameters_are_named_at_once() {
    let (_app, admin) = admin().await;
    for language in ["en", "zh-CN"] {
        for (path, expected) in [
            (
                "/v1/customers?stage=x&stage=prospect&owner_id=x&colour=red&limit=many",
                vec!["/colour", "/limit", "/owner_id", "/stage/0"],
            ),
            ("/v1/sales-lines?customer_id=1&from=01.01.2026&sort=a&sort=b", vec!["/customer_id", "/from", "/sort"]),
            ("/v1/statistics/sales?from=2026-13-01&amounts=all&top=-1", vec!["/amounts", "/from", "/top"]),
            ("/v1/fx-rates?currency=RMB&from=yesterday", vec!["/currency", "/from"]),
            ("/v1/ge-matrix?mapping_id=x&as_of=2026", vec!["/as_of", "/mapping_id"]),
        ] {
            let (status, errors) = told(&admin, Method::GET, path, None, language).await;
            assert_eq!((status, places(&errors)), (400, expected), "{path}");
        }
    }
    let (_, errors) = told(&admin, Method::GET, "/v1/fx-rates?currency=RMB", None, "en").await;
    assert!(errors[0].1.ends_with("did you mean CNY?"), "{}", errors[0].1);
}

#[actix_web::test]
async fn every_wrong_part_of_a_path_is_named() {
    let (_app, admin) = admin().await;
    for (path, expected) in [
        ("/v1/customers/x", vec!["/id"]),
        ("/v1/scales/x/versions/99999999999", vec!["/id", "/n"]),
        ("/v1/plans/1/steps/one/lines", vec!["/id", "/number"]),
    ] {
        let (status, errors) = told(&admin, Method::GET, path, None, "zh-CN").await;
        assert_eq!((status, places(&errors)), (404, expected), "{path}");
    }
}

#[actix_web::test]
async fn every_wrong_field_of_a_body_is_named() {
    let (app, admin) = admin().await;
    for language in ["en", "zh-CN"] {
        let body = json!({"name": 7, "stage": "new", "currency": "EURO", "owner_id": "x", "annual_revenue": 1.5, "colour": "red"});
        let (status, errors) = told(&admin, Method::POST, "/v1/customers", Some(&body), language).await;
        let mut found = places(&errors);
        found.sort_unstable();
        assert_eq!(
            (status, found),
            (400, vec!["/annual_revenue", "/colour", "/currency", "/name", "/owner_id", "/stage"])
        );
        let body = json!({"selection": {"kind": "some"}, "as_of": "2013-13"});
        let (status, errors) = told(&admin, Method::POST, "/v1/grading-runs", Some(&body), language).await;
        assert_eq!(status, 400);
        assert!(places(&errors).contains(&"/as_of"), "{errors:?}");
        assert!(places(&errors).iter().any(|place| place.starts_with("/selection")), "{errors:?}");
        let body = json!({"slug": "x", "base_currency": "rmb"});
        let operator = app.operator();
        let (_, errors) = told(&operator, Method::POST, "/v1/tenants", Some(&body), language).await;
        assert_eq!(places(&errors), ["/base_currency", "/name"]);
        assert!(errors[0].1.contains("CNY"), "{errors:?}");
    }
    let broken = admin.request(Method::POST, "/v1/customers").header("Content-Type", "application/json");
    let broken = admin.send(broken.header("Accept-Language", "zh-CN").body("{\"name\": \"a\",}")).await.expect(400);
    let detail = broken["detail"].as_str().unwrap();
    assert!(detail.starts_with("请求体不是有效的 JSON：见第 1 行第 1"), "{detail}");
}

#[actix_web::test]
async fn half_a_surrogate_pair_is_refused_at_its_place_and_sinks_no_batch() {
    let (_app, admin) = admin().await;
    let send = async |path: &str, body: &'static str| {
        admin.send(admin.request(Method::POST, path).header("Content-Type", "application/json").body(body)).await
    };
    let one = send("/v1/customers", r#"{"name": "a\ud800b"}"#).await.expect(422);
    assert_eq!(problems(&one["errors"]), [("/name", "control_character")]);
    let batch = r#"[{"external_id": "1", "name": "\ud83d\ude00"}, {"external_id": "2", "name": "\udc00"}]"#;
    let batch = send("/v1/customers:batch", batch).await.expect(207);
    assert_eq!(batch["counts"], json!({"created": 1, "updated": 0, "unchanged": 0, "errors": 1}));
    assert_eq!(problems(&batch["items"][1]["problems"]), [("/name", "control_character")]);
    let graph = send(
        "/graphql",
        r#"{"query": "query($q: String) { customers(filter: {q: $q}) { totalCount } }", "variables": {"q": "\ud800"}}"#,
    );
    assert_eq!(graph.await.json()["errors"][0]["extensions"]["code"], "invalid_input");
    let literal = send("/graphql", r#"{"query": "{ customers(filter: {q: \"\\ud800\"}) { totalCount } }"}"#).await;
    assert!(literal.status < 500 && !literal.text.contains("internal"), "{}", literal.text);
}

#[actix_web::test]
async fn a_cursor_of_other_hands_is_refused() {
    use base64::Engine;
    let (_app, admin) = admin().await;
    let cursor = |keys: Value| {
        let text = json!({"order": "name", "keys": keys}).to_string();
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
    };
    for keys in
        [json!(["a\0", "01890a5d-ac96-774b-bcce-b302099a8057"]), json!(["a", "no-id"]), json!(["a", "\0"]), json!([])]
    {
        let refused = admin.get(&format!("/v1/customers?sort=name&cursor={}", cursor(keys.clone()))).await;
        assert_eq!(refused.status, 422, "{keys}: {}", refused.text);
        let graph = format!("{{ customers(sort: \"name\", after: \"{}\") {{ totalCount }} }}", cursor(keys.clone()));
        let refused = admin.graphql(&graph, json!({})).await;
        assert_eq!(refused.json()["errors"][0]["extensions"]["code"], "invalid_input", "{keys}: {}", refused.text);
    }
}

#[actix_web::test]
async fn numbers_and_days_beyond_what_is_kept_are_refused() {
    let (_app, admin) = admin().await;
    let huge = "79228162514264337593543950335";
    admin.put("/v1/salespeople/by-external-id/S-1", &json!({"name": "Li Na"})).await.expect(201);
    admin.batch("/v1/customers:batch", &json!([{"external_id": "C-1", "name": "One"}])).await;
    admin.batch("/v1/products:batch", &json!([{"external_id": "P-1", "name": "Pump"}])).await;
    let good = |path: &str| match path {
        "/v1/receivables:batch" => {
            json!({"external_id": "R", "customer_external_id": "C-1", "invoiced_on": "2013-01-01", "due_on": "2013-02-01", "amount": "1"})
        }
        "/v1/payments:batch" => {
            json!({"external_id": "P", "customer_external_id": "C-1", "paid_on": "2013-01-01", "amount": "1"})
        }
        "/v1/costs-to-serve:batch" => {
            json!({"external_id": "K", "customer_external_id": "C-1", "day": "2013-01-01", "activity": "visit", "amount": "1"})
        }
        "/v1/quotas:batch" => json!({"salesperson_external_id": "S-1", "period_start": "2013-01-01", "amount": "1"}),
        "/v1/fx-rates:batch" => json!({"currency": "USD", "day": "2013-01-01", "rate": "1"}),
        _ => {
            json!({"external_id": "L", "order_id": "O", "day": "2013-01-01", "customer_external_id": "C-1", "product_external_id": "P-1", "quantity": "1", "unit_price": "1", "net": "1"})
        }
    };
    for path in [
        "/v1/receivables:batch",
        "/v1/payments:batch",
        "/v1/costs-to-serve:batch",
        "/v1/quotas:batch",
        "/v1/fx-rates:batch",
        "/v1/sales-lines:batch",
    ] {
        let sample = good(path);
        for (name, value) in sample.as_object().unwrap() {
            let text = value.as_str().unwrap();
            let others = if text == "1" {
                vec![huge.to_owned(), format!("-{huge}"), format!("0.{}1", "0".repeat(27))]
            } else if text.starts_with("2013") {
                vec!["+262142-12-31".into(), "-262143-01-01".into(), "0000-01-01".into(), "10000-01-01".into()]
            } else {
                vec!["x".repeat(100_000)]
            };
            for wrong in others {
                let mut bad = sample.clone();
                bad[name] = json!(wrong);
                let answer = admin.post(path, &json!([bad, sample])).await;
                assert_eq!(answer.status, 207, "{path} {name}: {}", answer.text);
                let batch = answer.json();
                let shown: String = wrong.chars().take(40).collect();
                assert_eq!(batch["items"][0]["outcome"], "error", "{path} {name} {shown}: {batch}");
                assert_ne!(batch["items"][1]["outcome"], "error", "{path} {name} {shown}: {batch}");
            }
        }
    }
}

#[actix_web::test]
async fn unknown_currencies_are_refused_with_what_is_meant_wherever_one_enters() {
    let (app, admin) = admin().await;
    for (text, meant) in [
        ("RMB", "CNY"),
        ("¥", "CNY"),
        ("$", "USD"),
        ("€", "EUR"),
        ("EURO", "EUR"),
        ("usd", "USD"),
        ("UKP", "GBP"),
        ("NTD", "TWD"),
        ("NIS", "ILS"),
    ] {
        let hint =
            |said: &Value| assert!(said.to_string().contains(&format!("did you mean {meant}?")), "{text}: {said}");
        hint(
            &app.operator()
                .post("/v1/tenants", &json!({"slug": "x", "name": "X", "base_currency": text}))
                .await
                .expect(400),
        );
        hint(&admin.post("/v1/customers", &json!({"name": "X", "currency": text})).await.expect(400));
        let money = json!({"code": "limit", "label": {"en": "L", "zh": "限"}, "type": "money", "unit": text});
        hint(&admin.post("/v1/attribute-definitions", &money).await.expect(422));
        let rate = json!([{"currency": text, "day": "2013-01-01", "rate": "1"}]);
        hint(&admin.post("/v1/fx-rates:batch", &rate).await.expect(207));
        let line = json!([{"external_id": "L", "order_id": "O", "day": "2013-01-01", "customer_external_id": "C", "product_external_id": "P", "quantity": "1", "unit_price": "1", "net": "1", "currency": text}]);
        hint(&admin.post("/v1/sales-lines:batch", &line).await.expect(207));
        let bill = json!([{"external_id": "R", "customer_external_id": "C", "invoiced_on": "2013-01-01", "due_on": "2013-02-01", "amount": "1", "currency": text}]);
        hint(&admin.post("/v1/receivables:batch", &bill).await.expect(207));
        let import =
            admin.import("customers", format!("external_id,name,currency\n1,A,{text}\n2,B,EUR\n").into_bytes()).await;
        assert_eq!(
            (&import["counts"]["errors"], &import["counts"]["created"].as_i64().map(|n| n <= 1)),
            (&json!(1), &Some(true))
        );
        let errors = admin.get(&format!("/v1/imports/{}/errors", import["id"].as_str().unwrap())).await.expect(200);
        hint(&errors);
        let graph =
            "mutation($c: Currency!) { createCustomer(input: {name: \"X\", currency: $c}) { userErrors { code } } }";
        hint(&admin.graphql(graph, json!({"c": text})).await.json());
    }
    let old = json!({"slug": "x", "name": "X", "base_currency": "DEM"});
    let withdrawn = app.operator().post("/v1/tenants", &old).await.expect(422);
    assert_eq!(problems(&withdrawn["errors"]), [("/base_currency", "withdrawn")]);
    assert!(withdrawn["errors"][0]["detail"].as_str().unwrap().contains("EUR"), "{withdrawn}");
    admin.batch("/v1/fx-rates:batch", &json!([{"currency": "DEM", "day": "2001-01-01", "rate": "0.5113"}])).await;
}

#[actix_web::test]
async fn a_currency_that_was_taken_before_the_list_stays_readable() {
    let (app, admin) = admin().await;
    let made = admin.post("/v1/customers", &json!({"name": "Old", "currency": "EUR"})).await.expect(201);
    let mut superuser = app.database.superuser().await;
    sqlx::query("update customers set currency = 'RMB'").execute(&mut superuser).await.unwrap();
    let path = format!("/v1/customers/{}", made["id"].as_str().unwrap());
    assert_eq!(admin.get(&path).await.expect(200)["currency"], "RMB");
    assert_eq!(admin.get("/v1/customers").await.expect(200)["items"][0]["currency"], "RMB");
}

#[actix_web::test]
async fn a_row_of_a_file_that_cannot_be_stored_sinks_no_other_whatever_its_kind() {
    let (_app, admin) = admin().await;
    admin.define(&[("note", "text")]).await;
    admin.import("salespeople", b"external_id,name\nS-1,Li Na\n".to_vec()).await;
    admin.import("products", b"external_id,name\nP-1,Pump\n".to_vec()).await;
    admin.import("customers", b"external_id,name\nC-1,One\n".to_vec()).await;
    for (kind, header, good) in [
        (
            "customers",
            "external_id,name,industry,parent_id,tags,external_id.erp,attributes.note",
            "C-2,Two,pumps,C-1,a;b,E-2,hi",
        ),
        ("products", "external_id,name,category,subcategory", "P-2,Pump,pumps,small"),
        ("salespeople", "external_id,name,region", "S-2,Olu,North"),
        (
            "sales_lines",
            "external_id,order_id,order_date,customer_id,product_id,salesperson_id,quantity,net_amount",
            "L-1,O-1,2013-01-01,C-1,P-1,S-1,1,1",
        ),
        (
            "receivables",
            "external_id,customer_id,invoiced_on,due_on,amount,currency",
            "R-1,C-1,2013-01-01,2013-02-01,1,EUR",
        ),
        ("payments", "external_id,customer_id,paid_on,amount,currency,receivable_id", "Z-1,C-1,2013-01-01,1,EUR,R-1"),
        ("costs_to_serve", "external_id,customer_id,day,activity,amount", "K-1,C-1,2013-01-01,visit,1"),
        ("quotas", "salesperson_id,period_start,quota", "S-1,2013-01-01,1"),
    ] {
        let fields: Vec<&str> = good.split(',').collect();
        let mut rows = vec![header.to_owned()];
        for place in 0..fields.len() {
            let mut bad: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
            bad[place] = format!("{}\0", bad[place]);
            rows.push(bad.join(","));
        }
        rows.push(good.to_owned());
        let import = admin.import(kind, rows.join("\n").into_bytes()).await;
        assert_eq!(import["job"]["state"], "completed", "{kind}: {import}");
        let counts = (&import["counts"]["created"], &import["counts"]["errors"]);
        assert_eq!(counts, (&json!(1), &json!(fields.len())), "{kind}: {import}");
        let path = format!("/v1/imports/{}/errors", import["id"].as_str().unwrap());
        let errors = admin.get(&path).await.expect(200);
        assert_eq!(errors["items"].as_array().unwrap().len(), fields.len(), "{kind}: {errors}");
    }
    let json = "{\"external_id\": \"N-1\", \"name\": \"a\\u0000\"}\n{\"external_id\": \"N-2\", \"na\\u0000me\": \"b\"}\n{\"external_id\": \"N-3\", \"name\": \"c\"}\n";
    let request =
        admin.request(Method::POST, "/v1/imports?kind=customers").header("Content-Type", "application/x-ndjson");
    let import = admin.send(request.body(json)).await.expect(202);
    assert_eq!(admin.finished(import["job"]["id"].as_str().unwrap()).await["state"], "completed");
    let import = admin.get(&format!("/v1/imports/{}", import["id"].as_str().unwrap())).await.expect(200);
    assert_eq!((&import["counts"]["created"], &import["counts"]["errors"]), (&json!(1), &json!(2)), "{import}");
    let header = admin.import("customers", b"external_id,na\0me\n1,a\n".to_vec()).await;
    assert_eq!(
        (&header["job"]["state"], header["job"]["problem"]["code"].is_string()),
        (&json!("failed"), true),
        "{header}"
    );
}

#[actix_web::test]
async fn a_token_whose_subject_cannot_be_kept_is_none() {
    use fenji::tenancy::Actor;
    let app = spawn_app().await;
    let tenant = app.tenant("acme").await;
    let nobody = app.client_of(&Actor::with_role("a\0b", tenant, Role::Admin, "test"), Role::Admin);
    nobody.post("/v1/customers", &json!({"name": "x"})).await.expect(401);
}
