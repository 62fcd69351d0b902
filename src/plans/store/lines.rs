//! Steps and lines: kept once by COPY, read by page.

use std::collections::BTreeMap;

use postgres_types::Type;
use rust_decimal::Decimal;
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{Executor, QueryBuilder, Row};
use uuid::Uuid;

use super::plan::in_minor_units;
use super::{from_word, word};
use crate::db::{CopyBuffer, CopyError, copy_in};
use crate::error::{Error, Result};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::plans::strategy_led::VERIFICATION_STEP;
use crate::plans::wire::{CustomerPlanOut, LineFilter, PlanStepOut};
use crate::plans::{PlanDraft, PlanLine, PlanNote, PlanStep, Verdict};
use crate::tenancy::TenantTx;
use crate::values::{Currency, CustomerId, Exact, Label, PlanId};

/// Lines that go from the staging table to their place at a time.
const CHUNK: usize = 50_000;
const POSITION: SortKey = SortKey { name: "position", sql: "l.position", sql_type: "int" };

const STAGING: &str = "create temporary table plan_lines_staged (
    step int, position int, parent_step int, parent int, kind text, key text, label jsonb, customer_id uuid,
    amount numeric, figures jsonb, notes jsonb) on commit drop";
const COPY: &str = "copy plan_lines_staged from stdin (format binary)";
const STAGED: [Type; 11] = [
    Type::INT4,
    Type::INT4,
    Type::INT4,
    Type::INT4,
    Type::TEXT,
    Type::TEXT,
    Type::JSONB,
    Type::UUID,
    Type::NUMERIC,
    Type::JSONB,
    Type::JSONB,
];

/// Keeps a generated plan, once.
pub(in crate::plans) async fn keep(tx: &TenantTx, id: PlanId, draft: &PlanDraft) -> Result<()> {
    let mut conn = tx.conn().await?;
    let kept = sqlx::query(
        "update plans set total = $3, inputs = $4, completed_at = $5
         where tenant_id = $1 and id = $2 and completed_at is null",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(draft.total())
    .bind(Json(&draft.inputs))
    .bind(tx.now())
    .execute(&mut *conn)
    .await?;
    if kept.rows_affected() != 1 {
        return Err(Error::conflict("The plan has been generated already.", "该计划已生成。"));
    }
    conn.execute(STAGING).await?;
    for step in &draft.steps {
        keep_head(&mut conn, tx, id, step).await?;
        for lines in step.lines.chunks(CHUNK) {
            copy_in(&mut conn, COPY, &STAGED, lines, |line, buffer| stage(step.number, line, buffer))
                .await
                .map_err(copy_failed)?;
            sqlx::query(
                "insert into plan_lines (tenant_id, plan_id, step, position, parent_step, parent, kind, key, label,
                     customer_id, amount, figures, notes)
                 select $1, $2, s.step, s.position, s.parent_step, s.parent, s.kind, s.key, s.label, s.customer_id,
                     s.amount, s.figures, s.notes
                 from plan_lines_staged s order by s.position",
            )
            .bind(tx.tenant().0)
            .bind(id.0)
            .execute(&mut *conn)
            .await?;
            conn.execute("truncate plan_lines_staged").await?;
        }
    }
    Ok(())
}

