//! The statement behind the sales statistics.
//!
//! It is put together from fixed fragments, one set a dimension, and bound values: no text of a client is in it. Its steps:
//!
//! - `lines` are the lines that pass, with their keys; `sums` adds them up;
//! - `best` (with `top`) names the groups to keep; `cut_lines` and `cut_sums` are the two with all others made one;
//! - `orders` are the orders of each group, each with whether it sold something. An order is what a customer's lines of
//!   one order id come to within a bucket of time, or within the whole span; filters and groups do not cut it. Where they
//!   may leave out lines of an order, `returned` names the orders that do not come to a positive net. Those have a line
//!   that is not positive, of which there are few;
//! - `parts` puts sums, orders and customers under each other and `groups` adds them up: so null keys meet without a join,
//!   and each part is a plain `group by`, which Postgres hashes and runs in parallel, where it would sort for a
//!   `count(distinct …)` (2 million lines: 3 seconds against 9);
//! - the end puts names to ids and sorts.

use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::query::{StatisticsDimension, StatisticsQuery};
use crate::values::TenantId;

/// A dimension's fragments.
struct Cut {
    /// The expression over a line (`l`), its customer (`c`) and its product (`p`).
    key: &'static str,
    /// What the expression gives.
    kind: Kind,
}

impl Cut {
    fn is_time(&self) -> bool {
        matches!(self.kind, Kind::Time)
    }
}

/// What a key is.
#[derive(Clone, Copy)]
enum Kind {
    /// The first day of a time bucket.
    Time,
    /// A text that names itself.
    Text,
    /// An id, named by a table.
    Id(&'static str),
}

impl Kind {
    /// The type of the key.
    fn sql_type(self) -> &'static str {
        match self {
            Self::Time => "date",
            Self::Text => "text",
            Self::Id(_) => "uuid",
        }
    }

    /// What stands for a null key where groups are compared; a null flag beside it keeps the two apart.
    fn no_key(self) -> &'static str {
        match self {
            Self::Time => "date '-infinity'",
            Self::Text => "''",
            Self::Id(_) => "'00000000-0000-0000-0000-000000000000'::uuid",
        }
    }
}

/// The fiscal year's start month is bound where a key holds this mark.
const START_MONTH: &str = "$start_month";

fn cut(dimension: StatisticsDimension) -> Cut {
    use StatisticsDimension as D;
    let time = |key| Cut { key, kind: Kind::Time };
    let text = |key| Cut { key, kind: Kind::Text };
    let id = |key, names| Cut { key, kind: Kind::Id(names) };
    match dimension {
        // Through `timestamp`, not `timestamptz`: a day has no time zone.
        D::Day => time("l.day"),
        D::Month => time("date_trunc('month', l.day::timestamp)::date"),
        D::Quarter => time("date_trunc('quarter', l.day::timestamp)::date"),
        D::Year => time("date_trunc('year', l.day::timestamp)::date"),
        D::FiscalYear => time("date_trunc('year', l.day::timestamp - make_interval(months => $start_month - 1))::date"),
        D::FiscalQuarter => {
            time("date_trunc('quarter', l.day::timestamp - make_interval(months => $start_month - 1))::date")
        }
        D::Customer => id("l.customer_id", "customers"),
        D::Product => id("l.product_id", "products"),
        D::Salesperson => id("l.salesperson_id", "salespeople"),
        D::Owner => id("c.owner_id", "salespeople"),
        D::Category => text("p.category"),
        D::Territory => text("c.territory"),
        D::Industry => text("c.industry"),
        D::Currency => text("l.currency"),
    }
}

