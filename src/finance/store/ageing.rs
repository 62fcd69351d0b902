//! What is owed by days overdue, and how late what was paid came.

use chrono::NaiveDate;
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

use super::ledger::{push_ledger, push_settled};
use super::receivables::survivor;
use crate::error::{Error, Result};
use crate::finance::wire::{AgeingAmounts, AgeingBy, AgeingFilter, AgeingOut, PaidLate};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::{Currency, CustomerId, Date, Exact, ratio, round_money};

const SORTS: [SortKey; 3] = [
    SortKey { name: "overdue", sql: "b.overdue", sql_type: "numeric" },
    SortKey { name: "open", sql: "b.open", sql_type: "numeric" },
    SortKey { name: "external_id", sql: "b.external_id", sql_type: "text" },
];
const KEY: SortKey = SortKey { name: "id", sql: "(coalesce(b.customer_id::text, '') || b.currency)", sql_type: "text" };

/// The days and limits of a report.
#[derive(Clone, Copy, Debug)]
pub(in crate::finance) struct AgeingTerms {
    /// Open amounts are those at the end of this day.
    pub as_of: NaiveDate,
    /// Payments count from this day on.
    pub paid_from: NaiveDate,
    /// The last day overdue of the first, second and third bucket.
    pub limits: [i32; 3],
    /// The tenant's currency.
    pub base: Currency,
}

/// The report, those with most overdue first by default.
pub(in crate::finance) async fn page(
    tx: &TenantTx,
    filter: &AgeingFilter,
    terms: AgeingTerms,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<AgeingOut>> {
    let order = Order::parse(sort, "-overdue", &SORTS, KEY)?;
    let customer = match filter.customer_id {
        Some(id) => Some(survivor(tx, id).await?.0),
        None => None,
    };
    let AgeingTerms { as_of, paid_from, limits, base } = terms;
    let mut sql = QueryBuilder::new("");
    push_ledger(&mut sql, tx.tenant(), as_of, customer.as_ref().map(std::slice::from_ref));
    push_settled(&mut sql, paid_from);
    sql.push(" select b.*, ");
    page.push_keys(&order, &mut sql);
    sql.push(" from (select g.*, coalesce(c.external_id, '') as external_id, c.name from (select ");
    sql.push(match filter.by {
        AgeingBy::Customer => "x.customer_id, ",
        AgeingBy::All => "null::uuid as customer_id, ",
    });
    match filter.amounts {
        AgeingAmounts::Original => sql.push("x.currency, "),
        AgeingAmounts::Base => sql.push_bind(base.to_string()).push("::text as currency, "),
    };
    sql.push("coalesce(sum(x.open), 0) as open, coalesce(sum(x.open) filter (where x.late > 0), 0) as overdue, ");
    sql.push("coalesce(sum(x.open) filter (where x.late <= 0), 0) as not_due");
    let [first, second, third] = limits;
    for (name, above, upto) in [
        ("overdue_1", 0, Some(first)),
        ("overdue_2", first, Some(second)),
        ("overdue_3", second, Some(third)),
        ("overdue_4", third, None),
    ] {
        sql.push(", coalesce(sum(x.open) filter (where x.late > ").push_bind(above);
        if let Some(upto) = upto {
            sql.push(" and x.late <= ").push_bind(upto);
        }
        sql.push(format_args!("), 0) as {name}"));
    }
    sql.push(
        ", coalesce(sum(x.paid), 0) as paid, count(x.paid) as settlements,
           count(x.paid) filter (where x.days > 0) as late_settlements,
           coalesce(sum(x.paid * greatest(x.days, 0)), 0) as days_paid from (select o.customer_id, o.currency, ",
    );
    let in_base = filter.amounts == AgeingAmounts::Base;
    sql.push(if in_base { "round(o.open * o.fx_rate, 4)" } else { "o.open" }).push(" as open, ");
    sql.push_bind(as_of).push("::date - o.due_on as late, null::numeric as paid, null::int as days from open_items o");
    sql.push(" where o.open > 0 union all select s.customer_id, s.currency, null, null, ");
    sql.push(if in_base { "round(s.amount * s.fx_rate, 4)" } else { "s.amount" }).push(", s.days from settled s) x");
    sql.push(match (filter.by, in_base) {
        (AgeingBy::Customer, false) => " group by x.customer_id, x.currency",
        (AgeingBy::Customer, true) => " group by x.customer_id",
        (AgeingBy::All, false) => " group by x.currency",
        (AgeingBy::All, true) => " having count(*) > 0",
    });
    sql.push(") g left join customers c on c.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and c.id = g.customer_id) b where true");
    if let Some(currency) = &filter.currency {
        sql.push(" and b.currency = ").push_bind(currency.to_string());
    }
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, |row| {
        let money = |name: &str| -> Result<Exact> { Ok(Exact(round_money(row.try_get(name)?))) };
        let customer: Option<Uuid> = row.try_get("customer_id")?;
        let external_id: String = row.try_get("external_id")?;
        let paid = money("paid")?;
        Ok(AgeingOut {
            as_of: Date(as_of),
            customer_id: customer.map(CustomerId),
            external_id: customer.map(|_| external_id),
            name: row.try_get("name")?,
            currency: row.try_get::<String, _>("currency")?.parse().map_err(Error::internal)?,
            limits: limits.into(),
            open: money("open")?,
            overdue: money("overdue")?,
            not_due: money("not_due")?,
            overdue_1: money("overdue_1")?,
            overdue_2: money("overdue_2")?,
            overdue_3: money("overdue_3")?,
            overdue_4: money("overdue_4")?,
            paid: PaidLate {
                from: Date(paid_from),
                amount: paid,
                settlements: row.try_get("settlements")?,
                late_settlements: row.try_get("late_settlements")?,
                average_days_late: ratio(row.try_get("days_paid")?, row.try_get("paid")?).map(Exact),
            },
        })
    })
}
