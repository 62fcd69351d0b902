//! From settings to a database that is ready.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, Executor, PgConnection};

use crate::clock::{Clock, Ids, SystemClock, SystemIds};
use crate::config::Config;
use crate::db::{self, EmbeddedOptions, EmbeddedPostgres};
use crate::error::{Error, Result};
use crate::grading::HeldBooks;
use crate::http::AppState;
use crate::imports::ImportSettings;
use crate::tenancy::{Authenticator, KeySource, TenantDb, TokenSettings};
use crate::webhooks::{SystemResolver, Vault, Webhooks};

/// Connections a request waits for before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);

/// A program with a database that is migrated and safe to serve.
#[derive(Debug)]
pub struct Program {
    /// Its settings.
    pub config: Config,
    /// What handlers share.
    pub state: AppState,
    own_server: Option<EmbeddedPostgres>,
    pool: db::AppPool,
}

impl Program {
    /// Opens the database the settings name, or runs and migrates one of its own.
    ///
    /// # Errors
    /// What keeps it from serving, with what to do.
    pub async fn start(config: Config) -> Result<Self> {
        let (pool, own_server) = match &config.database_url {
            Some(url) => {
                let mut connection = PgConnection::connect(url).await?;
                db::refuse_unfit(&mut connection).await?;
                connection.close().await?;
                (db::connect(url, config.pool_size, PATIENCE)?, None)
            }
            None => own_server(&config).await.map(|(pool, server)| (pool, Some(server)))?,
        };
        Self::over(config, pool, own_server)
    }

    fn over(config: Config, pool: db::AppPool, own_server: Option<EmbeddedPostgres>) -> Result<Self> {
        let db = TenantDb::new(pool.clone(), Arc::new(SystemClock), Arc::new(SystemIds));
        let secret = match &config.jwt_secret {
            Some(secret) => secret.clone(),
            None => kept_secret(&config.data_dir.join("jwt.secret"))?,
        };
        let tokens = TokenSettings {
            secret: secret.into_bytes(),
            issuer: config.jwt_issuer.clone(),
            audience: config.jwt_audience.clone(),
        };
        let mut authenticator = Authenticator::new(tokens, db.clone());
        if let Some(provider) = &config.identity {
            authenticator = authenticator.with_identity_provider(Arc::new(KeySource::new(provider.clone())?));
        }
        let state = AppState {
            books: HeldBooks::new(config.trial_memory),
            authenticator,
            db,
            imports: ImportSettings { max_upload: config.max_upload, ..ImportSettings::default() },
            webhooks: Webhooks::new(vault(&config)?, config.webhooks.clone(), Arc::new(SystemResolver)),
            introspection: config.introspection,
            login_time: Duration::from_secs(10),
            gather: Duration::from_millis(1),
        };
        Ok(Self { config, state, own_server, pool })
    }

    /// Like [`Self::start`]; where another program runs our own server already, joins its database.
    ///
    /// # Errors
    /// What keeps it from working, with what to do.
    pub async fn join(config: Config) -> Result<Self> {
        let another = match config.database_url {
            Some(_) => None,
            None => EmbeddedPostgres::port_of_another(&config.data_dir).await.map_err(told)?,
        };
        match another {
            Some(port) => {
                let pool = own_pool(&config, port)?;
                pool.refuse_unfit().await?;
                Self::over(config, pool, None)
            }
            None => Self::start(config).await,
        }
    }

    /// Empties the tenant with this slug on our own server, where there is one; whatever else is there stays.
    ///
    /// # Errors
    /// The database's; `internal` where the server is not our own.
    pub(super) async fn forget_tenant(&self, slug: &str) -> Result<()> {
        let server = self.own_server.as_ref().ok_or_else(|| Error::internal("the server is not our own"))?;
        let login: PgConnectOptions = server.superuser_url().parse()?;
        let mut admin = PgConnection::connect_with(&login.database("fenji")).await?;
        db::forget_tenant(&mut admin, slug).await?;
        admin.close().await?;
        Ok(())
    }

