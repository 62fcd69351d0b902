//! Which required facts of customers are known, and which are fresh.

use sqlx::{Postgres, QueryBuilder, Row};
use uuid::Uuid;

use crate::dossiers::upkeep::{CustomerUpkeep, FIELD_DAYS, FIELDS, Requirements};
use crate::error::Result;
use crate::tenancy::TenantTx;
use crate::values::CustomerId;

/// Of all customers, or of those listed, in no order.
pub(in crate::dossiers) async fn of(
    tx: &TenantTx,
    requirements: &Requirements,
    customers: Option<&[CustomerId]>,
) -> Result<Vec<CustomerUpkeep>> {
    let mut sql = QueryBuilder::new("select c.id, array[");
    push_facts(&mut sql, requirements, ", ", false);
    sql.push("] as known, array[");
    push_facts(&mut sql, requirements, ", ", true);
    sql.push("] as fresh from customers c where c.tenant_id = ").push_bind(tx.tenant().0);
    if let Some(customers) = customers {
        let ids: Vec<Uuid> = customers.iter().map(|id| id.0).collect();
        sql.push(" and c.id = any(").push_bind(ids).push(")");
    }
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    let upkeep = |row: &sqlx::postgres::PgRow| {
        let (known, fresh): (Vec<bool>, Vec<bool>) = (row.try_get("known")?, row.try_get("fresh")?);
        Ok(requirements.upkeep(CustomerId(row.try_get("id")?), &known, &fresh))
    };
    rows.iter().map(upkeep).collect()
}

/// Pushes how many required facts of the customer `c` are known.
pub(super) fn push_known(sql: &mut QueryBuilder<Postgres>, requirements: &Requirements) {
    push_facts(sql, requirements, " + ", false);
}

/// Pushes how many required facts of the customer `c` are known and fresh.
pub(super) fn push_fresh(sql: &mut QueryBuilder<Postgres>, requirements: &Requirements) {
    push_facts(sql, requirements, " + ", true);
}

/// Pushes for each fact whether it is known, or known and fresh: as booleans with commas between, else as numbers.
fn push_facts(sql: &mut QueryBuilder<Postgres>, requirements: &Requirements, between: &str, fresh: bool) {
    let close = if between == ", " { ")" } else { ")::int" };
    for (i, (name, known)) in FIELDS.iter().enumerate() {
        sql.push(if i > 0 { between } else { "" }).push("(").push(*known);
        push_fresh_if(sql, requirements, (*name).to_owned(), Some(FIELD_DAYS).filter(|_| fresh));
        sql.push(close);
    }
    for attribute in &requirements.attributes {
        sql.push(between).push("(c.attributes ? ").push_bind(attribute.code.clone());
        let name = format!("attributes.{}", attribute.code);
        push_fresh_if(sql, requirements, name, attribute.freshness_days.filter(|_| fresh));
        sql.push(close);
    }
}

/// Pushes `and` that a fact was seen within so many days. What was never seen is as old as its row.
fn push_fresh_if(sql: &mut QueryBuilder<Postgres>, requirements: &Requirements, name: String, days: Option<i32>) {
    let Some(since) = requirements.fresh_since(days) else { return };
    sql.push(" and coalesce((c.observed ->> ")
        .push_bind(name)
        .push(")::timestamptz, c.created_at) >= ")
        .push_bind(since);
}
