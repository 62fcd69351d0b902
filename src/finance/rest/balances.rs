//! `/v1/receivables/balances` and `/v1/receivables/ageing`.

use actix_web::{HttpResponse, get};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::error::{Error, Result};
use crate::exports::List;
use crate::finance::ops;
use crate::finance::wire::{AgeingAmounts, AgeingBy, AgeingFilter, AgeingOut, BalanceFilter, BalanceOut};
use crate::paging::{Page, PageRequest};
use crate::rest::{Query, Routes};
use crate::tenancy::TenantTx;
use crate::values::{Currency, CustomerId, Date};

/// The routes.
pub(super) fn routes(config: &mut Routes<'_>) {
    config.service(list_balances).service(list_ageing);
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct BalanceQuery {
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// `net_balance`, `open`, `overdue`, `credits`, `unapplied` or `external_id`, `-` in front for descending;
    /// `-net_balance` by default.
    #[param(example = "-overdue")]
    sort: Option<String>,
    /// Balances at the end of this day; of today where absent.
    #[param(example = "2026-06-30")]
    as_of: Option<Date>,
    /// Only of this customer.
    customer_id: Option<CustomerId>,
    /// Only in this currency.
    currency: Option<Currency>,
    /// Only those with something overdue (or, with false, without).
    overdue: Option<bool>,
    /// Only those with credits or money that is not applied (or, with false, without).
    in_credit: Option<bool>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AgeingQuery {
    /// Items a page, 1 to 500.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// `overdue`, `open` or `external_id`, `-` in front for descending; `-overdue` by default.
    #[param(example = "-overdue")]
    sort: Option<String>,
    /// Open amounts are those at the end of this day; of today where absent.
    #[param(example = "2026-06-30")]
    as_of: Option<Date>,
    /// Only of this customer.
    customer_id: Option<CustomerId>,
    /// Only in this currency.
    currency: Option<Currency>,
    /// A row a `customer`, by default, or one for `all`.
    #[param(inline)]
    by: Option<AgeingBy>,
    /// In the currencies of the receivables (`original`, the default), or in the `base` currency.
    #[param(inline)]
    amounts: Option<AgeingAmounts>,
    /// The last day overdue of the first three buckets, ascending, each 1 to 3,650; 30,60,90 where absent.
    #[param(example = "30,60,90")]
    limits: Option<String>,
    /// Lateness is of payments from this day on; of the 12 months up to `as_of` where absent.
    paid_from: Option<Date>,
}

/// List what each customer owes and has to its credit at the end of a day, a row a currency, the largest balance first by
/// default.
#[utoipa::path(tag = "receivables", operation_id = "listReceivableBalances", params(BalanceQuery), responses((status = 200, body = Page<BalanceOut>)))]
#[get("/v1/receivables/balances")]
async fn list_balances(list: List, query: Query<BalanceQuery>) -> Result<HttpResponse> {
    let BalanceQuery { limit, cursor, sort, as_of, customer_id, currency, overdue, in_credit } = query.into_inner();
    let filter = BalanceFilter { as_of, customer_id, currency, overdue, in_credit };
    let read = async move |tx: &TenantTx, page: &PageRequest| ops::balances(tx, &filter, sort.as_deref(), page).await;
    list.of((limit, cursor), read).await
}

/// List what is owed by days overdue, and how late what was paid came, by customer or in all, most overdue first by default.
#[utoipa::path(tag = "receivables", operation_id = "listReceivableAgeing", params(AgeingQuery), responses((status = 200, body = Page<AgeingOut>)))]
#[get("/v1/receivables/ageing")]
async fn list_ageing(list: List, query: Query<AgeingQuery>) -> Result<HttpResponse> {
    let AgeingQuery { limit, cursor, sort, as_of, customer_id, currency, by, amounts, limits, paid_from } =
        query.into_inner();
    let filter = AgeingFilter {
        as_of,
        customer_id,
        currency,
        by: by.unwrap_or_default(),
        amounts: amounts.unwrap_or_default(),
        limits: limits.as_deref().map(days).transpose()?,
        paid_from,
    };
    let read = async move |tx: &TenantTx, page: &PageRequest| ops::ageing(tx, &filter, sort.as_deref(), page).await;
    list.of((limit, cursor), read).await
}

fn days(list: &str) -> Result<Vec<i32>> {
    let read = |word: &str| {
        word.trim().parse().map_err(|_| {
            let shown: String = word.chars().take(50).collect();
            let en = format!("\"{shown}\" is not a whole number of days.");
            Error::invalid_at("/limits", "malformed", en, format!("“{shown}”不是整数天数。"))
        })
    };
    list.split(',').map(read).collect()
}
