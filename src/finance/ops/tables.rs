//! Receivables, payments and costs as their imports read them.

use std::collections::{BTreeMap, BTreeSet};

use crate::dossiers::customer_names_in_files;
use crate::error::{Error, Result};
use crate::exports::{Cell, Column, Row, TableForm};
use crate::finance::store::receivable_names;
use crate::finance::wire::{CostToServeOut, PaymentOut, ReceivableOut};
use crate::tenancy::TenantTx;
use crate::values::CustomerId;

/// Receivables as their import reads them.
#[derive(Clone, Copy, Debug)]
pub(in crate::finance) struct ReceivableTable;

/// Payments as their import reads them.
#[derive(Clone, Copy, Debug)]
pub(in crate::finance) struct PaymentTable;

/// Costs to serve as their import reads them.
#[derive(Clone, Copy, Debug)]
pub(in crate::finance) struct CostTable;

/// What files call customers.
struct Names(BTreeMap<CustomerId, String>);

impl Names {
    async fn of(tx: &TenantTx, customers: impl Iterator<Item = CustomerId>) -> Result<Self> {
        let customers: BTreeSet<_> = customers.collect();
        let names = customer_names_in_files(tx, &customers.into_iter().collect::<Vec<_>>()).await?;
        Ok(Self(names.into_iter().collect()))
    }

    fn cell(&self, customer: CustomerId) -> Result<Cell> {
        let name = self.0.get(&customer).cloned();
        name.map(Cell::Text).ok_or_else(|| Error::internal("an amount without its customer"))
    }
}

impl TableForm<ReceivableOut> for ReceivableTable {
    async fn columns(&self, _: &TenantTx) -> Result<Vec<Column>> {
        Ok(["external_id", "customer_id", "invoiced_on", "due_on", "amount", "currency"].map(Column::text).into())
    }

    async fn rows(&self, tx: &TenantTx, _: &[Column], items: Vec<ReceivableOut>) -> Result<Vec<Row>> {
        let names = Names::of(tx, items.iter().map(|item| item.customer_id)).await?;
        let row = |item: ReceivableOut| {
            Ok(Row(vec![
                Cell::Text(item.external_id),
                names.cell(item.customer_id)?,
                Cell::day(Some(item.invoiced_on)),
                Cell::day(Some(item.due_on)),
                Cell::decimal(Some(item.amount)),
                Cell::Text(item.currency.to_string()),
            ]))
        };
        items.into_iter().map(row).collect()
    }
}

impl TableForm<PaymentOut> for PaymentTable {
    async fn columns(&self, _: &TenantTx) -> Result<Vec<Column>> {
        let names = ["external_id", "customer_id", "paid_on", "amount", "currency", "receivable_id"];
        Ok(names.map(Column::text).into())
    }

    async fn rows(&self, tx: &TenantTx, _: &[Column], items: Vec<PaymentOut>) -> Result<Vec<Row>> {
        let names = Names::of(tx, items.iter().map(|payment| payment.customer_id)).await?;
        let settled = receivable_names(tx, items.iter().filter_map(|payment| payment.receivable_id).collect()).await?;
        let row = |payment: PaymentOut| {
            let receivable = payment.receivable_id.and_then(|id| settled.get(&id).cloned());
            Ok(Row(vec![
                Cell::Text(payment.external_id),
                names.cell(payment.customer_id)?,
                Cell::day(Some(payment.paid_on)),
                Cell::decimal(Some(payment.amount)),
                Cell::Text(payment.currency.to_string()),
                receivable.map_or(Cell::Empty, Cell::Text),
            ]))
        };
        items.into_iter().map(row).collect()
    }
}

impl TableForm<CostToServeOut> for CostTable {
    async fn columns(&self, _: &TenantTx) -> Result<Vec<Column>> {
        Ok(["external_id", "customer_id", "day", "activity", "amount", "currency"].map(Column::text).into())
    }

    async fn rows(&self, tx: &TenantTx, _: &[Column], items: Vec<CostToServeOut>) -> Result<Vec<Row>> {
        let names = Names::of(tx, items.iter().map(|cost| cost.customer_id)).await?;
        let row = |cost: CostToServeOut| {
            Ok(Row(vec![
                Cell::Text(cost.external_id),
                names.cell(cost.customer_id)?,
                Cell::day(Some(cost.day)),
                Cell::Text(cost.activity),
                Cell::decimal(Some(cost.amount)),
                Cell::Text(cost.currency.to_string()),
            ]))
        };
        items.into_iter().map(row).collect()
    }
}
