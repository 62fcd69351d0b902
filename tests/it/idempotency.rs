//! Requests with a key: however often and however close together they are sent, and whatever dies in between, each has
//! its effect once and one answer.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use fenji::tenancy::Role;
use futures::future::join_all;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};

use crate::support::{Answer, Client, TestApp, spawn_app};

const CUSTOMERS: &str = "/v1/customers";

async fn acme() -> (TestApp, Client) {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    (app, admin)
}

fn keyed(client: &Client, path: &str, key: &str, body: &Value) -> RequestBuilder {
    client.request(Method::POST, path).header("Idempotency-Key", key).json(body)
}

async fn post(client: &Client, path: &str, key: &str, body: &Value) -> Answer {
    client.send(keyed(client, path, key, body)).await
}

fn pump() -> Value {
    json!({"name": "Pumpen AG", "external_ids": [{"system": "crm", "external_id": "C-1"}]})
}

/// What a client sees of an answer, but for whether it was given before.
fn seen(answer: &Answer) -> (u16, String, String, String, String) {
    let header = |name| answer.header(name).to_owned();
    (answer.status, header("location"), header("etag"), header("content-type"), answer.text.clone())
}

async fn customers(client: &Client) -> usize {
    client.get(CUSTOMERS).await.expect(200)["items"].as_array().unwrap().len()
}

async fn kept(app: &TestApp) -> i64 {
    let mut superuser = app.database.superuser().await;
    sqlx::query_scalar("select count(*) from idempotency_keys").fetch_one(&mut superuser).await.unwrap()
}

#[actix_web::test]
async fn the_same_request_gets_the_same_answer_and_another_none() {
    let (app, admin) = acme().await;
    let first = post(&admin, CUSTOMERS, "k1", &pump()).await;
    assert_eq!((first.status, first.header("idempotency-replayed")), (201, ""));
    let again = post(&admin, CUSTOMERS, "k1", &pump()).await;
    assert_eq!((seen(&again), again.header("idempotency-replayed")), (seen(&first), "true"));
    assert!(!first.header("location").is_empty() && first.header("etag") == "\"1\"");
    assert_ne!(first.header("x-request-id"), again.header("x-request-id"));
    assert_eq!(customers(&admin).await, 1);

    let other = json!({"name": "Pumpen GmbH"});
    for (path, body) in [(CUSTOMERS, &other), ("/v1/customers?x=1", &pump()), ("/v1/customers:batch", &json!([]))] {
        let refused = post(&admin, path, "k1", body).await;
        assert_eq!(refused.header("idempotency-replayed"), "");
        assert_eq!(refused.expect(422)["code"], "idempotency_key_reused", "{path}");
    }
    assert_eq!(customers(&admin).await, 1);
    // The key is the actor's own: another person's, or another tenant's, is another key.
    let colleague = app.with_token(&token_of_colleague(&app, &admin).await);
    assert_eq!(post(&colleague, CUSTOMERS, "k1", &other).await.status, 201);
    let stranger = app.client(app.tenant("other").await, Role::Admin);
    assert_eq!(post(&stranger, CUSTOMERS, "k1", &pump()).await.status, 201);
    assert_eq!((customers(&admin).await, customers(&stranger).await), (2, 1));
}

/// Somebody else of the tenant.
async fn token_of_colleague(_: &TestApp, admin: &Client) -> String {
    let key = json!({"name": "CRM", "scopes": ["customers:read", "customers:write"]});
    admin.post("/v1/api-keys", &key).await.expect(201)["secret"].as_str().unwrap().to_owned()
}

/// Fifty at once; the answers, and how many of them were given before.
async fn fifty(clients: &[&Client], key: &str) -> (BTreeSet<(u16, String, String, String, String)>, usize) {
    let body = json!({"name": "Pumpen AG"});
    let requests = (0..50).map(|n| post(clients[n % clients.len()], CUSTOMERS, key, &body));
    let answers = join_all(requests).await;
    let again = answers.iter().filter(|answer| answer.header("idempotency-replayed") == "true").count();
    (answers.iter().map(seen).collect(), again)
}

