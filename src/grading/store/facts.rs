//! The facts of a selection of customers, all from one state of the data.

use std::collections::BTreeMap;
use std::sync::Arc;

use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use super::runs::{definition_of, run};
use super::selected::selected;
use super::settings::settings;
use crate::dossiers::{CustomerUpkeep, upkeep_for};
use crate::error::{Error, Result};
use crate::grading::{DossierFacts, Judgements, Known, Needs, Selection};
use crate::metrics::{
    BookEffort, CustomerFigures, EffortBasis, Efforts, FigureRows, FigureSource, Finances, efforts_for, finances_for,
};
use crate::scales::{Factor, FactorSource, ScaleDefinition};
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, CustomerRange, Date, GradingRunId, Month, ScaleId};

/// Customers read at a time.
const BATCH: usize = 5_000;

/// The facts of a selection of customers, read a batch at a time, so that a book of any size takes the memory of a batch.
/// The transaction must see one state of the data.
#[derive(Debug)]
pub(in crate::grading) struct BookReader {
    scale: ScaleId,
    as_of: Month,
    needs: Needs,
    /// The factors that members rate.
    judged: Vec<String>,
    /// Opened with the first batch.
    figures: Option<Arc<FigureSource>>,
    /// Read with the first batch, where they are needed.
    efforts: Option<Arc<Efforts>>,
    left: Left,
}

/// Who is still to be read.
#[derive(Debug)]
enum Left {
    /// All behind this one, by id.
    After(Uuid),
    /// These, by id.
    Of(std::vec::IntoIter<CustomerId>),
    Nobody,
}

impl BookReader {
    /// Reads what a run reads, and what it is for. It must come first in its transaction, which sees one state of the data
    /// from here on.
    pub(in crate::grading) async fn of_run(tx: &TenantTx, id: GradingRunId) -> Result<(ScaleDefinition, Self)> {
        one_state(tx).await?;
        let run = run(tx, id).await?;
        let definition = definition_of(tx, id).await?;
        let mut reader = Self::of_definition(tx, (run.scale_id, &definition), &run.selection, run.as_of).await?;
        // Of which kind a customer is goes by its profit and its effort, whatever the scale reads.
        (reader.needs.figures, reader.needs.efforts) = (true, true);
        Ok((definition, reader))
    }

    /// Everything that a definition reads of a selection as of a month; judgements are those of the scale.
    pub(in crate::grading) async fn of_definition(
        tx: &TenantTx,
        (scale, definition): (ScaleId, &ScaleDefinition),
        selection: &Selection,
        as_of: Month,
    ) -> Result<Self> {
        let needs = Needs::of(definition.factors(), &definition.caps);
        let judged = judged(definition.factors());
        Self::open(tx, (scale, needs, judged), selection, as_of).await
    }

    /// What is needed of a selection as of a month; judgements are those of the scale on the factors named.
    pub(in crate::grading) async fn open(
        tx: &TenantTx,
        (scale, needs, judged): (ScaleId, Needs, Vec<String>),
        selection: &Selection,
        as_of: Month,
    ) -> Result<Self> {
        let left = match selected(tx, selection, as_of).await? {
            None => Left::After(Uuid::nil()),
            Some(mut some) => {
                some.sort_unstable();
                Left::Of(some.into_iter())
            }
        };
        Ok(Self { scale, as_of, needs, judged, figures: None, efforts: None, left })
    }

    /// How many customers there are to be read.
    pub(in crate::grading) async fn customers(&self, tx: &TenantTx) -> Result<usize> {
        let last = match &self.left {
            Left::Nobody => return Ok(0),
            Left::Of(some) => return Ok(some.len()),
            Left::After(last) => last,
        };
        let sql = "select count(*) from customers
                   where tenant_id = $1 and archived_at is null and merged_into is null and id > $2";
        let count = sqlx::query_scalar(sql).bind(tx.tenant().0).bind(last);
        let count: i64 = count.fetch_one(&mut *tx.conn().await?).await?;
        usize::try_from(count).map_err(Error::internal)
    }

    /// The next customers, by id; `None` when all have been read.
    pub(in crate::grading) async fn next(&mut self, tx: &TenantTx) -> Result<Option<ReadBatch>> {
        let Some((dossiers, range)) = self.next_dossiers(tx).await? else { return Ok(None) };
        if self.needs.figures && self.figures.is_none() {
            let (tenant, among_all) = (tx.tenant(), self.needs.among_all);
            let source = FigureSource::open(&mut *tx.conn().await?, tenant, self.as_of, among_all).await?;
            self.figures = Some(Arc::new(source));
        }
        self.read_efforts(tx).await?;
        let figures = match &self.figures {
            Some(source) => Some((source.clone(), source.read(&mut *tx.conn().await?, &range).await?)),
            None => None,
        };
        let some = if self.needs.finances || self.needs.upkeep { ids(&dossiers)? } else { Vec::new() };
        let finances = match self.needs.finances {
            true => Some(finances_for(&mut *tx.conn().await?, tx.tenant(), self.as_of, Some(&some)).await?),
            false => None,
        };
        let day = Some(Date(self.as_of.last_day()));
        let upkeep = if self.needs.upkeep { upkeep_for(tx, day, Some(&some)).await? } else { BTreeMap::new() };
        let judgements = match self.needs.judgements {
            true => judgement_rows(tx, self.scale, &self.judged, &range).await?,
            false => Vec::new(),
        };
        Ok(Some(ReadBatch { dossiers, figures, finances, efforts: self.efforts.clone(), upkeep, judgements }))
    }

