//! What a document may cost, decided on its parsed form before anything else looks at it.

use std::collections::BTreeSet;

use async_graphql::parser::types::{Directive, ExecutableDocument, OperationDefinition, Selection, SelectionSet};
use async_graphql::{ErrorExtensionValues, Pos, Positioned, ServerError, Variables};
use thiserror::Error;

use super::weigh::Weigher;
use crate::error::ErrorCode;

/// The limits of one query document; each is the most that still passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the query's text.
    pub query_bytes: usize,
    /// Brackets inside brackets, of all kinds, in the text: what the parser's stack must bear.
    pub nesting: u64,
    /// Fields inside fields, outside introspection.
    pub depth: u64,
    /// Fields inside fields below `__schema` and `__type`, each itself counted.
    pub introspection_depth: u64,
    /// Lists of the schema inside lists of the schema, below `__schema` and `__type`: they go round in circles.
    pub introspection_lists: u64,
    /// Points: one a field, times the page sizes above it.
    pub cost: u64,
    /// Fields at the root of an operation.
    pub root_fields: u64,
    /// Aliases in the document.
    pub aliases: u64,
    /// Fragments used in the document, named and inline.
    pub fragment_spreads: u64,
    /// Directives in the document.
    pub directives: u64,
    /// Items of a connection or list whose size is not said, in the cost.
    pub default_page: u64,
    /// Whether the schema may be asked for itself.
    pub introspection: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            query_bytes: 32 * 1024,
            nesting: 64,
            depth: 12,
            introspection_depth: 20,
            introspection_lists: 2,
            cost: 50_000,
            root_fields: 20,
            aliases: 100,
            fragment_spreads: 100,
            directives: 50,
            default_page: 20,
            introspection: true,
        }
    }
}

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// [`Limits::query_bytes`].
    QueryBytes,
    /// [`Limits::nesting`].
    Nesting,
    /// [`Limits::depth`].
    Depth,
    /// [`Limits::introspection_depth`].
    IntrospectionDepth,
    /// [`Limits::introspection_lists`].
    IntrospectionLists,
    /// [`Limits::cost`].
    Cost,
    /// [`Limits::root_fields`].
    RootFields,
    /// [`Limits::aliases`].
    Aliases,
    /// [`Limits::fragment_spreads`].
    FragmentSpreads,
    /// [`Limits::directives`].
    Directives,
}

impl Measure {
    /// The word for it in `extensions.measure`.
    pub fn slug(self) -> &'static str {
        match self {
            Self::QueryBytes => "query_bytes",
            Self::Nesting => "nesting",
            Self::Depth => "depth",
            Self::IntrospectionDepth => "introspection_depth",
            Self::IntrospectionLists => "introspection_lists",
            Self::Cost => "cost",
            Self::RootFields => "root_fields",
            Self::Aliases => "aliases",
            Self::FragmentSpreads => "fragment_spreads",
            Self::Directives => "directives",
        }
    }
}

/// Why a document is refused before it is validated.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GraphqlLimitError {
    /// One of the limits is passed. Where counting stopped early, `actual` is the least it can be.
    #[error("The query's {} is {actual}; at most {limit} is allowed.", .measure.slug())]
    Exceeded {
        /// What is limited.
        measure: Measure,
        /// The most that passes.
        limit: u64,
        /// What the document has.
        actual: u64,
    },
    /// A fragment contains itself, directly or through others.
    #[error("The fragment \"{name}\" contains itself.")]
    FragmentCycle {
        /// One fragment of the circle.
        name: String,
        /// Where it is spread.
        position: Pos,
    },
    /// The schema may not be asked for itself.
    #[error("Introspection is switched off.")]
    IntrospectionDisabled {
        /// Where it is asked.
        position: Pos,
    },
}

impl GraphqlLimitError {
    /// The word in `extensions.code`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Exceeded { .. } => ErrorCode::QueryTooComplex.slug(),
            Self::FragmentCycle { .. } => ErrorCode::BadRequest.slug(),
            Self::IntrospectionDisabled { .. } => ErrorCode::Forbidden.slug(),
        }
    }

    /// Refuses `actual` where it is above `limit`.
    ///
    /// # Errors
    /// [`GraphqlLimitError::Exceeded`].
    pub(super) fn check(measure: Measure, limit: u64, actual: u64) -> Result<(), Self> {
        if actual > limit { Err(Self::Exceeded { measure, limit, actual }) } else { Ok(()) }
    }

    fn position(&self) -> Option<Pos> {
        match self {
            Self::Exceeded { .. } => None,
            Self::FragmentCycle { position, .. } | Self::IntrospectionDisabled { position } => Some(*position),
        }
    }
}

impl From<GraphqlLimitError> for ServerError {
    fn from(error: GraphqlLimitError) -> Self {
        let mut out = Self::new(error.to_string(), error.position());
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", error.code());
        if let GraphqlLimitError::Exceeded { measure, limit, actual } = error {
            extensions.set("measure", measure.slug());
            extensions.set("limit", limit);
            extensions.set("actual", actual);
        }
        out.extensions = Some(extensions);
        out
    }
}

