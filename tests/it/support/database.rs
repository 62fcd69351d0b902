//! One database a test, from a template that is migrated once.

use std::path::PathBuf;

use fenji::db::{self, EmbeddedOptions, EmbeddedPostgres};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

const APP_PASSWORD: &str = "test-only";

/// A database of one test. It goes with the cluster's folder: two drops at once wait for one another's signal barrier, in
/// Postgres 15 for a minute.
pub struct TestDatabase {
    cluster: String,
    superuser: PgConnectOptions,
    name: String,
}

impl TestDatabase {
    /// Makes one from the template, making that first where it is missing.
    pub async fn create() -> Self {
        let cluster = cluster().await;
        let superuser: PgConnectOptions = cluster.parse().unwrap();
        let mut admin = PgConnection::connect_with(&superuser).await.unwrap();
        let template = template(&mut admin, &superuser).await;
        let name = format!("test_{}", hex::encode(rand::random::<[u8; 8]>()));
        admin.execute(AssertSqlSafe(format!("create database {name} template {template}"))).await.unwrap();
        Self { cluster, superuser, name }
    }

    /// As the app role.
    pub fn app_url(&self) -> String {
        let (host, port) = self.address();
        format!("postgres://{}:{APP_PASSWORD}@{host}:{port}/{}", db::APP_ROLE, self.name)
    }

    /// The address of its server, as the superuser.
    pub fn superuser_url(&self) -> &str {
        &self.cluster
    }

    /// Host and port of its server.
    pub fn address(&self) -> (&str, u16) {
        (self.superuser.get_host(), self.superuser.get_port())
    }

    /// As the superuser, whom row level security does not bind.
    pub async fn superuser(&self) -> PgConnection {
        PgConnection::connect_with(&self.superuser.clone().database(&self.name)).await.unwrap()
    }
}

/// The superuser's address of the tests' cluster.
async fn cluster() -> String {
    if let Ok(url) = std::env::var("FENJI_TEST_POSTGRES") {
        return url;
    }
    let dir = std::env::var("FENJI_TEST_DATA_DIR")
        .map_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/test-postgres"), PathBuf::from);
    EmbeddedPostgres::start_shared(&dir, EmbeddedOptions::for_tests()).await.unwrap().superuser_url()
}

/// The template's name; it says which migrations it has.
async fn template(admin: &mut PgConnection, superuser: &PgConnectOptions) -> String {
    let name = format!("template_{}", digest_of_migrations());
    let mut lock = admin.begin().await.unwrap();
    lock.execute("select pg_advisory_xact_lock(4711)").await.unwrap();
    let there: bool = sqlx::query_scalar("select exists (select 1 from pg_database where datname = $1)")
        .bind(&name)
        .fetch_one(&mut *lock)
        .await
        .unwrap();
    if !there {
        make_template(&name, superuser).await;
    }
    lock.commit().await.unwrap();
    name
}

/// Made under another name and renamed at the end: a half-made template is never found.
async fn make_template(name: &str, superuser: &PgConnectOptions) {
    let mut other = PgConnection::connect_with(superuser).await.unwrap();
    let draft = format!("{name}_draft");
    other.execute(AssertSqlSafe(format!("drop database if exists {draft} with (force)"))).await.unwrap();
    other.execute(AssertSqlSafe(format!("create database {draft}"))).await.unwrap();
    let mut inside = PgConnection::connect_with(&superuser.clone().database(&draft)).await.unwrap();
    db::prepare_roles(&mut inside, Some(APP_PASSWORD)).await.unwrap();
    db::migrate(&mut inside).await.unwrap();
    inside.close().await.unwrap();
    other.execute(AssertSqlSafe(format!("alter database {draft} rename to {name}"))).await.unwrap();
}

fn digest_of_migrations() -> String {
    use sha2::{Digest, Sha256};
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    let mut digest = Sha256::new();
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "sql")) {
        digest.update(std::fs::read(file).unwrap());
    }
    hex::encode(&digest.finalize()[..8])
}
