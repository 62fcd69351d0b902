//! The program, to be killed.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use crate::support::TestDatabase;

/// The key of its tokens.
pub const SECRET: &str = "a secret of thirty-two characters";

/// A program that serves; it does not outlive the test.
pub struct Server {
    child: Child,
    pub url: String,
}

impl Server {
    /// Starts it and waits until it listens.
    pub fn start(database: &TestDatabase) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_fenji"))
            .arg("serve")
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("DATABASE_URL", database.app_url())
            .env("FENJI_LISTEN", "127.0.0.1:0")
            .env("FENJI_JWT_SECRET", SECRET)
            .env("FENJI_POOL_SIZE", "8")
            // A job is found again soon after its worker's death.
            .env("FENJI_JOB_LEASE_SECONDS", "2")
            .env("FENJI_LOG", "warn")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("listens on ") {
            line.clear();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "it ended before it listened");
        }
        let url = line.split_once("listens on ").unwrap().1.split(';').next().unwrap().to_owned();
        // Whoever reads no more holds up whoever writes.
        std::thread::spawn(move || said.read_to_end(&mut Vec::new()));
        Self { child, url }
    }

    /// kill -9.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}
