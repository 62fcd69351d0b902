//! Sales added up by customer and month: kept in a table, made anew of the lines where the table no longer holds.
//!
//! **What is read is what the lines say.** A trigger notes, in the transaction that writes lines, whose sums no longer
//! hold (`stale_sales_rollups`); a reader takes theirs from the lines and the others' from the table. [`refresh`] makes
//! the table hold again: it takes the notes that it sees and adds up the lines that it sees, so that what commits
//! meanwhile leaves its own note behind. Readers that read twice want one state of the data.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Executor, PgConnection, Row};
use uuid::Uuid;

use crate::error::Result;
use crate::sales::rollup::{SalesMonth, SalesRollup};
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, CustomerRange, Month, TenantId};

/// Sums made of the lines: $1 tenant, $2 customers or null for all.
///
/// - `by_order`: an order in one month alone is counted in it; the others are listed;
/// - `by_category`: what is bought has a number for each category, by its name.
const FROM_LINES: &str = "
with by_month as (
    select l.customer_id, extract(year from l.day)::int * 12 + extract(month from l.day)::int - 1 as month,
           sum(l.base_net) as net, coalesce(sum(l.base_cost), 0) as cost, count(*)::int as lines,
           (count(*) - count(l.base_cost))::int as lines_without_cost, min(l.day) as first_day, max(l.day) as last_day
    from sales_lines l
    where l.tenant_id = $1 and ($2::uuid[] is null or l.customer_id = any($2))
    group by 1, 2
), in_orders as (
    select o.customer_id, o.order_id, extract(year from o.day)::int * 12 + extract(month from o.day)::int - 1 as month
    from sales_lines o
    where o.tenant_id = $1 and ($2::uuid[] is null or o.customer_id = any($2))
    group by 1, 2, 3
), by_order as (
    select customer_id, order_id, min(month) as month, count(*) as months from in_orders group by 1, 2
), alone as (
    select customer_id, month, count(*)::int as orders from by_order where months = 1 group by 1, 2
), spanning as (
    select s.customer_id, array_agg(s.number order by s.number, s.month) as orders,
           array_agg(s.month order by s.number, s.month) as months
    from (select i.customer_id, i.month, dense_rank() over (partition by i.customer_id order by i.order_id)::int as number
          from by_order b join in_orders i on i.customer_id = b.customer_id and i.order_id = b.order_id
          where b.months > 1) s
    group by s.customer_id
), by_category as (
    select c.customer_id, array_agg(c.number order by c.number, c.month) as categories,
           array_agg(c.month order by c.number, c.month) as months
    from (select distinct k.customer_id, extract(year from k.day)::int * 12 + extract(month from k.day)::int - 1 as month,
                 dense_rank() over (partition by k.customer_id order by p.category collate \"C\")::int as number
          from sales_lines k
          join products p on p.tenant_id = k.tenant_id and p.id = k.product_id and p.category is not null
          where k.tenant_id = $1 and ($2::uuid[] is null or k.customer_id = any($2))) c
    group by c.customer_id
), added_up as (
    select m.customer_id, min(m.first_day) as first_day, array_agg(m.month order by m.month) as months,
           array_agg(m.net order by m.month) as net, array_agg(m.cost order by m.month) as cost,
           array_agg(m.lines order by m.month) as lines,
           array_agg(m.lines_without_cost order by m.month) as lines_without_cost,
           array_agg(coalesce(a.orders, 0) order by m.month) as orders,
           array_agg(m.last_day order by m.month) as last_days
    from by_month m
    left join alone a on a.customer_id = m.customer_id and a.month = m.month
    group by m.customer_id
)
select r.customer_id, r.first_day, r.months, r.net, r.cost, r.lines, r.lines_without_cost, r.orders, r.last_days,
       coalesce(s.orders, '{}') as spanning_orders, coalesce(s.months, '{}') as spanning_months,
       coalesce(c.categories, '{}') as categories, coalesce(c.months, '{}') as category_months
from added_up r
left join spanning s on s.customer_id = r.customer_id
left join by_category c on c.customer_id = r.customer_id";

const COLUMNS: &str = "customer_id, first_day, months, net, cost, lines, lines_without_cost, orders, last_days,
    spanning_orders, spanning_months, categories, category_months";

/// The lock under which sums are made anew, one transaction of a tenant at a time.
const REFRESHING: i32 = 7_262_917;

/// Of more customers than this the lines are joined by hash: of tables that were never analyzed the planner knows
/// nothing, and would read all of them for each customer.
const MANY: usize = 50;

/// Whose sums no longer hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StaleRollups {
    /// Those of these customers.
    Of(BTreeSet<CustomerId>),
    /// All of the tenant's.
    All,
}

