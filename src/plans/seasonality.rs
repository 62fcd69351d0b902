//! How a customer's year is spread over its months.
//!
//! A customer's own shares are its net by calendar month over its whole years (the last 12, 24 or 36 months). With three
//! whole years they stand alone; with `n` fewer they weigh `n / 3`, and the profile of the customer's main category
//! (else of the whole tenant) the rest. Months whose sum is below 0 count as 0.

use std::collections::BTreeMap;

use async_graphql::Enum;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::Month;

/// Net by calendar month, January first.
pub type MonthlyProfile = [Decimal; 12];

/// Years after which the own seasonality stands alone.
const FULL_YEARS: u32 = 3;

/// Where the month shares come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum SeasonalityMethod {
    /// The customer's own three whole years.
    Own,
    /// The customer's own one or two whole years, blended with its main category's.
    OwnAndCategory,
    /// The same, blended with the tenant's, its category having no sales.
    OwnAndTenant,
    /// Its main category's alone.
    Category,
    /// The tenant's alone.
    Tenant,
    /// A twelfth each: nobody has sales.
    Even,
}

/// The spread of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seasonality {
    /// Where it comes from.
    pub method: SeasonalityMethod,
    /// Weight of the customer's own months, in thirds: 0 to 3.
    pub own_thirds: u32,
    /// Weights of January to December, 0 or more; their sum is 1 but for rounding.
    pub weights: MonthlyProfile,
}

/// The seasonality of a customer with `months_of_history` months up to `as_of`.
pub fn seasonality(
    net_by_month: &BTreeMap<Month, Decimal>,
    as_of: Month,
    months_of_history: u32,
    category: Option<&MonthlyProfile>,
    tenant: &MonthlyProfile,
) -> Seasonality {
    let years = (months_of_history / 12).min(FULL_YEARS);
    let own = shares(&profile(net_by_month, as_of, years));
    let category = category.and_then(shares);
    let tenant = shares(tenant);
    let (method, own_thirds, weights) = match (own, category, tenant) {
        (Some(own), _, _) if years == FULL_YEARS => (SeasonalityMethod::Own, years, own),
        (Some(own), Some(other), _) => (SeasonalityMethod::OwnAndCategory, years, blend(&own, &other, years)),
        (Some(own), None, Some(other)) => (SeasonalityMethod::OwnAndTenant, years, blend(&own, &other, years)),
        (Some(own), None, None) => (SeasonalityMethod::Own, FULL_YEARS, own),
        (None, Some(other), _) => (SeasonalityMethod::Category, 0, other),
        (None, None, Some(other)) => (SeasonalityMethod::Tenant, 0, other),
        (None, None, None) => (SeasonalityMethod::Even, 0, [Decimal::ONE; 12]),
    };
    Seasonality { method, own_thirds, weights }
}

/// Net by calendar month over the `years x 12` months that end with `as_of`.
pub(super) fn profile(net_by_month: &BTreeMap<Month, Decimal>, as_of: Month, years: u32) -> MonthlyProfile {
    let mut sums = MonthlyProfile::default();
    if years == 0 {
        return sums;
    }
    let first = as_of.plus(1 - 12 * i32::try_from(years).unwrap_or_default());
    for (month, net) in net_by_month.range(first..=as_of) {
        sums[month.number() as usize - 1] += *net;
    }
    sums
}

/// The months as shares of their sum; `None` where none is above 0.
fn shares(profile: &MonthlyProfile) -> Option<MonthlyProfile> {
    let clamped = profile.map(|net| net.max(Decimal::ZERO));
    let sum: Decimal = clamped.iter().sum();
    (sum > Decimal::ZERO).then(|| clamped.map(|net| net / sum))
}

fn blend(own: &MonthlyProfile, other: &MonthlyProfile, thirds: u32) -> MonthlyProfile {
    let (own_weight, other_weight) = (Decimal::from(thirds), Decimal::from(FULL_YEARS.saturating_sub(thirds)));
    let mut weights = MonthlyProfile::default();
    for ((weight, own), other) in weights.iter_mut().zip(own).zip(other) {
        *weight = (own_weight * own + other_weight * other) / Decimal::from(FULL_YEARS);
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    fn months(list: &[(&str, i64)]) -> BTreeMap<Month, Decimal> {
        list.iter().map(|(month, net)| (month.parse().unwrap(), Decimal::from(*net))).collect()
    }

    fn january() -> MonthlyProfile {
        let mut profile = MonthlyProfile::default();
        profile[0] = Decimal::from(9);
        profile
    }

    #[test]
    fn three_years_stand_alone() {
        let own = months(&[("2011-01", 1), ("2012-02", 2), ("2013-02", 1), ("2010-12", 50)]);
        let found = seasonality(&own, "2013-12".parse().unwrap(), 60, Some(&january()), &january());
        assert_eq!(found.method, SeasonalityMethod::Own);
        assert_eq!(found.weights[..3], [Decimal::new(25, 2), Decimal::new(75, 2), Decimal::ZERO]);
    }

    #[test]
    fn one_year_weighs_a_third() {
        let own = months(&[("2013-03", 7)]);
        let found = seasonality(&own, "2013-12".parse().unwrap(), 14, Some(&january()), &january());
        assert_eq!((found.method, found.own_thirds), (SeasonalityMethod::OwnAndCategory, 1));
        let third = Decimal::ONE / Decimal::from(3);
        assert_eq!((found.weights[0].round_dp(20), found.weights[2]), ((third + third).round_dp(20), third));
    }

    #[test]
    fn without_whole_years_the_category_then_the_tenant_then_even() {
        let own = months(&[("2013-03", 7)]);
        let as_of = "2013-12".parse().unwrap();
        let none = MonthlyProfile::default();
        assert_eq!(seasonality(&own, as_of, 11, Some(&january()), &none).method, SeasonalityMethod::Category);
        assert_eq!(seasonality(&own, as_of, 11, None, &january()).method, SeasonalityMethod::Tenant);
        assert_eq!(seasonality(&own, as_of, 11, Some(&none), &none).method, SeasonalityMethod::Even);
    }

    #[test]
    fn a_year_of_returns_has_no_seasonality_of_its_own() {
        let own = months(&[("2013-03", -7)]);
        let found = seasonality(&own, "2013-12".parse().unwrap(), 36, None, &january());
        assert_eq!((found.method, found.own_thirds), (SeasonalityMethod::Tenant, 0));
    }
}
