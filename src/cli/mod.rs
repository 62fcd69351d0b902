//! The command line: data to stdout, talk to stderr, exit code 2 for bad use or settings, 1 for failure.

mod boot;
mod check_config;
mod contract;
mod demo;
mod grade;
mod import;
mod migrate;
mod serve;
mod tenant;
mod token;

pub use boot::Program;
pub use serve::job_handlers;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;
use crate::error::Error;
use crate::telemetry;
use crate::tenancy::Role;
use crate::values::Locale;

/// Fenji (分级): customer dossiers, sales statistics, grading scales, GE matrix and sales plans.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Print data as JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve REST and GraphQL, and work on background jobs.
    Serve,
    /// Work on background jobs only.
    Worker,
    /// Create the two database roles and bring the schema up to date.
    Migrate,
    /// Read the settings, say what is wrong with them, and try the database.
    CheckConfig,
    /// Write openapi/fenji.json and openapi/schema.graphql.
    Contract {
        /// The folder to write to.
        #[arg(long, default_value = "openapi")]
        dir: std::path::PathBuf,
    },
    /// Create or list tenants.
    #[command(subcommand)]
    Tenant(tenant::TenantCommand),
    /// Print a token for a tenant.
    Token(token::TokenArgs),
    /// Load a file into a tenant.
    Import(import::ImportArgs),
    /// Grade a tenant's customers with a published scale.
    Grade(grade::GradeArgs),
    /// Serve a demonstration company with graded, mapped and planned customers.
    Demo(demo::DemoArgs),
}

/// A command's failure.
#[derive(Debug)]
enum Failure {
    /// Bad use or settings: exit code 2.
    Usage(String),
    /// Anything else: exit code 1.
    Failed(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let cause = error.cause().map(|c| format!(" ({c})")).unwrap_or_default();
        Self::Failed(format!("{}{cause}", error.to_line(Locale::En)))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Runs the program on the process's arguments and environment.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let outcome = Config::from_env(std::env::vars()).map_err(|e| Failure::Usage(e.to_string())).and_then(|config| {
        telemetry::init(&config.log);
        actix_web::rt::System::new().block_on(execute(cli, config))
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(text)) => {
            say(&text);
            ExitCode::from(2)
        }
        Err(Failure::Failed(text)) => {
            say(&text);
            ExitCode::FAILURE
        }
    }
}

async fn execute(cli: Cli, config: Config) -> Result<(), Failure> {
    match cli.command {
        Command::Serve => serve::serve(config).await,
        Command::Worker => serve::work(config).await,
        Command::Migrate => migrate::migrate(config).await,
        Command::CheckConfig => check_config::check(config).await,
        Command::Contract { dir } => contract::write(&dir),
        Command::Tenant(command) => tenant::run(config, command, cli.json).await,
        Command::Token(args) => token::run(config, args, cli.json).await,
        Command::Import(args) => import::run(config, args, cli.json).await,
        Command::Grade(args) => grade::run(config, args, cli.json).await,
        Command::Demo(args) => demo::run(config, &args).await,
    }
}

/// Talks to the person.
fn say(text: &str) {
    use std::io::Write;
    // A closed stderr is no reason to fail.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Prints data.
fn print(text: &str) -> std::io::Result<()> {
    use std::io::Write;
    writeln!(std::io::stdout(), "{text}")
}

/// Reads a role's word for clap.
fn role(text: &str) -> Result<Role, String> {
    text.parse()
}
