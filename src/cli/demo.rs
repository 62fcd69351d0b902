//! `fenji demo`.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::serve::{faces, serve_program, worker};
use super::tenant::operator;
use super::{Failure, Program, print, say};
use crate::config::Config;
use crate::demo;
use crate::error::{Error, ErrorCode, Result};
use crate::tenancy::{Actor, Role};
use crate::tenants::{self, TenantIn, TenantOut};

/// How long the demonstration's token is valid.
const LIFETIME: Duration = Duration::from_secs(30 * 86_400);

/// Serves the demonstration, having set it up first where it is missing.
pub(super) async fn run(config: Config) -> Result<(), Failure> {
    if config.database_url.is_some() {
        return Err(Failure::Usage("DATABASE_URL: the demonstration runs on a server of its own; unset it".into()));
    }
    let faces = faces(&config);
    let program = Program::start(config).await?;
    match prepare(&program).await {
        Ok(token) => {
            let data_dir = program.config.data_dir.clone();
            let mut written = Ok(());
            let faces = faces.await.map_err(Error::internal)?;
            let served = serve_program(program, faces, |url| written = introduce(&data_dir, url, &token)).await;
            written?;
            served
        }
        Err(error) => {
            program.stop().await?;
            Err(error.into())
        }
    }
}

/// The token of the demonstration's administrator.
async fn prepare(program: &Program) -> Result<String> {
    let tenant = tenant(program).await?;
    let actor = Actor::with_role("demo", tenant.id, Role::Admin, "demo");
    let ready = program.config.data_dir.join("demo.ready");
    if !ready.exists() {
        fill(program, &actor).await?;
        std::fs::write(&ready, "").map_err(Error::internal)?;
    }
    program.state.authenticator.issue(&actor, Role::Admin, LIFETIME)
}

async fn tenant(program: &Program) -> Result<TenantOut> {
    let db = &program.state.db;
    match db.platform(&operator(), async |tx| tenants::tenant_by_slug(tx, demo::SLUG).await).await {
        Err(error) if error.code() == ErrorCode::NotFound => {
            let new = TenantIn {
                slug: demo::SLUG.into(),
                name: "Rheintal Antriebstechnik".into(),
                base_currency: "EUR".parse().map_err(Error::internal)?,
                fiscal_year_start_month: None,
            };
            db.platform(&operator(), async |tx| tenants::create(tx, &new).await).await
        }
        found => found,
    }
}

/// Fills the tenant, with a worker of its own for the time being.
async fn fill(program: &Program, actor: &Actor) -> Result<()> {
    let stop = CancellationToken::new();
    let slots = program.config.job_slots.max(1);
    let jobs = tokio::spawn(worker(program, slots).await?.run(stop.clone()));
    let outcome = demo::set_up(&program.state.db, actor, &|text| say(text)).await;
    stop.cancel();
    let _ = jobs.await;
    outcome
}

/// Writes `demo.env`, and prints what to try.
fn introduce(data_dir: &Path, url: &str, token: &str) -> Result<(), Failure> {
    let path = data_dir.join("demo.env");
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
    writeln!(file, "FENJI_URL={url}\nFENJI_TOKEN={token}")?;
    print(&format!(
        "URL    {url}\nToken  {token}\nDocs   {url}/docs\n\nTry, after: . {}\n\n  \
         curl -H \"Authorization: Bearer $FENJI_TOKEN\" \"$FENJI_URL/v1/customers?limit=3\"\n  \
         curl -H \"Authorization: Bearer $FENJI_TOKEN\" \"$FENJI_URL/v1/statistics/sales?group_by=year\"\n  \
         curl -H \"Authorization: Bearer $FENJI_TOKEN\" -H \"Accept: image/svg+xml\" \"$FENJI_URL/v1/ge-matrix\" -o ge-matrix.svg\n\n\
         Ctrl-C stops it; the data stays in {}.",
        path.display(),
        data_dir.display()
    ))?;
    Ok(())
}