    /// Another way to the same database, with a clock and ids of its own.
    pub(super) fn database(&self, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> TenantDb {
        TenantDb::new(self.pool.clone(), clock, ids)
    }

    /// Whether the database is this program's own, so that no other worker can exist.
    pub fn owns_server(&self) -> bool {
        self.own_server.is_some()
    }

    /// Closes the connections, and the server where it is our own.
    ///
    /// # Errors
    /// Where our own server does not stop.
    pub async fn stop(self) -> Result<()> {
        self.pool.close().await;
        match self.own_server {
            Some(server) => server.stop().await.map_err(Error::unavailable),
            None => Ok(()),
        }
    }
}

/// Starts our own server and brings its database up to date; the pool is the app role's.
async fn own_server(config: &Config) -> Result<(db::AppPool, EmbeddedPostgres)> {
    let options = EmbeddedOptions { bin_dir: config.pg_bin.clone(), ..EmbeddedOptions::default() };
    let server = EmbeddedPostgres::start(&config.data_dir, options).await.map_err(told)?;
    // Most starts find everything as the last one left it.
    let pool = own_pool(config, server.port())?;
    if server.is_new() || pool.refuse_unfit().await.is_err() {
        set_up(&server, &app_password(config)?).await?;
        pool.refuse_unfit().await?;
    }
    Ok((pool, server))
}

/// The app role's pool on our own server.
fn own_pool(config: &Config, port: u16) -> Result<db::AppPool> {
    let url = format!("postgres://{}:{}@127.0.0.1:{port}/fenji", db::APP_ROLE, app_password(config)?);
    db::connect(&url, config.pool_size, PATIENCE)
}

fn app_password(config: &Config) -> Result<String> {
    kept_secret(&config.data_dir.join("app.password"))
}

/// Roles, database and schema. A crash of the machine may undo it, as nothing waits for the disk; the next start then
/// does it again.
async fn set_up(server: &EmbeddedPostgres, password: &str) -> Result<()> {
    let login: PgConnectOptions = server.superuser_url().parse()?;
    let login = login.options([("synchronous_commit", "off")]);
    let mut admin = PgConnection::connect_with(&login).await?;
    db::prepare_roles(&mut admin, Some(password)).await?;
    let there: bool = sqlx::query_scalar("select exists (select 1 from pg_database where datname = 'fenji')")
        .fetch_one(&mut admin)
        .await?;
    if !there {
        admin.execute("create database fenji").await?;
    }
    admin.close().await?;
    let mut admin = PgConnection::connect_with(&login.database("fenji")).await?;
    db::migrate(&mut admin).await?;
    admin.close().await?;
    Ok(())
}

/// What seals webhook secrets. Beside a database of others its key must be given, so that every program has the same:
/// without one there are no webhooks.
fn vault(config: &Config) -> Result<Option<Vault>> {
    let keys = match (config.secrets_keys.is_empty(), &config.database_url) {
        (false, _) => config.secrets_keys.clone(),
        (true, None) => vec![kept_secret(&config.data_dir.join("secrets.key"))?],
        (true, Some(_)) => return Ok(None),
    };
    Vault::new(keys.iter().map(String::as_str)).map(Some).map_err(Error::internal)
}

/// An error whose text already says what to do.
fn told(error: impl std::error::Error) -> Error {
    Error::new(crate::error::ErrorCode::Unavailable, error.to_string(), error.to_string())
}

/// A random secret that stays the same, in a file only its owner can read.
fn kept_secret(path: &Path) -> Result<String> {
    match std::fs::read_to_string(path) {
        Ok(secret) => return Ok(secret),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(told(error)),
        Err(_) => {}
    }
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).map_err(told)?;
    }
    let secret = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.and_then(|mut f| f.write_all(secret.as_bytes())).map_err(told)?;
    Ok(secret)
}
