//! Receivables, payments and costs to serve.

use super::{LoadRow, Said, Terms};
use crate::error::{FieldProblem, Result};
use crate::finance::{
    CostToServeUpsert, PaymentUpsert, ReceivableUpsert, upsert_costs_to_serve, upsert_payments, upsert_receivables,
};
use crate::imports::{CostToServeRow, Header, Numbered, PaymentIds, PaymentRow, ReceivableRow};
use crate::intake::RowOutcome;
use crate::tenancy::TenantTx;
use crate::values::{Currency, Label};

impl LoadRow for PaymentRow {
    type Upsert = PaymentUpsert;

    fn name_rows(rows: &mut [Numbered<Self>], ids: &mut PaymentIds) {
        for numbered in rows {
            numbered.row.external_id = ids.id_of(&numbered.row);
        }
    }

    fn upsert(&self, said: Said<'_>, _: Currency) -> Result<PaymentUpsert, Vec<FieldProblem>> {
        let external_id = self.external_id.clone().ok_or_else(|| vec![too_many_without_id()])?;
        Ok(PaymentUpsert {
            external_id,
            customer_external_id: self.customer_id.clone(),
            paid_on: self.paid_on.into(),
            amount: self.amount.into(),
            currency: self.currency,
            receivable_external_id: self.receivable_id.clone(),
            observed_at: self.observed_at,
            keeps_currency: said.keeps("currency", self.currency.as_ref()),
            keeps_receivable: said.keeps("receivable_id", self.receivable_id.as_ref()),
        })
    }

    async fn store(tx: &TenantTx, terms: Terms<'_>, rows: Vec<PaymentUpsert>) -> Result<Vec<RowOutcome>> {
        upsert_payments(tx, &terms.origin.system, terms.base, &rows).await
    }

    fn column<'a>(_: &Header, field: &'a str) -> &'a str {
        match field {
            "customer_external_id" => "customer_id",
            "receivable_external_id" => "receivable_id",
            same => same,
        }
    }
}

fn too_many_without_id() -> FieldProblem {
    FieldProblem {
        pointer: "/external_id".into(),
        code: "too_many",
        detail: Label::new(
            "The file has more than 1,000,000 payments without ids. Give the payments ids, or split the file by days.",
            "该文件中无编号的付款超过 1,000,000 笔。请为付款提供编号，或按日期拆分文件。",
        ),
    }
}

impl LoadRow for ReceivableRow {
    type Upsert = ReceivableUpsert;

    fn upsert(&self, said: Said<'_>, _: Currency) -> Result<ReceivableUpsert, Vec<FieldProblem>> {
        Ok(ReceivableUpsert {
            external_id: self.external_id.clone(),
            customer_external_id: self.customer_id.clone(),
            invoiced_on: self.invoiced_on.into(),
            due_on: self.due_on.into(),
            amount: self.amount.into(),
            currency: self.currency,
            observed_at: self.observed_at,
            keeps_currency: said.keeps("currency", self.currency.as_ref()),
        })
    }

    async fn store(tx: &TenantTx, terms: Terms<'_>, rows: Vec<ReceivableUpsert>) -> Result<Vec<RowOutcome>> {
        upsert_receivables(tx, &terms.origin.system, terms.base, &rows).await
    }

    fn column<'a>(_: &Header, field: &'a str) -> &'a str {
        if field == "customer_external_id" { "customer_id" } else { field }
    }
}

impl LoadRow for CostToServeRow {
    type Upsert = CostToServeUpsert;

    fn upsert(&self, said: Said<'_>, _: Currency) -> Result<CostToServeUpsert, Vec<FieldProblem>> {
        Ok(CostToServeUpsert {
            external_id: self.external_id.clone(),
            customer_external_id: self.customer_id.clone(),
            day: self.day.into(),
            activity: self.activity.clone(),
            amount: self.amount.into(),
            currency: self.currency,
            observed_at: self.observed_at,
            keeps_currency: said.keeps("currency", self.currency.as_ref()),
        })
    }

    async fn store(tx: &TenantTx, terms: Terms<'_>, rows: Vec<CostToServeUpsert>) -> Result<Vec<RowOutcome>> {
        upsert_costs_to_serve(tx, &terms.origin.system, terms.base, &rows).await
    }

    fn column<'a>(_: &Header, field: &'a str) -> &'a str {
        if field == "customer_external_id" { "customer_id" } else { field }
    }
}
