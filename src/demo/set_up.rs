//! Loading, grading, mapping and planning the demonstration's tenant.

use std::time::Duration;

use async_graphql::MaybeUndefined;
use rust_decimal::Decimal;

use super::attributes::definitions;
use super::files::files;
use super::judgements::judgements;
use super::replacements::replacements;
use super::{DemoData, GeneratorSettings, PurchasePotential, generate};
use crate::dossiers::{self, DEFAULT_SYSTEM, PotentialUpsert, Provenance};
use crate::error::{Error, Result};
use crate::ge_matrix::{self, GeMappingIn, GeModelIn};
use crate::grading::{self, AllCustomers, GradingRunIn, Prospects, Selection};
use crate::imports::{ImportKind, ImportSettings, NewImport, import_file};
use crate::intake::RowOutcome;
use crate::jobs::{JobOut, JobState, jobs_by_id};
use crate::plans::{self, PlanIn, PlanMethod};
use crate::scales::{self, ScaleIn, ScaleOut};
use crate::tenancy::{Actor, TenantDb};
use crate::tenants::{self, TenantPatch};
use crate::values::{Code, Exact, JobId, Label, Month, SalespersonId};

/// The demonstration's tenant.
pub const SLUG: &str = "demo";
/// The last month of its sales: half of the year that runs.
pub const AS_OF: (i32, u32) = (2026, 6);
/// Months between its two gradings and between its two mappings, so that there is movement.
const BETWEEN: i32 = 12;
/// The year that is planned and runs; the three before it are whole.
const PLAN_YEAR: i32 = 2026;
/// Whoever has the salesperson's token.
const SELLER: &str = "S01";
/// What money that customers owe costs a year, in hundredths.
const CAPITAL_COST: i64 = 8;
/// Its target, in EUR.
const TARGET: i64 = 60_000_000;
const POLL: Duration = Duration::from_millis(20);

/// Fills an empty tenant whose base currency is EUR; `tell` hears what is being done. A worker must be at work, and only
/// one: each job is waited for, so that ids are given in the same order every time.
///
/// # Errors
/// The first thing that goes wrong.
pub async fn set_up(db: &TenantDb, actor: &Actor, tell: &impl Fn(&str)) -> Result<()> {
    let as_of = Month::new(AS_OF.0, AS_OF.1).ok_or_else(|| Error::internal("the demonstration's month"))?;
    let settings = GeneratorSettings::new(as_of);
    let data = generate(&settings);
    let capital_cost_rate = MaybeUndefined::Value(Exact(Decimal::new(CAPITAL_COST, 2)));
    let patch = TenantPatch { name: None, fiscal_year_start_month: None, capital_cost_rate };
    db.write(actor, async |tx| tenants::update(tx, patch, None).await).await?;
    let attributes = definitions()?;
    db.write(actor, async |tx| dossiers::upsert_attribute_definitions(tx, &attributes).await).await?;
    for (kind, content) in files(&data)? {
        load(db, actor, kind, &content, tell).await?;
    }
    load_potentials(db, actor, &data.potentials).await?;
    for (code, template, name, selection) in scales() {
        let scale = publish_scale(db, actor, (code, template), name).await?;
        judge(db, actor, (&settings, &data), &scale).await?;
        for month in [as_of.plus(-BETWEEN), as_of] {
            grade(db, actor, (code, month), &selection).await?;
        }
        tell(&format!("judged and graded with the scale {code}"));
    }
    map(db, actor, as_of, tell).await?;
    plan(db, actor, &data, tell).await
}

/// The salesperson whose token the demonstration gives.
///
/// # Errors
/// The database's; `internal` where the demonstration has none.
pub async fn salesperson(db: &TenantDb, actor: &Actor) -> Result<SalespersonId> {
    let first = async |tx: &_| dossiers::salespeople_by_external_id(tx, &[SELLER.to_owned()]).await;
    let found = db.read(actor, first).await?;
    found.get(SELLER).copied().ok_or_else(|| Error::internal("the demonstration has no salesperson"))
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
    refused(db.write_long(actor, upsert).await?)
}

/// Whatever was refused first.
fn refused(outcomes: Vec<RowOutcome>) -> Result<()> {
    match outcomes.into_iter().find(|outcome| !outcome.problems.is_empty()) {
        Some(refused) => Err(Error::invalid(refused.problems)),
        None => Ok(()),
    }
}

