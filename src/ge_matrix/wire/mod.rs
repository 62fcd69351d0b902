//! GE models, mappings and the matrix as both faces show them.

mod comparing;

use std::cmp::Reverse;

use async_graphql::{Enum, InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AxisScore, Cell, GeModelDefinition, Mapped, Stance, ge_template, ge_templates};
use crate::error::{Error, Problems, Result};
use crate::jobs::JobOut;
use crate::metrics::Missing;
use crate::scales::{Lack, Problem, VersionState};
use crate::values::{Code, Currency, CustomerId, Exact, GeMappingId, GeModelId, Label, Month, round_ratio};

pub use comparing::{GeComparisonIn, GeComparisonOut, GeMigrationCell, GeMovementOut, GeMover, GeMoverFilter};

/// A GE model to create: its first version is a draft.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, InputObject)]
#[graphql(name = "CreateGeModelInput")]
#[serde(deny_unknown_fields)]
pub struct GeModelIn {
    /// Its code, unique in the tenant.
    #[schema(example = "standard")]
    pub code: Code,
    /// Its name.
    pub name: Label,
    /// The code of the template to begin with; either this or `definition`.
    #[schema(example = "standard")]
    pub template: Option<Code>,
    /// What to begin with. A draft may still break rules; publishing checks them.
    pub definition: Option<GeModelDefinition>,
}

/// What to validate.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GeModelValidationIn {
    /// A definition to check in place of the stored one; nothing is stored.
    #[serde(default)]
    pub definition: Option<GeModelDefinition>,
}

/// A GE model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "GeModel")]
pub struct GeModelOut {
    /// Its id.
    pub id: GeModelId,
    /// Its code, unique in the tenant.
    #[schema(example = "standard")]
    pub code: Code,
    /// Its name.
    pub name: Label,
    /// The number of the published version; null where none is.
    #[schema(example = 1)]
    pub published_version: Option<i32>,
    /// The number of the draft; null where there is none.
    #[schema(example = 2)]
    pub draft_version: Option<i32>,
    /// All versions, the first one first, without their definitions.
    pub versions: Vec<GeModelVersionHead>,
    /// Counts the changes of its versions; the ETag.
    pub revision: i32,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// A version of a GE model without its definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct GeModelVersionHead {
    /// Its number within the model, from 1.
    #[schema(example = 1)]
    pub number: i32,
    /// Where it stands.
    pub state: VersionState,
    /// Counts its changes.
    pub revision: i32,
    /// When it was published; null where it never was.
    pub published_at: Option<DateTime<Utc>>,
}

/// A version of a GE model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "GeModelVersion")]
pub struct GeModelVersionOut {
    /// The model.
    pub model_id: GeModelId,
    /// Its number within the model, from 1.
    #[schema(example = 1)]
    pub number: i32,
    /// Where it stands: a draft can be edited, what is published or retired never changes again.
    pub state: VersionState,
    /// What it says.
    pub definition: GeModelDefinition,
    /// Counts its changes; the ETag.
    #[schema(example = 1)]
    pub revision: i32,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was published; null where it never was.
    pub published_at: Option<DateTime<Utc>>,
}

/// Whether a version could be published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "GeModelValidation")]
pub struct GeModelValidationOut {
    /// Whether nothing is wrong.
    pub valid: bool,
    /// All that is wrong, in the order of the definition.
    pub problems: Vec<Problem>,
}

/// A mapping of all customers to start; the model by its id or its code.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, InputObject)]
#[graphql(name = "StartGeMappingInput")]
#[serde(deny_unknown_fields)]
pub struct GeMappingIn {
    /// The model's id; either this or `model_code`.
    pub model_id: Option<GeModelId>,
    /// The model's code.
    #[schema(example = "standard")]
    pub model_code: Option<Code>,
    /// The version, published or retired; the published one where absent.
    #[schema(minimum = 1, example = 1)]
    pub version: Option<i32>,
    /// The month at whose end the customers are looked at. It must be over, by UTC.
    pub as_of: Month,
    /// Allows the running month, never a later one. The mapping is then never current.
    pub provisional: Option<bool>,
}

/// A mapping of all customers into a model's cells.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "GeMapping")]
pub struct GeMappingOut {
    /// Its id.
    pub id: GeMappingId,
    /// The model.
    pub model_id: GeModelId,
    /// The model's code.
    #[schema(example = "standard")]
    pub model_code: Code,
    /// The version of the model.
    #[schema(example = 1)]
    pub model_version: i32,
    /// The month at whose end the customers were looked at.
    pub as_of: Month,
    /// Whether the month was still running. Such a mapping is never current.
    pub provisional: bool,
    /// Customers that have a cell; null until it is complete.
    #[schema(example = 386)]
    pub mapped: Option<i32>,
    /// Customers of whom too little is known; null until it is complete.
    #[schema(example = 14)]
    pub unmapped: Option<i32>,
    /// Who asked for it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was complete; null while it is not, and for ever where its job failed or was cancelled.
    pub completed_at: Option<DateTime<Utc>>,
    /// When it was taken out of force; null where it was not. It stays readable.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Who did that.
    pub withdrawn_by: Option<String>,
    /// Why.
    pub withdrawn_reason: Option<String>,
    /// The job that does it.
    pub job: JobOut,
}

