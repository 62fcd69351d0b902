//! Makes the sales of a seller of industrial goods out of a seed.
//!
//! The seller is a European distributor with a branch in China: base currency EUR, 6 territories, 12 salespeople, 60
//! products in 6 categories. About 330 customers buy over three whole years and the half-year after them, 70 prospects do not yet. Sizes fall with the
//! power 1.5 of the rank, so that a quarter of the customers makes 80 % of the sales. A fifth grows, a sixth shrinks,
//! a tenth stops and a tenth is new; months have their seasons, some lines come back, margins lie between 5 and 45 %.
//! Quotas, purchase potentials, receivables, payments and costs to serve follow from the sales; one customer in eleven costs
//! more to serve than it brings.
//!
//! The same settings give the same data, to the last digit and on every machine: chance comes from ChaCha8 streams and
//! all arithmetic is in whole numbers. The rows are those of the file imports, so that the demonstration goes in
//! through the same door as real data. Ids of our own are not made here.

mod catalogue;
mod customers;
mod dice;
mod ledger;
mod opinions;
mod outlook;
mod places;
mod rates;
mod service;
mod trade;

use rust_decimal::Decimal;

pub(super) use opinions::{Opinion, opinions};

use crate::imports::{
    CostToServeRow, CustomerRow, FxRateRow, PaymentRow, ProductRow, QuotaRow, ReceivableRow, SalesLineRow,
    SalespersonRow,
};
use crate::values::Month;

/// Three whole years and the half-year after them.
const MONTHS: i64 = 42;
/// Amounts are kept in ten-thousandths.
const UNITS: i64 = 10_000;

/// What to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GeneratorSettings {
    /// Where chance begins.
    pub seed: u64,
    /// The last month with sales; the first is 41 months before.
    pub as_of: Month,
    /// Customers with sales.
    pub buyers: u32,
    /// Customers without.
    pub prospects: u32,
}

impl GeneratorSettings {
    /// 330 buyers and 70 prospects, seed 1.
    pub fn new(as_of: Month) -> Self {
        Self { seed: 1, as_of, buyers: 330, prospects: 70 }
    }

    /// A month counted from the first.
    fn month(&self, index: i64) -> Month {
        self.as_of.plus((index - MONTHS + 1) as i32)
    }
}

/// What a customer buys a year of a product category, from anyone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurchasePotential {
    /// External id of the customer.
    pub customer_id: String,
    /// The product category.
    pub category: String,
    /// The amount a year in EUR.
    pub amount: Decimal,
}

/// Everything the demonstration loads; the base currency is EUR. Each list is in a fixed order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoData {
    /// 12 salespeople.
    pub salespeople: Vec<SalespersonRow>,
    /// 60 products.
    pub products: Vec<ProductRow>,
    /// Buyers, then prospects.
    pub customers: Vec<CustomerRow>,
    /// EUR for one USD and one CNY on every day of these months.
    pub fx_rates: Vec<FxRateRow>,
    /// By day, then customer.
    pub sales_lines: Vec<SalesLineRow>,
    /// By quarter, then salesperson.
    pub quotas: Vec<QuotaRow>,
    /// By customer, then category.
    pub potentials: Vec<PurchasePotential>,
    /// Invoices and credit notes of the last year and a half, by the day of the order.
    pub receivables: Vec<ReceivableRow>,
    /// By the day of the order they pay.
    pub payments: Vec<PaymentRow>,
    /// Of the last two years, by customer, quarter and activity.
    pub costs: Vec<CostToServeRow>,
}

/// Makes the data.
pub fn generate(settings: &GeneratorSettings) -> DemoData {
    let rates = rates::Rates::new(settings);
    let products = catalogue::products();
    let customers = customers::customers(settings, &rates);
    let orders = trade::orders(settings, &rates, &products, &customers);
    let quotas = outlook::quotas(settings, &orders);
    DemoData {
        salespeople: outlook::salespeople(&quotas),
        sales_lines: trade::sales_lines(&orders, &customers, &products),
        potentials: outlook::potentials(settings, &orders, &customers, &products),
        receivables: ledger::receivables(settings, &orders, &customers),
        payments: ledger::payments(settings, &orders, &customers),
        costs: service::costs(settings, &orders, &customers),
        fx_rates: rates.rows(),
        products: products.into_iter().map(|product| product.row).collect(),
        customers: customers.into_iter().map(|customer| customer.row).collect(),
        quotas,
    }
}

/// Ten-thousandths as an amount.
fn money(amount: i64) -> Decimal {
    Decimal::new(amount, 4)
}

/// The external id of a salesperson by index.
fn seller_id(index: usize) -> String {
    format!("S{:02}", index + 1)
}

#[cfg(test)]
mod tests;
