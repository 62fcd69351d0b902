//! How one definition differs from another, field by field.
//!
//! Dimensions and factors are the same where their codes are, wherever they stand; grades, levels, choices, bands and caps
//! by what names them. The order in which they are written changes no score, and is no difference.

use std::collections::BTreeMap;

use async_graphql::{Enum, SimpleObject};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Dimension, Factor, ScaleDefinition};
use crate::values::Code;

/// One difference of two definitions.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
pub struct ScaleChange {
    /// Whether something came, went or became another.
    pub kind: ScaleChangeKind,
    /// What differs.
    pub subject: ScaleChangeSubject,
    /// The dimension it belongs to, where it belongs to one: the new one of a factor that has moved.
    pub dimension: Option<Code>,
    /// The factor it belongs to, where it belongs to one.
    pub factor: Option<Code>,
    /// Where it stands in the old definition, as a JSON pointer (RFC 6901); null for what came.
    #[schema(example = "/dimensions/0/weight")]
    pub old_pointer: Option<String>,
    /// Where it stands in the new definition; null for what went.
    #[schema(example = "/dimensions/1/weight")]
    pub new_pointer: Option<String>,
    /// What stood there; null for what came.
    #[schema(value_type = Option<Value>, example = "0.4")]
    pub old: Option<Value>,
    /// What stands there; null for what went.
    #[schema(value_type = Option<Value>, example = "0.35")]
    pub new: Option<Value>,
}

/// The kinds of differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum ScaleChangeKind {
    /// Only the new definition has it.
    Added,
    /// Only the old definition has it.
    Removed,
    /// Both have it, and it is not the same.
    Changed,
}

/// What can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum ScaleChangeSubject {
    /// A dimension as a whole; of a factor, the dimension it belongs to.
    Dimension,
    /// A factor as a whole.
    Factor,
    /// A name or description.
    Label,
    /// A dimension's axis.
    Axis,
    /// A dimension's weight.
    Weight,
    /// A factor's maximum points.
    Points,
    /// Where a factor's value comes from.
    Source,
    /// A factor's rule: its levels, bands, choices and their points.
    Rule,
    /// What is done without a value.
    Missing,
    /// The smallest base of a growth.
    MinBase,
    /// Who can change a factor.
    Influence,
    /// A grade and how it is reached.
    GradeBand,
    /// A cap.
    Cap,
    /// The share of all points whose facts must be known.
    MinCoverage,
}

use ScaleChangeKind::{Added, Changed, Removed};
use ScaleChangeSubject as Subject;

/// Fields that hold decimals, which are the same in whatever form they are written.
const DECIMALS: [&str; 13] = [
    "weight",
    "max_points",
    "points",
    "from",
    "to",
    "min_score",
    "share",
    "otherwise",
    "number",
    "min_coverage",
    "amount",
    "median_share",
    "at_least",
];

/// What differs, dimensions first, then factors, grades, caps and the coverage, each in the order of the old definition and then of
/// what only the new one has; empty where nothing does.
pub fn compare(old: &ScaleDefinition, new: &ScaleDefinition) -> Vec<ScaleChange> {
    let mut changes = Changes::default();
    changes.dimensions(old, new);
    changes.factors(old, new);
    let bands = |definition: &ScaleDefinition| json(&definition.grade_bands);
    let about = About { subject: Subject::GradeBand, dimension: None, factor: None };
    let place = || Place::at("/grade_bands");
    changes.differ(&about, "grade_bands", (&place(), &bands(old)), (&place(), &bands(new)));
    let about = About { subject: Subject::Cap, ..about };
    let place = || Place::at("/caps");
    changes.differ(&about, "caps", (&place(), &json(&old.caps)), (&place(), &json(&new.caps)));
    let about = About { subject: Subject::MinCoverage, ..about };
    let place = || Place::at("/min_coverage");
    let coverage = |definition: &ScaleDefinition| json(&definition.min_coverage);
    changes.differ(&about, "min_coverage", (&place(), &coverage(old)), (&place(), &coverage(new)));
    changes.0
}

/// What a difference is about.
#[derive(Clone, Debug)]
struct About<'a> {
    subject: Subject,
    dimension: Option<&'a Code>,
    factor: Option<&'a Code>,
}

/// A JSON pointer.
#[derive(Clone, Debug)]
struct Place(String);

#[derive(Default)]
struct Changes(Vec<ScaleChange>);

impl Place {
    fn at(pointer: impl Into<String>) -> Self {
        Self(pointer.into())
    }

    fn in_it(&self, part: impl std::fmt::Display) -> Self {
        Self(format!("{}/{part}", self.0))
    }
}

