//! `fenji demo`.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use clap::Args;
use tokio_util::sync::CancellationToken;

use super::serve::{faces, job_handlers, serve_program};
use super::tenant::operator;
use super::{Failure, Program, print, say};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::demo::{self, DemoIds};
use crate::error::{Error, Result};
use crate::jobs::{JobSettings, Worker};
use crate::tenancy::{Actor, Role, TenantDb};
use crate::tenants::{self, TenantIn, TenantOut};
use crate::values::{SalespersonId, TenantId};

/// How long the demonstration's tokens are valid.
const LIFETIME: Duration = Duration::from_secs(30 * 86_400);
/// Whoever has a token, besides the administrator.
const ROLES: [Role; 5] = [Role::Manager, Role::Analyst, Role::Salesperson, Role::Viewer, Role::Integration];
/// The moment from which the demonstration's ids count, in milliseconds since 1970: 1 July 2026.
const FIRST_ID: i64 = 1_782_864_000_000;

/// How to begin.
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Begin again: what was changed in the demonstration's company is gone; other tenants stay.
    #[arg(long)]
    reset: bool,
}

/// A token and the variable that holds it.
type Token = (String, String);

/// Serves the demonstration, having set it up first where it is missing.
pub(super) async fn run(config: Config, args: &DemoArgs) -> Result<(), Failure> {
    if config.database_url.is_some() {
        return Err(Failure::Usage("DATABASE_URL: the demonstration runs on a server of its own; unset it".into()));
    }
    let faces = faces(&config);
    let program = Program::start(config).await?;
    match prepare(&program, args.reset).await {
        Ok(tokens) => {
            let data_dir = program.config.data_dir.clone();
            let mut written = Ok(());
            let faces = faces.await.map_err(Error::internal)?;
            let served = serve_program(program, faces, |url| written = introduce(&data_dir, url, &tokens)).await;
            written?;
            served
        }
        Err(error) => {
            program.stop().await?;
            Err(error.into())
        }
    }
}

/// A token of each role, the administrator's first. A set-up that broke off begins again, as its ids are given once.
async fn prepare(program: &Program, reset: bool) -> Result<Vec<Token>> {
    let ready = program.config.data_dir.join("demo.ready");
    if reset || !ready.exists() {
        if ready.exists() {
            std::fs::remove_file(&ready).map_err(Error::internal)?;
        }
        program.forget_tenant(demo::SLUG).await?;
        fill(program).await?;
        std::fs::write(&ready, "").map_err(Error::internal)?;
    }
    let db = &program.state.db;
    let tenant = db.platform(&operator(), async |tx| tenants::tenant_by_slug(tx, demo::SLUG).await).await?.id;
    let salesperson = demo::salesperson(db, &administrator(tenant)).await?;
    std::iter::once(Role::Admin).chain(ROLES).map(|role| token(program, tenant, role, salesperson)).collect()
}

fn administrator(tenant: TenantId) -> Actor {
    Actor::with_role("demo", tenant, Role::Admin, "demo")
}

fn token(program: &Program, tenant: TenantId, role: Role, salesperson: SalespersonId) -> Result<Token> {
    let (name, mut actor) = match role {
        Role::Admin => ("FENJI_TOKEN".to_owned(), administrator(tenant)),
        role => {
            let name = format!("FENJI_TOKEN_{}", role.code().to_uppercase());
            (name, Actor::with_role(format!("demo:{}", role.code()), tenant, role, "demo"))
        }
    };
    actor.salesperson = (role == Role::Salesperson).then_some(salesperson);
    Ok((name, program.state.authenticator.issue(&actor, role, LIFETIME)?))
}

async fn new_tenant(db: &TenantDb) -> Result<TenantOut> {
    let new = TenantIn {
        slug: demo::SLUG.into(),
        name: "Rheintal Antriebstechnik".into(),
        base_currency: "EUR".parse().map_err(Error::internal)?,
        fiscal_year_start_month: None,
    };
    db.platform(&operator(), async |tx| tenants::create(tx, &new).await).await
}

/// Makes the tenant and fills it, with a worker and ids of its own for the time being.
async fn fill(program: &Program) -> Result<()> {
    let ids = DemoIds::from(DateTime::from_timestamp_millis(FIRST_ID).unwrap_or_default());
    let db = program.database(Arc::new(SystemClock), Arc::new(ids));
    let actor = administrator(new_tenant(&db).await?.id);
    let stop = CancellationToken::new();
    let settings = JobSettings { slots: 1, lease: program.config.job_lease, ..JobSettings::default() };
    let worker = Worker::new(db.clone(), settings, job_handlers(program.state.imports));
    let jobs = tokio::spawn(worker.run(stop.clone()));
    let outcome = demo::set_up(&db, &actor, &|text| say(text)).await;
    stop.cancel();
    let _ = jobs.await;
    outcome
}

/// Writes `demo.env`, and prints what to try.
fn introduce(data_dir: &Path, url: &str, tokens: &[Token]) -> Result<(), Failure> {
    let path = data_dir.join("demo.env");
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
    writeln!(file, "FENJI_URL={url}")?;
    for (name, token) in tokens {
        writeln!(file, "{name}={token}")?;
    }
    let token = tokens.first().map_or("", |(_, token)| token.as_str());
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