/// Whose sums no longer hold, in the state of the data that this transaction sees.
///
/// # Errors
/// A failing database.
pub async fn stale_rollups(conn: &mut PgConnection, tenant: TenantId) -> Result<StaleRollups, sqlx::Error> {
    let (all, some): (bool, Vec<Uuid>) = sqlx::query_as(
        "select coalesce(bool_or(s.customers is null), false),
                coalesce((select array_agg(distinct u.id) from stale_sales_rollups n cross join unnest(n.customers) u (id)
                          where n.tenant_id = $1), '{}')
         from stale_sales_rollups s where s.tenant_id = $1",
    )
    .bind(tenant.0)
    .fetch_one(conn)
    .await?;
    Ok(if all { StaleRollups::All } else { StaleRollups::Of(some.into_iter().map(CustomerId).collect()) })
}

/// Sums from the table as they were read. Those of many customers are much to decode, which another thread may do.
#[derive(Debug, Default)]
pub struct KeptRollups(Vec<PgRow>);

impl KeptRollups {
    /// The sums, whether they hold or not; who has no lines has none.
    ///
    /// # Errors
    /// `internal` where the table holds what nobody writes.
    pub fn decode(&self) -> Result<Vec<SalesRollup>> {
        Ok(self.0.iter().map(rollup).collect::<Result<_, _>>()?)
    }
}

/// The sums of some customers from the table.
///
/// # Errors
/// A failing database.
pub async fn kept_rollups(
    conn: &mut PgConnection,
    tenant: TenantId,
    customers: &CustomerRange,
) -> Result<KeptRollups, sqlx::Error> {
    let sql = format!(
        "select {COLUMNS} from sales_rollups where tenant_id = $1 and customer_id > $2 and customer_id <= $3
             and ($4::uuid[] is null or customer_id = any($4))"
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(tenant.0).bind(customers.after).bind(customers.through);
    // Planned for its values: a range and a list want other plans.
    Ok(KeptRollups(query.bind(&customers.listed).persistent(false).fetch_all(conn).await?))
}

/// The sums of these customers, or of all the tenant's, from the lines.
///
/// # Errors
/// A failing database.
pub async fn rollups_from_lines(
    conn: &mut PgConnection,
    tenant: TenantId,
    customers: Option<&[CustomerId]>,
) -> Result<Vec<SalesRollup>, sqlx::Error> {
    let many = customers.is_none_or(|list| list.len() > MANY);
    join_by_hash(conn, many).await?;
    let rows = sqlx::query(FROM_LINES)
        .bind(tenant.0)
        .bind(customers.map(uuids))
        // Planned for its values each time: all customers and a list of twenty want other plans.
        .persistent(false)
        .fetch_all(&mut *conn)
        .await?;
    join_as_planned(conn, many).await?;
    rows.iter().map(rollup).collect()
}

/// The net of every customer of the tenant with a line in the months from `first` to `last`, from the table, whether it
/// holds or not.
///
/// # Errors
/// A failing database.
pub async fn kept_nets(
    conn: &mut PgConnection,
    tenant: TenantId,
    (first, last): (Month, Month),
) -> Result<Vec<(CustomerId, Decimal)>, sqlx::Error> {
    let rows: Vec<(Uuid, Decimal)> = sqlx::query_as(
        "select r.customer_id, s.net from sales_rollups r
         cross join lateral (select sum(m.net) as net from unnest(r.months, r.net) m (month, net)
                             where m.month between $2 and $3) s
         where r.tenant_id = $1 and s.net is not null",
    )
    .bind(tenant.0)
    .bind(number(first))
    .bind(number(last))
    .persistent(false)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(customer, net)| (CustomerId(customer), net)).collect())
}

