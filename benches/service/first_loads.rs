//! The first load of a tenant beside a large one, against the same load into a fresh database, and against COPY.
//!
//! The large tenant has lines and customers, and Postgres has analysed them. In each round each way of loading (the command
//! line, `POST /v1/imports`, batches of 1,000) brings customers and sales lines into a new tenant beside it and into the one
//! tenant of a new database, the sides in turns. COPY then brings the same rows under the id of one more tenant into the same
//! tables as the superuser, in one transaction, with every id resolved: the rows that the import left in `customers`, their
//! external ids, name grams and history, and in `sales_lines`. A checkpoint is made before each measurement.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use futures::TryStreamExt;
use serde_json::{Value, json};
use sqlx::Executor;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::Result;
use super::client::Client;
use super::files;
use super::server::{Cluster, Server};
use super::table::{median, seconds, surroundings};

/// Rows of a batch.
const BATCH: usize = 1_000;
/// Where a load of customers and of lines leaves rows.
const CUSTOMER_TABLES: [&str; 4] = ["customers", "customer_external_ids", "customer_name_grams", "customer_changes"];
const LINE_TABLES: [&str; 1] = ["sales_lines"];

/// How much.
#[derive(Debug, Args)]
pub struct FirstLoadsArgs {
    /// Rounds of first loads; 0 for none.
    #[arg(long, default_value_t = 3)]
    first_rounds: u32,
    /// Customers that a new tenant loads.
    #[arg(long, default_value_t = 19_185)]
    first_customers: u64,
    /// Sales lines that a new tenant loads.
    #[arg(long, default_value_t = 60_855)]
    first_lines: u64,
    /// Sales lines of the tenant that is there already.
    #[arg(long, default_value_t = 500_000)]
    neighbour_lines: u64,
}

/// A way of loading.
#[derive(Clone, Copy, Debug)]
enum Way {
    CommandLine,
    Import,
    Batches,
}

/// What the rounds of one way took: customers, then lines.
#[derive(Default)]
struct Times {
    fresh: [Vec<Duration>; 2],
    beside: [Vec<Duration>; 2],
}

struct Bench {
    customers: PathBuf,
    lines: PathBuf,
}

pub async fn run(args: &FirstLoadsArgs, dir: &Path) -> Result {
    if args.first_rounds == 0 {
        return Ok(());
    }
    let (alone, beside) = (Cluster::start(&dir.join("alone")).await?, Cluster::start(&dir.join("beside")).await?);
    let outcome = measure(args, dir, &alone, &beside).await;
    alone.stop().await?;
    beside.stop().await?;
    outcome
}

async fn measure(args: &FirstLoadsArgs, dir: &Path, alone: &Cluster, beside: &Cluster) -> Result {
    let mut superuser = beside.superuser().await?;
    println!("{}", surroundings(&mut superuser).await?);
    neighbour(args, dir, beside).await?;
    superuser.execute("analyze").await?;
    let bench = Bench { customers: dir.join("first_customers.csv"), lines: dir.join("first_lines.csv") };
    std::fs::write(&bench.customers, files::customers(args.first_customers))?;
    files::source_lines(&bench.lines, args.first_customers, args.first_lines)?;

    let mut times: [(Way, Times); 3] = [Way::CommandLine, Way::Import, Way::Batches].map(|way| (way, Times::default()));
    let mut copy = <[Vec<Duration>; 2]>::default();
    for round in 0..args.first_rounds {
        for (at, (way, times)) in (0..).zip(&mut times) {
            let slug = format!("new-{round}-{at}");
            let fresh_first = (round + at) % 2 == 0;
            if fresh_first {
                alone.renew().await?;
                add(&mut times.fresh, bench.load(alone, *way, &slug).await?);
            }
            add(&mut times.beside, bench.load(beside, *way, &slug).await?);
            if !fresh_first {
                alone.renew().await?;
                add(&mut times.fresh, bench.load(alone, *way, &slug).await?);
            }
            add(&mut copy, copied(&mut superuser, &slug, (args.first_customers, args.first_lines)).await?);
        }
    }
    report(args, &times, &copy);
    Ok(())
}

