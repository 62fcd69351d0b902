//! Judgements.

use super::{LoadRow, Said, Terms};
use crate::error::{FieldProblem, Result};
use crate::imports::{Header, JudgementRow};
use crate::intake::RowOutcome;
use crate::scales::{JudgementUpsert, upsert_judgements};
use crate::tenancy::TenantTx;
use crate::values::Currency;

impl LoadRow for JudgementRow {
    type Upsert = JudgementUpsert;

    fn upsert(&self, _: Said<'_>, _: Currency) -> Result<JudgementUpsert, Vec<FieldProblem>> {
        Ok(JudgementUpsert {
            scale: self.scale.clone(),
            customer_external_id: self.customer_id.clone(),
            factor_code: self.factor.clone(),
            level: self.level.clone(),
            author: self.author.clone(),
            judged_at: self.judged_at,
            note: self.note.clone(),
        })
    }

    async fn store(tx: &TenantTx, terms: Terms<'_>, rows: Vec<JudgementUpsert>) -> Result<Vec<RowOutcome>> {
        upsert_judgements(tx, &terms.origin.system, &rows).await
    }

    fn column<'a>(_: &Header, field: &'a str) -> &'a str {
        match field {
            "customer_external_id" => "customer_id",
            "factor_code" => "factor",
            same => same,
        }
    }
}