#[actix_web::test]
async fn fifty_requests_at_once_make_one_row_and_fifty_equal_answers() {
    let (_app, admin) = acme().await;
    let (answers, again) = fifty(&[&admin], "k1").await;
    assert_eq!((answers.len(), again, customers(&admin).await), (1, 49, 1), "{answers:?}");
    assert_eq!(answers.first().unwrap().0, 201);
}

#[actix_web::test]
async fn fifty_requests_at_two_servers_make_one_row_too() {
    let (app, admin) = acme().await;
    let other = admin.at(&app.sibling().await);
    let (answers, again) = fifty(&[&admin, &other], "k1").await;
    assert_eq!((answers.len(), again, customers(&other).await), (1, 49, 1), "{answers:?}");
}

/// A lock under which no customer is written until it is dropped.
async fn hold_customers(app: &TestApp) -> PgConnection {
    let mut superuser = app.database.superuser().await;
    superuser.execute("begin; lock table customers in share mode").await.unwrap();
    superuser
}

#[actix_web::test]
async fn while_the_first_is_at_work_the_others_wait_and_are_then_told_to_come_back() {
    let (app, admin) = acme().await;
    for at in [admin.clone(), admin.at(&app.sibling().await)] {
        let name = json!({"name": "Pumpen AG"});
        let before = customers(&admin).await;
        let key = format!("k{before}");
        let held = hold_customers(&app).await;
        let (one, two) = (Box::pin(post(&admin, CUSTOMERS, &key, &name)), Box::pin(post(&at, CUSTOMERS, &key, &name)));
        let (told, working) = futures::future::select(one, two).await.factor_first();
        assert_eq!(told.header("retry-after"), "1");
        assert_eq!(told.expect(409)["code"], "request_in_progress");
        held.close().await.unwrap();
        let done = working.await;
        assert_eq!((done.status, done.header("idempotency-replayed")), (201, ""));
        assert_eq!(seen(&post(&at, CUSTOMERS, &key, &name).await), seen(&done));
        assert_eq!(customers(&admin).await, before + 1);
    }
}

/// A request, sent by hand so that nobody reads the answer.
fn send_and_do_not_read(app: &TestApp, token: &str, key: &str, body: &Value) -> TcpStream {
    let mut stream = TcpStream::connect(app.url.trim_start_matches("http://")).unwrap();
    let body = body.to_string();
    let head = format!(
        "POST {CUSTOMERS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nIdempotency-Key: {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    stream
}

#[actix_web::test]
async fn an_answer_that_nobody_read_is_given_again() {
    let (app, admin) = acme().await;
    let token = token_of_colleague(&app, &admin).await;
    let stream = send_and_do_not_read(&app, &token, "k1", &pump());
    while customers(&admin).await == 0 {
        tokio::task::yield_now().await;
    }
    drop(stream);
    let again = post(&app.with_token(&token), CUSTOMERS, "k1", &pump()).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, "true"));
    assert_eq!(again.json()["external_ids"][0]["external_id"], "C-1");
    assert_eq!(customers(&admin).await, 1);
}

#[actix_web::test]
async fn a_connection_that_dies_before_the_commit_leaves_nothing() {
    let (app, admin) = acme().await;
    let held = hold_customers(&app).await;
    let token = token_of_colleague(&app, &admin).await;
    let _stream = send_and_do_not_read(&app, &token, "k1", &pump());
    let mut superuser = app.database.superuser().await;
    let victim = "select pg_terminate_backend(pid) from pg_stat_activity
                  where datname = current_database() and usename = 'fenji_app' and wait_event_type = 'Lock'";
    while superuser.execute(victim).await.unwrap().rows_affected() == 0 {
        tokio::task::yield_now().await;
    }
    held.close().await.unwrap();
    let again = post(&app.with_token(&token), CUSTOMERS, "k1", &pump()).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, ""));
    assert_eq!(customers(&admin).await, 1);
}

