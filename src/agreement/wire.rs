//! Agreement as both faces show it.

use async_graphql::{Enum, InputObject, SimpleObject};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Counts, Kappas};
use crate::grading::ScaleGrade;
use crate::values::{Code, CustomerId, Exact, GradingRunId, Label, Month, ScaleId};

/// How a disagreement counts in a kappa.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum KappaWeighting {
    /// By the number of classes between.
    Linear,
}

/// How far two agree on the same customers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "AgreementFigures")]
#[schema(as = AgreementFigures)]
pub struct Figures {
    /// Customers that are compared.
    #[schema(example = 100)]
    pub compared: i64,
    /// The share of them that both put into the same class, 6 places; null where there is none.
    #[schema(example = "0.770000")]
    pub equal_share: Option<Exact>,
    /// Cohen's kappa by the weighting that is named, 6 places: 1 is always equal, 0 is chance; null where both put everyone
    /// into the same one class.
    #[schema(example = "0.708738")]
    pub kappa: Option<Exact>,
    /// How a disagreement counts in `kappa`.
    pub weighting: KappaWeighting,
    /// Kappa in which every disagreement counts alike.
    #[schema(example = "0.648318")]
    pub kappa_unweighted: Option<Exact>,
    /// Kappa in which a disagreement counts by the square of the number of classes between.
    #[schema(example = "0.776632")]
    pub kappa_quadratic: Option<Exact>,
    /// How many the first put into the class of the row and the second into the class of the column; both in the order of
    /// the classes.
    #[schema(example = json!([[20, 5, 1], [4, 30, 6], [0, 7, 27]]))]
    pub matrix: Vec<Vec<i64>>,
}

/// How far two scales agree on the customers that both grade.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "ScaleAgreement")]
#[schema(as = ScaleAgreement)]
pub struct ScaleAgreementOut {
    /// The first scale: the rows of the matrix.
    pub first: AgreeingScale,
    /// The second scale: the columns.
    pub second: AgreeingScale,
    /// The grades, the best first, as both scales have them.
    pub classes: Vec<Code>,
    /// The figures.
    pub figures: Figures,
    /// Customers that the first alone grades.
    pub first_alone: i64,
    /// Customers that the second alone grades.
    pub second_alone: i64,
    /// How many customers they grade differently.
    pub differing: i64,
    /// Those on whom they differ most: by classes apart, then by the difference of scores, then by external id.
    pub differences: Vec<GradeDifference>,
}

/// A scale that is compared.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
pub struct AgreeingScale {
    /// The scale.
    pub scale_id: ScaleId,
    /// Its code.
    pub scale_code: Code,
    /// The version.
    pub version: i32,
    /// The month as of whose end it grades.
    pub as_of: Month,
    /// The run its grades come from; null where they were computed for this answer.
    pub run_id: Option<GradingRunId>,
}

/// A customer whom two scales grade differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct GradeDifference {
    /// The customer.
    pub customer_id: CustomerId,
    /// Its external id.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// What the first scale says.
    pub first_grade: Option<Code>,
    /// What the second scale says.
    pub second_grade: Option<Code>,
    /// The score on the first, 0 to 100.
    pub first_score: Option<Exact>,
    /// The score on the second.
    pub second_score: Option<Exact>,
    /// How many classes apart.
    #[schema(example = 2)]
    pub classes_apart: i32,
}

/// How far members agree who judge the same customers.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "JudgementAgreement")]
#[schema(as = JudgementAgreement)]
pub struct JudgementAgreementOut {
    /// The scale.
    pub scale_id: ScaleId,
    /// The version whose levels the ratings are read by.
    pub version: i32,
    /// Each factor that is judged, in the order of the definition.
    pub factors: Vec<FactorAgreement>,
}

/// How far members agree on a factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct FactorAgreement {
    /// The factor.
    pub factor: Code,
    /// Its name.
    pub label: Label,
    /// Its levels by their points, the highest first.
    pub classes: Vec<Code>,
    /// Ratings by all members.
    pub ratings: i32,
    /// Customers that more than one member has judged.
    pub customers: i32,
    /// Of all comparisons of two members on a customer, the share that is equal, 6 places; null where there is none.
    pub equal_share: Option<Exact>,
    /// Every two members who have judged a customer both, by name.
    pub pairs: Vec<MemberPair>,
    /// The customers on whom members are furthest apart.
    pub differences: Vec<JudgedDifferently>,
}

/// Two members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct MemberPair {
    /// The first: the rows of the matrix.
    pub first: String,
    /// The second: the columns.
    pub second: String,
    /// The figures.
    pub figures: Figures,
}

/// A customer whom members judge differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct JudgedDifferently {
    /// The customer.
    pub customer_id: CustomerId,
    /// Its external id.
    pub customer_external_id: String,
    /// Its name.
    pub customer_name: String,
    /// Levels between the highest and the lowest rating.
    pub levels_apart: i32,
    /// What each member says.
    pub ratings: Vec<MemberRating>,
}

/// What a member says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct MemberRating {
    /// The member.
    pub author: String,
    /// The level.
    pub level: Code,
}

/// Which scales to compare.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct ScaleAgreementInput {
    /// The first scale.
    pub scale_id: ScaleId,
    /// Its version's number.
    pub version: i32,
    /// The second scale.
    pub with_scale_id: ScaleId,
    /// Its version; the published one where absent, else the latest.
    pub with_version: Option<i32>,
    /// Grade all customers with both as of this month, for this answer; where absent, the latest completed run of each
    /// counts.
    pub as_of: Option<Month>,
    /// How many differences to tell, 0 to 500; 50 where absent.
    pub limit: Option<i32>,
}

impl Figures {
    pub(super) fn new(counts: &Counts) -> Self {
        let Kappas { linear, unweighted, quadratic } = counts.kappas();
        let exact = |value: Option<Decimal>| value.map(Exact);
        Self {
            compared: whole(counts.total()),
            equal_share: exact(counts.equal_share()),
            kappa: exact(linear),
            weighting: KappaWeighting::Linear,
            kappa_unweighted: exact(unweighted),
            kappa_quadratic: exact(quadratic),
            matrix: counts.rows().iter().map(|row| row.iter().map(|count| whole(*count)).collect()).collect(),
        }
    }
}

impl GradeDifference {
    /// Without a name yet.
    pub(super) fn new(classes_apart: usize, first: &ScaleGrade, second: &ScaleGrade) -> Self {
        Self {
            customer_id: first.customer_id,
            external_id: first.external_id.clone(),
            name: String::new(),
            first_grade: first.grade.clone(),
            second_grade: second.grade.clone(),
            first_score: first.score,
            second_score: second.score,
            classes_apart: i32::try_from(classes_apart).unwrap_or(i32::MAX),
        }
    }
}

pub(super) fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
