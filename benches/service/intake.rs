//! Sales lines through `POST /v1/imports`, against COPY of the same rows into the same table.
//!
//! Ours is the whole way: the upload over HTTP, the stored file, the job's two readings, validation, references looked
//! up, the upsert under row level security, counts and checkpoints; until the job has ended. The other side is `COPY …
//! FROM STDIN` in CSV as the superuser, whom row level security does not bind, in one transaction, of rows with every
//! id resolved and every amount reckoned, into the same table with the same indexes and foreign keys. Before each side
//! the table is emptied and a checkpoint is made; the sides take turns at going first. After each, every column of all
//! rows but the id is compared through a sum of hashes.

use std::path::Path;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor, PgConnection};
use uuid::Uuid;

use super::Result;
use super::client::Client;
use super::files::{self, READY_COLUMNS, References};
use super::first_loads::{self, FirstLoadsArgs};
use super::sales;
use super::server::{Cluster, Server};
use super::table::{median, rate, seconds, surroundings};

/// Bytes handed to COPY at a time.
const PIECE: usize = 256 * 1024;

/// How much.
#[derive(Debug, Args)]
pub struct IntakeArgs {
    /// Sales lines of the file.
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// Rounds; each is one import, the same import again, and one COPY; 0 for first loads alone.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Sales lines of the large file by which memory is measured; 0 for none. Four times `rows` where absent.
    #[arg(long)]
    large: Option<u64>,
    #[command(flatten)]
    first_loads: FirstLoadsArgs,
}

/// What the rounds took.
#[derive(Default)]
struct Times {
    ours: Vec<Duration>,
    again: Vec<Duration>,
    copy: Vec<Duration>,
}

/// Everything a round needs.
struct Bench<'a> {
    rows: u64,
    dir: &'a Path,
    client: Client,
    superuser: PgConnection,
}

pub async fn run(args: &IntakeArgs) -> Result {
    let folder = tempfile::Builder::new().prefix("fenji-bench-").tempdir()?;
    first_loads::run(&args.first_loads, folder.path()).await?;
    if args.rounds == 0 {
        return Ok(());
    }
    let cluster = Cluster::start(&folder.path().join("cluster")).await?;
    let outcome = measure(args, folder.path(), &cluster).await;
    cluster.stop().await?;
    outcome
}

async fn measure(args: &IntakeArgs, dir: &Path, cluster: &Cluster) -> Result {
    let mut superuser = cluster.superuser().await?;
    println!("{}", surroundings(&mut superuser).await?);
    let tenant = cluster.command(&["tenant", "create", "bench", "--name", "Bench", "--base-currency", "EUR"])?;
    let tenant: Uuid = tenant["id"].as_str().ok_or("no tenant")?.parse()?;
    let token = cluster.command(&["token", "--tenant", "bench", "--role", "admin"])?;
    let server = Server::start(cluster)?;
    let client = Client::new(&server.url, token["access_token"].as_str().ok_or("no token")?)?;
    client.import_text("salespeople", files::salespeople()).await?;
    client.import_text("products", files::products()).await?;
    client.import_text("customers", files::customers(sales::CUSTOMERS)).await?;
    superuser.execute("analyze").await?;
    let known = References::read(&mut superuser, tenant).await?;
    files::source_lines(&dir.join("lines.csv"), sales::CUSTOMERS, args.rows)?;
    files::ready_lines(&dir.join("ready.csv"), args.rows, tenant, &known)?;

    let mut bench = Bench { rows: args.rows, dir, client, superuser };
    let mut times = Times::default();
    for round in 0..args.rounds {
        let copy_first = round % 2 == 1;
        let mut copied = None;
        if copy_first {
            copied = Some(bench.copy(&mut times).await?);
        }
        let imported = bench.import(&mut times).await?;
        let copied = match copied {
            Some(copied) => copied,
            None => bench.copy(&mut times).await?,
        };
        if imported != copied {
            return Err(format!("the sides differ: imported {imported:?}, copied {copied:?}").into());
        }
    }
    let peak = server.peak_memory()?;
    report(args.rows, &times, peak);
    let large = args.large.unwrap_or(args.rows * 4);
    if large > 0 {
        let took = bench.large(large).await?;
        let (rate, peak) = (rate(large, took), server.peak_memory()?);
        println!(
            "| import of {large} lines | {:.1} s | {rate:.0} rows/s | peak memory of the server {peak} MiB |",
            took.as_secs_f64()
        );
    }
    Ok(())
}

