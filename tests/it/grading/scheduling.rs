//! Monthly runs, made by the clock.

use fenji::grading::start_due_runs;
use fenji::tenancy::Role;
use serde_json::{Value, json};

use super::{by_attribute, customers, fixed, published};
use crate::support::{problems, spawn_app_without_worker};

#[actix_web::test]
async fn a_monthly_run_is_made_once_however_many_workers_look() {
    let app = spawn_app_without_worker().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    customers(&admin, &[("a", json!({"points": "1"}))]).await;
    let scale = published(&admin, "one", &by_attribute("zero", &fixed())).await;
    let path = format!("/v1/grading-schedules/{scale}");
    let new = json!({"day_of_month": 31, "selection": {"all": {"without_lost": true}}});
    let set = admin.put(&path, &new).await.expect(200);
    assert_eq!((&set["due_at"], &set["last_run_id"]), (&json!("2014-01-31T00:00:00Z"), &Value::Null));
    let db = &app.state.db;
    let at = |time: &str| app.clock.set(time.parse().unwrap());
    at("2014-01-30T23:59:59Z");
    assert_eq!(start_due_runs(db).await.unwrap(), 0);
    at("2014-01-31T00:00:00Z");
    let made: Vec<usize> =
        futures::future::join_all((0..4).map(|_| start_due_runs(db))).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(made.iter().sum::<usize>(), 1, "{made:?}");
    assert_eq!(start_due_runs(db).await.unwrap(), 0);
    let superuser_count: i64 = sqlx::query_scalar(
        "select count(*) from grading_runs where as_of = '2013-12-01' and created_by = 'grading-schedule'",
    )
    .fetch_one(&mut app.database.superuser().await)
    .await
    .unwrap();
    assert_eq!(superuser_count, 1);
    // What was missed while nobody looked is made once, for the month before now.
    at("2014-05-10T00:00:00Z");
    assert_eq!((start_due_runs(db).await.unwrap(), start_due_runs(db).await.unwrap()), (1, 0));
    let admin = app.client(tenant_of(&app).await, Role::Admin);
    let runs_now = admin.get("/v1/grading-runs").await.expect(200)["items"].take();
    let months: Vec<_> = runs_now.as_array().unwrap().iter().map(|run| run["as_of"].as_str().unwrap()).collect();
    assert_eq!(months, ["2014-04", "2013-12"]);
    let now = admin.get(&path).await.expect(200);
    assert_eq!((&now["due_at"], &now["last_month"]), (&json!("2014-05-31T00:00:00Z"), &json!("2014-04")));
    assert_eq!(now["last_run_id"], runs_now[0]["id"]);
    let query = "query($id: ID!) { gradingSchedule(scaleId: $id) { dayOfMonth selection { all { withoutLost } } } gradingSchedules { nodes { scaleCode } } }";
    let graph = admin.data(query, json!({"id": scale})).await;
    assert_eq!(graph["gradingSchedule"], json!({"dayOfMonth": 31, "selection": {"all": {"withoutLost": true}}}));
    admin.delete(&path).await;
    admin.get(&path).await.expect(404);
    at("2014-06-30T00:00:00Z");
    assert_eq!(start_due_runs(db).await.unwrap(), 0);
}

#[actix_web::test]
async fn a_run_that_cannot_be_made_is_noted_and_due_again() {
    let app = spawn_app_without_worker().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    customers(&admin, &[("a", json!({"points": "1"}))]).await;
    let new = json!({"code": "draft", "name": {"en": "x", "zh": "x"}, "definition": by_attribute("zero", &fixed())});
    let scale = admin.post("/v1/scales", &new).await.expect(201)["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/grading-schedules/{scale}");
    let refused = admin.put(&path, &json!({"day_of_month": 0, "selection": {"all": {}}})).await.expect(422);
    assert_eq!(problems(&refused["errors"])[0].0, "/day_of_month");
    admin.put(&path, &json!({"day_of_month": 16, "selection": {"all": {}}})).await.expect(200);
    app.clock.set("2014-01-16T00:00:00Z".parse().unwrap());
    assert_eq!(start_due_runs(&app.state.db).await.unwrap(), 0);
    let admin = app.client(tenant_of(&app).await, Role::Admin);
    let noted = admin.get(&path).await.expect(200);
    assert_eq!((&noted["last_problem"]["code"], &noted["last_run_id"]), (&json!("conflict"), &Value::Null));
    assert_eq!(noted["due_at"], "2014-02-16T00:00:00Z");
    assert_eq!(admin.get("/v1/grading-runs").await.expect(200)["items"], json!([]));
}

async fn tenant_of(app: &crate::support::TestApp) -> fenji::values::TenantId {
    let id: uuid::Uuid = sqlx::query_scalar("select id from tenants where slug = 'acme'")
        .fetch_one(&mut app.database.superuser().await)
        .await
        .unwrap();
    fenji::values::TenantId(id)
}
