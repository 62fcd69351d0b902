//! Margin of each product category with each sales class.

use async_graphql::SimpleObject;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use utoipa::ToSchema;

use super::concentration::SalesClass;
use super::period::Coverage;
use super::query::{Amounts, Span};
use super::row::share_of;
use crate::values::{CustomerId, Exact, TenantId, round_money};

/// A cell of the table, or one of its margins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
#[graphql(name = "SalesClassMargin")]
#[schema(as = SalesClassMargin)]
pub struct ClassMargin {
    /// Whether all categories are added up.
    pub all_categories: bool,
    /// The product category; null where products have none, and where all are added up.
    pub category: Option<String>,
    /// The customers' sales class; null where all are added up.
    pub sales_class: Option<SalesClass>,
    /// Lines.
    pub lines: i64,
    /// Sum of net.
    pub net: Exact,
    /// Sum of cost; null where a line lacks it.
    pub cost: Option<Exact>,
    /// Net less cost.
    pub gross_margin: Option<Exact>,
    /// Gross margin / net, 6 places; null where net is not positive.
    pub gross_margin_pct: Option<Exact>,
}

/// The margins, and the period that they are of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct MarginByClass {
    /// The days that count, and whether sales cover them.
    pub period: Coverage,
    /// Category x class, then each category over all classes, then each class over all categories.
    pub items: Vec<ClassMargin>,
}

/// Category x class, then each category over all classes, then each class over all categories; inside them by category
/// and class. Lines of customers without a class are left out.
///
/// # Errors
/// A failing database.
pub async fn margin_by_class(
    conn: &mut PgConnection,
    tenant: TenantId,
    span: Span,
    amounts: Amounts,
    classes: &[(CustomerId, SalesClass)],
) -> Result<Vec<ClassMargin>, sqlx::Error> {
    let mut sql = statement(tenant, span, amounts, classes);
    let rows: Vec<Found> = sql.build_query_as().persistent(false).fetch_all(conn).await?;
    Ok(rows.into_iter().map(Found::into_margin).collect())
}

fn statement(
    tenant: TenantId,
    span: Span,
    amounts: Amounts,
    classes: &[(CustomerId, SalesClass)],
) -> QueryBuilder<Postgres> {
    let (net, cost) = amounts.columns();
    let customers: Vec<uuid::Uuid> = classes.iter().map(|(id, _)| id.0).collect();
    let numbers: Vec<i32> = classes.iter().map(|(_, class)| number(*class)).collect();
    let mut sql = QueryBuilder::new("select grouping(p.category) = 1 as all_categories, p.category, k.class, ");
    sql.push(format_args!(
        "count(*) as lines, sum({net}) as net, case when count(*) = count({cost}) then sum({cost}) end as cost \
         from sales_lines l join unnest("
    ));
    sql.push_bind(customers).push(", ").push_bind(numbers).push(
        ") as k (customer_id, class) on k.customer_id = l.customer_id \
         join products p on p.tenant_id = l.tenant_id and p.id = l.product_id where l.tenant_id = ",
    );
    sql.push_bind(tenant.0);
    span.push(&mut sql);
    sql.push(
        " group by grouping sets ((p.category, k.class), (p.category), (k.class)) \
         order by grouping(p.category), grouping(k.class), p.category collate \"C\" nulls last, k.class",
    );
    sql
}

fn number(class: SalesClass) -> i32 {
    match class {
        SalesClass::A => 1,
        SalesClass::B => 2,
        SalesClass::C => 3,
    }
}

fn class_of(number: i32) -> Option<SalesClass> {
    [SalesClass::A, SalesClass::B, SalesClass::C].into_iter().find(|class| self::number(*class) == number)
}

#[derive(sqlx::FromRow)]
struct Found {
    all_categories: bool,
    category: Option<String>,
    class: Option<i32>,
    lines: i64,
    net: Decimal,
    cost: Option<Decimal>,
}

impl Found {
    fn into_margin(self) -> ClassMargin {
        let margin = self.cost.map(|cost| self.net - cost);
        ClassMargin {
            all_categories: self.all_categories,
            category: self.category,
            sales_class: self.class.and_then(class_of),
            lines: self.lines,
            net: Exact(round_money(self.net)),
            cost: self.cost.map(|c| Exact(round_money(c))),
            gross_margin: margin.map(|m| Exact(round_money(m))),
            gross_margin_pct: margin.and_then(|m| share_of(m, self.net)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_margin_needs_every_cost() {
        let found = |cost: Option<i64>| Found {
            all_categories: false,
            category: Some("Bikes".into()),
            class: Some(2),
            lines: 3,
            net: Decimal::from(200),
            cost: cost.map(Decimal::from),
        };
        let cell = found(Some(150)).into_margin();
        assert_eq!(cell.sales_class, Some(SalesClass::B));
        assert_eq!(cell.gross_margin_pct.unwrap().to_string(), "0.250000");
        assert_eq!(found(None).into_margin().gross_margin, None);
    }
}
