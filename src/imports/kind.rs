//! What can be imported, and the columns of each kind.

use std::fmt;
use std::str::FromStr;

use async_graphql::Enum;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum ImportKind {
    /// Customers.
    Customers,
    /// Products.
    Products,
    /// Salespeople.
    Salespeople,
    /// What customers buy a year, by product category.
    PurchasePotentials,
    /// Lines of orders or invoices.
    SalesLines,
    /// Dated exchange rates.
    FxRates,
    /// Sales quotas by salesperson and period.
    Quotas,
    /// Invoices and credit notes.
    Receivables,
    /// Payments received from customers.
    Payments,
    /// What was spent to serve customers.
    CostsToServe,
    /// Members' ratings of customers.
    Judgements,
}

/// Whether a file must have a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The column must be there, and filled in every row.
    Required,
    /// The column may be missing or blank.
    Optional,
    /// The column may be missing where the row names what is there already; where it is there, it must be filled.
    Kept,
    /// At least one of the kind's columns marked so must be there, and one filled in every row.
    OneOf,
}

/// What a column's fields must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// An id of the source system, 1 to 200 characters.
    ExternalId,
    /// A text of at most this many characters.
    Text(usize),
    /// A whole number, 0 or more.
    Count,
    /// An amount or a quantity with at most 4 decimal places.
    Amount,
    /// An exchange rate above 0 with at most 12 decimal places.
    Rate,
    /// An ISO day, `YYYY-MM-DD`.
    Day,
    /// An RFC 3339 time, `YYYY-MM-DDTHH:MM:SSZ`.
    Time,
    /// An ISO 4217 code, three capital letters.
    Currency,
    /// A code of 1 to 63 letters, digits, `_` and `-`.
    Code,
    /// A day or an RFC 3339 time.
    Moment,
    /// `prospect`, `active`, `dormant` or `lost`.
    Stage,
    /// Tags separated by `;`.
    Tags,
    /// Ids of another system, separated by `;`.
    ExternalIds,
    /// A fact of the tenant's own, in the form its definition asks for.
    Attribute,
}

/// A column of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in the header row; one that ends with a point is followed by what the columns are of, such as a system's
    /// name.
    pub name: &'static str,
    /// Whether it must be there.
    pub presence: Presence,
    /// The form of its fields.
    pub column_type: ColumnType,
}

/// The longest name of a thing or a place, in characters.
pub(super) const NAME: usize = 200;
/// The longest name of an activity, in characters.
pub(super) const ACTIVITY: usize = 100;

/// The longest note, in characters.
pub(super) const NOTE: usize = 1_000;

const fn required(name: &'static str, column_type: ColumnType) -> Column {
    Column { name, presence: Presence::Required, column_type }
}

const fn optional(name: &'static str, column_type: ColumnType) -> Column {
    Column { name, presence: Presence::Optional, column_type }
}

const fn kept(name: &'static str, column_type: ColumnType) -> Column {
    Column { name, presence: Presence::Kept, column_type }
}

const fn one_of(name: &'static str, column_type: ColumnType) -> Column {
    Column { name, presence: Presence::OneOf, column_type }
}

const CUSTOMERS: &[Column] = &[
    required("external_id", ColumnType::ExternalId),
    kept("name", ColumnType::Text(NAME)),
    optional("industry", ColumnType::Text(NAME)),
    optional("region", ColumnType::Text(NAME)),
    optional("country", ColumnType::Text(NAME)),
    optional("city", ColumnType::Text(NAME)),
    optional("segment_hint", ColumnType::Text(NAME)),
    optional("salesperson_id", ColumnType::ExternalId),
    optional("credit_limit", ColumnType::Amount),
    optional("currency", ColumnType::Currency),
    optional("employees", ColumnType::Count),
    optional("annual_revenue", ColumnType::Amount),
    optional("first_seen", ColumnType::Day),
    optional("stage", ColumnType::Stage),
    optional("tags", ColumnType::Tags),
    optional("observed_at", ColumnType::Time),
    optional("parent_id", ColumnType::ExternalId),
    optional("external_id.", ColumnType::ExternalIds),
    optional("attributes.", ColumnType::Attribute),
];

const PRODUCTS: &[Column] = &[
    required("external_id", ColumnType::ExternalId),
    required("name", ColumnType::Text(NAME)),
    optional("category", ColumnType::Text(NAME)),
    optional("subcategory", ColumnType::Text(NAME)),
    optional("standard_cost", ColumnType::Amount),
    optional("list_price", ColumnType::Amount),
    optional("observed_at", ColumnType::Time),
];

const SALESPEOPLE: &[Column] = &[
    required("external_id", ColumnType::ExternalId),
    required("name", ColumnType::Text(NAME)),
    optional("region", ColumnType::Text(NAME)),
    optional("quota", ColumnType::Amount),
];

const SALES_LINES: &[Column] = &[
    required("external_id", ColumnType::ExternalId),
    required("order_date", ColumnType::Day),
    required("customer_id", ColumnType::ExternalId),
    required("product_id", ColumnType::ExternalId),
    optional("salesperson_id", ColumnType::ExternalId),
    required("quantity", ColumnType::Amount),
    optional("unit_price", ColumnType::Amount),
    optional("discount", ColumnType::Amount),
    required("net_amount", ColumnType::Amount),
    optional("cost_amount", ColumnType::Amount),
    optional("currency", ColumnType::Currency),
    optional("order_id", ColumnType::ExternalId),
    optional("observed_at", ColumnType::Time),
];

