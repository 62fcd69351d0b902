//! Use cases of payments.

use std::collections::BTreeSet;

use super::store;
use super::wire::{PaymentFilter, PaymentOut, PaymentUpsert};
use crate::dossiers::customer_names_in_files;
use crate::error::{Error, FieldProblem, Result};
use crate::exports::{Cell, Column, Row, TableForm};
use crate::intake::{BatchOut, take_rows};
use crate::paging::{PageRequest, Slice};
use crate::tenancy::{Permission, TenantTx};
use crate::tenants;

pub(super) async fn payments(
    tx: &TenantTx,
    filter: &PaymentFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<PaymentOut>> {
    tx.require(Permission::SalesRead)?;
    store::page(tx, filter, sort, page).await
}

/// `system` names the customers' external ids.
pub(super) async fn take_payments(
    tx: &TenantTx,
    system: &str,
    rows: Vec<Result<PaymentUpsert, Vec<FieldProblem>>>,
    atomic: bool,
) -> Result<BatchOut> {
    tx.require(Permission::SalesWrite)?;
    let base = tenants::current(tx).await?.base_currency;
    let out = take_rows(rows, atomic, async |rows| store::upsert_payments(tx, system, base, rows).await).await?;
    if out.counts.created + out.counts.updated > 0 {
        tx.audit::<(), _>("payments.upserted", "payment", "batch", None, Some(&out.counts)).await?;
    }
    Ok(out)
}

/// Payments as their import reads them.
#[derive(Clone, Copy, Debug)]
pub(super) struct PaymentTable;

impl TableForm<PaymentOut> for PaymentTable {
    async fn columns(&self, _: &TenantTx) -> Result<Vec<Column>> {
        Ok(["external_id", "customer_id", "paid_on", "amount", "currency"].map(Column::text).into())
    }

    async fn rows(&self, tx: &TenantTx, _: &[Column], items: Vec<PaymentOut>) -> Result<Vec<Row>> {
        let customers: BTreeSet<_> = items.iter().map(|payment| payment.customer_id).collect();
        let customers = customer_names_in_files(tx, &customers.into_iter().collect::<Vec<_>>()).await?;
        let row = |payment: PaymentOut| {
            let customer = customers.get(&payment.customer_id).cloned();
            Ok(Row(vec![
                Cell::Text(payment.external_id),
                Cell::Text(customer.ok_or_else(|| Error::internal("a payment without its customer"))?),
                Cell::day(Some(payment.paid_on)),
                Cell::decimal(Some(payment.amount)),
                Cell::Text(payment.currency.to_string()),
            ]))
        };
        items.into_iter().map(row).collect()
    }
}
