//! The one statement behind the metrics.

use sqlx::PgConnection;

use super::figures::FigureSums;
use crate::values::{CustomerId, Month, TenantId};

/// $1 tenant, $2 first day of the 36 months, $3 of P12, $4 of L12, $5 the day after the month, $6 customers or null.
///
/// - `months`: each customer's months of the 36, without those without lines, which add nothing to a sum or a square;
/// - `windows`: their sums over the windows. With n = 36 months, (deviation / mean)^2 = (n x sum of squares - sum^2) / sum^2,
///   given as a whole number of 10^-14, so that the root taken of it is exact at 6 places;
/// - `l12`: what has to be counted distinct, in two steps, since Postgres sorts for `count(distinct …)` but hashes a group;
/// - `ranks`: among all the tenant's customers, whoever is asked for;
/// - `history`: first and last day, from the index by customer and day.
const SUMS: &str = "
with months as (
    select l.customer_id, date_trunc('month', l.day::timestamp)::date as month, count(*) as lines,
           sum(l.base_net) as net, sum(l.base_cost) as cost, count(*) - count(l.base_cost) as without_cost
    from sales_lines l
    where l.tenant_id = $1 and l.day >= $2 and l.day < $5 and ($6::uuid[] is null or l.customer_id = any($6))
    group by 1, 2
), sums as (
    select customer_id,
           sum(net) filter (where month >= $4) as net_l12,
           sum(net) filter (where month >= $3 and month < $4) as net_p12,
           sum(net) filter (where month < $3) as net_pp12,
           sum(lines) filter (where month >= $4) as lines_l12,
           sum(lines) filter (where month >= $3 and month < $4) as lines_p12,
           sum(lines) filter (where month < $3) as lines_pp12,
           sum(cost) filter (where month >= $4) as cost_l12,
           sum(without_cost) filter (where month >= $4) as without_cost_l12,
           count(*) filter (where month >= $4 and net > 0) as active_months_l12,
           sum(net) as net_l36,
           sum(net * net) as squares_l36
    from months
    group by customer_id
), windows as (
    select s.*, case when net_l36 > 0
        then div((36 * squares_l36 - net_l36 * net_l36) * 100000000000000, net_l36 * net_l36) end as volatility_squared
    from sums s
), l12 as (
    select o.customer_id, o.order_id, p.category
    from sales_lines o
    join products p on p.tenant_id = o.tenant_id and p.id = o.product_id
    where o.tenant_id = $1 and o.day >= $4 and o.day < $5 and ($6::uuid[] is null or o.customer_id = any($6))
    group by 1, 2, 3
), orders as (
    select customer_id, count(distinct order_id) as orders, count(distinct category) as categories
    from l12
    group by customer_id
), nets as (
    select r.customer_id, sum(r.base_net) as net
    from sales_lines r
    where r.tenant_id = $1 and r.day >= $4 and r.day < $5
    group by r.customer_id
), ranks as (
    select n.customer_id, row_number() over (order by n.net desc, c.external_id collate \"C\") as place
    from nets n
    join customers c on c.tenant_id = $1 and c.id = n.customer_id
), history as (
    select h.customer_id, min(h.day) as first_day, max(h.day) as last_day
    from sales_lines h
    where h.tenant_id = $1 and h.day < $5 and ($6::uuid[] is null or h.customer_id = any($6))
    group by h.customer_id
), potentials as (
    select customer_id, sum(yearly_amount) as amount
    from purchase_potentials
    where tenant_id = $1 and ($6::uuid[] is null or customer_id = any($6))
    group by customer_id
)
select c.id as customer_id, c.external_id,
       coalesce(w.net_l12, 0) as net_l12, coalesce(w.net_p12, 0) as net_p12, coalesce(w.net_pp12, 0) as net_pp12,
       coalesce(w.lines_l12, 0)::bigint as lines_l12, coalesce(w.lines_p12, 0)::bigint as lines_p12,
       coalesce(w.lines_pp12, 0)::bigint as lines_pp12,
       coalesce(w.cost_l12, 0) as cost_l12, coalesce(w.without_cost_l12, 0)::bigint as without_cost_l12,
       coalesce(o.orders, 0) as orders_l12, coalesce(w.active_months_l12, 0) as active_months_l12,
       coalesce(o.categories, 0) as categories_l12, r.place as rank_l12,
       coalesce((select sum(net) from nets), 0) as tenant_net_l12,
       case when w.volatility_squared < 1e28 then w.volatility_squared end as volatility_squared_l36,
       h.first_day, h.last_day, p.amount as potential
from customers c
left join windows w on w.customer_id = c.id
left join orders o on o.customer_id = c.id
left join ranks r on r.customer_id = c.id
left join history h on h.customer_id = c.id
left join potentials p on p.customer_id = c.id
where c.tenant_id = $1 and ($6::uuid[] is null or c.id = any($6))
order by c.external_id collate \"C\"";

/// Of more customers than this, sums are joined by hash. After a large import the planner takes the tables for empty
/// until they are analyzed; it would then add up all lines again for each customer, 10 s for 700 of them.
const MANY: usize = 50;

/// The sums of all the tenant's customers, or of those listed, by external id.
pub(super) async fn sums_for(
    conn: &mut PgConnection,
    tenant: TenantId,
    as_of: Month,
    customers: Option<&[CustomerId]>,
) -> Result<Vec<FigureSums>, sqlx::Error> {
    let ids: Option<Vec<uuid::Uuid>> = customers.map(|list| list.iter().map(|id| id.0).collect());
    let many = customers.is_none_or(|list| list.len() > MANY);
    if many {
        sqlx::query("set local enable_nestloop = off").execute(&mut *conn).await?;
    }
    let sums = sqlx::query_as(SUMS)
        .bind(tenant.0)
        .bind(as_of.plus(-35).first_day())
        .bind(as_of.plus(-23).first_day())
        .bind(as_of.plus(-11).first_day())
        .bind(as_of.plus(1).first_day())
        .bind(ids)
        // Planned for its values each time: all customers and a list of twenty want other plans.
        .persistent(false)
        .fetch_all(&mut *conn)
        .await?;
    if many {
        sqlx::query("set local enable_nestloop to default").execute(conn).await?;
    }
    Ok(sums)
}
