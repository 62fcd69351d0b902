//! What a change makes of a customer, and everything that is wrong with a change.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::MaybeUndefined;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::attribute::{AttributeDefinition, pointer};
use super::wire::{CustomerOut, CustomerPatch};
use crate::error::{FieldProblem, Problems};
use crate::rest::apply;
use crate::values::{CustomerId, Exact, SalespersonId, round_money};

/// The longest name of anything, in characters.
pub(super) const LONGEST_NAME: usize = 200;
const LONGEST_TAG: usize = 100;
const MOST_TAGS: usize = 50;
const MOST_ATTRIBUTES: usize = 100;
/// Amounts lie below this: they must fit `numeric(20, 4)` and leave room for sums.
const LARGEST_AMOUNT: i64 = 1_000_000_000_000_000;
const AMOUNT_PLACES: u32 = 4;

/// What changes refer to, as far as it exists.
#[derive(Clone, Debug, Default)]
pub(super) struct References {
    /// Salespeople.
    pub owners: BTreeSet<SalespersonId>,
    /// Salespeople by external id.
    pub owners_by_external_id: BTreeMap<String, SalespersonId>,
    /// Customers that are to be parents, and all above them, each with its own parent.
    pub parents: BTreeMap<CustomerId, Option<CustomerId>>,
    /// Of customers that are to be parents, those that have become one with another, each with that one.
    pub merged: BTreeMap<CustomerId, CustomerId>,
    /// Definitions of attributes, by code.
    pub attributes: BTreeMap<String, AttributeDefinition>,
}

impl CustomerPatch {
    /// The codes of the attributes it says something of.
    pub(super) fn named_attributes(&self) -> impl Iterator<Item = &str> {
        let patch = self.attributes.value().and_then(Value::as_object);
        patch.into_iter().flat_map(Map::keys).map(String::as_str)
    }

    /// The customer after the change, or every problem at once. Remembers a new parent in `known`, so that changes that
    /// follow see it.
    pub(super) fn apply_to(
        &self,
        customer: &CustomerOut,
        known: &mut References,
    ) -> Result<CustomerOut, Vec<FieldProblem>> {
        let mut problems = Problems::new();
        let mut changed = customer.clone();
        self.check_texts(customer, &mut problems);
        if let MaybeUndefined::Value(name) = &self.name {
            changed.name.clone_from(name);
        }
        match self.stage {
            MaybeUndefined::Undefined => {}
            MaybeUndefined::Null => changed.stage = Default::default(),
            MaybeUndefined::Value(stage) => changed.stage = stage,
        }
        apply(&mut changed.industry, self.industry.clone());
        apply(&mut changed.territory, self.territory.clone());
        apply(&mut changed.city, self.city.clone());
        apply(&mut changed.country, self.country.clone());
        apply(&mut changed.segment_hint, self.segment_hint.clone());
        apply(&mut changed.currency, self.currency);
        apply(&mut changed.first_seen, self.first_seen);
        if self.employees.value().is_some_and(|n| *n < 0) {
            problems.add("/employees", "range", "0 or more.", "不得小于 0。");
        }
        apply(&mut changed.employees, self.employees);
        apply(&mut changed.annual_revenue, checked_amount("/annual_revenue", self.annual_revenue, &mut problems));
        apply(&mut changed.credit_limit, checked_amount("/credit_limit", self.credit_limit, &mut problems));
        self.apply_owner(&mut changed, known, &mut problems);
        self.apply_parent(&mut changed, known, &mut problems);
        match &self.tags {
            MaybeUndefined::Undefined => {}
            MaybeUndefined::Null => changed.tags.clear(),
            MaybeUndefined::Value(tags) => changed.tags = checked_tags(tags, &mut problems),
        }
        match &self.attributes {
            MaybeUndefined::Undefined => {}
            MaybeUndefined::Null => changed.attributes = Value::Object(Map::new()),
            MaybeUndefined::Value(patch) => known.merge_attributes(&mut changed.attributes, patch, &mut problems),
        }
        problems_of(problems)?;
        if changed.parent_id != customer.parent_id {
            known.parents.insert(changed.id, changed.parent_id);
        }
        Ok(changed)
    }

