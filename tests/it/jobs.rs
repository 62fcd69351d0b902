//! Background jobs: what becomes of a job whatever happens to its worker.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use fenji::error::{Error, Result};
use fenji::jobs::{JobContext, JobHandler, JobSettings, Worker, enqueue};
use fenji::tenancy::{Actor, Role, TenantTx};
use fenji::values::TenantId;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::Connection;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::{Client, TestApp, plain, spawn_app_without_worker};

/// Five steps, each of which leaves a mark in the audit log, which forgets nothing.
struct Steps {
    /// Says in which step it waits.
    arrived: mpsc::UnboundedSender<i64>,
    /// The step within whose transaction it waits.
    wait_in: Option<i64>,
    go_on: Arc<Semaphore>,
    /// How it ended.
    ended: mpsc::UnboundedSender<std::result::Result<(), String>>,
    author: &'static str,
}

/// The test's end of a handler.
struct Reins {
    arrived: mpsc::UnboundedReceiver<i64>,
    go_on: Arc<Semaphore>,
    ended: mpsc::UnboundedReceiver<std::result::Result<(), String>>,
}

const STEPS: i64 = 5;

fn steps(author: &'static str, wait_in: Option<i64>) -> (Arc<Steps>, Reins) {
    let (arrived, arrivals) = mpsc::unbounded_channel();
    let (ended, ends) = mpsc::unbounded_channel();
    let go_on = Arc::new(Semaphore::new(0));
    let reins = Reins { arrived: arrivals, go_on: go_on.clone(), ended: ends };
    (Arc::new(Steps { arrived, wait_in, go_on, ended, author }), reins)
}

#[async_trait::async_trait]
impl JobHandler for Steps {
    fn kind(&self) -> &'static str {
        "steps"
    }

    async fn run(&self, job: &JobContext, _: Value, checkpoint: Option<Value>) -> Result<Value> {
        let first = checkpoint.and_then(|c| c["next"].as_i64()).unwrap_or(1);
        let work = async {
            for step in first..=STEPS {
                let next = json!({"next": step + 1});
                job.step((step, Some(STEPS)), Some(next), async |tx| self.mark(tx, step).await).await?;
            }
            Ok(json!({"from": first, "by": self.author}))
        };
        let outcome: Result<Value> = work.await;
        let told = outcome.as_ref().map(|_| ()).map_err(|error| error.detail().en.clone());
        self.ended.send(told).unwrap();
        outcome
    }
}

impl Steps {
    async fn mark(&self, tx: &TenantTx, step: i64) -> Result<()> {
        tx.audit::<(), _>("test.step", "step", step, None, Some(&json!({"by": self.author}))).await?;
        if self.wait_in == Some(step) {
            self.arrived.send(step).unwrap();
            self.go_on.acquire().await.map_err(Error::internal)?.forget();
        }
        Ok(())
    }
}

/// A server without a worker of its own, and somebody.
struct Bench {
    app: TestApp,
    tenant: TenantId,
    admin: Client,
}

impl Bench {
    async fn new() -> Self {
        let app = spawn_app_without_worker().await;
        let tenant = app.tenant("acme").await;
        let admin = app.client(tenant, Role::Admin);
        Self { app, tenant, admin }
    }

    async fn enqueue(&self, kind: &str) -> String {
        let actor = Actor::with_role("asker", self.tenant, Role::Admin, "asked");
        let job = self.app.state.db.write(&actor, async |tx| enqueue(tx, kind, &json!({})).await).await.unwrap();
        job.to_string()
    }

    fn worker(&self, settings: JobSettings, handler: Arc<dyn JobHandler>) -> Worker {
        Worker::new(self.app.state.db.clone(), settings, vec![handler])
    }

    /// A worker of one slot, which works until it is aborted, which is its crash.
    fn start(&self, handler: Arc<dyn JobHandler>) -> JoinHandle<()> {
        tokio::spawn(self.worker(settings(), handler).run(CancellationToken::new()))
    }

    async fn job(&self, id: &str) -> Value {
        self.admin.get(&format!("/v1/jobs/{id}")).await.expect(200)
    }

