//! How well a dossier is kept: how many of the required facts are known, and how many of those are fresh.
//!
//! Required are nine fields of every dossier (industry, territory, city, country, owner, employees, annual revenue,
//! currency, credit limit) and the tenant's attributes that are defined so. A text of blanks is no fact. A field is
//! fresh for 365 days from the day (in UTC) on which it was last seen to have its value, an attribute for as many as its
//! definition says, and for ever where it says none.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use super::attribute::AttributeDefinition;
use crate::values::{CustomerId, Date, Exact, round_ratio};

/// Days for which a field of the dossier is fresh.
pub(super) const FIELD_DAYS: i32 = 365;

/// A required field of every dossier: its name, and the SQL that says whether the customer `c` has it.
pub(super) const FIELDS: [(&str, &str); 9] = [
    ("industry", "coalesce(btrim(c.industry), '') <> ''"),
    ("territory", "coalesce(btrim(c.territory), '') <> ''"),
    ("city", "coalesce(btrim(c.city), '') <> ''"),
    ("country", "coalesce(btrim(c.country), '') <> ''"),
    ("owner_id", "c.owner_id is not null"),
    ("employees", "c.employees is not null"),
    ("annual_revenue", "c.annual_revenue is not null"),
    ("currency", "c.currency is not null"),
    ("credit_limit", "c.credit_limit is not null"),
];

/// A required attribute, and for how many days it is fresh; for ever where none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RequiredAttribute {
    pub(super) code: String,
    pub(super) freshness_days: Option<i32>,
}

/// What a tenant requires of its dossiers, as of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Requirements {
    pub(super) as_of: Date,
    pub(super) attributes: Vec<RequiredAttribute>,
}

/// How well a dossier is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "CustomerUpkeep")]
#[schema(as = CustomerUpkeep)]
pub struct CustomerUpkeep {
    /// Whose.
    pub customer_id: CustomerId,
    /// The day as of which facts are fresh.
    pub as_of: Date,
    /// Share of the required facts that are known, 0 to 1, 6 places.
    pub completeness: Exact,
    /// Share of the known required facts that are fresh, 0 to 1, 6 places; null where none is known.
    pub freshness: Option<Exact>,
    /// Why there is no freshness; null where there is.
    pub freshness_absence: Option<FreshnessAbsence>,
    /// The required facts that are not known: `industry`, `attributes.square_feet`.
    #[schema(example = json!(["employees", "attributes.square_feet"]))]
    pub missing: Vec<String>,
    /// The required facts that are known and no longer fresh.
    #[schema(example = json!(["annual_revenue"]))]
    pub stale: Vec<String>,
}

/// Why a dossier has no freshness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum FreshnessAbsence {
    /// None of the required facts is known.
    NoData,
}

impl Requirements {
    /// Of these definitions.
    pub(super) fn new(as_of: Date, definitions: impl IntoIterator<Item = AttributeDefinition>) -> Self {
        let required = definitions.into_iter().filter(|definition| definition.required);
        let attributes = required
            .map(|d| RequiredAttribute { code: d.code.to_string(), freshness_days: d.freshness_days })
            .collect();
        Self { as_of, attributes }
    }

    /// How many facts are required.
    pub(super) fn count(&self) -> usize {
        FIELDS.len() + self.attributes.len()
    }

    /// The first moment at which a fact must have been seen to be fresh for so many days; none where it is for ever.
    pub(super) fn fresh_since(&self, days: Option<i32>) -> Option<DateTime<Utc>> {
        let days = Days::new(u64::try_from(days?).unwrap_or_default());
        let day = self.as_of.0.checked_sub_days(days).unwrap_or(NaiveDate::MIN);
        Some(day.and_time(NaiveTime::MIN).and_utc())
    }

