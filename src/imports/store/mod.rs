//! Rows of imports, of the pieces of their files, and of what was refused.

pub(super) mod mappings;
pub(super) mod refused;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::{QueryBuilder, Row};

use super::parents::Waiting;
use super::{FileFormat, Found, ImportErrorOut, ImportKind, ImportOut, NewImport, Severity};
use crate::error::{Error, Result};
use crate::intake::{Counts, Outcome};
use crate::jobs::{JobOut, jobs_by_id};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::{Code, ImportId, JobId, Label};

const IMPORT: &str = "i.id, i.job_id, i.kind, i.file_name, i.bytes, i.created, i.updated, i.unchanged, i.errors, i.warnings, \
                      i.format, i.encoding, i.header_row, i.mapping_code, i.dry_run, i.created_by, i.created_at";
const ERROR: &str = "e.severity, e.line, e.column_name, e.value, e.code, e.detail_en, e.detail_zh";
const CREATED: SortKey = SortKey { name: "created_at", sql: "i.created_at", sql_type: "timestamptz" };
const ID: SortKey = SortKey { name: "id", sql: "i.id", sql_type: "uuid" };
const SEQ: SortKey = SortKey { name: "seq", sql: "e.seq", sql_type: "bigint" };

/// An import without its job.
struct Import {
    id: ImportId,
    job: JobId,
    kind: ImportKind,
    file_name: Option<String>,
    bytes: i64,
    format: Option<FileFormat>,
    encoding: Option<String>,
    header_row: Option<i32>,
    mapping: Option<String>,
    dry_run: bool,
    counts: Counts,
    warnings: i64,
    created_at: DateTime<Utc>,
    created_by: String,
}

pub(super) async fn insert(tx: &TenantTx, id: ImportId, job: JobId, new: &NewImport) -> Result<()> {
    sqlx::query(
        "insert into imports (tenant_id, id, job_id, kind, file_name, bytes, created_by, created_at, mapping_code,
             dry_run)
         values ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9)",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(job.0)
    .bind(new.kind.as_str())
    .bind(&new.file_name)
    .bind(&tx.actor().subject)
    .bind(tx.now())
    .bind(new.mapping.as_ref().map(Code::as_str))
    .bind(new.dry_run())
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

pub(super) async fn insert_chunk(tx: &TenantTx, id: ImportId, seq: i32, data: &[u8]) -> Result<()> {
    sqlx::query("insert into import_chunks (tenant_id, import_id, seq, data) values ($1, $2, $3, $4)")
        .bind(tx.tenant().0)
        .bind(id.0)
        .bind(seq)
        .bind(data)
        .execute(&mut *tx.conn().await?)
        .await?;
    Ok(())
}

pub(super) async fn set_bytes(tx: &TenantTx, id: ImportId, bytes: i64) -> Result<()> {
    sqlx::query("update imports set bytes = $3 where tenant_id = $1 and id = $2")
        .bind(tx.tenant().0)
        .bind(id.0)
        .bind(bytes)
        .execute(&mut *tx.conn().await?)
        .await?;
    Ok(())
}

/// A piece of the file; none behind the last.
pub(super) async fn chunk(tx: &TenantTx, id: ImportId, seq: i32) -> Result<Option<Vec<u8>>> {
    let data =
        sqlx::query_scalar("select data from import_chunks where tenant_id = $1 and import_id = $2 and seq = $3")
            .bind(tx.tenant().0)
            .bind(id.0)
            .bind(seq)
            .fetch_optional(&mut *tx.conn().await?)
            .await?;
    Ok(data)
}

/// Notes what the import's file turned out to be.
pub(super) async fn set_found(tx: &TenantTx, id: ImportId, found: &Found) -> Result<()> {
    let header_row = found.form.header_row.map(i32::try_from).transpose().map_err(Error::internal)?;
    let set =
        "update imports set format = $3, encoding = $4, columns = $5, header_row = $6 where tenant_id = $1 and id = $2";
    sqlx::query(set)
        .bind(tx.tenant().0)
        .bind(id.0)
        .bind(found.form.format.as_str())
        .bind(found.form.encoding)
        .bind(&found.columns)
        .bind(header_row)
        .execute(&mut *tx.conn().await?)
        .await?;
    Ok(())
}

/// Forgets the import's file. That of an import that ends in any other way the database forgets in the transaction in
/// which its job ends; those that were left before it did are forgotten here.
pub(super) async fn delete_chunks(tx: &TenantTx, id: ImportId) -> Result<()> {
    sqlx::query(
        "delete from import_chunks c where c.tenant_id = $1 and (c.import_id = $2 or exists (
             select 1 from imports i join jobs j on j.tenant_id = i.tenant_id and j.id = i.job_id
             where i.tenant_id = $1 and i.id = c.import_id and j.state in ('completed', 'failed', 'cancelled')))",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// Adds a batch's outcomes: its counts, how many of its rows are in with a warning, and its errors and warnings behind
