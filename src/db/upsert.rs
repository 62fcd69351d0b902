//! Bulk upserts: rows are copied into a temporary table and go from there into their own in one statement.
//!
//! Rows already there and the same are left alone: not locked, not written. Upserts of one table and tenant follow one
//! another (an advisory lock until the transaction ends), so that the outcomes are exact and no two loads deadlock.
//! Staging waits for nobody: a loader may stage the next rows in one transaction while another stores those before.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use postgres_types::{ToSql, Type};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor};
use uuid::Uuid;

use super::copy::copy_in;
use crate::error::{Error, Result};
use crate::values::TenantId;

/// The tenant, bound as `$1`, as the planner cannot see it. Where it sees the value, it asks its statistics how many rows the
/// tenant has; for a tenant that is not in them it expects none, and may as well read all of the tenant's rows by an index
/// that begins with the tenant as look up one by its key (decision 0027).
const TENANT: &str = "(select $1::uuid)";
/// Tables in which an erasure may give rows other numbers. They have an `external_id`, and in `erased_number` the digest
/// of the one that a row had.
const ERASABLE: [&str; 4] = ["sales_lines", "receivables", "payments", "costs_to_serve"];

/// How rows of one kind go into their table. Everything in it is the program's own text.
#[derive(Clone, Copy, Debug)]
pub struct UpsertTable {
    /// The table; it has a `tenant_id`.
    pub name: &'static str,
    /// What is copied of each row, and its type.
    pub staged: &'static [(&'static str, Type)],
    /// The columns that with `tenant_id` are unique; each is staged under its own name.
    pub key: &'static [&'static str],
    /// The other columns, each with an expression over the staged row `s` and the row that is there, `e`.
    pub values: &'static [(&'static str, &'static str)],
    /// Whether a row has an `id`.
    pub has_id: bool,
    /// Whether a row has `version`, `created_at` and `updated_at`.
    pub versioned: bool,
    /// Whether a row has `observed_at`: what was observed before it no longer replaces it.
    pub observed: bool,
}

/// A row to upsert.
#[derive(Debug)]
pub struct UpsertRow<'a, K> {
    /// Tells rows of one object: later ones are applied after earlier ones.
    pub key: K,
    /// The id it gets where it is new; any where rows have none.
    pub id: Uuid,
    /// The staged values in their order.
    pub values: Vec<&'a (dyn ToSql + Sync)>,
    /// When it was observed, as its source says; `None` is the moment of receipt, and newer than all that is there.
    pub observed_at: Option<DateTime<Utc>>,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upserted {
    /// It is new, under its id.
    Created(Uuid),
    /// It changed the row under this id.
    Updated(Uuid),
    /// The row under this id was the same already.
    Unchanged(Uuid),
}

/// Rows on their way into a table: copied, and waiting to be applied by the same transaction.
#[derive(Debug)]
#[must_use]
pub struct Staged {
    table: &'static UpsertTable,
    rows: usize,
    /// How often the most frequent key stands among the rows.
    rounds: i32,
    /// Whether a source says of a row when it was observed.
    names_moments: bool,
}