    fn check_texts(&self, customer: &CustomerOut, problems: &mut Problems) {
        match &self.name {
            MaybeUndefined::Value(name) => problems.text("/name", name, LONGEST_NAME),
            MaybeUndefined::Null => problems.add("/name", "required", "Must not be empty.", "不能为空。"),
            MaybeUndefined::Undefined if customer.name.is_empty() => {
                problems.add("/name", "required", "A new customer needs a name.", "新客户必须有名称。");
            }
            MaybeUndefined::Undefined => {}
        }
        let texts = [
            ("/industry", &self.industry),
            ("/territory", &self.territory),
            ("/city", &self.city),
            ("/country", &self.country),
            ("/segment_hint", &self.segment_hint),
        ];
        for (pointer, text) in texts {
            problems.optional_text(pointer, text.value().map(String::as_str), LONGEST_NAME);
        }
    }

    fn apply_owner(&self, customer: &mut CustomerOut, known: &References, problems: &mut Problems) {
        if !self.owner_id.is_undefined() && !self.owner_external_id.is_undefined() {
            let en = "Give owner_id or owner_external_id, not both.";
            problems.add("/owner_external_id", "contradiction", en, "owner_id 与 owner_external_id 只能给出一个。");
            return;
        }
        if let Some(id) = self.owner_id.value()
            && !known.owners.contains(id)
        {
            unknown("/owner_id", "There is no such salesperson.", "没有该销售人员。", problems);
        }
        apply(&mut customer.owner_id, self.owner_id);
        match &self.owner_external_id {
            MaybeUndefined::Undefined => {}
            MaybeUndefined::Null => customer.owner_id = None,
            MaybeUndefined::Value(external_id) => match known.owners_by_external_id.get(external_id) {
                Some(id) => customer.owner_id = Some(*id),
                None => unknown(
                    "/owner_external_id",
                    "There is no salesperson with this external id.",
                    "没有该外部编号的销售人员。",
                    problems,
                ),
            },
        }
    }

    fn apply_parent(&self, customer: &mut CustomerOut, known: &References, problems: &mut Problems) {
        let parent_id = self.parent_id.map_value(|id| known.merged.get(&id).copied().unwrap_or(id));
        if let Some(parent) = parent_id.value() {
            if !known.parents.contains_key(parent) {
                unknown("/parent_id", "There is no such customer.", "没有该客户。", problems);
            } else if known.is_at_or_above(customer.id, *parent) {
                let en = "A customer cannot belong to itself or to one that belongs to it.";
                problems.add("/parent_id", "cycle", en, "客户不能隶属于自身或其下级客户。");
            }
        }
        apply(&mut customer.parent_id, parent_id);
    }
}

impl References {
    /// Merges attributes one by one, each in the form in which it is kept.
    fn merge_attributes(&self, attributes: &mut Value, patch: &Value, problems: &mut Problems) {
        let (Value::Object(attributes), Value::Object(patch)) = (attributes, patch) else {
            problems.add("/attributes", "type", "Expected an object.", "应为对象。");
            return;
        };
        for (code, value) in patch {
            match self.attributes.get(code) {
                // Of what is not defined there is nothing.
                None if value.is_null() => {
                    attributes.remove(code);
                }
                None => {
                    let en = format!("No attribute {code:?} is defined.");
                    let zh = format!("未定义属性“{code}”。");
                    problems.add(pointer(code), "unknown_attribute", en, zh);
                }
                Some(_) if value.is_null() => {
                    attributes.remove(code);
                }
                Some(definition) => match definition.canonical(value) {
                    Ok(value) => {
                        attributes.insert(code.clone(), value);
                    }
                    Err(fault) => problems.add(pointer(code), fault.code, fault.detail.en, fault.detail.zh),
                },
            }
        }
        if attributes.len() > MOST_ATTRIBUTES {
            let en = format!("At most {MOST_ATTRIBUTES} attributes.");
            problems.add("/attributes", "too_many", en, format!("最多 {MOST_ATTRIBUTES} 个属性。"));
        }
    }

    /// Whether `customer` is `start` or anywhere above it.
    fn is_at_or_above(&self, customer: CustomerId, start: CustomerId) -> bool {
        let mut seen = BTreeSet::new();
        let mut place = Some(start);
        while let Some(id) = place.filter(|id| seen.insert(*id)) {
            if id == customer {
                return true;
            }
            place = self.parents.get(&id).copied().flatten();
        }
        false
    }
}

/// The problems, where there are any.
pub(super) fn problems_of(problems: Problems) -> Result<(), Vec<FieldProblem>> {
    problems.into_result().map_err(|error| error.problems().to_vec())
}

