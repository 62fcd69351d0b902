//! What is wrong with a plan's settings or pins.

use async_graphql::SimpleObject;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::values::Label;

/// One thing that keeps a plan from being made, and where in the settings it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct PlanProblem {
    /// JSON pointer (RFC 6901) into the input, such as `/settings/win_rate`.
    pub pointer: String,
    /// A stable code, such as `out_of_range`.
    pub code: String,
    /// What is wrong, for a person.
    pub detail: Label,
}

impl PlanProblem {
    /// A problem from its three parts.
    pub fn new(pointer: impl Into<String>, code: &str, detail: Label) -> Self {
        Self { pointer: pointer.into(), code: code.to_owned(), detail }
    }
}
