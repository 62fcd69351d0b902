//! Use cases of balances and of the ageing report.

use chrono::{Days, Months};

use crate::error::{Problems, Result};
use crate::finance::store::{self, AgeingTerms};
use crate::finance::wire::{AgeingFilter, AgeingOut, BalanceFilter, BalanceOut};
use crate::paging::{PageRequest, Slice};
use crate::tenancy::{Permission, TenantTx};
use crate::tenants;

/// The last day overdue of each bucket where nothing else is asked for.
const LIMITS: [i32; 3] = [30, 60, 90];
const MOST_DAYS: i32 = 3_650;

pub(in crate::finance) async fn balances(
    tx: &TenantTx,
    filter: &BalanceFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<BalanceOut>> {
    tx.require(Permission::SalesRead)?;
    let as_of = filter.as_of.map_or_else(|| tx.now().date_naive(), |day| day.0);
    store::customer_balances(tx, filter, as_of, sort, page).await
}

pub(in crate::finance) async fn ageing(
    tx: &TenantTx,
    filter: &AgeingFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<AgeingOut>> {
    tx.require(Permission::SalesRead)?;
    let as_of = filter.as_of.map_or_else(|| tx.now().date_naive(), |day| day.0);
    let year = as_of.checked_sub_months(Months::new(12)).and_then(|day| day.checked_add_days(Days::new(1)));
    let paid_from = filter.paid_from.map_or(year.unwrap_or(as_of), |day| day.0);
    let mut problems = Problems::new();
    if paid_from > as_of {
        problems.add("/paid_from", "range", "Not after as_of.", "不得晚于 as_of。");
    }
    let limits = filter.limits.as_deref().map_or(Some(LIMITS), |limits| limits.try_into().ok());
    let limits =
        limits.filter(|limits| limits.is_sorted_by(|a, b| a < b) && limits.iter().all(|n| (1..=MOST_DAYS).contains(n)));
    if limits.is_none() {
        let en = format!("Three numbers of days, ascending, each 1 to {MOST_DAYS}.");
        problems.add("/limits", "range", en, format!("三个递增的天数，每个为 1 至 {MOST_DAYS}。"));
    }
    problems.into_result()?;
    let base = tenants::current(tx).await?.base_currency;
    let terms = AgeingTerms { as_of, paid_from, limits: limits.unwrap_or(LIMITS), base };
    store::ageing(tx, filter, terms, sort, page).await
}