    async fn read_efforts(&mut self, tx: &TenantTx) -> Result<()> {
        let Some(source) = self.figures.as_ref().filter(|_| self.needs.efforts && self.efforts.is_none()) else {
            return Ok(());
        };
        let rules = settings(tx).await?.thresholds.effort_rules();
        let efforts = source.efforts(&mut *tx.conn().await?, rules).await?;
        self.needs.finances |= efforts.book().basis == Some(EffortBasis::CostToServe);
        self.efforts = Some(Arc::new(efforts));
        Ok(())
    }

    /// Effort and margin of the whole book, once the first customers have been read.
    pub(in crate::grading) fn book_effort(&self) -> Option<BookEffort> {
        self.efforts.as_ref().map(|efforts| *efforts.book())
    }

    async fn next_dossiers(&mut self, tx: &TenantTx) -> Result<Option<(Vec<PgRow>, CustomerRange)>> {
        match &mut self.left {
            Left::Nobody => Ok(None),
            Left::After(after) => {
                let after = *after;
                let read = dossier_rows_after(tx, after, BATCH).await?;
                let through = read.last().map(|row| row.try_get("id")).transpose()?.unwrap_or(after);
                self.left = if read.len() == BATCH { Left::After(through) } else { Left::Nobody };
                Ok(Some((read, CustomerRange { after, through, listed: None })))
            }
            Left::Of(some) => {
                let batch: Vec<CustomerId> = some.by_ref().take(BATCH).collect();
                if some.len() == 0 {
                    self.left = Left::Nobody;
                }
                let range = CustomerRange::of(batch.iter().map(|id| id.0).collect());
                Ok(Some((dossier_rows(tx, Some(&batch)).await?, range)))
            }
        }
    }
}

/// Customers as they were read. To make facts of them is much work, which another thread may do.
#[derive(Debug)]
pub(in crate::grading) struct ReadBatch {
    dossiers: Vec<PgRow>,
    figures: Option<(Arc<FigureSource>, FigureRows)>,
    finances: Option<Finances>,
    efforts: Option<Arc<Efforts>>,
    upkeep: BTreeMap<CustomerId, CustomerUpkeep>,
    judgements: Vec<PgRow>,
}

impl ReadBatch {
    /// What was read.
    pub(in crate::grading) fn decode(self) -> Result<CustomerBatch> {
        let dossiers: Vec<DossierFacts> = self.dossiers.iter().map(dossier).collect::<Result<_>>()?;
        let figures = match &self.figures {
            Some((source, rows)) => {
                let named: Vec<(CustomerId, &str)> =
                    dossiers.iter().map(|dossier| (dossier.customer_id, dossier.external_id.as_str())).collect();
                source.figures(rows, &named)?
            }
            None => Vec::new(),
        };
        let mut judgements = Judgements::new();
        for row in &self.judgements {
            let of = judgements.entry(CustomerId(row.try_get("customer_id")?)).or_default();
            of.insert(row.try_get("factor_code")?, row.try_get("level")?);
        }
        let (finances, efforts, upkeep) = (self.finances, self.efforts, self.upkeep);
        Ok(CustomerBatch { dossiers, figures, finances, efforts, upkeep, judgements })
    }
}

/// What is known of some customers.
#[derive(Debug)]
pub(in crate::grading) struct CustomerBatch {
    dossiers: Vec<DossierFacts>,
    /// In the order of the dossiers; none where the definition asks for none.
    figures: Vec<CustomerFigures>,
    finances: Option<Finances>,
    efforts: Option<Arc<Efforts>>,
    upkeep: BTreeMap<CustomerId, CustomerUpkeep>,
    judgements: Judgements,
}

impl CustomerBatch {
    /// What is known of each.
    pub(in crate::grading) fn known(&self) -> impl Iterator<Item = Known<'_>> {
        self.dossiers.iter().enumerate().map(|(place, dossier)| {
            let id = dossier.customer_id;
            Known {
                dossier,
                figures: self.figures.get(place),
                finances: self.finances.as_ref(),
                efforts: self.efforts.as_deref(),
                upkeep: self.upkeep.get(&id),
                judgements: self.judgements.get(&id),
            }
        })
    }
}

