//! The pool, and the checks before it is used.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use log::LevelFilter;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection};

use crate::error::{Error, Result};

/// Connections of the app role, to be used through `tenancy` only.
#[derive(Clone, Debug)]
pub struct AppPool(PgPool);

impl AppPool {
    /// The pool itself, for `tenancy`, `jobs` and readiness checks. Nothing else may hold it (`tests/tidy.rs`).
    pub(crate) fn inner(&self) -> &PgPool {
        &self.0
    }

    /// Refuses a database that is not safe to serve, or not up to date, over a connection that is used again afterwards.
    ///
    /// # Errors
    /// `unavailable` with what to do about it, or where the database does not answer.
    pub async fn refuse_unfit(&self) -> Result<()> {
        refuse_unfit(&mut *self.0.acquire().await?).await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// `unavailable` where it does not.
    pub async fn ping(&self) -> Result<()> {
        let mut connection = self.0.acquire().await?;
        connection.ping().await?;
        Ok(())
    }

    /// Closes every connection, waiting for those in use.
    pub async fn close(&self) {
        self.0.close().await;
    }
}

/// A statement that takes longer is logged, without its values.
const SLOW: Duration = Duration::from_secs(10);

/// A pool of at most `size` connections, each opened when it is first needed; waits `patience` for one before a request is
/// refused.
///
/// # Errors
/// `internal` for what is no URL.
pub fn connect(url: &str, size: u32, patience: Duration) -> Result<AppPool> {
    // Our statements are short or one of a kind: compiling them costs more than it saves (docs/performance.md).
    let options: PgConnectOptions =
        url.parse::<PgConnectOptions>()?.application_name("fenji").options([("jit", "off")]);
    let options = options.log_slow_statements(LevelFilter::Warn, SLOW);
    let questions = Arc::new(AtomicI64::new(0));
    let pool = PgPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(patience)
        .test_before_acquire(false)
        .before_acquire(move |connection, _| {
            let question = questions.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move { Ok(answers(connection, question).await) })
        })
        .connect_lazy_with(options);
    Ok(AppPool(pool))
}

/// Whether a connection answers what it is asked, in place of the pool's ping, which asks nothing in particular.
///
/// Work that is dropped in the middle of a COPY leaves a connection one answer behind: each statement would read the
/// answer to the one before, which may be another tenant's. Such a connection is closed here.
async fn answers(connection: &mut PgConnection, question: i64) -> bool {
    let asked = sqlx::query_scalar("select $1::int8").bind(question);
    let answer: Result<Option<i64>, sqlx::Error> = asked.fetch_optional(connection).await;
    answer.is_ok_and(|answer| answer == Some(question))
}

/// Refuses a database that is not safe to serve, or not up to date.
///
/// # Errors
/// `unavailable` with what to do about it.
pub async fn refuse_unfit(connection: &mut PgConnection) -> Result<()> {
    refuse_unsafe_role(connection).await?;
    super::refuse_old_schema(connection).await
}

/// Refuses a role that row level security would not bind, and a server that is too old.
///
/// # Errors
/// `unavailable` with what to do about it.
pub async fn refuse_unsafe_role(connection: &mut PgConnection) -> Result<()> {
    let (role, superuser, bypass, owns, version): (String, bool, bool, bool, i32) = sqlx::query_as(
        "select rolname::text, rolsuper, rolbypassrls,
                exists (select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
                        where n.nspname = 'public' and c.relowner = r.oid),
                current_setting('server_version_num')::int
         from pg_roles r where rolname = current_user",
    )
    .fetch_one(connection)
    .await?;
    let why = match (superuser, bypass, owns, version < 150_000) {
        (true, ..) => "is a superuser",
        (_, true, ..) => "has BYPASSRLS",
        (_, _, true, _) => "owns tables of the schema",
        (.., true) => return Err(refused(format!("Postgres {version} is too old: 15 or newer is needed"))),
        _ => return Ok(()),
    };
    Err(refused(format!(
        "the database role \"{role}\" {why}, so row level security would not bind it; run `fenji migrate` with \
         FENJI_ADMIN_URL set, then use the role fenji_app in DATABASE_URL"
    )))
}

fn refused(why: String) -> Error {
    Error::new(crate::error::ErrorCode::Unavailable, why.clone(), why)
}
