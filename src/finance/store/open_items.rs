//! What is owed of each receivable at the end of a day, as one piece of SQL: all that metrics of a whole book need.
//! `ledger.rs` says besides what is left of credits and of money.

use chrono::NaiveDate;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use crate::values::TenantId;

/// Pushes the common table expressions that end with `open_items`: one row a receivable that was invoiced by the end of
/// `day`, of all customers or of those listed, with `open`, what is owed of it, in its currency, 0 or more.
///
/// Payments that name an item lower it. What then is below zero (credit notes, items paid twice) and the payments that
/// name none make up what a customer has for its other items in that currency; these are covered in the order in which
/// they fall due, ties by external id: an item is open as far as the sum up to and with it exceeds what is there.
pub(super) fn push_open_items(
    sql: &mut QueryBuilder<Postgres>,
    tenant: TenantId,
    day: NaiveDate,
    customers: Option<&[Uuid]>,
) {
    let customers = customers.map(<[Uuid]>::to_vec);
    sql.push("with named as (select p.receivable_id, sum(p.amount) as paid from payments p where p.tenant_id = ");
    sql.push_bind(tenant.0).push(" and p.receivable_id is not null and p.paid_on <= ").push_bind(day);
    push_customers(sql, "p", customers.clone());
    sql.push(" group by 1), items as (select r.*, r.amount - coalesce(n.paid, 0) as unpaid from receivables r");
    sql.push(" left join named n on n.receivable_id = r.id where r.tenant_id = ").push_bind(tenant.0);
    sql.push(" and r.invoiced_on <= ").push_bind(day);
    push_customers(sql, "r", customers.clone());
    sql.push("), means as (select customer_id, currency, sum(amount) as amount from (");
    sql.push("select p.customer_id, p.currency, p.amount from payments p where p.tenant_id = ").push_bind(tenant.0);
    sql.push(" and p.receivable_id is null and p.paid_on <= ").push_bind(day);
    push_customers(sql, "p", customers);
    sql.push(
        " union all select i.customer_id, i.currency, -i.unpaid from items i where i.unpaid < 0) m group by 1, 2),
         open_items as (select i.*, greatest(0, least(i.unpaid, sum(greatest(i.unpaid, 0)) over (
                partition by i.customer_id, i.currency order by i.due_on, i.external_id collate \"C\"
                rows unbounded preceding) - coalesce(m.amount, 0))) as open
            from items i left join means m on m.customer_id = i.customer_id and m.currency = i.currency)",
    );
}

pub(super) fn push_customers(sql: &mut QueryBuilder<Postgres>, table: &str, customers: Option<Vec<Uuid>>) {
    if let Some(customers) = customers {
        sql.push(format!(" and {table}.customer_id = any(")).push_bind(customers).push(")");
    }
}
