//! The fields of a customer, one by one: what a change says of each, and what becomes of the change where some of it is
//! older than what is known.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::MaybeUndefined::{self, Undefined};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};

use super::change::{References, problems_of};
use super::observation::{Entries, Fact, Moment, Sightings};
use super::wire::{CustomerOut, CustomerPatch};
use crate::error::{FieldProblem, Problems};
use crate::intake::check_observed_at;
use crate::values::CustomerId;

/// How attributes are named in the history.
pub(super) const ATTRIBUTE: &str = "attributes.";
/// How purchase potentials are named in the history.
pub(super) const POTENTIAL: &str = "purchase_potentials.";

/// A field that has one value; attributes are fields of their own.
struct Field {
    name: &'static str,
    is_given: fn(&CustomerPatch) -> bool,
    forget: fn(&mut CustomerPatch),
    value: fn(&CustomerOut) -> Value,
}

#[rustfmt::skip]
const FIELDS: [Field; 15] = [
    Field { name: "name", is_given: |p| !p.name.is_undefined(), forget: |p| p.name = Undefined, value: |c| json(&c.name) },
    Field { name: "stage", is_given: |p| !p.stage.is_undefined(), forget: |p| p.stage = Undefined, value: |c| json(c.stage) },
    Field { name: "industry", is_given: |p| !p.industry.is_undefined(), forget: |p| p.industry = Undefined, value: |c| json(&c.industry) },
    Field { name: "territory", is_given: |p| !p.territory.is_undefined(), forget: |p| p.territory = Undefined, value: |c| json(&c.territory) },
    Field { name: "city", is_given: |p| !p.city.is_undefined(), forget: |p| p.city = Undefined, value: |c| json(&c.city) },
    Field { name: "country", is_given: |p| !p.country.is_undefined(), forget: |p| p.country = Undefined, value: |c| json(&c.country) },
    Field {
        name: "owner_id",
        is_given: |p| !p.owner_id.is_undefined() || !p.owner_external_id.is_undefined(),
        forget: |p| (p.owner_id, p.owner_external_id) = (Undefined, Undefined),
        value: |c| json(c.owner_id),
    },
    Field { name: "parent_id", is_given: |p| !p.parent_id.is_undefined(), forget: |p| p.parent_id = Undefined, value: |c| json(c.parent_id) },
    Field { name: "employees", is_given: |p| !p.employees.is_undefined(), forget: |p| p.employees = Undefined, value: |c| json(c.employees) },
    Field { name: "annual_revenue", is_given: |p| !p.annual_revenue.is_undefined(), forget: |p| p.annual_revenue = Undefined, value: |c| json(c.annual_revenue) },
    Field { name: "currency", is_given: |p| !p.currency.is_undefined(), forget: |p| p.currency = Undefined, value: |c| json(c.currency) },
    Field { name: "credit_limit", is_given: |p| !p.credit_limit.is_undefined(), forget: |p| p.credit_limit = Undefined, value: |c| json(c.credit_limit) },
    Field { name: "segment_hint", is_given: |p| !p.segment_hint.is_undefined(), forget: |p| p.segment_hint = Undefined, value: |c| json(&c.segment_hint) },
    Field { name: "first_seen", is_given: |p| !p.first_seen.is_undefined(), forget: |p| p.first_seen = Undefined, value: |c| json(c.first_seen) },
    Field { name: "tags", is_given: |p| !p.tags.is_undefined(), forget: |p| p.tags = Undefined, value: |c| json(&c.tags) },
];