    /// Whose marks there are, step by step.
    async fn marks(&self) -> Vec<(String, String)> {
        let log = self.admin.get("/v1/audit-entries?limit=500").await.expect(200);
        let entries = log["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == "test.step");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut marks: Vec<_> = entries.map(|e| (text(&e["resource_id"]), text(&e["after"]["by"]))).collect();
        marks.sort();
        marks
    }

    async fn sql(&self, statement: &'static str) -> u64 {
        let mut superuser = self.app.database.superuser().await;
        let done = sqlx::query(statement).execute(&mut superuser).await.unwrap().rows_affected();
        superuser.close().await.unwrap();
        done
    }
}

fn settings() -> JobSettings {
    JobSettings { slots: 1, poll: Duration::from_millis(20), ..JobSettings::default() }
}

fn marked(by: &[&str]) -> Vec<(String, String)> {
    (1..).zip(by).map(|(step, by)| (step.to_string(), (*by).to_owned())).collect()
}

#[actix_web::test]
async fn a_job_shows_its_progress_and_its_result() {
    let bench = Bench::new().await;
    let (handler, mut reins) = steps("one", Some(3));
    let id = bench.enqueue("steps").await;
    assert_eq!(
        (bench.job(&id).await["state"].as_str(), bench.job(&id).await["started_at"].is_null()),
        (Some("queued"), true)
    );
    let _worker = bench.start(handler);
    assert_eq!(reins.arrived.recv().await, Some(3));
    let job = bench.job(&id).await;
    assert_eq!((&job["state"], &job["progress"]), (&json!("running"), &json!({"done": 2, "total": 5})));
    reins.go_on.add_permits(1);
    let job = bench.admin.finished(&id).await;
    assert_eq!((&job["state"], &job["progress"]), (&json!("completed"), &json!({"done": 5, "total": 5})));
    assert_eq!((&job["result"], &job["problem"]), (&json!({"from": 1, "by": "one"}), &Value::Null));
    assert_eq!(bench.marks().await, marked(&["one"; 5]));
    let query = "query($id: ID!) { job(id: $id) { state progress { done total } result } jobs { nodes { id } } }";
    let graph = bench.admin.data(query, json!({"id": id})).await;
    assert_eq!(
        graph["job"],
        json!({"state": "COMPLETED", "progress": {"done": 5, "total": 5}, "result": job["result"]})
    );
    assert_eq!(plain(&graph["jobs"]["nodes"][0]["id"]), id);
    let ended = bench.admin.delete(&format!("/v1/jobs/{id}")).await.expect(409);
    assert_eq!(ended["code"], "conflict");
}

#[actix_web::test]
async fn a_waiting_job_is_cancelled_at_once_and_never_runs() {
    let bench = Bench::new().await;
    let (first, second, third) =
        (bench.enqueue("steps").await, bench.enqueue("steps").await, bench.enqueue("steps").await);
    assert_eq!(bench.admin.delete(&format!("/v1/jobs/{first}")).await.expect(200)["state"], "cancelled");
    let query = "mutation($input: CancelJobInput!) { cancelJob(input: $input) { job { state } userErrors { code } } }";
    let cancel = async || bench.admin.data(query, json!({"input": {"id": second}})).await["cancelJob"].take();
    assert_eq!(cancel().await, json!({"job": {"state": "CANCELLED"}, "userErrors": []}));
    assert_eq!(cancel().await, json!({"job": null, "userErrors": [{"code": "conflict"}]}));
    let (handler, _reins) = steps("one", None);
    let _worker = bench.start(handler);
    assert_eq!(bench.admin.finished(&third).await["state"], "completed");
    assert_eq!(
        (&bench.job(&first).await["state"], &bench.job(&second).await["state"]),
        (&json!("cancelled"), &json!("cancelled"))
    );
    assert_eq!(bench.marks().await, marked(&["one"; 5]));
}

#[actix_web::test]
async fn a_running_job_stops_at_its_next_step_which_leaves_nothing() {
    let bench = Bench::new().await;
    let (handler, mut reins) = steps("one", Some(3));
    let id = bench.enqueue("steps").await;
    let _worker = bench.start(handler);
    reins.arrived.recv().await.unwrap();
    assert_eq!(bench.admin.delete(&format!("/v1/jobs/{id}")).await.expect(200)["state"], "running");
    reins.go_on.add_permits(1);
    let job = bench.admin.finished(&id).await;
    assert_eq!(
        (&job["state"], &job["progress"]["done"], &job["result"]),
        (&json!("cancelled"), &json!(2), &Value::Null)
    );
    assert_eq!(bench.marks().await, marked(&["one", "one"]));
    assert_eq!(bench.sql("update job_queue set attempts = attempts").await, 0);
}

#[actix_web::test]
async fn a_worker_that_lost_its_lease_writes_nothing() {
    let bench = Bench::new().await;
    let (away, mut reins) = steps("away", Some(2));
    let id = bench.enqueue("steps").await;
    let _away = bench.start(away);
    assert_eq!(reins.arrived.recv().await, Some(2));
    // It was silent for too long; another takes over from its last checkpoint, and is at work when it comes back.
    assert_eq!(bench.sql("update job_queue set lease_until = now() - interval '1 second'").await, 1);
    let (heir, mut heirs) = steps("heir", Some(4));
    let _heir = bench.start(heir);
    assert_eq!(heirs.arrived.recv().await, Some(4));
    reins.go_on.add_permits(1);
    assert_eq!(reins.ended.recv().await, Some(Err("The job was stopped.".to_owned())));
    assert_eq!(bench.job(&id).await["progress"]["done"], 3);
    heirs.go_on.add_permits(1);
    let job = bench.admin.finished(&id).await;
    assert_eq!((&job["state"], &job["result"]), (&json!("completed"), &json!({"from": 2, "by": "heir"})));
    assert_eq!(heirs.ended.recv().await, Some(Ok(())));
    assert_eq!(bench.marks().await, marked(&["away", "heir", "heir", "heir", "heir"]));
}

#[actix_web::test]
async fn a_job_whose_worker_dies_goes_on_from_its_last_step() {
    let bench = Bench::new().await;
    let (victim, mut reins) = steps("victim", Some(3));
    let id = bench.enqueue("steps").await;
    let short = JobSettings { lease: Duration::from_millis(400), ..settings() };
    let victim = tokio::spawn(bench.worker(short, victim).run(CancellationToken::new()));
    assert_eq!(reins.arrived.recv().await, Some(3));
    victim.abort();
    assert!(victim.await.unwrap_err().is_cancelled());
    // Nobody tells the heir: it finds the job when the lease has run out.
    let (heir, _heirs) = steps("heir", None);
    let _heir = bench.start(heir);
    let job = bench.admin.finished(&id).await;
    assert_eq!((&job["state"], &job["result"]), (&json!("completed"), &json!({"from": 3, "by": "heir"})));
    assert_eq!(job["progress"], json!({"done": 5, "total": 5}));
    assert_eq!(bench.marks().await, marked(&["victim", "victim", "heir", "heir", "heir"]));
}

#[actix_web::test]
async fn a_worker_that_is_told_to_stop_gives_its_job_back() {
    let bench = Bench::new().await;
    let (first, mut reins) = steps("first", Some(2));
    let id = bench.enqueue("steps").await;
    let stop = CancellationToken::new();
    // With a lease far longer than the test: only giving back lets the next one have it.
    let long = JobSettings { lease: Duration::from_secs(3600), ..settings() };
    let worker = tokio::spawn(bench.worker(long, first).run(stop.clone()));
    reins.arrived.recv().await.unwrap();
    stop.cancel();
    worker.await.unwrap();
    assert_eq!(bench.job(&id).await["state"], "running");
    let (next, _nexts) = steps("next", None);
    let _next = bench.start(next);
    assert_eq!(bench.admin.finished(&id).await["result"], json!({"from": 2, "by": "next"}));
    assert_eq!(bench.marks().await, marked(&["first", "next", "next", "next", "next"]));
}

/// Fails each time.
struct Failing {
    error: fn() -> Error,
    calls: AtomicU32,
}

#[async_trait::async_trait]
impl JobHandler for Failing {
    fn kind(&self) -> &'static str {
        "failing"
    }

