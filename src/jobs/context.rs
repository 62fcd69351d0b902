//! What a job's code is given.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use serde_json::Value;

use super::queue::Lease;
use crate::error::{Error, Result};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::{JobId, TenantId};

/// The code behind a kind of job.
#[async_trait::async_trait]
pub trait JobHandler: Send + Sync {
    /// The kind it handles.
    fn kind(&self) -> &'static str;

    /// Does the work, from `checkpoint` where an earlier attempt left one; returns the job's result.
    ///
    /// # Errors
    /// A business error fails the job at once; `internal` and `unavailable` are tried again a few times from one
    /// checkpoint, and what another transaction crossed until it is through.
    async fn run(&self, job: &JobContext, params: Value, checkpoint: Option<Value>) -> Result<Value>;
}

/// A running job: the door to its tenant's data, fenced by its lease.
pub struct JobContext {
    db: TenantDb,
    actor: Actor,
    lease: Lease,
    stop: AtomicU8,
    /// A checkpoint was kept.
    got_on: AtomicBool,
}

/// A step under way. Dropping it undoes it.
#[derive(Debug)]
#[must_use]
pub struct JobStep<'a> {
    job: &'a JobContext,
    tx: TenantTx,
}

/// Why a job stopped before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    Cancelled,
    LeaseLost,
}

impl JobStep<'_> {
    /// The step's transaction.
    pub fn tx(&self) -> &TenantTx {
        &self.tx
    }

    /// Leaves nothing of the step's work, as of one that was only tried.
    ///
    /// # Errors
    /// The database's.
    pub async fn undo(self) -> Result<()> {
        self.tx.discard();
        self.tx.end(Ok(())).await
    }

    /// Keeps the step's work with progress and checkpoint, or, where the job was cancelled or lost meanwhile, none of
    /// them. `done` and `total` are absolute. A job that keeps a checkpoint has all its attempts again.
    ///
    /// # Errors
    /// An error that ends the job where it was cancelled or its lease lost; the database's.
    pub async fn keep(self, (done, total): (i64, Option<i64>), checkpoint: Option<Value>) -> Result<()> {
        let got_on = checkpoint.is_some();
        let kept = self.job.keep(&self.tx, done, total, checkpoint).await;
        self.tx.end(kept).await?;
        self.job.got_on.fetch_or(got_on, Ordering::Relaxed);
        Ok(())
    }
}

impl JobContext {
    pub(super) fn new(db: TenantDb, actor: Actor, lease: Lease) -> Self {
        Self { db, actor, lease, stop: AtomicU8::new(0), got_on: AtomicBool::new(false) }
    }

    /// The job's id.
    pub fn id(&self) -> JobId {
        JobId(self.lease.job)
    }

    /// The job's tenant.
    pub fn tenant(&self) -> TenantId {
        TenantId(self.lease.tenant)
    }

    /// Whoever asked for it, with all of a tenant's permissions: the asking operation has checked.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Reads, in one read-only transaction.
    ///
    /// # Errors
    /// What `work` returns, or the database's.
    pub async fn read<T>(&self, work: impl AsyncFnOnce(&TenantTx) -> Result<T>) -> Result<T> {
        self.db.read(&self.actor, work).await
    }

    /// One step: `work`, the progress and the checkpoint are kept together, or, where the job was cancelled or lost
    /// meanwhile, none of them. `done` and `total` are absolute.
    ///
    /// # Errors
    /// What `work` returns; an error that ends the job where it was cancelled or its lease lost.
    pub async fn step<T>(
        &self,
        (done, total): (i64, Option<i64>),
        checkpoint: Option<Value>,
        work: impl AsyncFnOnce(&TenantTx) -> Result<T>,
    ) -> Result<T> {
        let step = self.begin().await?;
        let outcome = work(step.tx()).await?;
        step.keep((done, total), checkpoint).await?;
        Ok(outcome)
    }

    /// Begins a step whose work is done bit by bit, as where the next step is made ready while this one is stored.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin(&self) -> Result<JobStep<'_>> {
        Ok(JobStep { job: self, tx: self.db.begin_long(&self.actor).await? })
    }

    /// Reports progress alone.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub async fn progress(&self, done: i64, total: Option<i64>) -> Result<()> {
        self.step((done, total), None, async |_| Ok(())).await
    }

    /// The update that fences: it finds no row once another worker has taken the job.
    async fn keep(&self, tx: &TenantTx, done: i64, total: Option<i64>, checkpoint: Option<Value>) -> Result<()> {
        let cancelled: Option<bool> = sqlx::query_scalar(
            "with kept as (
                 update jobs set done = $4, total = $5, checkpoint = coalesce($6, checkpoint)
                 where tenant_id = $1 and id = $2 and lease_token = $3 and state = 'running' returning cancel_requested),
             anew as (
                 update job_queue set attempts = 0
                 where $6::jsonb is not null and job_id = $2 and lease_token = $3 and exists (select from kept))
             select cancel_requested from kept",
        )
        .bind(self.lease.tenant)
        .bind(self.lease.job)
        .bind(self.lease.token)
        .bind(done)
        .bind(total)
        .bind(checkpoint)
        .fetch_optional(&mut *tx.conn().await?)
        .await?;
        match cancelled {
            Some(false) => Ok(()),
            Some(true) => Err(self.stop(Stop::Cancelled)),
            None => Err(self.stop(Stop::LeaseLost)),
        }
    }

    fn stop(&self, why: Stop) -> Error {
        self.stop.store(if why == Stop::Cancelled { 1 } else { 2 }, Ordering::Relaxed);
        Error::conflict("The job was stopped.", "任务已停止。")
    }

    /// Whether this attempt kept a checkpoint, so that the next begins where none has failed yet.
    pub(super) fn got_on(&self) -> bool {
        self.got_on.load(Ordering::Relaxed)
    }

    /// Why it stopped, where it did.
    pub(super) fn stopped(&self) -> Option<Stop> {
        match self.stop.load(Ordering::Relaxed) {
            1 => Some(Stop::Cancelled),
            2 => Some(Stop::LeaseLost),
            _ => None,
        }
    }
}
