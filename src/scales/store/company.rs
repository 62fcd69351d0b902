//! Rows of the company's scales, one a purpose.

use sqlx::postgres::PgRow;
use sqlx::{QueryBuilder, Row};

use super::code;
use crate::error::{Error, Result};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::scales::Purpose;
use crate::scales::wire::CompanyScaleOut;
use crate::tenancy::TenantTx;
use crate::values::{Label, ScaleId};

const COLUMNS: &str = "k.purpose, k.scale_id, s.code, s.name_en, s.name_zh, k.version, k.named_by, k.named_at,
    (select v.number from scale_versions v
     where v.tenant_id = k.tenant_id and v.scale_id = k.scale_id and v.state = 'published') as published";
const FROM: &str = " from company_scales k join scales s on s.tenant_id = k.tenant_id and s.id = k.scale_id
    where k.tenant_id = ";
const PURPOSE: SortKey = SortKey { name: "purpose", sql: "k.purpose", sql_type: "text" };

/// The company's scale of a purpose.
pub(in crate::scales) async fn company_scale(tx: &TenantTx, purpose: Purpose) -> Result<CompanyScaleOut> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(COLUMNS).push(FROM).push_bind(tx.tenant().0).push(" and k.purpose = ").push_bind(purpose.code());
    let row = sql.build().fetch_optional(&mut *tx.conn().await?).await?;
    row.as_ref().map(company_scale_out).transpose()?.ok_or_else(Error::not_found)
}

/// The company's scales by purpose.
pub(in crate::scales) async fn company_scale_page(tx: &TenantTx, page: &PageRequest) -> Result<Slice<CompanyScaleOut>> {
    let order = Order::parse(None, "purpose", &[PURPOSE], PURPOSE)?;
    let mut sql = QueryBuilder::new("select ");
    sql.push(COLUMNS).push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(FROM).push_bind(tx.tenant().0);
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, company_scale_out)
}

/// Names a scale where the purpose has none; whether it was named.
pub(in crate::scales) async fn insert_company_scale(tx: &TenantTx, purpose: Purpose, scale: ScaleId) -> Result<bool> {
    let done = sqlx::query(
        "insert into company_scales (tenant_id, purpose, scale_id, named_by, named_at) values ($1, $2, $3, $4, $5)
         on conflict (tenant_id, purpose) do nothing",
    )
    .bind(tx.tenant().0)
    .bind(purpose.code())
    .bind(scale.0)
    .bind(&tx.actor().subject)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Names another scale, where the row is still the one that was read; whether it was.
pub(in crate::scales) async fn update_company_scale(
    tx: &TenantTx,
    read: &CompanyScaleOut,
    scale: ScaleId,
) -> Result<bool> {
    let done = sqlx::query(
        "update company_scales set scale_id = $3, version = version + 1, named_by = $4, named_at = $5
         where tenant_id = $1 and purpose = $2 and version = $6",
    )
    .bind(tx.tenant().0)
    .bind(read.purpose.code())
    .bind(scale.0)
    .bind(&tx.actor().subject)
    .bind(tx.now())
    .bind(read.version)
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(done.rows_affected() == 1)
}

fn company_scale_out(row: &PgRow) -> Result<CompanyScaleOut> {
    let purpose: String = row.try_get("purpose")?;
    Ok(CompanyScaleOut {
        purpose: Purpose::from_code(&purpose).ok_or_else(|| Error::internal("unknown purpose"))?,
        scale_id: ScaleId(row.try_get("scale_id")?),
        scale_code: code(row, "code")?,
        scale_name: Label::new(row.try_get::<String, _>("name_en")?, row.try_get::<String, _>("name_zh")?),
        published_version: row.try_get("published")?,
        named_by: row.try_get("named_by")?,
        named_at: row.try_get("named_at")?,
        version: row.try_get("version")?,
    })
}
