//! The only door to data.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor, Postgres, Transaction};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard, Notify, OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use super::idempotency::{Exchange, Turns};
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
    turns: Turns,
    /// Turns of [`TenantDb::export`].
    exports: Arc<Semaphore>,
}

/// One transaction of one actor in one tenant. Row level security shows it that tenant and nothing else.
pub struct TenantTx {
    actor: Actor,
    tenant: TenantId,
    db: TenantDb,
    has_new_work: AtomicBool,
    discards: AtomicBool,
    transaction: Arc<Mutex<Option<Transaction<'static, Postgres>>>>,
    /// Where it is a piece of a larger one: of a request whose answer is kept with it.
    exchange: Option<Exchange>,
    /// Given back when the transaction is dropped.
    _turn: Option<OwnedSemaphorePermit>,
}

/// One transaction of a platform operator: the list of tenants, and no tenant's data.
pub struct PlatformTx(pub(super) TenantTx);

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
        Self { pool, clock, ids, work: Arc::new(Notify::new()), turns: Turns::default(), exports }
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

    /// A transaction for one step of a job, which may take an hour. Dropping it rolls it back.
    ///
    /// # Errors
    /// `unavailable`, or `forbidden` for an actor without a tenant.
    pub(crate) async fn begin_long(&self, actor: &Actor) -> Result<TenantTx> {
        self.begin(actor, Mode::Long).await
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
        let tx = match &actor.exchange {
            Some(exchange) => {
                exchange.enter("").await?;
                self.piece(actor, TenantId(Uuid::nil()), exchange)
            }
            None => self.tx(actor, TenantId(Uuid::nil()), self.open_platform().await?),
        };
        let tx = PlatformTx(tx);
        let outcome = work(&tx).await;
        tx.0.end(outcome).await
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

    pub(super) fn turns(&self) -> &Turns {
        &self.turns
    }

    /// The transaction of a whole request, a tenant's or a platform operator's.
    pub(super) async fn open(&self, actor: &Actor) -> Result<Transaction<'static, Postgres>> {
        match actor.tenant {
            Some(tenant) => self.open_tenant(actor, tenant, Mode::Write).await,
            None => self.open_platform().await,
        }
    }

    /// A platform operator's transaction. It is in the tenant of no tenant, where only its own answers are.
    pub(super) async fn open_platform(&self) -> Result<Transaction<'static, Postgres>> {
        let nobody = Uuid::nil();
        let sql = format!("begin; set local app.platform = 'on'; set local app.tenant_id = '{nobody}'");
        Ok(self.pool.inner().begin_with(AssertSqlSafe(sql)).await?)
    }

    async fn open_tenant(&self, actor: &Actor, tenant: TenantId, mode: Mode) -> Result<Transaction<'static, Postgres>> {
        let begin = match mode {
            Mode::Write | Mode::Long => "begin",
            Mode::Read => "begin read only",
            Mode::Snapshot => "begin isolation level repeatable read read only",
            Mode::Export => "begin isolation level repeatable read read only; set local cursor_tuple_fraction = 1",
        };
        let timeout = mode.timeout();
        let salesperson = actor.salesperson.map(|s| s.0.to_string()).unwrap_or_default();
        // Only typed UUIDs and constants are interpolated: one round trip instead of three.
        let sql = format!(
            "{begin}; set local app.tenant_id = '{tenant}'; set local app.salesperson_id = '{salesperson}'; {timeout}"
        );
        Ok(self.pool.inner().begin_with(AssertSqlSafe(sql)).await?)
    }

    async fn within<T>(&self, actor: &Actor, mode: Mode, work: impl AsyncFnOnce(&TenantTx) -> Result<T>) -> Result<T> {
        let tx = self.begin(actor, mode).await?;
        let outcome = work(&tx).await;
        tx.end(outcome).await
    }

    async fn begin(&self, actor: &Actor, mode: Mode) -> Result<TenantTx> {
        let Some(tenant) = actor.tenant else {
            let en = "A platform token sees no tenant's data; use a tenant's token.";
            return Err(Error::new(ErrorCode::Forbidden, en, "平台令牌不能访问租户数据，请使用租户令牌。"));
        };
        // What is read for minutes has a transaction of its own.
        let Some(exchange) = actor.exchange.as_ref().filter(|_| !matches!(mode, Mode::Export)) else {
            return Ok(self.tx(actor, tenant, self.open_tenant(actor, tenant, mode).await?));
        };
        match mode {
            Mode::Write | Mode::Long => exchange.enter(mode.timeout()).await?,
            // It ends with the piece of work.
            Mode::Read => exchange.enter(&format!("set local transaction_read_only = on; {}", mode.timeout())).await?,
            // It has no end of its own, and sees what the request has done so far.
            Mode::Snapshot | Mode::Export => {}
        }
        Ok(self.piece(actor, tenant, exchange))
    }

    fn tx(&self, actor: &Actor, tenant: TenantId, transaction: Transaction<'static, Postgres>) -> TenantTx {
        TenantTx {
            actor: actor.clone(),
            tenant,
            db: self.clone(),
            has_new_work: AtomicBool::new(false),
            discards: AtomicBool::new(false),
            transaction: Arc::new(Mutex::new(Some(transaction))),
            exchange: None,
            _turn: None,
        }
    }

    /// A piece of a request whose answer is kept with it.
    fn piece(&self, actor: &Actor, tenant: TenantId, exchange: &Exchange) -> TenantTx {
        TenantTx {
            actor: actor.clone(),
            tenant,
            db: self.clone(),
            has_new_work: AtomicBool::new(false),
            discards: AtomicBool::new(false),
            transaction: exchange.transaction(),
            exchange: Some(exchange.clone()),
            _turn: None,
        }
    }
}

impl Mode {
    fn timeout(self) -> &'static str {
        match self {
            Self::Write | Self::Read | Self::Snapshot => "set local statement_timeout = '30s'",
            Self::Export => "set local statement_timeout = '10min'",
            // Not `plan_cache_mode = force_custom_plan`: the checks of foreign keys would be planned anew for every row.
            Self::Long => "set local statement_timeout = '1h'",
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

    /// Leaves nothing of this transaction when it ends, as for a dry run; what it returned is still the answer.
    pub fn discard(&self) {
        self.discards.store(true, Ordering::Relaxed);
    }

    /// [`Self::discard`] where something is only tried.
    pub fn discard_if(&self, dry_run: bool) {
        if dry_run {
            self.discard();
        }
    }

    /// Ends it: all of it is kept, or, on an error or where it is to be discarded, none.
    ///
    /// # Errors
    /// That of the outcome, or the database's.
    pub(crate) async fn end<T>(&self, outcome: Result<T>) -> Result<T> {
        let keeps = outcome.is_ok() && !self.discards.load(Ordering::Relaxed);
        let has_new_work = self.has_new_work.load(Ordering::Relaxed);
        if let Some(exchange) = &self.exchange {
            let left = exchange.leave(keeps, has_new_work).await;
            return outcome.and_then(|value| left.map(|()| value));
        }
        if let Some(transaction) = self.transaction.lock().await.take() {
            if keeps {
                transaction.commit().await?;
            } else {
                // What is dropped is rolled back as well, a little later.
                let _ = transaction.rollback().await;
            }
        }
        if keeps && has_new_work {
            self.db.work.notify_waiters();
        }
        outcome
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
