//! Workers: claim, run, keep the lease, end.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::context::{JobContext, JobHandler, Stop};
use super::queue::{self, Lease};
use crate::error::{Error, ErrorCode, Result};
use crate::tenancy::{Actor, Role, TenantDb};
use crate::values::TenantId;

/// How a worker works.
#[derive(Clone, Copy, Debug)]
pub struct JobSettings {
    /// Jobs at a time.
    pub slots: usize,
    /// How long a job is a worker's without a sign of life.
    pub lease: Duration,
    /// How often to look for work nobody announced, as from another process.
    pub poll: Duration,
    /// Attempts a job has against faults of ours before it fails.
    pub attempts: i32,
}

impl Default for JobSettings {
    fn default() -> Self {
        Self { slots: 2, lease: Duration::from_secs(30), poll: Duration::from_millis(500), attempts: 5 }
    }
}

/// Runs jobs.
#[derive(Clone)]
pub struct Worker {
    db: TenantDb,
    settings: JobSettings,
    handlers: Arc<BTreeMap<&'static str, Arc<dyn JobHandler>>>,
}

impl Worker {
    /// For the kinds of these handlers.
    pub fn new(db: TenantDb, settings: JobSettings, handlers: Vec<Arc<dyn JobHandler>>) -> Self {
        let handlers = handlers.into_iter().map(|h| (h.kind(), h)).collect();
        Self { db, settings, handlers: Arc::new(handlers) }
    }

    /// Ends the leases of a program that died: right only on a database of this program's own.
    ///
    /// # Errors
    /// The database's.
    pub async fn take_over(&self) -> Result<()> {
        queue::release_all(self.db.queue_pool()).await
    }

    /// Works until told to stop; what is then under way is given back and goes on from its last checkpoint.
    pub async fn run(self, stop: CancellationToken) {
        let slots = (0..self.settings.slots).map(|_| self.work(&stop));
        futures::future::join_all(slots).await;
    }

