//! Customers, salespeople and purchase potentials as tables: the columns are those that an import reads, so that what was exported can be
//! imported again and changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::dossiers::AttributeType;
use crate::dossiers::store::{attributes, customers, salespeople};
use crate::dossiers::wire::{CustomerOut, DEFAULT_SYSTEM, PotentialOut, SalespersonOut};
use crate::error::{Error, Result};
use crate::exports::{Cell, Column, Row, TableForm};
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, SalespersonId};

/// What an import of customers calls the columns that every tenant has.
const CUSTOMER_COLUMNS: [&str; 16] = [
    "external_id",
    "name",
    "stage",
    "industry",
    "region",
    "city",
    "country",
    "salesperson_id",
    "parent_id",
    "employees",
    "annual_revenue",
    "currency",
    "credit_limit",
    "segment_hint",
    "first_seen",
    "tags",
];
/// In front of a system's name: the column of its ids.
const EXTERNAL_ID: &str = "external_id.";
/// In front of an attribute's code: the column of its values.
const ATTRIBUTE: &str = "attributes.";

/// Customers as their import reads them.
#[derive(Clone, Copy, Debug)]
pub(in crate::dossiers) struct CustomerTable;

/// Salespeople as their import reads them.
#[derive(Clone, Copy, Debug)]
pub(in crate::dossiers) struct SalespersonTable;

/// Purchase potentials as their import reads them.
#[derive(Clone, Copy, Debug)]
pub(in crate::dossiers) struct PotentialTable;

impl TableForm<CustomerOut> for CustomerTable {
    async fn columns(&self, tx: &TenantTx) -> Result<Vec<Column>> {
        let mut systems = customers::systems(tx).await?;
        // The first of them is the customer's name in the file; a second has a column only where there is one.
        if !customers::have_several_ids_of(tx, DEFAULT_SYSTEM).await? {
            systems.retain(|system| system != DEFAULT_SYSTEM);
        }
        let own = systems.into_iter().map(|system| format!("{EXTERNAL_ID}{system}"));
        let codes = attributes::types(tx).await?.into_keys();
        let own = own.chain(codes.map(|code| format!("{ATTRIBUTE}{code}")));
        Ok(CUSTOMER_COLUMNS.map(str::to_owned).into_iter().chain(own).map(Column::text).collect())
    }

    async fn rows(&self, tx: &TenantTx, columns: &[Column], items: Vec<CustomerOut>) -> Result<Vec<Row>> {
        let owners: BTreeSet<SalespersonId> = items.iter().filter_map(|customer| customer.owner_id).collect();
        let owners = salespeople::by_ids(tx, &owners.into_iter().collect::<Vec<_>>()).await?;
        let owners: BTreeMap<_, _> = owners.into_iter().map(|person| (person.id, person.external_id)).collect();
        let parents: BTreeSet<CustomerId> = items.iter().filter_map(|customer| customer.parent_id).collect();
        let parents = customers::names_in_files(tx, &parents.into_iter().collect::<Vec<_>>()).await?;
        let has_attributes = columns.iter().any(|column| column.name.starts_with(ATTRIBUTE));
        let types = if has_attributes { attributes::types(tx).await? } else { BTreeMap::new() };
        let row = |customer: CustomerOut| {
            let name = name_in_files(&customer);
            let cell = |column: &Column| match column.name.strip_prefix(ATTRIBUTE) {
                Some(code) => attribute(&customer, code, types.get(code)),
                None => cell(&customer, &column.name, &name, &owners, &parents),
            };
            Row(columns.iter().map(cell).collect())
        };
        Ok(items.into_iter().map(row).collect())
    }
}

/// The name of a customer in files: an id of the system `default`, the one of the reports where it has several, else
/// its own id.
fn name_in_files(customer: &CustomerOut) -> String {
    let mut own = customer.external_ids.iter().filter(|id| id.system == DEFAULT_SYSTEM).map(|id| &id.external_id);
    let first = own.clone().next();
    let name = own.find(|id| **id == customer.external_id).or(first);
    name.cloned().unwrap_or_else(|| customer.id.to_string())
}

