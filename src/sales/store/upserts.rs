//! Bulk upserts of products, sales lines, rates and quotas: some statements for thousands of rows.

use chrono::{DateTime, NaiveDate, Utc};
use postgres_types::{ToSql, Type};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::references;
use crate::db::{Staged, UpsertRow, UpsertTable, Upserted, stage};
use crate::error::{FieldProblem, Result};
use crate::intake::{Outcome, Refused, RowOutcome, Sifted, checked};
use crate::sales::loading::{self, LoadableLine};
use crate::sales::wire::{FxRateUpsert, ProductUpsert, QuotaUpsert, SalesLineUpsert};
use crate::tenancy::TenantTx;
use crate::values::Currency;

static PRODUCTS: UpsertTable = UpsertTable {
    name: "products",
    staged: &[
        ("external_id", Type::TEXT),
        ("name", Type::TEXT),
        ("category", Type::TEXT),
        ("has_category", Type::BOOL),
        ("subcategory", Type::TEXT),
        ("has_subcategory", Type::BOOL),
        ("standard_cost", Type::NUMERIC),
        ("has_standard_cost", Type::BOOL),
        ("list_price", Type::NUMERIC),
        ("has_list_price", Type::BOOL),
    ],
    key: &["external_id"],
    values: &[
        ("name", "s.name"),
        ("category", "case when s.has_category then s.category else e.category end"),
        ("subcategory", "case when s.has_subcategory then s.subcategory else e.subcategory end"),
        ("standard_cost", "case when s.has_standard_cost then s.standard_cost else e.standard_cost end"),
        ("list_price", "case when s.has_list_price then s.list_price else e.list_price end"),
    ],
    has_id: true,
    versioned: true,
    observed: true,
};

static SALES_LINES: UpsertTable = UpsertTable {
    name: "sales_lines",
    staged: &[
        ("external_id", Type::TEXT),
        ("order_id", Type::TEXT),
        ("day", Type::DATE),
        ("customer_id", Type::UUID),
        ("product_id", Type::UUID),
        ("salesperson_id", Type::UUID),
        ("quantity", Type::NUMERIC),
        ("unit_price", Type::NUMERIC),
        ("discount", Type::NUMERIC),
        ("net", Type::NUMERIC),
        ("cost", Type::NUMERIC),
        ("currency", Type::TEXT),
        ("fx_rate", Type::NUMERIC),
        ("keeps_order", Type::BOOL),
        ("keeps_salesperson", Type::BOOL),
        ("keeps_price", Type::BOOL),
        ("keeps_cost", Type::BOOL),
        ("keeps_currency", Type::BOOL),
    ],
    key: &["external_id"],
    values: &[
        ("order_id", "case when s.keeps_order then coalesce(e.order_id, s.order_id) else s.order_id end"),
        ("day", "s.day"),
        ("customer_id", "s.customer_id"),
        ("product_id", "s.product_id"),
        ("salesperson_id", "case when s.keeps_salesperson then e.salesperson_id else s.salesperson_id end"),
        ("quantity", "s.quantity"),
        (
            "unit_price",
            "case when s.keeps_price and e.quantity = s.quantity and e.net = s.net then e.unit_price else s.unit_price end",
        ),
        (
            "discount",
            "case when s.keeps_price and e.quantity = s.quantity and e.net = s.net then e.discount else s.discount end",
        ),
        ("net", "s.net"),
        ("cost", "case when s.keeps_cost then e.cost else s.cost end"),
        ("currency", "case when s.keeps_currency then coalesce(e.currency, s.currency) else s.currency end"),
        ("fx_rate", "case when s.keeps_currency and e.currency <> s.currency then e.fx_rate else s.fx_rate end"),
        // Postgres rounds numeric half away from zero, and multiplies without losing a digit.
        (
            "base_net",
            "round(s.net * case when s.keeps_currency and e.currency <> s.currency then e.fx_rate else s.fx_rate end, 4)",
        ),
        (
            "base_cost",
            "round(case when s.keeps_cost then e.cost else s.cost end \
             * case when s.keeps_currency and e.currency <> s.currency then e.fx_rate else s.fx_rate end, 4)",
        ),
    ],
    has_id: true,
    versioned: false,
    observed: true,
};

static FX_RATES: UpsertTable = UpsertTable {
    name: "fx_rates",
    staged: &[("currency", Type::TEXT), ("day", Type::DATE), ("rate", Type::NUMERIC)],
    key: &["currency", "day"],
    values: &[("rate", "s.rate")],
    has_id: false,
    versioned: false,
    observed: false,
};

