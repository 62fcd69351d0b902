//! One request with a key, from its claim to its answer.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::{AssertSqlSafe, Executor, PgConnection, Postgres, Transaction};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};
use uuid::Uuid;

use super::key::Names;
use super::turns::Turn;
use super::{IdempotencyKey, KeptAnswer};
use crate::error::{Error, ErrorCode, Result};
use crate::tenancy::{Actor, TenantDb};

/// How long a request waits for another one with its key to end.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long an answer is kept.
const KEPT_FOR: Duration = Duration::from_secs(24 * 3600);

/// What a claim found.
#[derive(Debug)]
pub enum Claim {
    /// Nothing: the request is to be done, with this actor.
    Fresh(Actor, Exchange),
    /// A request with this key has been answered.
    Answered(Answered),
}

/// The answer to an earlier request with this key.
pub struct Answered {
    names: Names,
    fingerprint: Vec<u8>,
    answer: KeptAnswer,
}

/// A request that is being done: its transaction, which ends with the answer. Dropped before, it leaves nothing.
#[derive(Clone)]
pub struct Exchange(Arc<Inner>);

/// The place of a transaction that is there until it ends.
pub(in crate::tenancy) type Place = Arc<Mutex<Option<Transaction<'static, Postgres>>>>;

struct Inner {
    db: TenantDb,
    tenant: Uuid,
    names: Names,
    transaction: Place,
    /// Pieces of work that have begun and not ended.
    under_way: AtomicUsize,
    has_new_work: AtomicBool,
    _turn: Turn,
}

impl TenantDb {
    /// Claims a key for a request. Waits a few seconds for another request that has it.
    ///
    /// # Errors
    /// `request_in_progress` where that one is still at work then; the database's.
    pub async fn claim(&self, actor: &Actor, key: &IdempotencyKey) -> Result<Claim> {
        let names = key.names_for(actor);
        let turn = self.turns().take(names.row);
        let turn = tokio::time::timeout(PATIENCE, turn).await.map_err(|_| in_progress())?;
        let mut transaction = self.open(actor).await?;
        let patience = PATIENCE.as_secs();
        transaction.execute(AssertSqlSafe(format!("set local lock_timeout = '{patience}s'"))).await?;
        // Where another process has it, its transaction holds this lock; what it commits is seen by what follows.
        let locked =
            sqlx::query("select pg_advisory_xact_lock($1)").bind(names.lock()).execute(&mut *transaction).await;
        locked.map_err(|error| if is_timeout(&error) { in_progress() } else { error.into() })?;
        let tenant = actor.tenant.map(|tenant| tenant.0).unwrap_or_default();
        let found: Option<(Vec<u8>, Vec<u8>)> = sqlx::query_as(
            "select fingerprint, answer from idempotency_keys where tenant_id = $1 and name = $2 and expires_at > $3",
        )
        .bind(tenant)
        .bind(&names.row[..])
        .bind(self.clock().now())
        .fetch_optional(&mut *transaction)
        .await?;
        if let Some((fingerprint, sealed)) = found {
            transaction.rollback().await?;
            return Ok(Claim::Answered(Answered { names, fingerprint, answer: KeptAnswer::open(&sealed, &names)? }));
        }
        let exchange = Exchange(Arc::new(Inner {
            db: self.clone(),
            tenant,
            names,
            transaction: Arc::new(Mutex::new(Some(transaction))),
            under_way: AtomicUsize::new(0),
            has_new_work: AtomicBool::new(false),
            _turn: turn,
        }));
        Ok(Claim::Fresh(actor.within(exchange.clone()), exchange))
    }
}

impl Answered {
    /// The answer, for the same request: the same address, and a body with the same digest.
    ///
    /// # Errors
    /// `idempotency_key_reused` for another one.
    pub fn for_request(self, asked: &str, body: &[u8; 32]) -> Result<KeptAnswer> {
        if self.fingerprint == self.names.fingerprint(asked, body) {
            return Ok(self.answer);
        }
        let en = "This Idempotency-Key was used for another request; a new request needs a new key.";
        Err(Error::new(ErrorCode::IdempotencyKeyReused, en, "该 Idempotency-Key 已用于其他请求，新请求须使用新的键。"))
    }
}

