//! The ground that a chart is drawn for.

use async_graphql::Enum;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The ground that a chart is drawn for. Where none is asked for, the reader's system decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum ChartTheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl ChartTheme {
    /// The class of a chart's root, which its styles are for. Two charts in one page that differ in their theme must not
    /// share it.
    pub(super) fn class(theme: Option<Self>) -> &'static str {
        match theme {
            None => "fenji-ge",
            Some(Self::Light) => "fenji-ge-light",
            Some(Self::Dark) => "fenji-ge-dark",
        }
    }
}
