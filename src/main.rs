//! The `fenji` program; what it can do stands in `fenji::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    fenji::cli::run()
}