/// The whole statement. Its columns: `is_total`, `others`, `key1` .. (text), `label1` .., `id1` .., then the measures.
/// The totals come first; at most `row_limit` rows.
pub(super) fn statement(
    tenant: TenantId,
    query: &StatisticsQuery,
    fiscal_year_start_month: u32,
    row_limit: i64,
) -> QueryBuilder<Postgres> {
    let cuts: Vec<Cut> = query.group_by.iter().map(|d| cut(*d)).collect();
    let mut sql = QueryBuilder::new("with ");
    push_lines(&mut sql, tenant, query, &cuts, fiscal_year_start_month);
    push_sums(&mut sql, cuts.len());
    let parted = query.parts_orders() || query.group_by.iter().any(|dimension| dimension.parts_orders());
    let returns = Returns { tenant, query, start_month: fiscal_year_start_month };
    if parted {
        let times: Vec<(usize, &Cut)> = (1..).zip(&cuts).filter(|(_, cut)| cut.is_time()).collect();
        returns.push(&mut sql, "returned", &times);
    }
    if query.parts_orders() {
        returns.push(&mut sql, "returned_in_all", &[]);
    }
    if let Some(top) = query.top {
        push_best(&mut sql, tenant, &cuts, top);
        push_cut(&mut sql, &cuts);
    } else {
        sql.push(", cut_lines as not materialized (select *, false as others from lines)");
        sql.push(", cut_sums as not materialized (select *, false as others from sums)");
    }
    if !cuts.is_empty() {
        push_orders(&mut sql, &cuts, parted);
    }
    push_all_orders(&mut sql, query.parts_orders());
    push_groups(&mut sql, &cuts);
    push_named(&mut sql, tenant, &cuts, row_limit);
    sql
}

fn push_lines(
    sql: &mut QueryBuilder<Postgres>,
    tenant: TenantId,
    query: &StatisticsQuery,
    cuts: &[Cut],
    start_month: u32,
) {
    sql.push("lines as not materialized (select ");
    for (n, cut) in (1..).zip(cuts) {
        push_key(sql, cut, start_month);
        sql.push(format_args!(" as k{n}, "));
    }
    let (net, cost) = query.amounts.columns();
    sql.push(format_args!(
        "l.customer_id, l.order_id, l.quantity, {net} as net, {cost} as cost, l.base_net from sales_lines l"
    ));
    if cuts.iter().any(|c| c.key.starts_with("c.")) || !query.territories.is_empty() || !query.industries.is_empty() {
        sql.push(" join customers c on c.tenant_id = l.tenant_id and c.id = l.customer_id");
    }
    if cuts.iter().any(|c| c.key.starts_with("p.")) || !query.categories.is_empty() {
        sql.push(" join products p on p.tenant_id = l.tenant_id and p.id = l.product_id");
    }
    sql.push(" where l.tenant_id = ").push_bind(tenant.0);
    push_filters(sql, tenant, query);
    sql.push(")");
}

fn push_key(sql: &mut QueryBuilder<Postgres>, cut: &Cut, start_month: u32) {
    match cut.key.split_once(START_MONTH) {
        Some((before, after)) => {
            sql.push(before).push_bind(i32::try_from(start_month).unwrap_or(1)).push(after);
        }
        None => {
            sql.push(cut.key);
        }
    }
}

/// The orders of the span that do not come to a positive net, whichever of their lines pass the filters.
struct Returns<'a> {
    tenant: TenantId,
    query: &'a StatisticsQuery,
    start_month: u32,
}

impl Returns<'_> {
    /// Pushes them as a table with the keys of `times`, within whose buckets orders are added up.
    fn push(&self, sql: &mut QueryBuilder<Postgres>, name: &str, times: &[(usize, &Cut)]) {
        sql.push(format_args!(", {name} as materialized (select "));
        for (n, cut) in times {
            push_key(sql, cut, self.start_month);
            sql.push(format_args!(" as k{n}, "));
        }
        sql.push("l.customer_id, l.order_id from sales_lines l join (select distinct n.customer_id, n.order_id ");
        sql.push("from sales_lines n where n.base_net <= 0 and n.tenant_id = ").push_bind(self.tenant.0);
        for (column, day) in [("n.day >= ", self.query.from), ("n.day < ", self.query.to)] {
            if let Some(day) = day {
                sql.push(" and ").push(column).push_bind(day.0);
            }
        }
        sql.push(") s on s.customer_id = l.customer_id and s.order_id = l.order_id where l.tenant_id = ");
        sql.push_bind(self.tenant.0);
        self.query.span().push(sql);
        sql.push(" group by ");
        for (n, _) in times {
            sql.push(format_args!("k{n}, "));
        }
        sql.push("l.customer_id, l.order_id having sum(l.base_net) <= 0)");
    }
}

