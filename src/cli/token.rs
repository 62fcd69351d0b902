//! `fenji token`.

use std::time::Duration;

use clap::Args;

use super::tenant::operator;
use super::{Failure, Program, print, role};
use crate::config::Config;
use crate::error::Result;
use crate::tenancy::{Actor, Role};
use crate::tenants;
use crate::values::SalespersonId;

/// Whose token.
#[derive(Debug, Args)]
pub(super) struct TokenArgs {
    /// The tenant's slug; not for the role platform.
    #[arg(long, required_unless_present_any = ["platform"])]
    tenant: Option<String>,
    /// admin, manager, analyst, salesperson, viewer, integration.
    #[arg(long, value_parser = role, required_unless_present = "platform")]
    role: Option<Role>,
    /// A platform operator's token instead.
    #[arg(long, conflicts_with_all = ["tenant", "role"])]
    platform: bool,
    /// The salesperson's id, for the role salesperson.
    #[arg(long, required_if_eq("role", "salesperson"))]
    salesperson: Option<SalespersonId>,
    /// Days until it expires.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=366))]
    days: u16,
}

pub(super) async fn run(config: Config, args: TokenArgs, json: bool) -> Result<(), Failure> {
    let program = Program::join(config).await?;
    let outcome = token(&program, &args).await;
    program.stop().await?;
    let token = outcome?;
    print(&if json { serde_json::json!({ "access_token": token }).to_string() } else { token })?;
    Ok(())
}

async fn token(program: &Program, args: &TokenArgs) -> Result<String> {
    let role = args.role.unwrap_or(Role::Platform);
    let actor = match &args.tenant {
        Some(slug) => {
            let db = &program.state.db;
            let tenant = db.platform(&operator(), async |tx| tenants::tenant_by_slug(tx, slug).await).await?;
            let mut actor = Actor::with_role(format!("command-line:{}", role.code()), tenant.id, role, "command-line");
            actor.salesperson = args.salesperson;
            actor
        }
        None => operator(),
    };
    program.state.authenticator.issue(&actor, role, Duration::from_secs(u64::from(args.days) * 86_400))
}