/// The tenant that is there already.
async fn neighbour(args: &FirstLoadsArgs, dir: &Path, cluster: &Cluster) -> Result {
    let file = dir.join("neighbour.csv");
    files::source_lines(&file, args.first_customers, args.neighbour_lines)?;
    let customers = dir.join("neighbour_customers.csv");
    std::fs::write(&customers, files::customers(args.first_customers))?;
    let bench = Bench { customers, lines: file };
    bench.load(cluster, Way::CommandLine, "neighbour").await?;
    Ok(())
}

impl Bench {
    /// Loads a new tenant; the time of the customers and that of the lines.
    async fn load(&self, cluster: &Cluster, way: Way, slug: &str) -> Result<[Duration; 2]> {
        cluster.command(&["tenant", "create", slug, "--name", slug, "--base-currency", "EUR"])?;
        let token = cluster.command(&["token", "--tenant", slug, "--role", "admin"])?;
        let server = Server::start(cluster)?;
        let client = Client::new(&server.url, token["access_token"].as_str().ok_or("no token")?)?;
        client.import_text("salespeople", files::salespeople()).await?;
        client.import_text("products", files::products()).await?;
        cluster.superuser().await?.execute("checkpoint").await?;
        let customers = self.load_file(cluster, &client, (way, slug), ("customers", &self.customers)).await?;
        cluster.superuser().await?.execute("checkpoint").await?;
        let lines = self.load_file(cluster, &client, (way, slug), ("sales-lines", &self.lines)).await?;
        eprintln!("{slug} {way:?}: customers {customers:?}, lines {lines:?}");
        Ok([customers, lines])
    }

    async fn load_file(
        &self,
        cluster: &Cluster,
        client: &Client,
        (way, slug): (Way, &str),
        (kind, file): (&str, &Path),
    ) -> Result<Duration> {
        let since = Instant::now();
        match way {
            Way::CommandLine => {
                let file = file.to_str().ok_or("the folder's name is not UTF-8")?;
                cluster.command(&["import", "--tenant", slug, kind, file])?;
                Ok(since.elapsed())
            }
            Way::Import => Ok(client.import_file(&kind.replace('-', "_"), file).await?.took),
            Way::Batches => {
                let rows = items(kind, file)?;
                let since = Instant::now();
                for batch in rows.chunks(BATCH) {
                    let answer = client.post(&format!("/v1/{kind}:batch"), &json!(batch)).await?;
                    if answer["counts"]["created"] != batch.len() {
                        return Err(format!("a batch was not taken: {}", answer["counts"]).into());
                    }
                }
                Ok(since.elapsed())
            }
        }
    }
}

/// The rows of a file as items of a batch.
fn items(kind: &str, file: &Path) -> Result<Vec<Value>> {
    let mut reader = csv::Reader::from_path(file)?;
    let mut items = Vec::new();
    for row in reader.records() {
        let row = row?;
        let field = |at: usize| row.get(at).unwrap_or_default();
        items.push(match kind {
            "customers" => json!({"external_id": field(0), "name": field(1)}),
            _ => json!({
                "external_id": field(0), "order_id": field(1), "day": field(2), "customer_external_id": field(3),
                "product_external_id": field(4), "salesperson_external_id": field(5), "quantity": field(6),
                "unit_price": field(7), "discount": field(8), "net": field(9), "cost": field(10), "currency": field(11),
            }),
        });
    }
    Ok(items)
}

/// COPY of what a tenant's load left into one more tenant: customers, then lines.
async fn copied(superuser: &mut PgConnection, slug: &str, rows: (u64, u64)) -> Result<[Duration; 2]> {
    let from: Uuid =
        sqlx::query_scalar("select id from tenants where slug = $1").bind(slug).fetch_one(&mut *superuser).await?;
    let to: Uuid = sqlx::query_scalar(
        "insert into tenants (id, slug, name, base_currency, created_at, updated_at)
         select gen_random_uuid(), slug || '-copy', name, base_currency, created_at, updated_at from tenants where id = $1
         returning id",
    )
    .bind(from)
    .fetch_one(&mut *superuser)
    .await?;
    // What customers and lines refer to.
    for table in ["salespeople", "products"] {
        copy_table(superuser, table, (from, to)).await?;
    }
    let customers = timed(superuser, &CUSTOMER_TABLES, (from, to), rows.0).await?;
    let lines = timed(superuser, &LINE_TABLES, (from, to), rows.1).await?;
    eprintln!("{slug} COPY: customers {customers:?}, lines {lines:?}");
    Ok([customers, lines])
}

