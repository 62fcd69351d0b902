//! A filter of customers that has been checked and made ready to ask.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::attribute::AttributeDefinition;
use super::attribute_filter::{TypedComparison, typed};
use super::name_search::NameQuery;
use super::upkeep::Requirements;
use super::wire::CustomerFilter;
use crate::error::{Problems, Result};
use crate::values::Exact;

/// Values of one filter.
const MOST_VALUES: usize = 100;
const LONGEST_QUERY: usize = 200;
/// From so many characters on a text finds external ids that begin with it.
const SHORTEST_BEGINNING: usize = 3;

/// What is asked of customers.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) filter: CustomerFilter,
    pub(super) attributes: Vec<TypedComparison>,
    pub(super) search: Option<Search>,
    /// Where completeness or freshness is asked for.
    pub(super) requirements: Option<Requirements>,
}

/// A text to find customers by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Search {
    pub(super) name: NameQuery,
    /// The text as external ids may have it: as given, in lower and in upper case.
    pub(super) ids: BTreeSet<String>,
    /// Whether an external id that begins with the text is found too.
    pub(super) beginnings: bool,
}

impl CustomerFilter {
    /// The codes of the attributes it compares.
    pub(super) fn attribute_codes(&self) -> impl Iterator<Item = &str> {
        self.attribute.iter().flatten().map(|comparison| comparison.code.as_str())
    }

    /// Whether it asks how well dossiers are kept.
    pub(super) fn asks_upkeep(&self) -> bool {
        self.completeness_below.is_some() || self.completeness_from.is_some() || self.asks_freshness()
    }

    fn asks_freshness(&self) -> bool {
        self.freshness_below.is_some() || self.freshness_from.is_some()
    }
}

impl Question {
    /// Of a filter, given the definitions of the attributes it compares.
    ///
    /// # Errors
    /// `invalid_input` with every problem.
    pub(super) fn new(
        filter: CustomerFilter,
        defined: &BTreeMap<String, AttributeDefinition>,
        requirements: Option<Requirements>,
    ) -> Result<Self> {
        let mut problems = Problems::new();
        let counts = [
            ("/stage", filter.stage.as_ref().map(Vec::len)),
            ("/industry", filter.industry.as_ref().map(Vec::len)),
            ("/territory", filter.territory.as_ref().map(Vec::len)),
            ("/owner_id", filter.owner_id.as_ref().map(Vec::len)),
            ("/tag", filter.tag.as_ref().map(Vec::len)),
            ("/any_tag", filter.any_tag.as_ref().map(Vec::len)),
            ("/country", filter.country.as_ref().map(Vec::len)),
        ];
        for (pointer, count) in counts {
            if count.is_some_and(|count| count > MOST_VALUES) {
                problems.add(pointer, "too_many", "At most 100 values.", "最多 100 个值。");
            }
        }
        problems.optional_text("/q", filter.q.as_deref(), LONGEST_QUERY);
        let shares = [
            ("/completeness_below", filter.completeness_below),
            ("/completeness_from", filter.completeness_from),
            ("/freshness_below", filter.freshness_below),
            ("/freshness_from", filter.freshness_from),
        ];
        for (pointer, share) in shares {
            let one = Exact(Decimal::ONE);
            if share.is_some_and(|share| share < Exact::default() || share > one) {
                problems.add(pointer, "range", "0 to 1, such as 0.8.", "0 至 1，例如 0.8。");
            }
        }
        if filter.as_of.is_some() && filter.asks_freshness() {
            let en = "Freshness is known as of today alone; leave out as_of, or this.";
            problems.add("/as_of", "contradiction", en, "新鲜度仅按当前计算；请去掉 as_of 或新鲜度条件。");
        }
        let comparisons = filter.attribute.as_deref().unwrap_or_default();
        let attributes = typed(comparisons, defined, &mut problems);
        problems.into_result()?;
        let search = filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty()).map(Search::new);
        Ok(Self { filter, attributes, search, requirements })
    }
}

impl Search {
    fn new(text: &str) -> Self {
        let ids = BTreeSet::from([text.to_owned(), text.to_lowercase(), text.to_uppercase()]);
        Self { name: NameQuery::new(text), ids, beginnings: text.chars().count() >= SHORTEST_BEGINNING }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_wrong_is_said_at_once() {
        let filter = CustomerFilter {
            country: Some(vec!["x".into(); 101]),
            q: Some("a\tb".into()),
            completeness_below: Some(Exact(Decimal::TWO)),
            freshness_from: Some(Exact(Decimal::NEGATIVE_ONE)),
            as_of: Some("2014-01-01".parse().unwrap()),
            attribute: Some(vec!["colour:eq:red".parse().unwrap()]),
            ..CustomerFilter::default()
        };
        let error = Question::new(filter, &BTreeMap::new(), None).unwrap_err();
        let found: Vec<_> = error.problems().iter().map(|p| (p.pointer.as_str(), p.code)).collect();
        let expected = [
            ("/country", "too_many"),
            ("/q", "control_character"),
            ("/completeness_below", "range"),
            ("/freshness_from", "range"),
            ("/as_of", "contradiction"),
            ("/attribute/0", "unknown_attribute"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_blank_text_asks_nothing() {
        let search = |q: &str| {
            let filter = CustomerFilter { q: Some(q.into()), ..CustomerFilter::default() };
            Question::new(filter, &BTreeMap::new(), None).unwrap().search
        };
        assert_eq!(search("  "), None);
        let found = search(" C-1 ").unwrap();
        assert_eq!(
            (found.ids.into_iter().collect::<Vec<_>>(), found.beginnings),
            (vec!["C-1".to_owned(), "c-1".to_owned()], true)
        );
        assert!(!search("C1").unwrap().beginnings);
    }
}
