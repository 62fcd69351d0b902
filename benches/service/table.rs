//! What is printed: where it ran, and medians.

use std::process::Command;
use std::time::Duration;

use sqlx::PgConnection;

use super::Result;

/// One line about machine, database, commit and load.
pub async fn surroundings(conn: &mut PgConnection) -> Result<String> {
    let cores = std::thread::available_parallelism()?;
    let cpu = first_of("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".into());
    let memory = first_of("/proc/meminfo", "MemTotal").unwrap_or_default();
    let postgres: String = sqlx::query_scalar("show server_version").fetch_one(conn).await?;
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("?").to_owned();
    Ok(format!("{cores} cores of {cpu}, {memory}; Postgres {postgres}; commit {}; load before: {load}", commit()))
}

fn first_of(file: &str, key: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let changed = git(&["status", "--porcelain"]).is_some_and(|changes| !changes.is_empty());
    let commit = git(&["rev-parse", "--short", "HEAD"]).unwrap_or_else(|| "unknown".into());
    if changed { format!("{commit} with changes") } else { commit }
}

/// The middle one; of an even number the lower of the two in the middle.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

/// Rows a second.
pub fn rate(rows: u64, took: Duration) -> f64 {
    rows as f64 / took.as_secs_f64().max(f64::EPSILON)
}

/// Seconds of each, for a reader to see how far they lie apart.
pub fn seconds(times: &[Duration]) -> String {
    times.iter().map(|time| format!("{:.1}", time.as_secs_f64())).collect::<Vec<_>>().join(" ")
}
