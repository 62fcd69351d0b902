//! The three kinds in the database: what a run keeps of them, and the rule of `kind.rs` in SQL, for sums and filters.

use rust_decimal::Decimal;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{Postgres, QueryBuilder, Row};

use super::settings::settings;
use crate::error::Result;
use crate::grading::kind::{Axes, KindFacts, KindOfCustomer, kind_of};
use crate::grading::wire::{CustomerKind, KindMark, Thresholds};
use crate::metrics::{BookEffort, EffortBasis, HIGHEST_EFFORT_RATIO, Handling};
use crate::tenancy::TenantTx;
use crate::values::GradingRunId;

/// P.
pub(super) const PROFIT: &str = "coalesce(r.net_profit, r.gross_margin)";

/// What tells the kinds of a run's customers apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::grading) struct Kinds {
    pub(in crate::grading) thresholds: Thresholds,
    /// None of runs that are older than what tells kinds.
    pub(in crate::grading) book: Option<BookEffort>,
}

/// Keeps effort and margin of the whole book with a run that is not completed.
pub(in crate::grading) async fn put_book_effort(tx: &TenantTx, run: GradingRunId, book: &BookEffort) -> Result<()> {
    sqlx::query("update grading_runs set book_effort = $3 where tenant_id = $1 and id = $2 and completed_at is null")
        .bind(tx.tenant().0)
        .bind(run.0)
        .bind(Json(book))
        .execute(&mut *tx.conn().await?)
        .await?;
    Ok(())
}

/// What tells the kinds of a run's customers apart: by the thresholds that were asked for, else by the tenant's. Small
/// orders are those of the run.
pub(in crate::grading) async fn kinds(tx: &TenantTx, run: GradingRunId, asked: Option<Thresholds>) -> Result<Kinds> {
    let mut thresholds = match asked {
        Some(asked) => asked,
        None => settings(tx).await?.thresholds,
    };
    let book: Option<Option<Json<BookEffort>>> =
        sqlx::query_scalar("select book_effort from grading_runs where tenant_id = $1 and id = $2")
            .bind(tx.tenant().0)
            .bind(run.0)
            .fetch_optional(&mut *tx.conn().await?)
            .await?;
    let book = book.flatten().map(|Json(book)| book);
    thresholds.break_even_order = book.and_then(|book| book.break_even_order);
    Ok(Kinds { thresholds, book })
}

/// What was kept of a result's customer, and its kind.
pub(super) fn kind_row(row: &PgRow, axes: Axes, kinds: &Kinds) -> Result<(KindFacts, KindOfCustomer)> {
    let count = |column: &str| -> Result<Option<i64>> { Ok(row.try_get::<Option<i32>, _>(column)?.map(i64::from)) };
    let handling = match (count("handled_orders")?, count("handled_lines")?) {
        (Some(orders), Some(lines)) => Some(Handling {
            orders,
            lines,
            return_lines: count("return_lines")?.unwrap_or_default(),
            small_orders: count("small_orders")?.unwrap_or_default(),
        }),
        _ => None,
    };
    let facts = KindFacts {
        gross_margin: row.try_get("gross_margin")?,
        net_profit: row.try_get("net_profit")?,
        cost_to_serve: row.try_get("cost_to_serve")?,
        handling,
    };
    Ok((facts, kind_of(axes, &facts, kinds.book.as_ref(), &kinds.thresholds)))
}

impl Kinds {
    /// Pushes the kind of a result `r`, as a word.
    pub(super) fn push_kind(&self, sql: &mut QueryBuilder<Postgres>) {
        let then = |sql: &mut QueryBuilder<Postgres>, kind: CustomerKind| {
            sql.push(" then '").push(kind.as_str()).push("' when ");
        };
        sql.push("case when ");
        self.push_survives(sql);
        then(sql, CustomerKind::SurvivalBase);
        self.push_grows(sql);
        then(sql, CustomerKind::GrowthPartner);
        self.push_looks_good(sql);
        sql.push(" or ").push(PROFIT).push(" < 0 or ");
        self.push_ratio(sql);
        sql.push(" >= ").push_bind(self.thresholds.busy_effort_ratio.0);
        then(sql, CustomerKind::BusyForNothing);
        sql.push("not r.gradable then '").push(CustomerKind::Ungradable.as_str());
        sql.push("' else '").push(CustomerKind::Other.as_str()).push("' end");
    }