fn json(value: impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// The fields of a customer of which nothing is known, with their values.
pub(super) fn unknown_fields() -> Map<String, Value> {
    let unknown = CustomerOut::unknown(CustomerId(uuid::Uuid::nil()), Vec::new(), DateTime::UNIX_EPOCH);
    FIELDS.iter().map(|field| (field.name.to_owned(), (field.value)(&unknown))).collect()
}

/// The fields of a customer with their values, attributes among them.
pub(super) fn fields_of(customer: &CustomerOut) -> BTreeMap<String, Value> {
    let fields = FIELDS.iter().map(|field| (field.name.to_owned(), (field.value)(customer)));
    let attributes = customer.attributes.as_object().into_iter().flatten();
    fields.chain(attributes.map(|(code, value)| (format!("{ATTRIBUTE}{code}"), value.clone()))).collect()
}

impl CustomerPatch {
    /// The customer after the change, as far as the change is news: what is older than what is known of a field goes
    /// into `entries`, the history, alone. Otherwise every problem at once.
    pub(super) fn observe(
        &self,
        customer: &CustomerOut,
        now: DateTime<Utc>,
        (sightings, entries): (&mut Sightings, &mut Entries),
        known: &mut References,
    ) -> Result<CustomerOut, Vec<FieldProblem>> {
        let mut problems = Problems::new();
        check_observed_at(&mut problems, self.observed_at, now);
        let mut problems = problems_of(problems).err().unwrap_or_default();
        let moment = Moment::new(self.observed_at, now);
        let codes = self.codes(customer, sightings);
        let outcome = match self.without_late(&codes, sightings, moment) {
            None => self.apply_to(customer, known).map(|said| (said.clone(), said)),
            Some((news, emptied)) => self.apply_to(customer, &mut known.clone()).and_then(|said| {
                let mut next = news.apply_to(customer, known)?;
                if let Some(attributes) = next.attributes.as_object_mut() {
                    attributes.retain(|code, _| !emptied.contains(code));
                }
                Ok((said, next))
            }),
        };
        match outcome {
            Ok((said, next)) if problems.is_empty() => {
                self.note(customer, &said, &codes, moment, (sightings, entries));
                Ok(next)
            }
            outcome => {
                problems.extend(outcome.err().unwrap_or_default());
                Err(problems)
            }
        }
    }

    /// The codes of the attributes it says something of: those it names, or, where it empties them all, those ever
    /// known.
    fn codes(&self, customer: &CustomerOut, sightings: &Sightings) -> Vec<String> {
        if !self.attributes.is_null() {
            return self.named_attributes().map(str::to_owned).collect();
        }
        let seen = sightings.observed.keys().filter_map(|field| field.strip_prefix(ATTRIBUTE));
        let there = customer.attributes.as_object().into_iter().flat_map(Map::keys);
        let codes: BTreeSet<&str> = seen.chain(there.map(String::as_str)).collect();
        codes.into_iter().map(str::to_owned).collect()
    }

    /// The change without what is late, and the attributes that it empties all the same; none where nothing is late.
    fn without_late(&self, codes: &[String], sightings: &Sightings, moment: Moment) -> Option<(Self, Vec<String>)> {
        let is_late = |field: &&Field| (field.is_given)(self) && sightings.is_late(field.name, moment);
        let late: Vec<&Field> = FIELDS.iter().filter(is_late).collect();
        let late_code = |code: &String| sightings.is_late(&format!("{ATTRIBUTE}{code}"), moment);
        if late.is_empty() && !codes.iter().any(late_code) {
            return None;
        }
        let mut news = self.clone();
        late.iter().for_each(|field| (field.forget)(&mut news));
        if let MaybeUndefined::Value(Value::Object(attributes)) = &mut news.attributes {
            attributes.retain(|code, _| !late_code(code));
        }
        if !news.attributes.is_null() {
            return Some((news, Vec::new()));
        }
        news.attributes = Undefined;
        Some((news, codes.iter().filter(|code| !late_code(code)).cloned().collect()))
    }

    fn note(
        &self,
        before: &CustomerOut,
        said: &CustomerOut,
        codes: &[String],
        moment: Moment,
        (sightings, entries): (&mut Sightings, &mut Entries),
    ) {
        for field in FIELDS.iter().filter(|field| (field.is_given)(self)) {
            let fact = Fact { field: field.name.to_owned(), said: (field.value)(said), stands: (field.value)(before) };
            sightings.note(fact, moment, entries);
        }
        let value = |customer: &CustomerOut, code: &String| customer.attributes.get(code).cloned().unwrap_or_default();
        for code in codes {
            let fact =
                Fact { field: format!("{ATTRIBUTE}{code}"), said: value(said, code), stands: value(before, code) };
            sightings.note(fact, moment, entries);
        }
    }
}
