//! The statement behind the sales statistics.
//!
//! It is put together from fixed fragments, one set a dimension, and bound values: no text of a client is in it. Its steps:
//!
//! - `stage` adds the lines up by group, customer and order, so that distinct counts run over orders, not lines;
//! - `best` (with `top`) names the groups to keep, and `tagged` marks all others;
//! - `groups` adds up to groups and totals in one pass;
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
        D::FiscalYear => {
            time("date_trunc('year', l.day::timestamp - make_interval(months => $start_month - 1))::date")
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
/// At most `row_limit` rows.
pub(super) fn statement(
    tenant: TenantId,
    query: &StatisticsQuery,
    fiscal_year_start_month: u32,
    row_limit: i64,
) -> QueryBuilder<Postgres> {
    let cuts: Vec<Cut> = query.group_by.iter().map(|d| cut(*d)).collect();
    let mut sql = QueryBuilder::new("with stage as materialized (select ");
    push_stage(&mut sql, tenant, query, &cuts, fiscal_year_start_month);
    sql.push(")");
    let source = if let Some(top) = query.top {
        push_top(&mut sql, tenant, query, &cuts, top);
        "tagged"
    } else {
        "stage"
    };
    push_groups(&mut sql, query, source);
    push_named(&mut sql, tenant, query, &cuts, row_limit);
    sql
}

fn push_stage(
    sql: &mut QueryBuilder<Postgres>,
    tenant: TenantId,
    query: &StatisticsQuery,
    cuts: &[Cut],
    start_month: u32,
) {
    for (cut, n) in cuts.iter().zip(1..) {
        match cut.key.split_once(START_MONTH) {
            Some((before, after)) => {
                sql.push(before).push_bind(i32::try_from(start_month).unwrap_or(1)).push(after);
            }
            None => {
                sql.push(cut.key);
            }
        }
        sql.push(format_args!(" as k{n}, "));
    }
    let (net, cost) = query.amounts.columns();
    sql.push(format_args!(
        "l.customer_id, l.order_id, count(*) as lines, sum(l.quantity) as quantity, sum({net}) as net, \
         sum({cost}) as cost, count(*) - count({cost}) as without_cost from sales_lines l"
    ));
    if cuts.iter().any(|c| c.key.starts_with("c.")) || !query.territories.is_empty() || !query.industries.is_empty() {
        sql.push(" join customers c on c.tenant_id = l.tenant_id and c.id = l.customer_id");
    }
    if cuts.iter().any(|c| c.key.starts_with("p.")) || !query.categories.is_empty() {
        sql.push(" join products p on p.tenant_id = l.tenant_id and p.id = l.product_id");
    }
    sql.push(" where l.tenant_id = ").push_bind(tenant.0);
    push_filters(sql, query);
    sql.push(" group by l.customer_id, l.order_id");
    for n in 1..=cuts.len() {
        sql.push(format_args!(", {n}"));
    }
}

fn push_filters(sql: &mut QueryBuilder<Postgres>, query: &StatisticsQuery) {
    query.span().push(sql);
    let ids: [(&str, Vec<Uuid>); 3] = [
        ("l.customer_id", query.customers.iter().map(|id| id.0).collect()),
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

/// `best`: the groups with the largest net, time aside; `tagged`: the stage with all other groups made one.
fn push_top(sql: &mut QueryBuilder<Postgres>, tenant: TenantId, query: &StatisticsQuery, cuts: &[Cut], top: u32) {
    let ranked: Vec<(usize, &Cut)> =
        (1..).zip(cuts).zip(&query.group_by).filter(|(_, d)| !d.is_time()).map(|(numbered, _)| numbered).collect();
    let keys = listed(ranked.iter().map(|(n, _)| format!("k{n}")));
    sql.push(format_args!(", best as (select {keys} from (select {keys}, sum(net) as net from stage group by {keys}) g"));
    for (n, cut) in &ranked {
        push_name_join(sql, tenant, *n, cut);
    }
    let ties = listed(ranked.iter().map(|(n, cut)| format!("{} nulls last", key_text(*n, cut))));
    sql.push(format_args!(" order by g.net desc, {ties} limit ")).push_bind(i64::from(top)).push("), tagged as (select ");
    let first = ranked.first().map_or(1, |(n, _)| *n);
    for (n, dimension) in (1..).zip(&query.group_by) {
        let column = if dimension.is_time() { format!("s.k{n}, ") } else { format!("b.k{n}, ") };
        sql.push(column);
    }
    let matches = ranked.iter().map(|(n, cut)| {
        let none = cut.kind.no_key();
        format!("coalesce(s.k{n}, {none}) = coalesce(b.k{n}, {none}) and (s.k{n} is null) = b.null{n}")
    });
    let flags = listed(ranked.iter().map(|(n, _)| format!("k{n}, k{n} is null as null{n}")));
    sql.push(format_args!(
        "b.null{first} is null as others, s.customer_id, s.order_id, s.lines, s.quantity, s.net, s.cost, s.without_cost \
         from stage s left join (select {flags} from best) b on {})",
        matches.collect::<Vec<_>>().join(" and ")
    ));
}

/// Each group and, in the grouping set `()`, the totals.
fn push_groups(sql: &mut QueryBuilder<Postgres>, query: &StatisticsQuery, source: &str) {
    let mut columns: Vec<String> = (1..=query.group_by.len()).map(|n| format!("k{n}")).collect();
    if query.top.is_some() {
        columns.push("others".to_owned());
    }
    let others = if query.top.is_some() { "others" } else { "false as others" };
    let keys: String = (1..=query.group_by.len()).map(|n| format!("k{n}, ")).collect();
    let (is_total, sets) = match columns.first() {
        None => ("true".to_owned(), "()".to_owned()),
        Some(first) => (format!("grouping({first}) = 1"), format!("({}), ()", columns.join(", "))),
    };
    sql.push(format_args!(
        ", groups as (select {is_total} as is_total, {keys}{others}, sum(lines)::bigint as lines, \
         count(distinct order_id) as orders, count(distinct customer_id) as customers, sum(quantity) as quantity, \
         sum(net) as net, sum(cost) as cost, sum(without_cost)::bigint as without_cost from {source} \
         group by grouping sets ({sets}))"
    ));
}

/// Names the keys and sorts: totals first, then by time, "others" last, net descending, keys ascending.
fn push_named(
    sql: &mut QueryBuilder<Postgres>,
    tenant: TenantId,
    query: &StatisticsQuery,
    cuts: &[Cut],
    row_limit: i64,
) {
    sql.push(" select g.is_total, coalesce(g.others, false) as others");
    for (n, cut) in (1..).zip(cuts) {
        let (label, id) = match cut.kind {
            Kind::Id(_) => (format!("e{n}.name"), format!("g.k{n}")),
            Kind::Time | Kind::Text => ("null::text".to_owned(), "null::uuid".to_owned()),
        };
        sql.push(format_args!(", {} as key{n}, {label} as label{n}, {id} as id{n}", key_text(n, cut)));
    }
    sql.push(
        ", coalesce(g.lines, 0) as lines, g.orders, g.customers, coalesce(g.quantity, 0) as quantity, \
         coalesce(g.net, 0) as net, case when g.lines is null then 0 when g.without_cost = 0 then g.cost end as cost \
         from groups g",
    );
    for (n, cut) in (1..).zip(cuts) {
        push_name_join(sql, tenant, n, cut);
    }
    sql.push(" order by g.is_total desc");
    for (n, _) in (1..).zip(&query.group_by).filter(|(_, d)| d.is_time()) {
        sql.push(format_args!(", g.k{n}"));
    }
    sql.push(", g.others, g.net desc");
    for (n, cut) in (1..).zip(cuts) {
        sql.push(format_args!(", {} nulls last", key_text(n, cut)));
    }
    sql.push(" limit ").push_bind(row_limit);
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
        let sql = statement(TenantId(Uuid::from_u128(1)), &query, 4, 10).into_sql();
        assert!(!sql.contains("drop table"));
        assert!(!sql.contains(START_MONTH));
    }
}
