//! Lists of products, sales lines, rates and quotas.

use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};

use crate::error::{Error, Result};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::sales::wire::{
    FxRateFilter, FxRateOut, ProductFilter, ProductOut, QuotaFilter, QuotaOut, SalesLineFilter, SalesLineOut,
};
use crate::tenancy::TenantTx;
use crate::values::{Currency, CustomerId, Date, Exact, ProductId, SalesLineId, SalespersonId, round_money};

const PRODUCT: &str = "p.id, p.external_id, p.name, p.category, p.subcategory, p.standard_cost, p.list_price, p.version, \
                       p.created_at, p.updated_at";
const LINE: &str = "l.id, l.external_id, l.order_id, l.day, l.customer_id, l.product_id, l.salesperson_id, l.quantity, \
                    l.unit_price, l.discount, l.net, l.cost, l.currency, l.fx_rate, l.base_net, l.base_cost";
const NAME: SortKey = SortKey { name: "name", sql: "p.name", sql_type: "text" };
const EXTERNAL_ID: SortKey = SortKey { name: "external_id", sql: "p.external_id", sql_type: "text" };
const PRODUCT_ID: SortKey = SortKey { name: "id", sql: "p.id", sql_type: "uuid" };
const LINE_DAY: SortKey = SortKey { name: "day", sql: "l.day", sql_type: "date" };
const LINE_ID: SortKey = SortKey { name: "id", sql: "l.id", sql_type: "uuid" };
const CURRENCY: SortKey = SortKey { name: "currency", sql: "f.currency", sql_type: "text" };
const RATE_DAY: SortKey = SortKey { name: "day", sql: "f.day", sql_type: "date" };
const SALESPERSON: SortKey = SortKey { name: "salesperson_id", sql: "q.salesperson_id", sql_type: "uuid" };
const PERIOD: SortKey = SortKey { name: "period_start", sql: "q.period_start", sql_type: "date" };

/// Products by `sort`: `name` or `external_id`.
pub(in crate::sales) async fn products(
    tx: &TenantTx,
    filter: &ProductFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<ProductOut>> {
    let order = Order::parse(sort, "name", &[NAME, EXTERNAL_ID], PRODUCT_ID)?;
    let mut sql = select(PRODUCT, "products p where p.tenant_id = ", tx, &order, page);
    if let Some(category) = &filter.category {
        sql.push(" and p.category = ").push_bind(category);
    }
    if let Some(q) = &filter.q {
        sql.push(" and (position(lower(").push_bind(q).push(") in lower(p.name)) > 0 or position(lower(");
        sql.push_bind(q).push(") in lower(p.external_id)) > 0)");
    }
    rows(tx, sql, &order, page, product).await
}

/// One product.
pub(in crate::sales) async fn product_by_id(tx: &TenantTx, id: ProductId) -> Result<ProductOut> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(PRODUCT).push(" from products p where p.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and p.id = ").push_bind(id.0);
    let row = sql.build().fetch_optional(&mut *tx.conn().await?).await?;
    row.as_ref().map(product).transpose()?.ok_or_else(Error::not_found)
}

/// The product with an external id, kept from others' changes until the transaction ends.
pub(in crate::sales) async fn product_for_update(tx: &TenantTx, external_id: &str) -> Result<Option<ProductOut>> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(PRODUCT).push(" from products p where p.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and p.external_id = ").push_bind(external_id).push(" for no key update");
    let row = sql.build().fetch_optional(&mut *tx.conn().await?).await?;
    row.as_ref().map(product).transpose()
}

