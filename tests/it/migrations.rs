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

/// The scale that decided before there was a company scale becomes it: not one that was run and graded nobody.
#[actix_web::test]
async fn the_scale_that_decided_becomes_the_companys() {
    let database = TestDatabase::create().await;
    let mut conn = database.superuser().await;
    let stage = "
        insert into tenants (id, slug, name, base_currency, created_at, updated_at)
        select t, 't-' || t, 'T', 'EUR', now(), now() from unnest($1::uuid[]) t";
    let tenants = [1_u128, 2, 3].map(uuid::Uuid::from_u128);
    sqlx::query(stage).bind(tenants.as_slice()).execute(&mut conn).await.unwrap();
    // Of each tenant: ours, projects and, in the last, one that was never run; code, purpose, scope.
    let scales = [
        (1_u128, 1_u128, "ours", "existing_customers", "company"),
        (1, 2, "projects", "existing_customers", "company"),
        (1, 3, "mine", "existing_customers", "personal"),
        (1, 4, "hopes", "prospects", "company"),
        (2, 5, "first", "existing_customers", "company"),
        (2, 6, "second", "existing_customers", "company"),
        (3, 7, "draft", "existing_customers", "company"),
    ];
    for (tenant, id, code, purpose, scope) in scales {
        sqlx::query(
            "insert into scales (tenant_id, id, code, name_en, name_zh, purpose, created_by, created_at, scope, owner)
             values ($1, $2, $3, 'x', 'x', $4, 'me', now(), $5, case when $5 = 'personal' then 'me' end)",
        )
        .bind(uuid::Uuid::from_u128(tenant))
        .bind(uuid::Uuid::from_u128(id))
        .bind(code)
        .bind(purpose)
        .bind(scope)
        .execute(&mut conn)
        .await
        .unwrap();
        sqlx::query(
            "insert into scale_versions
                 (tenant_id, scale_id, number, state, definition, created_by, created_at, updated_at, published_at)
             values ($1, $2, 1, $3, '{}', 'me', now(), now(), case when $3 <> 'draft' then now() + $4 * interval '1 day' end)",
        )
        .bind(uuid::Uuid::from_u128(tenant))
        .bind(uuid::Uuid::from_u128(id))
        .bind(if code == "draft" { "draft" } else { "published" })
        .bind(i32::try_from(id).unwrap())
        .execute(&mut conn)
        .await
        .unwrap();
    }
    // Scale, month, whom it graded, and whether the month lay ahead.
    let runs = [
        (1_u128, "2013-11-01", 701, false),
        (2, "2013-12-01", 0, false),
        (3, "2013-12-01", 9, false),
        (2, "2035-01-01", 701, true),
    ];
    for (n, (scale, as_of, gradable, ahead)) in (1_u128..).zip(runs) {
        sqlx::query(
            "with job as (
                 insert into jobs (tenant_id, id, kind, state, params, created_by, request_id, created_at)
                 values ($1, $2, 'x', 'completed', '{}', 'me', 'x', now()) returning id)
             insert into grading_runs (tenant_id, id, job_id, scale_id, scale_version, as_of, selection, created_by,
                 created_at, completed_at, selected, gradable, provisional)
             select $1, $2, id, $3, 1, $4::date, '{}', 'me', now(), now(), $5, $5, $6 from job",
        )
        .bind(tenants[0])
        .bind(uuid::Uuid::from_u128(n))
        .bind(uuid::Uuid::from_u128(scale))
        .bind(as_of)
        .bind(gradable)
        .bind(ahead)
        .execute(&mut conn)
        .await
        .unwrap();
    }
    let migration = include_str!("../../migrations/20261201000500_grades_in_force.sql");
    let (_, insert) = migration.split_once("insert into company_scales").unwrap();
    let insert = format!("insert into company_scales{}", insert.split_once(';').unwrap().0);
    sqlx::query(sqlx::AssertSqlSafe(insert)).execute(&mut conn).await.unwrap();
    let named: Vec<(String, String)> = sqlx::query_as(
        "select k.purpose, s.code from company_scales k join scales s on s.tenant_id = k.tenant_id and s.id = k.scale_id
         order by k.tenant_id, k.purpose",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    let expected = [("existing_customers", "ours"), ("prospects", "hopes"), ("existing_customers", "first")];
    assert_eq!(named, expected.map(|(purpose, code)| (purpose.to_owned(), code.to_owned())));
}

/// Without it, look-ups by key depend on which tenants the statistics know (decision 0027).
#[actix_web::test]
async fn the_planner_expects_a_whole_table_behind_a_tenant_and_one_row_behind_an_external_id() {
    let database = TestDatabase::create().await;
    let mut conn = database.superuser().await;
    let wrong: Vec<String> = sqlx::query_scalar(
        "select c.relname || '.' || a.attname from pg_class c
         join pg_attribute a on a.attrelid = c.oid and a.attname in ('tenant_id', 'external_id') and not a.attisdropped
         where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relforcerowsecurity
           and coalesce(a.attoptions, '{}')
               <> array['n_distinct=' || case a.attname when 'tenant_id' then '1' else '-1' end]
         order by 1",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert_eq!(wrong, Vec::<String>::new());
}
