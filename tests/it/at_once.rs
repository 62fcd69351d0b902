//! What is done at once: loads that neither wait for one another nor deadlock, and changes that must wait.

use std::time::Duration;

use fenji::dossiers::{CustomerUpsert, Provenance, upsert_customers};
use fenji::tenancy::{Actor, Role};
use fenji::values::TenantId;
use futures::future::join;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use crate::support::{Answer, Client, TestApp, spawn_app};

/// Locks of dossiers, by what they hold.
const IDENTITIES: i32 = 7_262_911;
const CREATION: i32 = 7_262_912;

async fn admin() -> (TestApp, TenantId, Client) {
    let app = spawn_app().await;
    let tenant = app.tenant("acme").await;
    let admin = app.client(tenant, Role::Admin);
    (app, tenant, admin)
}

async fn customer(admin: &Client, external_id: &str) -> String {
    let made = admin.batch("/v1/customers:batch", &json!([{"external_id": external_id, "name": external_id}])).await;
    made["items"][0]["id"].as_str().unwrap().to_owned()
}

fn row(value: Value) -> CustomerUpsert {
    serde_json::from_value(value).unwrap()
}

/// Sends a request and waits until something waits for a lock, or the request is answered.
async fn asked(superuser: &mut PgConnection, request: reqwest::RequestBuilder) -> tokio::task::JoinHandle<Answer> {
    let sent = tokio::spawn(async move {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answer { status, headers, text: answer.text().await.unwrap() }
    });
    while !sent.is_finished() && !someone_waits(superuser).await {
        tokio::task::yield_now().await;
    }
    sent
}

async fn someone_waits(superuser: &mut PgConnection) -> bool {
    let sql = "select exists (select from pg_locks l join pg_stat_activity a on a.pid = l.pid
                              where not l.granted and a.datname = current_database())";
    sqlx::query_scalar(sql).fetch_one(superuser).await.unwrap()
}

/// Takes a lock of a tenant as another process would.
async fn take(connection: &mut PgConnection, lock: i32, tenant: TenantId) {
    sqlx::query("select pg_advisory_xact_lock($1, hashtext($2::text))")
        .bind(lock)
        .bind(tenant.0)
        .execute(connection)
        .await
        .unwrap();
}

#[actix_web::test]
async fn sales_come_in_while_their_customers_change() {
    let (app, tenant, admin) = admin().await;
    customer(&admin, "C").await;
    admin.batch("/v1/products:batch", &json!([{"external_id": "P", "name": "P"}])).await;
    let line = json!([{"external_id": "1", "order_id": "1", "day": "2013-01-01", "customer_external_id": "C",
                       "product_external_id": "P", "quantity": "1", "unit_price": "1", "net": "1"}]);
    let payment = json!([{"external_id": "1", "customer_external_id": "C", "paid_on": "2013-01-01", "amount": "1"}]);
    let actor = Actor::with_role("other", tenant, Role::Admin, "test");
    let changing = app.state.db.write(&actor, async |tx| {
        let rows = [row(json!({"external_id": "C", "city": "Kiel"}))];
        upsert_customers(tx, "default", &rows, Provenance::of(&actor)).await?;
        // The change is not committed yet, and nothing waits for it.
        let both = async {
            admin.batch("/v1/sales-lines:batch", &line).await;
            admin.batch("/v1/payments:batch", &payment).await;
        };
        tokio::time::timeout(Duration::from_secs(20), both).await.expect("a load waits for a change of its customer");
        Ok(())
    });
    changing.await.unwrap();
}

