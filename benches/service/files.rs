//! Files: what a source sends, and the same rows made ready for COPY.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use fenji::clock::{Ids, SystemIds};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Result;
use super::sales::{self, Line};

/// The columns that [`ready_lines`] fills.
pub const READY_COLUMNS: &str = "tenant_id, id, external_id, order_id, day, customer_id, product_id, salesperson_id, \
    quantity, unit_price, discount, net, cost, currency, fx_rate, base_net, base_cost, observed_at";

/// Customers as an import takes them.
pub fn customers(count: u64) -> String {
    let rows = (0..count).map(|n| format!("{},Customer {n}\n", sales::customer(n)));
    std::iter::once("external_id,name\n".to_owned()).chain(rows).collect()
}

/// Products as an import takes them.
pub fn products() -> String {
    let rows = (0..sales::PRODUCTS).map(|n| format!("{},Product {n},Category {}\n", sales::product(n), n % 20));
    std::iter::once("external_id,name,category\n".to_owned()).chain(rows).collect()
}

/// Salespeople as an import takes them.
pub fn salespeople() -> String {
    let rows = (0..sales::SALESPEOPLE).map(|n| format!("{},Salesperson {n}\n", sales::salesperson(n)));
    std::iter::once("external_id,name\n".to_owned()).chain(rows).collect()
}

/// A file of sales lines of that many customers, as a source sends it.
pub fn source_lines(path: &Path, customers: u64, count: u64) -> Result {
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(
        file,
        "external_id,order_id,order_date,customer_id,product_id,salesperson_id,quantity,unit_price,discount,net_amount,\
         cost_amount,currency"
    )?;
    for line in sales::lines(customers, count) {
        let Line { order, number, day, quantity, .. } = line;
        writeln!(
            file,
            "SO{order:07}-{number},SO{order:07},{day},{},{},{},{quantity},{},{},{},{},EUR",
            sales::customer(line.customer),
            sales::product(line.product),
            sales::salesperson(line.salesperson),
            sales::money(line.unit_price),
            sales::money(line.discount),
            sales::money(line.net()),
            sales::money(line.cost),
        )?;
    }
    file.flush()?;
    Ok(())
}

/// The ids that a tenant's external ids name.
#[derive(Debug)]
pub struct References {
    customers: BTreeMap<String, Uuid>,
    products: BTreeMap<String, Uuid>,
    salespeople: BTreeMap<String, Uuid>,
}

impl References {
    pub async fn read(conn: &mut PgConnection, tenant: Uuid) -> Result<Self> {
        let mut all = Vec::new();
        for sql in [
            "select external_id, id from customers where tenant_id = $1",
            "select external_id, id from products where tenant_id = $1",
            "select external_id, id from salespeople where tenant_id = $1",
        ] {
            let rows: Vec<(String, Uuid)> = sqlx::query_as(sql).bind(tenant).fetch_all(&mut *conn).await?;
            all.push(rows.into_iter().collect());
        }
        let [customers, products, salespeople] = <[_; 3]>::try_from(all).map_err(|_| "three tables")?;
        Ok(Self { customers, products, salespeople })
    }
}

/// The same lines as rows of the table, in CSV, with nothing left to look up or to reckon.
pub fn ready_lines(path: &Path, count: u64, tenant: Uuid, known: &References) -> Result {
    let mut file = BufWriter::new(File::create(path)?);
    let missing = || "a reference of the benchmark's own data is missing";
    for line in sales::lines(sales::CUSTOMERS, count) {
        let Line { order, number, day, quantity, .. } = line;
        let (net, cost) = (sales::money(line.net()), sales::money(line.cost));
        writeln!(
            file,
            "{tenant},{},SO{order:07}-{number},SO{order:07},{day},{},{},{},{quantity},{},{},{net},{cost},EUR,1,{net},{cost},2026-11-24 12:00:00+00",
            SystemIds.next(),
            known.customers.get(&sales::customer(line.customer)).ok_or_else(missing)?,
            known.products.get(&sales::product(line.product)).ok_or_else(missing)?,
            known.salespeople.get(&sales::salesperson(line.salesperson)).ok_or_else(missing)?,
            sales::money(line.unit_price),
            sales::money(line.discount),
        )?;
    }
    file.flush()?;
    Ok(())
}
