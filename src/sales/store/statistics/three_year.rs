//! Three whole years of each customer, side by side.

use std::collections::BTreeMap;

use async_graphql::SimpleObject;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use utoipa::ToSchema;

use super::growth::cagr_two_intervals;
use super::query::{Amounts, Span};
use crate::values::{CustomerId, Exact, FiscalYear, TenantId, round_money};

/// A customer's nets in three years that follow each other, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreeYearNets {
    /// The customer.
    pub customer_id: CustomerId,
    /// Its external id.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// Oldest first; 0 in a year without lines.
    pub nets: [Decimal; 3],
}

/// What three years say of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct ThreeYearFigures {
    /// The customer.
    pub customer_id: CustomerId,
    /// Its external id.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// The last of the three years, named by the calendar year in which it starts.
    pub last_year: i32,
    /// Years with a positive net, 0 to 3.
    pub years_with_sales: i32,
    /// Net of the year two years before the last.
    pub net_1: Exact,
    /// Net of the year before the last.
    pub net_2: Exact,
    /// Net of the last year.
    pub net_3: Exact,
    /// (net_3 / net_1)^(1/2) - 1, 6 places; -1 where net_3 is 0; null where net_1 is not positive or net_3 is negative.
    pub cagr_2_intervals: Option<Exact>,
    /// (net_1 + net_2 + net_3) / 3, 4 places.
    pub three_year_average: Exact,
}

/// How many customers have how many years with sales.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct ThreeYearCount {
    /// 0 to 3.
    pub years_with_sales: i32,
    /// Customers.
    pub customers: i64,
}

/// The figures of one customer, `last` being the third year.
pub fn three_year_figures(customer: ThreeYearNets, last: FiscalYear) -> ThreeYearFigures {
    let [net_1, net_2, net_3] = customer.nets;
    let with_sales = customer.nets.iter().filter(|net| **net > Decimal::ZERO).count();
    ThreeYearFigures {
        customer_id: customer.customer_id,
        external_id: customer.external_id,
        name: customer.name,
        last_year: last.year,
        years_with_sales: i32::try_from(with_sales).unwrap_or(3),
        net_1: Exact(round_money(net_1)),
        net_2: Exact(round_money(net_2)),
        net_3: Exact(round_money(net_3)),
        cagr_2_intervals: cagr_two_intervals(net_1, net_3).map(Exact),
        three_year_average: Exact(round_money((net_1 + net_2 + net_3) / Decimal::from(3))),
    }
}

/// Customers by years with sales, most years first; numbers of years that no customer has are left out. `customers` is
/// how many the tenant has: those without figures never bought, so they have 0 years with sales.
pub fn three_year_counts(figures: &[ThreeYearFigures], customers: i64) -> Vec<ThreeYearCount> {
    let mut counts = BTreeMap::<i32, i64>::new();
    let without_figures = customers - i64::try_from(figures.len()).unwrap_or(i64::MAX);
    if without_figures > 0 {
        counts.insert(0, without_figures);
    }
    for figure in figures {
        *counts.entry(figure.years_with_sales).or_default() += 1;
    }
    let by_years = counts.into_iter().rev();
    by_years.map(|(years_with_sales, customers)| ThreeYearCount { years_with_sales, customers }).collect()
}

/// The nets of every customer that ever bought, in the three years that end with `last`, by external id; and of those who
/// never did and sent goods back in them.
///
/// # Errors
/// A failing database.
pub async fn three_year_nets(
    conn: &mut PgConnection,
    tenant: TenantId,
    last: FiscalYear,
    amounts: Amounts,
) -> Result<Vec<ThreeYearNets>, sqlx::Error> {
    let (net, _) = amounts.columns();
    let second = last.plus(-1).first_month().first_day();
    let third = last.first_month().first_day();
    let mut sql = QueryBuilder::<Postgres>::new(
        "select c.id, c.external_id, c.name, s.net_1, s.net_2, s.net_3 from (select l.customer_id, ",
    );
    let years = Span::months(last.plus(-2).first_month(), last.last_month());
    sql.push(format_args!("coalesce(sum({net}) filter (where l.day < ")).push_bind(second);
    years.push(&mut sql);
    sql.push(format_args!("), 0) as net_1, coalesce(sum({net}) filter (where l.day >= ")).push_bind(second);
    sql.push(" and l.day < ").push_bind(third);
    sql.push(format_args!("), 0) as net_2, coalesce(sum({net}) filter (where l.day >= ")).push_bind(third);
    years.push(&mut sql);
    sql.push("), 0) as net_3 from sales_lines l where l.tenant_id = ").push_bind(tenant.0);
    sql.push(" group by l.customer_id having bool_or(l.base_net > 0) or count(*) filter (where true");
    years.push(&mut sql);
    sql.push(") > 0) s join customers c on c.tenant_id = ").push_bind(tenant.0);
    sql.push(" and c.id = s.customer_id order by c.external_id collate \"C\"");
    type Found = (uuid::Uuid, String, String, Decimal, Decimal, Decimal);
    let rows: Vec<Found> = sql.build_query_as().persistent(false).fetch_all(conn).await?;
    Ok(rows
        .into_iter()
        .map(|(id, external_id, name, net_1, net_2, net_3)| ThreeYearNets {
            customer_id: CustomerId(id),
            external_id,
            name,
            nets: [net_1, net_2, net_3],
        })
        .collect())
}

/// How many customers the tenant has, with sales or without.
///
/// # Errors
/// A failing database.
pub async fn customer_count(conn: &mut PgConnection, tenant: TenantId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("select count(*) from customers where tenant_id = $1 and merged_into is null")
        .bind(tenant.0)
        .fetch_one(conn)
        .await
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn figures(nets: [&str; 3]) -> ThreeYearFigures {
        let customer = ThreeYearNets {
            customer_id: CustomerId(Uuid::from_u128(1)),
            external_id: "C1".into(),
            name: "One".into(),
            nets: nets.map(|n| n.parse().unwrap()),
        };
        three_year_figures(customer, FiscalYear::new(2013, 1).unwrap())
    }

    #[test]
    fn figures_of_three_years() {
        let f = figures(["55039.0293", "164626.4452", "142333.5838"]);
        assert_eq!(f.years_with_sales, 3);
        assert_eq!(f.cagr_2_intervals.unwrap().to_string(), "0.608119");
        assert_eq!(f.three_year_average.to_string(), "120666.3528");
    }

    #[test]
    fn a_year_with_more_returned_than_bought_is_no_year_with_sales() {
        let f = figures(["100", "0", "-1"]);
        assert_eq!((f.years_with_sales, f.cagr_2_intervals), (1, None));
        assert_eq!(f.three_year_average.to_string(), "33.0000");
    }

    #[test]
    fn counts_run_from_most_years_to_fewest() {
        let all = [figures(["1", "1", "1"]), figures(["0", "0", "1"]), figures(["0", "0", "2"])];
        let counts: Vec<_> = three_year_counts(&all, 7).iter().map(|c| (c.years_with_sales, c.customers)).collect();
        assert_eq!(counts, [(3, 1), (1, 2), (0, 4)]);
        assert_eq!(three_year_counts(&all, 3).len(), 2);
    }
}
