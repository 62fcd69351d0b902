//! The generated rows as the files an import takes.

use csv::Writer;
use rust_decimal::Decimal;

use super::DemoData;
use crate::error::{Error, Result};
use crate::imports::{CustomerRow, CustomerStage, ImportKind};

/// One file a kind, in the order in which they refer to one another.
pub(super) fn files(data: &DemoData) -> Result<Vec<(ImportKind, Vec<u8>)>> {
    Ok(vec![
        (ImportKind::Salespeople, salespeople(data)?),
        (ImportKind::Products, products(data)?),
        (ImportKind::Customers, customers(data)?),
        (ImportKind::FxRates, fx_rates(data)?),
        (ImportKind::SalesLines, sales_lines(data)?),
        (ImportKind::Quotas, quotas(data)?),
        (ImportKind::Receivables, receivables(data)?),
        (ImportKind::Payments, payments(data)?),
        (ImportKind::CostsToServe, costs(data)?),
    ])
}

fn salespeople(data: &DemoData) -> Result<Vec<u8>> {
    let rows = data.salespeople.iter().map(|r| vec![r.external_id.clone(), r.name.clone(), text(r.region.as_deref())]);
    file(&["external_id", "name", "region"], rows)
}

fn products(data: &DemoData) -> Result<Vec<u8>> {
    let rows = data.products.iter().map(|r| {
        let (category, subcategory) = (text(r.category.as_deref()), text(r.subcategory.as_deref()));
        vec![
            r.external_id.clone(),
            r.name.clone(),
            category,
            subcategory,
            amount(r.standard_cost),
            amount(r.list_price),
        ]
    });
    file(&["external_id", "name", "category", "subcategory", "standard_cost", "list_price"], rows)
}

fn customers(data: &DemoData) -> Result<Vec<u8>> {
    let columns = [
        "external_id",
        "name",
        "stage",
        "industry",
        "region",
        "country",
        "city",
        "segment_hint",
        "salesperson_id",
        "credit_limit",
        "currency",
        "employees",
        "annual_revenue",
        "first_seen",
        "attributes.floor_space",
        "attributes.iso_9001",
        "attributes.purchasing",
    ];
    file(&columns, data.customers.iter().map(customer))
}

/// The attributes stand in the order of their columns.
fn customer(row: &CustomerRow) -> Vec<String> {
    let stage = row.stage.map(|stage| match stage {
        CustomerStage::Prospect => "prospect",
        CustomerStage::Active => "active",
        CustomerStage::Dormant => "dormant",
        CustomerStage::Lost => "lost",
    });
    let fields = vec![
        row.external_id.clone(),
        row.name.clone(),
        text(stage),
        text(row.industry.as_deref()),
        text(row.region.as_deref()),
        text(row.country.as_deref()),
        text(row.city.as_deref()),
        text(row.segment_hint.as_deref()),
        text(row.salesperson_id.as_deref()),
        amount(row.credit_limit),
        text(row.currency),
        text(row.employees),
        amount(row.annual_revenue),
        text(row.first_seen),
    ];
    fields.into_iter().chain(row.attributes.iter().map(|(_, value)| text(value.as_deref()))).collect()
}

fn fx_rates(data: &DemoData) -> Result<Vec<u8>> {
    let rows = data.fx_rates.iter().map(|r| vec![r.date.to_string(), r.currency.to_string(), r.rate.to_string()]);
    file(&["date", "currency", "rate"], rows)
}

fn sales_lines(data: &DemoData) -> Result<Vec<u8>> {
    let columns = [
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
    let rows = data.sales_lines.iter().map(|r| {
        vec![
            r.external_id.clone(),
            r.order_id.clone(),
            r.order_date.to_string(),
            r.customer_id.clone(),
            r.product_id.clone(),
            text(r.salesperson_id.as_deref()),
            r.quantity.to_string(),
            amount(r.unit_price),
            amount(r.discount),
            r.net_amount.to_string(),
            amount(r.cost_amount),
            text(r.currency),
        ]
    });
    file(&columns, rows)
}

fn quotas(data: &DemoData) -> Result<Vec<u8>> {
    let rows =
        data.quotas.iter().map(|r| vec![r.salesperson_id.clone(), r.period_start.to_string(), r.quota.to_string()]);
    file(&["salesperson_id", "period_start", "quota"], rows)
}

fn receivables(data: &DemoData) -> Result<Vec<u8>> {
    let rows = data.receivables.iter().map(|r| {
        let (invoiced_on, due_on) = (r.invoiced_on.to_string(), r.due_on.to_string());
        let (id, customer) = (r.external_id.clone(), r.customer_id.clone());
        vec![id, customer, invoiced_on, due_on, r.amount.to_string(), text(r.currency)]
    });
    file(&["external_id", "customer_id", "invoiced_on", "due_on", "amount", "currency"], rows)
}

fn costs(data: &DemoData) -> Result<Vec<u8>> {
    let rows = data.costs.iter().map(|r| {
        let (id, customer) = (r.external_id.clone(), r.customer_id.clone());
        vec![id, customer, r.day.to_string(), r.activity.clone(), r.amount.to_string()]
    });
    file(&["external_id", "customer_id", "day", "activity", "amount"], rows)
}

fn payments(data: &DemoData) -> Result<Vec<u8>> {
    let rows = data.payments.iter().map(|r| {
        vec![
            text(r.external_id.as_deref()),
            r.customer_id.clone(),
            r.paid_on.to_string(),
            r.amount.to_string(),
            text(r.currency),
            text(r.receivable_id.as_deref()),
        ]
    });
    file(&["external_id", "customer_id", "paid_on", "amount", "currency", "receivable_id"], rows)
}

fn file(columns: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>> {
    let mut writer = Writer::from_writer(Vec::new());
    writer.write_record(columns).map_err(Error::internal)?;
    for row in rows {
        writer.write_record(row).map_err(Error::internal)?;
    }
    writer.into_inner().map_err(|e| Error::internal(e.to_string()))
}

fn amount(value: Option<Decimal>) -> String {
    text(value)
}

/// A blank cell for what is absent.
fn text(value: Option<impl ToString>) -> String {
    value.map(|v| v.to_string()).unwrap_or_default()
}
