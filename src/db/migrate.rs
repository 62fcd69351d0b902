//! The two roles and the schema.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::error::{Error, ErrorCode, Result};

/// Owns the tables and runs the migrations; cannot log in by default.
pub const OWNER_ROLE: &str = "fenji_owner";
/// What the program serves with: owns nothing, bound by row level security.
pub const APP_ROLE: &str = "fenji_app";

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// The number of this program's last migration.
pub fn schema_version() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default()
}

/// Creates the two roles where they are missing, and gives the app role its password where one is given.
///
/// # Errors
/// `unavailable` where `admin` may not create roles.
pub async fn prepare_roles(admin: &mut PgConnection, app_password: Option<&str>) -> Result<()> {
    // Two programs may migrate at once; the lock ends with the transaction, so it survives no pooler.
    let mut tx = admin.begin().await?;
    sqlx::query("select pg_advisory_xact_lock(7262911)").execute(&mut *tx).await?;
    for role in [OWNER_ROLE, APP_ROLE] {
        let there: bool = sqlx::query_scalar("select exists (select 1 from pg_roles where rolname = $1)")
            .bind(role)
            .fetch_one(&mut *tx)
            .await?;
        if !there {
            tx.execute(AssertSqlSafe(format!("create role {role} nosuperuser nobypassrls nocreatedb nocreaterole")))
                .await?;
        }
    }
    if let Some(password) = app_password {
        let quoted: String = sqlx::query_scalar("select quote_literal($1)").bind(password).fetch_one(&mut *tx).await?;
        tx.execute(AssertSqlSafe(format!("alter role {APP_ROLE} login password {quoted}"))).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Brings the database `admin` is connected to up to this program's schema, as the owner role.
///
/// # Errors
/// `internal` where a migration fails; what it had begun is rolled back.
pub async fn migrate(admin: &mut PgConnection) -> Result<()> {
    let database: String = sqlx::query_scalar("select quote_ident(current_database())").fetch_one(&mut *admin).await?;
    let session: String = sqlx::query_scalar("select quote_ident(session_user)").fetch_one(&mut *admin).await?;
    admin.execute(AssertSqlSafe(format!("grant {OWNER_ROLE} to {session}"))).await?;
    admin.execute(AssertSqlSafe(format!("grant temporary, connect on database {database} to {APP_ROLE}"))).await?;
    admin.execute(AssertSqlSafe(format!("grant usage, create on schema public to {OWNER_ROLE}"))).await?;
    admin.execute(AssertSqlSafe(format!("grant usage on schema public to {APP_ROLE}"))).await?;
    admin.execute(AssertSqlSafe(format!("set role {OWNER_ROLE}"))).await?;
    let outcome = MIGRATIONS.run(&mut *admin).await.map_err(Error::internal);
    admin.execute("reset role").await?;
    outcome
}

/// Refuses a schema older than this program's. A newer one is fine: migrations expand before they contract, so that the
/// release before still runs on it.
///
/// # Errors
/// `unavailable` with what to do about it.
pub async fn refuse_old_schema(connection: &mut PgConnection) -> Result<()> {
    let there: bool = sqlx::query_scalar("select to_regclass('public._sqlx_migrations') is not null")
        .fetch_one(&mut *connection)
        .await?;
    let applied: Option<i64> = match there {
        true => {
            sqlx::query_scalar("select max(version) from _sqlx_migrations where success").fetch_one(connection).await?
        }
        false => None,
    };
    let ours = MIGRATIONS.iter().map(|m| m.version).max();
    if applied >= ours {
        return Ok(());
    }
    let applied = applied.map_or_else(|| "none".to_owned(), |version| version.to_string());
    let ours = ours.map_or_else(String::new, |version| version.to_string());
    let text =
        format!("the database's schema is {applied}, this program's is {ours}; run `fenji migrate` of this version");
    Err(Error::new(ErrorCode::Unavailable, text.clone(), text))
}