type Found<'a> = (&'a Place, &'a Value);

impl Changes {
    fn dimensions(&mut self, old: &ScaleDefinition, new: &ScaleDefinition) {
        let of = |definition: &ScaleDefinition| -> Vec<(String, (Place, Value))> {
            let each = definition.dimensions.iter().enumerate();
            each.map(|(i, d)| (d.code.to_string(), (Place::at(format!("/dimensions/{i}")), alone(d)))).collect()
        };
        let codes: BTreeMap<&str, &Code> =
            old.dimensions.iter().chain(&new.dimensions).map(|d| (d.code.as_str(), &d.code)).collect();
        for (code, old, new) in align(of(old), of(new)) {
            let about =
                About { subject: Subject::Dimension, dimension: codes.get(code.as_str()).copied(), factor: None };
            self.whole_or_fields(&about, old, new);
        }
    }

    fn factors(&mut self, old: &ScaleDefinition, new: &ScaleDefinition) {
        let of = |definition: &ScaleDefinition| -> Vec<(String, (Code, Code, Place, Value))> {
            let mut found = Vec::new();
            for (d, dimension) in definition.dimensions.iter().enumerate() {
                for (f, factor) in dimension.factors.iter().enumerate() {
                    let place = Place::at(format!("/dimensions/{d}/factors/{f}"));
                    let held: &Factor = factor;
                    found.push((
                        factor.code.to_string(),
                        (dimension.code.clone(), factor.code.clone(), place, json(held)),
                    ));
                }
            }
            found
        };
        for (_, old, new) in align(of(old), of(new)) {
            let Some((dimension, factor, ..)) = new.clone().or_else(|| old.clone()) else { continue };
            let about = About { subject: Subject::Factor, dimension: Some(&dimension), factor: Some(&factor) };
            if let (Some((from, _, at, _)), Some((to, _, now_at, _))) = (&old, &new)
                && from != to
            {
                let about = About { subject: Subject::Dimension, ..about.clone() };
                self.push(&about, Changed, Some((at, &json(from))), Some((now_at, &json(to))));
            }
            let bare = |found: Option<(Code, Code, Place, Value)>| found.map(|(_, _, place, value)| (place, value));
            self.whole_or_fields(&about, bare(old), bare(new));
        }
    }

    /// A dimension or factor that came or went, or its fields that differ.
    fn whole_or_fields(&mut self, about: &About<'_>, old: Option<(Place, Value)>, new: Option<(Place, Value)>) {
        match (&old, &new) {
            (Some((at, old)), Some((now_at, new))) => {
                for field in fields(old, new) {
                    let about = About { subject: subject_of(&field, about.subject), ..about.clone() };
                    let (was, is) = (old.get(&field), new.get(&field));
                    self.maybe(&about, &field, (&at.in_it(&field), was), (&now_at.in_it(&field), is));
                }
            }
            (Some((at, old)), None) => self.push(about, Removed, Some((at, old)), None),
            (None, Some((at, new))) => self.push(about, Added, None, Some((at, new))),
            (None, None) => {}
        }
    }

    fn maybe(&mut self, about: &About<'_>, name: &str, old: (&Place, Option<&Value>), new: (&Place, Option<&Value>)) {
        let held = |value: Option<&Value>| value.filter(|value| !value.is_null()).cloned();
        match (held(old.1), held(new.1)) {
            (Some(was), Some(is)) => self.differ(about, name, (old.0, &was), (new.0, &is)),
            (Some(was), None) => self.push(about, Removed, Some((old.0, &was)), None),
            (None, Some(is)) => self.push(about, Added, None, Some((new.0, &is))),
            (None, None) => {}
        }
    }

