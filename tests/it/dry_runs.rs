//! What is only tried: answered as the real thing, and afterwards every row of every table is as before.

use std::collections::BTreeMap;

use fenji::tenancy::Role;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row};

use crate::support::{Client, TestApp, plain, spawn_app};

/// What a trial writes down about itself.
const OF_THE_TRIAL: [&str; 7] =
    ["imports", "import_errors", "import_refused_rows", "jobs", "job_queue", "audit_entries", "audit_details"];

async fn admin() -> (TestApp, Client) {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    (app, admin)
}

/// Every row of every table, but for those of the tables named.
async fn stored(app: &TestApp, but: &[&str]) -> BTreeMap<String, Vec<String>> {
    let mut db = app.database.superuser().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select relname::text from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace",
    )
    .fetch_all(&mut db)
    .await
    .unwrap();
    let mut stored = BTreeMap::new();
    for table in tables.into_iter().filter(|table| !but.contains(&table.as_str())) {
        // With where and by whom each row was written: the same text written again is seen.
        let sql = format!("select t.ctid::text || t.xmin::text || to_jsonb(t)::text as row from {table} t order by 1");
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut db).await.unwrap();
        stored.insert(table, rows.iter().map(|row| row.get("row")).collect());
    }
    stored
}

/// Sends a file and waits for its end.
async fn import(admin: &Client, query: &str, file: &str) -> Value {
    let request = admin.request(Method::POST, &format!("/v1/imports?{query}")).header("Content-Type", "text/csv");
    let import = admin.send(request.body(file.to_owned())).await.expect(202);
    let job = admin.finished(import["job"]["id"].as_str().unwrap()).await;
    assert_eq!(job["state"], "completed", "{job}");
    admin.get(&format!("/v1/imports/{}", import["id"].as_str().unwrap())).await.expect(200)
}

/// The counts of an import, its errors, and its refused rows.
async fn told(admin: &Client, import: &Value) -> (Value, Value, String) {
    let path = format!("/v1/imports/{}/errors", import["id"].as_str().unwrap());
    let errors = admin.get(&format!("{path}?limit=500")).await.expect(200)["items"].take();
    let refused = admin.get(&format!("{path}?rows=original")).await.text;
    (import["counts"].clone(), errors, refused)
}

/// Tries a file, then imports it; the counts of both.
async fn tried_and_done(app: &TestApp, admin: &Client, kind: &str, file: &str) -> Value {
    let before = stored(app, &OF_THE_TRIAL).await;
    let tried = import(admin, &format!("kind={kind}&dry_run=true"), file).await;
    assert_eq!((&tried["dry_run"], &tried["job"]["result"]), (&json!(true), &tried["counts"]), "{kind}");
    assert_eq!(stored(app, &OF_THE_TRIAL).await, before, "{kind}");
    let done = import(admin, &format!("kind={kind}"), file).await;
    assert_eq!(done["dry_run"], false);
    assert_eq!(told(admin, &tried).await, told(admin, &done).await, "{kind}");
    assert_eq!(tried["job"]["progress"], done["job"]["progress"], "{kind}");
    done["counts"].clone()
}

/// Three batches; what a row comes to hangs on rows of the batches before and behind.
#[actix_web::test]
async fn a_file_that_is_tried_comes_to_what_it_comes_to_when_it_is_imported() {
    let (app, admin) = admin().await;
    let endpoint = json!({"url": "https://hooks.test/in", "event_types": ["customer.created", "customer.updated", "import.completed"]});
    admin.post("/v1/webhook-endpoints", &endpoint).await.expect(201);
    admin.import("salespeople", b"external_id,name\nS1,Li\n".to_vec()).await;
    admin.import("customers", b"external_id,name,city\nC-1,Old,Kiel\nC-2,Customer 2,Ulm\n".to_vec()).await;

    let mut file = String::from("external_id,name,city,salesperson_id,parent_id,employees\n");
    for n in 1..=11_000 {
        let parent = match n {
            3 => "C-10999",
            4 => "C-nobody",
            5_500 => "C-10",
            _ => "",
        };
        let owner = if n == 6_000 { "S9" } else { "S1" };
        let employees = if n == 7_000 { "many" } else { "" };
        file.push_str(&format!("C-{n},Customer {n},Ulm,{owner},{parent},{employees}\n"));
    }
    // Once more, as it was and otherwise.
    file.push_str("C-20,Customer 20,Ulm,S1,,\nC-21,Customer 21,Bonn,S1,,\n");
    let counts = tried_and_done(&app, &admin, "customers", &file).await;
    assert_eq!(counts, json!({"created": 10_995, "updated": 3, "unchanged": 1, "errors": 3}));
    assert_eq!(
        tried_and_done(&app, &admin, "customers", &file).await["created"],
        0,
        "what is unchanged is unchanged when tried"
    );

    admin.import("products", b"external_id,name\nP1,Pump\n".to_vec()).await;
    let mut lines = String::from("external_id,order_date,customer_id,product_id,quantity,net_amount\n");
    for n in 1..=6_000 {
        let customer = if n == 5_555 { "C-none" } else { "C-1" };
        lines.push_str(&format!("L{},2013-01-05,{customer},P1,1,{}\n", n % 5_900, n / 5_900));
    }
    let counts = tried_and_done(&app, &admin, "sales_lines", &lines).await;
    assert_eq!(counts, json!({"created": 5_899, "updated": 100, "unchanged": 0, "errors": 1}));
    let receivables = "external_id,customer_id,invoiced_on,due_on,amount\nR1,C-1,2013-01-05,2013-02-05,5\nR2,C-1,2013-01-05,2013-01-04,5\n";
    let counts = tried_and_done(&app, &admin, "receivables", receivables).await;
    assert_eq!(counts, json!({"created": 1, "updated": 0, "unchanged": 0, "errors": 1}));

    let log = admin.get("/v1/audit-entries?limit=500").await.expect(200)["items"].take();
    let actions: Vec<&str> = log.as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    let count = |action| actions.iter().filter(|found| **found == action).count();
    assert_eq!((count("import.created"), count("import.tried"), count("import.completed")), (11, 4, 7));
}

