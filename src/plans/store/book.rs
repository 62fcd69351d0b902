//! The book a plan is generated from: one statement for each kind of figure.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sqlx::Executor;
use uuid::Uuid;

use super::history::{self, Potentials};
use super::plan::PlanRow;
use super::standing;
use crate::error::Result;
use crate::plans::{MarketHeadroom, Named, PlanBook, PlanCustomer, PlanStage};
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, FiscalYear, Month};

#[derive(sqlx::FromRow)]
struct CustomerRow {
    id: Uuid,
    external_id: String,
    name: String,
    stage: String,
    segment: Option<String>,
    territory: Option<String>,
    owner: Option<String>,
    owner_name: Option<String>,
    first_day: Option<NaiveDate>,
}

/// Has all statements of this transaction see one state of the data, so that the figures of a book belong together. To be
/// called before any other statement.
pub(in crate::plans) async fn see_one_state(tx: &TenantTx) -> Result<()> {
    tx.conn().await?.execute("set transaction isolation level repeatable read").await?;
    Ok(())
}

/// Everything the generators read, as of the plan's month: no sale after it is in any figure.
pub(in crate::plans) async fn book(tx: &TenantTx, plan: &PlanRow, year: FiscalYear) -> Result<PlanBook> {
    let as_of = plan.as_of;
    let found = customers(tx, as_of).await?;
    let mut months = history::months(tx, as_of, year.start_month).await?;
    let mut by_category = history::categories(tx, as_of).await?;
    let mut potentials = history::potentials(tx).await?;
    let mut grades = standing::grades(tx, as_of).await?;
    let mut cells = standing::cells(tx, as_of).await?;
    let customer = |row: CustomerRow| {
        let id = CustomerId(row.id);
        let customer = PlanCustomer {
            id,
            external_id: row.external_id,
            name: row.name,
            territory: named(row.territory.clone(), row.territory),
            salesperson: named(row.owner, row.owner_name),
            grade: grades.remove(&id),
            segment: row.segment,
            ge_cell: cells.remove(&id),
            stage: stage(&row.stage),
            years: [None; 3],
            net_l12: None,
            months_of_history: 0,
            net_by_category: by_category.remove(&id).unwrap_or_default(),
            net_by_month: BTreeMap::new(),
            potential_by_category: potentials.remove(&id).unwrap_or_else(Potentials::new),
        };
        let months = months.remove(&id).unwrap_or_default();
        customer.with_history(&months, row.first_day.map(Month::of), as_of, year.start_month)
    };
    Ok(PlanBook {
        year,
        currency: plan.currency,
        places: plan.currency.minor_unit_places(),
        as_of,
        customers: found.into_iter().map(customer).collect(),
        category_names: BTreeMap::new(),
        category_months: history::category_months(tx, as_of).await?,
        market: MarketHeadroom::default(),
        settings: plan.settings.clone(),
    })
}

async fn customers(tx: &TenantTx, as_of: Month) -> Result<Vec<CustomerRow>> {
    let rows = sqlx::query_as(
        "select c.id, c.external_id, c.name, c.stage, coalesce(nullif(c.industry, ''), nullif(c.segment_hint, '')) as segment,
             c.territory, s.external_id as owner,
             s.name as owner_name, h.first_day
         from customers c
         left join salespeople s on s.tenant_id = $1 and s.id = c.owner_id
         left join (
             select l.customer_id, min(l.day) as first_day
             from sales_lines l where l.tenant_id = $1 and l.day < $2 group by l.customer_id) h on h.customer_id = c.id
         where c.tenant_id = $1 and c.archived_at is null and c.merged_into is null
         order by c.external_id collate \"C\"",
    )
    .bind(tx.tenant().0)
    .bind(as_of.plus(1).first_day())
    .persistent(false)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(rows)
}

fn named(key: Option<String>, name: Option<String>) -> Option<Named> {
    let key = key.filter(|key| !key.is_empty())?;
    Some(Named { name: name.unwrap_or_else(|| key.clone()), key })
}

fn stage(word: &str) -> PlanStage {
    match word {
        "prospect" => PlanStage::Prospect,
        "dormant" => PlanStage::Dormant,
        "lost" => PlanStage::Lost,
        _ => PlanStage::Active,
    }
}
