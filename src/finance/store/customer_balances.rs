//! What each customer owes and has to its credit, a row a currency.

use chrono::NaiveDate;
use sqlx::{QueryBuilder, Row};

use super::ledger::push_ledger;
use super::receivables::survivor;
use crate::error::{Error, Result};
use crate::finance::wire::{BalanceFilter, BalanceOut};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, Date, Exact, round_money};

const SORTS: [SortKey; 6] = [
    SortKey { name: "net_balance", sql: "b.net_balance", sql_type: "numeric" },
    SortKey { name: "open", sql: "b.open", sql_type: "numeric" },
    SortKey { name: "overdue", sql: "b.overdue", sql_type: "numeric" },
    SortKey { name: "credits", sql: "b.credits", sql_type: "numeric" },
    SortKey { name: "unapplied", sql: "b.unapplied", sql_type: "numeric" },
    SortKey { name: "external_id", sql: "b.external_id", sql_type: "text" },
];
const KEY: SortKey = SortKey { name: "id", sql: "(b.customer_id::text || b.currency)", sql_type: "text" };

/// Balances, the largest first by default, of every customer with a receivable or a payment by the end of `as_of`.
pub(in crate::finance) async fn page(
    tx: &TenantTx,
    filter: &BalanceFilter,
    as_of: NaiveDate,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<BalanceOut>> {
    let order = Order::parse(sort, "-net_balance", &SORTS, KEY)?;
    let customer = match filter.customer_id {
        Some(id) => Some(survivor(tx, id).await?.0),
        None => None,
    };
    let mut sql = QueryBuilder::new("");
    push_ledger(&mut sql, tx.tenant(), as_of, customer.as_ref().map(std::slice::from_ref));
    sql.push(" select b.*, ");
    page.push_keys(&order, &mut sql);
    sql.push(
        " from (select g.*, g.open - g.credits - g.unapplied as net_balance, c.external_id, c.name from (
             select x.customer_id, x.currency, sum(x.open) as open, sum(x.overdue) as overdue,
                 min(x.due_on) filter (where x.overdue > 0) as oldest_due, sum(x.credits) as credits,
                 sum(x.unapplied) as unapplied, sum(x.base_open) as base_open, sum(x.base_overdue) as base_overdue
             from (select o.customer_id, o.currency, greatest(o.open, 0) as open, o.due_on,
                       case when o.due_on < ",
    );
    sql.push_bind(as_of).push(" then greatest(o.open, 0) else 0 end as overdue, greatest(-o.open, 0) as credits,");
    sql.push(" 0 as unapplied, round(greatest(o.open, 0) * o.fx_rate, 4) as base_open, case when o.due_on < ");
    sql.push_bind(as_of).push(" then round(greatest(o.open, 0) * o.fx_rate, 4) else 0 end as base_overdue");
    sql.push(
        " from open_items o
                   union all select m.customer_id, m.currency, 0, null, 0, 0, m.unapplied, 0, 0 from money m) x
             group by 1, 2) g join customers c on c.tenant_id = ",
    );
    sql.push_bind(tx.tenant().0).push(" and c.id = g.customer_id) b where true");
    if let Some(currency) = &filter.currency {
        sql.push(" and b.currency = ").push_bind(currency.to_string());
    }
    if let Some(overdue) = filter.overdue {
        sql.push(" and (b.overdue > 0) = ").push_bind(overdue);
    }
    if let Some(in_credit) = filter.in_credit {
        sql.push(" and (b.credits <> 0 or b.unapplied <> 0) = ").push_bind(in_credit);
    }
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, |row| {
        let money = |name: &str| -> Result<Exact> { Ok(Exact(round_money(row.try_get(name)?))) };
        let oldest: Option<NaiveDate> = row.try_get("oldest_due")?;
        let late = oldest.map(|due| i32::try_from((as_of - due).num_days())).transpose().map_err(Error::internal)?;
        Ok(BalanceOut {
            as_of: Date(as_of),
            customer_id: CustomerId(row.try_get("customer_id")?),
            external_id: row.try_get("external_id")?,
            name: row.try_get("name")?,
            currency: row.try_get::<String, _>("currency")?.parse().map_err(Error::internal)?,
            open: money("open")?,
            overdue: money("overdue")?,
            days_overdue: late,
            credits: money("credits")?,
            unapplied: money("unapplied")?,
            net_balance: money("net_balance")?,
            base_open: money("base_open")?,
            base_overdue: money("base_overdue")?,
        })
    })
}