#[actix_web::test]
async fn what_says_something_about_the_data_is_kept_and_what_decides_nothing_is_not() {
    let (app, admin) = acme().await;
    post(&admin, CUSTOMERS, "first", &pump()).await.expect(201);
    for (key, path, body, status) in [
        ("taken", CUSTOMERS, pump(), 409),
        ("bad", CUSTOMERS, json!({"name": ""}), 422),
        ("gone", "/v1/grading-runs", json!({"scale_code": "none", "as_of": "2013-12", "selection": {"all": {}}}), 422),
    ] {
        let first = post(&admin, path, key, &body).await;
        let again = post(&admin, path, key, &body).await;
        assert!(first.status == status || first.status == 404, "{}", first.text);
        assert_eq!((seen(&again), again.header("idempotency-replayed")), (seen(&first), "true"));
    }
    let rows = kept(&app).await;
    let viewer = app.client(app.tenant("other").await, Role::Viewer);
    for (who, path, body, status) in [
        (&admin, CUSTOMERS, json!({"name": "x", "colour": "red"}), 400),
        (&admin, "/v1/nowhere", json!({}), 404),
        (&viewer, CUSTOMERS, pump(), 403),
        (&app.operator(), CUSTOMERS, pump(), 403),
        (&app.anonymous(), CUSTOMERS, pump(), 401),
    ] {
        for _ in 0..2 {
            let answer = post(who, path, "open", &body).await;
            assert_eq!((answer.status, answer.header("idempotency-replayed")), (status, ""), "{path}");
        }
    }
    assert_eq!(kept(&app).await, rows);
    // What was refused so far was not done, and may be done under the same key.
    assert_eq!(post(&admin, CUSTOMERS, "open", &json!({"name": "x"})).await.status, 201);
    for bad in ["", &"x".repeat(256), "a\tb"] {
        assert_eq!(post(&admin, CUSTOMERS, bad, &json!({"name": "x"})).await.status, 400, "{bad:?}");
    }
    let twice = keyed(&admin, CUSTOMERS, "a", &pump()).header("Idempotency-Key", "b");
    assert_eq!(admin.send(twice).await.status, 400);
}

#[actix_web::test]
async fn an_answer_is_kept_for_a_day_and_sealed_until_then() {
    let (app, admin) = acme().await;
    let operator = app.operator();
    let tenant = json!({"slug": "newcomer", "name": "Newcomer", "base_currency": "EUR"});
    let made = post(&operator, "/v1/tenants", "k1", &tenant).await;
    assert_eq!(seen(&post(&operator, "/v1/tenants", "k1", &tenant).await), seen(&made));
    let key = json!({"name": "Secret", "scopes": ["customers:read"]});
    let secret = post(&admin, "/v1/api-keys", "k1", &key).await;
    let again = post(&admin, "/v1/api-keys", "k1", &key).await;
    assert_eq!((again.status, again.json()["secret"].as_str()), (201, secret.json()["secret"].as_str()));
    assert_eq!(admin.get("/v1/api-keys").await.expect(200)["items"].as_array().unwrap().len(), 1);
    let mut superuser = app.database.superuser().await;
    let rows: Vec<(String, String)> =
        sqlx::query_as("select encode(answer, 'escape'), t::text from idempotency_keys t")
            .fetch_all(&mut superuser)
            .await
            .unwrap();
    assert!(rows.len() == 2 && rows.iter().all(|(answer, row)| !format!("{answer}{row}").contains("fenji_")));

    app.clock.advance(Duration::from_secs(24 * 3600 - 60));
    assert_eq!(app.state.db.forget_answers().await.unwrap(), 0);
    app.clock.advance(Duration::from_secs(60));
    let admin = app.client(rows_tenant(&mut superuser).await, Role::Admin);
    let anew = post(&admin, "/v1/api-keys", "k1", &key).await;
    assert_eq!((anew.status, anew.header("idempotency-replayed")), (201, ""));
    assert_ne!(anew.json()["secret"], secret.json()["secret"]);
    // The tenant's was replaced, the operator's is left to be forgotten.
    assert_eq!((kept(&app).await, app.state.db.forget_answers().await.unwrap(), kept(&app).await), (2, 1, 1));
}