#[actix_web::test]
async fn customers_and_their_sales_load_at_once() {
    let (_app, _, admin) = admin().await;
    let customers = |name: &str| -> Vec<u8> {
        let rows: String = (0..1_500).map(|n| format!("C{n},{name} {n}\n")).collect();
        format!("external_id,name\n{rows}").into_bytes()
    };
    admin.import("customers", customers("Old")).await;
    admin.import("products", b"external_id,name\nP,Pump\n".to_vec()).await;
    let rows: String = (0..1_500).rev().map(|n| format!("L{n},O{n},2013-01-05,C{n},P,1,5\n")).collect();
    let sales = format!("external_id,order_id,order_date,customer_id,product_id,quantity,net_amount\n{rows}");
    let (renamed, sold) =
        join(admin.import("customers", customers("New")), admin.import("sales_lines", sales.into_bytes())).await;
    assert_eq!(renamed["counts"], json!({"created": 0, "updated": 1_500, "unchanged": 0, "errors": 0}));
    assert_eq!(sold["counts"], json!({"created": 1_500, "updated": 0, "unchanged": 0, "errors": 0}));
}

#[actix_web::test]
async fn two_moves_do_not_close_a_circle_together() {
    let (app, tenant, admin) = admin().await;
    let (a, b) = (customer(&admin, "A").await, customer(&admin, "B").await);
    let mut superuser = app.database.superuser().await;
    let actor = Actor::with_role("other", tenant, Role::Admin, "test");
    let patch = admin.request(Method::PATCH, &format!("/v1/customers/{b}")).json(&json!({"parent_id": a}));
    let below = row(json!({"external_id": "A", "parent_id": b}));
    let moving = app.state.db.write(&actor, async |tx| {
        upsert_customers(tx, "default", &[below], Provenance::of(&actor)).await?;
        Ok(asked(&mut superuser, patch).await)
    });
    let other = moving.await.unwrap().await.unwrap();
    assert_eq!(other.status, 422, "{}", other.text);
    assert_eq!(other.json()["errors"][0]["code"], "cycle");
}

#[actix_web::test]
async fn who_gets_a_parent_waits_for_a_merge() {
    let (app, tenant, admin) = admin().await;
    let (a, b) = (customer(&admin, "A").await, customer(&admin, "B").await);
    let mut superuser = app.database.superuser().await;
    let mut merging = app.database.superuser().await;
    let path = format!("/v1/customers/{b}");
    for request in [
        admin.request(Method::POST, "/v1/customers").json(&json!({"name": "Child", "parent_id": a})),
        admin.request(Method::PATCH, &path).json(&json!({"parent_id": a})),
    ] {
        let mut merge = merging.begin().await.unwrap();
        take(&mut merge, IDENTITIES, tenant).await;
        let waiting = asked(&mut superuser, request).await;
        assert!(!waiting.is_finished());
        merge.rollback().await.unwrap();
        assert!(waiting.await.unwrap().status < 300);
    }
}

#[actix_web::test]
async fn whose_an_id_is_is_asked_when_nobody_else_can_take_it() {
    let (app, tenant, admin) = admin().await;
    customer(&admin, "A").await;
    let b = customer(&admin, "B").await;
    let mut superuser = app.database.superuser().await;
    let mut other = app.database.superuser().await;
    let mut taking = other.begin().await.unwrap();
    take(&mut taking, CREATION, tenant).await;
    let request = admin.request(Method::POST, "/v1/imports?kind=customers").header("Content-Type", "text/csv");
    let file = "external_id,name,external_id.crm\nA,A,X\n";
    let import = admin.send(request.body(file)).await.expect(202);
    while !someone_waits(&mut superuser).await {
        let job = admin.get(&format!("/v1/jobs/{}", import["job"]["id"].as_str().unwrap())).await.expect(200);
        assert_ne!(job["state"], "completed");
    }
    sqlx::query("insert into customer_external_ids (tenant_id, system, external_id, customer_id) values ($1, 'crm', 'X', $2::uuid)")
        .bind(tenant.0)
        .bind(&b)
        .execute(&mut *taking)
        .await
        .unwrap();
    taking.commit().await.unwrap();
    let job = admin.finished(import["job"]["id"].as_str().unwrap()).await;
    assert_eq!(job["result"], json!({"created": 0, "updated": 0, "unchanged": 0, "errors": 1}));
}
