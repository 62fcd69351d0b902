//! The program as it is run.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use crate::support::{Client, TestDatabase};

/// The program with nothing in its environment but what it needs to be run.
fn fenji(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fenji"));
    command.args(arguments).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Code, what it gave, and what it said.
fn outcome(output: &Output) -> (Option<i32>, &str, &str) {
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn help_lists_the_commands() {
    let output = fenji(&["--help"]).output().unwrap();
    let (code, out, err) = outcome(&output);
    assert_eq!((code, err), (Some(0), ""));
    for command in
        ["serve", "worker", "migrate", "demo", "check-config", "contract", "tenant", "token", "import", "grade"]
    {
        assert!(out.lines().any(|line| line.trim_start().starts_with(&format!("{command} "))), "{command}: {out}");
    }
}

#[test]
fn bad_use_ends_with_2_and_data_goes_nowhere() {
    for arguments in
        [&["sreve"][..], &[], &["token", "--tenant", "acme"], &["contract", "--colour"], &["grade", "--as-of", "soon"]]
    {
        let output = fenji(arguments).output().unwrap();
        let (code, out, err) = outcome(&output);
        assert_eq!((code, out), (Some(2), ""), "{arguments:?}");
        assert!(err.contains("--help"), "{arguments:?}: {err}");
    }
}

#[test]
fn every_wrong_setting_is_named() {
    let output = fenji(&["check-config"])
        .env("FENJI_LISTN", "127.0.0.1:1")
        .env("FENJI_POOL_SIZE", "many")
        .env("FENJI_LISTEN", "here")
        .env("DATABASE_URL", "mysql://x")
        .output()
        .unwrap();
    let (code, out, err) = outcome(&output);
    assert_eq!((code, out), (Some(2), ""));
    for key in ["FENJI_LISTN", "FENJI_POOL_SIZE", "FENJI_LISTEN", "DATABASE_URL", "FENJI_JWT_SECRET"] {
        assert!(err.contains(key), "{key}: {err}");
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "listen = \"127.0.0.1:0\"\ncolour = \"red\"\n").unwrap();
    let output = fenji(&["serve"]).env("FENJI_CONFIG", file.path()).output().unwrap();
    let (code, _, err) = outcome(&output);
    assert_eq!(code, Some(2));
    assert!(err.contains("FENJI_COLOUR"), "{err}");
}

#[test]
fn the_contract_is_the_one_that_is_checked_in() {
    let dir = tempfile::tempdir().unwrap();
    let output = fenji(&["contract", "--dir", dir.path().to_str().unwrap()]).output().unwrap();
    assert_eq!(outcome(&output).0, Some(0));
    let checked_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi");
    for file in ["fenji.json", "schema.graphql"] {
        let read = |dir: &Path| std::fs::read_to_string(dir.join(file)).unwrap();
        assert!(read(dir.path()) == read(&checked_in), "openapi/{file} differs: run `just contract`");
    }
}

/// The program on a test's database.
fn on(url: &str, arguments: &[&str]) -> Command {
    let mut command = fenji(arguments);
    command.env("DATABASE_URL", url).env("FENJI_LISTEN", "127.0.0.1:0").env("FENJI_JWT_SECRET", "s".repeat(32));
    command
}

#[actix_web::test]
async fn a_role_that_row_level_security_does_not_bind_is_refused() {
    let database = TestDatabase::create().await;
    let output = on(database.superuser_url(), &["serve"]).output().unwrap();
    let (code, out, err) = outcome(&output);
    assert_eq!((code, out), (Some(1), ""));
    for part in ["is a superuser", "row level security", "fenji migrate", "fenji_app"] {
        assert!(err.contains(part), "{part}: {err}");
    }
}

/// A child that does not outlive the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[actix_web::test]
async fn it_serves_until_it_is_told_to_stop() {
    let database = TestDatabase::create().await;
    let mut serve = on(&database.app_url(), &["serve"]);
    let mut serve = Running(serve.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    let mut said = BufReader::new(serve.0.stderr.take().unwrap());
    let url = loop {
        let mut line = String::new();
        assert_ne!(said.read_line(&mut line).unwrap(), 0, "it ended before it listened");
        if let Some((_, rest)) = line.split_once("listens on ") {
            break rest.split(';').next().unwrap().to_owned();
        }
    };
    let client = Client::new(&url, None);
    client.get("/readyz").await.expect(200);
    client.get("/v1/customers").await.expect(401);
    let told = Command::new("kill").args(["-TERM", &serve.0.id().to_string()]).status().unwrap();
    assert!(told.success());
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert_eq!(serve.0.wait().unwrap().code(), Some(0), "{rest}");
    assert!(rest.contains("Stopping."), "{rest}");
    let mut out = String::new();
    serve.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(out, "");
}
