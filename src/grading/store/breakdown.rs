//! What the results of a run add up to, by axes, by a field of the dossier, by kind. One statement each.

use rust_decimal::Decimal;
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};

use super::kinds::{Kinds, PROFIT};
use super::result_filter::{push_field, push_sums};
use super::results::grade;
use crate::error::Result;
use crate::grading::wire::{CellSums, CustomerKind, KindMark, KindSums, MarkSums, SegmentGradeCell, Thresholds};
use crate::tenancy::TenantTx;
use crate::values::{Code, Exact, GradingRunId, Month, round_money};

const SUMS: &str = "count(*) as customers, coalesce(sum(m.net), 0) as net,
    coalesce(sum(m.net - m.cost) filter (where m.costless = 0), 0) as margin,
    count(*) filter (where m.costless > 0) as without_margin";

/// The customers by classes of quality and growth (0 is the lowest; none where an axis has no score).
pub(in crate::grading) async fn by_axes(
    tx: &TenantTx,
    run: GradingRunId,
    as_of: Month,
    thresholds: &Thresholds,
) -> Result<Vec<(Option<(usize, usize)>, CellSums)>> {
    let mut sql = QueryBuilder::new("select ");
    for (column, cuts) in [("quality", &thresholds.quality_cuts), ("growth", &thresholds.growth_cuts)] {
        let cuts: Vec<_> = cuts.iter().map(|cut| cut.0).collect();
        sql.push("case when r.gradable and r.quality is not null and r.growth is not null then width_bucket(r.");
        sql.push(column).push(", ").push_bind(cuts).push("::numeric[]) end as ").push(column).push("_class, ");
    }
    sql.push(SUMS);
    push_from(&mut sql, tx, run, as_of);
    sql.push(" group by 1, 2 order by 1, 2");
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    let cell = |row: &PgRow| {
        let class = |column: &str| -> Result<Option<usize>> {
            Ok(row.try_get::<Option<i32>, _>(column)?.and_then(|class| usize::try_from(class).ok()))
        };
        Ok((class("quality_class")?.zip(class("growth_class")?), sums(row)?))
    };
    rows.iter().map(cell).collect()
}

/// The customers by the value of a field and grade.
pub(in crate::grading) async fn by_segment(
    tx: &TenantTx,
    run: GradingRunId,
    as_of: Month,
    (field, grades): (&Code, &[String]),
) -> Result<Vec<SegmentGradeCell>> {
    let mut sql = QueryBuilder::new("select * from (select ");
    push_field(&mut sql, "c", field);
    sql.push(" as value, r.grade, ").push(SUMS);
    push_from(&mut sql, tx, run, as_of);
    sql.push(" group by 1, 2) s order by s.value collate \"C\" nulls last, array_position(").push_bind(grades.to_vec());
    sql.push(", s.grade)");
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    let cell = |row: &PgRow| {
        Ok(SegmentGradeCell { value: row.try_get("value")?, grade: grade(row, "grade")?, sums: sums(row)? })
    };
    rows.iter().map(cell).collect()
}

/// The customers by kind, every kind listed.
pub(in crate::grading) async fn by_kind(
    tx: &TenantTx,
    run: GradingRunId,
    as_of: Month,
    kinds: &Kinds,
) -> Result<Vec<KindSums>> {
    let mut sql = QueryBuilder::new("select ");
    kinds.push_kind(&mut sql);
    sql.push(" as kind, ");
    kinds.push_mark(&mut sql);
    sql.push(format_args!(
        " as mark, coalesce(sum({PROFIT}), 0) as profit, count(*) - count({PROFIT}) as profit_unknown, sum("
    ));
    kinds.push_effort(&mut sql);
    sql.push(") as effort, ").push(SUMS);
    push_from(&mut sql, tx, run, as_of);
    sql.push(" group by 1, 2");
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    let rows = rows.iter().map(part).collect::<Result<Vec<_>>>()?;
    let effort_known = kinds.book.is_some_and(|book| book.basis.is_some());
    Ok(CustomerKind::ALL.into_iter().map(|kind| of_kind(kind, &rows, effort_known)).collect())
}

/// The customers of a kind with the same mark, or without one.
struct Part {
    kind: String,
    mark: Option<String>,
    sums: CellSums,
    profit: Decimal,
    profit_unknown: i64,
    effort: Decimal,
}

fn part(row: &PgRow) -> Result<Part> {
    Ok(Part {
        kind: row.try_get("kind")?,
        mark: row.try_get("mark")?,
        sums: sums(row)?,
        profit: row.try_get("profit")?,
        profit_unknown: row.try_get("profit_unknown")?,
        effort: row.try_get::<Option<Decimal>, _>("effort")?.unwrap_or_default(),
    })
}

fn of_kind(kind: CustomerKind, parts: &[Part], effort_known: bool) -> KindSums {
    let own: Vec<&Part> = parts.iter().filter(|part| part.kind == kind.as_str()).collect();
    let total = |amount: fn(&Part) -> Decimal| Exact(round_money(own.iter().map(|part| amount(part)).sum()));
    let with_mark = |mark: KindMark| {
        let marked = own.iter().find(|part| part.mark.as_deref() == Some(mark.as_str()));
        MarkSums {
            mark,
            label: mark.label(),
            customers: marked.map_or(0, |part| part.sums.customers),
            profit: Exact(round_money(marked.map(|part| part.profit).unwrap_or_default())),
        }
    };
    KindSums {
        kind,
        label: kind.label(),
        sums: CellSums {
            customers: own.iter().map(|part| part.sums.customers).sum(),
            net: total(|part| part.sums.net.0),
            margin: total(|part| part.sums.margin.0),
            without_margin: own.iter().map(|part| part.sums.without_margin).sum(),
        },
        profit: total(|part| part.profit),
        profit_unknown: own.iter().map(|part| part.profit_unknown).sum(),
        effort: effort_known.then(|| total(|part| part.effort)),
        marks: kind.mark().map(with_mark).into_iter().collect(),
    }
}

fn push_from(sql: &mut QueryBuilder<Postgres>, tx: &TenantTx, run: GradingRunId, as_of: Month) {
    sql.push(
        " from grading_results r join customers c on c.tenant_id = r.tenant_id and c.id = r.customer_id left join ",
    );
    push_sums(sql, tx, as_of);
    sql.push(" m on m.customer_id = r.customer_id where r.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and r.run_id = ").push_bind(run.0);
}

fn sums(row: &PgRow) -> Result<CellSums> {
    Ok(CellSums {
        customers: row.try_get("customers")?,
        net: Exact(round_money(row.try_get("net")?)),
        margin: Exact(round_money(row.try_get("margin")?)),
        without_margin: row.try_get("without_margin")?,
    })
}
