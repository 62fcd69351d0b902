//! Balances and costs of all customers, three statements.

use sqlx::PgConnection;

use crate::finance::{balances, cost_to_serve_by_customer, ledgers};
use crate::metrics::{CustomerFinances, Finances};
use crate::values::{CustomerId, Month, TenantId};

/// What customers owe at the end of a month and what it cost to serve them in L12, of all the tenant's or of those
/// listed.
///
/// # Errors
/// A failing database.
pub async fn finances_for(
    conn: &mut PgConnection,
    tenant: TenantId,
    as_of: Month,
    customers: Option<&[CustomerId]>,
) -> Result<Finances, sqlx::Error> {
    let l12 = (as_of.plus(-11).first_day(), as_of.last_day());
    let kept = ledgers(conn, tenant, l12).await?;
    let mut finances = Finances {
        keeps_receivables: kept.receivables,
        keeps_costs: kept.costs,
        capital_cost_rate: kept.capital_cost_rate,
        ..Finances::none(as_of)
    };
    if kept.receivables {
        for row in balances(conn, tenant, as_of.last_day(), customers).await? {
            let own = CustomerFinances {
                balance: row.balance,
                overdue: row.overdue,
                oldest_due: row.oldest_due,
                ..CustomerFinances::default()
            };
            finances.by_customer.insert(row.customer_id, own);
        }
    }
    if kept.costs {
        for (customer, amount) in cost_to_serve_by_customer(conn, tenant, l12, customers).await? {
            finances.by_customer.entry(customer).or_default().cost_to_serve = amount;
        }
    }
    Ok(finances)
}
