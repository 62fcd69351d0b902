//! Everything a mapping reads of the customers, all from one state of the data.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

use super::judgements::judgements;
use super::mappings::{MappingWork, mapping_work};
use crate::dossiers::{CustomerUpkeep, upkeep_for};
use crate::error::Result;
use crate::ge_matrix::GeAxis;
use crate::grading::{DossierFacts, Judgements, Known, Needs, dossier_facts, efforts};
use crate::metrics::{CustomerFigures, Efforts, Fact, Finances, Metric, Missing, figures_for, finances_for};
use crate::sales::rates_on;
use crate::scales::{Factor, FactorSource};
use crate::tenancy::TenantTx;
use crate::tenants::current;
use crate::values::{Currency, CustomerId, Date, GeMappingId, TenantId, round_money};

/// The fields of a dossier that are amounts in the customer's own currency.
const AMOUNTS: [&str; 2] = ["annual_revenue", "credit_limit"];

/// All customers, by external id, and what is known of them.
#[derive(Debug)]
pub(in crate::ge_matrix) struct MappingFacts {
    pub(in crate::ge_matrix) dossiers: Vec<DossierFacts>,
    figures: BTreeMap<CustomerId, CustomerFigures>,
    finances: Option<Finances>,
    efforts: Option<Efforts>,
    upkeep: BTreeMap<CustomerId, CustomerUpkeep>,
    judgements: Judgements,
    /// Who has ever been sent an invoice; none where the model does not ask, or the tenant keeps no receivables.
    invoiced: Option<BTreeSet<CustomerId>>,
}

impl MappingFacts {
    /// What is known of the customer of a dossier.
    pub(in crate::ge_matrix) fn known<'a>(&'a self, dossier: &'a DossierFacts) -> Known<'a> {
        let id = dossier.customer_id;
        let (figures, upkeep, judgements) = (self.figures.get(&id), self.upkeep.get(&id), self.judgements.get(&id));
        let (finances, efforts) = (self.finances.as_ref(), self.efforts.as_ref());
        Known { dossier, figures, finances, efforts, upkeep, judgements }
    }

    /// The fact that a factor scores. Who was never sent an invoice owes nothing, but how it pays is not known.
    pub(in crate::ge_matrix) fn fact(&self, known: &Known<'_>, factor: &Factor) -> Fact {
        match &self.invoiced {
            Some(invoiced) if tells_payment(factor) && !invoiced.contains(&known.dossier.customer_id) => {
                Err(Missing::NoData)
            }
            _ => known.factor(factor),
        }
    }

    pub(in crate::ge_matrix) fn revenue_l12(&self, customer: CustomerId) -> Option<Decimal> {
        self.figures.get(&customer).map(|figures| figures.revenue_l12)
    }

    /// The sum over all categories; none where nothing is known.
    pub(in crate::ge_matrix) fn potential(&self, customer: CustomerId) -> Option<Decimal> {
        self.figures.get(&customer)?.purchase_potential.ok()
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
    let factors: Vec<&Factor> = axes.into_iter().flat_map(GeAxis::factors).collect();
    let needs = Needs::of(factors.iter().copied(), &[]);
    let day = work.as_of.last_day();
    let figures = figures_for(&mut *tx.conn().await?, tx.tenant(), work.as_of, None).await?;
    let finances = match needs.finances {
        true => Some(finances_for(&mut *tx.conn().await?, tx.tenant(), work.as_of, None).await?),
        false => None,
    };
    let efforts = match needs.efforts {
        true => Some(efforts(tx, work.as_of).await?),
        false => None,
    };
    let upkeep = match needs.upkeep {
        true => upkeep_for(tx, Some(Date(day)), None).await?,
        false => BTreeMap::new(),
    };
    let judgements = match needs.judgements {
        true => judgements(&mut *tx.conn().await?, tx.tenant(), &factors).await?,
        false => Judgements::new(),
    };
    let keeps_receivables = finances.as_ref().is_some_and(|finances| finances.keeps_receivables);
    let invoiced = match keeps_receivables && factors.iter().any(|factor| tells_payment(factor)) {
        true => Some(invoiced(&mut *tx.conn().await?, tx.tenant(), day).await?),
        false => None,
    };
    let mut dossiers = dossier_facts(tx, None).await?;
    if factors.iter().any(|factor| reads_amount(factor)) {
        in_base_currency(tx, &mut dossiers, day).await?;
    }
    let figures = figures.into_iter().map(|figures| (figures.customer_id, figures)).collect();
    Ok((work, Some(MappingFacts { dossiers, figures, finances, efforts, upkeep, judgements, invoiced })))
}

/// A job's read may see one state for longer than a request's.
async fn one_state(conn: &mut PgConnection) -> Result<()> {
    sqlx::query("set transaction isolation level repeatable read").execute(&mut *conn).await?;
    sqlx::query("set local statement_timeout = '10min'").execute(&mut *conn).await?;
    Ok(())
}

fn tells_payment(factor: &Factor) -> bool {
    let told = [Metric::DsoDays, Metric::OverdueAmount, Metric::OverdueDaysMax];
    matches!(&factor.source, FactorSource::Metric(metric) if told.contains(metric))
}

fn reads_amount(factor: &Factor) -> bool {
    matches!(&factor.source, FactorSource::Attribute(code) if AMOUNTS.contains(&code.as_str()))
}

/// Those who were sent an invoice up to a day.
async fn invoiced(conn: &mut PgConnection, tenant: TenantId, day: NaiveDate) -> Result<BTreeSet<CustomerId>> {
    let rows: Vec<Uuid> = sqlx::query_scalar(
        "select distinct customer_id from receivables where tenant_id = $1 and invoiced_on <= $2 and amount > 0",
    )
    .bind(tenant.0)
    .bind(day)
    .persistent(false)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(CustomerId).collect())
}

/// Amounts of the dossiers in the tenant's base currency, so that those of all customers can be compared. An amount in a
/// currency without a rate is not known.
async fn in_base_currency(tx: &TenantTx, dossiers: &mut [DossierFacts], day: NaiveDate) -> Result<()> {
    let base = current(tx).await?.base_currency;
    let currency = |dossier: &DossierFacts| match dossier.currency.as_deref() {
        None | Some("") => Some(base),
        Some(code) => code.parse::<Currency>().ok(),
    };
    let foreign = dossiers.iter().filter_map(currency).filter(|code| *code != base).map(|code| (code, day)).collect();
    let rates = rates_on(tx, foreign).await?;
    for dossier in dossiers {
        let rate = match currency(dossier) {
            Some(code) if code == base => continue,
            Some(code) => rates.get(&(code, day)).copied(),
            None => None,
        };
        for amount in [&mut dossier.annual_revenue, &mut dossier.credit_limit] {
            *amount = amount.zip(rate).and_then(|(amount, rate)| amount.checked_mul(rate)).map(round_money);
        }
    }
    Ok(())
}