/// An axis of a GE model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum GeAxisName {
    /// Market attractiveness.
    Attractiveness,
    /// Competitive strength.
    CompetitiveStrength,
}

/// A fact for whose lack a customer is not mapped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
pub struct GeLack {
    /// The axis that has no score without it.
    pub axis: GeAxisName,
    /// The dimension.
    pub dimension: Code,
    /// The factor.
    pub factor: Code,
    /// Why there is no value.
    pub missing: Missing,
    /// Its part of the axis: its maximum points / those of all factors of the axis, 6 places.
    #[schema(example = "0.300000")]
    pub share: Exact,
}

/// A customer's place in a mapping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "GePosition")]
pub struct GePositionOut {
    /// The customer.
    pub customer_id: CustomerId,
    /// The external id by which reports name it.
    #[schema(example = "C-1001")]
    pub external_id: String,
    /// Its name.
    pub customer_name: String,
    /// The cell; null where it is not mapped, and `lacks` says why.
    pub cell: Option<Cell>,
    /// The score of the rows, 0 to 100, 4 places; null where the axis has none.
    pub attractiveness: Option<Exact>,
    /// The score of the columns, 0 to 100, 4 places; null where the axis has none.
    pub strength: Option<Exact>,
    /// Its revenue of the 12 whole months ending with the mapping's month, in the base currency.
    pub revenue_l12: Option<Exact>,
    /// What it buys a year from anyone, in the base currency; null where nothing is known.
    pub potential: Option<Exact>,
    /// How much of the rows' points is known, 0 to 1, 6 places. Below the model's `min_coverage` the customer is not mapped.
    #[schema(example = "0.200000")]
    pub attractiveness_coverage: Exact,
    /// How much of the columns' points is known.
    #[schema(example = "0.600000")]
    pub strength_coverage: Exact,
    /// What an unmapped customer lacks, the largest share of its axis first; empty for a mapped one.
    pub lacks: Vec<GeLack>,
    /// All that explains the place, without computing it again.
    pub detail: Mapped,
}

/// One of the nine cells and who is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "GeMatrixCell")]
pub struct GeMatrixCellOut {
    /// Which cell.
    pub cell: Cell,
    /// Its name; two cells may share one.
    pub name: Label,
    /// What to do with the customers in it.
    pub strategy: Label,
    /// Whether resources go in or come out.
    pub stance: Stance,
    /// How many customers are in it.
    #[schema(example = 42)]
    pub customers: i64,
    /// Their revenue of the 12 months, in the base currency.
    pub revenue: Exact,
    /// That revenue / the revenue of all mapped customers, 6 places; null where that is not positive.
    pub revenue_share: Option<Exact>,
    /// The sum of their known purchase potentials; null where none is known.
    pub potential: Option<Exact>,
}

/// A mapping as the nine cells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "GeMatrix", complex)]
pub struct GeMatrixOut {
    /// The mapping that it shows.
    pub mapping_id: GeMappingId,
    /// The model.
    pub model_id: GeModelId,
    /// The version of the model.
    #[schema(example = 1)]
    pub model_version: i32,
    /// The month at whose end the customers were looked at.
    pub as_of: Month,
    /// The base currency, which all amounts are in.
    pub currency: Currency,
    /// All nine cells, row by row: high attractiveness first, strong first.
    #[schema(min_items = 9, max_items = 9)]
    pub cells: Vec<GeMatrixCellOut>,
    /// Customers in the cells.
    #[schema(example = 386)]
    pub mapped: i64,
    /// Their revenue.
    pub mapped_revenue: Exact,
    /// Customers that are in no cell.
    #[schema(example = 14)]
    pub unmapped: i64,
    /// Their revenue.
    pub unmapped_revenue: Exact,
}

/// A customer's place in the current mapping: of the models whose published version has been mapped, the one published
/// last; of its mappings, the one of the latest month, and of those the one completed last. Mappings that were withdrawn and
/// provisional ones do not count; where no published version was mapped, retired ones do.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
#[graphql(name = "CustomerGeCell")]
pub struct CurrentCell {
    /// The cell; null where too little is known of the customer.
    pub cell: Option<Cell>,
    /// The cell's name.
    pub name: Option<Label>,
    /// The score of the rows, 0 to 100, 4 places.
    pub attractiveness: Option<Exact>,
    /// The score of the columns, 0 to 100, 4 places.
    pub strength: Option<Exact>,
    /// The month of the mapping.
    pub as_of: Month,
    /// The mapping.
    pub mapping_id: GeMappingId,
}

