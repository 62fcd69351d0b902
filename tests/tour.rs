//! The README's tour: every command in it is run, from top to bottom, against the demonstration.

#[cfg(test)]
mod support {
    use std::io::{BufRead, BufReader, Read};
    use std::path::Path;
    use std::process::{Child, ChildStdout, Command, Output, Stdio};

    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    /// The program in `home`, without the settings of whoever runs the tests.
    fn program(home: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fenji"));
        for (key, _) in std::env::vars() {
            if key == "DATABASE_URL" || key.starts_with("FENJI_") && key != "FENJI_PG_BIN" {
                command.env_remove(key);
            }
        }
        command.current_dir(home);
        command
    }

    /// What a command prints, which must succeed.
    pub fn command(home: &Path, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = program(home).args(arguments).output().unwrap();
        assert!(status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).unwrap()
    }

    /// What a token of `demo.env` gets at an address.
    pub fn get(home: &Path, token: &str, path: &str) -> String {
        let script = format!(". .fenji/demo.env; curl -fsS -H \"Authorization: Bearer ${token}\" \"$FENJI_URL{path}\"");
        let output = Command::new("bash").args(["-euc", &script]).current_dir(home).output().unwrap();
        assert!(output.status.success(), "{token} {path}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// `fenji demo` on a free port with a data folder of its own; told to stop where the test ends early.
    pub struct Demo {
        program: Child,
        /// Kept open: what it prints later must go somewhere.
        _output: BufReader<ChildStdout>,
    }

    impl Demo {
        /// Starts it in `home` and waits until it has introduced itself.
        pub fn start(home: &Path, options: &[&str]) -> Self {
            let mut command = program(home);
            command.arg("demo").args(options).env("FENJI_LISTEN", "127.0.0.1:0").stdout(Stdio::piped());
            let mut program = command.spawn().unwrap();
            let mut output = BufReader::new(program.stdout.take().unwrap());
            let told = output.by_ref().lines().map_while(Result::ok).any(|line| line.contains("/docs"));
            let demo = Self { program, _output: output };
            assert!(told, "the demo ended without an introduction");
            demo
        }

        /// Stops it as a service manager would.
        pub fn stop(mut self) {
            self.tell_to_stop();
            let status = self.program.wait().unwrap();
            assert!(status.success(), "the demo ended with {status}");
        }

        fn tell_to_stop(&self) {
            kill(Pid::from_raw(self.program.id().try_into().unwrap()), Signal::SIGTERM).unwrap();
        }
    }

    impl Drop for Demo {
        fn drop(&mut self) {
            if matches!(self.program.try_wait(), Ok(None)) {
                self.tell_to_stop();
                self.program.wait().unwrap();
            }
        }
    }

    /// The `sh` blocks of the README's tour, one after the other.
    fn commands() -> String {
        let readme = include_str!("../README.md");
        let (_, tour) = readme.split_once("## A five-minute tour\n").expect("the README has a tour");
        let (tour, _) = tour.split_once("\n## ").expect("the tour ends");
        let blocks = tour.split("```sh\n").skip(1).map(|rest| rest.split_once("```").expect("the block ends").0);
        blocks.collect()
    }

    /// Runs the tour's commands in `home`; what they print.
    pub fn run_tour(home: &Path) -> String {
        let script = commands();
        let Output { status, stdout, stderr } =
            Command::new("bash").args(["-euo", "pipefail", "-c", &script]).current_dir(home).output().unwrap();
        let (said, complained) = (String::from_utf8(stdout).unwrap(), String::from_utf8_lossy(&stderr).into_owned());
        assert!(status.success(), "{status}\n{complained}\n{said}");
        said
    }
}

use support::{Demo, command, get, run_tour};

#[test]
fn the_tour_of_the_readme_can_be_walked_twice() {
    let home = tempfile::tempdir().unwrap();
    let demo = Demo::start(home.path(), &[]);

    let said = run_tour(home.path());
    for expected in [
        r#""next_cursor":""#,
        r#""target_share":"0.8""#,
        r#""in_smallest_set":true"#,
        r#""dimension":"year","key":"2023""#,
        r#""contribution":""#,
        r#""kind":"busy_for_nothing""#,
        r#""profit_source":"net_profit_l12""#,
        r#""cell":"high_strong""#,
        r#""kind":"grading_run","state":"completed""#,
        r#""rank":1"#,
        r#""code":"expected_output""#,
        r#""kind":"customer","key":"C1001""#,
        r#""code":"within"#,
        r#""month":"2026-06""#,
        r#""hasNextPage":true"#,
        r#""kind":"import","state":"completed""#,
        r#""counts":{"created":1,"updated":0,"unchanged":0,"errors":1}"#,
        "3,credit_limit,a lot,invalid_decimal,",
        r#""type":"/docs/errors#invalid_input""#,
        r#""pointer":"/as_of""#,
        "不能为空。",
    ] {
        assert!(said.contains(expected), "{expected} is missing in:\n{said}");
    }
    let picture = std::fs::read_to_string(home.path().join(".fenji/ge-matrix.svg")).unwrap();
    assert!(picture.starts_with("<svg") && picture.contains("2026-06"), "{picture}");

    let again = run_tour(home.path());
    assert!(again.contains(r#""counts":{"created":0,"updated":0,"unchanged":1,"errors":1}"#), "{again}");
    demo.stop();
}

/// What has an id of its own, in the order of a list.
const IDENTIFIED: [&str; 6] = [
    "/v1/customers?limit=200&sort=name",
    "/v1/products?limit=100",
    "/v1/scales",
    "/v1/grading-runs",
    "/v1/ge-mappings",
    "/v1/plans",
];

#[test]
fn the_demo_begins_again_with_the_same_ids_has_a_token_for_each_role_and_lets_commands_join_it() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let demo = Demo::start(home, &[]);
    let ids = |path: &str| -> Vec<String> {
        let found = get(home, "FENJI_TOKEN", path);
        found.split("\"id\":\"").skip(1).map(|rest| rest[..36].to_owned()).collect()
    };
    let before = IDENTIFIED.map(ids);
    assert!(before.iter().all(|ids| !ids.is_empty()), "{before:?}");

    for token in ["MANAGER", "ANALYST", "SALESPERSON", "VIEWER", "INTEGRATION"] {
        get(home, &format!("FENJI_TOKEN_{token}"), "/v1/customers?limit=1");
    }
    let own = get(home, "FENJI_TOKEN_SALESPERSON", "/v1/customers?count=true&limit=1");
    let all = get(home, "FENJI_TOKEN", "/v1/customers?count=true&limit=1");
    assert_ne!(own, all);

    command(home, &["tenant", "create", "other", "--name", "Other", "--base-currency", "USD"]);
    assert!(command(home, &["token", "--tenant", "other", "--role", "viewer"]).len() > 100);
    assert!(command(home, &["tenant", "list"]).contains("other  USD"));
    demo.stop();

    let demo = Demo::start(home, &["--reset"]);
    assert_eq!(IDENTIFIED.map(ids), before);
    assert!(command(home, &["tenant", "list"]).contains("other  USD"));
    demo.stop();
}