/// The orders of each group.
fn push_orders(sql: &mut QueryBuilder<Postgres>, cuts: &[Cut], parted: bool) {
    let keys = columns(cuts.len());
    if !parted {
        sql.push(format_args!(
            ", orders as materialized (select {keys}others, customer_id, order_id, sum(base_net) > 0 as sold \
             from cut_lines group by {keys}others, customer_id, order_id)"
        ));
        return;
    }
    let listed_keys: String = (1..=cuts.len()).map(|n| format!("c.k{n}, ")).collect();
    let times = (1..).zip(cuts).filter(|(_, cut): &(usize, &Cut)| cut.is_time());
    let same_time: String = times.map(|(n, _)| format!(" and r.k{n} = c.k{n}")).collect();
    sql.push(format_args!(
        ", orders as materialized (select {listed_keys}c.others, c.customer_id, c.order_id, \
         bool_or(r.order_id is null) as sold from cut_lines c \
         left join returned r on r.customer_id = c.customer_id and r.order_id = c.order_id{same_time} \
         group by {listed_keys}c.others, c.customer_id, c.order_id)"
    ));
}

/// The orders of the whole span.
fn push_all_orders(sql: &mut QueryBuilder<Postgres>, parted: bool) {
    if parted {
        sql.push(
            ", all_orders as materialized (select l.customer_id, l.order_id, bool_or(r.order_id is null) as sold \
             from lines l left join returned_in_all r on r.customer_id = l.customer_id and r.order_id = l.order_id \
             group by l.customer_id, l.order_id)",
        );
    } else {
        sql.push(
            ", all_orders as materialized (select customer_id, order_id, sum(base_net) > 0 as sold from lines \
             group by customer_id, order_id)",
        );
    }
}

fn push_filters(sql: &mut QueryBuilder<Postgres>, tenant: TenantId, query: &StatisticsQuery) {
    query.span().push(sql);
    if !query.customers.is_empty() {
        // The lines of a customer that has become one with another are the other's.
        let customers: Vec<Uuid> = query.customers.iter().map(|id| id.0).collect();
        sql.push(
            " and l.customer_id = any(array(select coalesce(m.merged_into, m.id) from customers m where m.tenant_id = ",
        );
        sql.push_bind(tenant.0).push(" and m.id = any(").push_bind(customers).push(")))");
    }
    let ids: [(&str, Vec<Uuid>); 2] = [
        ("l.product_id", query.products.iter().map(|id| id.0).collect()),
        ("l.salesperson_id", query.salespeople.iter().map(|id| id.0).collect()),
    ];
    for (column, values) in ids.into_iter().filter(|(_, values)| !values.is_empty()) {
        sql.push(format_args!(" and {column} = any(")).push_bind(values).push(")");
    }
    let texts = [
        ("p.category", &query.categories),
        ("c.territory", &query.territories),
        ("c.industry", &query.industries),
        ("l.currency", &query.currencies),
    ];
    for (column, values) in texts.into_iter().filter(|(_, values)| !values.is_empty()) {
        sql.push(format_args!(" and {column} = any(")).push_bind(values.clone()).push(")");
    }
}