/// Sales lines by `sort`: `day`, latest first by default.
pub(in crate::sales) async fn lines(
    tx: &TenantTx,
    filter: &SalesLineFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<SalesLineOut>> {
    let order = Order::parse(sort, "-day", &[LINE_DAY], LINE_ID)?;
    let mut sql = select(LINE, "sales_lines l where l.tenant_id = ", tx, &order, page);
    if let Some(customer) = filter.customer_id {
        // The id of a customer that has become one with another leads there.
        sql.push(" and l.customer_id = (select coalesce(c.merged_into, c.id) from customers c where c.tenant_id = ");
        sql.push_bind(tx.tenant().0).push(" and c.id = ").push_bind(customer.0).push(")");
    }
    for (column, id) in
        [("product_id", filter.product_id.map(|id| id.0)), ("salesperson_id", filter.salesperson_id.map(|id| id.0))]
    {
        if let Some(id) = id {
            sql.push(format_args!(" and l.{column} = ")).push_bind(id);
        }
    }
    push_days(&mut sql, "l.day", filter.from, filter.to);
    rows(tx, sql, &order, page, line).await
}

/// Rates by currency, then day.
pub(in crate::sales) async fn fx_rates(
    tx: &TenantTx,
    filter: &FxRateFilter,
    page: &PageRequest,
) -> Result<Slice<FxRateOut>> {
    let order = Order::parse(None, "currency", &[CURRENCY], RATE_DAY)?;
    let mut sql = select("f.currency, f.day, f.rate", "fx_rates f where f.tenant_id = ", tx, &order, page);
    if let Some(currency) = &filter.currency {
        sql.push(" and f.currency = ").push_bind(currency.to_string());
    }
    push_days(&mut sql, "f.day", filter.from, filter.to);
    rows(tx, sql, &order, page, |row| {
        Ok(FxRateOut {
            currency: Currency::stored(&row.try_get::<String, _>("currency")?).map_err(Error::internal)?,
            day: Date(row.try_get("day")?),
            rate: Exact(row.try_get("rate")?),
        })
    })
    .await
}

/// Quotas by salesperson, then period.
pub(in crate::sales) async fn quotas(
    tx: &TenantTx,
    filter: &QuotaFilter,
    page: &PageRequest,
) -> Result<Slice<QuotaOut>> {
    let order = Order::parse(None, "salesperson_id", &[SALESPERSON], PERIOD)?;
    let columns = "q.salesperson_id, q.period_start, q.amount";
    let mut sql = select(columns, "quotas q where q.tenant_id = ", tx, &order, page);
    if let Some(id) = filter.salesperson_id {
        sql.push(" and q.salesperson_id = ").push_bind(id.0);
    }
    rows(tx, sql, &order, page, |row| {
        Ok(QuotaOut {
            salesperson_id: SalespersonId(row.try_get("salesperson_id")?),
            period_start: Date(row.try_get("period_start")?),
            amount: Exact(round_money(row.try_get("amount")?)),
        })
    })
    .await
}

/// `select columns and the page's keys from source`, which ends where the tenant's id belongs.
fn select(columns: &str, source: &str, tx: &TenantTx, order: &Order, page: &PageRequest) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(columns).push(", ");
    page.push_keys(order, &mut sql);
    sql.push(" from ").push(source).push_bind(tx.tenant().0);
    sql
}

async fn rows<T>(
    tx: &TenantTx,
    mut sql: QueryBuilder<Postgres>,
    order: &Order,
    page: &PageRequest,
    item: impl Fn(&PgRow) -> Result<T>,
) -> Result<Slice<T>> {
    page.push_tail(order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(order, rows, item)
}

fn push_days(sql: &mut QueryBuilder<Postgres>, column: &str, from: Option<Date>, to: Option<Date>) {
    if let Some(from) = from {
        sql.push(" and ").push(column).push(" >= ").push_bind(from.0);
    }
    if let Some(to) = to {
        sql.push(" and ").push(column).push(" < ").push_bind(to.0);
    }
}

fn product(row: &PgRow) -> Result<ProductOut> {
    Ok(ProductOut {
        id: ProductId(row.try_get("id")?),
        external_id: row.try_get("external_id")?,
        name: row.try_get("name")?,
        category: row.try_get("category")?,
        subcategory: row.try_get("subcategory")?,
        standard_cost: row.try_get::<Option<_>, _>("standard_cost")?.map(round_money).map(Exact),
        list_price: row.try_get::<Option<_>, _>("list_price")?.map(round_money).map(Exact),
        version: row.try_get("version")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
    })
}

fn line(row: &PgRow) -> Result<SalesLineOut> {
    Ok(SalesLineOut {
        id: SalesLineId(row.try_get("id")?),
        external_id: row.try_get("external_id")?,
        order_id: row.try_get("order_id")?,
        day: Date(row.try_get("day")?),
        customer_id: CustomerId(row.try_get("customer_id")?),
        product_id: ProductId(row.try_get("product_id")?),
        salesperson_id: row.try_get::<Option<_>, _>("salesperson_id")?.map(SalespersonId),
        quantity: Exact(round_money(row.try_get("quantity")?)),
        unit_price: Exact(round_money(row.try_get("unit_price")?)),
        discount: Exact(round_money(row.try_get("discount")?)),
        net: Exact(round_money(row.try_get("net")?)),
        cost: row.try_get::<Option<_>, _>("cost")?.map(round_money).map(Exact),
        currency: Currency::stored(&row.try_get::<String, _>("currency")?).map_err(Error::internal)?,
        fx_rate: Exact(row.try_get("fx_rate")?),
        base_net: Exact(round_money(row.try_get("base_net")?)),
        base_cost: row.try_get::<Option<_>, _>("base_cost")?.map(round_money).map(Exact),
    })
}
