//! Benchmarks of the whole service: `cargo bench --bench service -- intake`.
//!
//! Each sets up its own data on a cluster of its own with the settings of real use, drives the real program over HTTP,
//! measures what it is compared with in the same run, and prints both sides with machine and commit.

mod client;
mod files;
mod first_loads;
mod grading;
mod intake;
mod sales;
mod server;
mod table;

use std::error::Error;

use clap::{Parser, Subcommand};

/// What a benchmark returns.
type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

#[derive(Debug, Parser)]
#[command(name = "service", about = "Benchmarks of the whole service")]
struct Cli {
    #[command(subcommand)]
    benchmark: Option<Benchmark>,
    /// What `cargo bench` adds; it means nothing here.
    #[arg(long, global = true, hide = true)]
    bench: bool,
}

#[derive(Debug, Subcommand)]
enum Benchmark {
    /// First loads of a tenant beside a large one, then sales lines through `POST /v1/imports`, against COPY of the same rows
    /// into the same tables.
    Intake(intake::IntakeArgs),
    /// A grading run and trials of a scale, against one statement written by hand.
    Grading(grading::GradingArgs),
}

fn main() -> Result {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match cli.benchmark {
        Some(Benchmark::Intake(args)) => runtime.block_on(intake::run(&args)),
        Some(Benchmark::Grading(args)) => runtime.block_on(grading::run(&args)),
        None => {
            println!("Name a benchmark: cargo bench --bench service -- intake|grading");
            Ok(())
        }
    }
}
