//! Which customers a run grades.

use async_graphql::{InputObject, Object, OneofObject, SimpleObject};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::dossiers::{CustomerFilter, ExternalId};
use crate::error::{Problems, Result};
use crate::values::{CustomerId, Exact};

/// The most months for which a customer can count as newly won.
const MAX_NEWLY_WON: i32 = 36;
/// The most customers a list can name.
const MAX_LISTED: usize = 10_000;

/// Which customers a run grades: exactly one of the fields is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, OneofObject)]
#[schema(as = GradingSelection)]
#[graphql(name = "GradingSelection", input_name = "GradingSelectionInput")]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// Every customer.
    All(AllCustomers),
    /// The smallest set of customers making a share of the net sales of the 12 months that end with the run's month.
    Share(ShareOfSales),
    /// Customers of the stage `prospect`, and, where asked, those newly won.
    Prospects(Prospects),
    /// Those who meet a filter of the list of customers, as they are when the run reads them.
    Filter(Box<CustomerFilter>),
    /// Those who are named.
    List(ListedCustomers),
}

/// Customers by name. At most 10,000.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "ListedCustomersInput")]
#[serde(deny_unknown_fields)]
pub struct ListedCustomers {
    /// By their ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[graphql(default)]
    pub customer_ids: Vec<CustomerId>,
    /// By ids of other systems.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[graphql(default)]
    pub external_ids: Vec<ExternalId>,
}

/// Every customer, whatever the stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "AllCustomersInput")]
#[serde(deny_unknown_fields)]
pub struct AllCustomers {
    /// Leaves out customers of the stage `lost`.
    #[serde(default, skip_serializing_if = "is_false")]
    #[graphql(default)]
    pub without_lost: bool,
}

/// The smallest set making a share of sales.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "ShareOfSalesInput")]
#[serde(deny_unknown_fields)]
pub struct ShareOfSales {
    /// The share, above 0 and at most 1.
    #[schema(example = "0.8")]
    pub share: Exact,
}

/// Prospects, and customers newly won.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "ProspectsInput")]
#[serde(deny_unknown_fields)]
pub struct Prospects {
    /// Also customers whose first sale lies within so many months that end with the run's month, 0 to 36; 0 where
    /// absent, which adds none.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[graphql(default)]
    #[schema(minimum = 0, maximum = 36)]
    pub newly_won_months: i32,
}

impl Selection {
    /// Whether a run of it decides current grades where nobody says: not one of a few that somebody picks.
    pub(super) fn is_official(&self) -> bool {
        match self {
            Self::All(_) | Self::Share(_) | Self::Prospects(_) => true,
            Self::Filter(_) | Self::List(_) => false,
        }
    }

    /// Adds what is wrong with it.
    pub(super) fn check(&self, problems: &mut Problems) {
        match self {
            Self::All(_) => {}
            Self::Share(share) => {
                if share.share.0 <= Decimal::ZERO || share.share.0 > Decimal::ONE {
                    let at = "/selection/share/share";
                    problems.add(at, "range", "Above 0 and at most 1.", "大于 0，至多为 1。");
                }
            }
            Self::Prospects(prospects) => {
                if !(0..=MAX_NEWLY_WON).contains(&prospects.newly_won_months) {
                    let at = "/selection/prospects/newly_won_months";
                    problems.add(at, "range", format!("0 to {MAX_NEWLY_WON}."), format!("0 至 {MAX_NEWLY_WON}。"));
                }
            }
            Self::Filter(_) => {}
            Self::List(list) => {
                if !(1..=MAX_LISTED).contains(&(list.customer_ids.len() + list.external_ids.len())) {
                    let (en, zh) = (format!("1 to {MAX_LISTED} customers."), format!("1 至 {MAX_LISTED} 个客户。"));
                    problems.add("/selection/list", "range", en, zh);
                }
            }
        }
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_zero(number: &i32) -> bool {
    *number == 0
}

/// Which customers a run grades: exactly one of the fields is set.
#[Object]
impl Selection {
    /// Every customer.
    #[graphql(name = "all")]
    async fn gql_all(&self) -> Option<AllCustomers> {
        if let Self::All(all) = self { Some(*all) } else { None }
    }

    /// The smallest set making a share of sales.
    #[graphql(name = "share")]
    async fn gql_share(&self) -> Option<ShareOfSales> {
        if let Self::Share(share) = self { Some(*share) } else { None }
    }

    /// Prospects.
    #[graphql(name = "prospects")]
    async fn gql_prospects(&self) -> Option<Prospects> {
        if let Self::Prospects(prospects) = self { Some(*prospects) } else { None }
    }

    /// The filter, in the form of REST.
    #[graphql(name = "filter")]
    async fn gql_filter(&self) -> Result<Option<serde_json::Value>> {
        if let Self::Filter(filter) = self { Ok(Some(serde_json::to_value(filter)?)) } else { Ok(None) }
    }

    /// Those who are named.
    #[graphql(name = "list")]
    async fn gql_list(&self) -> Option<&ListedCustomers> {
        if let Self::List(list) = self { Some(list) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_reads_back_as_it_was_written() {
        for text in [
            r#"{"all":{}}"#,
            r#"{"all":{"without_lost":true}}"#,
            r#"{"share":{"share":"0.8"}}"#,
            r#"{"prospects":{}}"#,
            r#"{"prospects":{"newly_won_months":6}}"#,
            r#"{"filter":{"stage":["active"],"attribute":[{"code":"machines","op":"gte","values":["3"]}]}}"#,
            r#"{"list":{"external_ids":[{"system":"crm","external_id":"C-1"}]}}"#,
        ] {
            let selection: Selection = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&selection).unwrap(), text);
        }
        assert!(serde_json::from_str::<Selection>(r#"{"all":{},"prospects":{}}"#).is_err());
        assert!(serde_json::from_str::<Selection>(r#"{"prospects":{"months":6}}"#).is_err());
    }

    #[test]
    fn a_share_is_a_fraction() {
        let refused = |text: &str| {
            let mut problems = Problems::new();
            serde_json::from_str::<Selection>(text).unwrap().check(&mut problems);
            problems.into_result().is_err()
        };
        assert!(refused(r#"{"share":{"share":"80"}}"#));
        assert!(refused(r#"{"share":{"share":"0"}}"#));
        assert!(!refused(r#"{"share":{"share":"1"}}"#));
        assert!(refused(r#"{"prospects":{"newly_won_months":37}}"#));
    }
}
