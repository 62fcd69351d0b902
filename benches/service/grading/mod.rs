//! A grading run through `POST /v1/grading-runs`, against one statement written by hand that stores the same rows.
//!
//! Ours is the whole way: the request, the job with its lease and progress, facts read from one state of the data, scores
//! with their explanations, and all rows under row level security, until the job has completed. The other side is one
//! `INSERT … SELECT` as the superuser, whom row level security does not bind, with memory for its sorts, that computes the
//! metrics from the lines and the points by CASE. Before each side the results are emptied and a checkpoint is made; the
//! sides take turns at going first. After each, every column of all rows is compared through a sum of hashes.

use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor, PgConnection};
use uuid::Uuid;

use super::Result;
use super::client::Client;
use super::server::{Cluster, Server};
use super::table::{median, seconds, surroundings};

const BOOK: &str = include_str!("book.sql");
const STATEMENT: &str = include_str!("statement.sql");
const SCALE: &str = include_str!("scale.json");
const AS_OF: &str = "2025-12";

/// How much.
#[derive(Debug, Args)]
pub struct GradingArgs {
    /// Customers of the book.
    #[arg(long, default_value_t = 100_000)]
    customers: u64,
    /// Sales lines of each.
    #[arg(long, default_value_t = 20)]
    lines: u64,
    /// Rounds; each is one run and one statement.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Leaves the statement and the trials out, as where only time a customer and memory are asked for.
    #[arg(long)]
    alone: bool,
}

#[derive(Default)]
struct Times {
    run: Vec<Duration>,
    statement: Vec<Duration>,
    first_trial: Vec<Duration>,
    trial: Vec<Duration>,
}

struct Bench {
    tenant: Uuid,
    scale: Uuid,
    client: Client,
    superuser: PgConnection,
}

/// Rows, and for each column a sum of hashes.
type Content = (i64, Vec<String>);

/// What a result is made of.
const COLUMNS: [&str; 20] = [
    "customer_id",
    "gradable",
    "score",
    "quality",
    "growth",
    "data_coverage",
    "scored_grade",
    "grade",
    "rank",
    "factor_numbers",
    "factor_texts",
    "factor_flags",
    "factor_missing",
    "factor_points",
    "factor_contributions",
    "factor_matched",
    "factor_percentiles",
    "dimension_scores",
    "effective_weights",
    "cap_facts",
];

pub async fn run(args: &GradingArgs) -> Result {
    let folder = tempfile::Builder::new().prefix("fenji-bench-").tempdir()?;
    let cluster = Cluster::start(&folder.path().join("cluster")).await?;
    let outcome = measure(args, &cluster).await;
    cluster.stop().await?;
    outcome
}

async fn measure(args: &GradingArgs, cluster: &Cluster) -> Result {
    let mut superuser = cluster.superuser().await?;
    println!("{}", surroundings(&mut superuser).await?);
    let tenant = cluster.command(&["tenant", "create", "bench", "--name", "Bench", "--base-currency", "EUR"])?;
    let tenant: Uuid = tenant["id"].as_str().ok_or("no tenant")?.parse()?;
    let token = cluster.command(&["token", "--tenant", "bench", "--role", "admin"])?;
    let server = Server::start(cluster)?;
    let client = Client::new(&server.url, token["access_token"].as_str().ok_or("no token")?)?;
    let scale = scale(&client).await?;
    let since = Instant::now();
    fill(&mut superuser, tenant, scale, args).await?;
    eprintln!("the book took {:?}", since.elapsed());

    let mut bench = Bench { tenant, scale, client, superuser };
    let since = Instant::now();
    let (first, _) = bench.grade().await?;
    println!("first run, which adds up all lines by customer and month: {:.1} s", first.as_secs_f64());
    eprintln!("with all around it {:?}", since.elapsed());
    bench.superuser.execute("vacuum analyze").await?;
    let mut times = Times::default();
    for round in 0..args.rounds {
        let statement_first = round % 2 == 1;
        let mut stated = None;
        if statement_first && !args.alone {
            stated = Some(bench.state(&mut times).await?);
        }
        let (took, graded) = bench.grade().await?;
        times.run.push(took);
        if !args.alone {
            let stated = match stated {
                Some(stated) => stated,
                None => bench.state(&mut times).await?,
            };
            if graded != stated {
                let pairs = COLUMNS.iter().zip(graded.1.iter().zip(&stated.1));
                let columns: Vec<_> =
                    pairs.filter(|(_, (ours, theirs))| ours != theirs).map(|(name, _)| name).collect();
                return Err(format!("the sides differ: {} and {} rows; {columns:?}", graded.0, stated.0).into());
            }
        }
    }
    let peak = server.peak_memory()?;
    if !args.alone {
        times.first_trial.push(bench.try_out(0).await?);
        for round in 1..=args.rounds.max(5) {
            times.trial.push(bench.try_out(round).await?);
        }
    }
    report(args, &times);
    println!();
    println!("peak memory of the server: {peak} MiB after the runs, {} MiB at the end", server.peak_memory()?);
    Ok(())
}

