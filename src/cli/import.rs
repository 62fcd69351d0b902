//! `fenji import`.

use std::path::PathBuf;

use clap::Args;
use indicatif::ProgressBar;
use tokio_util::sync::CancellationToken;

use super::serve::worker;
use super::{Failure, Program, print, say, tenant};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::imports::{
    Blanks, FileFormat, ImportErrorOut, ImportKind, ImportOut, NewImport, Severity, import_errors, import_file,
};
use crate::jobs::JobState;
use crate::paging::PageRequest;
use crate::tenancy::Actor;
use crate::values::Code;

/// Row errors that are shown; the report has all.
const SHOWN: u32 = 20;

/// What to import.
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// The tenant's slug.
    #[arg(long)]
    tenant: String,
    /// customers, purchase-potentials, products, salespeople, sales-lines, fx-rates, quotas, receivables, payments or costs-to-serve.
    kind: ImportKind,
    /// CSV with a header row, NDJSON or XLSX, plain or in gzip.
    file: PathBuf,
    /// The code of the mapping that says which of its columns are which.
    #[arg(long)]
    mapping: Option<Code>,
    /// csv, ndjson or xlsx; seen from the file's name and bytes where absent.
    #[arg(long)]
    format: Option<FileFormat>,
    /// The encoding of a text, such as gb18030; seen from its bytes where absent.
    #[arg(long)]
    encoding: Option<String>,
    /// The sheet of a workbook; the first that is shown where absent.
    #[arg(long)]
    sheet: Option<String>,
    /// The line or row on which the header stands, from 1; found where absent.
    #[arg(long)]
    header_row: Option<i32>,
    /// Try it: counts and errors are told as if it were loaded, and nothing of it is stored.
    #[arg(long)]
    dry_run: bool,
    /// What a blank field does: keep leaves what is stored, empty empties it.
    #[arg(long, default_value = "keep")]
    blanks: Blanks,
}

pub(super) async fn run(config: Config, args: ImportArgs, json: bool) -> Result<(), Failure> {
    let file =
        tokio::fs::File::open(&args.file).await.map_err(|e| Failure::Usage(format!("{}: {e}", args.file.display())))?;
    let program = Program::join(config).await?;
    let outcome = load(&program, &args, file).await;
    program.stop().await?;
    let (import, errors) = outcome?;
    report(&import, &errors, json)
}

async fn load(program: &Program, args: &ImportArgs, file: tokio::fs::File) -> Result<(ImportOut, Vec<ImportErrorOut>)> {
    let actor = tenant::administrator(program, &args.tenant).await?;
    let stop = CancellationToken::new();
    let jobs = tokio::spawn(worker(program, 1).await?.run(stop.clone()));
    let outcome = watch(program, &actor, args, file).await;
    stop.cancel();
    let _ = jobs.await;
    outcome
}

async fn watch(
    program: &Program,
    actor: &Actor,
    args: &ImportArgs,
    file: tokio::fs::File,
) -> Result<(ImportOut, Vec<ImportErrorOut>)> {
    let name = args.file.file_name().map(|n| n.to_string_lossy().into_owned());
    let new = NewImport {
        file_name: name,
        format: args.format,
        encoding: args.encoding.clone(),
        sheet: args.sheet.clone(),
        header_row: args.header_row,
        mapping: args.mapping.clone(),
        dry_run: Some(args.dry_run),
        blanks: Some(args.blanks),
        ..NewImport::of_kind(args.kind)
    };
    let db = &program.state.db;
    let bar = ProgressBar::no_length();
    let import = import_file(db, actor, &new, program.state.imports, file, |progress| {
        if let Some(total) = progress.total {
            bar.set_length(total.unsigned_abs());
        }
        bar.set_position(progress.done.unsigned_abs());
    })
    .await?;
    bar.finish_and_clear();
    let page = PageRequest::rest(Some(SHOWN), None)?;
    let errors = db.read(actor, async |tx| import_errors(tx, import.id, &page).await).await?.into_page();
    Ok((import, errors.items))
}

fn report(import: &ImportOut, errors: &[ImportErrorOut], json: bool) -> Result<(), Failure> {
    for error in errors {
        let column = error.column.as_deref().map(|c| format!(", column {c}")).unwrap_or_default();
        let severity = if error.severity == Severity::Warning { "warning: " } else { "" };
        say(&format!("line {}{column}: {severity}{}", error.line, error.detail.en));
    }
    let shown = errors.iter().filter(|error| error.severity == Severity::Error).count();
    let unshown = import.counts.errors - i64::try_from(shown).unwrap_or_default();
    if unshown > 0 {
        say(&format!("and {unshown} more; GET /v1/imports/{}/errors has all", import.id));
    }
    if import.job.state != JobState::Completed {
        let problem = import.job.problem.clone().unwrap_or_default();
        return Err(Failure::Failed(format!("the import failed: {problem}")));
    }
    let counts = &import.counts;
    print(&if json {
        serde_json::to_string(counts).map_err(Error::from)?
    } else {
        let (c, u, n, e) = (counts.created, counts.updated, counts.unchanged, counts.errors);
        let tried = if import.dry_run { "dry run, nothing is stored: " } else { "" };
        let warnings = Some(import.warnings).filter(|w| *w > 0).map(|w| format!(", with warnings {w}"));
        format!("{tried}created {c}, updated {u}, unchanged {n}, errors {e}{}", warnings.unwrap_or_default())
    })?;
    Ok(())
}
