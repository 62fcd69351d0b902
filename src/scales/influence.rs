//! Who can change what a factor looks at.

use async_graphql::Enum;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Factor, FactorSource};
use crate::metrics::MetricBasis;

/// Who can change what a factor looks at. Advice on a better grade begins with what we can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum Influence {
    /// We can: relationship, share of wallet, breadth, service.
    Ours,
    /// Data that are missing or old, which we can gather.
    Data,
    /// The customer alone: its size, its industry, where it is.
    Theirs,
}

impl Influence {
    /// All, those first that are offered first.
    pub const ALL: [Self; 3] = [Self::Ours, Self::Data, Self::Theirs];

    /// Its name in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Data => "data",
            Self::Theirs => "theirs",
        }
    }
}

impl Factor {
    /// Who can change it: as the definition says, else by its source. What we sell, earn and are owed is ours to change,
    /// and so is what members judge; how well a dossier is kept is a matter of data; fields and attributes of the dossier
    /// are what the customer is, but for the credit that we grant.
    pub fn changed_by(&self) -> Influence {
        self.influence.unwrap_or(match &self.source {
            FactorSource::Metric(metric) => match metric.basis() {
                MetricBasis::Dossier => Influence::Data,
                MetricBasis::Sales | MetricBasis::Potential | MetricBasis::Receivables | MetricBasis::Costs => {
                    Influence::Ours
                }
            },
            FactorSource::Judgement(_) => Influence::Ours,
            FactorSource::Attribute(code) if code.as_str() == "credit_limit" => Influence::Ours,
            FactorSource::Attribute(_) => Influence::Theirs,
        })
    }
}
