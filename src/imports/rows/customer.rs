//! A customer.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::{Fields, ImportRow, Sign};
use crate::imports::kind::NAME;
use crate::imports::{ImportKind, Record, RowProblem};
use crate::values::Currency;

/// How far a customer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CustomerStage {
    /// Has not bought yet.
    Prospect,
    /// Buys.
    Active,
    /// Has bought, and not for a while.
    Dormant,
    /// Will not buy again.
    Lost,
}

impl CustomerStage {
    const WORDS: [(&str, Self); 4] =
        [("prospect", Self::Prospect), ("active", Self::Active), ("dormant", Self::Dormant), ("lost", Self::Lost)];
}

/// A customer in a file. `None` where the field is blank or the file has no such column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerRow {
    /// Its id in the source system.
    pub external_id: String,
    /// Its name; empty where the field is blank or the file has no such column.
    pub name: String,
    /// How far it has come.
    pub stage: Option<CustomerStage>,
    /// Its industry.
    pub industry: Option<String>,
    /// The region or territory it belongs to.
    pub region: Option<String>,
    /// Its country.
    pub country: Option<String>,
    /// Its city.
    pub city: Option<String>,
    /// What the source system calls its segment.
    pub segment_hint: Option<String>,
    /// External id of the salesperson who owns it.
    pub salesperson_id: Option<String>,
    /// Credit limit in `currency`, 0 or more.
    pub credit_limit: Option<Decimal>,
    /// The currency it is invoiced in.
    pub currency: Option<Currency>,
    /// Number of people it employs.
    pub employees: Option<i32>,
    /// Its own yearly revenue in `currency`, 0 or more.
    pub annual_revenue: Option<Decimal>,
    /// The day it first became known.
    pub first_seen: Option<NaiveDate>,
    /// Tags, sorted.
    pub tags: Vec<String>,
    /// When all of this was observed.
    pub observed_at: Option<DateTime<Utc>>,
    /// External id of the customer it belongs to, which may come later in the file.
    pub parent_id: Option<String>,
    /// Its ids in other systems: system and id.
    pub external_ids: Vec<(String, String)>,
    /// Facts of the tenant's own: code and text, none where the field is blank.
    pub attributes: Vec<(String, Option<String>)>,
}

impl ImportRow for CustomerRow {
    const KIND: ImportKind = ImportKind::Customers;

    fn parse(record: &Record) -> Result<Self, Vec<RowProblem>> {
        let mut f = Fields::new(record);
        let external_id = f.required("external_id", Fields::id);
        let name = f.text("name", NAME).unwrap_or_default();
        let stage = f.choice("stage", &CustomerStage::WORDS);
        let industry = f.text("industry", NAME);
        let region = f.text("region", NAME);
        let country = f.text("country", NAME);
        let city = f.text("city", NAME);
        let segment_hint = f.text("segment_hint", NAME);
        let salesperson_id = f.id("salesperson_id");
        let credit_limit = f.amount("credit_limit", Sign::NotNegative);
        let currency = f.currency("currency");
        let employees = f.count("employees");
        let annual_revenue = f.amount("annual_revenue", Sign::NotNegative);
        let first_seen = f.day("first_seen");
        let tags = f.list("tags", 100);
        let observed_at = f.time("observed_at");
        let parent_id = f.id("parent_id");
        let external_ids = f.ids_by_system("external_id.");
        let attributes = f.texts_of("attributes.");
        let row = external_id.map(|external_id| Self {
            external_id,
            name,
            stage,
            industry,
            region,
            country,
            city,
            segment_hint,
            salesperson_id,
            credit_limit,
            currency,
            employees,
            annual_revenue,
            first_seen,
            tags,
            observed_at,
            parent_id,
            external_ids,
            attributes,
        });
        f.finish(row)
    }
}