/// Checks an amount of money: 0 or more, at most 4 places.
pub(super) fn check_amount(pointer: &str, amount: Decimal, problems: &mut Problems) {
    if amount < Decimal::ZERO || amount >= Decimal::from(LARGEST_AMOUNT) {
        let en = "0 or more and below 1,000,000,000,000,000.";
        problems.add(pointer, "range", en, "不得小于 0，且小于 1,000,000,000,000,000。");
    }
    if amount.normalize().scale() > AMOUNT_PLACES {
        problems.add(pointer, "too_many_places", "At most 4 decimal places.", "最多 4 位小数。");
    }
}

fn checked_amount(pointer: &str, amount: MaybeUndefined<Exact>, problems: &mut Problems) -> MaybeUndefined<Exact> {
    if let Some(amount) = amount.value() {
        check_amount(pointer, amount.0, problems);
    }
    amount.map_value(|amount| Exact(round_money(amount.0)))
}

fn checked_tags(tags: &[String], problems: &mut Problems) -> Vec<String> {
    if tags.len() > MOST_TAGS {
        problems.add("/tags", "too_many", format!("At most {MOST_TAGS} tags."), format!("最多 {MOST_TAGS} 个标签。"));
    }
    for (i, tag) in tags.iter().enumerate() {
        problems.text(&format!("/tags/{i}"), tag, LONGEST_TAG);
    }
    tags.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

fn unknown(pointer: &str, en: &str, zh: &str, problems: &mut Problems) {
    problems.add(pointer, "unknown_reference", en, zh);
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::dossiers::attribute::AttributeType;
    use crate::dossiers::wire::{CustomerStage, ExternalId};
    use crate::values::Label;

    fn customer(number: u128) -> CustomerOut {
        let name = ExternalId { system: "crm".into(), external_id: format!("C{number}") };
        let unknown = CustomerOut::unknown(CustomerId(Uuid::from_u128(number)), vec![name], DateTime::UNIX_EPOCH);
        CustomerOut { name: "Pumpen AG".into(), ..unknown }
    }

    fn patch(json: Value) -> CustomerPatch {
        serde_json::from_value(json).unwrap()
    }

    #[track_caller]
    fn applied(customer: &CustomerOut, json: Value) -> CustomerOut {
        patch(json).apply_to(customer, &mut defined()).unwrap()
    }

    /// Attributes `iso` and `a0` to `a100` for yes and no, `machines` and `n` for numbers, `process` for text.
    fn defined() -> References {
        use AttributeType::{Number, Text, YesNo};
        let numbered = (0..=100).map(|n| (format!("a{n}"), YesNo));
        let named = [("iso", YesNo), ("machines", Number), ("n", Number), ("process", Text)];
        let all = named.map(|(code, kind)| (code.to_owned(), kind)).into_iter().chain(numbered);
        let definition = |(code, attribute_type): (String, AttributeType)| {
            let definition = AttributeDefinition {
                code: code.parse().unwrap(),
                label: Label::new("x", "x"),
                attribute_type,
                unit: None,
                choices: Vec::new(),
                freshness_days: None,
                required: false,
            };
            (code, definition)
        };
        References { attributes: all.map(definition).collect(), ..References::default() }
    }

    /// The pointer and code of each problem.
    fn problems(json: Value, known: &mut References) -> Vec<(String, &'static str)> {
        let found = patch(json).apply_to(&customer(1), known).unwrap_err();
        found.into_iter().map(|p| (p.pointer, p.code)).collect()
    }

    #[test]
    fn absent_stays_null_empties_and_a_value_replaces() {
        let before = applied(&customer(1), json!({"industry": "casting", "city": "Bremen", "tags": ["b", "a", "b"]}));
        assert_eq!(before.tags, ["a", "b"]);
        let after = applied(&before, json!({"industry": null, "city": "Kiel", "stage": "lost"}));
        assert_eq!((after.industry, after.city.as_deref(), after.tags.len()), (None, Some("Kiel"), 2));
        assert_eq!(after.stage, CustomerStage::Lost);
        assert_eq!(applied(&before, json!({"stage": null, "tags": null})).tags, Vec::<String>::new());
    }

    #[test]
    fn amounts_are_kept_with_four_places() {
        let after = applied(&customer(1), json!({"credit_limit": "2500.5", "annual_revenue": 7}));
        assert_eq!(after.credit_limit.unwrap().to_string(), "2500.5000");
        assert_eq!(after.annual_revenue.unwrap().to_string(), "7.0000");
    }

    #[test]
    fn attributes_are_merged_one_by_one() {
        let before = applied(&customer(1), json!({"attributes": {"iso": true, "machines": 42, "process": "casting"}}));
        assert_eq!(before.attributes, json!({"iso": true, "machines": "42", "process": "casting"}));
        let after = applied(&before, json!({"attributes": {"process": null, "iso": false}}));
        assert_eq!(after.attributes, json!({"iso": false, "machines": "42"}));
        assert_eq!(applied(&before, json!({"attributes": null})).attributes, json!({}));
    }

    #[test]
    fn every_problem_is_found_at_once() {
        let bad = json!({
            "name": null, "industry": "a\tb", "employees": -1, "annual_revenue": "-0.01", "credit_limit": "1.00001",
            "owner_external_id": "nobody", "parent_id": Uuid::from_u128(9), "tags": ["ok", ""],
            "attributes": {"a/b": "x", "iso": [1], "machines": 1.5, "process": null, "process2": null},
        });
        let expected = [
            ("/name", "required"),
            ("/industry", "control_character"),
            ("/employees", "range"),
            ("/annual_revenue", "range"),
            ("/credit_limit", "too_many_places"),
            ("/owner_external_id", "unknown_reference"),
            ("/parent_id", "unknown_reference"),
            ("/tags/1", "required"),
            ("/attributes/a~1b", "unknown_attribute"),
            ("/attributes/iso", "type"),
            ("/attributes/machines", "type"),
        ];
        assert_eq!(problems(bad, &mut defined()), expected.map(|(p, c)| (p.to_owned(), c)));
    }

    #[test]
    fn the_owner_is_named_in_one_way() {
        let owner = SalespersonId(Uuid::from_u128(5));
        let mut known = References { owners_by_external_id: [("SP-7".into(), owner)].into(), ..Default::default() };
        let owned = patch(json!({"owner_external_id": "SP-7"})).apply_to(&customer(1), &mut known).unwrap();
        assert_eq!(owned.owner_id, Some(owner));
        assert_eq!(applied(&owned, json!({"owner_external_id": null})).owner_id, None);
        let both = json!({"owner_id": owner, "owner_external_id": "SP-7"});
        assert_eq!(problems(both, &mut known), [("/owner_external_id".to_owned(), "contradiction")]);
        let other = json!({"owner_id": Uuid::from_u128(6)});
        assert_eq!(problems(other, &mut known), [("/owner_id".to_owned(), "unknown_reference")]);
    }

    #[test]
    fn nobody_belongs_to_one_below() {
        let id = |n| CustomerId(Uuid::from_u128(n));
        // 3 belongs to 2, 2 to 1.
        let parents = [(id(1), None), (id(2), Some(id(1))), (id(3), Some(id(2)))];
        let mut known = References { parents: parents.into(), ..Default::default() };
        for parent in [1, 2, 3] {
            let found = problems(json!({"parent_id": id(parent)}), &mut known);
            assert_eq!(found, [("/parent_id".to_owned(), "cycle")]);
        }
        // Within one batch: 2 leaves 1, so 1 may go below 3.
        patch(json!({"parent_id": null}))
            .apply_to(&CustomerOut { parent_id: Some(id(1)), ..customer(2) }, &mut known)
            .unwrap();
        let below = patch(json!({"parent_id": id(3)})).apply_to(&customer(1), &mut known).unwrap();
        assert_eq!(below.parent_id, Some(id(3)));
    }

    #[test]
    fn a_hundred_attributes_are_enough() {
        let codes = |range: std::ops::Range<u32>| -> Map<String, Value> {
            range.map(|n| (format!("a{n}"), json!(true))).collect()
        };
        let full = applied(&customer(1), json!({"attributes": codes(0..100)}));
        let mut known = defined();
        let found = patch(json!({"attributes": codes(100..101)})).apply_to(&full, &mut known).unwrap_err();
        assert_eq!(found[0].code, "too_many");
    }

    proptest! {
        #[test]
        fn applying_twice_is_applying_once(city in proptest::option::of("[a-z]{1,8}"), n in 0_i32.., tags: Vec<bool>) {
            let tags: Vec<_> = tags.iter().map(|t| if *t { "x" } else { "y" }).take(50).collect();
            let json = json!({"city": city, "employees": n, "tags": tags, "attributes": {"n": n, "process": null}});
            let once = applied(&customer(1), json.clone());
            prop_assert_eq!(applied(&once, json), once);
        }
    }
}
