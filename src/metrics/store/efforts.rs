//! The efforts of all customers: sums of everyone's months, and what else was handled.

use std::collections::HashMap;

use rust_decimal::Decimal;
use sqlx::PgConnection;

use super::source::FigureSource;
use crate::error::Result;
use crate::finance::{cost_to_serve_by_customer, ledgers};
use crate::metrics::{BookEffort, EffortBasis, EffortRules, Efforts, Handling};
use crate::sales::{return_lines, small_orders};
use crate::values::{CustomerId, Exact, Month, TenantId, round_money};

impl FigureSource {
    /// The efforts of all the tenant's customers in L12. The transaction must see one state of the data, and everyone.
    ///
    /// # Errors
    /// A failing database.
    pub async fn efforts(&self, conn: &mut PgConnection, rules: EffortRules) -> Result<Efforts> {
        let (tenant, as_of) = self.whose();
        let l12 = (as_of.plus(-11).first_day(), as_of.last_day());
        let (mut margin, mut handling) = (Decimal::ZERO, Handling::default());
        self.each_rollup(conn, |rollup| {
            let sums = rollup.sums(as_of.plus(-11), as_of);
            if sums.lines_without_cost == 0 {
                margin += round_money(sums.net - sums.cost);
            }
            handling.lines += sums.lines;
            handling.orders += rollup.orders(as_of.plus(-11), as_of).orders;
        })
        .await?;
        let mut extras: HashMap<CustomerId, (i64, i64)> = HashMap::new();
        for (customer, count) in return_lines(conn, tenant, l12).await? {
            extras.entry(customer).or_default().0 = count;
            handling.return_lines += count;
        }
        if let Some(break_even) = rules.break_even_order {
            for (customer, count) in small_orders(conn, tenant, l12, break_even).await? {
                extras.entry(customer).or_default().1 = count;
                handling.small_orders += count;
            }
        }
        let costs = match ledgers(conn, tenant, l12).await?.costs {
            true => Some(cost_to_serve_by_customer(conn, tenant, l12, None).await?),
            false => None,
        };
        let basis = match &costs {
            Some(_) => Some(EffortBasis::CostToServe),
            None => (handling.lines > 0).then_some(EffortBasis::HandlingUnits),
        };
        let cost_to_serve: Decimal = costs.unwrap_or_default().into_iter().map(|(_, cost)| round_money(cost)).sum();
        let book = BookEffort {
            basis,
            margin: Exact(round_money(margin)),
            cost_to_serve: Exact(round_money(cost_to_serve)),
            handling,
            break_even_order: rules.break_even_order.map(Exact),
        };
        Ok(Efforts { rules, book, extras })
    }
}

/// The efforts of all the tenant's customers in the 12 months that end with a month. The transaction must see one state of
/// the data, and everyone.
///
/// # Errors
/// A failing database.
pub async fn efforts_for(
    conn: &mut PgConnection,
    tenant: TenantId,
    as_of: Month,
    rules: EffortRules,
) -> Result<Efforts> {
    let source = FigureSource::open(conn, tenant, as_of, false).await?;
    source.efforts(conn, rules).await
}
