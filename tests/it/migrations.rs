//! The schema keeps tenants apart, also from a statement that forgets the tenant.

use sqlx::Row;

use crate::support::TestDatabase;

/// Tables without a tenant: the tenants themselves, the queues of ids, sqlx's own.
const PLATFORM: [&str; 6] =
    ["tenants", "job_queue", "webhook_queue", "grading_schedule_queue", "grade_override_queue", "_sqlx_migrations"];

#[actix_web::test]
async fn every_tenant_table_forces_row_level_security() {
    let database = TestDatabase::create().await;
    let mut conn = database.superuser().await;
    let rows = sqlx::query(
        "select c.relname::text as name, c.relrowsecurity and c.relforcerowsecurity as forced,
                (select count(*) from pg_policy p where p.polrelid = c.oid and p.polpermissive) as policies,
                pg_get_userbyid(c.relowner)::text as owner
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'public' and c.relkind in ('r', 'p') order by 1",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert!(rows.len() > 20);
    for row in rows {
        let name: String = row.get("name");
        assert_eq!(row.get::<String, _>("owner"), "fenji_owner", "{name}");
        if !PLATFORM.contains(&name.as_str()) {
            assert!(row.get::<bool, _>("forced"), "{name} does not force row level security");
            assert_eq!(row.get::<i64, _>("policies"), 1, "{name}");
        }
    }
}

#[actix_web::test]
async fn keys_and_references_begin_with_the_tenant() {
    let database = TestDatabase::create().await;
    let mut conn = database.superuser().await;
    let wrong: Vec<String> = sqlx::query_scalar(
        "select k.conrelid::regclass || '.' || k.conname from pg_constraint k
         join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
         join pg_namespace n on n.oid = k.connamespace
         where n.nspname = 'public' and k.contype in ('p', 'u', 'f') and a.attname <> 'tenant_id'
           and k.conrelid::regclass::text <> all($1)",
    )
    .bind(PLATFORM.map(str::to_owned).to_vec())
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert_eq!(wrong, Vec::<String>::new());
}

#[actix_web::test]
async fn no_view_or_function_goes_around_the_policies() {
    let database = TestDatabase::create().await;
    let mut conn = database.superuser().await;
    let views: i64 = sqlx::query_scalar(
        "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'public' and c.relkind in ('v', 'm')
           and not coalesce(c.reloptions::text like '%security_invoker=true%', false)",
    )
    .fetch_one(&mut conn)
    .await
    .unwrap();
    let definers: i64 = sqlx::query_scalar(
        "select count(*) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where n.nspname = 'public' and p.prosecdef",
    )
    .fetch_one(&mut conn)
    .await
    .unwrap();
    assert_eq!((views, definers), (0, 0));
}

#[actix_web::test]
async fn the_app_role_cannot_rewrite_the_audit_log() {
    let database = TestDatabase::create().await;
    let mut conn = database.superuser().await;
    let granted: Vec<String> = sqlx::query_scalar(
        "select privilege_type::text from information_schema.role_table_grants
         where grantee = 'fenji_app' and table_name = 'audit_entries' order by 1",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert_eq!(granted, ["INSERT", "SELECT"]);
    let details: Vec<String> = sqlx::query_scalar(
        "select privilege_type::text from information_schema.role_table_grants
         where grantee = 'fenji_app' and table_name = 'audit_details' order by 1",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert_eq!(details, ["DELETE", "INSERT", "SELECT"]);
}

/// Results have no reference to their run, which would be checked for each of them: a run stays.
#[actix_web::test]
async fn the_app_role_cannot_delete_a_run() {
    let database = TestDatabase::create().await;
    let mut conn = database.superuser().await;
    let granted: Vec<String> = sqlx::query_scalar(
        "select privilege_type::text from information_schema.role_table_grants
         where grantee = 'fenji_app' and table_name = 'grading_runs' order by 1",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert_eq!(granted, ["INSERT", "SELECT", "UPDATE"]);
}

/// Entries of the history are appended; they move where two customers become one, and go where one is erased.
#[actix_web::test]
async fn the_app_role_cannot_rewrite_the_history_of_dossiers() {
    let database = TestDatabase::create().await;
    let mut conn = database.superuser().await;
    let granted: Vec<String> = sqlx::query_scalar(
        "select privilege_type || coalesce(' of ' || column_name, '') from (
             select privilege_type::text, null as column_name from information_schema.role_table_grants
             where grantee = 'fenji_app' and table_name = 'customer_changes'
             union all
             select privilege_type::text, column_name::text from information_schema.role_column_grants
             where grantee = 'fenji_app' and table_name = 'customer_changes' and privilege_type = 'UPDATE') g
         order by 1",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert_eq!(granted, ["DELETE", "INSERT", "SELECT", "UPDATE of customer_id", "UPDATE of seq"]);
}
