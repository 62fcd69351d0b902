//! Month by month, for many customers at once: what a screen's chart of each customer is drawn from.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::SimpleObject;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::period::Reach;
use super::query::Span;
use crate::values::{CustomerId, Exact, Month, TenantId, round_money};

/// The series of each customer, oldest month first.
pub type MonthlySales = BTreeMap<CustomerId, Vec<MonthSales>>;

/// A customer's month, in the base currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct MonthSales {
    /// The month.
    pub month: Month,
    /// Sum of net; 0 in a month without lines, for that is known.
    pub net: Exact,
    /// Sum of cost; 0 in a month without lines, null where a line lacks it.
    pub cost: Option<Exact>,
    /// Distinct orders that come to a positive net in the month.
    pub orders: i64,
    /// The other orders of the month: they only take back, or come to 0.
    pub returns: i64,
    /// Whether the tenant's sales cover the whole month.
    pub complete: bool,
}

/// A month with lines, as the database gives it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct MonthSum {
    /// The customer.
    #[sqlx(try_from = "uuid::Uuid")]
    pub customer_id: CustomerId,
    /// First day of the month.
    pub month: NaiveDate,
    /// Sum of net.
    pub net: Decimal,
    /// Sum of cost; `None` where a line lacks it.
    pub cost: Option<Decimal>,
    /// Orders with a positive net.
    pub orders: i64,
    /// The other orders.
    pub returns: i64,
}

/// The last `months` months up to and with `until`, for each of the customers; every month is there.
///
/// # Errors
/// A failing database.
pub async fn monthly_sales(
    conn: &mut PgConnection,
    tenant: TenantId,
    customers: &[CustomerId],
    until: Month,
    months: u16,
    reach: Option<&Reach>,
) -> Result<MonthlySales, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = customers.iter().map(|id| id.0).collect();
    let span = Span::months(until.plus(1 - i32::from(months)), until);
    let sums: Vec<MonthSum> = sqlx::query_as(
        "select o.customer_id, o.month, sum(o.net) as net, \
         case when sum(o.without_cost) = 0 then sum(o.cost) end as cost, \
         count(*) filter (where o.net > 0) as orders, count(*) filter (where o.net <= 0) as returns \
         from (select l.customer_id, date_trunc('month', l.day::timestamp)::date as month, sum(l.base_net) as net, \
                      sum(l.base_cost) as cost, count(*) - count(l.base_cost) as without_cost \
               from sales_lines l where l.tenant_id = $1 and l.customer_id = any($2) and l.day >= $3 and l.day < $4 \
               group by 1, 2, l.order_id) o \
         group by 1, 2",
    )
    .bind(tenant.0)
    .bind(ids)
    .bind(span.from)
    .bind(span.to)
    .fetch_all(conn)
    .await?;
    Ok(fill_months(customers, sums, until, months, reach))
}

/// Puts the sums in their months and fills the others with nothing sold.
pub fn fill_months(
    customers: &[CustomerId],
    sums: Vec<MonthSum>,
    until: Month,
    months: u16,
    reach: Option<&Reach>,
) -> MonthlySales {
    let complete = |month: Month| reach.is_some_and(|reach| reach.covers(month.first_day(), month.plus(1).first_day()));
    let mut by_month: BTreeMap<(CustomerId, Month), MonthSum> =
        sums.into_iter().map(|sum| ((sum.customer_id, Month::of(sum.month)), sum)).collect();
    let mut series = |customer: CustomerId| -> Vec<MonthSales> {
        let asked = (0..i32::from(months)).rev().map(|back| until.plus(-back));
        asked.map(|month| month_sales(month, by_month.remove(&(customer, month)), complete(month))).collect()
    };
    let distinct: BTreeSet<CustomerId> = customers.iter().copied().collect();
    distinct.into_iter().map(|customer| (customer, series(customer))).collect()
}

fn month_sales(month: Month, sum: Option<MonthSum>, complete: bool) -> MonthSales {
    let (net, cost, orders, returns) = match sum {
        Some(sum) => (sum.net, sum.cost, sum.orders, sum.returns),
        None => (Decimal::ZERO, Some(Decimal::ZERO), 0, 0),
    };
    let (net, cost) = (Exact(round_money(net)), cost.map(|c| Exact(round_money(c))));
    MonthSales { month, net, cost, orders, returns, complete }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn every_month_is_there_and_only_a_missing_cost_is_null() {
        let [one, two] = [1, 2].map(|n| CustomerId(Uuid::from_u128(n)));
        let until: Month = "2014-01".parse().unwrap();
        let sum = MonthSum {
            customer_id: one,
            month: "2013-12-01".parse().unwrap(),
            net: Decimal::from(7),
            cost: None,
            orders: 2,
            returns: 1,
        };
        let day = |text: &str| text.parse().unwrap();
        let reach = Reach::new(day("2013-12-03"), day("2014-01-10"), day("2014-01-10"), day("2014-01-15"));
        let filled = fill_months(&[one, two, one], vec![sum], until, 3, Some(&reach));
        assert_eq!(filled[&two].iter().map(|month| month.complete).collect::<Vec<_>>(), [false, true, false]);
        let shown = |id: &CustomerId| -> Vec<String> {
            let months = filled[id].iter();
            months.map(|m| format!("{} {} {:?}", m.month, m.net, m.cost.map(|c| c.to_string()))).collect()
        };
        assert_eq!(
            shown(&one),
            [r#"2013-11 0.0000 Some("0.0000")"#, "2013-12 7.0000 None", r#"2014-01 0.0000 Some("0.0000")"#]
        );
        assert_eq!(filled[&two].len(), 3);
    }
}