    async fn run(&self, _: &JobContext, _: Value, _: Option<Value>) -> Result<Value> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Err((self.error)())
    }
}

/// A job that fails so, and how often it was tried.
async fn failed(error: fn() -> Error) -> (Value, u32) {
    let bench = Bench::new().await;
    let id = bench.enqueue("failing").await;
    let handler = Arc::new(Failing { error, calls: AtomicU32::new(0) });
    let two = JobSettings { attempts: 2, ..settings() };
    tokio::spawn(bench.worker(two, handler.clone()).run(CancellationToken::new()));
    let job = bench.admin.finished(&id).await;
    (job, handler.calls.load(Ordering::Relaxed))
}

#[actix_web::test]
async fn a_business_error_fails_the_job_at_once_and_says_why() {
    let (job, calls) = failed(|| Error::invalid_at("/file", "encoding", "Not UTF-8.", "不是 UTF-8。")).await;
    assert_eq!((&job["state"], calls), (&json!("failed"), 1));
    assert_eq!(job["problem"]["code"], "invalid_input");
    let expected =
        json!([{"pointer": "/file", "code": "encoding", "detail": {"en": "Not UTF-8.", "zh": "不是 UTF-8。"}}]);
    assert_eq!(job["problem"]["errors"], expected);
    assert!(!job["finished_at"].is_null());
}

