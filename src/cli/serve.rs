//! `fenji serve` and `fenji worker`.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Failure, Program, say};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::ge_matrix::GeMappingJob;
use crate::grading::{GradingJob, GradingSchedule};
use crate::http::{App, Faces};
use crate::imports::{ImportJob, ImportSettings};
use crate::jobs::{JobHandler, JobSettings, Worker};
use crate::plans::PlanJob;
use crate::tenancy::TenantDb;
use crate::webhooks::{Courier, CourierSettings};

/// How often answers whose time is over are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(600);

/// The code behind every kind of job.
pub fn job_handlers(imports: ImportSettings) -> Vec<Arc<dyn JobHandler>> {
    vec![Arc::new(ImportJob::new(imports)), Arc::new(GradingJob), Arc::new(GeMappingJob), Arc::new(PlanJob)]
}

pub(super) async fn serve(config: Config) -> Result<(), Failure> {
    let faces = faces(&config);
    let program = Program::start(config).await?;
    serve_program(program, faces.await.map_err(Error::internal)?, |url| {
        say(&format!("Fenji listens on {url}; the docs are at {url}/docs"));
    })
    .await
}

/// Makes what does not ask the database while one comes up.
pub(super) fn faces(config: &Config) -> JoinHandle<Faces> {
    let introspection = config.introspection;
    tokio::task::spawn_blocking(move || Faces::new(introspection))
}

/// Serves until told to stop; then finishes the requests under way and gives jobs back.
pub(super) async fn serve_program(program: Program, faces: Faces, ready: impl FnOnce(&str)) -> Result<(), Failure> {
    let listener = TcpListener::bind(program.config.listen)
        .map_err(|e| Failure::Failed(format!("FENJI_LISTEN: cannot listen on {}: {e}", program.config.listen)))?;
    let app = App::listen(&program.state, faces, listener, program.config.http_workers)?;
    let url = format!("http://{}:{}", program.config.listen.ip(), app.port());
    let stop = CancellationToken::new();
    let jobs = tokio::spawn(worker(&program, program.config.job_slots).await?.run(stop.clone()));
    let schedule = tokio::spawn(GradingSchedule::new(program.state.db.clone()).run(stop.clone()));
    let forgetting = tokio::spawn(forget(program.state.db.clone(), stop.clone()));
    let webhooks = tokio::spawn(deliver(courier(&program, program.config.webhook_slots)?, stop.clone()));
    let (handle, streams) = (app.handle(), app.streams());
    let server = actix_web::rt::spawn(app.run());
    ready(&url);
    until_told().await?;
    say("Stopping.");
    streams.close();
    handle.stop(true).await;
    stop.cancel();
    let _ = tokio::join!(server, jobs, schedule, forgetting, webhooks);
    program.stop().await?;
    Ok(())
}

pub(super) async fn work(config: Config) -> Result<(), Failure> {
    let program = Program::start(config).await?;
    let stop = CancellationToken::new();
    let jobs = tokio::spawn(worker(&program, program.config.job_slots.max(1)).await?.run(stop.clone()));
    let slots = match program.config.webhook_slots {
        0 => CourierSettings::default().slots,
        slots => slots,
    };
    let webhooks = tokio::spawn(deliver(courier(&program, slots)?, stop.clone()));
    let schedule = tokio::spawn(GradingSchedule::new(program.state.db.clone()).run(stop.clone()));
    say("Fenji works on background jobs and delivers webhooks.");
    until_told().await?;
    stop.cancel();
    let _ = tokio::join!(jobs, schedule, webhooks);
    program.stop().await?;
    Ok(())
}

/// A worker for all kinds of jobs, which takes over what a dead program of the same data folder left.
pub(super) async fn worker(program: &Program, slots: usize) -> Result<Worker> {
    let settings = JobSettings { slots, lease: program.config.job_lease, ..JobSettings::default() };
    let worker = Worker::new(program.state.db.clone(), settings, job_handlers(program.state.imports));
    if program.owns_server() {
        worker.take_over().await?;
    }
    Ok(worker)
}

/// Forgets now and then what is kept for a time only.
async fn forget(db: TenantDb, stop: CancellationToken) {
    let mut times = tokio::time::interval(FORGET_EVERY);
    while stop.run_until_cancelled(times.tick()).await.is_some() {
        match db.forget_answers().await {
            Ok(answers) => tracing::debug!(answers, "forgot answers"),
            Err(error) => tracing::warn!(?error, "cannot forget answers"),
        }
    }
}

/// A courier for webhooks; none where it would have no slots.
fn courier(program: &Program, slots: i64) -> Result<Option<Courier>> {
    let settings = CourierSettings { slots, ..CourierSettings::default() };
    let courier = || Courier::new(program.state.db.clone(), program.state.webhooks.clone(), settings);
    (slots > 0).then(courier).transpose()
}

async fn deliver(courier: Option<Courier>, stop: CancellationToken) {
    if let Some(courier) = courier {
        courier.run(stop).await;
    }
}

/// Waits for SIGTERM or Ctrl-C.
async fn until_told() -> Result<(), Failure> {
    let mut term = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = term.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
