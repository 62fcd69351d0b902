//! `fenji migrate`.

use sqlx::{Connection, PgConnection};

use super::{Failure, Program, say};
use crate::config::Config;
use crate::db;

/// Sets up roles and schema on the server FENJI_ADMIN_URL names, or on our own.
pub(super) async fn migrate(config: Config) -> Result<(), Failure> {
    let Some(url) = &config.admin_url else {
        if config.database_url.is_some() {
            let text =
                "FENJI_ADMIN_URL: needed to migrate the server of DATABASE_URL; name a role that may create roles";
            return Err(Failure::Usage(text.into()));
        }
        let program = Program::start(config).await?;
        program.stop().await?;
        say("The program's own database is up to date.");
        return Ok(());
    };
    let mut admin = PgConnection::connect(url).await.map_err(crate::error::Error::from)?;
    db::prepare_roles(&mut admin, config.app_password.as_deref()).await?;
    db::migrate(&mut admin).await?;
    say(&format!("Roles {} and {} are there, the schema is up to date.", db::OWNER_ROLE, db::APP_ROLE));
    Ok(())
}
