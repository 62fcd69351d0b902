//! Everything a mapping reads of the customers, all from one state of the data.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

use super::mappings::{MappingWork, mapping_work};
use crate::dossiers::{CustomerUpkeep, upkeep_for};
use crate::error::Result;
use crate::ge_matrix::GeAxis;
use crate::grading::{DossierFacts, Known, Needs, dossier_facts};
use crate::metrics::{CustomerFigures, Finances, figures_for, finances_for};
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, Date, GeMappingId, TenantId};

/// All customers, by external id, and what is known of them.
#[derive(Debug)]
pub(in crate::ge_matrix) struct MappingFacts {
    pub(in crate::ge_matrix) dossiers: Vec<DossierFacts>,
    figures: BTreeMap<CustomerId, CustomerFigures>,
    finances: Option<Finances>,
    upkeep: BTreeMap<CustomerId, CustomerUpkeep>,
    potentials: BTreeMap<CustomerId, Decimal>,
}

impl MappingFacts {
    /// What is known of the customer of a dossier.
    pub(in crate::ge_matrix) fn known<'a>(&'a self, dossier: &'a DossierFacts) -> Known<'a> {
        let id = dossier.customer_id;
        let (figures, upkeep) = (self.figures.get(&id), self.upkeep.get(&id));
        Known { dossier, figures, finances: self.finances.as_ref(), upkeep, judgements: None }
    }

    pub(in crate::ge_matrix) fn revenue_l12(&self, customer: CustomerId) -> Option<Decimal> {
        self.figures.get(&customer).map(|figures| figures.revenue_l12)
    }

    /// The sum over all categories; none where nothing is known.
    pub(in crate::ge_matrix) fn potential(&self, customer: CustomerId) -> Option<Decimal> {
        self.potentials.get(&customer).copied()
    }
}

/// A mapping and what it reads; nothing where it is complete. It must come first in its transaction, which sees one
/// state of the data from here on.
pub(in crate::ge_matrix) async fn load_facts(
    tx: &TenantTx,
    id: GeMappingId,
) -> Result<(MappingWork, Option<MappingFacts>)> {
    one_state(&mut *tx.conn().await?).await?;
    let work = mapping_work(tx, id).await?;
    if work.counts.is_some() {
        return Ok((work, None));
    }
    let axes = [&work.definition.attractiveness, &work.definition.competitive_strength];
    let needs = Needs::of(axes.into_iter().flat_map(GeAxis::factors), &[]);
    let figures = figures_for(&mut *tx.conn().await?, tx.tenant(), work.as_of, None).await?;
    let finances = match needs.finances {
        true => Some(finances_for(&mut *tx.conn().await?, tx.tenant(), work.as_of, None).await?),
        false => None,
    };
    let upkeep = match needs.upkeep {
        true => upkeep_for(tx, Some(Date(work.as_of.last_day())), None).await?,
        false => BTreeMap::new(),
    };
    let facts = MappingFacts {
        dossiers: dossier_facts(tx, None).await?,
        figures: figures.into_iter().map(|figures| (figures.customer_id, figures)).collect(),
        finances,
        upkeep,
        potentials: potentials(&mut *tx.conn().await?, tx.tenant()).await?,
    };
    Ok((work, Some(facts)))
}

/// A job's read may see one state for longer than a request's.
async fn one_state(conn: &mut PgConnection) -> Result<()> {
    sqlx::query("set transaction isolation level repeatable read").execute(&mut *conn).await?;
    sqlx::query("set local statement_timeout = '10min'").execute(&mut *conn).await?;
    Ok(())
}

async fn potentials(conn: &mut PgConnection, tenant: TenantId) -> Result<BTreeMap<CustomerId, Decimal>> {
    let rows: Vec<(Uuid, Decimal)> = sqlx::query_as(
        "select customer_id, sum(yearly_amount) from purchase_potentials where tenant_id = $1 group by customer_id",
    )
    .bind(tenant.0)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(customer, amount)| (CustomerId(customer), amount)).collect())
}
