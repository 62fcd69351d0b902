//! The embedded cluster against the real Postgres programs of this machine, as root or not.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fenji::db::{EmbeddedError, EmbeddedOptions, EmbeddedPostgres};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::{Connection, PgConnection};
use support::{alive, execute, program_with_a_cluster};
use tempfile::TempDir;

const CHILD_DIR: &str = "FENJI_EMBEDDED_TEST_DIR";

#[cfg(test)]
mod support {
    use super::*;

    /// Another process with a running cluster in `dir`, and the cluster's pid.
    pub fn program_with_a_cluster(dir: &Path) -> (Child, i32) {
        let mut program = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "program", "--ignored", "--nocapture"])
            .env(CHILD_DIR, dir)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(program.stdout.take().unwrap());
        let server = output
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("server ")?.trim().parse().ok())
            .expect("the program tells its server");
        (program, server)
    }

    /// Whether the process runs; an ended one that its parent has not noticed yet does not.
    pub fn alive(pid: i32) -> bool {
        let answer = Command::new("ps").args(["-o", "stat=", "-p"]).arg(pid.to_string()).output().unwrap();
        let state = String::from_utf8(answer.stdout).unwrap();
        !state.trim().is_empty() && !state.trim().starts_with('Z')
    }

    pub async fn execute(cluster: &EmbeddedPostgres, sql: &'static str) -> Result<(), sqlx::Error> {
        let mut connection = PgConnection::connect(&cluster.superuser_url()).await?;
        sqlx::raw_sql(sql).execute(&mut connection).await?;
        connection.close().await
    }
}

#[tokio::test]
async fn starts_at_once_keeps_the_data_and_stops() {
    let dir = TempDir::new().unwrap();
    let first = EmbeddedPostgres::start(dir.path(), EmbeddedOptions::default()).await.unwrap();
    execute(&first, "create table kept as select 1 as one").await.unwrap();
    let (pid, first_was_new) = (first.pid(), first.is_new());
    first.stop().await.unwrap();
    assert!(!alive(pid), "stop waits for the end");

    assert!(first_was_new, "there was none");
    let second = EmbeddedPostgres::start(dir.path(), EmbeddedOptions::default()).await.unwrap();
    assert!(!second.is_new(), "a second start makes no cluster");
    execute(&second, "select one from kept").await.unwrap();
    assert_ne!(second.pid(), pid);
    let password = fs::metadata(dir.path().join("postgres/password")).unwrap();
    assert_eq!(password.permissions().mode() & 0o777, 0o600);
    assert!(second.log_dir().read_dir().unwrap().next().is_some(), "the log is in the folder");
    second.stop().await.unwrap();
}

#[tokio::test]
async fn dropping_stops_too() {
    let dir = TempDir::new().unwrap();
    let pid = EmbeddedPostgres::start(dir.path(), EmbeddedOptions::for_tests()).await.unwrap().pid();
    assert!(!alive(pid));
}

#[tokio::test]
async fn a_wrong_password_does_not_enter() {
    let dir = TempDir::new().unwrap();
    let cluster = EmbeddedPostgres::start(dir.path(), EmbeddedOptions::for_tests()).await.unwrap();
    let url = format!("postgres://postgres:guess@127.0.0.1:{}/postgres", cluster.port());
    assert!(PgConnection::connect(&url).await.is_err());
}

#[tokio::test]
async fn a_second_program_is_refused() {
    let dir = TempDir::new().unwrap();
    let first = EmbeddedPostgres::start(dir.path(), EmbeddedOptions::for_tests()).await.unwrap();
    let error = EmbeddedPostgres::start(dir.path(), EmbeddedOptions::for_tests()).await.unwrap_err();
    assert!(matches!(error, EmbeddedError::Locked { .. }), "{error}");
    assert!(error.to_string().contains(&format!("pid {}", std::process::id())), "{error}");
    execute(&first, "select 1").await.unwrap();
}

#[tokio::test]
async fn a_killed_program_leaves_a_server_that_the_next_takes_over() {
    let dir = TempDir::new().unwrap();
    let (mut program, server) = program_with_a_cluster(dir.path());
    program.kill().unwrap();
    program.wait().unwrap();
    assert!(alive(server), "the server outlives its program");

    let next = EmbeddedPostgres::start(dir.path(), EmbeddedOptions::for_tests()).await.unwrap();
    assert_eq!(next.pid(), server);
    execute(&next, "select 1").await.unwrap();
    next.stop().await.unwrap();
    assert!(!alive(server));
}

#[tokio::test]
async fn a_server_with_other_options_is_replaced() {
    let dir = TempDir::new().unwrap();
    let (mut program, server) = program_with_a_cluster(dir.path());
    program.kill().unwrap();
    program.wait().unwrap();

    let next = EmbeddedPostgres::start(dir.path(), EmbeddedOptions::default()).await.unwrap();
    assert!(!alive(server), "a server that forgets on a power cut is not kept for real data");
    execute(&next, "select 1").await.unwrap();
}

#[tokio::test]
async fn recovers_when_everything_was_killed() {
    let dir = TempDir::new().unwrap();
    let (mut program, server) = program_with_a_cluster(dir.path());
    program.kill().unwrap();
    program.wait().unwrap();
    kill(Pid::from_raw(server), Signal::SIGKILL).unwrap();
    while alive(server) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(dir.path().join("postgres/data/postmaster.pid").exists(), "a killed server leaves its pid file");

    let next = EmbeddedPostgres::start(dir.path(), EmbeddedOptions::for_tests()).await.unwrap();
    execute(&next, "select one from kept").await.unwrap();
}

