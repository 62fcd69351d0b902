//! Row level security: two tenants with the same external ids never see each other, also where the SQL forgets the tenant.

use fenji::tenancy::{Actor, Role};
use sqlx::{AssertSqlSafe, Row};

use super::operations::{Needs, OPERATIONS};
use super::world::{World, digest, tenant_tables};
use crate::support::{TestApp, spawn_app};

/// Tables whose rows the app role cannot move to another tenant, policies or not.
const APPEND_ONLY: [&str; 4] = ["audit_details", "audit_entries", "customer_changes", "import_refused_rows"];

/// Lists of what the query names.
const NOTHING_WITHOUT_A_QUERY: [&str; 2] = ["compareGeMappings", "listGeMovers"];

fn actor(world: &World) -> Actor {
    Actor::with_role("test", world.tenant, Role::Admin, "test")
}

async fn two_worlds(app: &TestApp) -> (World, World) {
    (World::build(app, "one").await, World::build(app, "two").await)
}

#[actix_web::test]
async fn lists_of_tenants_with_the_same_external_ids_never_mix() {
    let app = spawn_app().await;
    let (one, two) = two_worlds(&app).await;
    let lists = OPERATIONS.iter().filter(|operation| {
        let is_list = operation.method == "GET" && !operation.path.contains('{');
        is_list && matches!(operation.needs, Needs::The(needed) if Role::Admin.permissions().contains(&needed))
    });
    let mut seen = 0;
    for operation in lists {
        for (own, other) in [(&one, &two), (&two, &one)] {
            let answer = match NOTHING_WITHOUT_A_QUERY.contains(&operation.id) {
                true => operation.try_rest(&own.admin, &own.ids).await,
                false => own.admin.get(operation.path).await,
            };
            assert_eq!(answer.status, 200, "{}: {}", operation.id, answer.text);
            let foreign = other.ids.iter().find(|(_, id)| answer.text.contains(id.as_str()));
            assert_eq!(foreign, None, "{} shows another tenant's", operation.id);
            assert!(!answer.text.contains(&other.tenant.to_string()), "{}", operation.id);
            seen += own.ids.values().filter(|id| answer.text.contains(id.as_str())).count();
        }
    }
    assert!(seen > 30, "{seen}");
    for world in [&one, &two] {
        for (path, rows) in [
            ("customers", 2),
            ("products", 2),
            ("salespeople", 2),
            ("sales-lines", 72),
            ("payments", 2),
            ("receivables", 2),
            ("costs-to-serve", 2),
            ("quotas", 1),
        ] {
            let list = world.admin.get(&format!("/v1/{path}?limit=500")).await.expect(200);
            assert_eq!(list["items"].as_array().unwrap().len(), rows, "{path}");
        }
    }
}

#[actix_web::test]
async fn a_statement_that_forgets_the_tenant_sees_one_tenant() {
    let app = spawn_app().await;
    let (one, two) = two_worlds(&app).await;
    let mut superuser = app.database.superuser().await;
    let tables = tenant_tables(&mut superuser).await;
    for world in [&one, &two] {
        let stored = digest(&mut superuser, world.tenant).await;
        for table in &tables {
            let sql = format!("select count(*), count(*) filter (where tenant_id <> $1) from {table}");
            let (rows, foreign): (i64, i64) = app
                .state
                .db
                .read(&actor(world), async |tx| {
                    let count = sqlx::query_as(AssertSqlSafe(sql)).bind(world.tenant.0);
                    Ok(count.fetch_one(&mut *tx.conn().await?).await?)
                })
                .await
                .unwrap();
            assert_eq!((rows, foreign), (stored[table].0, 0), "{table}");
        }
        let slugs: Vec<String> = app
            .state
            .db
            .read(&actor(world), async |tx| {
                Ok(sqlx::query_scalar("select slug from tenants").fetch_all(&mut *tx.conn().await?).await?)
            })
            .await
            .unwrap();
        assert_eq!(slugs.len(), 1);
    }
}

