//! Rows of plans.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{QueryBuilder, Row};

use super::{from_word, word};
use crate::error::{Error, Result};
use crate::jobs::JobOut;
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::plans::strategy_led::Replacement;
use crate::plans::wire::{PlanFilter, PlanIn, PlanOut, PlanState};
use crate::plans::{PlanInputs, PlanMethod, PlanReplacementOut, PlanSettings};
use crate::tenancy::TenantTx;
use crate::values::{Currency, Exact, JobId, Month, PlanId};

const COLUMNS: &str = "p.id, p.job_id, p.name, p.fiscal_year, p.method, p.state, p.target, p.total, p.currency, p.as_of, p.provisional, \
     p.settings, p.replacements, p.inputs, p.created_by, p.created_at, p.completed_at";
const CREATED: SortKey = SortKey { name: "created_at", sql: "p.created_at", sql_type: "timestamptz" };
const YEAR: SortKey = SortKey { name: "fiscal_year", sql: "p.fiscal_year", sql_type: "int" };
const NAME: SortKey = SortKey { name: "name", sql: "p.name", sql_type: "text" };
const ID: SortKey = SortKey { name: "id", sql: "p.id", sql_type: "uuid" };

/// A plan as it is stored.
#[derive(Clone, Debug)]
pub(in crate::plans) struct PlanRow {
    pub(in crate::plans) id: PlanId,
    pub(in crate::plans) job_id: JobId,
    pub(in crate::plans) name: String,
    pub(in crate::plans) fiscal_year: i32,
    pub(in crate::plans) method: PlanMethod,
    pub(in crate::plans) state: PlanState,
    pub(in crate::plans) target: Option<Exact>,
    pub(in crate::plans) total: Option<Exact>,
    pub(in crate::plans) currency: Currency,
    pub(in crate::plans) as_of: Month,
    pub(in crate::plans) provisional: bool,
    pub(in crate::plans) settings: PlanSettings,
    pub(in crate::plans) replacements: BTreeMap<String, Replacement>,
    pub(in crate::plans) inputs: Option<PlanInputs>,
    pub(in crate::plans) created_by: String,
    pub(in crate::plans) created_at: DateTime<Utc>,
    pub(in crate::plans) completed_at: Option<DateTime<Utc>>,
}

impl PlanRow {
    /// A plan that is to be generated.
    pub(in crate::plans) fn draft(
        id: PlanId,
        job_id: JobId,
        new: &PlanIn,
        as_of: Month,
        currency: Currency,
        tx: &TenantTx,
    ) -> Self {
        Self {
            id,
            job_id,
            name: new.name.clone(),
            fiscal_year: new.fiscal_year,
            method: new.method,
            state: PlanState::Draft,
            target: new.target.map(|target| Exact(in_minor_units(*target, currency))),
            total: None,
            currency,
            as_of,
            provisional: new.is_provisional(tx.now().date_naive()),
            settings: new.settings.clone().unwrap_or_default(),
            replacements: new.replacements.clone().unwrap_or_default(),
            inputs: None,
            created_by: tx.actor().subject.clone(),
            created_at: tx.now(),
            completed_at: None,
        }
    }

    /// As both faces show it.
    pub(in crate::plans) fn with_job(self, job: JobOut, pending_replacements: Vec<PlanReplacementOut>) -> PlanOut {
        PlanOut {
            id: self.id,
            job,
            name: self.name,
            fiscal_year: self.fiscal_year,
            method: self.method,
            state: self.state,
            target: self.target,
            total: self.total,
            currency: self.currency,
            as_of: self.as_of,
            provisional: self.provisional,
            settings: Some(self.settings),
            replacements: self.replacements,
            pending_replacements,
            inputs: self.inputs,
            created_by: self.created_by,
            created_at: self.created_at,
            completed_at: self.completed_at,
        }
    }
}

