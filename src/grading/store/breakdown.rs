//! What the results of a run add up to, by axes, by a field of the dossier, by kind. One statement each.

use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};

use super::result_filter::{Kinds, push_efforts, push_field, push_kind, push_sums};
use super::results::grade;
use crate::error::Result;
use crate::grading::wire::{CellSums, CustomerKind, KindSums, SegmentGradeCell, Thresholds};
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

/// The customers by kind, every kind listed; and whether efforts are known.
pub(in crate::grading) async fn by_kind(
    tx: &TenantTx,
    run: GradingRunId,
    kinds: Kinds<'_>,
) -> Result<(Vec<KindSums>, bool)> {
    let Kinds { thresholds, as_of } = kinds;
    let mut sql = QueryBuilder::new("select ");
    push_kind(&mut sql, thresholds, "r", "coalesce(m.net, 0)", "e.amount");
    sql.push(" as kind, coalesce(sum(e.amount), 0) as effort, ").push(SUMS);
    push_from(&mut sql, tx, run, as_of);
    sql.push(" group by 1");
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    let of_kind = |kind: CustomerKind| -> Result<KindSums> {
        let row = rows.iter().find(|row| row.try_get::<String, _>("kind").is_ok_and(|word| word == kind.as_str()));
        let none = || Exact(round_money(rust_decimal::Decimal::ZERO));
        let (sums, effort) = match row {
            Some(row) => (sums(row)?, Exact(round_money(row.try_get("effort")?))),
            None => (CellSums { net: none(), margin: none(), ..CellSums::default() }, none()),
        };
        Ok(KindSums { kind, label: kind.label(), sums, cost_to_serve: effort })
    };
    let all = CustomerKind::ALL.into_iter().map(of_kind).collect::<Result<Vec<_>>>()?;
    Ok((all, effort_known(tx, as_of).await?))
}

async fn effort_known(tx: &TenantTx, as_of: Month) -> Result<bool> {
    let known = sqlx::query_scalar(
        "select exists (select from costs_to_serve where tenant_id = $1 and day >= $2 and day <= $3)",
    )
    .bind(tx.tenant().0)
    .bind(as_of.plus(-11).first_day())
    .bind(as_of.last_day())
    .fetch_one(&mut *tx.conn().await?)
    .await?;
    Ok(known)
}

fn push_from(sql: &mut QueryBuilder<Postgres>, tx: &TenantTx, run: GradingRunId, as_of: Month) {
    sql.push(
        " from grading_results r join customers c on c.tenant_id = r.tenant_id and c.id = r.customer_id left join ",
    );
    push_sums(sql, tx, as_of);
    sql.push(" m on m.customer_id = r.customer_id left join ");
    push_efforts(sql, tx, as_of);
    sql.push(" e on e.customer_id = r.customer_id where r.tenant_id = ").push_bind(tx.tenant().0);
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
