//! What all customers of a run have for one factor.

use rust_decimal::Decimal;

use crate::error::{Error, Result};
use crate::tenancy::TenantTx;
use crate::values::GradingRunId;

/// The numbers of a factor, in no order; `slot` is its place in the order of the scale version, from 0. Of runs whose
/// explanations were kept before they were kept as lists there are none.
pub(in crate::grading) async fn numbers_of(tx: &TenantTx, run: GradingRunId, slot: usize) -> Result<Vec<Decimal>> {
    let place = i32::try_from(slot + 1).map_err(Error::internal)?;
    let numbers = sqlx::query_scalar(
        "select factor_numbers[$3] from grading_results
         where tenant_id = $1 and run_id = $2 and factor_numbers[$3] is not null",
    )
    .bind(tx.tenant().0)
    .bind(run.0)
    .bind(place)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(numbers)
}