static QUOTAS: UpsertTable = UpsertTable {
    name: "quotas",
    staged: &[("salesperson_id", Type::UUID), ("period_start", Type::DATE), ("amount", Type::NUMERIC)],
    key: &["salesperson_id", "period_start"],
    values: &[("amount", "s.amount")],
    has_id: false,
    versioned: false,
    observed: false,
};

/// Creates products and changes those that are there, by external id. 1 to 10,000 rows a call; rows of the same product
/// are applied in order. What the caller may do, and the audit entry, are the caller's.
///
/// # Errors
/// The database's. What is wrong with a row is in its outcome.
pub async fn upsert_products(tx: &TenantTx, rows: &[ProductUpsert]) -> Result<Vec<RowOutcome>> {
    let rows_checked = rows.iter().map(|row| checked(row.problems(tx.now()))).collect();
    store(tx, &PRODUCTS, rows, rows_checked, |row, ()| {
        let values: Vec<Box<dyn ToSql + Send + Sync + '_>> = vec![
            Box::new(&row.external_id),
            Box::new(&row.name),
            Box::new(row.category.as_opt_deref().flatten()),
            Box::new(!row.category.is_undefined()),
            Box::new(row.subcategory.as_opt_deref().flatten()),
            Box::new(!row.subcategory.is_undefined()),
            Box::new(row.standard_cost.value().map(|v| v.0)),
            Box::new(!row.standard_cost.is_undefined()),
            Box::new(row.list_price.value().map(|v| v.0)),
            Box::new(!row.list_price.is_undefined()),
        ];
        (Key::Text(&row.external_id), values, row.observed_at)
    })
    .await
}

/// Creates sales lines and replaces those that are there, but for what they say nothing of, by external id; a day far
/// ahead is a warning. `system` names the customers' external ids, `base` is the tenant's currency. Amounts in it are converted with the latest rate of the 31 days up to the line's
/// own. 1 to 10,000 rows a call; rows of the same line are applied in order. What the caller may do, and the audit
/// entry, are the caller's.
///
/// # Errors
/// The database's. What is wrong with a row is in its outcome: `unknown_reference`, `missing_rate`, …
pub async fn upsert_sales_lines(
    tx: &TenantTx,
    system: &str,
    base: Currency,
    rows: &[SalesLineUpsert],
) -> Result<Vec<RowOutcome>> {
    stage_sales_lines(tx, system, base, rows).await?.apply(tx).await
}

/// The part of [`upsert_sales_lines`] that need not wait for other loads: rows checked, references resolved, and all of
/// it copied to the database. The same transaction applies them.
///
/// # Errors
/// The database's.
pub async fn stage_sales_lines(
    tx: &TenantTx,
    system: &str,
    base: Currency,
    rows: &[SalesLineUpsert],
) -> Result<StagedRows> {
    let known = references::of_lines(tx, system, base, rows).await?;
    let rows_checked = rows.iter().map(|row| loading::line(row, base, &known, tx.now())).collect();
    let today = tx.now().date_naive();
    let warnings = rows.iter().enumerate().filter_map(|(at, row)| Some((at, loading::warnings(row, today)?))).collect();
    let staged = stage_rows(tx, &SALES_LINES, rows, rows_checked, |row, line: LoadableLine| {
        let values: Vec<Box<dyn ToSql + Send + Sync + '_>> = vec![
            Box::new(&row.external_id),
            Box::new(&row.order_id),
            Box::new(row.day.0),
            Box::new(line.customer),
            Box::new(line.product),
            Box::new(line.salesperson),
            Box::new(row.quantity.0),
            Box::new(row.unit_price.0),
            Box::new(row.discount.0),
            Box::new(row.net.0),
            Box::new(row.cost.map(|c| c.0)),
            Box::new(line.currency.to_string()),
            Box::new(line.rate),
            Box::new(row.keeps.order),
            Box::new(row.keeps.salesperson),
            Box::new(row.keeps.price),
            Box::new(row.keeps.cost),
            Box::new(row.keeps.currency),
        ];
        (Key::Text(&row.external_id), values, row.observed_at)
    });
    Ok(StagedRows { warnings, ..staged.await? })
}

/// Creates exchange rates and replaces those that are there, by currency and day; lines that are in keep theirs. 1 to
/// 10,000 rows a call; rows of the same rate are applied in order. What the caller may do, and the audit entry, are the
/// caller's.
///
/// # Errors
/// The database's. What is wrong with a row is in its outcome.
pub async fn upsert_fx_rates(tx: &TenantTx, rows: &[FxRateUpsert]) -> Result<Vec<RowOutcome>> {
    let rows_checked = rows.iter().map(|row| checked(row.problems())).collect();
    store(tx, &FX_RATES, rows, rows_checked, |row, ()| {
        let rate: Decimal = row.rate.0;
        let values: Vec<Box<dyn ToSql + Send + Sync + '_>> =
            vec![Box::new(row.currency.to_string()), Box::new(row.day.0), Box::new(rate)];
        (Key::Rate(row.currency, row.day.0), values, None)
    })
    .await
}

