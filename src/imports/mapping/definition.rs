//! A mapping as it is written, stored and sent.

use async_graphql::{Enum, InputObject, SimpleObject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::imports::ImportKind;
use crate::imports::notation::{IdForm, NumberForm};
use crate::values::Label;

/// Which columns of a source's files are which of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(name = "ImportMappingDefinition", input_name = "ImportMappingInput")]
#[schema(as = ImportMappingDefinition)]
#[serde(deny_unknown_fields)]
pub struct ImportMapping {
    /// What it is called, each language at most 200 characters.
    pub name: Label,
    /// What its files hold.
    pub kind: ImportKind,
    /// The system whose ids its files give customers, 1 to 63 characters; `default` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 63, example = "salesforce")]
    pub system: Option<String>,
    /// Its columns, 1 to 200, no two with one target.
    #[schema(min_items = 1, max_items = 200)]
    pub columns: Vec<MappedColumn>,
    /// Columns of the file that are passed over, at most 1,000.
    #[serde(default)]
    #[graphql(default)]
    #[schema(max_items = 1000)]
    pub ignored: Vec<String>,
    /// What is done with columns of the file that are named nowhere.
    #[serde(default)]
    #[graphql(default)]
    pub unmapped: Unmapped,
    /// What is done with a customer whose owner is nobody's external id.
    #[serde(default)]
    #[graphql(default)]
    pub unknown_owner: UnknownOwner,
}

/// How one of our columns is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "MappedColumnInput")]
#[serde(deny_unknown_fields)]
pub struct MappedColumn {
    /// Our column, such as `city`; `attributes.CODE` for an attribute of a customer.
    #[schema(example = "city")]
    pub target: String,
    /// Its names in the file, at most 20, case ignored; the first that the file has is read. Other columns may read the
    /// same one.
    #[serde(default)]
    #[graphql(default)]
    #[schema(max_items = 20, example = json!(["BillingCity", "Billing City"]))]
    pub sources: Vec<String>,
    /// Stands where the file has no such column, or leaves it blank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub constant: Option<String>,
    /// Words of the file and ours for them, at most 500, case ignored; others stay as they are.
    #[serde(default)]
    #[graphql(default)]
    #[schema(max_items = 500)]
    pub values: Vec<ValueReplacement>,
    /// Forms of days in the file besides `2026-01-31`, at most 10, tried in their order: `%d.%m.%Y`, `%m/%d/%y %H:%M`. `%Y`
    /// takes four digits and `%y` two, 69 to 99 for 1969 to 1999 and 00 to 68 for 2000 to 2068.
    #[serde(default)]
    #[graphql(default)]
    #[schema(max_items = 10, example = json!(["%d/%m/%Y"]))]
    pub date_formats: Vec<String>,
    /// What separates the words of a list in the file, one character; `;` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1, example = ",")]
    pub separator: Option<String>,
    /// How texts that are numbers are written in the file; `-1234.5` where absent. Number cells of a workbook and numbers
    /// of JSON are numbers whatever it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = json!({"decimal": "comma", "grouping": "point"}))]
    pub number_form: Option<NumberForm>,
    /// The older way to say that numbers have a decimal comma, and points, blanks or apostrophes between groups of three
    /// digits; `number_form` says which.
    #[serde(default)]
    #[graphql(default)]
    pub decimal_comma: bool,
    /// In which ways the source writes one id; as they stand where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_form: Option<IdForm>,
}

/// A word of the file and ours for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "ValueReplacementInput")]
#[serde(deny_unknown_fields)]
pub struct ValueReplacement {
    /// What stands in the file.
    #[schema(example = "Customer")]
    pub from: String,
    /// What it is here; blank for no value.
    #[schema(example = "active")]
    pub to: String,
}

/// What is done with columns that a mapping does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Enum)]
#[graphql(name = "UnmappedColumns")]
#[schema(as = UnmappedColumns)]
#[serde(rename_all = "snake_case")]
pub enum Unmapped {
    /// The file is refused.
    #[default]
    Refuse,
    /// They are passed over.
    Ignore,
}

/// What is done with a customer whose owner is nobody's external id, nor the name of one salesperson.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum UnknownOwner {
    /// The row is refused; an owner is an external id and nothing else.
    #[default]
    Refuse,
    /// The row is taken without its owner, with a warning.
    LeaveOut,
    /// A salesperson is made with the text as external id and name.
    Create,
}
