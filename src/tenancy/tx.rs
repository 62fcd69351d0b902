//! The only door to data.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Executor, Postgres, Transaction};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard, Notify, OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use super::{Actor, Permission};
use crate::clock::{Clock, Ids};
use crate::db::AppPool;
use crate::error::{Error, ErrorCode, Result};
use crate::values::TenantId;

/// How long an export waits for its turn.
const TURN: Duration = Duration::from_secs(10);

/// Opens transactions for actors.
#[derive(Clone, Debug)]
pub struct TenantDb {
    pool: AppPool,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    work: Arc<Notify>,
    /// Turns of [`TenantDb::export`].
    exports: Arc<Semaphore>,
}

/// One transaction of one actor in one tenant. Row level security shows it that tenant and nothing else.
pub struct TenantTx {
    actor: Actor,
    tenant: TenantId,
    db: TenantDb,
    has_new_work: AtomicBool,
    transaction: Mutex<Option<Transaction<'static, Postgres>>>,
    /// Given back when the transaction is dropped.
    _turn: Option<OwnedSemaphorePermit>,
}

/// One transaction of a platform operator: the list of tenants, and no tenant's data.
pub struct PlatformTx(TenantTx);

#[derive(Clone, Copy)]
enum Mode {
    Write,
    Read,
    Snapshot,
    Export,
    Long,
}

impl TenantDb {
    /// Over a pool of the app role.
    pub fn new(pool: AppPool, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        let exports = pool.inner().options().get_max_connections() / 4;
        let exports = Arc::new(Semaphore::new(exports.max(1) as usize));
        Self { pool, clock, ids, work: Arc::new(Notify::new()), exports }
    }

    /// Runs `work` in one transaction: all of it is kept, or, on an error, none.
    ///
    /// # Errors
    /// What `work` returns, or the database's.
    pub async fn write<T>(&self, actor: &Actor, work: impl AsyncFnOnce(&TenantTx) -> Result<T>) -> Result<T> {
        self.within(actor, Mode::Write, work).await
    }

    /// Like [`Self::write`], for a job's step, which may take an hour.
    ///
    /// # Errors
    /// What `work` returns, or the database's.
    pub async fn write_long<T>(&self, actor: &Actor, work: impl AsyncFnOnce(&TenantTx) -> Result<T>) -> Result<T> {
        self.within(actor, Mode::Long, work).await
    }

    /// Runs `work` in one read-only transaction.
    ///
    /// # Errors
    /// What `work` returns, or the database's.
    pub async fn read<T>(&self, actor: &Actor, work: impl AsyncFnOnce(&TenantTx) -> Result<T>) -> Result<T> {
        self.within(actor, Mode::Read, work).await
    }

    /// A read-only transaction that sees one state of the data, for everything a GraphQL query asks. Dropping it ends it.
    ///
    /// # Errors
    /// `unavailable`, or `forbidden` for an actor without a tenant.
    pub async fn snapshot(&self, actor: &Actor) -> Result<TenantTx> {
        self.begin(actor, Mode::Snapshot).await
    }

    /// Like [`Self::snapshot`], for reading a whole list or a whole tenant to its end: for minutes, each statement for ten
    /// at most, planned for all of its rows. A quarter of all connections may be busy so; more have to wait.
    ///
    /// # Errors
    /// `unavailable` also where no turn comes within ten seconds; `forbidden` for an actor without a tenant.
    pub async fn export(&self, actor: &Actor) -> Result<TenantTx> {
        let turn = tokio::time::timeout(TURN, Arc::clone(&self.exports).acquire_owned()).await;
        let turn = turn.map_err(Error::unavailable)?.map_err(Error::internal)?;
        let mut tx = self.begin(actor, Mode::Export).await?;
        tx._turn = Some(turn);
        Ok(tx)
    }

    /// Runs `work` as a platform operator.
    ///
    /// # Errors
    /// `forbidden` for anyone else; what `work` returns; the database's.
    pub async fn platform<T>(&self, actor: &Actor, work: impl AsyncFnOnce(&PlatformTx) -> Result<T>) -> Result<T> {
        actor.require(Permission::TenantsManage)?;
        let transaction = self.pool.inner().begin_with("begin; set local app.platform = 'on'").await?;
        let tx = PlatformTx(self.tx(actor, TenantId(Uuid::nil()), transaction));
        let outcome = work(&tx).await?;
        tx.0.commit().await?;
        Ok(outcome)
    }

    /// The clock everything takes the time from.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// The source of new ids.
    pub fn ids(&self) -> &dyn Ids {
        &*self.ids
    }

    /// Rings when a committed transaction has left work for a worker of this process.
    pub(crate) fn work(&self) -> &Notify {
        &self.work
    }

