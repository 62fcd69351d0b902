//! `fenji tenant`.

use clap::Subcommand;

use super::{Failure, Program, print};
use crate::config::Config;
use crate::error::Result;
use crate::paging::PageRequest;
use crate::tenancy::{Actor, Role};
use crate::tenants::{self, TenantIn, TenantOut};
use crate::values::Currency;

/// What to do with tenants.
#[derive(Debug, Subcommand)]
pub(super) enum TenantCommand {
    /// Create a tenant.
    Create {
        /// Its word in commands: lower-case letters, digits, dashes.
        slug: String,
        /// Its name.
        #[arg(long)]
        name: String,
        /// The currency of all its totals, such as EUR.
        #[arg(long)]
        base_currency: Currency,
        /// The month its fiscal years start in.
        #[arg(long, default_value_t = 1)]
        fiscal_year_start_month: i32,
    },
    /// List all tenants.
    List,
}

pub(super) async fn run(config: Config, command: TenantCommand, json: bool) -> Result<(), Failure> {
    let program = Program::join(config).await?;
    let actor = operator();
    let outcome = match command {
        TenantCommand::Create { slug, name, base_currency, fiscal_year_start_month } => {
            let new = TenantIn { slug, name, base_currency, fiscal_year_start_month: Some(fiscal_year_start_month) };
            let created = program.state.db.platform(&actor, async |tx| tenants::create(tx, &new).await).await;
            created.map(|tenant| vec![tenant])
        }
        TenantCommand::List => all(&program, &actor).await,
    };
    program.stop().await?;
    show(&outcome?, json)
}

/// The actor of commands that manage tenants.
pub(super) fn operator() -> Actor {
    Actor::platform("command-line", "command-line")
}

/// The actor of commands that work within a tenant.
pub(super) async fn administrator(program: &Program, slug: &str) -> Result<Actor> {
    let db = &program.state.db;
    let tenant = db.platform(&operator(), async |tx| tenants::tenant_by_slug(tx, slug).await).await?;
    Ok(Actor::with_role("command-line", tenant.id, Role::Admin, "command-line"))
}

async fn all(program: &Program, actor: &Actor) -> Result<Vec<TenantOut>> {
    let mut tenants = Vec::new();
    let mut cursor = None;
    loop {
        let page = PageRequest::rest(None, cursor.as_deref())?;
        let page = program.state.db.platform(actor, async |tx| tenants::list(tx, &page).await).await?.into_page();
        tenants.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(tenants);
        }
    }
}

fn show(tenants: &[TenantOut], json: bool) -> Result<(), Failure> {
    for tenant in tenants {
        let line = if json {
            serde_json::to_string(tenant).map_err(crate::error::Error::from)?
        } else {
            format!("{}  {}  {}  {}", tenant.slug, tenant.base_currency, tenant.id, tenant.name)
        };
        print(&line)?;
    }
    Ok(())
}