/// Makes the sums that no longer hold anew, and answers how many customers they were of. Whoever writes lines need not
/// wait for it.
///
/// # Errors
/// The database's.
pub async fn refresh_rollups(tx: &TenantTx) -> Result<u64> {
    let mut conn = tx.conn().await?;
    sqlx::query("select pg_advisory_xact_lock($1, hashtext($2::text))")
        .bind(REFRESHING)
        .bind(tx.tenant().0)
        .execute(&mut *conn)
        .await?;
    let (any, all, some): (bool, bool, Vec<Uuid>) = sqlx::query_as(
        "with taken as (delete from stale_sales_rollups where tenant_id = $1 returning customers)
         select exists (select from taken), coalesce((select bool_or(customers is null) from taken), false),
                coalesce((select array_agg(distinct u.id) from taken t cross join unnest(t.customers) u (id)), '{}')",
    )
    .bind(tx.tenant().0)
    .fetch_one(&mut *conn)
    .await?;
    if !any {
        return Ok(0);
    }
    let customers = (!all).then_some(some);
    sqlx::query("delete from sales_rollups where tenant_id = $1 and ($2::uuid[] is null or customer_id = any($2))")
        .bind(tx.tenant().0)
        .bind(&customers)
        .persistent(false)
        .execute(&mut *conn)
        .await?;
    conn.execute("set local work_mem = '64MB'").await?;
    let many = customers.as_ref().is_none_or(|list| list.len() > MANY);
    join_by_hash(&mut conn, many).await?;
    // Only the program's own names are interpolated.
    let made = sqlx::query(AssertSqlSafe(format!(
        "insert into sales_rollups (tenant_id, {COLUMNS}) select $1, {COLUMNS} from ({FROM_LINES}) made"
    )))
    .bind(tx.tenant().0)
    .bind(&customers)
    .persistent(false)
    .execute(&mut *conn)
    .await?;
    join_as_planned(&mut conn, many).await?;
    conn.execute("set local work_mem to default").await?;
    Ok(customers.map_or(made.rows_affected(), |list| list.len() as u64))
}

async fn join_by_hash(conn: &mut PgConnection, many: bool) -> Result<(), sqlx::Error> {
    if many {
        conn.execute("set local enable_nestloop = off").await?;
    }
    Ok(())
}

async fn join_as_planned(conn: &mut PgConnection, many: bool) -> Result<(), sqlx::Error> {
    if many {
        conn.execute("set local enable_nestloop to default").await?;
    }
    Ok(())
}

fn uuids(customers: &[CustomerId]) -> Vec<Uuid> {
    customers.iter().map(|id| id.0).collect()
}

/// A month as the table has it.
fn number(month: Month) -> i32 {
    month.year() * 12 + month.number() as i32 - 1
}

fn month(number: i32) -> Result<Month, sqlx::Error> {
    let month = Month::new(number.div_euclid(12), number.rem_euclid(12).unsigned_abs() + 1);
    month.ok_or_else(|| sqlx::Error::Decode("a month out of range".into()))
}

fn rollup(row: &PgRow) -> Result<SalesRollup, sqlx::Error> {
    let ints = |column: &str| row.try_get::<Vec<i32>, _>(column);
    let (months, lines, without_cost) = (ints("months")?, ints("lines")?, ints("lines_without_cost")?);
    let orders = ints("orders")?;
    let (net, cost): (Vec<Decimal>, Vec<Decimal>) = (row.try_get("net")?, row.try_get("cost")?);
    let last_days: Vec<NaiveDate> = row.try_get("last_days")?;
    let each = months.into_iter().zip(net).zip(cost).zip(lines).zip(without_cost).zip(orders).zip(last_days);
    let months = each
        .map(|((((((number, net), cost), lines), lines_without_cost), orders), last_day)| {
            let (lines, lines_without_cost, orders) = (lines.into(), lines_without_cost.into(), orders.into());
            Ok(SalesMonth { month: month(number)?, net, cost, lines, lines_without_cost, orders, last_day })
        })
        .collect::<Result<_, sqlx::Error>>()?;
    let pairs = |numbers: &str, places: &str| -> Result<Vec<(i32, Month)>, sqlx::Error> {
        ints(numbers)?.into_iter().zip(ints(places)?).map(|(n, place)| Ok((n, month(place)?))).collect()
    };
    Ok(SalesRollup {
        customer_id: CustomerId(row.try_get("customer_id")?),
        first_day: row.try_get("first_day")?,
        months,
        spanning_orders: pairs("spanning_orders", "spanning_months")?,
        categories: pairs("categories", "category_months")?,
    })
}