fn report(rows: u64, times: &Times, peak: u64) {
    let [ours, again, copy] = [&times.ours, &times.again, &times.copy].map(|times| median(times.clone()));
    println!();
    println!("| {rows} sales lines | median | rows/s | against COPY | rounds (s) |");
    println!("| --- | --- | --- | --- | --- |");
    for (what, took, each) in [
        ("COPY of ready rows", copy, &times.copy),
        ("import into an empty table", ours, &times.ours),
        ("the same file again", again, &times.again),
    ] {
        let ratio = copy.as_secs_f64() / took.as_secs_f64().max(f64::EPSILON);
        let (took, rate) = (took.as_secs_f64(), rate(rows, took));
        println!("| {what} | {took:.1} s | {rate:.0} | {ratio:.2} | {} |", seconds(each));
    }
    println!();
    println!("peak memory of the server: {peak} MiB");
}

/// Rows, the sum of their amounts in the base currency, and a sum of hashes over every column but the id.
type Content = (i64, String, String);

impl Bench<'_> {
    /// The file into the empty table, and once more.
    async fn import(&mut self, times: &mut Times) -> Result<Content> {
        self.empty().await?;
        let file = self.dir.join("lines.csv");
        let first = self.client.import_file("sales_lines", &file).await?;
        expect(&first.counts, "created", self.rows)?;
        let content = self.content().await?;
        self.superuser.execute("checkpoint").await?;
        let again = self.client.import_file("sales_lines", &file).await?;
        expect(&again.counts, "unchanged", self.rows)?;
        if self.content().await? != content {
            return Err("the same file again has changed something".into());
        }
        eprintln!("import {:?} (upload {:?}), again {:?}", first.took, first.upload, again.took);
        times.ours.push(first.took);
        times.again.push(again.took);
        Ok(content)
    }

    async fn copy(&mut self, times: &mut Times) -> Result<Content> {
        self.empty().await?;
        let mut file = std::fs::File::open(self.dir.join("ready.csv"))?;
        let since = Instant::now();
        let statement = format!("copy sales_lines ({READY_COLUMNS}) from stdin (format csv)");
        let mut sink = self.superuser.copy_in_raw(&statement).await?;
        let mut piece = vec![0; PIECE];
        loop {
            let read = std::io::Read::read(&mut file, &mut piece)?;
            if read == 0 {
                break;
            }
            sink.send(&piece[..read]).await?;
        }
        let rows = sink.finish().await?;
        let took = since.elapsed();
        if rows != self.rows {
            return Err(format!("COPY took {rows} rows").into());
        }
        eprintln!("copy {took:?}");
        times.copy.push(took);
        self.content().await
    }

    /// A larger file, for the memory it takes.
    async fn large(&mut self, rows: u64) -> Result<Duration> {
        self.empty().await?;
        let file = self.dir.join("large.csv");
        files::source_lines(&file, sales::CUSTOMERS, rows)?;
        let imported = self.client.import_file("sales_lines", &file).await?;
        expect(&imported.counts, "created", rows)?;
        Ok(imported.took)
    }

    /// The same state before each side: no lines, no stored files, nothing left to write.
    async fn empty(&mut self) -> Result {
        for sql in ["truncate sales_lines", "truncate import_chunks", "checkpoint"] {
            self.superuser.execute(AssertSqlSafe(sql)).await?;
        }
        Ok(())
    }

    async fn content(&mut self) -> Result<Content> {
        let sql = "select count(*), sum(base_net)::text, sum(hashtextextended(row(external_id, order_id, day, customer_id, \
             product_id, salesperson_id, quantity, unit_price, discount, net, cost, currency, fx_rate, base_net, \
             base_cost)::text, 0))::text from sales_lines";
        Ok(sqlx::query_as(sql).fetch_one(&mut self.superuser).await?)
    }
}

/// Every row has the one outcome.
fn expect(counts: &Value, outcome: &str, rows: u64) -> Result {
    let mut expected = json!({"created": 0, "updated": 0, "unchanged": 0, "errors": 0});
    expected[outcome] = rows.into();
    if *counts == expected { Ok(()) } else { Err(format!("expected {expected}, found {counts}").into()) }
}