/// those that are there.
pub(super) async fn record(
    tx: &TenantTx,
    id: ImportId,
    (counts, warnings): (Counts, i64),
    errors: &[ImportErrorOut],
) -> Result<()> {
    sqlx::query(
        "update imports set created = created + $3, updated = updated + $4, unchanged = unchanged + $5,
             errors = errors + $6, warnings = warnings + $7
         where tenant_id = $1 and id = $2",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(counts.created)
    .bind(counts.updated)
    .bind(counts.unchanged)
    .bind(counts.errors)
    .bind(warnings)
    .execute(&mut *tx.conn().await?)
    .await?;
    if errors.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into import_errors
             (tenant_id, import_id, seq, line, column_name, value, code, detail_en, detail_zh, severity)
         select $1, $2, e.n + (select coalesce(max(seq), 0) from import_errors where tenant_id = $1 and import_id = $2),
                e.line, e.column_name, e.value, e.code, e.detail_en, e.detail_zh, e.severity
         from unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
              with ordinality as e (line, column_name, value, code, detail_en, detail_zh, severity, n)",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(errors.iter().map(|e| e.line).collect::<Vec<_>>())
    .bind(errors.iter().map(|e| e.column.as_deref()).collect::<Vec<_>>())
    .bind(errors.iter().map(|e| e.value.as_deref()).collect::<Vec<_>>())
    .bind(errors.iter().map(|e| e.code.as_str()).collect::<Vec<_>>())
    .bind(errors.iter().map(|e| e.detail.en.as_str()).collect::<Vec<_>>())
    .bind(errors.iter().map(|e| e.detail.zh.as_str()).collect::<Vec<_>>())
    .bind(errors.iter().map(|e| e.severity.as_str()).collect::<Vec<_>>())
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// Forgets what became of the rows, where a file is tried once more.
pub(super) async fn forget_outcomes(tx: &TenantTx, id: ImportId) -> Result<()> {
    for sql in [
        "update imports set created = 0, updated = 0, unchanged = 0, errors = 0, warnings = 0
         where tenant_id = $1 and id = $2",
        "delete from import_errors where tenant_id = $1 and import_id = $2",
        "delete from import_refused_rows where tenant_id = $1 and import_id = $2",
    ] {
        sqlx::query(sql).bind(tx.tenant().0).bind(id.0).execute(&mut *tx.conn().await?).await?;
    }
    Ok(())
}

/// What the file holds, and the counts so far: what its job must know.
pub(super) async fn kind_and_counts(tx: &TenantTx, id: ImportId) -> Result<(ImportKind, Counts)> {
    let import = row_by_id(tx, id).await?;
    Ok((import.kind, import.counts))
}

pub(super) async fn by_id(tx: &TenantTx, id: ImportId) -> Result<ImportOut> {
    let import = row_by_id(tx, id).await?;
    let job = jobs_by_id(tx, &[import.job]).await?.pop();
    job.map(|job| import.with(job)).ok_or_else(Error::not_found)
}

async fn row_by_id(tx: &TenantTx, id: ImportId) -> Result<Import> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(IMPORT).push(" from imports i where i.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and i.id = ").push_bind(id.0);
    let row = sql.build().fetch_optional(&mut *tx.conn().await?).await?;
    row.as_ref().map(import).transpose()?.ok_or_else(Error::not_found)
}

pub(super) async fn page(tx: &TenantTx, page: &PageRequest) -> Result<Slice<ImportOut>> {
    let order = Order::parse(None, "-created_at", &[CREATED], ID)?;
    let mut sql = QueryBuilder::new("select ");
    sql.push(IMPORT).push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(" from imports i where i.tenant_id = ").push_bind(tx.tenant().0);
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    let slice = page.slice(&order, rows, import)?;
    let ids: Vec<_> = slice.items.iter().map(|(_, import)| import.job).collect();
    let mut jobs: BTreeMap<_, _> = jobs_by_id(tx, &ids).await?.into_iter().map(|job| (job.id, job)).collect();
    let Slice { items, has_previous, has_next, total_count } = slice;
    let items = items
        .into_iter()
        .map(|(cursor, import)| {
            let job = jobs.remove(&import.job).ok_or_else(|| Error::internal("an import without its job"))?;
            Ok((cursor, import.with(job)))
        })
        .collect::<Result<_>>()?;
    Ok(Slice { items, has_previous, has_next, total_count })
}

/// What was refused, in the order of the file. Whether the import exists is for the caller to see.
pub(super) async fn error_page(tx: &TenantTx, id: ImportId, page: &PageRequest) -> Result<Slice<ImportErrorOut>> {
    let order = Order::parse(None, "", &[], SEQ)?;
    let mut sql = QueryBuilder::new("select ");
    sql.push(ERROR).push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(" from import_errors e where e.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and e.import_id = ").push_bind(id.0);
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, error)
}

/// At most `limit` of what was refused behind place `after`, each with its place from 1.
pub(super) async fn errors_after(
    tx: &TenantTx,
    id: ImportId,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, ImportErrorOut)>> {
    let mut sql = QueryBuilder::new("select e.seq, ");
    sql.push(ERROR).push(" from import_errors e where e.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and e.import_id = ").push_bind(id.0).push(" and e.seq > ").push_bind(after);
    sql.push(" order by e.seq limit ").push_bind(limit);
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    rows.iter().map(|row| Ok((row.try_get("seq")?, error(row)?))).collect()
}