async fn keep_head(conn: &mut sqlx::PgConnection, tx: &TenantTx, plan: PlanId, step: &PlanStep) -> Result<()> {
    sqlx::query(
        "insert into plan_steps (tenant_id, plan_id, number, code, label, basis, notes, line_count, total)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(tx.tenant().0)
    .bind(plan.0)
    .bind(i32::from(step.number))
    .bind(&step.code)
    .bind(Json(&step.label))
    .bind(Json(&step.basis))
    .bind(Json(&step.notes))
    .bind(i32::try_from(step.lines.len()).map_err(Error::internal)?)
    .bind(step.total())
    .execute(conn)
    .await?;
    Ok(())
}

fn stage(step: u8, line: &PlanLine, buffer: &mut CopyBuffer) -> Result<(), CopyError> {
    let encoded = |column| move |source| CopyError::Encode { column, column_type: STAGED[column].clone(), source };
    let number = |column, value: u32| i32::try_from(value).map_err(|e| encoded(column)(e.into()));
    let json = |column, value: serde_json::Result<Value>| value.map_err(|e| encoded(column)(e.into()));
    let kind = word(line.kind).map_err(|e| encoded(4)(e.into()))?;
    buffer.write_row(&[
        &i32::from(step),
        &number(1, line.position)?,
        &line.parent_step.map(i32::from),
        &line.parent.map(|parent| number(3, parent)).transpose()?,
        &kind,
        &line.key,
        &json(6, serde_json::to_value(&line.label))?,
        &line.customer_id.map(Uuid::from),
        &line.planned(),
        &json(9, serde_json::to_value(&line.figures))?,
        &json(10, serde_json::to_value(&line.notes))?,
    ])
}

fn copy_failed(error: CopyError) -> Error {
    match error {
        CopyError::Database(error) => error.into(),
        other => Error::internal(other),
    }
}

/// The heads of a plan's steps, or of one of them; for a salesperson without what is of the whole company.
pub(in crate::plans) async fn steps(tx: &TenantTx, plan: PlanId, number: Option<i32>) -> Result<Vec<PlanStepOut>> {
    let rows = sqlx::query(
        "select s.number, s.code, s.label, s.basis, p.currency,
             case when (select app_salesperson_id()) is null then s.notes else '[]' end as notes,
             case when (select app_salesperson_id()) is null then s.total end as total,
             case when (select app_salesperson_id()) is null then s.line_count
                  else (select count(*)::int from plan_lines l
                        where l.tenant_id = $1 and l.plan_id = s.plan_id and l.step = s.number) end as line_count
         from plan_steps s join plans p on p.tenant_id = $1 and p.id = s.plan_id
         where s.tenant_id = $1 and s.plan_id = $2 and ($3::int is null or s.number = $3) order by s.number",
    )
    .bind(tx.tenant().0)
    .bind(plan.0)
    .bind(number)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    rows.iter().map(head).collect()
}

fn head(row: &PgRow) -> Result<PlanStepOut> {
    Ok(PlanStepOut {
        number: row.try_get("number")?,
        code: row.try_get("code")?,
        label: row.try_get::<Json<Label>, _>("label")?.0,
        basis: row.try_get::<Json<Label>, _>("basis")?.0,
        notes: row.try_get::<Json<Vec<PlanNote>>, _>("notes")?.0,
        line_count: row.try_get("line_count")?,
        total: money(row, "total")?,
    })
}

/// The lines of a step by position.
pub(in crate::plans) async fn lines(
    tx: &TenantTx,
    plan: PlanId,
    step: i32,
    filter: LineFilter,
    page: &PageRequest,
) -> Result<Slice<PlanLine>> {
    let order = Order::parse(None, "", &[], POSITION)?;
    let mut sql = QueryBuilder::new(
        "select l.position, l.parent_step, l.parent, l.kind, l.key, l.label, l.customer_id, l.amount, l.figures, l.notes,
             p.currency, ",
    );
    page.push_keys(&order, &mut sql);
    sql.push(" from plan_lines l join plans p on p.tenant_id = l.tenant_id and p.id = l.plan_id where l.tenant_id = ");
    sql.push_bind(tx.tenant().0).push(" and l.plan_id = ").push_bind(plan.0).push(" and l.step = ").push_bind(step);
    if let Some(kind) = filter.kind {
        sql.push(" and l.kind = ").push_bind(word(kind)?);
    }
    if let Some(customer) = filter.customer {
        sql.push(" and l.customer_id = ").push_bind(customer.0);
    }
    if let Some(parent) = filter.parent {
        sql.push(" and l.parent = ").push_bind(parent);
        sql.push(" and l.parent_step = ").push_bind(filter.parent_step.unwrap_or(step));
    } else if let Some(parent_step) = filter.parent_step {
        sql.push(" and l.parent_step = ").push_bind(parent_step);
    }
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, line)
}

