//! Each customer's net in a span of days: what concentration and sales classes are made from.

use rust_decimal::Decimal;
use sqlx::{PgConnection, Postgres, QueryBuilder};

use super::concentration::CustomerNet;
use super::query::{Amounts, Span};
use crate::values::{CustomerId, TenantId};

/// The net of every customer with a line in the span, by external id.
///
/// # Errors
/// A failing database.
pub async fn net_by_customer(
    conn: &mut PgConnection,
    tenant: TenantId,
    span: Span,
    amounts: Amounts,
) -> Result<Vec<CustomerNet>, sqlx::Error> {
    let (net, _) = amounts.columns();
    let mut sql = QueryBuilder::<Postgres>::new("select c.id, c.external_id, c.name, s.net from (select ");
    sql.push(format_args!("l.customer_id, sum({net}) as net from sales_lines l where l.tenant_id = "));
    sql.push_bind(tenant.0);
    span.push(&mut sql);
    sql.push(" group by l.customer_id) s join customers c on c.tenant_id = ").push_bind(tenant.0);
    sql.push(" and c.id = s.customer_id order by c.external_id collate \"C\"");
    let rows: Vec<(uuid::Uuid, String, String, Decimal)> =
        sql.build_query_as().persistent(false).fetch_all(conn).await?;
    Ok(rows
        .into_iter()
        .map(|(id, external_id, name, net)| CustomerNet { customer_id: CustomerId(id), external_id, name, net })
        .collect())
}
