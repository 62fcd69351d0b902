//! `fenji check-config`.

use sqlx::{Connection, PgConnection};

use super::{Failure, print};
use crate::config::{Config, KEYS};
use crate::db;
use crate::error::Error;

/// Lists the settings and tries the database. The settings themselves were checked before.
pub(super) async fn check(config: Config) -> Result<(), Failure> {
    for (key, default, meaning) in KEYS {
        let default = if default.is_empty() { String::new() } else { format!(" (default {default})") };
        print(&format!("{key}{default}: {meaning}"))?;
    }
    match &config.database_url {
        Some(url) => {
            let mut connection = PgConnection::connect(url).await.map_err(Error::from)?;
            db::refuse_unsafe_role(&mut connection).await?;
            print("The database answers and the role is safe to serve with.")?;
        }
        None => {
            print(&format!("Without DATABASE_URL the program runs its own server in {}.", config.data_dir.display()))?;
        }
    }
    Ok(())
}