#[actix_web::test]
async fn a_fault_of_ours_is_tried_again_and_then_told_without_its_inside() {
    let (job, calls) = failed(|| Error::internal("select secret from inside")).await;
    assert_eq!((&job["state"], calls), (&json!("failed"), 2));
    assert_eq!((&job["problem"]["code"], &job["problem"]["errors"]), (&json!("internal"), &json!([])));
    assert!(!job.to_string().contains("secret"), "{job}");
}

/// Keeps one more checkpoint each time, and fails then.
struct Halting(AtomicU32);

#[async_trait::async_trait]
impl JobHandler for Halting {
    fn kind(&self) -> &'static str {
        "halting"
    }

    async fn run(&self, job: &JobContext, _: Value, checkpoint: Option<Value>) -> Result<Value> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let done = checkpoint.and_then(|c| c["done"].as_i64()).unwrap_or(0);
        if done == STEPS {
            return Ok(Value::Null);
        }
        job.step((done + 1, Some(STEPS)), Some(json!({"done": done + 1})), async |_| Ok(())).await?;
        Err(Error::internal("once more"))
    }
}

#[actix_web::test]
async fn attempts_are_counted_from_the_last_checkpoint() {
    let bench = Bench::new().await;
    let id = bench.enqueue("halting").await;
    let handler = Arc::new(Halting(AtomicU32::new(0)));
    let two = JobSettings { attempts: 2, ..settings() };
    tokio::spawn(bench.worker(two, handler.clone()).run(CancellationToken::new()));
    let job = bench.admin.finished(&id).await;
    assert_eq!((&job["state"], &job["progress"]["done"]), (&json!("completed"), &json!(STEPS)), "{job}");
    assert_eq!(handler.0.load(Ordering::Relaxed), 6);
}

/// Is crossed by another transaction four times.
struct Crossed(AtomicU32);

#[async_trait::async_trait]
impl JobHandler for Crossed {
    fn kind(&self) -> &'static str {
        "crossed"
    }

    async fn run(&self, job: &JobContext, _: Value, _: Option<Value>) -> Result<Value> {
        if self.0.fetch_add(1, Ordering::Relaxed) < 4 {
            let deadlock = "do $$ begin raise exception 'crossed' using errcode = '40P01'; end $$";
            job.step((1, None), None, async |tx| {
                sqlx::query(deadlock).execute(&mut *tx.conn().await?).await?;
                Ok(())
            })
            .await?;
        }
        Ok(Value::Null)
    }
}

#[actix_web::test]
async fn what_another_transaction_crosses_is_no_attempt() {
    let bench = Bench::new().await;
    let id = bench.enqueue("crossed").await;
    let handler = Arc::new(Crossed(AtomicU32::new(0)));
    let two = JobSettings { attempts: 2, ..settings() };
    tokio::spawn(bench.worker(two, handler.clone()).run(CancellationToken::new()));
    assert_eq!(bench.admin.finished(&id).await["state"], "completed");
    assert_eq!(handler.0.load(Ordering::Relaxed), 5);
}

#[actix_web::test]
async fn a_job_goes_with_the_transaction_that_asked_for_it() {
    let bench = Bench::new().await;
    let actor = Actor::with_role("asker", bench.tenant, Role::Admin, "asked");
    let refused = bench.app.state.db.write(&actor, async |tx| {
        enqueue(tx, "steps", &json!({})).await?;
        Err::<(), _>(Error::conflict("No.", "否。"))
    });
    assert_eq!(refused.await.unwrap_err().detail().en, "No.");
    assert_eq!(bench.admin.get("/v1/jobs").await.expect(200)["items"], json!([]));
    assert_eq!(bench.sql("update job_queue set attempts = attempts").await, 0);
    let missing = bench.admin.request(Method::DELETE, "/v1/jobs/0190b8a0-0000-7000-8000-000000000000");
    assert_eq!(bench.admin.send(missing).await.status, 404);
}