/// What a document was found to have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// Points of all its operations together: each of them is walked by validation, whichever is run.
    pub cost: u64,
    /// Selections looked at to find out; never more than operations times selections in the text.
    pub visited: u64,
}

/// Measures a document against the limits; the schema is not needed.
///
/// A field costs one point, and its children cost their points times `first`, `last` or `limit`. Where such an argument is
/// missing on a field with `edges` or `nodes`, or where its value cannot be known, [`Limits::default_page`] stands in.
///
/// # Errors
/// The first limit that is passed, a fragment cycle, or introspection where it is off.
pub fn measure(
    document: &ExecutableDocument,
    variables: &Variables,
    limits: &Limits,
) -> Result<Measured, GraphqlLimitError> {
    Counts::of(document).check(limits)?;
    let mut measured = Measured::default();
    let mut walked = BTreeSet::new();
    for operation in in_order(document) {
        let mut weigher = Weigher::new(document, &operation.node.variable_definitions, variables, limits);
        let weight = weigher.selection_set(&operation.node.selection_set.node)?;
        measured.cost = measured.cost.saturating_add(weight.cost);
        measured.visited = measured.visited.saturating_add(weigher.visited());
        walked.extend(weigher.fragments());
        GraphqlLimitError::check(Measure::RootFields, limits.root_fields, weight.fields)?;
        GraphqlLimitError::check(Measure::Depth, limits.depth, weight.depth)?;
        GraphqlLimitError::check(Measure::Cost, limits.cost, measured.cost)?;
    }
    measured.visited = measured.visited.saturating_add(refuse_cycles_elsewhere(document, variables, limits, &walked)?);
    Ok(measured)
}

/// Fragments that no operation uses are validated as well.
fn refuse_cycles_elsewhere(
    document: &ExecutableDocument,
    variables: &Variables,
    limits: &Limits,
    walked: &BTreeSet<&str>,
) -> Result<u64, GraphqlLimitError> {
    let mut weigher = Weigher::new(document, &[], variables, limits);
    let mut unused: Vec<_> = document.fragments.iter().filter(|(name, _)| !walked.contains(name.as_str())).collect();
    unused.sort_by_key(|(_, fragment)| fragment.pos);
    for (name, fragment) in unused {
        weigher.fragment(name, fragment.pos)?;
    }
    Ok(weigher.visited())
}

/// The operations as they stand in the text: the map has no order, an error must.
fn in_order(document: &ExecutableDocument) -> Vec<&Positioned<OperationDefinition>> {
    let mut operations: Vec<_> = document.operations.iter().map(|(_, operation)| operation).collect();
    operations.sort_by_key(|operation| operation.pos);
    operations
}

/// What is counted as it stands in the text, each definition once.
#[derive(Default)]
struct Counts {
    aliases: u64,
    spreads: u64,
    directives: u64,
}

impl Counts {
    fn of(document: &ExecutableDocument) -> Self {
        let mut counts = Self::default();
        for (_, operation) in document.operations.iter() {
            counts.directives(&operation.node.directives);
            for variable in &operation.node.variable_definitions {
                counts.directives(&variable.node.directives);
            }
            counts.selections(&operation.node.selection_set.node);
        }
        for fragment in document.fragments.values() {
            counts.directives(&fragment.node.directives);
            counts.selections(&fragment.node.selection_set.node);
        }
        counts
    }

    /// The parser has bounded how deep this goes.
    fn selections(&mut self, set: &SelectionSet) {
        for selection in &set.items {
            self.directives(selection.node.directives());
            match &selection.node {
                Selection::Field(field) => {
                    self.aliases += u64::from(field.node.alias.is_some());
                    self.selections(&field.node.selection_set.node);
                }
                Selection::FragmentSpread(_) => self.spreads += 1,
                Selection::InlineFragment(inline) => {
                    self.spreads += 1;
                    self.selections(&inline.node.selection_set.node);
                }
            }
        }
    }

    fn directives(&mut self, directives: &[Positioned<Directive>]) {
        self.directives += directives.len() as u64;
    }