/// The efforts of all customers in the 12 months that end with a month, by the tenant's rules.
pub(in crate::grading) async fn efforts(tx: &TenantTx, as_of: Month) -> Result<Efforts> {
    let rules = settings(tx).await?.thresholds.effort_rules();
    efforts_for(&mut *tx.conn().await?, tx.tenant(), as_of, rules).await
}

fn ids(dossiers: &[PgRow]) -> Result<Vec<CustomerId>> {
    dossiers.iter().map(|row| Ok(CustomerId(row.try_get("id")?))).collect()
}

/// How many customers there are, archived ones and those that have become one with another left out.
pub(in crate::grading) async fn book_size(tx: &TenantTx) -> Result<i32> {
    let sql = "select count(*) from customers
               where tenant_id = $1 and archived_at is null and merged_into is null";
    let count: i64 = sqlx::query_scalar(sql).bind(tx.tenant().0).fetch_one(&mut *tx.conn().await?).await?;
    i32::try_from(count).map_err(Error::internal)
}

/// A job's read may see one state for longer than a request's.
async fn one_state(tx: &TenantTx) -> Result<()> {
    let mut conn = tx.conn().await?;
    sqlx::query("set transaction isolation level repeatable read").execute(&mut *conn).await?;
    sqlx::query("set local statement_timeout = '10min'").execute(&mut *conn).await?;
    Ok(())
}

const DOSSIER: &str =
    "select id, external_id, stage, industry, territory, city, country, currency, segment_hint, employees,
        annual_revenue, credit_limit, attributes
    from customers where tenant_id = $1 and archived_at is null and merged_into is null";

/// The dossiers of all the tenant's customers that are not archived, or of those of them that are listed, by external id.
pub(in crate::grading) async fn dossiers(tx: &TenantTx, some: Option<&[CustomerId]>) -> Result<Vec<DossierFacts>> {
    dossier_rows(tx, some).await?.iter().map(dossier).collect()
}

async fn dossier_rows(tx: &TenantTx, some: Option<&[CustomerId]>) -> Result<Vec<PgRow>> {
    let ids: Option<Vec<Uuid>> = some.map(|ids| ids.iter().map(|id| id.0).collect());
    let sql = format!("{DOSSIER} and ($2::uuid[] is null or id = any($2)) order by external_id collate \"C\"");
    let query = sqlx::query(AssertSqlSafe(sql)).bind(tx.tenant().0).bind(ids).persistent(false);
    Ok(query.fetch_all(&mut *tx.conn().await?).await?)
}

/// So many dossiers of customers that are not archived, from behind an id on, by id.
async fn dossier_rows_after(tx: &TenantTx, last: Uuid, most: usize) -> Result<Vec<PgRow>> {
    let sql = format!("{DOSSIER} and id > $2 order by id limit $3");
    let query = sqlx::query(AssertSqlSafe(sql)).bind(tx.tenant().0).bind(last).bind(most as i64);
    Ok(query.fetch_all(&mut *tx.conn().await?).await?)
}

/// The ratings of some customers on a scale.
async fn judgement_rows(
    tx: &TenantTx,
    scale: ScaleId,
    factors: &[String],
    customers: &CustomerRange,
) -> Result<Vec<PgRow>> {
    let query = sqlx::query(
        "select customer_id, factor_code, level from judgements
         where tenant_id = $1 and scale_id = $2 and factor_code = any($3) and customer_id > $4 and customer_id <= $5
             and ($6::uuid[] is null or customer_id = any($6))",
    );
    let query = query.bind(tx.tenant().0).bind(scale.0).bind(factors).bind(customers.after).bind(customers.through);
    Ok(query.bind(&customers.listed).persistent(false).fetch_all(&mut *tx.conn().await?).await?)
}

/// The factors that members rate.
pub(super) fn judged<'a>(factors: impl IntoIterator<Item = &'a Factor>) -> Vec<String> {
    let rated = factors.into_iter().filter(|factor| matches!(factor.source, FactorSource::Judgement(_)));
    rated.map(|factor| factor.code.to_string()).collect()
}

fn dossier(row: &PgRow) -> Result<DossierFacts> {
    let Json(attributes) = row.try_get("attributes").map_err(Error::from)?;
    Ok(DossierFacts {
        customer_id: CustomerId(row.try_get("id")?),
        external_id: row.try_get("external_id")?,
        stage: row.try_get("stage")?,
        industry: row.try_get("industry")?,
        territory: row.try_get("territory")?,
        city: row.try_get("city")?,
        country: row.try_get("country")?,
        currency: row.try_get("currency")?,
        segment_hint: row.try_get("segment_hint")?,
        employees: row.try_get("employees")?,
        annual_revenue: row.try_get("annual_revenue")?,
        credit_limit: row.try_get("credit_limit")?,
        attributes,
    })
}
