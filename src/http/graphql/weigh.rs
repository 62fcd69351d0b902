//! The weight of a selection, each fragment weighed once.
//!
//! Twenty fragments that each spread the next one twice are 600 bytes and a million fields once expanded. A fragment's
//! weight does not depend on where it is spread, so it is kept: the walk is as long as the text.

use std::collections::BTreeMap;
use std::convert::Infallible;

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet, VariableDefinition};
use async_graphql::{Name, Number, Pos, Positioned, Value, Variables};

use super::limits::{GraphqlLimitError, Limits, Measure};

/// Selections within selections and fragments within fragments that a walk may stand in: far above every depth that
/// passes, far below what the stack bears.
const DEEPEST_WALK: u64 = 128;
/// The arguments that say how many items a field returns.
const PAGE_ARGUMENTS: [&str; 3] = ["first", "last", "limit"];
/// The fields of a connection that hold its items.
const ITEM_FIELDS: [&str; 2] = ["edges", "nodes"];
/// The fields by which types lead to types.
const TYPE_LISTS: [&str; 4] = ["fields", "interfaces", "possibleTypes", "inputFields"];

/// What a selection weighs; a sum or a maximum over its parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Weight {
    /// Points.
    pub(super) cost: u64,
    /// Fields inside fields.
    pub(super) depth: u64,
    /// Fields at its top.
    pub(super) fields: u64,
    /// Lists of types inside lists of types.
    type_lists: u64,
    /// Whether the items of a connection are at its top.
    items: bool,
}

impl Weight {
    fn beside(self, other: Self) -> Self {
        Self {
            cost: self.cost.saturating_add(other.cost),
            depth: self.depth.max(other.depth),
            fields: self.fields.saturating_add(other.fields),
            type_lists: self.type_lists.max(other.type_lists),
            items: self.items || other.items,
        }
    }
}

enum Known {
    InProgress,
    Weighed(Weight),
}

/// Weighs the selections of one operation.
pub(super) struct Weigher<'a> {
    document: &'a ExecutableDocument,
    definitions: &'a [Positioned<VariableDefinition>],
    variables: &'a Variables,
    limits: &'a Limits,
    known: BTreeMap<&'a str, Known>,
    level: u64,
    visited: u64,
}

impl<'a> Weigher<'a> {
    pub(super) fn new(
        document: &'a ExecutableDocument,
        definitions: &'a [Positioned<VariableDefinition>],
        variables: &'a Variables,
        limits: &'a Limits,
    ) -> Self {
        Self { document, definitions, variables, limits, known: BTreeMap::new(), level: 0, visited: 0 }
    }

    /// Selections looked at so far.
    pub(super) fn visited(&self) -> u64 {
        self.visited
    }

    /// The names of the fragments weighed so far.
    pub(super) fn fragments(&self) -> impl Iterator<Item = &'a str> {
        self.known.keys().copied()
    }

    /// The weight of what stands between two braces.
    pub(super) fn selection_set(&mut self, set: &'a SelectionSet) -> Result<Weight, GraphqlLimitError> {
        self.level += 1;
        if self.level > DEEPEST_WALK {
            return Err(GraphqlLimitError::Exceeded {
                measure: Measure::Depth,
                limit: self.limits.depth,
                actual: self.level,
            });
        }
        let mut weight = Weight::default();
        for selection in &set.items {
            self.visited += 1;
            weight = weight.beside(self.selection(&selection.node)?);
        }
        self.level -= 1;
        Ok(weight)
    }

    fn selection(&mut self, selection: &'a Selection) -> Result<Weight, GraphqlLimitError> {
        match selection {
            Selection::Field(field) => self.field(field),
            Selection::InlineFragment(inline) => self.selection_set(&inline.node.selection_set.node),
            Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node, spread.pos),
        }
    }

    /// The weight of a named fragment, spread at `position`; nothing for one that is not defined.
    pub(super) fn fragment(&mut self, name: &'a Name, position: Pos) -> Result<Weight, GraphqlLimitError> {
        match self.known.get(name.as_str()) {
            Some(Known::Weighed(weight)) => return Ok(*weight),
            Some(Known::InProgress) => {
                return Err(GraphqlLimitError::FragmentCycle { name: name.to_string(), position });
            }
            None => {}
        }
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(Weight::default()) };
        self.known.insert(name.as_str(), Known::InProgress);
        let weight = self.selection_set(&fragment.node.selection_set.node)?;
        self.known.insert(name.as_str(), Known::Weighed(weight));
        Ok(weight)
    }

    fn field(&mut self, field: &'a Positioned<Field>) -> Result<Weight, GraphqlLimitError> {
        let name = field.node.name.node.as_str();
        let below = self.selection_set(&field.node.selection_set.node)?;
        let weight = Weight {
            cost: self.page(&field.node, below).saturating_mul(below.cost).saturating_add(1),
            depth: below.depth.saturating_add(1),
            fields: 1,
            type_lists: below.type_lists + u64::from(TYPE_LISTS.contains(&name)),
            items: ITEM_FIELDS.contains(&name),
        };
        if matches!(name, "__schema" | "__type") { self.introspection(field.pos, weight) } else { Ok(weight) }
    }

    /// The schema has limits of its own: the usual query for it is deeper than any other, and goes round in circles.
    fn introspection(&self, position: Pos, weight: Weight) -> Result<Weight, GraphqlLimitError> {
        let limits = self.limits;
        if !limits.introspection {
            return Err(GraphqlLimitError::IntrospectionDisabled { position });
        }
        GraphqlLimitError::check(Measure::IntrospectionDepth, limits.introspection_depth, weight.depth)?;
        GraphqlLimitError::check(Measure::IntrospectionLists, limits.introspection_lists, weight.type_lists)?;
        Ok(Weight { depth: 1, type_lists: 0, ..weight })
    }

    /// How many times the children are counted, at least once.
    fn page(&self, field: &Field, below: Weight) -> u64 {
        let said = PAGE_ARGUMENTS
            .iter()
            .filter_map(|argument| field.get_argument(argument))
            .map(|value| {
                // Only numbers are put in: a list of large variables would be copied in full.
                let number =
                    |name| Ok::<_, Infallible>(self.variable(&name).cloned().map_or(Value::Null, Value::Number));
                match value.node.clone().into_const_with(number) {
                    Ok(Value::Number(number)) => number.as_u64().unwrap_or(self.limits.default_page),
                    _ => self.limits.default_page,
                }
            })
            .max();
        said.unwrap_or(if below.items { self.limits.default_page } else { 1 }).max(1)
    }

    /// The number that a variable has, by the request or by default.
    fn variable(&self, name: &Name) -> Option<&Number> {
        let value = self.variables.get(name).or_else(|| {
            let definition = self.definitions.iter().find(|definition| definition.node.name.node == *name)?;
            definition.node.default_value.as_ref().map(|value| &value.node)
        })?;
        if let Value::Number(number) = value { Some(number) } else { None }
    }
}
