//! `fenji grade`.

use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;
use tokio_util::sync::CancellationToken;

use super::serve::worker;
use super::{Failure, Program, print, tenant};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::grading::{self, AllCustomers, GradingRunIn, GradingRunOut, Prospects, Selection, ShareOfSales};
use crate::jobs::JobState;
use crate::tenancy::Actor;
use crate::values::{Code, Exact, Month};

const POLL: Duration = Duration::from_millis(50);

/// What to grade.
#[derive(Debug, Args)]
pub(super) struct GradeArgs {
    /// The tenant's slug.
    #[arg(long)]
    tenant: String,
    /// The scale's code; its published version is used.
    #[arg(long)]
    scale: Code,
    /// The month as of whose end the metrics are taken, such as 2026-06. It must be over.
    #[arg(long)]
    as_of: Month,
    /// Allows the running month; the run is then never current.
    #[arg(long)]
    provisional: bool,
    /// all, share:0.8 (the smallest set of customers making that share of sales), or prospects.
    #[arg(long, value_parser = selection)]
    select: Selection,
}

pub(super) async fn run(config: Config, args: GradeArgs, json: bool) -> Result<(), Failure> {
    let program = Program::join(config).await?;
    let outcome = grade(&program, args).await;
    program.stop().await?;
    let run = outcome?;
    if run.job.state != JobState::Completed {
        let problem = run.job.problem.unwrap_or_default();
        return Err(Failure::Failed(format!("the grading run failed: {problem}")));
    }
    show(&run, json)
}

async fn grade(program: &Program, args: GradeArgs) -> Result<GradingRunOut> {
    let actor = tenant::administrator(program, &args.tenant).await?;
    let stop = CancellationToken::new();
    let jobs = tokio::spawn(worker(program, 1).await?.run(stop.clone()));
    let outcome = watch(program, &actor, args).await;
    stop.cancel();
    let _ = jobs.await;
    outcome
}

async fn watch(program: &Program, actor: &Actor, args: GradeArgs) -> Result<GradingRunOut> {
    let db = &program.state.db;
    let input = GradingRunIn {
        scale_id: None,
        scale_code: Some(args.scale),
        version: None,
        as_of: args.as_of,
        selection: args.select,
        official: None,
        trial: None,
        provisional: Some(args.provisional),
    };
    let id = db.write(actor, async |tx| grading::start_run(tx, input).await).await?.id;
    let bar = ProgressBar::no_length();
    loop {
        let run = db.read(actor, async |tx| grading::get_run(tx, id).await).await?;
        if let Some(total) = run.job.progress.total {
            bar.set_length(total.unsigned_abs());
        }
        bar.set_position(run.job.progress.done.unsigned_abs());
        if run.job.state.is_final() {
            bar.finish_and_clear();
            return Ok(run);
        }
        tokio::time::sleep(POLL).await;
    }
}

fn show(run: &GradingRunOut, json: bool) -> Result<(), Failure> {
    if json {
        return Ok(print(&serde_json::to_string(run).map_err(Error::from)?)?);
    }
    let (selected, gradable) = (run.selected.unwrap_or_default(), run.gradable.unwrap_or_default());
    print(&format!("run {}: {selected} customers, {gradable} gradable", run.id))?;
    for count in run.distribution.iter().flatten() {
        print(&format!("{}  {}", count.grade, count.customers))?;
    }
    Ok(())
}

/// Reads `--select`.
fn selection(text: &str) -> Result<Selection, String> {
    match text.split_once(':') {
        None if text == "all" => Ok(Selection::All(AllCustomers::default())),
        None if text == "prospects" => Ok(Selection::Prospects(Prospects::default())),
        Some(("share", share)) => {
            let share: Exact = share.parse().map_err(|_| format!("\"{share}\" is not a number such as 0.8"))?;
            Ok(Selection::Share(ShareOfSales { share }))
        }
        _ => Err("expected all, share:0.8 or prospects".into()),
    }
}