fn import(row: &PgRow) -> Result<Import> {
    let (kind, format): (String, Option<String>) = (row.try_get("kind")?, row.try_get("format")?);
    Ok(Import {
        id: ImportId(row.try_get("id")?),
        job: JobId(row.try_get("job_id")?),
        kind: kind.parse().map_err(Error::internal)?,
        file_name: row.try_get("file_name")?,
        bytes: row.try_get("bytes")?,
        format: format.map(|format| format.parse()).transpose().map_err(|e: String| Error::internal(e))?,
        encoding: row.try_get("encoding")?,
        header_row: row.try_get("header_row")?,
        mapping: row.try_get("mapping_code")?,
        dry_run: row.try_get("dry_run")?,
        counts: Counts {
            created: row.try_get("created")?,
            updated: row.try_get("updated")?,
            unchanged: row.try_get("unchanged")?,
            errors: row.try_get("errors")?,
        },
        warnings: row.try_get("warnings")?,
        created_at: row.try_get("created_at")?,
        created_by: row.try_get("created_by")?,
    })
}

fn error(row: &PgRow) -> Result<ImportErrorOut> {
    let (en, zh): (String, String) = (row.try_get("detail_en")?, row.try_get("detail_zh")?);
    let severity: String = row.try_get("severity")?;
    Ok(ImportErrorOut {
        severity: if severity == Severity::Warning.as_str() { Severity::Warning } else { Severity::Error },
        line: row.try_get("line")?,
        column: row.try_get("column_name")?,
        value: row.try_get("value")?,
        code: row.try_get("code")?,
        detail: Label::new(en, zh),
    })
}

impl Import {
    fn with(self, job: JobOut) -> ImportOut {
        ImportOut {
            id: self.id,
            kind: self.kind,
            file_name: self.file_name,
            bytes: self.bytes,
            format: self.format,
            encoding: self.encoding,
            header_row: self.header_row,
            mapping: self.mapping,
            dry_run: self.dry_run,
            job,
            counts: self.counts,
            warnings: self.warnings,
            created_at: self.created_at,
            created_by: self.created_by,
        }
    }
}

/// Remembers customers whose parents were not there yet.
pub(super) async fn insert_waiting(tx: &TenantTx, id: ImportId, rows: &[Waiting]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into import_parents (tenant_id, import_id, line, customer, parent, outcome, observed_at)
         select $1, $2, w.line, w.customer, w.parent, w.outcome, w.observed_at
         from unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
             as w (line, customer, parent, outcome, observed_at)",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(rows.iter().map(|row| row.line).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.customer.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.parent.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| word(row.outcome)).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.observed_at).collect::<Vec<_>>())
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// The first of those that wait, in the order of the file.
pub(super) async fn next_waiting(tx: &TenantTx, id: ImportId, limit: i64) -> Result<Vec<Waiting>> {
    let rows: Vec<(i64, String, String, String, DateTime<Utc>)> = sqlx::query_as(
        "select line, customer, parent, outcome, observed_at from import_parents
         where tenant_id = $1 and import_id = $2 order by line limit $3",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(limit)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    rows.into_iter()
        .map(|(line, customer, parent, outcome, observed_at)| {
            Ok(Waiting { line, customer, parent, observed_at, outcome: outcome_of(&outcome)? })
        })
        .collect()
}

/// Forgets those of these customers that wait since an earlier or the same moment.
pub(super) async fn forget_earlier(tx: &TenantTx, id: ImportId, said: &[(&str, DateTime<Utc>)]) -> Result<()> {
    sqlx::query(
        "delete from import_parents p using unnest($3::text[], $4::timestamptz[]) s (customer, observed_at)
         where p.tenant_id = $1 and p.import_id = $2 and p.customer = s.customer and p.observed_at <= s.observed_at",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(said.iter().map(|(customer, _)| *customer).collect::<Vec<_>>())
    .bind(said.iter().map(|(_, at)| *at).collect::<Vec<_>>())
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// Forgets those that waited, up to a line.
pub(super) async fn forget_waiting(tx: &TenantTx, id: ImportId, line: i64) -> Result<()> {
    sqlx::query("delete from import_parents where tenant_id = $1 and import_id = $2 and line <= $3")
        .bind(tx.tenant().0)
        .bind(id.0)
        .bind(line)
        .execute(&mut *tx.conn().await?)
        .await?;
    Ok(())
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Created => "created",
        Outcome::Updated => "updated",
        Outcome::Unchanged => "unchanged",
        Outcome::Error => "error",
    }
}

fn outcome_of(word_of: &str) -> Result<Outcome> {
    let all = [Outcome::Created, Outcome::Updated, Outcome::Unchanged];
    all.into_iter().find(|outcome| word(*outcome) == word_of).ok_or_else(|| Error::internal("an unknown outcome"))
}