/// The scale, published.
async fn scale(client: &Client) -> Result<Uuid> {
    for (code, kind) in [("square_feet", "number"), ("brands", "number"), ("specialty", "text")] {
        let definition = json!({"code": code, "label": {"en": code, "zh": code}, "type": kind});
        client.post("/v1/attribute-definitions", &definition).await?;
    }
    let definition: Value = serde_json::from_str(SCALE)?;
    let scale = json!({"code": "bench", "name": {"en": "Bench", "zh": "基准"}, "definition": definition});
    let scale = client.post("/v1/scales", &scale).await?;
    let id = scale["id"].as_str().ok_or("no scale")?.to_owned();
    client.post(&format!("/v1/scales/{id}/versions/1:publish"), &json!({})).await?;
    Ok(id.parse()?)
}

async fn fill(conn: &mut PgConnection, tenant: Uuid, scale: Uuid, args: &GradingArgs) -> Result {
    let book = BOOK
        .replace("$tenant", &tenant.to_string())
        .replace("$scale", &scale.to_string())
        .replace("$customers", &args.customers.to_string())
        .replace("$lines", &args.lines.to_string());
    conn.execute(AssertSqlSafe(book)).await?;
    conn.execute("vacuum analyze").await?;
    Ok(())
}

impl Bench {
    /// One run into the empty table.
    async fn grade(&mut self) -> Result<(Duration, Content)> {
        self.empty().await?;
        let since = Instant::now();
        let asked = json!({"scale_id": self.scale, "as_of": AS_OF, "selection": {"all": {}}});
        let run = self.client.post("/v1/grading-runs", &asked).await?;
        self.client.completed(run["job"]["id"].as_str().ok_or("no job")?).await?;
        let took = since.elapsed();
        eprintln!("run {took:?}");
        let run: Uuid = run["id"].as_str().ok_or("no run")?.parse()?;
        Ok((took, self.content(run).await?))
    }

    /// The statement into the empty table, under a run of its own.
    async fn state(&mut self, times: &mut Times) -> Result<Content> {
        self.empty().await?;
        let run = Uuid::from_u128(u128::from(u32::MAX) + times.statement.len() as u128);
        let copy = "insert into grading_runs (tenant_id, id, job_id, scale_id, scale_version, as_of, selection, created_by, created_at)
                    select tenant_id, $2, job_id, scale_id, scale_version, as_of, selection, 'bench', now()
                    from grading_runs where tenant_id = $1 limit 1";
        sqlx::query(copy).bind(self.tenant).bind(run).execute(&mut self.superuser).await?;
        self.superuser.execute("set work_mem = '256MB'; set jit = off").await?;
        let since = Instant::now();
        let statement = sqlx::query(STATEMENT).bind(self.tenant).bind(run).bind(self.scale);
        statement.execute(&mut self.superuser).await?;
        let took = since.elapsed();
        eprintln!("statement {took:?}");
        times.statement.push(took);
        self.content(run).await
    }

    /// What would become of the book with other weights: nothing stored.
    async fn try_out(&self, round: u32) -> Result<Duration> {
        let moved = f64::from(round) / 100.0;
        let weights = json!([{"dimension": "value", "weight": format!("{:.2}", 0.30 - moved)}]);
        let asked = json!({"scale_id": self.scale, "as_of": AS_OF, "changes": {"weights": weights}});
        let since = Instant::now();
        self.client.post("/v1/grading/what-if", &asked).await?;
        let took = since.elapsed();
        eprintln!("trial {took:?}");
        Ok(took)
    }

    async fn empty(&mut self) -> Result {
        self.superuser.execute("truncate grading_results").await?;
        self.superuser.execute("checkpoint").await?;
        Ok(())
    }

    async fn content(&mut self, run: Uuid) -> Result<Content> {
        // A customer's id is in each hash: the same values of other customers are another content.
        let sum = |column: &&str| {
            format!("sum(hashtextextended(customer_id::text || ' ' || coalesce({column}::text, ''), 0))::text")
        };
        let sums: Vec<String> = COLUMNS.iter().map(sum).collect();
        let sql = format!(
            "select count(*), array[{}] from grading_results where tenant_id = $1 and run_id = $2",
            sums.join(", ")
        );
        Ok(sqlx::query_as(AssertSqlSafe(sql)).bind(self.tenant).bind(run).fetch_one(&mut self.superuser).await?)
    }
}

fn report(args: &GradingArgs, times: &Times) {
    let statement = median(times.statement.clone());
    println!();
    println!(
        "| {} customers, {} sales lines | median | against the statement | each (s) |",
        args.customers,
        args.customers * args.lines
    );
    println!("| --- | --- | --- | --- |");
    for (what, each) in [
        ("the statement", &times.statement),
        ("a grading run", &times.run),
        ("a trial, the first", &times.first_trial),
        ("a trial after that", &times.trial),
    ] {
        if each.is_empty() {
            continue;
        }
        let took = median(each.clone());
        let ratio = took.as_secs_f64() / statement.as_secs_f64().max(f64::EPSILON);
        let ratio = if statement.is_zero() { "-".to_owned() } else { format!("{ratio:.3}") };
        println!("| {what} | {:.3} s | {ratio} | {} |", took.as_secs_f64(), seconds(each));
    }
    let micros = median(times.run.clone()).as_secs_f64() * 1e6 / args.customers as f64;
    println!();
    println!("a run takes {micros:.1} µs a customer");
}
