//! The facts of a selection of customers, all from one state of the data.

use std::collections::BTreeMap;

use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::runs::run;
use super::selected::selected;
use crate::dossiers::{CustomerUpkeep, upkeep_for};
use crate::error::{Error, Result};
use crate::grading::{DossierFacts, Judgements, Needs, Selection};
use crate::metrics::{CustomerFigures, Finances, figures_for, finances_for};
use crate::scales::{ScaleDefinition, scale_version};
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, Date, GradingRunId, Month, ScaleId};

/// Everything a run reads.
#[derive(Debug)]
pub(in crate::grading) struct RunFacts {
    pub(in crate::grading) definition: ScaleDefinition,
    /// The customers selected, by external id.
    pub(in crate::grading) dossiers: Vec<DossierFacts>,
    pub(in crate::grading) figures: BTreeMap<CustomerId, CustomerFigures>,
    pub(in crate::grading) finances: Option<Finances>,
    pub(in crate::grading) upkeep: BTreeMap<CustomerId, CustomerUpkeep>,
    pub(in crate::grading) judgements: Judgements,
}

/// Reads everything a run needs. It must come first in its transaction, which sees one state of the data from here on.
pub(in crate::grading) async fn load_run_facts(tx: &TenantTx, id: GradingRunId) -> Result<RunFacts> {
    one_state(tx).await?;
    let run = run(tx, id).await?;
    let definition = scale_version(tx, run.scale_id, run.scale_version).await?.definition;
    facts_of(tx, (run.scale_id, definition), &run.selection, run.as_of).await
}

/// Everything that a definition reads of a selection as of a month; judgements are those of the scale.
pub(in crate::grading) async fn facts_of(
    tx: &TenantTx,
    (scale, definition): (ScaleId, ScaleDefinition),
    selection: &Selection,
    as_of: Month,
) -> Result<RunFacts> {
    let needs = Needs::of(definition.factors(), &definition.caps);
    let selected = selected(tx, selection, as_of).await?;
    let dossiers = dossiers(tx, selected.as_deref()).await?;
    let some = selected.as_deref();
    let figures = if needs.figures { figures(tx, as_of, some).await? } else { BTreeMap::new() };
    let finances = match needs.finances {
        true => Some(finances_for(&mut *tx.conn().await?, tx.tenant(), as_of, some).await?),
        false => None,
    };
    let day = Some(Date(as_of.last_day()));
    let upkeep = if needs.upkeep { upkeep_for(tx, day, some).await? } else { BTreeMap::new() };
    let judgements = if needs.judgements { judgements(tx, scale).await? } else { Judgements::new() };
    Ok(RunFacts { definition, dossiers, figures, finances, upkeep, judgements })
}

/// A job's read may see one state for longer than a request's.
async fn one_state(tx: &TenantTx) -> Result<()> {
    let mut conn = tx.conn().await?;
    sqlx::query("set transaction isolation level repeatable read").execute(&mut *conn).await?;
    sqlx::query("set local statement_timeout = '10min'").execute(&mut *conn).await?;
    Ok(())
}

/// The dossiers of all the tenant's customers that are not archived, or of those of them that are listed, by external id.
pub(in crate::grading) async fn dossiers(tx: &TenantTx, some: Option<&[CustomerId]>) -> Result<Vec<DossierFacts>> {
    let ids: Option<Vec<Uuid>> = some.map(|ids| ids.iter().map(|id| id.0).collect());
    let rows = sqlx::query(
        "select id, external_id, stage, industry, territory, city, country, currency, segment_hint, employees,
                annual_revenue, credit_limit, attributes
         from customers
         where tenant_id = $1 and archived_at is null and merged_into is null and ($2::uuid[] is null or id = any($2))
         order by external_id collate \"C\"",
    )
    .bind(tx.tenant().0)
    .bind(ids)
    .persistent(false)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    rows.iter().map(dossier).collect()
}

/// The metrics from sales and potential, by customer.
pub(super) async fn figures(
    tx: &TenantTx,
    as_of: Month,
    some: Option<&[CustomerId]>,
) -> Result<BTreeMap<CustomerId, CustomerFigures>> {
    let rows = figures_for(&mut *tx.conn().await?, tx.tenant(), as_of, some).await?;
    Ok(rows.into_iter().map(|row| (row.customer_id, row)).collect())
}

/// The ratings on a scale.
pub(super) async fn judgements(tx: &TenantTx, scale: ScaleId) -> Result<Judgements> {
    let rows: Vec<(Uuid, String, String)> =
        sqlx::query_as("select customer_id, factor_code, level from judgements where tenant_id = $1 and scale_id = $2")
            .bind(tx.tenant().0)
            .bind(scale.0)
            .fetch_all(&mut *tx.conn().await?)
            .await?;
    let mut judgements = Judgements::new();
    for (customer, factor, level) in rows {
        judgements.entry(CustomerId(customer)).or_default().insert(factor, level);
    }
    Ok(judgements)
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
