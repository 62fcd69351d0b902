//! Products, sales lines, rates and quotas as tables: the columns are those that an import reads, so that what was
//! exported can be imported again and changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::dossiers::{customer_names_in_files, salespeople_by_id};
use crate::error::{Error, Result};
use crate::exports::{Cell, Column, Row, TableForm};
use crate::sales::store;
use crate::sales::wire::{FxRateOut, ProductOut, QuotaOut, SalesLineOut};
use crate::tenancy::TenantTx;
use crate::tenants;
use crate::values::SalespersonId;

/// Products as their import reads them.
#[derive(Clone, Copy, Debug)]
pub(in crate::sales) struct ProductTable;

/// Sales lines as their import reads them.
#[derive(Clone, Copy, Debug)]
pub(in crate::sales) struct SalesLineTable;

/// Exchange rates as their import reads them.
#[derive(Clone, Copy, Debug)]
pub(in crate::sales) struct FxRateTable;

/// Quotas as their import reads them.
#[derive(Clone, Copy, Debug)]
pub(in crate::sales) struct QuotaTable;

impl TableForm<ProductOut> for ProductTable {
    async fn columns(&self, _: &TenantTx) -> Result<Vec<Column>> {
        let names = ["external_id", "name", "category", "subcategory", "standard_cost", "list_price"];
        Ok(names.map(Column::text).into())
    }

    async fn rows(&self, _: &TenantTx, _: &[Column], items: Vec<ProductOut>) -> Result<Vec<Row>> {
        let row = |product: ProductOut| {
            Row(vec![
                Cell::Text(product.external_id),
                Cell::Text(product.name),
                Cell::text(product.category),
                Cell::text(product.subcategory),
                Cell::decimal(product.standard_cost),
                Cell::decimal(product.list_price),
            ])
        };
        Ok(items.into_iter().map(row).collect())
    }
}

impl TableForm<SalesLineOut> for SalesLineTable {
    async fn columns(&self, _: &TenantTx) -> Result<Vec<Column>> {
        let names = [
            "external_id",
            "order_id",
            "order_date",
            "customer_id",
            "product_id",
            "salesperson_id",
            "quantity",
            "unit_price",
            "discount",
            "net_amount",
            "cost_amount",
            "currency",
        ];
        Ok(names.map(Column::text).into())
    }

    async fn rows(&self, tx: &TenantTx, _: &[Column], items: Vec<SalesLineOut>) -> Result<Vec<Row>> {
        let customers: BTreeSet<_> = items.iter().map(|line| line.customer_id).collect();
        let customers = customer_names_in_files(tx, &customers.into_iter().collect::<Vec<_>>()).await?;
        let products: BTreeSet<_> = items.iter().map(|line| line.product_id).collect();
        let products = store::product_names(tx, &products.into_iter().collect::<Vec<_>>()).await?;
        let people = salespeople(tx, items.iter().filter_map(|line| line.salesperson_id)).await?;
        let row = |line: SalesLineOut| {
            let salesperson = line.salesperson_id.map(|id| known(people.get(&id))).transpose()?;
            Ok(Row(vec![
                Cell::Text(line.external_id),
                Cell::Text(line.order_id),
                Cell::day(Some(line.day)),
                Cell::Text(known(customers.get(&line.customer_id))?),
                Cell::Text(known(products.get(&line.product_id))?),
                Cell::text(salesperson),
                Cell::decimal(Some(line.quantity)),
                Cell::decimal(Some(line.unit_price)),
                Cell::decimal(Some(line.discount)),
                Cell::decimal(Some(line.net)),
                Cell::decimal(line.cost),
                Cell::Text(line.currency.to_string()),
            ]))
        };
        items.into_iter().map(row).collect()
    }
}

impl TableForm<FxRateOut> for FxRateTable {
    async fn columns(&self, _: &TenantTx) -> Result<Vec<Column>> {
        Ok(["date", "currency", "rate", "base_currency"].map(Column::text).into())
    }

    async fn rows(&self, tx: &TenantTx, _: &[Column], items: Vec<FxRateOut>) -> Result<Vec<Row>> {
        let base = tenants::current(tx).await?.base_currency.to_string();
        let row = |rate: FxRateOut| {
            Row(vec![
                Cell::day(Some(rate.day)),
                Cell::Text(rate.currency.to_string()),
                Cell::decimal(Some(rate.rate)),
                Cell::Text(base.clone()),
            ])
        };
        Ok(items.into_iter().map(row).collect())
    }
}

impl TableForm<QuotaOut> for QuotaTable {
    async fn columns(&self, _: &TenantTx) -> Result<Vec<Column>> {
        Ok(["salesperson_id", "period_start", "quota"].map(Column::text).into())
    }

    async fn rows(&self, tx: &TenantTx, _: &[Column], items: Vec<QuotaOut>) -> Result<Vec<Row>> {
        let people = salespeople(tx, items.iter().map(|quota| quota.salesperson_id)).await?;
        let row = |quota: QuotaOut| {
            Ok(Row(vec![
                Cell::Text(known(people.get(&quota.salesperson_id))?),
                Cell::day(Some(quota.period_start)),
                Cell::decimal(Some(quota.amount)),
            ]))
        };
        items.into_iter().map(row).collect()
    }
}

async fn salespeople(
    tx: &TenantTx,
    ids: impl Iterator<Item = SalespersonId>,
) -> Result<BTreeMap<SalespersonId, String>> {
    let ids: BTreeSet<_> = ids.collect();
    let people = salespeople_by_id(tx, &ids.into_iter().collect::<Vec<_>>()).await?;
    Ok(people.into_iter().map(|(id, person)| (id, person.external_id)).collect())
}

/// What a foreign key has promised to be there.
fn known(name: Option<&String>) -> Result<String> {
    name.cloned().ok_or_else(|| Error::internal("a row without what it refers to"))
}
