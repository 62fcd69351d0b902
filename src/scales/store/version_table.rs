//! The rows of versions, which scales and GE models keep alike: numbered from 1; one draft and one version in force at most;
//! a draft is written and published only while it is still the revision that was read.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::scales::VersionState;
use crate::tenancy::TenantTx;

/// What is read of a version.
pub(super) const VERSION: &str =
    "v.number, v.state, v.definition, v.revision, v.created_by, v.created_at, v.updated_at,
    v.published_at";

/// A table of versions, and its column that names whose they are.
#[derive(Clone, Copy, Debug)]
pub struct VersionTable {
    table: &'static str,
    owner: &'static str,
}

/// A version as it was read: nothing is done to it where it has changed since.
#[derive(Clone, Copy, Debug)]
pub struct ReadVersion {
    /// Whose it is.
    pub owner: Uuid,
    /// Its number, from 1.
    pub number: i32,
    /// Counts its changes.
    pub revision: i32,
}

/// A version.
#[derive(Clone, Debug)]
pub struct VersionRow {
    /// Its number, from 1.
    pub number: i32,
    /// Where it stands.
    pub state: VersionState,
    /// Its content.
    pub definition: Value,
    /// Counts its changes.
    pub revision: i32,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// When it came into force; none where it never did.
    pub published_at: Option<DateTime<Utc>>,
}

impl VersionTable {
    /// A table with the columns that all have, and the one that names whose the versions are.
    pub const fn new(table: &'static str, owner: &'static str) -> Self {
        Self { table, owner }
    }

    fn sql(self, template: &str) -> AssertSqlSafe<String> {
        AssertSqlSafe(template.replace("{versions}", self.table).replace("{owner}", self.owner))
    }

    /// A version.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get(self, tx: &TenantTx, owner: Uuid, number: i32) -> Result<VersionRow> {
        let sql = format!(
            "select {VERSION} from {{versions}} v where v.tenant_id = $1 and v.{{owner}} = $2 and v.number = $3"
        );
        let row = sqlx::query(self.sql(&sql))
            .bind(tx.tenant().0)
            .bind(owner)
            .bind(number)
            .fetch_optional(&mut *tx.conn().await?)
            .await?;
        row.as_ref().map(VersionRow::of).transpose()?.ok_or_else(Error::not_found)
    }

    /// Version 1, a draft.
    ///
    /// # Errors
    /// A failing database.
    pub async fn insert_first(self, tx: &TenantTx, owner: Uuid, definition: &Value) -> Result<()> {
        let sql = "insert into {versions}
                 (tenant_id, {owner}, number, state, definition, created_by, created_at, updated_at)
             values ($1, $2, 1, 'draft', $3, $4, $5, $5)";
        sqlx::query(self.sql(sql))
            .bind(tx.tenant().0)
            .bind(owner)
            .bind(definition)
            .bind(&tx.actor().subject)
            .bind(tx.now())
            .execute(&mut *tx.conn().await?)
            .await?;
        Ok(())
    }

    /// A draft after the latest version, with this content, or else the latest version's; its number. None where that one
    /// is a draft, or there are no versions.
    ///
    /// # Errors
    /// A failing database.
    pub async fn insert_next(self, tx: &TenantTx, owner: Uuid, definition: Option<&Value>) -> Result<Option<i32>> {
        let sql = "insert into {versions}
                 (tenant_id, {owner}, number, state, definition, created_by, created_at, updated_at)
             select v.tenant_id, v.{owner}, v.number + 1, 'draft', coalesce($5, v.definition), $3, $4, $4
             from {versions} v where v.tenant_id = $1 and v.{owner} = $2
             order by v.number desc limit 1
             on conflict do nothing returning number";
        let number = sqlx::query_scalar(self.sql(sql))
            .bind(tx.tenant().0)
            .bind(owner)
            .bind(&tx.actor().subject)
            .bind(tx.now())
            .bind(definition)
            .fetch_optional(&mut *tx.conn().await?)
            .await?;
        Ok(number)
    }

    /// Writes a draft where it is still the one that was read; whether it was.
    ///
    /// # Errors
    /// A failing database.
    pub async fn update_draft(self, tx: &TenantTx, read: ReadVersion, definition: &Value) -> Result<bool> {
        let sql = "update {versions} set definition = $6, revision = revision + 1, updated_at = $5
             where tenant_id = $1 and {owner} = $2 and number = $3 and revision = $4 and state = 'draft'";
        let query = sqlx::query(self.sql(sql)).bind(tx.tenant().0).bind(read.owner).bind(read.number);
        let query = query.bind(read.revision).bind(tx.now()).bind(definition);
        let done = query.execute(&mut *tx.conn().await?).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Retires the version in force and puts a draft in its place, where that is still the one that was read and checked;
    /// whether it was. Where it was not, the caller undoes the transaction with an error.
    ///
    /// # Errors
    /// A failing database.
    pub async fn publish(self, tx: &TenantTx, read: ReadVersion) -> Result<bool> {
        let sql = "update {versions} set state = 'retired', revision = revision + 1, updated_at = $3
             where tenant_id = $1 and {owner} = $2 and state = 'published'";
        let query = sqlx::query(self.sql(sql)).bind(tx.tenant().0).bind(read.owner).bind(tx.now());
        query.execute(&mut *tx.conn().await?).await?;
        let sql = "update {versions}
             set state = 'published', revision = revision + 1, updated_at = $5, published_at = $5
             where tenant_id = $1 and {owner} = $2 and number = $3 and revision = $4 and state = 'draft'";
        self.turn(tx, sql, read).await
    }

    /// Takes a published version out of force, where it is still the one that was read; whether it was.
    ///
    /// # Errors
    /// A failing database.
    pub async fn retire(self, tx: &TenantTx, read: ReadVersion) -> Result<bool> {
        let sql = "update {versions} set state = 'retired', revision = revision + 1, updated_at = $5
             where tenant_id = $1 and {owner} = $2 and number = $3 and revision = $4 and state = 'published'";
        self.turn(tx, sql, read).await
    }

    async fn turn(self, tx: &TenantTx, sql: &str, read: ReadVersion) -> Result<bool> {
        let query = sqlx::query(self.sql(sql)).bind(tx.tenant().0).bind(read.owner).bind(read.number);
        let done = query.bind(read.revision).bind(tx.now()).execute(&mut *tx.conn().await?).await?;
        Ok(done.rows_affected() == 1)
    }
}

impl VersionRow {
    pub(super) fn of(row: &PgRow) -> Result<Self> {
        let state: String = row.try_get("state")?;
        Ok(Self {
            number: row.try_get("number")?,
            state: VersionState::from_code(&state).ok_or_else(|| Error::internal(format!("unknown state {state}")))?,
            definition: row.try_get("definition")?,
            revision: row.try_get("revision")?,
            created_by: row.try_get("created_by")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            published_at: row.try_get("published_at")?,
        })
    }
}
