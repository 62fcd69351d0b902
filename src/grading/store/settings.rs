//! The tenant's thresholds.

use chrono::{DateTime, Utc};
use sqlx::types::Json;

use crate::error::{Error, Result};
use crate::grading::wire::{GradingSettingsOut, Thresholds};
use crate::tenancy::TenantTx;

/// The thresholds, the defaults where the tenant has none of its own.
pub(in crate::grading) async fn settings(tx: &TenantTx) -> Result<GradingSettingsOut> {
    let row: Option<(Json<Thresholds>, i32, DateTime<Utc>)> =
        sqlx::query_as("select thresholds, version, updated_at from grading_settings where tenant_id = $1")
            .bind(tx.tenant().0)
            .fetch_optional(&mut *tx.conn().await?)
            .await?;
    Ok(match row {
        Some((Json(thresholds), version, updated_at)) => {
            GradingSettingsOut { thresholds, version, updated_at: Some(updated_at) }
        }
        None => GradingSettingsOut { thresholds: Thresholds::default(), version: 0, updated_at: None },
    })
}

/// Replaces the thresholds whose version this is.
pub(in crate::grading) async fn put_settings(tx: &TenantTx, thresholds: &Thresholds, version: i32) -> Result<()> {
    let done = sqlx::query(
        "insert into grading_settings (tenant_id, thresholds, version, updated_at) values ($1, $2, $3 + 1, $4)
         on conflict (tenant_id) do update set thresholds = excluded.thresholds, version = excluded.version,
             updated_at = excluded.updated_at
         where grading_settings.version = $3",
    )
    .bind(tx.tenant().0)
    .bind(Json(thresholds))
    .bind(version)
    .bind(tx.now())
    .execute(&mut *tx.conn().await?)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::changed_meanwhile()) }
}
