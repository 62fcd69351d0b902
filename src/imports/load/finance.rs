//! Payments.

use super::{LoadRow, Terms};
use crate::dossiers::DEFAULT_SYSTEM;
use crate::error::{FieldProblem, Result};
use crate::finance::{PaymentUpsert, upsert_payments};
use crate::imports::{Header, Numbered, PaymentIds, PaymentRow};
use crate::intake::RowOutcome;
use crate::tenancy::TenantTx;
use crate::values::Currency;

impl LoadRow for PaymentRow {
    type Upsert = PaymentUpsert;

    fn name_rows(rows: &mut [Numbered<Self>], ids: &mut PaymentIds) {
        for numbered in rows {
            numbered.row.external_id = Some(ids.id_of(&numbered.row));
        }
    }

    fn upsert(&self, _: &Header, _: Currency) -> Result<PaymentUpsert, Vec<FieldProblem>> {
        Ok(PaymentUpsert {
            external_id: self.external_id.clone().unwrap_or_default(),
            customer_external_id: self.customer_id.clone(),
            paid_on: self.paid_on.into(),
            amount: self.amount.into(),
            currency: self.currency,
        })
    }

    async fn store(tx: &TenantTx, terms: Terms, rows: Vec<PaymentUpsert>) -> Result<Vec<RowOutcome>> {
        upsert_payments(tx, DEFAULT_SYSTEM, terms.base, &rows).await
    }

    fn column<'a>(_: &Header, field: &'a str) -> &'a str {
        if field == "customer_external_id" { "customer_id" } else { field }
    }
}
