//! Loading, grading, mapping and planning the demonstration's tenant.

use std::time::Duration;

use rust_decimal::Decimal;

use super::attributes::definitions;
use super::files::files;
use super::{GeneratorSettings, PurchasePotential, generate};
use crate::dossiers::{self, DEFAULT_SYSTEM, PotentialUpsert, Provenance};
use crate::error::{Error, ErrorCode, Result};
use crate::ge_matrix::{self, GeMappingIn, GeModelIn};
use crate::grading::{self, AllCustomers, GradingRunIn, Prospects, Selection};
use crate::imports::{ImportKind, ImportSettings, NewImport, import_file};
use crate::jobs::{JobOut, JobState, jobs_by_id};
use crate::plans::{self, PlanIn, PlanMethod};
use crate::scales::{self, ScaleIn};
use crate::tenancy::{Actor, TenantDb};
use crate::values::{Code, Exact, JobId, Label, Month};

/// The demonstration's tenant.
pub const SLUG: &str = "demo";
/// The last month of its sales.
pub const AS_OF: (i32, u32) = (2026, 6);
/// The year it is planned for.
const PLAN_YEAR: i32 = 2027;
/// Its target, in EUR.
const TARGET: i64 = 60_000_000;
const POLL: Duration = Duration::from_millis(20);

/// Fills a tenant whose base currency is EUR; `tell` hears what is being done. A worker must be at work. What an earlier
/// set-up that broke off has left is kept, so it may be called again.
///
/// # Errors
/// The first thing that goes wrong.
pub async fn set_up(db: &TenantDb, actor: &Actor, tell: &impl Fn(&str)) -> Result<()> {
    let as_of = Month::new(AS_OF.0, AS_OF.1).ok_or_else(|| Error::internal("the demonstration's month"))?;
    let data = generate(&GeneratorSettings::new(as_of));
    let attributes = definitions()?;
    db.write(actor, async |tx| dossiers::upsert_attribute_definitions(tx, &attributes).await).await?;
    for (kind, content) in files(&data)? {
        load(db, actor, kind, &content, tell).await?;
    }
    load_potentials(db, actor, &data.potentials).await?;
    grade(db, actor, as_of, tell).await?;
    map(db, actor, as_of, tell).await?;
    plan(db, actor, as_of, tell).await
}

async fn load(db: &TenantDb, actor: &Actor, kind: ImportKind, content: &[u8], tell: &impl Fn(&str)) -> Result<()> {
    let new = NewImport { file_name: Some(format!("{kind}.csv")), ..NewImport::of_kind(kind) };
    let import = import_file(db, actor, &new, ImportSettings::default(), content, |_| {}).await?;
    ended_well(&import.job)?;
    if import.counts.errors > 0 {
        return Err(Error::internal(format!("the demonstration's {kind} have {} errors", import.counts.errors)));
    }
    tell(&format!("loaded {kind}: {}", import.counts.created + import.counts.updated + import.counts.unchanged));
    Ok(())
}

async fn load_potentials(db: &TenantDb, actor: &Actor, potentials: &[PurchasePotential]) -> Result<()> {
    let rows: Vec<_> = potentials
        .iter()
        .map(|p| PotentialUpsert {
            customer_external_id: p.customer_id.clone(),
            category: p.category.clone(),
            yearly_amount: Exact(p.amount),
            observed_at: None,
        })
        .collect();
    let provenance = Provenance::of(actor);
    let upsert = async |tx: &_| dossiers::upsert_purchase_potentials(tx, DEFAULT_SYSTEM, &rows, provenance).await;
    let outcomes = db.write_long(actor, upsert).await?;
    match outcomes.into_iter().find(|o| o.id.is_none()) {
        Some(refused) => Err(Error::invalid(refused.problems)),
        None => Ok(()),
    }
}

