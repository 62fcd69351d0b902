//! `/v1/scales/{id}/judgements`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{CustomizeResponder, HttpResponse, Responder, get, post, put};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::error::Result;
use crate::exports::List;
use crate::intake::{BatchItem, BatchOut, BatchQuery, check_size, parse_items};
use crate::paging::{Page, PageQuery, PageRequest};
use crate::rest::{Json, JsonItems, Path, Query, Routes};
use crate::scales::ops;
use crate::scales::wire::{JudgementFilter, JudgementIn, JudgementOut, JudgementValueIn, MissingJudgements};
use crate::tenancy::{Actor, TenantDb, TenantTx};
use crate::values::{Code, CustomerId, ScaleId};

pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(judge_customers).service(judge_customer).service(list_judgements).service(list_missing_judgements);
}

/// A rating of a batch.
type JudgementItem = BatchItem<JudgementIn>;

/// Rate customers, up to 1,000 ratings; a newer rating takes the older one's place.
#[utoipa::path(tag = "scales", operation_id = "judgeCustomers", params(("id" = ScaleId, Path), BatchQuery), request_body = Vec<JudgementItem>, responses((status = 207, body = BatchOut)))]
#[post("/v1/scales/{id}/judgements:batch")]
async fn judge_customers(
    db: Data<TenantDb>,
    actor: Actor,
    id: Path<ScaleId>,
    query: Query<BatchQuery>,
    items: JsonItems,
) -> Result<CustomizeResponder<Json<BatchOut>>> {
    check_size(items.len())?;
    let (rows, mode) = (parse_items(items.into_inner()), query.mode());
    let batch = db.write(&actor, async |tx| ops::judge(tx, *id, rows, mode).await).await?;
    Ok(Json(batch).customize().with_status(StatusCode::MULTI_STATUS))
}

/// Rate a customer on a factor. The answer is the rating that counts: the newest.
#[utoipa::path(
    tag = "scales",
    operation_id = "judgeCustomer",
    params(
        ("id" = ScaleId, Path),
        ("customer_id" = CustomerId, Path, description = "The customer."),
        ("factor" = Code, Path, description = "A factor of the scale whose source is a judgement.", example = "cooperation")
    ),
    request_body = JudgementValueIn,
    responses((status = 200, body = JudgementOut), (status = 201, body = JudgementOut))
)]
#[put("/v1/scales/{id}/judgements/{customer_id}/{factor}")]
async fn judge_customer(
    db: Data<TenantDb>,
    actor: Actor,
    path: Path<(ScaleId, CustomerId, Code)>,
    value: Json<JudgementValueIn>,
) -> Result<CustomizeResponder<Json<JudgementOut>>> {
    let (id, customer, factor) = path.into_inner();
    let judgement = value.into_inner().of(customer, factor);
    let (judgement, is_new) = db.write(&actor, async |tx| ops::judge_one(tx, id, judgement).await).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(Json(judgement).customize().with_status(status))
}

/// Which ratings.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct JudgementsQuery {
    /// Of this customer.
    customer_id: Option<CustomerId>,
    /// Of this factor.
    #[param(example = "cooperation")]
    factor_code: Option<Code>,
    /// By this member.
    #[param(example = "li.na@acme.example")]
    author: Option<String>,
    /// `true`: the latest rating of every member, not only the newest of all, which counts.
    #[param(default = false)]
    every_member: Option<bool>,
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List the ratings of a scale, by customer and factor.
#[utoipa::path(tag = "scales", operation_id = "listJudgements", params(("id" = ScaleId, Path), JudgementsQuery), responses((status = 200, body = Page<JudgementOut>)))]
#[get("/v1/scales/{id}/judgements")]
async fn list_judgements(list: List, id: Path<ScaleId>, query: Query<JudgementsQuery>) -> Result<HttpResponse> {
    let JudgementsQuery { customer_id, factor_code, author, every_member, limit, cursor } = query.into_inner();
    let filter = JudgementFilter { customer_id, factor_code, author, every_member };
    let read = async move |tx: &TenantTx, page: &PageRequest| ops::judgements(tx, *id, &filter, page).await;
    list.of((limit, cursor), read).await
}

/// List how much each salesperson has still to judge for a version: own customers x factors that are judged, and how many
/// of these ratings are not there.
#[utoipa::path(tag = "scales", operation_id = "listMissingJudgements", params(("id" = ScaleId, Path), ("n" = i32, Path, description = "The version's number, from 1."), PageQuery), responses((status = 200, body = Page<MissingJudgements>)))]
#[get("/v1/scales/{id}/versions/{n}/missing-judgements")]
async fn list_missing_judgements(
    list: List,
    path: Path<(ScaleId, i32)>,
    query: Query<PageQuery>,
) -> Result<HttpResponse> {
    let (id, number) = path.into_inner();
    let read = async move |tx: &TenantTx, page: &PageRequest| ops::missing_judgements(tx, id, number, page).await;
    list.of(query.into_inner().into(), read).await
}