#[actix_web::test]
async fn a_row_of_another_tenant_cannot_be_written() {
    let app = spawn_app().await;
    let (one, two) = two_worlds(&app).await;
    let mut superuser = app.database.superuser().await;
    let before = digest(&mut superuser, two.tenant).await;
    for table in tenant_tables(&mut superuser).await {
        if before[&table].0 == 0 {
            assert!(["import_chunks", "import_parents"].contains(&table.as_str()), "no row of {table} to try with");
            continue;
        }
        let forged = format!(
            "insert into {table} select (jsonb_populate_record(t, jsonb_build_object('tenant_id', $1))).* from {table} t limit 1"
        );
        let moved = format!("update {table} set tenant_id = $1");
        for sql in [forged, moved] {
            if APPEND_ONLY.contains(&table.as_str()) && sql.starts_with("update") {
                continue;
            }
            assert_eq!(refusal(&app, &one, &two, &sql).await, denial(&table), "{sql}");
        }
        let taken = format!("delete from {table} where tenant_id = $1");
        if table != "audit_entries" {
            // Rows that are never deleted cannot be.
            let denied = format!("permission denied for table {table}");
            let answer = refusal(&app, &one, &two, &taken).await;
            assert!(answer == "0 rows" || answer == denied, "{taken}: {answer}");
        }
    }
    let renamed = "update tenants set name = 'Mine' where id = $1";
    assert_eq!(refusal(&app, &one, &two, renamed).await, "0 rows");
    assert_eq!(digest(&mut superuser, two.tenant).await, before);
}

fn denial(table: &str) -> String {
    format!("new row violates row-level security policy for table \"{table}\"")
}

/// What Postgres answers to a statement of one tenant that names the other as `$1`.
async fn refusal(app: &TestApp, by: &World, of: &World, sql: &str) -> String {
    let outcome = app
        .state
        .db
        .write(&actor(by), async |tx| {
            let statement = sqlx::query(AssertSqlSafe(sql)).bind(of.tenant.0);
            Ok(statement.execute(&mut *tx.conn().await?).await)
        })
        .await
        .unwrap();
    match outcome {
        Ok(done) => format!("{} rows", done.rows_affected()),
        Err(error) => error.as_database_error().unwrap().message().to_owned(),
    }
}

/// The setting ends with the transaction: the pool's next user of a connection starts without a tenant.
#[actix_web::test]
async fn a_connection_forgets_its_tenant() {
    let app = spawn_app().await;
    let world = World::build(&app, "one").await;
    let nobody = app.tenant("two").await;
    let customers = async |actor: &Actor| -> (i64, String) {
        let row = app.state.db.read(actor, async |tx| {
            let sql = "select count(*) as rows, current_setting('app.salesperson_id') as salesperson from customers";
            Ok(sqlx::query(sql).fetch_one(&mut *tx.conn().await?).await?)
        });
        let row = row.await.unwrap();
        (row.get("rows"), row.get("salesperson"))
    };
    let mut salesperson = Actor::with_role("test", world.tenant, Role::Salesperson, "test");
    salesperson.salesperson = Some(world.salesperson());
    let empty = Actor::with_role("test", nobody, Role::Admin, "test");
    for _ in 0..20 {
        assert_eq!(customers(&salesperson).await, (1, world.ids["salesperson"].clone()));
        assert_eq!(customers(&actor(&world)).await, (4, String::new()));
        assert_eq!(customers(&empty).await, (0, String::new()));
    }
    let mut bare = <sqlx::PgConnection as sqlx::Connection>::connect(&app.database.app_url()).await.unwrap();
    for table in tenant_tables(&mut app.database.superuser().await).await {
        let sql = AssertSqlSafe(format!("select count(*) from {table}"));
        let rows: i64 = sqlx::query_scalar(sql).fetch_one(&mut bare).await.unwrap();
        assert_eq!(rows, 0, "{table} without a tenant");
    }
}