async fn grade(db: &TenantDb, actor: &Actor, as_of: Month, tell: &impl Fn(&str)) -> Result<()> {
    let scales = [
        (
            "distributor",
            "industrial_distributor",
            Label::new("Distributor scale", "分销商客户分级量表"),
            Selection::All(AllCustomers::default()),
        ),
        (
            "prospects",
            "prospects",
            Label::new("Prospects scale", "潜在客户分级量表"),
            Selection::Prospects(Prospects::default()),
        ),
    ];
    for (code, template, name, selection) in scales {
        let new = ScaleIn {
            scope: None,
            code: self::code(code)?,
            name,
            purpose: None,
            template: Some(self::code(template)?),
            definition: None,
        };
        let run = GradingRunIn { scale_id: None, scale_code: Some(self::code(code)?), version: None, as_of, selection };
        let made = db.write(actor, async |tx| {
            let scale = scales::create(tx, new).await?;
            scales::publish_version(tx, scale.id, scale.latest_version, None).await
        });
        unless_there(made.await.map(drop))?;
        let run = db.write(actor, async |tx| grading::start_run(tx, run).await).await?;
        finished(db, actor, run.job.id).await?;
        tell(&format!("graded with the scale {code}"));
    }
    Ok(())
}

async fn map(db: &TenantDb, actor: &Actor, as_of: Month, tell: &impl Fn(&str)) -> Result<()> {
    let standard = code("standard")?;
    let name = Label::new("Standard GE model", "标准GE矩阵模型");
    let new = GeModelIn { code: standard.clone(), name, template: Some(standard.clone()), definition: None };
    let mapping = GeMappingIn { model_id: None, model_code: Some(standard), version: None, as_of };
    let made = db.write(actor, async |tx| {
        let model = ge_matrix::create_model(tx, &new).await?;
        ge_matrix::publish_version(tx, model.id, 1, None).await
    });
    unless_there(made.await.map(drop))?;
    let mapping = db.write(actor, async |tx| ge_matrix::start_mapping(tx, &mapping).await).await?;
    finished(db, actor, mapping.job.id).await?;
    tell("mapped into the GE matrix");
    Ok(())
}

async fn plan(db: &TenantDb, actor: &Actor, as_of: Month, tell: &impl Fn(&str)) -> Result<()> {
    let plans =
        [("Task decomposition 2027", PlanMethod::TaskDecomposition), ("Strategy-led 2027", PlanMethod::StrategyLed)];
    for (name, method) in plans {
        let new = PlanIn {
            name: name.into(),
            fiscal_year: PLAN_YEAR,
            method,
            target: Some(Exact(Decimal::from(TARGET))),
            as_of: Some(as_of),
            settings: None,
            replacements: None,
        };
        let plan = db.write(actor, async |tx| plans::create(tx, new).await).await?;
        finished(db, actor, plan.job.id).await?;
        tell(&format!("planned: {name}"));
    }
    Ok(())
}

/// Passes over what an earlier, unfinished set-up has made already.
fn unless_there(made: Result<()>) -> Result<()> {
    made.or_else(|error| if error.code() == ErrorCode::Conflict { Ok(()) } else { Err(error) })
}

async fn finished(db: &TenantDb, actor: &Actor, id: JobId) -> Result<()> {
    loop {
        let job = db.read(actor, async |tx| Ok(jobs_by_id(tx, &[id]).await?.pop())).await?;
        let job = job.ok_or_else(|| Error::internal("a job of the demonstration is gone"))?;
        if job.state.is_final() {
            return ended_well(&job);
        }
        tokio::time::sleep(POLL).await;
    }
}

fn ended_well(job: &JobOut) -> Result<()> {
    match job.state {
        JobState::Completed => Ok(()),
        state => Err(Error::internal(format!("the demonstration's job {} is {state:?}: {:?}", job.kind, job.problem))),
    }
}

fn code(text: &str) -> Result<Code> {
    text.parse().map_err(Error::internal)
}