/// Copies tables in one transaction; the first has so many rows.
async fn timed(superuser: &mut PgConnection, tables: &[&str], pair: (Uuid, Uuid), rows: u64) -> Result<Duration> {
    let mut ready = Vec::new();
    for table in tables {
        ready.push(rows_of(superuser, table, pair).await?);
    }
    superuser.execute("checkpoint").await?;
    let since = Instant::now();
    superuser.execute("begin").await?;
    for (at, (statement, pieces)) in (0..).zip(&ready) {
        let copied = send(superuser, statement, pieces).await?;
        if at == 0 && copied != rows {
            return Err(format!("COPY took {copied} rows, not {rows}").into());
        }
    }
    superuser.execute("commit").await?;
    Ok(since.elapsed())
}

async fn copy_table(superuser: &mut PgConnection, table: &str, pair: (Uuid, Uuid)) -> Result {
    let (statement, pieces) = rows_of(superuser, table, pair).await?;
    send(superuser, &statement, &pieces).await?;
    Ok(())
}

/// The statement that takes a tenant's rows under another tenant's id, and those rows.
async fn rows_of(
    superuser: &mut PgConnection,
    table: &str,
    (from, to): (Uuid, Uuid),
) -> Result<(String, Vec<bytes::Bytes>)> {
    let columns: Vec<String> = sqlx::query_scalar(
        "select quote_ident(attname) from pg_attribute
         where attrelid = $1::regclass and attnum > 0 and not attisdropped and attname <> 'tenant_id' order by attnum",
    )
    .bind(table)
    .fetch_all(&mut *superuser)
    .await?;
    let columns = columns.join(", ");
    // Only names of the schema and typed UUIDs are interpolated.
    let out = format!("copy (select '{to}'::uuid, {columns} from {table} where tenant_id = '{from}') to stdout");
    let pieces = superuser.copy_out_raw(&out).await?.try_collect().await?;
    Ok((format!("copy {table} (tenant_id, {columns}) from stdin"), pieces))
}

async fn send(superuser: &mut PgConnection, statement: &str, pieces: &[bytes::Bytes]) -> Result<u64> {
    let mut sink = superuser.copy_in_raw(statement).await?;
    for piece in pieces {
        sink.send(piece.clone()).await?;
    }
    Ok(sink.finish().await?)
}

fn add(to: &mut [Vec<Duration>; 2], took: [Duration; 2]) {
    for (all, took) in to.iter_mut().zip(took) {
        all.push(took);
    }
}

fn report(args: &FirstLoadsArgs, times: &[(Way, Times)], copy: &[Vec<Duration>; 2]) {
    let sizes = [("customers", args.first_customers), ("sales lines", args.first_lines)];
    println!();
    println!(
        "First loads beside a tenant of {} sales lines, medians of {} rounds",
        args.neighbour_lines, args.first_rounds
    );
    println!();
    println!("| what | way | fresh database | beside | ratio | COPY, cold | against COPY | rounds beside (s) |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for (at, (what, rows)) in sizes.into_iter().enumerate() {
        let copy = median(copy[at].clone()).as_secs_f64();
        for (way, times) in times {
            let [fresh, beside] = [&times.fresh[at], &times.beside[at]].map(|all| median(all.clone()).as_secs_f64());
            let way = match way {
                Way::CommandLine => "command line",
                Way::Import => "import",
                Way::Batches => "batches of 1,000",
            };
            println!(
                "| {rows} {what} | {way} | {fresh:.2} s | {beside:.2} s | {:.2} | {copy:.2} s | {:.2} | {} |",
                beside / fresh.max(f64::EPSILON),
                copy / beside.max(f64::EPSILON),
                seconds(&times.beside[at]),
            );
        }
    }
    println!();
}