pub(in crate::plans) async fn insert(tx: &TenantTx, plan: &PlanRow) -> Result<()> {
    sqlx::query(
        "insert into plans (tenant_id, id, job_id, name, fiscal_year, method, state, target, currency, as_of, settings,
             replacements, created_by, created_at, provisional)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(tx.tenant().0)
    .bind(plan.id.0)
    .bind(plan.job_id.0)
    .bind(&plan.name)
    .bind(plan.fiscal_year)
    .bind(word(plan.method)?)
    .bind(word(plan.state)?)
    .bind(plan.target.map(Decimal::from))
    .bind(plan.currency.as_str())
    .bind(plan.as_of.first_day())
    .bind(Json(&plan.settings))
    .bind(Json(&plan.replacements))
    .bind(&plan.created_by)
    .bind(plan.created_at)
    .bind(plan.provisional)
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

pub(in crate::plans) async fn by_id(tx: &TenantTx, id: PlanId) -> Result<PlanRow> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(COLUMNS).push(" from plans p where p.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and p.id = ").push_bind(id.0);
    let row = sql.build().fetch_optional(&mut *tx.conn().await?).await?;
    row.as_ref().map(plan).transpose()?.ok_or_else(Error::not_found)
}

pub(in crate::plans) async fn page(
    tx: &TenantTx,
    filter: PlanFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<PlanRow>> {
    let order = Order::parse(sort, "-created_at", &[CREATED, YEAR, NAME], ID)?;
    let mut sql = QueryBuilder::new("select ");
    sql.push(COLUMNS).push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(" from plans p where p.tenant_id = ").push_bind(tx.tenant().0);
    if let Some(year) = filter.fiscal_year {
        sql.push(" and p.fiscal_year = ").push_bind(year);
    }
    if let Some(method) = filter.method {
        sql.push(" and p.method = ").push_bind(word(method)?);
    }
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, plan)
}

/// Those of the external ids that no customer has, in order.
pub(in crate::plans) async fn unknown_customers(tx: &TenantTx, external_ids: &[&str]) -> Result<Vec<String>> {
    let unknown = sqlx::query_scalar(
        "select n.external_id from unnest($2::text[]) n (external_id)
         where not exists (select from customers c where c.tenant_id = $1 and c.external_id = n.external_id
                             and c.archived_at is null and c.merged_into is null)
         order by n.external_id collate \"C\"",
    )
    .bind(tx.tenant().0)
    .bind(external_ids)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(unknown)
}

fn plan(row: &PgRow) -> Result<PlanRow> {
    let currency = Currency::stored(&row.try_get::<String, _>("currency")?).map_err(Error::internal)?;
    let money = |amount: Option<Decimal>| amount.map(|amount| Exact(in_minor_units(amount, currency)));
    Ok(PlanRow {
        id: PlanId(row.try_get("id")?),
        job_id: JobId(row.try_get("job_id")?),
        name: row.try_get("name")?,
        fiscal_year: row.try_get("fiscal_year")?,
        method: from_word(row.try_get("method")?)?,
        state: from_word(row.try_get("state")?)?,
        target: money(row.try_get("target")?),
        total: money(row.try_get("total")?),
        currency,
        as_of: Month::of(row.try_get::<NaiveDate, _>("as_of")?),
        provisional: row.try_get("provisional")?,
        settings: row.try_get::<Json<_>, _>("settings")?.0,
        replacements: row.try_get::<Json<_>, _>("replacements")?.0,
        inputs: row.try_get::<Option<Json<_>>, _>("inputs")?.map(|inputs| inputs.0),
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
        completed_at: row.try_get("completed_at")?,
    })
}

/// The amount printed to the currency's minor unit, which every amount of a plan is whole in; the columns have 4 places.
pub(super) fn in_minor_units(amount: Decimal, currency: Currency) -> Decimal {
    let mut padded = amount.normalize();
    if padded.scale() < currency.minor_unit_places() {
        padded.rescale(currency.minor_unit_places());
    }
    padded
}