    /// The names of the facts, in the order in which they are asked for.
    fn names(&self) -> impl Iterator<Item = String> {
        let attributes = self.attributes.iter().map(|attribute| format!("attributes.{}", attribute.code));
        FIELDS.iter().map(|(name, _)| (*name).to_owned()).chain(attributes)
    }

    /// How well a dossier is kept in which these facts are known, and fresh.
    pub(super) fn upkeep(&self, customer_id: CustomerId, known: &[bool], fresh: &[bool]) -> CustomerUpkeep {
        let share = |part: usize, whole: usize| Exact(round_ratio(Decimal::from(part) / Decimal::from(whole)));
        let (mut missing, mut stale) = (Vec::new(), Vec::new());
        for ((name, known), fresh) in self.names().zip(known).zip(fresh) {
            match (known, fresh) {
                (false, _) => missing.push(name),
                (true, false) => stale.push(name),
                (true, true) => {}
            }
        }
        let found = self.count() - missing.len();
        CustomerUpkeep {
            customer_id,
            as_of: self.as_of,
            completeness: share(found, self.count()),
            freshness: (found > 0).then(|| share(found - stale.len(), found)),
            freshness_absence: (found == 0).then_some(FreshnessAbsence::NoData),
            missing,
            stale,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn requirements() -> Requirements {
        let attributes = vec![RequiredAttribute { code: "machines".into(), freshness_days: None }];
        Requirements { as_of: Date("2014-01-15".parse().unwrap()), attributes }
    }

    fn upkeep(known: &str, fresh: &str) -> CustomerUpkeep {
        let bits = |text: &str| text.chars().map(|c| c == '1').collect::<Vec<_>>();
        requirements().upkeep(CustomerId(Uuid::nil()), &bits(known), &bits(fresh))
    }

    #[test]
    fn every_fact_counts_alike() {
        let kept = upkeep("1110000001", "1010000001");
        assert_eq!(
            (kept.completeness.to_string(), kept.freshness.unwrap().to_string()),
            ("0.400000".into(), "0.750000".into())
        );
        assert_eq!(kept.stale, ["territory"]);
        assert_eq!(kept.missing, ["country", "owner_id", "employees", "annual_revenue", "currency", "credit_limit"]);
        assert_eq!(upkeep("1111111110", "1111111110").missing, ["attributes.machines"]);
        let full = upkeep("1111111111", "1111111111");
        assert_eq!(
            (full.completeness.to_string(), full.freshness.unwrap().to_string()),
            ("1.000000".into(), "1.000000".into())
        );
    }

    #[test]
    fn of_nothing_nothing_is_fresh_and_the_reason_is_said() {
        let bare = upkeep("0000000000", "0000000000");
        assert_eq!((bare.completeness.to_string(), bare.freshness), ("0.000000".into(), None));
        assert_eq!(bare.freshness_absence, Some(FreshnessAbsence::NoData));
    }

    #[test]
    fn a_fact_is_fresh_from_the_day_it_was_seen_for_its_days() {
        let since = |days| requirements().fresh_since(days).map(|moment| moment.to_rfc3339());
        assert_eq!(since(Some(0)).as_deref(), Some("2014-01-15T00:00:00+00:00"));
        assert_eq!(since(Some(365)).as_deref(), Some("2013-01-15T00:00:00+00:00"));
        assert_eq!(since(None), None);
    }

    proptest! {
        #[test]
        fn shares_add_up(facts in proptest::collection::vec((any::<bool>(), any::<bool>()), 10)) {
            let (known, fresh): (Vec<bool>, Vec<bool>) = facts.iter().map(|(known, fresh)| (*known, *known && *fresh)).unzip();
            let kept = requirements().upkeep(CustomerId(Uuid::nil()), &known, &fresh);
            let found = 10 - kept.missing.len();
            prop_assert_eq!(kept.completeness.0 * Decimal::TEN, Decimal::from(found));
            prop_assert_eq!(kept.freshness.is_none(), found == 0);
            prop_assert!(kept.stale.len() <= found);
        }
    }
}
