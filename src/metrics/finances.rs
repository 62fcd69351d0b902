//! The metrics made of what customers owe and of what it costs to serve them.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::store::{Absence, CustomerFigures};
use super::{Fact, FactValue, Metric, Missing};
use crate::values::{CustomerId, Month, ratio, round_money};

/// Days of a year, as days sales outstanding count them.
const DAYS_OF_A_YEAR: Decimal = Decimal::from_parts(365, 0, 0, false, 0);

/// What is known of all customers' balances and costs as of the end of a month, in the base currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finances {
    /// The last day of the month.
    pub day: NaiveDate,
    /// Whether the tenant keeps receivables; where it does, a customer without any owes nothing.
    pub keeps_receivables: bool,
    /// Whether the tenant booked costs to serve in L12; where it did, a customer without any cost nothing.
    pub keeps_costs: bool,
    /// What money that customers owe costs a year, as a fraction; `None` where the tenant has not said.
    pub capital_cost_rate: Option<Decimal>,
    /// By customer; those who owe and cost nothing are not in it.
    pub by_customer: BTreeMap<CustomerId, CustomerFinances>,
}

/// One customer's balance and costs, in the base currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CustomerFinances {
    /// What it owes at the end of the month, credits and money that is not applied yet taken off as far as they cover it;
    /// 0 or more.
    pub balance: Decimal,
    /// What of it is past due.
    pub overdue: Decimal,
    /// The earliest day on which something past due was to be paid.
    pub oldest_due: Option<NaiveDate>,
    /// Costs to serve of L12.
    pub cost_to_serve: Decimal,
}

impl Finances {
    /// Nothing kept, as of the end of a month.
    pub fn none(as_of: Month) -> Self {
        Self { day: as_of.last_day(), ..Self::default() }
    }

    /// A customer's `dso_days`, `overdue_amount`, `overdue_days_max`, `cost_to_serve_l12` or `net_profit_l12`; no data for
    /// other metrics. `figures` are the customer's own of the same month.
    pub fn fact(&self, metric: Metric, customer: CustomerId, figures: Option<&CustomerFigures>) -> Fact {
        let own = self.by_customer.get(&customer).copied().unwrap_or_default();
        let receivables = kept(self.keeps_receivables);
        let costs = kept(self.keeps_costs);
        let value = match metric {
            Metric::OverdueAmount => receivables.map(|()| round_money(own.overdue)),
            Metric::OverdueDaysMax => receivables.map(|()| Decimal::from(self.days_since(own.oldest_due))),
            Metric::DsoDays => receivables.and_then(|()| days_outstanding(own.balance, figures)),
            Metric::CostToServeL12 => costs.map(|()| round_money(own.cost_to_serve)),
            Metric::NetProfitL12 => receivables.and(costs).and_then(|()| self.net_profit(own, figures)),
            _ => Err(Missing::NoData),
        };
        value.map(FactValue::number)
    }

    fn days_since(&self, due: Option<NaiveDate>) -> i64 {
        due.map_or(0, |due| (self.day - due).num_days())
    }

    /// Gross margin - cost to serve - capital cost of receivables, each of L12; the balance at the end of the month stands
    /// for the year's.
    fn net_profit(&self, own: CustomerFinances, figures: Option<&CustomerFigures>) -> Result<Decimal, Missing> {
        let rate = self.capital_cost_rate.ok_or(Missing::NotAvailable)?;
        let margin = figures.ok_or(Missing::NoData)?.gross_margin_l12.map_err(Missing::from)?;
        Ok(round_money(margin - own.cost_to_serve - own.balance * rate))
    }
}

fn kept(ledger: bool) -> Result<(), Missing> {
    if ledger { Ok(()) } else { Err(Missing::NotAvailable) }
}

