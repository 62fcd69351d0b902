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
use crate::sales::rollup::{CategoryPart, OrderPart, SalesMonth, SalesRollup};
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, CustomerRange, Month, TenantId};

/// Sums made of the lines: $1 tenant, $2 customers or null for all.
///
/// - `parts`: what each order comes to in each month;
/// - `by_order`: an order in one month alone is counted in it, as an order or as a return; the others are listed;
/// - `by_category`: what is bought has a number for each category, by its name. Few orders are returns, so the lines are
///   joined with those alone.
const FROM_LINES: &str = "
with parts as materialized (
    select l.customer_id, l.order_id, extract(year from l.day)::int * 12 + extract(month from l.day)::int - 1 as month,
           sum(l.base_net) as net, coalesce(sum(l.base_cost), 0) as cost, count(*)::int as lines,
           (count(*) - count(l.base_cost))::int as lines_without_cost, min(l.day) as first_day, max(l.day) as last_day,
           max(l.day) filter (where l.base_net > 0) as sold_on
    from sales_lines l
    where l.tenant_id = $1 and ($2::uuid[] is null or l.customer_id = any($2))
    group by 1, 2, 3
), by_month as (
    select customer_id, month, sum(net) as net, sum(cost) as cost, sum(lines)::int as lines,
           sum(lines_without_cost)::int as lines_without_cost, min(first_day) as first_day, max(last_day) as last_day
    from parts group by 1, 2
), by_order as (
    select customer_id, order_id, min(month) as month, count(*) as months, sum(net) as net, max(sold_on) as sold_on
    from parts group by 1, 2
), alone as (
    select customer_id, month, (count(*) filter (where net > 0))::int as orders,
           (count(*) filter (where net <= 0))::int as returns, max(sold_on) filter (where net > 0) as order_day
    from by_order where months = 1 group by 1, 2
), spanning as (
    select s.customer_id, array_agg(s.number order by s.number, s.month) as orders,
           array_agg(s.month order by s.number, s.month) as months,
           array_agg(s.net order by s.number, s.month) as nets, array_agg(s.sold_on order by s.number, s.month) as days
    from (select i.customer_id, i.month, i.net, i.sold_on,
                 dense_rank() over (partition by i.customer_id order by i.order_id)::int as number
          from by_order b join parts i on i.customer_id = b.customer_id and i.order_id = b.order_id
          where b.months > 1) s
    group by s.customer_id
), sent_back as (
    select customer_id, order_id, month from parts where net <= 0
), in_categories as (
    select k.customer_id, p.category, k.month, sum(k.base_net) as net, bool_or(r.order_id is null) as bought
    from (select customer_id, order_id, product_id, base_net,
                 extract(year from day)::int * 12 + extract(month from day)::int - 1 as month
          from sales_lines where tenant_id = $1 and ($2::uuid[] is null or customer_id = any($2))) k
    join products p on p.tenant_id = $1 and p.id = k.product_id and p.category is not null
    left join sent_back r on r.customer_id = k.customer_id and r.order_id = k.order_id and r.month = k.month
    group by 1, 2, 3
), by_category as (
    select c.customer_id, array_agg(c.number order by c.number, c.month) as categories,
           array_agg(c.month order by c.number, c.month) as months, array_agg(c.net order by c.number, c.month) as nets,
           array_agg(c.bought order by c.number, c.month) as bought
    from (select customer_id, month, net, bought,
                 dense_rank() over (partition by customer_id order by category collate \"C\")::int as number
          from in_categories) c
    group by c.customer_id
), added_up as (
    select m.customer_id, min(m.first_day) as first_day, array_agg(m.month order by m.month) as months,
           array_agg(m.net order by m.month) as net, array_agg(m.cost order by m.month) as cost,
           array_agg(m.lines order by m.month) as lines,
           array_agg(m.lines_without_cost order by m.month) as lines_without_cost,
           array_agg(coalesce(a.orders, 0) order by m.month) as orders,
           array_agg(coalesce(a.returns, 0) order by m.month) as returns,
           array_agg(a.order_day order by m.month) as order_days,
           array_agg(m.last_day order by m.month) as last_days
    from by_month m
    left join alone a on a.customer_id = m.customer_id and a.month = m.month
    group by m.customer_id
)
select r.customer_id, r.first_day, r.months, r.net, r.cost, r.lines, r.lines_without_cost, r.orders, r.returns,
       r.order_days, r.last_days, coalesce(s.orders, '{}') as spanning_orders, coalesce(s.months, '{}') as spanning_months,
       coalesce(s.nets, '{}') as spanning_nets, coalesce(s.days, '{}') as spanning_days,
       coalesce(c.categories, '{}') as categories, coalesce(c.months, '{}') as category_months,
       coalesce(c.nets, '{}') as category_nets, coalesce(c.bought, '{}') as category_bought
from added_up r
left join spanning s on s.customer_id = r.customer_id
left join by_category c on c.customer_id = r.customer_id";

const COLUMNS: &str = "customer_id, first_day, months, net, cost, lines, lines_without_cost, orders, returns, order_days,
    last_days, spanning_orders, spanning_months, spanning_nets, spanning_days, categories, category_months, category_nets,
    category_bought";

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
        // Sums without returns are those of a program that did not know of them.
        "select coalesce(bool_or(s.customers is null), false),
                coalesce((select array_agg(distinct w.id) from (
                    select u.id from stale_sales_rollups n cross join unnest(n.customers) u (id) where n.tenant_id = $1
                    union all
                    select r.customer_id from sales_rollups r where r.tenant_id = $1 and r.returns is null) w), '{}')
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

/// The last customer of each `size` customers with kept sums, by id: where to part them so that each part is of that size
/// at most, but for the last.
///
/// # Errors
/// A failing database.
pub async fn rollup_bounds(conn: &mut PgConnection, tenant: TenantId, size: i64) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar(
        "select b.customer_id
         from (select customer_id, row_number() over (order by customer_id) as place
               from sales_rollups where tenant_id = $1) b
         where b.place % $2 = 0 order by b.customer_id",
    )
    .bind(tenant.0)
    .bind(size)
    .fetch_all(conn)
    .await
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
        "with taken as (delete from stale_sales_rollups where tenant_id = $1 returning customers),
              old as (select r.customer_id as id from sales_rollups r where r.tenant_id = $1 and r.returns is null)
         select exists (select from taken) or exists (select from old),
                coalesce((select bool_or(customers is null) from taken), false),
                coalesce((select array_agg(distinct w.id) from (
                    select u.id from taken t cross join unnest(t.customers) u (id) union all select id from old) w), '{}')",
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
    let amounts = |column: &str| row.try_get::<Vec<Decimal>, _>(column);
    let days = |column: &str| row.try_get::<Vec<Option<NaiveDate>>, _>(column);
    let (months, lines, without_cost) = (ints("months")?, ints("lines")?, ints("lines_without_cost")?);
    let sums = amounts("net")?.into_iter().zip(amounts("cost")?);
    let counts = ints("orders")?.into_iter().zip(ints("returns")?).zip(days("order_days")?);
    let each = months.into_iter().zip(sums).zip(lines.into_iter().zip(without_cost)).zip(counts);
    let months = each
        .map(|(((number, (net, cost)), (lines, lines_without_cost)), ((orders, returns), order_day))| {
            let (lines, lines_without_cost) = (lines.into(), lines_without_cost.into());
            let (orders, returns) = (orders.into(), returns.into());
            Ok(SalesMonth { month: month(number)?, net, cost, lines, lines_without_cost, orders, returns, order_day })
        })
        .collect::<Result<_, sqlx::Error>>()?;
    let spanning = ints("spanning_orders")?.into_iter().zip(ints("spanning_months")?);
    let spanning = spanning.zip(amounts("spanning_nets")?).zip(days("spanning_days")?);
    let spanning_orders = spanning
        .map(|(((order, place), net), day)| Ok(OrderPart { order, month: month(place)?, net, day }))
        .collect::<Result<_, sqlx::Error>>()?;
    let categories = ints("categories")?.into_iter().zip(ints("category_months")?);
    let categories = categories.zip(amounts("category_nets")?).zip(row.try_get::<Vec<bool>, _>("category_bought")?);
    Ok(SalesRollup {
        customer_id: CustomerId(row.try_get("customer_id")?),
        first_day: row.try_get("first_day")?,
        months,
        spanning_orders,
        categories: categories
            .map(|(((category, place), net), bought)| Ok(CategoryPart { category, month: month(place)?, net, bought }))
            .collect::<Result<_, sqlx::Error>>()?,
    })
}