/// Brings `rows` into their table and answers for each, in order.
///
/// # Errors
/// The database's; the transaction around is then failed.
pub async fn upsert<K: Ord>(
    conn: &mut PgConnection,
    tenant: TenantId,
    now: DateTime<Utc>,
    table: &'static UpsertTable,
    rows: &[UpsertRow<'_, K>],
) -> Result<Vec<Upserted>> {
    stage(conn, table, rows).await?.apply(conn, tenant, now).await
}

/// Copies `rows` to where they wait for their turn. The same transaction applies them, before it stages others for the
/// same table.
///
/// # Errors
/// The database's; the transaction around is then failed.
pub async fn stage<K: Ord>(
    conn: &mut PgConnection,
    table: &'static UpsertTable,
    rows: &[UpsertRow<'_, K>],
) -> Result<Staged> {
    let rounds = rounds(rows.iter().map(|row| &row.key));
    let staged = Staged {
        table,
        rows: rows.len(),
        rounds: rounds.iter().max().map_or(0, |last| last + 1),
        names_moments: table.observed && rows.iter().any(|row| row.observed_at.is_some()),
    };
    if rows.is_empty() {
        return Ok(staged);
    }
    // Only the program's own names are interpolated.
    conn.execute(AssertSqlSafe(table.prepare())).await?;
    let types: Vec<Type> = [Type::INT4, Type::INT4, Type::UUID]
        .into_iter()
        .chain(table.staged.iter().map(|(_, t)| t.clone()))
        .chain(table.observed.then_some(Type::TIMESTAMPTZ))
        .collect();
    let places = (0_i32..).zip(rounds.iter().zip(rows));
    copy_in(conn, &table.copy(), &types, places, |(place, (round, row)), buffer| {
        let own: [&(dyn ToSql + Sync); 3] = [place, *round, &row.id];
        let observed_at = table.observed.then_some(&row.observed_at as &(dyn ToSql + Sync));
        let values: Vec<_> = own.into_iter().chain(row.values.iter().copied()).chain(observed_at).collect();
        buffer.write_row(&values)
    })
    .await?;
    Ok(staged)
}

impl Staged {
    /// Waits for its turn, brings the rows into their table and answers for each, in order.
    ///
    /// # Errors
    /// The database's; the transaction around is then failed.
    pub async fn apply(self, conn: &mut PgConnection, tenant: TenantId, now: DateTime<Utc>) -> Result<Vec<Upserted>> {
        let Self { table, rows, rounds, names_moments } = self;
        if rows == 0 {
            return Ok(Vec::new());
        }
        // Only typed UUIDs and the program's own names are interpolated.
        conn.execute(AssertSqlSafe(table.lock(tenant))).await?;
        if ERASABLE.contains(&table.name) {
            find_erased(conn, tenant, table.name).await?;
        }
        let mut outcomes = vec![None; rows];
        let sql = table.statement(names_moments);
        for round in 0..rounds {
            let mut query =
                sqlx::query_as::<_, (i32, Uuid, bool, bool)>(AssertSqlSafe(sql.as_str())).bind(tenant.0).bind(round);
            if table.versioned || table.observed {
                query = query.bind(now);
            }
            for (place, id, is_new, differs) in query.persistent(false).fetch_all(&mut *conn).await? {
                let outcome = match (is_new, differs) {
                    (true, _) => Upserted::Created(id),
                    (false, true) => Upserted::Updated(id),
                    (false, false) => Upserted::Unchanged(id),
                };
                let place = usize::try_from(place).map_err(Error::internal)?;
                *outcomes.get_mut(place).ok_or_else(|| Error::internal("an upsert made up a row"))? = Some(outcome);
            }
        }
        outcomes.into_iter().collect::<Option<_>>().ok_or_else(|| Error::internal("an upsert lost rows"))
    }
}

/// Names rows that stand under another number, because an erasure took theirs, by the one under which they stand.
async fn find_erased(conn: &mut PgConnection, tenant: TenantId, table: &str) -> Result<()> {
    // Only the program's own names are interpolated. Most tenants have erased nothing. Planned each time: a plan kept
    // since the table was empty would read all of it, batch after batch, while it grows.
    let any = format!("select exists (select from {table} where tenant_id = {TENANT} and erased_number is not null)");
    if sqlx::query_scalar(AssertSqlSafe(any)).bind(tenant.0).persistent(false).fetch_one(&mut *conn).await? {
        let rename = format!(
            "update stage_{table} s set external_id = e.external_id from {table} e
             where e.tenant_id = {TENANT} and e.erased_number is not null
               and e.erased_number = sha256(convert_to($1::text || ' ' || s.external_id, 'UTF8'))"
        );
        sqlx::query(AssertSqlSafe(rename)).bind(tenant.0).persistent(false).execute(conn).await?;
    }
    Ok(())
}

/// The round each row goes in: the first of its key in round 0, the second in 1.
fn rounds<K: Ord>(keys: impl Iterator<Item = K>) -> Vec<i32> {
    let mut seen = BTreeMap::new();
    keys.map(|key| {
        let next = seen.entry(key).or_insert(0);
        *next += 1;
        *next - 1
    })
    .collect()
}

impl UpsertTable {
    /// Takes the turn of loads of this table in this tenant, until the transaction ends.
    fn lock(&self, tenant: TenantId) -> String {
        format!("select pg_advisory_xact_lock(hashtextextended('{} {tenant}', 0))", self.name)
    }

    fn prepare(&self) -> String {
        let name = self.name;
        let observed_at = self.observed.then(|| "observed_at timestamptz".to_owned());
        let columns = listed(self.staged.iter().map(|(column, t)| format!("{column} {}", t.name())).chain(observed_at));
        format!(
            "create temporary table if not exists stage_{name} \
             (place int4 not null, round int4 not null, stage_id uuid not null, {columns}) on commit drop; \
             truncate stage_{name}"
        )
    }

    fn copy(&self) -> String {
        let observed_at = self.observed.then(|| "observed_at".to_owned());
        let columns = listed(self.staged.iter().map(|(column, _)| (*column).to_owned()).chain(observed_at));
        format!("copy stage_{} (place, round, stage_id, {columns}) from stdin (format binary)", self.name)
    }

    /// Binds the tenant, the round and, for a table with versions or moments, the time. Answers place, id, whether the row
    /// is new and whether it differs from the one that is there and is not older.
    ///
    /// A row that says the same as the one that is there and names a later moment moves that row's moment, and nothing
    /// else; one that names none leaves it, so that a file that is loaded again writes nothing.
    ///
    /// Each staged row is looked up by its key, whatever the planner knows of the table and of the tenant: `offset 0` keeps
    /// it from joining the two in another way, and [`TENANT`] from taking another index. New rows need no `on conflict`: whoever creates
    /// rows of the table does it here, in turn.
    fn statement(&self, names_moments: bool) -> String {
        let name = self.name;
        let each = |f: &dyn Fn(&str) -> String| listed(self.values.iter().map(|(column, _)| f(column)));
        let keys = self.key.join(", ");
        let sources = listed(self.values.iter().map(|(column, source)| format!("{source} as {column}")));
        let old = each(&|column| format!("e.{column}"));
        let new = listed(self.values.iter().map(|(_, source)| (*source).to_owned()));
        let found = self.key.iter().map(|k| format!(" and e.{k} = s.{k}")).collect::<String>();
        let same = self.key.iter().map(|k| format!(" and t.{k} = src.{k}")).collect::<String>();
        let staged_keys = listed(self.key.iter().map(|k| format!("s.{k}")));
        let set = each(&|column| format!("{column} = src.{column}"));
        let columns = each(&str::to_owned);
        let (id, own_id) = if self.has_id { ("coalesce(e.id, s.stage_id)", "id, ") } else { ("s.stage_id", "") };
        let (version_columns, version_values, version_set) = match self.versioned {
            true => (", created_at, updated_at", ", $3, $3", ", version = t.version + 1, updated_at = $3"),
            false => ("", "", ""),
        };
        let (moment, in_time, moment_column, moment_set) = match self.observed {
            true => (
                ", coalesce(s.observed_at, greatest($3, e.observed_at)) as observed_at",
                " and coalesce(s.observed_at >= e.observed_at, true)",
                ", observed_at",
                ", observed_at = src.observed_at",
            ),
            false => ("", "", "", ""),
        };
        let (confirms, confirmed) = match names_moments {
            true => (
                ", s.observed_at > coalesce(e.observed_at, '-infinity') as confirms",
                format!(
                    ", confirmed as (update {name} t set observed_at = src.observed_at from src \
                     where src.confirms and not (src.is_new or src.differs) and t.tenant_id = {TENANT}{same})"
                ),
            ),
            false => ("", String::new()),
        };
        format!(
            "with src as materialized (select s.place, {id} as id, {staged_keys}, {sources}, e.tenant_id is null as is_new, \
             row({old}) is distinct from row({new}){in_time} as differs{moment}{confirms} \
             from stage_{name} s left join lateral (select * from {name} e where e.tenant_id = {TENANT}{found} offset 0) e on true \
             where s.round = $2), \
             inserted as (insert into {name} (tenant_id, {own_id}{keys}, {columns}{version_columns}{moment_column}) \
             select $1, {own_id}{keys}, {columns}{version_values}{moment_column} from src where is_new), \
             updated as (update {name} t set {set}{version_set}{moment_set} from src \
             where src.differs and not src.is_new and t.tenant_id = {TENANT}{same}){confirmed} \
             select place, id, is_new, differs from src"
        )
    }
}

fn listed(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nth_row_of_a_key_goes_in_round_n() {
        assert_eq!(rounds(["a", "b", "a", "a", "b"].into_iter()), [0, 0, 1, 2, 1]);
        assert_eq!(rounds(std::iter::empty::<i32>()), [0_i32; 0]);
    }
}
