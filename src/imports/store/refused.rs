//! What stood in refused rows.

use sqlx::Row;
use sqlx::types::Json;

use crate::error::Result;
use crate::imports::RefusedRow;
use crate::imports::pipeline::LARGEST_ORIGINAL;
use crate::tenancy::TenantTx;
use crate::values::{ImportId, Label};

/// Rows of an import that are kept.
const MOST_ROWS: i64 = 100_000;

/// Keeps refused rows, as long as the import has few.
pub(in crate::imports) async fn keep(tx: &TenantTx, id: ImportId, rows: &[(i64, Vec<String>)]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let kept = |fields: &[String]| -> Vec<String> {
        if fields.iter().map(String::len).sum::<usize>() > LARGEST_ORIGINAL {
            return Vec::new();
        }
        // The database takes no NUL in a text.
        fields.iter().map(|field| field.replace('\0', "\u{fffd}")).collect()
    };
    sqlx::query(
        "insert into import_refused_rows (tenant_id, import_id, line, fields)
         select $1, $2, r.line, r.fields
         from unnest($3::bigint[], $4::jsonb[]) as r (line, fields)
         where (select errors from imports where tenant_id = $1 and id = $2) <= $5
         on conflict do nothing",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(rows.iter().map(|(line, _)| *line).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, fields)| Json(kept(fields))).collect::<Vec<_>>())
    .bind(MOST_ROWS)
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// At most `limit` refused rows behind line `after`, each with what is wrong with it.
pub(in crate::imports) async fn after(tx: &TenantTx, id: ImportId, after: i64, limit: i64) -> Result<Vec<RefusedRow>> {
    let rows = sqlx::query(
        "select r.line, r.fields, e.columns, e.codes, e.en, e.zh
         from import_refused_rows r
         cross join lateral (
             select coalesce(string_agg(column_name, '; ' order by seq), '') as columns,
                    coalesce(string_agg(code, '; ' order by seq), '') as codes,
                    coalesce(string_agg(concat_ws(': ', column_name, detail_en), ' ' order by seq), '') as en,
                    coalesce(string_agg(concat_ws('：', column_name, detail_zh), ' ' order by seq), '') as zh
             from import_errors
             where tenant_id = $1 and import_id = $2 and line = r.line and severity = 'error') e
         where r.tenant_id = $1 and r.import_id = $2 and r.line > $3
         order by r.line limit $4",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(after)
    .bind(limit)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    rows.iter()
        .map(|row| {
            let Json(fields): Json<Vec<String>> = row.try_get("fields")?;
            let (en, zh): (String, String) = (row.try_get("en")?, row.try_get("zh")?);
            Ok(RefusedRow {
                line: row.try_get("line")?,
                fields,
                columns: row.try_get("columns")?,
                codes: row.try_get("codes")?,
                detail: Label::new(en, zh),
            })
        })
        .collect()
}

/// The columns of an import's file, and whether it is NDJSON.
pub(in crate::imports) async fn columns(tx: &TenantTx, id: ImportId) -> Result<(Vec<String>, bool)> {
    let row = sqlx::query("select columns, format from imports where tenant_id = $1 and id = $2")
        .bind(tx.tenant().0)
        .bind(id.0)
        .fetch_one(&mut *tx.conn().await?)
        .await?;
    let columns: Option<Vec<String>> = row.try_get("columns")?;
    let format: Option<String> = row.try_get("format")?;
    Ok((columns.unwrap_or_default(), format.as_deref() == Some("ndjson")))
}
