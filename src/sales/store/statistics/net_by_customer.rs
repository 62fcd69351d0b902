//! Each customer's net in a span of days: what concentration and sales classes are made from.

use rust_decimal::Decimal;
use sqlx::{PgConnection, Postgres, QueryBuilder};

use super::concentration::CustomerNet;
use super::query::{Amounts, Span};
use crate::values::{CustomerId, TenantId};

/// The net of every customer with a line in the span, by external id, and whether it has an order that comes to a positive
/// net. A positive net has such an order among those that make it, so orders are added up of the others alone.
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
    let mut sql = QueryBuilder::<Postgres>::new(
        "select c.id, c.external_id, c.name, s.net, case when s.net > 0 then true else exists (\
         select 1 from sales_lines l where l.tenant_id = ",
    );
    sql.push_bind(tenant.0).push(" and l.customer_id = s.customer_id");
    span.push(&mut sql);
    sql.push(" group by l.order_id having sum(l.base_net) > 0) end from (select ");
    sql.push(format_args!("l.customer_id, sum({net}) as net from sales_lines l where l.tenant_id = "));
    sql.push_bind(tenant.0);
    span.push(&mut sql);
    sql.push(" group by l.customer_id) s join customers c on c.tenant_id = ").push_bind(tenant.0);
    sql.push(" and c.id = s.customer_id order by c.external_id collate \"C\"");
    let rows: Vec<(uuid::Uuid, String, String, Decimal, bool)> =
        sql.build_query_as().persistent(false).fetch_all(conn).await?;
    let customer = |(id, external_id, name, net, bought)| CustomerNet {
        customer_id: CustomerId(id),
        external_id,
        name,
        net,
        bought,
    };
    Ok(rows.into_iter().map(customer).collect())
}
