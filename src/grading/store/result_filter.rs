//! Filters of results, and the pieces of statements that results are read by.

use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::kinds::Kinds;
use crate::grading::wire::ResultFilter;
use crate::tenancy::TenantTx;
use crate::values::{Code, Month};

/// The fields of a dossier that are columns; every other code is an attribute of the tenant's own.
const COLUMNS: [&str; 7] = ["stage", "industry", "territory", "city", "country", "currency", "segment_hint"];

/// Pushes `and …` for each filter; results are `r`.
pub(super) fn push_filter(sql: &mut QueryBuilder<Postgres>, filter: &ResultFilter, kinds: &Kinds) {
    if let Some(grades) = &filter.grade {
        sql.push(" and r.grade = any(").push_bind(texts(grades)).push(")");
    }
    if let Some(gradable) = filter.gradable {
        sql.push(" and r.gradable = ").push_bind(gradable);
    }
    for (column, operator, bound) in [
        ("score", ">=", filter.score_from),
        ("score", "<", filter.score_below),
        ("quality", ">=", filter.quality_from),
        ("quality", "<", filter.quality_below),
        ("growth", ">=", filter.growth_from),
        ("growth", "<", filter.growth_below),
    ] {
        if let Some(bound) = bound {
            sql.push(" and r.gradable and r.").push(column).push(" ").push(operator).push(" ").push_bind(bound.0);
        }
    }
    let asks_dossier = filter.owner_id.is_some() || filter.territory.is_some() || filter.industry.is_some();
    if asks_dossier || filter.segment_field.is_some() {
        sql.push(" and exists (select from customers f where f.tenant_id = r.tenant_id and f.id = r.customer_id");
        if let Some(owners) = &filter.owner_id {
            let owners: Vec<Uuid> = owners.iter().map(|id| id.0).collect();
            sql.push(" and f.owner_id = any(").push_bind(owners).push(")");
        }
        for (column, values) in [("territory", &filter.territory), ("industry", &filter.industry)] {
            if let Some(values) = values {
                sql.push(" and f.").push(column).push(" = any(").push_bind(values.clone()).push(")");
            }
        }
        if let Some(field) = &filter.segment_field {
            sql.push(" and ");
            push_field(sql, "f", field);
            sql.push(" is not distinct from ").push_bind(filter.segment_value.clone());
        }
        sql.push(")");
    }
    if let Some(wanted) = &filter.kind {
        let wanted: Vec<&str> = wanted.iter().map(|kind| kind.as_str()).collect();
        sql.push(" and ");
        kinds.push_kind(sql);
        sql.push(" = any(").push_bind(wanted).push(")");
    }
    if let Some(wanted) = &filter.kind_mark {
        let wanted: Vec<&str> = wanted.iter().map(|mark| mark.as_str()).collect();
        sql.push(" and ");
        kinds.push_mark(sql);
        sql.push(" = any(").push_bind(wanted).push(")");
    }
}

/// A field of the dossier as a text; null where it has no value.
pub(super) fn push_field(sql: &mut QueryBuilder<Postgres>, table: &'static str, field: &Code) {
    match COLUMNS.iter().find(|column| **column == field.as_str()) {
        Some(column) => sql.push("nullif(").push(table).push(".").push(*column).push(", '')"),
        None if field.as_str() == "owner" => sql
            .push("(select o.external_id from salespeople o where o.tenant_id = ")
            .push(table)
            .push(".tenant_id and o.id = ")
            .push(table)
            .push(".owner_id)"),
        None => sql.push("(").push(table).push(".attributes ->> ").push_bind(field.to_string()).push(")"),
    };
}

/// Net and margin of the 12 months by customer.
pub(super) fn push_sums(sql: &mut QueryBuilder<Postgres>, tx: &TenantTx, as_of: Month) {
    sql.push("(select l.customer_id, sum(l.base_net) as net, sum(l.base_cost) as cost, count(*) - count(l.base_cost) as costless from sales_lines l where l.tenant_id = ");
    sql.push_bind(tx.tenant().0).push(" and l.day >= ").push_bind(as_of.plus(-11).first_day());
    sql.push(" and l.day <= ").push_bind(as_of.last_day()).push(" group by l.customer_id)");
}

fn texts(codes: &[Code]) -> Vec<String> {
    codes.iter().map(ToString::to_string).collect()
}
