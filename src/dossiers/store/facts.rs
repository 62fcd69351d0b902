//! Dossier fields of many customers, for what is computed over all of them.

use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::customers::amount;
use crate::dossiers::facts::CustomerFactsRow;
use crate::error::{Error, Result};
use crate::tenancy::TenantTx;
use crate::values::{Currency, CustomerId, SalespersonId};

/// All customers that are not archived, or those of them that are listed, by external id.
pub(in crate::dossiers) async fn facts(tx: &TenantTx, ids: Option<&[CustomerId]>) -> Result<Vec<CustomerFactsRow>> {
    let ids: Option<Vec<Uuid>> = ids.map(|list| list.iter().map(|id| id.0).collect());
    // Planned anew each time: with all customers and with a list the best plans differ.
    let rows = sqlx::query(
        "select id, external_id, name, stage, industry, territory, city, country, owner_id, employees, annual_revenue,
                credit_limit, currency, segment_hint, tags, attributes
         from customers
         where tenant_id = $1 and archived_at is null and merged_into is null and ($2::uuid[] is null or id = any($2))
         order by external_id collate \"C\"",
    )
    .bind(tx.tenant().0)
    .bind(ids)
    .persistent(false)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    rows.iter().map(row).collect()
}

fn row(row: &PgRow) -> Result<CustomerFactsRow> {
    let stage: String = row.try_get("stage")?;
    let currency: Option<String> = row.try_get("currency")?;
    Ok(CustomerFactsRow {
        id: CustomerId(row.try_get("id")?),
        external_id: row.try_get("external_id")?,
        name: row.try_get("name")?,
        stage: stage.parse().map_err(Error::internal)?,
        industry: row.try_get("industry")?,
        territory: row.try_get("territory")?,
        city: row.try_get("city")?,
        country: row.try_get("country")?,
        owner_id: row.try_get::<Option<Uuid>, _>("owner_id")?.map(SalespersonId),
        employees: row.try_get("employees")?,
        annual_revenue: amount(row, "annual_revenue")?,
        credit_limit: amount(row, "credit_limit")?,
        currency: currency.map(|code| Currency::stored(&code)).transpose().map_err(Error::internal)?,
        segment_hint: row.try_get("segment_hint")?,
        tags: row.try_get("tags")?,
        attributes: row.try_get::<Json<_>, _>("attributes")?.0,
    })
}