    fn check(&self, limits: &Limits) -> Result<(), GraphqlLimitError> {
        GraphqlLimitError::check(Measure::Aliases, limits.aliases, self.aliases)?;
        GraphqlLimitError::check(Measure::FragmentSpreads, limits.fragment_spreads, self.spreads)?;
        GraphqlLimitError::check(Measure::Directives, limits.directives, self.directives)
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    fn measured(query: &str, variables: serde_json::Value) -> Result<Measured, GraphqlLimitError> {
        measure(&parse_query(query).unwrap(), &Variables::from_json(variables), &Limits::default())
    }

    fn cost(query: &str) -> u64 {
        measured(query, json!({})).unwrap().cost
    }

    fn exceeded(query: &str) -> (Measure, u64, u64) {
        match measured(query, json!({})).unwrap_err() {
            GraphqlLimitError::Exceeded { measure, limit, actual } => (measure, limit, actual),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_field_is_a_point_and_lists_multiply() {
        assert_eq!(cost("{ a }"), 1);
        assert_eq!(cost("{ __typename a { b c } }"), 4);
        assert_eq!(cost("{ a(first: 10) { b c } }"), 1 + 10 * 2);
        assert_eq!(cost("{ a(last: 12) { b(limit: 3) { c } } }"), 1 + 12 * (1 + 3));
        assert_eq!(cost("{ a(first: 0) { b } }"), 2, "a page of none is still walked once");
        assert_eq!(cost("{ a(first: 2, last: 5) { b } }"), 1 + 5);
    }

    #[test]
    fn the_page_is_taken_from_variables_their_defaults_and_else_the_default_page() {
        let query = "query($n: Int) { a(first: $n) { b } }";
        assert_eq!(measured(query, json!({"n": 7})).unwrap().cost, 8);
        assert_eq!(measured(query, json!({})).unwrap().cost, 21);
        assert_eq!(measured(query, json!({"n": "many"})).unwrap().cost, 21);
        assert_eq!(cost("query($n: Int = 3) { a(first: $n) { b } }"), 4);
        assert_eq!(cost("{ a { edges { b } } }"), 1 + 20 * 2, "a connection of unsaid size");
        assert_eq!(cost("{ a { ...C } } fragment C on A { nodes { b } }"), 1 + 20 * 2);
    }

    #[test]
    fn the_dashboard_of_the_largest_page_passes() {
        let query = "{ customers(first: 500) { edges { node { id name territory grade { grade score } geCell { cell }
            monthlySales(last: 12) { month net cost } } } pageInfo { hasNextPage endCursor } } }";
        // node: 3 names, grade 1 + 2, cell 1 + 1, sales 1 + 12 * 3 = 45; edges and node 2; page info 3.
        assert_eq!(cost(query), 1 + 500 * (45 + 2 + 3));
    }

    #[test]
    fn absurd_pages_saturate() {
        let page = u64::MAX;
        let query = format!("{{ a(first: {page}) {{ b(first: {page}) {{ c }} }} }}");
        assert_eq!(exceeded(&query), (Measure::Cost, 50_000, u64::MAX));
    }

    #[test]
    fn depth_counts_fields_not_fragments() {
        let nested = |n: usize| format!("{}{}", "{ a ".repeat(n), "}".repeat(n));
        assert!(measured(&nested(12), json!({})).is_ok());
        assert_eq!(exceeded(&nested(13)), (Measure::Depth, 12, 13));
        let inline = format!("{}{{ b }}{}", "{ a { ... ".repeat(5), "} }".repeat(5));
        assert!(measured(&inline, json!({})).is_ok());
    }

    #[test]
    fn each_count_has_its_limit() {
        assert!(measured(&format!("{{ {} }}", "f ".repeat(20)), json!({})).is_ok());
        assert_eq!(exceeded(&format!("{{ {} }}", "f ".repeat(21))), (Measure::RootFields, 20, 21));
        assert_eq!(exceeded(&format!("{{ a {{ {} }} }}", "x: f ".repeat(101))), (Measure::Aliases, 100, 101));
        let spreads = format!("{{ a {{ {} }} }} fragment F on A {{ b }}", "...F ".repeat(101));
        assert_eq!(exceeded(&spreads), (Measure::FragmentSpreads, 100, 101));
        let inline = format!("{{ a {{ {} }} }}", "... { b } ".repeat(101));
        assert_eq!(exceeded(&inline), (Measure::FragmentSpreads, 100, 101));
        assert_eq!(exceeded(&format!("{{ a {} }}", "@x ".repeat(51))), (Measure::Directives, 50, 51));
    }

    #[test]
    fn root_fields_are_counted_through_fragments() {
        let query = "{ ...F ...F ...F } fragment F on Query { a b c d e f g }";
        assert_eq!(exceeded(query), (Measure::RootFields, 20, 21));
    }

    #[test]
    fn all_operations_count_because_all_are_validated() {
        let half = "{ a(first: 26000) { b } }";
        assert_eq!(exceeded(&format!("query A {half} query B {half}")), (Measure::Cost, 50_000, 52_002));
    }

    #[test]
    fn fragment_cycles_are_found_used_or_not() {
        let cycle = |query: &str| match measured(query, json!({})).unwrap_err() {
            GraphqlLimitError::FragmentCycle { name, .. } => name,
            other => panic!("{other:?}"),
        };
        assert_eq!(cycle("{ ...A } fragment A on Q { ...B } fragment B on Q { a { ...A } }"), "A");
        assert_eq!(cycle("{ a } fragment A on Q { a { ...A } }"), "A");
        assert!(measured("{ ...Missing }", json!({})).is_ok(), "validation says so better");
    }

    #[test]
    fn the_error_carries_code_limit_and_actual() {
        let error: ServerError =
            GraphqlLimitError::Exceeded { measure: Measure::Aliases, limit: 100, actual: 101 }.into();
        let extensions = serde_json::to_value(error.extensions).unwrap();
        let expected = json!({"code": "query_too_complex", "measure": "aliases", "limit": 100, "actual": 101});
        assert_eq!(extensions, expected);
    }
}