    /// Pushes the mark of a result `r`, as a word; null where it has none.
    pub(super) fn push_mark(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push("case when ");
        self.push_survives(sql);
        sql.push(" then case when ").push(PROFIT).push(" is null then '").push(KindMark::ProfitUnknown.as_str());
        sql.push("' end when ");
        self.push_grows(sql);
        sql.push(" then case when ").push(PROFIT).push(" < 0 then '").push(KindMark::Invests.as_str());
        sql.push("' end when ");
        self.push_looks_good(sql);
        sql.push(" then '").push(KindMark::LooksGood.as_str()).push("' end");
    }

    fn push_survives(&self, sql: &mut QueryBuilder<Postgres>) {
        self.push_good(sql);
        sql.push(" and (").push(PROFIT).push(" > 0 or ").push(PROFIT).push(" is null)");
    }

    fn push_grows(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push("r.gradable and r.growth >= ").push_bind(self.thresholds.partner_growth.0);
    }

    fn push_looks_good(&self, sql: &mut QueryBuilder<Postgres>) {
        self.push_good(sql);
        sql.push(" and not (").push(PROFIT).push(" = 0 and coalesce(r.handled_lines, 0) = 0)");
    }

    fn push_good(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push("r.gradable and r.quality >= ").push_bind(self.thresholds.survival_quality.0);
    }

    /// Pushes the effort of a result `r`; null where it is not known.
    pub(super) fn push_effort(&self, sql: &mut QueryBuilder<Postgres>) {
        match self.book.and_then(|book| book.basis) {
            None => {
                sql.push("null::numeric");
            }
            Some(EffortBasis::CostToServe) => {
                sql.push("r.cost_to_serve");
            }
            Some(EffortBasis::HandlingUnits) => {
                let weights = self.thresholds.effort_rules().weights;
                sql.push("round(r.handled_orders * ").push_bind(weights.order);
                sql.push(" + r.handled_lines * ").push_bind(weights.line);
                sql.push(" + r.return_lines * ").push_bind(weights.return_line);
                sql.push(" + r.small_orders * ").push_bind(weights.small_order).push(", 4)");
            }
        }
    }

    /// Pushes the effort ratio of a result `r`, as [`BookEffort::ratio`] has it: `div` divides exactly.
    fn push_ratio(&self, sql: &mut QueryBuilder<Postgres>) {
        let weights = self.thresholds.effort_rules().weights;
        let whole = self.book.and_then(|book| book.whole_effort(&weights)).unwrap_or_default();
        let margin = self.book.map(|book| book.margin.0).unwrap_or_default();
        // `least` passes over nulls, so that what is not known is asked first.
        sql.push("(select case when e.effort is null or r.gross_margin is null then null");
        sql.push(" when e.effort <= 0 then case when r.gross_margin > 0 then 0 end when r.gross_margin <= 0 then ");
        sql.push_bind(HIGHEST_EFFORT_RATIO);
        if whole > Decimal::ZERO && margin > Decimal::ZERO {
            sql.push(" else least(").push_bind(HIGHEST_EFFORT_RATIO).push(", div(e.effort * ").push_bind(margin);
            sql.push(" * 2000000 + r.gross_margin * ").push_bind(whole);
            sql.push(", r.gross_margin * ").push_bind(whole).push(" * 2) * 0.000001)");
        }
        sql.push(" end from (select ");
        self.push_effort(sql);
        sql.push(" as effort) e)");
    }
}
