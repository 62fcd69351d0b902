//! Balances of customers, and their receivables by age.

use async_graphql::{Enum, InputObject, SimpleObject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::{Currency, CustomerId, Date, Exact};

/// What a customer owes and has to its credit in one currency, at the end of a day.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "ReceivableBalance")]
#[schema(as = ReceivableBalance)]
pub struct BalanceOut {
    /// The day.
    pub as_of: Date,
    /// The customer.
    pub customer_id: CustomerId,
    /// Its external id.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// The currency.
    pub currency: Currency,
    /// What is owed and not paid, 0 or more.
    pub open: Exact,
    /// What of it is past due.
    pub overdue: Exact,
    /// Days that the oldest of it is past due; null where nothing is.
    pub days_overdue: Option<i32>,
    /// What is left of credit notes, 0 or more.
    pub credits: Exact,
    /// What came in and is applied to nothing; below 0 where more was paid back than there was.
    pub unapplied: Exact,
    /// Open less credits less unapplied: what was invoiced less what was paid. Below 0 where we owe the customer.
    pub net_balance: Exact,
    /// `open` in the tenant's base currency, at the rates of the days of the invoices.
    pub base_open: Exact,
    /// `overdue` in the tenant's base currency.
    pub base_overdue: Exact,
}

/// Which balances. What is absent restricts nothing.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "ReceivableBalanceFilterInput")]
pub struct BalanceFilter {
    /// Balances at the end of this day; of today where absent.
    pub as_of: Option<Date>,
    /// Only of this customer.
    pub customer_id: Option<CustomerId>,
    /// Only in this currency.
    pub currency: Option<Currency>,
    /// Only those with something overdue (or, with false, without).
    pub overdue: Option<bool>,
    /// Only those with credits or money that is not applied (or, with false, without).
    pub in_credit: Option<bool>,
}

/// Whose receivables a row of the ageing report adds up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum AgeingBy {
    /// Those of one customer.
    #[default]
    Customer,
    /// Those of all customers.
    All,
}

/// In which currency the ageing report is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum AgeingAmounts {
    /// In those of the receivables, a row each.
    #[default]
    Original,
    /// In the tenant's base currency, at the rates of the days of the invoices.
    Base,
}

/// What is owed by days overdue, and how late what was paid came.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "ReceivableAgeing")]
#[schema(as = ReceivableAgeing)]
pub struct AgeingOut {
    /// Open amounts are those at the end of this day.
    pub as_of: Date,
    /// The customer; null where all are added up.
    pub customer_id: Option<CustomerId>,
    /// Its external id.
    pub external_id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// The currency.
    pub currency: Currency,
    /// The last day overdue of `overdue_1`, `overdue_2` and `overdue_3`.
    pub limits: Vec<i32>,
    /// All that is owed and not paid. Credits and money that is not applied are in the balances.
    pub open: Exact,
    /// What of it is past due: the next four added up.
    pub overdue: Exact,
    /// What is not past due.
    pub not_due: Exact,
    /// Overdue by 1 day up to the first limit.
    pub overdue_1: Exact,
    /// By more, up to the second limit.
    pub overdue_2: Exact,
    /// By more, up to the third limit.
    pub overdue_3: Exact,
    /// By more than the third limit.
    pub overdue_4: Exact,
    /// How late what was paid came.
    pub paid: PaidLate,
}

/// How late payments came. A payment that settles several receivables counts for each of them.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
pub struct PaidLate {
    /// Payments count from this day to the day of the report.
    pub from: Date,
    /// What they settled.
    pub amount: Exact,
    /// Settlements: a payment and a receivable each.
    pub settlements: i64,
    /// Those that came after the receivable was due.
    pub late_settlements: i64,
    /// Days from the due day to the payment, 0 for what came in time, weighted by amount, 6 places; null where nothing was
    /// paid.
    pub average_days_late: Option<Exact>,
}

/// Which ageing report.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "ReceivableAgeingFilterInput")]
pub struct AgeingFilter {
    /// Open amounts are those at the end of this day; of today where absent.
    pub as_of: Option<Date>,
    /// Only of this customer.
    pub customer_id: Option<CustomerId>,
    /// Only in this currency.
    pub currency: Option<Currency>,
    /// A row a customer, by default, or one for all.
    #[graphql(default)]
    pub by: AgeingBy,
    /// In the currencies of the receivables, by default, or in the base currency.
    #[graphql(default)]
    pub amounts: AgeingAmounts,
    /// The last day overdue of the first three buckets, ascending, each 1 to 3,650; 30, 60 and 90 where absent.
    pub limits: Option<Vec<i32>>,
    /// Lateness is of payments from this day on; of the 12 months up to `as_of` where absent.
    pub paid_from: Option<Date>,
}
