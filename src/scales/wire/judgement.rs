//! Judgements as both faces show them.

use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::{Code, CustomerId, Exact, SalespersonId};

/// A member's rating of a customer. The newest of a customer and factor counts; of each
/// member the latest is kept.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, InputObject)]
#[graphql(name = "JudgementInput")]
#[serde(deny_unknown_fields)]
pub struct JudgementIn {
    /// The customer.
    pub customer_id: CustomerId,
    /// A factor of the scale whose source is a judgement.
    #[schema(example = "cooperation")]
    pub factor_code: Code,
    /// The code of one of the factor's levels.
    #[schema(example = "A")]
    pub level: Code,
    /// Who judged, as tokens name members; whoever sends it where absent. A salesperson names nobody else.
    #[serde(default)]
    #[schema(max_length = 200, example = "li.na@acme.example")]
    pub author: Option<String>,
    /// When it was judged; now where absent. An older rating does not take a newer one's place.
    #[serde(default)]
    pub judged_at: Option<DateTime<Utc>>,
    /// Why, at most 1,000 characters.
    #[serde(default)]
    #[schema(max_length = 1000, example = "Shares its yearly demand plan with us")]
    pub note: Option<String>,
}

/// A rating without whom and what it is of, which stand in the address.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgementValueIn {
    /// The code of one of the factor's levels.
    #[schema(example = "A")]
    pub level: Code,
    /// Who judged; whoever sends it where absent. A salesperson names nobody else.
    #[serde(default)]
    #[schema(max_length = 200, example = "li.na@acme.example")]
    pub author: Option<String>,
    /// When it was judged; now where absent.
    #[serde(default)]
    pub judged_at: Option<DateTime<Utc>>,
    /// Why, at most 1,000 characters.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub note: Option<String>,
}

/// A rating in a file, which names scale and customer by what people call them.
#[derive(Clone, Debug)]
pub struct JudgementUpsert {
    /// The scale's code.
    pub scale: Code,
    /// The customer's external id.
    pub customer_external_id: String,
    /// The factor.
    pub factor_code: Code,
    /// The level.
    pub level: Code,
    /// Who judged; whoever sent the file where absent.
    pub author: Option<String>,
    /// When; the moment of the import where absent.
    pub judged_at: Option<DateTime<Utc>>,
    /// Why.
    pub note: Option<String>,
}

/// A member's rating of a customer, as it is kept.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Judgement")]
#[schema(as = Judgement)]
pub struct JudgementOut {
    /// The customer.
    pub customer_id: CustomerId,
    /// Its external id.
    pub customer_external_id: String,
    /// Its name.
    pub customer_name: String,
    /// The factor.
    pub factor_code: Code,
    /// The level.
    pub level: Code,
    /// Why.
    pub note: Option<String>,
    /// Who judged.
    pub author: String,
    /// When.
    pub judged_at: DateTime<Utc>,
}

/// Which ratings of a scale to list.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "JudgementFilter")]
pub struct JudgementFilter {
    /// Of this customer.
    pub customer_id: Option<CustomerId>,
    /// Of this factor.
    pub factor_code: Option<Code>,
    /// By this member.
    pub author: Option<String>,
    /// `true`: the latest rating of every member, not only the newest of all, which counts.
    pub every_member: Option<bool>,
}

/// How much a salesperson has still to judge.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
pub struct MissingJudgements {
    /// The salesperson; null for the customers that nobody owns.
    pub salesperson_id: Option<SalespersonId>,
    /// The salesperson's external id.
    pub salesperson_external_id: Option<String>,
    /// The salesperson's name.
    pub salesperson_name: Option<String>,
    /// Own customers whom the scale is meant for.
    #[schema(example = 12)]
    pub customers: i32,
    /// Ratings asked for: customers x factors that are judged.
    #[schema(example = 36)]
    pub asked: i32,
    /// Those that are there.
    #[schema(example = 27)]
    pub given: i32,
    /// Those that are not.
    #[schema(example = 9)]
    pub missing: i32,
    /// missing / asked, 6 places; null where nothing is asked for.
    #[schema(example = "0.250000")]
    pub missing_share: Option<Exact>,
}

impl JudgementValueIn {
    /// The rating of a customer on a factor.
    pub(in crate::scales) fn of(self, customer_id: CustomerId, factor_code: Code) -> JudgementIn {
        let Self { level, author, judged_at, note } = self;
        JudgementIn { customer_id, factor_code, level, author, judged_at, note }
    }
}