impl GeModelIn {
    /// What the first version says.
    ///
    /// # Errors
    /// `invalid_input` with all that is wrong.
    pub(in crate::ge_matrix) fn checked_definition(&self) -> Result<GeModelDefinition> {
        let mut problems = Problems::new();
        problems.text("/name/en", &self.name.en, 200);
        problems.text("/name/zh", &self.name.zh, 200);
        let definition = match (&self.template, &self.definition) {
            (Some(code), None) => {
                let template = ge_template(code.as_str()).map(|template| template.definition.clone());
                if template.is_none() {
                    let known: Vec<_> = ge_templates().iter().map(|template| template.code.as_str()).collect();
                    let known = known.join(", ");
                    problems.add(
                        "/template",
                        "unknown_reference",
                        format!("One of {known}."),
                        format!("可选：{known}。"),
                    );
                }
                template
            }
            (None, Some(definition)) => {
                check_storable(&mut problems, "/definition", definition)?;
                Some(definition.clone())
            }
            _ => {
                let en = "Give either a template or a definition.";
                problems.add("/template", "one_of", en, "请给出模板或定义之一。");
                None
            }
        };
        problems.into_result()?;
        definition.ok_or_else(|| Error::internal("no definition and no problem"))
    }
}

impl From<Vec<Problem>> for GeModelValidationOut {
    fn from(problems: Vec<Problem>) -> Self {
        Self { valid: problems.is_empty(), problems }
    }
}

impl Mapped {
    /// What an unmapped customer lacks, the largest share of its axis first; equal shares axis by axis.
    pub(in crate::ge_matrix) fn lacks(&self) -> Vec<GeLack> {
        let axes = [
            (GeAxisName::Attractiveness, &self.attractiveness),
            (GeAxisName::CompetitiveStrength, &self.competitive_strength),
        ];
        let each = axes.into_iter().flat_map(|(axis, score)| {
            score.ungradable.iter().flat_map(|ungradable| &ungradable.lacks).map(move |lack| (axis, score, lack))
        });
        let lack = each.map(|(axis, score, lack)| GeLack {
            axis,
            dimension: lack.dimension.clone(),
            factor: lack.factor.clone(),
            missing: lack.missing,
            share: Exact(round_ratio(score.share_of(lack))),
        });
        let mut lacks: Vec<GeLack> = lack.collect();
        lacks.sort_by_key(|lack| Reverse(lack.share));
        lacks
    }
}

impl AxisScore {
    /// A factor's maximum points / those of all factors.
    fn share_of(&self, lack: &Lack) -> Decimal {
        let points = |of: &dyn Fn(&Code, &Code) -> bool| -> Decimal {
            let each =
                self.dimensions.iter().flat_map(|dimension| dimension.factors.iter().map(move |f| (dimension, f)));
            each.filter(|(dimension, f)| of(&dimension.code, &f.code)).map(|(_, f)| f.max_points.0).sum()
        };
        let own = points(&|dimension, factor| *dimension == lack.dimension && *factor == lack.factor);
        own.checked_div(points(&|_, _| true)).unwrap_or_default()
    }
}

/// A text with a NUL is JSON, but Postgres keeps none.
pub(in crate::ge_matrix) fn check_storable(
    problems: &mut Problems,
    pointer: &str,
    definition: &GeModelDefinition,
) -> Result<()> {
    if serde_json::to_string(definition)?.contains("\\u0000") {
        let en = "Texts must not contain the character U+0000.";
        problems.add(pointer, "control_character", en, "文字不能包含字符 U+0000。");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(json: &str) -> GeModelIn {
        serde_json::from_str(json).unwrap()
    }

    fn codes(model: &GeModelIn) -> Vec<(String, &'static str)> {
        let error = model.checked_definition().unwrap_err();
        error.problems().iter().map(|p| (p.pointer.clone(), p.code)).collect()
    }

    #[test]
    fn a_model_begins_with_a_template_or_a_definition() {
        let name = r#""code": "m", "name": {"en": "M", "zh": "模"}"#;
        let standard = model(&format!(r#"{{{name}, "template": "standard"}}"#));
        assert_eq!(standard.checked_definition().unwrap(), ge_template("standard").unwrap().definition);
        assert_eq!(codes(&model(&format!("{{{name}}}"))), [("/template".into(), "one_of")]);
        let unknown = model(r#"{"code": "m", "name": {"en": " ", "zh": "模"}, "template": "none"}"#);
        assert_eq!(codes(&unknown), [("/name/en".into(), "required"), ("/template".into(), "unknown_reference")]);
    }

    #[test]
    fn what_postgres_cannot_keep_is_refused_by_name() {
        let mut definition = ge_template("standard").unwrap().definition.clone();
        definition.cells[0].name.en = "a\0b".into();
        let mut problems = Problems::new();
        check_storable(&mut problems, "", &definition).unwrap();
        assert_eq!(problems.into_result().unwrap_err().problems()[0].code, "control_character");
    }
}
