//! Facts of many customers: one statement a kind of fact, whatever the number of customers.

use std::collections::BTreeMap;

use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

use crate::error::Result;
use crate::metrics::{Metric, completeness_for, figures_for};
use crate::scales::facts::{Dossier, FactQuery, FactSheet, KnownCustomer};
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, ScaleId};

impl FactSheet {
    /// The facts of all the tenant's customers, prospects too, or of those listed, by external id. The caller has checked
    /// the permission.
    ///
    /// # Errors
    /// The database's.
    pub async fn load(tx: &TenantTx, query: FactQuery, customers: Option<&[CustomerId]>) -> Result<Self> {
        let figures = figures_for(&mut *tx.conn().await?, tx.tenant(), query.as_of, customers).await?;
        let mut dossiers = dossiers(tx, customers).await?;
        let completeness = if query.asks_for(Metric::Completeness) {
            completeness_for(&mut *tx.conn().await?, tx.tenant(), customers).await?
        } else {
            Vec::new()
        };
        let completeness: BTreeMap<_, _> = completeness.into_iter().map(|c| (c.customer_id, c.share)).collect();
        let mut judgements = match query.scale {
            Some(scale) => judgements(tx, scale, customers).await?,
            None => BTreeMap::new(),
        };
        let known = figures.into_iter().map(|figures| {
            let id = figures.customer_id;
            KnownCustomer {
                dossier: dossiers.remove(&id).unwrap_or_default(),
                completeness: completeness.get(&id).copied(),
                judgements: judgements.remove(&id).unwrap_or_default(),
                figures,
            }
        });
        let known = known.collect();
        Ok(Self::new(query.slots, known))
    }
}

async fn dossiers(tx: &TenantTx, customers: Option<&[CustomerId]>) -> Result<BTreeMap<CustomerId, Dossier>> {
    let rows = sqlx::query(
        "select c.id, c.name, c.stage, c.industry, c.territory, c.city, c.country, c.currency, c.segment_hint,
                c.employees, c.annual_revenue, c.credit_limit, c.attributes, p.amount as potential
         from customers c
         left join (select customer_id, sum(yearly_amount) as amount from purchase_potentials
                    where tenant_id = $1 group by customer_id) p on p.customer_id = c.id
         where c.tenant_id = $1 and ($2::uuid[] is null or c.id = any($2))",
    )
    .bind(tx.tenant().0)
    .bind(uuids(customers))
    .persistent(false)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    rows.iter().map(|row| Ok((CustomerId(row.try_get("id")?), dossier(row)?))).collect()
}

fn dossier(row: &PgRow) -> Result<Dossier> {
    Ok(Dossier {
        name: row.try_get("name")?,
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
        potential: row.try_get("potential")?,
        attributes: row.try_get::<Value, _>("attributes")?,
    })
}

/// Each customer's levels by factor.
async fn judgements(
    tx: &TenantTx,
    scale: ScaleId,
    customers: Option<&[CustomerId]>,
) -> Result<BTreeMap<CustomerId, BTreeMap<String, String>>> {
    let mut sql = QueryBuilder::new("select customer_id, factor_code, level from judgements where tenant_id = ");
    sql.push_bind(tx.tenant().0).push(" and scale_id = ").push_bind(scale.0);
    if let Some(ids) = uuids(customers) {
        sql.push(" and customer_id = any(").push_bind(ids).push(")");
    }
    let rows: Vec<(Uuid, String, String)> = sql.build_query_as().fetch_all(&mut *tx.conn().await?).await?;
    let mut judgements: BTreeMap<CustomerId, BTreeMap<String, String>> = BTreeMap::new();
    for (customer, factor, level) in rows {
        judgements.entry(CustomerId(customer)).or_default().insert(factor, level);
    }
    Ok(judgements)
}

fn uuids(customers: Option<&[CustomerId]>) -> Option<Vec<Uuid>> {
    customers.map(|list| list.iter().map(|id| id.0).collect())
}
