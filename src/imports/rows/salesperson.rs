//! A salesperson.

use rust_decimal::Decimal;

use super::{Fields, ImportRow, Sign};
use crate::imports::kind::NAME;
use crate::imports::{ImportKind, Record, RowProblem};

/// A salesperson in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SalespersonRow {
    /// The id in the source system.
    pub external_id: String,
    /// The name; empty where the field is blank, which leaves that of a salesperson who is there.
    pub name: String,
    /// The region or territory.
    pub region: Option<String>,
    /// The current yearly quota in the base currency, 0 or more. Quotas by period come in a file of their own.
    pub quota: Option<Decimal>,
}

impl ImportRow for SalespersonRow {
    const KIND: ImportKind = ImportKind::Salespeople;

    fn parse(record: &Record) -> Result<Self, Vec<RowProblem>> {
        let mut f = Fields::new(record);
        let external_id = f.required("external_id", Fields::id);
        let name = f.text("name", NAME).unwrap_or_default();
        let region = f.text("region", NAME);
        let quota = f.amount("quota", Sign::NotNegative);
        f.finish(external_id.map(|external_id| Self { external_id, name, region, quota }))
    }
}