    /// The pool, for the job queue's own table, which holds no tenant's content.
    pub(crate) fn queue_pool(&self) -> &sqlx::PgPool {
        self.pool.inner()
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// `unavailable` where it does not.
    pub async fn ping(&self) -> Result<()> {
        self.pool.ping().await
    }

    async fn within<T>(&self, actor: &Actor, mode: Mode, work: impl AsyncFnOnce(&TenantTx) -> Result<T>) -> Result<T> {
        let tx = self.begin(actor, mode).await?;
        let outcome = work(&tx).await?;
        tx.commit().await?;
        Ok(outcome)
    }

    async fn begin(&self, actor: &Actor, mode: Mode) -> Result<TenantTx> {
        let Some(tenant) = actor.tenant else {
            let en = "A platform token sees no tenant's data; use a tenant's token.";
            return Err(Error::new(ErrorCode::Forbidden, en, "平台令牌不能访问租户数据，请使用租户令牌。"));
        };
        let (begin, timeout) = match mode {
            Mode::Write => ("begin", "30s"),
            Mode::Read => ("begin read only", "30s"),
            Mode::Snapshot => ("begin isolation level repeatable read read only", "30s"),
            Mode::Export => {
                ("begin isolation level repeatable read read only; set local cursor_tuple_fraction = 1", "10min")
            }
            Mode::Long => ("begin", "1h"),
        };
        let salesperson = actor.salesperson.map(|s| s.0.to_string()).unwrap_or_default();
        // Only typed UUIDs and constants are interpolated: one round trip instead of three.
        let sql = format!(
            "{begin}; set local app.tenant_id = '{tenant}'; set local app.salesperson_id = '{salesperson}'; \
             set local statement_timeout = '{timeout}'"
        );
        let transaction = self.pool.inner().begin_with(AssertSqlSafe(sql)).await?;
        Ok(self.tx(actor, tenant, transaction))
    }

    fn tx(&self, actor: &Actor, tenant: TenantId, transaction: Transaction<'static, Postgres>) -> TenantTx {
        TenantTx {
            actor: actor.clone(),
            tenant,
            db: self.clone(),
            has_new_work: AtomicBool::new(false),
            transaction: Mutex::new(Some(transaction)),
            _turn: None,
        }
    }
}

impl TenantTx {
    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// For which tenant.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Passes where the actor holds the permission.
    ///
    /// # Errors
    /// `forbidden`, naming the permission.
    pub fn require(&self, permission: Permission) -> Result<()> {
        self.actor.require(permission)
    }

    /// The present moment.
    pub fn now(&self) -> DateTime<Utc> {
        self.db.clock.now()
    }

    /// A new id.
    pub fn new_id<T: From<Uuid>>(&self) -> T {
        self.db.ids.next().into()
    }

    /// The connection, for set-based SQL. Statements of one transaction follow one another.
    ///
    /// # Errors
    /// `internal` once the transaction has ended.
    pub async fn conn(&self) -> Result<MappedMutexGuard<'_, PgConnection>> {
        MutexGuard::try_map(self.transaction.lock().await, Option::as_deref_mut)
            .map_err(|_| Error::internal("the transaction has ended"))
    }

    /// Has a worker of this process look for work once this transaction is committed.
    pub(crate) fn announce_work(&self) {
        self.has_new_work.store(true, Ordering::Relaxed);
    }

    async fn commit(&self) -> Result<()> {
        if let Some(transaction) = self.transaction.lock().await.take() {
            transaction.commit().await?;
        }
        if self.has_new_work.load(Ordering::Relaxed) {
            self.db.work.notify_waiters();
        }
        Ok(())
    }
}

impl PlatformTx {
    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.0.actor
    }

    /// The present moment.
    pub fn now(&self) -> DateTime<Utc> {
        self.0.now()
    }

    /// A new id.
    pub fn new_id<T: From<Uuid>>(&self) -> T {
        self.0.new_id()
    }

    /// The connection.
    ///
    /// # Errors
    /// `internal` once the transaction has ended.
    pub async fn conn(&self) -> Result<MappedMutexGuard<'_, PgConnection>> {
        self.0.conn().await
    }

    /// Turns to one tenant within the transaction, as for its first audit entry.
    ///
    /// # Errors
    /// The database's.
    pub async fn enter(&self, tenant: TenantId) -> Result<()> {
        let mut conn = self.conn().await?;
        conn.execute(AssertSqlSafe(format!("set local app.tenant_id = '{tenant}'"))).await?;
        Ok(())
    }
}

impl fmt::Debug for TenantTx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantTx")
            .field("tenant", &self.tenant)
            .field("actor", &self.actor.subject)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for PlatformTx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlatformTx").finish_non_exhaustive()
    }
}

/// Runs sea-orm's entities on this transaction.
#[async_trait::async_trait]
impl ConnectionTrait for TenantTx {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        let mut conn = self.conn().await.map_err(ended)?;
        query(&stmt).execute(&mut *conn).await.map(Into::into).map_err(|e| DbErr::Exec(RuntimeErr::SqlxError(e.into())))
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut conn = self.conn().await.map_err(ended)?;
        let outcome = conn.execute(AssertSqlSafe(sql)).await;
        outcome.map(Into::into).map_err(|e| DbErr::Exec(RuntimeErr::SqlxError(e.into())))
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut conn = self.conn().await.map_err(ended)?;
        let row: Option<PgRow> = query(&stmt).fetch_optional(&mut *conn).await.map_err(query_failed)?;
        Ok(row.map(Into::into))
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut conn = self.conn().await.map_err(ended)?;
        let rows = query(&stmt).fetch_all(&mut *conn).await.map_err(query_failed)?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for PlatformTx {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        self.0.execute_raw(stmt).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.0.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.0.query_one_raw(stmt).await
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.0.query_all_raw(stmt).await
    }
}

fn query(stmt: &Statement) -> sqlx::query::Query<'_, Postgres, SqlxValues> {
    let values = stmt.values.clone().unwrap_or(Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(stmt.sql.as_str()), SqlxValues(values))
}

fn query_failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

fn ended(error: Error) -> DbErr {
    DbErr::Custom(error.to_string())
}