#[actix_web::test]
async fn a_file_is_tried_in_graphql_too() {
    let (app, admin) = admin().await;
    let before = stored(&app, &OF_THE_TRIAL).await;
    let query = "mutation($input: CreateImportInput!) { createImport(input: $input) { import { id dryRun job { id } } userErrors { code } } }";
    let input = json!({"input": {"kind": "PRODUCTS", "dryRun": true, "content": "external_id,name\nP1,Pump\nP2,\n"}});
    let import = admin.data(query, input).await["createImport"]["import"].take();
    assert_eq!(import["dryRun"], true);
    admin.finished(&plain(&import["job"]["id"])).await;
    let query = "query($id: ID!) { import(id: $id) { dryRun counts { created errors } } }";
    let found = admin.data(query, json!({"id": import["id"]})).await;
    assert_eq!(found["import"], json!({"dryRun": true, "counts": {"created": 1, "errors": 1}}));
    assert_eq!(stored(&app, &OF_THE_TRIAL).await, before);
}

/// A customer without what differs from one writing to the next.
fn timeless(mut customer: Value) -> Value {
    for field in ["id", "created_at", "updated_at"] {
        customer[field].take();
    }
    customer
}

#[actix_web::test]
async fn a_single_write_that_is_tried_is_answered_and_not_stored() {
    let (app, admin) = admin().await;
    let endpoint = json!({"url": "https://hooks.test/in", "event_types": ["customer.created", "customer.updated"]});
    admin.post("/v1/webhook-endpoints", &endpoint).await.expect(201);
    let there = json!({"name": "Old", "external_ids": [{"system": "crm", "external_id": "C-1"}]});
    let id = admin.post("/v1/customers", &there).await.expect(201)["id"].as_str().unwrap().to_owned();
    let new = json!({"name": "New", "external_ids": [{"system": "crm", "external_id": "C-2"}]});
    let by_id = format!("/v1/customers/{id}");
    let writes = [
        (Method::POST, "/v1/customers", new.clone(), 201),
        (Method::POST, "/v1/customers", there.clone(), 409),
        (Method::POST, "/v1/customers", json!({"name": ""}), 422),
        (Method::PUT, "/v1/customers/by-external-id/crm/C-3", json!({"name": "Three"}), 201),
        (Method::PUT, "/v1/customers/by-external-id/crm/C-1", json!({"name": "Four"}), 200),
        (Method::PATCH, by_id.as_str(), json!({"city": "Kiel"}), 200),
        (Method::PATCH, by_id.as_str(), json!({"name": ""}), 422),
    ];
    for (method, path, body, status) in writes {
        let before = stored(&app, &[]).await;
        let send = async |query: &str| {
            let request = admin.request(method.clone(), &format!("{path}{query}"));
            admin.send(request.json(&body)).await.expect(status)
        };
        let tried = send("?dry_run=true").await;
        assert_eq!(stored(&app, &[]).await, before, "{method} {path}");
        let done = send("").await;
        if status < 300 {
            assert_eq!(timeless(tried), timeless(done), "{method} {path}");
        } else {
            assert_eq!((&tried["code"], &tried["errors"]), (&done["code"], &done["errors"]), "{method} {path}");
        }
    }
}

#[actix_web::test]
async fn single_writes_are_tried_in_graphql_too() {
    let (app, admin) = admin().await;
    let made = admin.post("/v1/customers", &json!({"name": "Old"})).await.expect(201);
    let before = stored(&app, &[]).await;
    for (field, input, name) in [
        ("createCustomer", json!({"name": "New", "dryRun": true}), "New"),
        ("updateCustomer", json!({"id": made["id"], "changes": {"name": "Newer"}, "dryRun": true}), "Newer"),
        ("upsertCustomer", json!({"customer": {"externalId": "C-9", "name": "Nine"}, "dryRun": true}), "Nine"),
    ] {
        let kind = format!("{}{}Input", field[..1].to_uppercase(), &field[1..]);
        let query = format!(
            "mutation($input: {kind}!) {{ {field}(input: $input) {{ customer {{ name }} userErrors {{ code }} }} }}"
        );
        let tried = admin.data(&query, json!({"input": input})).await[field].take();
        assert_eq!(tried, json!({"customer": {"name": name}, "userErrors": []}), "{field}");
        assert_eq!(stored(&app, &[]).await, before, "{field}");
    }
}