    async fn work(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            let announced = self.db.work().notified();
            match queue::claim(self.db.queue_pool(), self.settings.lease).await {
                Ok(Some(lease)) => self.handle(lease, stop).await,
                Ok(None) => {
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = announced => {}
                        () = tokio::time::sleep(self.settings.poll) => {}
                    }
                }
                Err(error) => {
                    tracing::warn!(?error, "cannot look for jobs");
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = tokio::time::sleep(self.settings.poll * 4) => {}
                    }
                }
            }
        }
    }

    async fn handle(&self, lease: Lease, stop: &CancellationToken) {
        let outcome = tokio::select! {
            outcome = self.attempt(lease) => outcome,
            () = stop.cancelled() => queue::release(self.db.queue_pool(), lease, Duration::ZERO, false).await,
        };
        if let Err(error) = outcome {
            // The lease runs out and the job is tried again.
            tracing::error!(job = %lease.job, ?error, "cannot record a job's outcome");
        }
    }

    async fn attempt(&self, lease: Lease) -> Result<()> {
        let Some((kind, params, checkpoint, actor)) = self.start(lease).await? else {
            return Ok(());
        };
        let context = JobContext::new(self.db.clone(), actor.clone(), lease);
        let work = async {
            match self.handlers.get(kind.as_str()) {
                Some(handler) => handler.run(&context, params, checkpoint).await,
                None => Err(Error::internal(format!("no handler for jobs of kind {kind}"))),
            }
        };
        let outcome = tokio::select! {
            outcome = work => outcome,
            () = self.keep_lease(lease) => return Ok(()),
        };
        tracing::info!(job = %lease.job, kind, ok = outcome.is_ok(), "job attempted");
        match (outcome, context.stopped()) {
            (_, Some(Stop::LeaseLost)) => Ok(()),
            (Ok(result), _) => self.finish(lease, &actor, "completed", Some(result), None).await,
            (Err(_), Some(Stop::Cancelled)) => self.finish(lease, &actor, "cancelled", None, None).await,
            (Err(error), None) => self.fail(lease, &context, error).await,
        }
    }

    /// Marks the job as running under this lease; none where it has ended meanwhile.
    async fn start(&self, lease: Lease) -> Result<Option<(String, Value, Option<Value>, Actor)>> {
        let mut actor = Actor::with_role("worker", TenantId(lease.tenant), Role::Admin, lease.job.to_string());
        let row: Option<(String, Value, Option<Value>, String, String)> = self
            .db
            .write(&actor, async |tx| {
                let row = sqlx::query_as(
                    "update jobs set state = 'running', lease_token = $3, started_at = coalesce(started_at, $4)
                     where tenant_id = $1 and id = $2 and lease_token < $3 and state in ('queued', 'running')
                     returning kind, params, checkpoint, created_by, request_id",
                )
                .bind(lease.tenant)
                .bind(lease.job)
                .bind(lease.token)
                .bind(tx.now())
                .fetch_optional(&mut *tx.conn().await?)
                .await?;
                Ok(row)
            })
            .await?;
        let Some((kind, params, checkpoint, created_by, request_id)) = row else {
            return Ok(None);
        };
        actor.subject = created_by;
        actor.request_id = request_id;
        Ok(Some((kind, params, checkpoint, actor)))
    }

    /// Returns once the lease is lost.
    async fn keep_lease(&self, lease: Lease) {
        loop {
            tokio::time::sleep(self.settings.lease / 3).await;
            match queue::extend(self.db.queue_pool(), lease, self.settings.lease).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(job = %lease.job, ?error, "cannot extend a lease"),
            }
        }
    }

    /// What another transaction crossed is tried again however often that happens: nothing is wrong with the job.
    async fn fail(&self, lease: Lease, context: &JobContext, error: Error) -> Result<()> {
        let crossed = error.is_crossed();
        let ours = crossed || matches!(error.code(), ErrorCode::Internal | ErrorCode::Unavailable);
        let attempts = if context.got_on() { 0 } else { lease.attempts };
        if crossed || ours && attempts < self.settings.attempts {
            tracing::warn!(job = %lease.job, attempt = attempts, ?error, "job will be tried again");
            let pause = Duration::from_millis(250) * 2u32.pow(attempts.clamp(0, 10).unsigned_abs());
            return queue::release(self.db.queue_pool(), lease, pause, !crossed).await;
        }
        if ours {
            tracing::error!(job = %lease.job, ?error, "job failed");
        }
        let places: Vec<_> = error
            .problems()
            .iter()
            .map(|p| json!({"pointer": p.pointer, "code": p.code, "detail": p.detail}))
            .collect();
        let problem = json!({"code": error.code().slug(), "detail": error.detail(), "errors": places});
        self.finish(lease, context.actor(), "failed", None, Some(problem)).await
    }

    async fn finish(
        &self,
        lease: Lease,
        actor: &Actor,
        state: &str,
        result: Option<Value>,
        problem: Option<Value>,
    ) -> Result<()> {
        self.db
            .write(actor, async |tx| {
                sqlx::query(
                    "with ended as (
                         update jobs set state = $4, result = $5, problem = $6, finished_at = $7,
                             total = case when $4 = 'completed' then coalesce(total, done) else total end
                         where tenant_id = $1 and id = $2 and lease_token = $3 and state = 'running' returning id)
                     delete from job_queue where job_id in (select id from ended)",
                )
                .bind(lease.tenant)
                .bind(lease.job)
                .bind(lease.token)
                .bind(state)
                .bind(result)
                .bind(problem)
                .bind(tx.now())
                .execute(&mut *tx.conn().await?)
                .await?;
                Ok(())
            })
            .await
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl fmt::Debug for JobContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobContext").field("id", &self.id()).finish_non_exhaustive()
    }
}