fn push_sums(sql: &mut QueryBuilder<Postgres>, dimensions: usize) {
    let keys = columns(dimensions);
    sql.push(format_args!(
        ", sums as materialized (select {keys}count(*) as lines, coalesce(sum(quantity), 0) as quantity, \
         coalesce(sum(net), 0) as net, sum(cost) as cost, count(*) - count(cost) as without_cost, \
         count(*) filter (where net < 0) as return_lines, coalesce(sum(net) filter (where net < 0), 0) as return_net \
         from lines"
    ));
    if dimensions > 0 {
        sql.push(" group by ").push(keys.trim_end_matches(", "));
    }
    sql.push(")");
}

/// The groups with the largest net, time aside.
fn push_best(sql: &mut QueryBuilder<Postgres>, tenant: TenantId, cuts: &[Cut], top: u32) {
    let ranked: Vec<(usize, &Cut)> = (1..).zip(cuts).filter(|(_, cut)| !cut.is_time()).collect();
    let keys = listed(ranked.iter().map(|(n, _)| format!("k{n}")));
    let flagged = listed(ranked.iter().map(|(n, _)| format!("g.k{n}, g.k{n} is null as null{n}")));
    sql.push(format_args!(
        ", best as (select {flagged} from (select {keys}, sum(net) as net from sums group by {keys}) g"
    ));
    for (n, cut) in &ranked {
        push_name_join(sql, tenant, *n, cut);
    }
    let ties = listed(ranked.iter().map(|(n, cut)| format!("{} nulls last", key_text(*n, cut))));
    sql.push(format_args!(" order by g.net desc, {ties} limit ")).push_bind(i64::from(top)).push(")");
}

/// Lines and sums with every group outside `best` made one, which has no keys but time.
fn push_cut(sql: &mut QueryBuilder<Postgres>, cuts: &[Cut]) {
    let numbered = || (1..).zip(cuts);
    let keys = listed(numbered().map(|(n, cut)| format!("{}.k{n}", if cut.is_time() { "s" } else { "b" })));
    let ranked = || numbered().filter(|(_, cut)| !cut.is_time());
    let matches = ranked().map(|(n, cut): (usize, &Cut)| {
        let none = cut.kind.no_key();
        format!("coalesce(s.k{n}, {none}) = coalesce(b.k{n}, {none}) and (s.k{n} is null) = b.null{n}")
    });
    let matches = matches.collect::<Vec<_>>().join(" and ");
    let first = ranked().next().map_or(1, |(n, _)| n);
    for (name, source, measures) in [
        ("cut_lines", "lines", "s.customer_id, s.order_id, s.base_net"),
        ("cut_sums", "sums", "s.lines, s.quantity, s.net, s.cost, s.without_cost, s.return_lines, s.return_net"),
    ] {
        sql.push(format_args!(
            ", {name} as not materialized (select {keys}, b.null{first} is null as others, {measures} \
             from {source} s left join best b on {matches})"
        ));
    }
}

/// The totals and, where there are dimensions, each group.
fn push_groups(sql: &mut QueryBuilder<Postgres>, cuts: &[Cut]) {
    // Where no line passes there is no group, and the totals are 0.
    let sums = "coalesce(sum(lines), 0)::bigint as lines, coalesce(sum(quantity), 0) as quantity, \
                coalesce(sum(net), 0) as net, sum(cost) as cost, coalesce(sum(without_cost), 0)::bigint as without_cost, \
                coalesce(sum(return_lines), 0)::bigint as return_lines, coalesce(sum(return_net), 0) as return_net";
    let no_keys: String = cuts.iter().map(|cut| format!("null::{}, ", cut.kind.sql_type())).collect();
    let totals = format!(
        "select true as is_total, {no_keys}false as others, {sums}, \
         (select count(*) from all_orders where sold)::bigint as orders, \
         (select count(*) from all_orders where not sold)::bigint as returns, \
         (select count(distinct customer_id) from all_orders where sold)::bigint as customers from sums"
    );
    if cuts.is_empty() {
        sql.push(format_args!(", groups as ({totals})"));
        return;
    }
    let keys = columns(cuts.len());
    sql.push(format_args!(
        ", parts as (\
         select {keys}others, lines, quantity, net, cost, without_cost, return_lines, return_net, \
         0 as orders, 0 as returns, 0 as customers from cut_sums \
         union all select {keys}others, 0, 0, 0, 0, 0, 0, 0, count(*) filter (where sold), \
         count(*) filter (where not sold), 0 from orders group by {keys}others \
         union all select {keys}others, 0, 0, 0, 0, 0, 0, 0, 0, 0, count(*) \
         from (select {keys}others, customer_id from orders where sold group by {keys}others, customer_id) c \
         group by {keys}others\
         ), groups as (select false as is_total, {keys}others, {sums}, sum(orders)::bigint as orders, \
         sum(returns)::bigint as returns, sum(customers)::bigint as customers from parts group by {keys}others \
         union all {totals})"
    ));
}