const PURCHASE_POTENTIALS: &[Column] = &[
    required("customer_id", ColumnType::ExternalId),
    required("category", ColumnType::Text(NAME)),
    required("yearly_amount", ColumnType::Amount),
    optional("observed_at", ColumnType::Time),
];

const FX_RATES: &[Column] = &[
    required("date", ColumnType::Day),
    required("currency", ColumnType::Currency),
    one_of("usd_per_unit_average", ColumnType::Rate),
    one_of("usd_per_unit_close", ColumnType::Rate),
    one_of("rate", ColumnType::Rate),
    optional("base_currency", ColumnType::Currency),
];

const QUOTAS: &[Column] = &[
    required("salesperson_id", ColumnType::ExternalId),
    required("period_start", ColumnType::Day),
    required("quota", ColumnType::Amount),
];

const RECEIVABLES: &[Column] = &[
    required("external_id", ColumnType::ExternalId),
    required("customer_id", ColumnType::ExternalId),
    required("invoiced_on", ColumnType::Day),
    required("due_on", ColumnType::Day),
    required("amount", ColumnType::Amount),
    optional("currency", ColumnType::Currency),
    optional("observed_at", ColumnType::Time),
];

const COSTS_TO_SERVE: &[Column] = &[
    required("external_id", ColumnType::ExternalId),
    required("customer_id", ColumnType::ExternalId),
    required("day", ColumnType::Day),
    required("activity", ColumnType::Text(ACTIVITY)),
    required("amount", ColumnType::Amount),
    optional("currency", ColumnType::Currency),
    optional("observed_at", ColumnType::Time),
];

const JUDGEMENTS: &[Column] = &[
    required("scale", ColumnType::Code),
    required("customer_id", ColumnType::ExternalId),
    required("factor", ColumnType::Code),
    required("level", ColumnType::Code),
    optional("author", ColumnType::Text(NAME)),
    optional("judged_at", ColumnType::Moment),
    optional("note", ColumnType::Text(NOTE)),
];

const PAYMENTS: &[Column] = &[
    required("customer_id", ColumnType::ExternalId),
    required("paid_on", ColumnType::Day),
    required("amount", ColumnType::Amount),
    optional("currency", ColumnType::Currency),
    optional("external_id", ColumnType::ExternalId),
    optional("receivable_id", ColumnType::ExternalId),
    optional("observed_at", ColumnType::Time),
];

impl Column {
    /// Whether a header's name, in any case, is this column's.
    pub(super) fn is_called(&self, name: &str) -> bool {
        match (self.is_family(), name.get(..self.name.len())) {
            (true, Some(start)) => start.eq_ignore_ascii_case(self.name) && name.len() > self.name.len(),
            (true, None) => false,
            (false, _) => self.name.eq_ignore_ascii_case(name),
        }
    }

    /// Whether a file may have several of it, each with a name of its own behind the point.
    pub(super) fn is_family(&self) -> bool {
        self.name.ends_with('.')
    }
}

impl ImportKind {
    /// All kinds, in an order in which each may refer to those before it.
    pub const ALL: [Self; 11] = [
        Self::Salespeople,
        Self::Products,
        Self::Customers,
        Self::PurchasePotentials,
        Self::FxRates,
        Self::SalesLines,
        Self::Quotas,
        Self::Receivables,
        Self::Payments,
        Self::CostsToServe,
        Self::Judgements,
    ];

    /// Its name on the wire, such as `sales_lines`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Products => "products",
            Self::Salespeople => "salespeople",
            Self::PurchasePotentials => "purchase_potentials",
            Self::SalesLines => "sales_lines",
            Self::FxRates => "fx_rates",
            Self::Quotas => "quotas",
            Self::Receivables => "receivables",
            Self::Payments => "payments",
            Self::CostsToServe => "costs_to_serve",
            Self::Judgements => "judgements",
        }
    }

    /// The columns that its files may have; no others are taken.
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Customers => CUSTOMERS,
            Self::Products => PRODUCTS,
            Self::Salespeople => SALESPEOPLE,
            Self::PurchasePotentials => PURCHASE_POTENTIALS,
            Self::SalesLines => SALES_LINES,
            Self::FxRates => FX_RATES,
            Self::Quotas => QUOTAS,
            Self::Receivables => RECEIVABLES,
            Self::Payments => PAYMENTS,
            Self::CostsToServe => COSTS_TO_SERVE,
            Self::Judgements => JUDGEMENTS,
        }
    }
}

impl fmt::Display for ImportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ImportKind {
    type Err = String;

    /// Takes `sales_lines` and, as the command line writes it, `sales-lines`.
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let wanted = s.replace('-', "_");
        Self::ALL.into_iter().find(|kind| kind.as_str() == wanted).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|kind| kind.as_str().replace('_', "-")).collect();
            format!("expected one of {}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_in_both_spellings() {
        for kind in ImportKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(kind.as_str().replace('_', "-").parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert!("invoices".parse::<ImportKind>().unwrap_err().contains("sales-lines"));
    }
}