fn line(row: &PgRow) -> Result<PlanLine> {
    let position: i32 = row.try_get("position")?;
    let parent: Option<i32> = row.try_get("parent")?;
    let parent_step: Option<i32> = row.try_get("parent_step")?;
    Ok(PlanLine {
        position: u32::try_from(position).map_err(Error::internal)?,
        parent: parent.map(u32::try_from).transpose().map_err(Error::internal)?,
        parent_step: parent_step.map(u8::try_from).transpose().map_err(Error::internal)?,
        kind: from_word(row.try_get("kind")?)?,
        key: row.try_get("key")?,
        label: row.try_get::<Json<Label>, _>("label")?.0,
        customer_id: row.try_get::<Option<Uuid>, _>("customer_id")?.map(CustomerId),
        amount: money(row, "amount")?,
        figures: row.try_get::<Json<_>, _>("figures")?.0,
        notes: row.try_get::<Json<_>, _>("notes")?.0,
    })
}

/// The customers' verified amounts in the newest generated strategy-led plan of each year.
pub(in crate::plans) async fn customer_plans(
    tx: &TenantTx,
    customers: &[CustomerId],
    fiscal_years: &[i32],
) -> Result<BTreeMap<(CustomerId, i32), CustomerPlanOut>> {
    let ids: Vec<Uuid> = customers.iter().map(|customer| customer.0).collect();
    let rows = sqlx::query(
        "with newest as (
             select distinct on (p.fiscal_year) p.id, p.fiscal_year, p.currency
             from plans p
             where p.tenant_id = $1 and p.fiscal_year = any($2) and p.method = 'strategy_led'
               and p.completed_at is not null and not p.provisional
             order by p.fiscal_year, p.completed_at desc, p.id desc)
         select l.customer_id, n.id, n.fiscal_year, n.currency, l.amount, l.figures, l.notes
         from newest n
         join plan_lines l on l.tenant_id = $1 and l.plan_id = n.id and l.step = $4 and l.customer_id = any($3)",
    )
    .bind(tx.tenant().0)
    .bind(fiscal_years)
    .bind(ids)
    .bind(i32::from(VERIFICATION_STEP))
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    rows.iter().map(customer_plan).collect()
}

fn customer_plan(row: &PgRow) -> Result<((CustomerId, i32), CustomerPlanOut)> {
    let notes: Vec<PlanNote> = row.try_get::<Json<_>, _>("notes")?.0;
    let figures: BTreeMap<String, Option<Exact>> = row.try_get::<Json<_>, _>("figures")?.0;
    let verdict = |code: fn(Verdict) -> Option<&'static str>| {
        let told = |verdict: &Verdict| notes.iter().any(|note| Some(note.code.as_str()) == code(*verdict));
        Verdict::ALL.into_iter().find(told)
    };
    let fiscal_year = row.try_get("fiscal_year")?;
    let (own, peers) = (verdict(|verdict| Some(verdict.code())), verdict(Verdict::peer_code));
    let plan = CustomerPlanOut {
        plan_id: PlanId(row.try_get("id")?),
        fiscal_year,
        currency: currency(row)?,
        amount: money(row, "amount")?,
        verdict: own,
        verdict_label: own.map(Verdict::label),
        peer_verdict: peers,
        peer_verdict_label: peers.map(Verdict::label),
        low: figures.get("low").copied().flatten(),
        high: figures.get("high").copied().flatten(),
    };
    Ok(((CustomerId(row.try_get("customer_id")?), fiscal_year), plan))
}

fn currency(row: &PgRow) -> Result<Currency> {
    Currency::stored(&row.try_get::<String, _>("currency")?).map_err(Error::internal)
}

/// An amount of a column, in the minor units of the column `currency`.
pub(super) fn money(row: &PgRow, column: &str) -> Result<Option<Exact>> {
    let amount: Option<Decimal> = row.try_get(column)?;
    let currency = currency(row)?;
    Ok(amount.map(|amount| Exact(in_minor_units(amount, currency))))
}
