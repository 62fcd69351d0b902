//! Conditions that limit a grade whatever the score.

use async_graphql::{Enum, InputObject, Object, OneofObject, SimpleObject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::metrics::{Fact, FactValue, Metric, Missing};
use crate::values::{Code, Label};

/// "Overdue over 180 days: at best C."
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "CapInput")]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// When it applies. Where the fact is missing it does not apply, and the result says so.
    pub condition: CapCondition,
    /// The best grade that is left.
    pub at_best: Code,
    /// The reason, for a reader.
    pub label: Label,
}

/// A comparison of one fact with a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "CapConditionInput")]
#[serde(deny_unknown_fields)]
pub struct CapCondition {
    /// The fact.
    pub source: CapSource,
    /// The comparison.
    pub op: Comparison,
    /// What it is compared with: a number, but for `eq` also a text or yes/no.
    pub value: FactValue,
}

/// Where a condition's fact comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, OneofObject)]
#[graphql(input_name = "CapSourceInput")]
#[serde(rename_all = "snake_case")]
pub enum CapSource {
    /// A metric, as of the month of the grading.
    Metric(Metric),
    /// A field of the dossier or an attribute of the tenant's own.
    Attribute(Code),
}

/// How a fact is compared with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[schema(as = CapComparison)]
#[graphql(name = "CapComparison")]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// Greater than.
    Gt,
    /// Greater than or equal to.
    Ge,
    /// Less than.
    Lt,
    /// Less than or equal to.
    Le,
    /// Equal to.
    Eq,
}

/// How one cap came out for a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct CapCheck {
    /// The reason, for a reader.
    pub label: Label,
    /// The best grade that is left where the cap applies.
    pub at_best: Code,
    /// The fact, where it is known.
    pub value: Option<FactValue>,
    /// Why the fact is not known.
    pub missing: Option<Missing>,
    /// Whether the cap applies; null where the fact is missing.
    pub applies: Option<bool>,
}

impl Cap {
    /// Compares the fact.
    pub fn check(&self, fact: &Fact) -> CapCheck {
        let outcome = self.applies(fact);
        CapCheck {
            label: self.label.clone(),
            at_best: self.at_best.clone(),
            value: fact.as_ref().ok().cloned(),
            missing: outcome.err(),
            applies: outcome.ok(),
        }
    }

    /// Whether it applies; why nobody knows where it is not known.
    pub(super) fn applies(&self, fact: &Fact) -> Result<bool, Missing> {
        fact.as_ref().map_err(|missing| *missing).and_then(|value| self.condition.holds(value))
    }
}

impl CapCondition {
    fn holds(&self, value: &FactValue) -> Result<bool, Missing> {
        if value.kind() != self.value.kind() {
            return Err(Missing::WrongType);
        }
        match (value.as_number(), self.value.as_number()) {
            (Some(left), Some(right)) => Ok(match self.op {
                Comparison::Gt => left > right,
                Comparison::Ge => left >= right,
                Comparison::Lt => left < right,
                Comparison::Le => left <= right,
                Comparison::Eq => left == right,
            }),
            _ => Ok(*value == self.value),
        }
    }
}

/// Where a condition's fact comes from: exactly one of the fields is set.
#[Object]
impl CapSource {
    /// The metric, where it is one.
    #[graphql(name = "metric")]
    async fn gql_metric(&self) -> Option<Metric> {
        if let Self::Metric(metric) = self { Some(*metric) } else { None }
    }

    /// The dossier's field or attribute, where it is one.
    #[graphql(name = "attribute")]
    async fn gql_attribute(&self) -> Option<&Code> {
        if let Self::Attribute(code) = self { Some(code) } else { None }
    }
}