    /// The innermost places that differ.
    fn differ(&mut self, about: &About<'_>, name: &str, old: Found<'_>, new: Found<'_>) {
        match (old.1, new.1) {
            (Value::Object(was), Value::Object(is)) => {
                // Of grade bands, ties and refill are options, not another kind.
                let kinds = |held: &'_ serde_json::Map<String, Value>| -> Vec<String> {
                    held.keys().filter(|key| !["ties", "refill"].contains(&key.as_str())).cloned().collect()
                };
                let is_another_kind =
                    ["rule", "source", "grade_bands", "value"].contains(&name) && kinds(was) != kinds(is);
                if is_another_kind {
                    return self.push(about, Changed, Some(old), Some(new));
                }
                for field in fields(old.1, new.1) {
                    let (at, now_at) = (old.0.in_it(&field), new.0.in_it(&field));
                    self.maybe(about, &field, (&at, was.get(&field)), (&now_at, is.get(&field)));
                }
            }
            (Value::Array(was), Value::Array(is)) => {
                let named = |items: &[Value], place: &Place| -> Vec<(String, (Place, Value))> {
                    items.iter().enumerate().map(|(i, item)| (key(item, i), (place.in_it(i), item.clone()))).collect()
                };
                for (_, was, is) in align(named(was, old.0), named(is, new.0)) {
                    match (was, is) {
                        (Some((at, was)), Some((now_at, is))) => self.differ(about, "", (&at, &was), (&now_at, &is)),
                        (Some((at, was)), None) => self.push(about, Removed, Some((&at, &was)), None),
                        (None, Some((at, is))) => self.push(about, Added, None, Some((&at, &is))),
                        (None, None) => {}
                    }
                }
            }
            (was, is) if same(name, was, is) => {}
            _ => self.push(about, Changed, Some(old), Some(new)),
        }
    }

    fn push(&mut self, about: &About<'_>, kind: ScaleChangeKind, old: Option<Found<'_>>, new: Option<Found<'_>>) {
        let (old_pointer, old) = old.map(|(place, value)| (place.0.clone(), value.clone())).unzip();
        let (new_pointer, new) = new.map(|(place, value)| (place.0.clone(), value.clone())).unzip();
        self.0.push(ScaleChange {
            kind,
            subject: about.subject,
            dimension: about.dimension.cloned(),
            factor: about.factor.cloned(),
            old_pointer,
            new_pointer,
            old,
            new,
        });
    }
}

/// A dimension without its factors, which are compared for themselves.
fn alone(dimension: &Dimension) -> Value {
    let mut value = json(dimension);
    if let Some(fields) = value.as_object_mut() {
        fields.remove("factors");
    }
    value
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// The names of the fields of both, sorted.
fn fields(old: &Value, new: &Value) -> Vec<String> {
    let names = |value: &Value| value.as_object().map(|f| f.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let mut all = names(old);
    all.extend(names(new));
    all.sort();
    all.dedup();
    all
}

fn subject_of(field: &str, whole: Subject) -> Subject {
    match field {
        "label" => Subject::Label,
        "axis" => Subject::Axis,
        "weight" => Subject::Weight,
        "max_points" => Subject::Points,
        "source" => Subject::Source,
        "rule" => Subject::Rule,
        "missing" => Subject::Missing,
        "min_base" => Subject::MinBase,
        "influence" => Subject::Influence,
        _ => whole,
    }
}

/// What names an item of a list.
fn key(item: &Value, index: usize) -> String {
    if let Some(condition) = item.get("condition") {
        let part = |name: &str| condition.get(name).map(Value::to_string).unwrap_or_default();
        return format!("{} {}", part("source"), part("op"));
    }
    let named = ["code", "grade", "value"].iter().find_map(|name| item.get(name)?.as_str());
    match (named, item.get("from")) {
        (Some(name), _) => name.to_owned(),
        (None, Some(Value::String(from))) => {
            from.parse::<Decimal>().map_or_else(|_| from.clone(), |from| from.normalize().to_string())
        }
        (None, Some(_)) => String::new(),
        (None, None) => index.to_string(),
    }
}

fn same(name: &str, old: &Value, new: &Value) -> bool {
    let decimal = |value: &Value| value.as_str().and_then(|text| text.parse::<Decimal>().ok());
    old == new || DECIMALS.contains(&name) && decimal(old).is_some_and(|old| decimal(new) == Some(old))
}

/// Pairs what has the same name; of several of one name the first with the first. In the order of the old list, then of
/// what only the new one has.
fn align<T>(old: Vec<(String, T)>, new: Vec<(String, T)>) -> Vec<(String, Option<T>, Option<T>)> {
    let mut waiting = BTreeMap::<String, Vec<(usize, T)>>::new();
    for (place, (name, item)) in new.into_iter().enumerate().rev() {
        waiting.entry(name).or_default().push((place, item));
    }
    let mut pairs = Vec::new();
    for (name, item) in old {
        let partner = waiting.get_mut(&name).and_then(Vec::pop).map(|(_, item)| item);
        pairs.push((name, Some(item), partner));
    }
    let mut left: Vec<(usize, String, T)> = waiting
        .into_iter()
        .flat_map(|(name, items)| items.into_iter().map(move |(place, item)| (place, name.clone(), item)))
        .collect();
    left.sort_by_key(|(place, ..)| *place);
    pairs.extend(left.into_iter().map(|(_, name, item)| (name, None, Some(item))));
    pairs
}

#[cfg(test)]
mod tests;