#[tokio::test]
async fn a_pid_file_that_names_somebody_else_is_stale() {
    let dir = TempDir::new().unwrap();
    EmbeddedPostgres::start(dir.path(), EmbeddedOptions::for_tests()).await.unwrap().stop().await.unwrap();
    let text = format!("{}\n/data\n1\n1\n\n127.0.0.1\n 1 1\nready   \n", std::process::id());
    fs::write(dir.path().join("postgres/data/postmaster.pid"), text).unwrap();
    let next = EmbeddedPostgres::start(dir.path(), EmbeddedOptions::for_tests()).await.unwrap();
    execute(&next, "select 1").await.unwrap();
}

#[tokio::test]
async fn works_below_a_folder_that_is_closed_to_others() {
    let closed = TempDir::new().unwrap();
    fs::set_permissions(closed.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let dir = closed.path().join("project/.fenji");
    for _ in 0..2 {
        let cluster = EmbeddedPostgres::start(&dir, EmbeddedOptions::for_tests()).await.unwrap();
        execute(&cluster, "create table if not exists kept (one int)").await.unwrap();
        execute(&cluster, "select pg_reload_conf()").await.unwrap();
        cluster.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_start_that_was_cut_short_is_begun_again() {
    let dir = TempDir::new().unwrap();
    fs::create_dir_all(dir.path().join("postgres/data.new/base")).unwrap();
    let cluster = EmbeddedPostgres::start(dir.path(), EmbeddedOptions::for_tests()).await.unwrap();
    execute(&cluster, "select 1").await.unwrap();
    assert!(!dir.path().join("postgres/data.new").exists());
}

#[tokio::test]
async fn a_cluster_that_may_not_be_on_the_disk_is_made_anew() {
    let dir = TempDir::new().unwrap();
    let start = || EmbeddedPostgres::start(dir.path(), EmbeddedOptions::default());
    start().await.unwrap().stop().await.unwrap();
    let mark = dir.path().join("postgres/unsynced");
    assert!(!mark.exists(), "after a start all is on the disk");
    fs::write(&mark, "").unwrap();
    fs::remove_file(dir.path().join("postgres/data/global/pg_control")).unwrap();
    let cluster = start().await.unwrap();
    assert!(cluster.is_new() && !mark.exists());
    execute(&cluster, "select 1").await.unwrap();
}

#[tokio::test]
async fn a_cluster_of_another_version_is_named() {
    let dir = TempDir::new().unwrap();
    fs::create_dir_all(dir.path().join("postgres/data")).unwrap();
    fs::write(dir.path().join("postgres/data/PG_VERSION"), "9\n").unwrap();
    let error = EmbeddedPostgres::start(dir.path(), EmbeddedOptions::for_tests()).await.unwrap_err();
    assert!(matches!(error, EmbeddedError::OtherVersion { made_by: 9, .. }), "{error}");
}

#[tokio::test]
async fn a_broken_cluster_shows_the_end_of_its_log() {
    let dir = TempDir::new().unwrap();
    EmbeddedPostgres::start(dir.path(), EmbeddedOptions::for_tests()).await.unwrap().stop().await.unwrap();
    fs::remove_file(dir.path().join("postgres/data/global/pg_control")).unwrap();
    let error = EmbeddedPostgres::start(dir.path(), EmbeddedOptions::for_tests()).await.unwrap_err();
    assert!(error.to_string().contains("pg_control"), "{error}");
}

#[tokio::test]
async fn a_shared_cluster_is_started_once_and_stopped_by_anyone() {
    let dir = TempDir::new().unwrap();
    let start = || EmbeddedPostgres::start_shared(dir.path(), EmbeddedOptions::for_tests());
    let (one, other) = tokio::join!(start(), start());
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!((one.pid(), one.port()), (other.pid(), other.port()));
    drop(one);
    execute(&other, "select 1").await.unwrap();
    other.stop().await.unwrap();
    let again = start().await.unwrap();
    execute(&again, "select 1").await.unwrap();
    EmbeddedPostgres::stop_shared(dir.path()).await.unwrap();
    assert!(execute(&again, "select 1").await.is_err());
    EmbeddedPostgres::stop_shared(dir.path()).await.unwrap();
}

#[tokio::test]
async fn the_script_stops_what_a_test_run_leaves() {
    let dir = TempDir::new().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/stop-postgres");
    let run_script = || Command::new(&script).arg(dir.path()).status().unwrap().success();
    assert!(run_script(), "nothing to stop is no failure");
    let left = EmbeddedPostgres::start_shared(dir.path(), EmbeddedOptions::for_tests()).await.unwrap();
    assert!(run_script());
    assert!(execute(&left, "select 1").await.is_err());
    assert!(!dir.path().join("postgres/data/postmaster.pid").exists(), "it ended properly");
}

/// Not a test but the program that other tests kill: runs a cluster until it is killed.
#[tokio::test]
#[ignore = "run by the other tests, as a program of its own"]
async fn program() {
    let Ok(dir) = std::env::var(CHILD_DIR) else { return };
    let cluster = EmbeddedPostgres::start(Path::new(&dir), EmbeddedOptions::for_tests()).await.unwrap();
    execute(&cluster, "create table kept as select 1 as one").await.unwrap();
    execute(&cluster, "checkpoint").await.unwrap();
    println!("\nserver {}", cluster.pid());
    tokio::time::sleep(Duration::from_secs(60)).await;
}