async fn rows_tenant(superuser: &mut PgConnection) -> fenji::values::TenantId {
    let sql = "select tenant_id from idempotency_keys where tenant_id in (select id from tenants)";
    fenji::values::TenantId(sqlx::query_scalar(sql).fetch_one(superuser).await.unwrap())
}

#[actix_web::test]
async fn graphql_mutations_are_done_once_and_together() {
    let (app, admin) = acme().await;
    let query = "mutation($name: String!) {
        one: createCustomer(input: {name: $name}) { customer { id name grade { grade } } userErrors { code } }
        two: upsertProduct(input: {externalId: \"P-1\", name: \"Pump\"}) { product { externalId } userErrors { code } } }";
    let body = json!({"query": query, "variables": {"name": "Pumpen AG"}});
    let first = post(&admin, "/graphql", "k1", &body).await;
    assert_eq!(first.json()["data"]["one"]["customer"]["name"], "Pumpen AG", "{}", first.text);
    let again = post(&admin, "/graphql", "k1", &body).await;
    assert_eq!((seen(&again), again.header("idempotency-replayed")), (seen(&first), "true"));
    let other = json!({"query": query, "variables": {"name": "Pumpen GmbH"}});
    assert_eq!(post(&admin, "/graphql", "k1", &other).await.expect(422)["code"], "idempotency_key_reused");
    assert_eq!((customers(&admin).await, kept(&app).await), (1, 1));
    // What only reads is not kept, and what cannot be read neither.
    for query in ["{ customers { nodes { name } } }", "mutation { nothing }", "mutation {"] {
        for _ in 0..2 {
            let answer = post(&admin, "/graphql", "read", &json!({"query": query})).await;
            assert_eq!(answer.header("idempotency-replayed"), "", "{query}");
        }
    }
    let (answers, again) = {
        let requests = (0..20).map(|_| post(&admin, "/graphql", "k2", &body));
        let answers = join_all(requests).await;
        let again = answers.iter().filter(|a| a.header("idempotency-replayed") == "true").count();
        (answers.iter().map(seen).collect::<BTreeSet<_>>(), again)
    };
    assert_eq!((answers.len(), again, customers(&admin).await), (1, 19, 2));
}

#[actix_web::test]
async fn a_large_upload_is_taken_once_and_told_from_another_to_its_last_byte() {
    let (_app, admin) = acme().await;
    let mut file = String::from("external_id,name\n");
    (0..60_000).for_each(|n| file.push_str(&format!("P-{n},Pump of the kind {n}\n")));
    assert!(file.len() > 1_500_000);
    let send = |file: &str| {
        let request = admin.request(Method::POST, "/v1/imports?kind=products").header("Content-Type", "text/csv");
        admin.send(request.header("Idempotency-Key", "k1").body(file.to_owned()))
    };
    let first = send(&file).await;
    let job = first.header("location").to_owned();
    let again = send(&file).await;
    assert_eq!((first.status, seen(&again), again.header("idempotency-replayed")), (202, seen(&first), "true"));
    let other = format!("{}9\n", file.trim_end());
    assert_eq!(send(&other).await.expect(422)["code"], "idempotency_key_reused");
    let job = admin.finished(job.rsplit('/').next().unwrap()).await;
    assert_eq!(job["result"]["created"], 60_000);
    assert_eq!(admin.get("/v1/imports").await.expect(200)["items"].as_array().unwrap().len(), 1);
}