fn attribute(customer: &CustomerOut, code: &str, kind: Option<&AttributeType>) -> Cell {
    match (customer.attributes.get(code), kind) {
        (Some(Value::Bool(flag)), _) => Cell::Flag(*flag),
        (Some(Value::String(text)), Some(AttributeType::Number | AttributeType::Money)) => Cell::Decimal(text.clone()),
        (Some(Value::String(text)), Some(AttributeType::Date)) => Cell::Day(text.clone()),
        (Some(Value::String(text)), _) => Cell::Text(text.clone()),
        _ => Cell::Empty,
    }
}

fn cell(
    customer: &CustomerOut,
    column: &str,
    name: &str,
    owners: &BTreeMap<SalespersonId, String>,
    parents: &BTreeMap<CustomerId, String>,
) -> Cell {
    let text = |value: &Option<String>| Cell::text(value.as_deref());
    match column {
        "external_id" => Cell::Text(name.to_owned()),
        "name" => Cell::Text(customer.name.clone()),
        "stage" => Cell::Text(customer.stage.as_str().to_owned()),
        "industry" => text(&customer.industry),
        "region" => text(&customer.territory),
        "city" => text(&customer.city),
        "country" => text(&customer.country),
        "salesperson_id" => Cell::text(customer.owner_id.and_then(|id| owners.get(&id)).map(String::as_str)),
        "parent_id" => Cell::text(customer.parent_id.and_then(|id| parents.get(&id)).map(String::as_str)),
        "employees" => customer.employees.map_or(Cell::Empty, |number| Cell::Whole(number.into())),
        "annual_revenue" => Cell::decimal(customer.annual_revenue),
        "currency" => Cell::text(customer.currency.map(|currency| currency.to_string())),
        "credit_limit" => Cell::decimal(customer.credit_limit),
        "segment_hint" => text(&customer.segment_hint),
        "first_seen" => Cell::day(customer.first_seen),
        "tags" => Cell::List(customer.tags.clone()),
        _ => {
            let system = column.strip_prefix(EXTERNAL_ID).unwrap_or_default();
            let ids = customer.external_ids.iter().filter(|id| id.system == system).map(|id| &id.external_id);
            Cell::List(ids.filter(|id| system != DEFAULT_SYSTEM || *id != name).cloned().collect())
        }
    }
}

impl TableForm<PotentialOut> for PotentialTable {
    async fn columns(&self, _: &TenantTx) -> Result<Vec<Column>> {
        Ok(["customer_id", "category", "yearly_amount"].map(Column::text).into())
    }

    async fn rows(&self, tx: &TenantTx, _: &[Column], items: Vec<PotentialOut>) -> Result<Vec<Row>> {
        let customers: BTreeSet<CustomerId> = items.iter().map(|item| item.customer_id).collect();
        let names = customers::names_in_files(tx, &customers.into_iter().collect::<Vec<_>>()).await?;
        let row = |item: PotentialOut| {
            let name = names.get(&item.customer_id).cloned();
            let name = name.ok_or_else(|| Error::internal("a potential without its customer"))?;
            Ok(Row(vec![Cell::Text(name), Cell::Text(item.category), Cell::decimal(Some(item.yearly_amount))]))
        };
        items.into_iter().map(row).collect()
    }
}

impl TableForm<SalespersonOut> for SalespersonTable {
    async fn columns(&self, _: &TenantTx) -> Result<Vec<Column>> {
        Ok(["external_id", "name", "region"].map(Column::text).into())
    }

    async fn rows(&self, _: &TenantTx, _: &[Column], items: Vec<SalespersonOut>) -> Result<Vec<Row>> {
        let row = |person: SalespersonOut| {
            Row(vec![Cell::Text(person.external_id), Cell::Text(person.name), Cell::text(person.territory)])
        };
        Ok(items.into_iter().map(row).collect())
    }
}
