//! Text in both languages.

use async_graphql::{InputObject, SimpleObject};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Locale;

/// A label that a person reads, in English and in Simplified Chinese.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "LabelInput")]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// English, 1 to 200 characters.
    #[schema(max_length = 200, example = "Revenue of the last 12 months")]
    pub en: String,
    /// Simplified Chinese, 1 to 200 characters.
    #[schema(max_length = 200, example = "近12个月销售额")]
    pub zh: String,
}

impl Label {
    /// A label from its two texts.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { en: en.into(), zh: zh.into() }
    }

    /// The text for a reader.
    pub fn text(&self, locale: Locale) -> &str {
        match locale {
            Locale::En => &self.en,
            Locale::ZhCn => &self.zh,
        }
    }
}
