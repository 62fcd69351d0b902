//! A sales line.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::{Fields, ImportRow, Sign};
use crate::imports::{ImportKind, Record, RowProblem};
use crate::values::Currency;

/// A sales line in a file. Returns are negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SalesLineRow {
    /// Its id in the source system.
    pub external_id: String,
    /// The order it belongs to: as given, or the part of `external_id` before its last `-`, or all of it.
    pub order_id: String,
    /// The day of the order.
    pub order_date: NaiveDate,
    /// External id of the customer.
    pub customer_id: String,
    /// External id of the product.
    pub product_id: String,
    /// External id of the salesperson who sold it.
    pub salesperson_id: Option<String>,
    /// Units sold.
    pub quantity: Decimal,
    /// Price of one unit in `currency`.
    pub unit_price: Option<Decimal>,
    /// Discount of the whole line in `currency`, an amount.
    pub discount: Option<Decimal>,
    /// What the line sells for after discount, in `currency`.
    pub net_amount: Decimal,
    /// Cost of the whole line in `currency`.
    pub cost_amount: Option<Decimal>,
    /// The currency; the tenant's base currency where `None`.
    pub currency: Option<Currency>,
    /// When this was observed; the moment of receipt where `None`.
    pub observed_at: Option<DateTime<Utc>>,
}

impl SalesLineRow {
    /// The order that a line id of the form `ORDER-LINE` names; the whole id where it has no other form.
    pub fn order_of(external_id: &str) -> &str {
        match external_id.rsplit_once('-') {
            Some((order, line)) if !order.is_empty() && !line.is_empty() => order,
            _ => external_id,
        }
    }
}

impl ImportRow for SalesLineRow {
    const KIND: ImportKind = ImportKind::SalesLines;

    fn parse(record: &Record) -> Result<Self, Vec<RowProblem>> {
        let mut f = Fields::new(record);
        let external_id = f.required("external_id", Fields::id);
        let order_id = f.id("order_id");
        let order_date = f.required("order_date", Fields::day);
        let customer_id = f.required("customer_id", Fields::id);
        let product_id = f.required("product_id", Fields::id);
        let salesperson_id = f.id("salesperson_id");
        let quantity = f.required("quantity", |f, column| f.amount(column, Sign::Any));
        let unit_price = f.amount("unit_price", Sign::Any);
        let discount = f.amount("discount", Sign::Any);
        let net_amount = f.required("net_amount", |f, column| f.amount(column, Sign::Any));
        let cost_amount = f.amount("cost_amount", Sign::Any);
        let currency = f.currency("currency");
        let observed_at = f.time("observed_at");
        let row = (|| {
            let external_id = external_id?;
            Some(Self {
                order_id: order_id.unwrap_or_else(|| Self::order_of(&external_id).to_owned()),
                external_id,
                order_date: order_date?,
                customer_id: customer_id?,
                product_id: product_id?,
                salesperson_id,
                quantity: quantity?,
                unit_price,
                discount,
                net_amount: net_amount?,
                cost_amount,
                currency,
                observed_at,
            })
        })();
        f.finish(row)
    }
}
