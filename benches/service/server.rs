//! The real program in a process of its own, on a cluster of its own with the settings of real use.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use fenji::db::{self, EmbeddedOptions, EmbeddedPostgres};
use serde_json::Value;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, Executor, PgConnection};

use super::Result;

const APP_PASSWORD: &str = "benchmark";
const JWT_SECRET: &str = "benchmark-benchmark-benchmark-benchmark";

/// A cluster with a migrated database.
pub struct Cluster {
    postgres: EmbeddedPostgres,
}

impl Cluster {
    /// Durable, as `fenji serve` runs its own.
    pub async fn start(dir: &Path) -> Result<Self> {
        let postgres = EmbeddedPostgres::start(dir, EmbeddedOptions::default()).await?;
        let cluster = Self { postgres };
        let mut admin = PgConnection::connect(&cluster.postgres.superuser_url()).await?;
        db::prepare_roles(&mut admin, Some(APP_PASSWORD)).await?;
        admin.close().await?;
        cluster.renew().await?;
        Ok(cluster)
    }

    /// Puts a new database in the place of the one that is there. No server may run on it.
    pub async fn renew(&self) -> Result {
        let mut admin = PgConnection::connect(&self.postgres.superuser_url()).await?;
        admin.execute("drop database if exists fenji with (force)").await?;
        admin.execute("create database fenji").await?;
        admin.close().await?;
        let mut owner = self.superuser().await?;
        db::migrate(&mut owner).await?;
        owner.close().await?;
        Ok(())
    }

    /// As the superuser, whom row level security does not bind.
    pub async fn superuser(&self) -> Result<PgConnection> {
        let options: PgConnectOptions = self.postgres.superuser_url().parse()?;
        Ok(PgConnection::connect_with(&options.database("fenji")).await?)
    }

    fn app_url(&self) -> String {
        format!("postgres://{}:{APP_PASSWORD}@127.0.0.1:{}/fenji", db::APP_ROLE, self.postgres.port())
    }

    /// Stops it.
    pub async fn stop(self) -> Result {
        Ok(self.postgres.stop().await?)
    }

    /// The program with nothing in its environment but what it needs.
    fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fenji"));
        command
            .env_clear()
            .env("DATABASE_URL", self.app_url())
            .env("FENJI_JWT_SECRET", JWT_SECRET)
            .env("FENJI_LISTEN", "127.0.0.1:0")
            .env("FENJI_LOG", std::env::var("BENCH_LOG").unwrap_or_else(|_| "warn".into()));
        command
    }

    /// What a command of the program prints, as JSON.
    pub fn command(&self, arguments: &[&str]) -> Result<Value> {
        let output = self.program().args(arguments).arg("--json").output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

/// `fenji serve`; it ends with this value.
pub struct Server {
    process: Child,
    /// Where it listens.
    pub url: String,
}

impl Server {
    /// Starts it and waits until it listens.
    pub fn start(cluster: &Cluster) -> Result<Self> {
        let mut process = cluster.program().arg("serve").stderr(Stdio::piped()).spawn()?;
        let mut told = BufReader::new(process.stderr.take().ok_or("no standard error")?);
        let mut server = Self { process, url: String::new() };
        let mut line = String::new();
        while told.read_line(&mut line)? > 0 {
            if let Some(url) = line.split_whitespace().find(|word| word.starts_with("http://")) {
                server.url = url.trim_end_matches(';').to_owned();
                std::thread::spawn(move || std::io::copy(&mut told, &mut std::io::stderr()));
                return Ok(server);
            }
            line.clear();
        }
        Err("the server ended before it listened".into())
    }

    /// The most memory it had resident at once so far, in MiB.
    pub fn peak_memory(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib: u64 = peak.and_then(|rest| rest.split_whitespace().next()).ok_or("no VmHWM")?.parse()?;
        Ok(kib / 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nobody to tell where it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
