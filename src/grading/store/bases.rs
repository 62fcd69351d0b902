//! The smallest bases of growths that a run asked for.

use rust_decimal::Decimal;

use crate::error::Result;
use crate::tenancy::TenantTx;
use crate::values::{Exact, GradingRunId};

/// Keeps them with a run that is not completed, in the order of its version's factors; nothing where none is asked for.
pub(in crate::grading) async fn keep_min_bases(
    tx: &TenantTx,
    run: GradingRunId,
    bases: &[Option<Exact>],
) -> Result<()> {
    if bases.is_empty() {
        return Ok(());
    }
    let amounts: Vec<Option<Decimal>> = bases.iter().map(|base| base.map(|base| base.0)).collect();
    sqlx::query("update grading_runs set min_bases = $3 where tenant_id = $1 and id = $2 and completed_at is null")
        .bind(tx.tenant().0)
        .bind(run.0)
        .bind(amounts)
        .execute(&mut *tx.conn().await?)
        .await?;
    Ok(())
}

/// Those that were kept; empty where there are none.
pub(super) async fn min_bases(tx: &TenantTx, run: GradingRunId) -> Result<Vec<Option<Decimal>>> {
    let kept: Option<Option<Vec<Option<Decimal>>>> =
        sqlx::query_scalar("select min_bases from grading_runs where tenant_id = $1 and id = $2")
            .bind(tx.tenant().0)
            .bind(run.0)
            .fetch_optional(&mut *tx.conn().await?)
            .await?;
    Ok(kept.flatten().unwrap_or_default())
}