/// Names the keys and sorts: totals first, then by time, "others" last, net descending, keys ascending.
fn push_named(sql: &mut QueryBuilder<Postgres>, tenant: TenantId, cuts: &[Cut], row_limit: i64) {
    sql.push(" select g.is_total, g.others");
    for (n, cut) in (1..).zip(cuts) {
        let (label, id) = match cut.kind {
            Kind::Id(_) => (format!("e{n}.name"), format!("g.k{n}")),
            Kind::Time | Kind::Text => ("null::text".to_owned(), "null::uuid".to_owned()),
        };
        sql.push(format_args!(", {} as key{n}, {label} as label{n}, {id} as id{n}", key_text(n, cut)));
    }
    sql.push(
        ", g.lines, g.orders, g.returns, g.return_lines, g.return_net, g.customers, g.quantity, g.net, \
         case when g.without_cost = 0 then coalesce(g.cost, 0) end as cost from groups g",
    );
    for (n, cut) in (1..).zip(cuts) {
        push_name_join(sql, tenant, n, cut);
    }
    sql.push(" order by g.is_total desc");
    for (n, _) in (1..).zip(cuts).filter(|(_, cut)| cut.is_time()) {
        sql.push(format_args!(", g.k{n}"));
    }
    sql.push(", g.others, g.net desc");
    for (n, cut) in (1..).zip(cuts) {
        sql.push(format_args!(", {} nulls last", key_text(n, cut)));
    }
    sql.push(" limit ").push_bind(row_limit);
}

/// `k1, k2, `, up to the dimensions there are.
fn columns(dimensions: usize) -> String {
    (1..=dimensions).map(|n| format!("k{n}, ")).collect()
}

/// The key as text, in an order that no server's locale changes.
fn key_text(n: usize, cut: &Cut) -> String {
    match cut.kind {
        Kind::Id(_) => format!("e{n}.external_id collate \"C\""),
        Kind::Text => format!("g.k{n} collate \"C\""),
        Kind::Time => format!("to_char(g.k{n}, 'YYYY-MM-DD') collate \"C\""),
    }
}

fn push_name_join(sql: &mut QueryBuilder<Postgres>, tenant: TenantId, n: usize, cut: &Cut) {
    if let Kind::Id(table) = cut.kind {
        sql.push(format_args!(" left join {table} e{n} on e{n}.tenant_id = "))
            .push_bind(tenant.0)
            .push(format_args!(" and e{n}.id = g.k{n}"));
    }
}

fn listed(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_of_a_client_is_in_the_statement() {
        let evil = "'; drop table customers --".to_owned();
        let query = StatisticsQuery {
            group_by: vec![StatisticsDimension::Category, StatisticsDimension::FiscalYear],
            categories: vec![evil.clone()],
            currencies: vec![evil.clone()],
            top: Some(3),
            ..Default::default()
        };
        let sql = statement(TenantId(Uuid::from_u128(1)), &query, 4, 10).into_sql().as_str().to_owned();
        assert!(!sql.contains("drop table"));
        assert!(!sql.contains(START_MONTH));
    }
}