/// The company's scales: code, template, name, who is graded.
fn scales() -> [(&'static str, &'static str, Label, Selection); 2] {
    let (all, prospects) = (Selection::All(AllCustomers::default()), Selection::Prospects(Prospects::default()));
    [
        ("distributor", "industrial_distributor", Label::new("Distributor scale", "经销商客户分级量表"), all),
        ("prospects", "prospects", Label::new("Prospects scale", "潜在客户分级量表"), prospects),
    ]
}

async fn publish_scale(db: &TenantDb, actor: &Actor, (code, template): (&str, &str), name: Label) -> Result<ScaleOut> {
    let (code, template) = (self::code(code)?, Some(self::code(template)?));
    let new = ScaleIn { scope: None, code, name, purpose: None, template, definition: None };
    db.write(actor, async |tx| {
        let scale = scales::create(tx, new).await?;
        scales::publish_version(tx, scale.id, scale.latest_version, None).await?;
        Ok(scale)
    })
    .await
}

async fn judge(
    db: &TenantDb,
    actor: &Actor,
    (settings, data): (&GeneratorSettings, &DemoData),
    scale: &ScaleOut,
) -> Result<()> {
    let version = async |tx: &_| scales::scale_version(tx, scale.id, scale.latest_version).await;
    let definition = db.read(actor, version).await?.definition;
    let rows = judgements(settings, data, (&scale.code, &definition));
    let upsert = async |tx: &_| scales::upsert_judgements(tx, DEFAULT_SYSTEM, &rows).await;
    refused(db.write_long(actor, upsert).await?)
}

async fn grade(db: &TenantDb, actor: &Actor, (scale, as_of): (&str, Month), selection: &Selection) -> Result<()> {
    let scale_code = Some(code(scale)?);
    let run = GradingRunIn {
        scale_id: None,
        scale_code,
        version: None,
        as_of,
        selection: selection.clone(),
        official: None,
        trial: None,
        provisional: None,
    };
    let run = db.write(actor, async |tx| grading::start_run(tx, run).await).await?;
    finished(db, actor, run.job.id).await
}

async fn map(db: &TenantDb, actor: &Actor, as_of: Month, tell: &impl Fn(&str)) -> Result<()> {
    let standard = code("standard")?;
    let name = Label::new("Standard GE model", "标准GE矩阵模型");
    let new = GeModelIn { code: standard.clone(), name, template: Some(standard.clone()), definition: None };
    db.write(actor, async |tx| {
        let model = ge_matrix::create_model(tx, &new).await?;
        ge_matrix::publish_version(tx, model.id, 1, None).await
    })
    .await?;
    for as_of in [as_of.plus(-BETWEEN), as_of] {
        let model_code = Some(standard.clone());
        let mapping = GeMappingIn { model_id: None, model_code, version: None, as_of, provisional: None };
        let mapping = db.write(actor, async |tx| ge_matrix::start_mapping(tx, &mapping).await).await?;
        finished(db, actor, mapping.job.id).await?;
    }
    tell("mapped into the GE matrix");
    Ok(())
}

/// Plans the year that runs, both ways, from what was known when it began.
async fn plan(db: &TenantDb, actor: &Actor, data: &DemoData, tell: &impl Fn(&str)) -> Result<()> {
    let as_of = Month::new(PLAN_YEAR - 1, 12);
    let replaced = replacements(data, PLAN_YEAR - 1);
    let plans = [
        (format!("Task decomposition {PLAN_YEAR}"), PlanMethod::TaskDecomposition, None),
        (format!("Strategy-led {PLAN_YEAR}"), PlanMethod::StrategyLed, Some(replaced)),
    ];
    for (name, method, replacements) in plans {
        tell(&format!("planned: {name}"));
        let target = Some(Exact(Decimal::from(TARGET)));
        let new = PlanIn {
            name,
            fiscal_year: PLAN_YEAR,
            method,
            target,
            as_of,
            provisional: None,
            settings: None,
            replacements,
            replacements_of: None,
        };
        let plan = db.write(actor, async |tx| plans::create(tx, new).await).await?;
        finished(db, actor, plan.job.id).await?;
    }
    Ok(())
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