/// `balance / (revenue_l12 / 365)`, in one division; without a value where nothing was sold.
fn days_outstanding(balance: Decimal, figures: Option<&CustomerFigures>) -> Result<Decimal, Missing> {
    let revenue = figures.ok_or(Missing::NoData)?.revenue_l12;
    if revenue.is_zero() {
        return Err(Missing::ZeroBase);
    }
    let sold = revenue > Decimal::ZERO;
    sold.then(|| ratio(balance * DAYS_OF_A_YEAR, revenue)).flatten().ok_or(Missing::Undefined)
}

impl From<Absence> for Missing {
    fn from(absence: Absence) -> Self {
        match absence {
            Absence::NoData => Self::NoData,
            Absence::Undefined => Self::Undefined,
            Absence::ZeroBase => Self::ZeroBase,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::metrics::{FigureSums, figures};

    const OWES: CustomerId = CustomerId(Uuid::from_u128(1));
    const PAID_UP: CustomerId = CustomerId(Uuid::from_u128(2));

    fn d(s: &str) -> Decimal {
        s.parse().unwrap()
    }

    /// Revenue 73,000, margin 20,000.
    fn year(net: &str) -> CustomerFigures {
        let sums = FigureSums {
            customer_id: OWES,
            external_id: "C1".into(),
            net_l12: d(net),
            net_p12: d("0"),
            net_pp12: d("0"),
            lines_l12: 1,
            lines_p12: 0,
            lines_pp12: 0,
            cost_l12: d("53000"),
            without_cost_l12: 0,
            orders_l12: 1,
            active_months_l12: 1,
            categories_l12: 1,
            rank_l12: Some(1),
            tenant_net_l12: d(net),
            tenant_since: None,
            net_l36: d(net),
            volatility_squared_l36: None,
            first_day: None,
            last_order_day: None,
            potential: None,
        };
        figures(sums, "2013-11".parse().unwrap())
    }

    fn finances() -> Finances {
        let own = CustomerFinances {
            balance: d("10000"),
            overdue: d("4000.5"),
            oldest_due: "2013-10-31".parse().ok(),
            cost_to_serve: d("1500"),
        };
        Finances {
            keeps_receivables: true,
            keeps_costs: true,
            capital_cost_rate: Some(d("0.08")),
            by_customer: BTreeMap::from([(OWES, own)]),
            ..Finances::none("2013-11".parse().unwrap())
        }
    }

    fn shown(finances: &Finances, customer: CustomerId, net: &str) -> Vec<String> {
        let figures = year(net);
        let metrics = [
            Metric::DsoDays,
            Metric::OverdueAmount,
            Metric::OverdueDaysMax,
            Metric::CostToServeL12,
            Metric::NetProfitL12,
        ];
        let fact = |metric| match finances.fact(metric, customer, Some(&figures)) {
            Ok(value) => value.as_number().unwrap().to_string(),
            Err(missing) => format!("{missing:?}"),
        };
        metrics.into_iter().map(fact).collect()
    }

    /// 10,000 of 200 a day is 50 days; due on 31 October is 30 days late on 30 November; 20,000 - 1,500 - 800.
    #[test]
    fn each_metric_worked_by_hand() {
        assert_eq!(shown(&finances(), OWES, "73000"), ["50.000000", "4000.5000", "30", "1500.0000", "17700.0000"]);
    }

    #[test]
    fn in_a_ledger_that_is_kept_a_customer_without_rows_owes_nothing() {
        assert_eq!(shown(&finances(), PAID_UP, "73000"), ["0.000000", "0.0000", "0", "0.0000", "20000.0000"]);
    }

    #[test]
    fn what_is_not_kept_is_not_available_and_nothing_sold_has_no_days() {
        let nothing = Finances::none("2013-11".parse().unwrap());
        assert_eq!(shown(&nothing, OWES, "73000"), ["NotAvailable"; 5]);
        let no_rate = Finances { capital_cost_rate: None, ..finances() };
        assert_eq!(shown(&no_rate, OWES, "73000")[4], "NotAvailable");
        assert_eq!(shown(&finances(), OWES, "0")[0], "ZeroBase");
        assert_eq!(shown(&finances(), OWES, "-1")[0], "Undefined");
    }
}
