//! A product.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{Fields, ImportRow, Sign};
use crate::imports::kind::NAME;
use crate::imports::{ImportKind, Record, RowProblem};

/// A product in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductRow {
    /// Its id in the source system.
    pub external_id: String,
    /// Its name; empty where the field is blank, which leaves that of a product that is there.
    pub name: String,
    /// The product category.
    pub category: Option<String>,
    /// The subcategory within it.
    pub subcategory: Option<String>,
    /// Standard cost of one unit in the base currency, 0 or more.
    pub standard_cost: Option<Decimal>,
    /// List price of one unit in the base currency, 0 or more.
    pub list_price: Option<Decimal>,
    /// When this was observed; the moment of receipt where `None`.
    pub observed_at: Option<DateTime<Utc>>,
}

impl ImportRow for ProductRow {
    const KIND: ImportKind = ImportKind::Products;

    fn parse(record: &Record) -> Result<Self, Vec<RowProblem>> {
        let mut f = Fields::new(record);
        let external_id = f.required("external_id", Fields::id);
        let name = f.text("name", NAME).unwrap_or_default();
        let category = f.text("category", NAME);
        let subcategory = f.text("subcategory", NAME);
        let standard_cost = f.amount("standard_cost", Sign::NotNegative);
        let list_price = f.amount("list_price", Sign::NotNegative);
        let observed_at = f.time("observed_at");
        let row = external_id.map(|external_id| Self {
            external_id,
            name,
            category,
            subcategory,
            standard_cost,
            list_price,
            observed_at,
        });
        f.finish(row)
    }
}
