//! Relay's `Node`: anything that has an id, by its id alone.

use async_graphql::{Context, ID, Interface, Object, Result};

use super::customer::Customer;
use crate::dossiers::SalespersonOut;
use crate::error::or_null;
use crate::ge_matrix::{GeMappingOut, GeModelOut};
use crate::grading::GradingRunOut;
use crate::imports::ImportOut;
use crate::jobs::JobOut;
use crate::plans::PlanOut;
use crate::sales::ProductOut;
use crate::scales::ScaleOut;
use crate::tenancy::{Session, TenantTx};
use crate::values::{
    CustomerId, GeMappingId, GeModelId, GlobalId, GradingRunId, ImportId, JobId, PlanId, ProductId, SalespersonId,
    ScaleId, parse_global_id,
};
use crate::{dossiers, error, ge_matrix, grading, imports, jobs, plans, sales, scales};

/// An object with a global id, by which `node` finds it again.
#[derive(Debug, Interface)]
#[graphql(field(name = "id", ty = "GlobalId", desc = "Its global id."))]
pub enum Node {
    /// A customer.
    Customer(Box<Customer>),
    /// A salesperson.
    Salesperson(SalespersonOut),
    /// A product.
    Product(ProductOut),
    /// A background job.
    Job(Box<JobOut>),
    /// A file import.
    Import(Box<ImportOut>),
    /// A scale.
    Scale(ScaleOut),
    /// A grading run.
    GradingRun(Box<GradingRunOut>),
    /// A GE model.
    GeModel(GeModelOut),
    /// A mapping of all customers into a GE model's cells.
    GeMapping(Box<GeMappingOut>),
    /// A sales plan.
    Plan(Box<PlanOut>),
}

/// The query that finds any object by its id.
#[derive(Debug, Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object with a global id: a `Customer`, `Salesperson`, `Product`, `Job`, `Import`, `Scale`, `GradingRun`,
    /// `GeModel`, `GeMapping` or `Plan`; null where there is none. It needs the permission its own field needs.
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Node>> {
        let Some((kind, uuid)) = parse_global_id(&id) else { return Ok(None) };
        let tx = Session::of(ctx)?.snapshot().await?;
        Ok(or_null(find(&tx, &kind, uuid).await)?)
    }
}

async fn find(tx: &TenantTx, kind: &str, id: uuid::Uuid) -> error::Result<Node> {
    Ok(match kind {
        CustomerId::KIND => Node::Customer(Box::new(dossiers::customer(tx, id.into()).await?.into())),
        SalespersonId::KIND => Node::Salesperson(dossiers::salesperson(tx, id.into()).await?),
        ProductId::KIND => Node::Product(sales::product(tx, id.into()).await?),
        JobId::KIND => Node::Job(Box::new(jobs::get(tx, id.into()).await?)),
        ImportId::KIND => Node::Import(Box::new(imports::import(tx, id.into()).await?)),
        ScaleId::KIND => Node::Scale(scales::get(tx, id.into()).await?),
        GradingRunId::KIND => Node::GradingRun(Box::new(grading::get_run(tx, id.into()).await?)),
        GeModelId::KIND => Node::GeModel(ge_matrix::model(tx, id.into()).await?),
        GeMappingId::KIND => Node::GeMapping(Box::new(ge_matrix::mapping(tx, id.into()).await?)),
        PlanId::KIND => Node::Plan(Box::new(plans::get(tx, id.into()).await?)),
        _ => return Err(error::Error::not_found()),
    })
}
