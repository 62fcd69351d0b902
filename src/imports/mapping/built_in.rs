//! Mappings that are there from the start: the exports of four systems by the names that they publish.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ImportMapping;

/// A mapping that is there from the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, async_graphql::SimpleObject)]
pub struct BuiltInMapping {
    /// Its code.
    #[schema(example = "salesforce_account")]
    pub code: String,
    /// What it does.
    pub definition: ImportMapping,
}

static BUILT_IN: LazyLock<Vec<BuiltInMapping>> = LazyLock::new(|| {
    [
        ("erpnext_customer", include_str!("built_in/erpnext_customer.json")),
        ("hubspot_company", include_str!("built_in/hubspot_company.json")),
        ("odoo_partner", include_str!("built_in/odoo_partner.json")),
        ("salesforce_account", include_str!("built_in/salesforce_account.json")),
    ]
    .into_iter()
    .filter_map(|(code, json)| {
        // The test below sees that each can be read.
        let definition = serde_json::from_str(json).ok()?;
        Some(BuiltInMapping { code: code.to_owned(), definition })
    })
    .collect()
});

/// All of them, by code.
pub fn built_in_mappings() -> &'static [BuiltInMapping] {
    &BUILT_IN
}

/// The one with a code.
pub fn built_in(code: &str) -> Option<&'static ImportMapping> {
    BUILT_IN.iter().find(|mapping| mapping.code == code).map(|mapping| &mapping.definition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_can_be_read_and_makes_sense() {
        let codes: Vec<_> = built_in_mappings().iter().map(|mapping| mapping.code.as_str()).collect();
        assert_eq!(codes, ["erpnext_customer", "hubspot_company", "odoo_partner", "salesforce_account"]);
        for mapping in built_in_mappings() {
            mapping.definition.problems().into_result().unwrap_or_else(|e| panic!("{}: {e:?}", mapping.code));
        }
    }
}