impl Exchange {
    /// Keeps the answer and everything that was done for it, in one commit.
    ///
    /// # Errors
    /// The database's, also where it is not known whether the commit came through: a retry finds out.
    pub async fn keep(&self, asked: &str, body: &[u8; 32], answer: &KeptAnswer) -> Result<()> {
        let Inner { db, tenant, names, .. } = &*self.0;
        let mut transaction = self.end().await?;
        if self.0.under_way.load(Ordering::Acquire) > 0 {
            return Err(Error::internal("an answer was given before its work had ended"));
        }
        // A platform operator's transaction may have turned to a tenant of its own.
        transaction.execute(AssertSqlSafe(format!("set local app.tenant_id = '{tenant}'"))).await?;
        sqlx::query(
            "insert into idempotency_keys (tenant_id, name, fingerprint, answer, expires_at) values ($1, $2, $3, $4, $5)
             on conflict (tenant_id, name) do update
             set fingerprint = excluded.fingerprint, answer = excluded.answer, expires_at = excluded.expires_at",
        )
        .bind(tenant)
        .bind(&names.row[..])
        .bind(&names.fingerprint(asked, body)[..])
        .bind(answer.seal(names)?)
        .bind(db.clock().now() + KEPT_FOR)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        if self.0.has_new_work.load(Ordering::Acquire) {
            db.work().notify_waiters();
        }
        Ok(())
    }

    /// Leaves nothing of what was done.
    ///
    /// # Errors
    /// The database's; nothing is left then either.
    pub async fn abandon(&self) -> Result<()> {
        Ok(self.end().await?.rollback().await?)
    }

    async fn end(&self) -> Result<Transaction<'static, Postgres>> {
        self.0.transaction.lock().await.take().ok_or_else(ended)
    }

    pub(in crate::tenancy) fn transaction(&self) -> Place {
        self.0.transaction.clone()
    }

    /// Begins a piece of the work, with settings of its own.
    pub(in crate::tenancy) async fn enter(&self, settings: &str) -> Result<()> {
        // Should it fail, or be dropped, nothing is kept.
        self.0.under_way.fetch_add(1, Ordering::AcqRel);
        let sql = format!("savepoint work; set local lock_timeout = 0; {settings}");
        self.conn().await?.execute(AssertSqlSafe(sql)).await?;
        Ok(())
    }

    /// Ends a piece of the work well, or leaves nothing of it.
    pub(in crate::tenancy) async fn leave(&self, keeps: bool, has_new_work: bool) -> Result<()> {
        let sql = if keeps { "release savepoint work" } else { "rollback to savepoint work; release savepoint work" };
        self.conn().await?.execute(sql).await?;
        self.0.under_way.fetch_sub(1, Ordering::AcqRel);
        self.0.has_new_work.fetch_or(keeps && has_new_work, Ordering::AcqRel);
        Ok(())
    }

    async fn conn(&self) -> Result<MappedMutexGuard<'_, PgConnection>> {
        MutexGuard::try_map(self.0.transaction.lock().await, Option::as_deref_mut).map_err(|_| ended())
    }
}

fn ended() -> Error {
    Error::internal("the request's transaction has ended")
}

fn in_progress() -> Error {
    let en = "A request with this Idempotency-Key is still running; ask again in a moment.";
    Error::new(ErrorCode::RequestInProgress, en, "使用该 Idempotency-Key 的请求仍在处理，请稍后重试。")
}

/// Whether a lock was not to be had in time.
fn is_timeout(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|code| code == "55P03")
}

/// The same request, not one that looks like it.
impl PartialEq for Exchange {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Exchange {}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("tenant", &self.0.tenant).finish_non_exhaustive()
    }
}

impl fmt::Debug for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answered").field("status", &self.answer.status).finish_non_exhaustive()
    }
}