/// Creates quotas and replaces those that are there, by salesperson and first day. 1 to 10,000 rows a call; rows of the
/// same quota are applied in order. What the caller may do, and the audit entry, are the caller's.
///
/// # Errors
/// The database's. What is wrong with a row is in its outcome.
pub async fn upsert_quotas(tx: &TenantTx, rows: &[QuotaUpsert]) -> Result<Vec<RowOutcome>> {
    let known = references::salespeople(tx, rows.iter().map(|row| row.salesperson_external_id.as_str())).await?;
    let rows_checked = rows.iter().map(|row| loading::quota(row, &known)).collect();
    store(tx, &QUOTAS, rows, rows_checked, |row, salesperson: Uuid| {
        let values: Vec<Box<dyn ToSql + Send + Sync + '_>> =
            vec![Box::new(salesperson), Box::new(row.period_start.0), Box::new(row.amount.0)];
        (Key::Period(salesperson, row.period_start.0), values, None)
    })
    .await
}

/// What tells one row's object from another's.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    Text(&'a str),
    Rate(Currency, NaiveDate),
    Period(Uuid, NaiveDate),
}

type Values<'a> = Vec<Box<dyn ToSql + Send + Sync + 'a>>;

/// Rows that wait to be applied, and those that were refused.
#[derive(Debug)]
#[must_use]
pub struct StagedRows {
    staged: Staged,
    refused: Refused,
    has_id: bool,
    /// What to look at in rows that are taken, by their places.
    warnings: Vec<(usize, FieldProblem)>,
}

impl StagedRows {
    /// Brings them into their table and answers for all rows, in order.
    ///
    /// # Errors
    /// The database's.
    pub async fn apply(self, tx: &TenantTx) -> Result<Vec<RowOutcome>> {
        let stored = self.staged.apply(&mut *tx.conn().await?, tx.tenant(), tx.now()).await?;
        let mut outcomes = self.refused.merge(stored.into_iter().map(|row| outcome(row, self.has_id)).collect());
        for (at, warning) in self.warnings {
            if let Some(row) = outcomes.get_mut(at).filter(|row| row.outcome != Outcome::Error) {
                row.warnings.push(warning);
            }
        }
        Ok(outcomes)
    }
}

/// Stores the rows that passed their checks and answers for all, in order.
async fn store<'a, R, C>(
    tx: &TenantTx,
    table: &'static UpsertTable,
    rows: &'a [R],
    rows_checked: Vec<Result<C, Vec<FieldProblem>>>,
    values: impl Fn(&'a R, C) -> (Key<'a>, Values<'a>, Option<DateTime<Utc>>),
) -> Result<Vec<RowOutcome>> {
    stage_rows(tx, table, rows, rows_checked, values).await?.apply(tx).await
}

/// Copies the rows that passed their checks to where they wait for their turn.
async fn stage_rows<'a, R, C>(
    tx: &TenantTx,
    table: &'static UpsertTable,
    rows: &'a [R],
    rows_checked: Vec<Result<C, Vec<FieldProblem>>>,
    values: impl Fn(&'a R, C) -> (Key<'a>, Values<'a>, Option<DateTime<Utc>>),
) -> Result<StagedRows> {
    let paired = rows.iter().zip(rows_checked).map(|(row, check)| check.map(|found| values(row, found))).collect();
    let (passed, refused) = Sifted::new(paired).into_parts();
    let ready: Vec<_> = passed
        .iter()
        .map(|(key, values, observed_at)| UpsertRow {
            key,
            id: tx.new_id(),
            values: values.iter().map(|v| &**v as &(dyn ToSql + Sync)).collect(),
            observed_at: *observed_at,
        })
        .collect();
    let staged = stage(&mut *tx.conn().await?, table, &ready).await?;
    Ok(StagedRows { staged, refused, has_id: table.has_id, warnings: Vec::new() })
}

fn outcome(stored: Upserted, has_id: bool) -> RowOutcome {
    let (outcome, id) = match stored {
        Upserted::Created(id) => (Outcome::Created, id),
        Upserted::Updated(id) => (Outcome::Updated, id),
        Upserted::Unchanged(id) => (Outcome::Unchanged, id),
    };
    RowOutcome { outcome, id: Some(id).filter(|_| has_id), problems: Vec::new(), warnings: Vec::new() }
}
