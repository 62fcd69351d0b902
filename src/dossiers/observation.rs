//! Which of two facts holds: the one observed later, whichever came first.
//!
//! A fact says what a field is as of the moment it was observed. A fact older than what is known of its field is late:
//! it goes into the history and changes nothing that is current. Of two observed at once the later recorded holds. A
//! fact without a time of its own is observed when it comes, and newer than everything that came before it.
//!
//! A repetition (a fact that says what the field is already) with a time of its own goes into the history like any
//! other: it decides about facts that come late. One without, as in a file that is loaded every night, only moves the
//! field's last sighting; it goes into the history (*restated*) when a fact older than it comes late.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use super::wire::ExternalId;

/// When something was observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    at: DateTime<Utc>,
    /// Said by the source, rather than the moment of receipt.
    is_named: bool,
}

/// When each field of a customer was last seen to have the value it has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Sightings {
    /// By field.
    pub observed: BTreeMap<String, DateTime<Utc>>,
    /// The fields whose last sighting was a repetition that the history does not hold.
    pub repeats: BTreeSet<String>,
}

/// A field as something is said of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fact {
    /// `city`, `attributes.machines`, `purchase_potentials.pumps`.
    pub field: String,
    /// The value it is said to have; null for none.
    pub said: Value,
    /// The value it has.
    pub stands: Value,
}

/// How an entry of the history came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum EntryKind {
    /// It was the latest known when it came.
    News,
    /// Something later was known already.
    Late,
    /// A repetition, recorded because an older fact came late.
    Restated,
}

/// Facts of one moment that came together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct HistoryEntry {
    /// As of when.
    pub observed_at: DateTime<Utc>,
    /// How it came about.
    pub kind: EntryKind,
    /// The values by field; null for none.
    pub facts: BTreeMap<String, Value>,
}

/// The entries that one row makes.
#[derive(Clone, Debug, Default)]
pub(super) struct Entries(BTreeMap<(EntryKind, DateTime<Utc>), BTreeMap<String, Value>>);

impl Moment {
    /// The moment a source names, else that of receipt.
    pub(super) fn new(observed_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Self {
        // The database keeps microseconds: two moments that it takes for one are one.
        let named = observed_at.map(|at| DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at));
        Self { at: named.unwrap_or(now), is_named: named.is_some() }
    }

    /// As of when a field is observed whose last sighting is `known`.
    fn of(self, known: Option<DateTime<Utc>>) -> DateTime<Utc> {
        // By a source's clock that goes ahead, something may be known from a moment that has yet to come.
        if self.is_named { self.at } else { known.map_or(self.at, |known| known.max(self.at)) }
    }
}
impl Sightings {
    /// Whether something later is known of a field than a fact of this moment.
    pub(super) fn is_late(&self, field: &str, moment: Moment) -> bool {
        self.observed.get(field).is_some_and(|known| moment.of(Some(*known)) < *known)
    }

    /// Takes note of a fact; what the history is to hold of it goes into `entries`. The field then has the value said
    /// unless the fact [is late](Self::is_late).
    pub(super) fn note(&mut self, fact: Fact, moment: Moment, entries: &mut Entries) {
        let Fact { field, said, stands } = fact;
        let known = self.observed.get(&field).copied();
        let at = moment.of(known);
        if known.is_some_and(|known| at < known) {
            if self.repeats.remove(&field)
                && let Some(known) = known
            {
                entries.add(EntryKind::Restated, known, field.clone(), stands);
            }
            entries.add(EntryKind::Late, at, field, said);
            return;
        }
        if said == stands {
            if known == Some(at) && !(moment.is_named && self.repeats.contains(&field)) {
                return;
            }
            if !moment.is_named {
                self.observed.insert(field.clone(), at);
                self.repeats.insert(field);
                return;
            }
        }
        self.repeats.remove(&field);
        self.observed.insert(field.clone(), at);
        entries.add(EntryKind::News, at, field, said);
    }
}

impl Sightings {
    /// Takes over when the fields of another customer were seen that becomes one with this.
    pub(super) fn join(&mut self, other: Self) {
        for (field, at) in other.observed {
            let known = self.observed.entry(field).or_insert(at);
            *known = at.max(*known);
        }
        self.repeats.extend(other.repeats);
    }

    /// States as of a moment what every field is that was ever seen, or has a value now; one without is none.
    pub(super) fn state(&mut self, mut values: BTreeMap<String, Value>, moment: Moment, entries: &mut Entries) {
        values.retain(|field, value| !value.is_null() || self.observed.contains_key(field));
        self.observed.keys().for_each(|field| {
            values.entry(field.clone()).or_default();
        });
        self.repeats.clear();
        for (field, value) in values {
            let at = moment.of(self.observed.get(&field).copied());
            self.observed.insert(field.clone(), at);
            entries.add(EntryKind::News, at, field, value);
        }
    }
}

impl Entries {
    fn add(&mut self, kind: EntryKind, at: DateTime<Utc>, field: String, value: Value) {
        self.0.entry((kind, at)).or_default().insert(field, value);
    }

    /// Notes that a customer got an id in a source system. Ids are no facts that a later one replaces: they are in the
    /// history to be seen there.
    pub(super) fn external_id_added(&mut self, id: &ExternalId, at: DateTime<Utc>) {
        self.add(EntryKind::News, at, field_of(id), serde_json::json!(id));
    }

    /// Notes that it lost one.
    pub(super) fn external_id_removed(&mut self, id: &ExternalId, at: DateTime<Utc>) {
        self.add(EntryKind::News, at, field_of(id), Value::Null);
    }

    /// In the order in which they are recorded.
    pub(super) fn into_list(self) -> Vec<HistoryEntry> {
        let entry = |((kind, observed_at), facts)| HistoryEntry { observed_at, kind, facts };
        self.0.into_iter().map(entry).collect()
    }
}

fn field_of(id: &ExternalId) -> String {
    format!("external_ids.{}/{}", id.system, id.external_id)
}

/// Leaves out late facts that the history has already, as of a request sent twice. `recorded` holds, by customer,
/// moment and field, the value that was recorded last.
pub(super) fn without_known<K: Ord + Clone>(
    entries: &mut Vec<(K, HistoryEntry)>,
    mut recorded: BTreeMap<(K, DateTime<Utc>, String), Value>,
) {
    for (key, entry) in &mut *entries {
        let late = entry.kind == EntryKind::Late;
        entry.facts.retain(|field, value| match recorded.entry((key.clone(), entry.observed_at, field.clone())) {
            Entry::Occupied(known) if late && known.get() == value => false,
            Entry::Occupied(mut known) => {
                known.insert(value.clone());
                true
            }
            Entry::Vacant(new) => {
                new.insert(value.clone());
                true
            }
        });
    }
    entries.retain(|(_, entry)| !entry.facts.is_empty());
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// A fact about one field: its value, and the hour it names, if it names one.
    type Said = (Option<u8>, Option<i64>);

    fn hour(n: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(n)
    }

    fn value(said: Option<u8>) -> Value {
        json!(said)
    }

    /// One field under test: what it is, and its history.
    #[derive(Default)]
    struct Kept {
        value: Value,
        sightings: Sightings,
        history: Vec<(DateTime<Utc>, Value)>,
    }

    impl Kept {
        fn take(&mut self, said: Value, moment: Moment) {
            let late = self.sightings.is_late("city", moment);
            let mut entries = Entries::default();
            let fact = Fact { field: "city".into(), said: said.clone(), stands: self.value.clone() };
            self.sightings.note(fact, moment, &mut entries);
            let entries = entries.into_list().into_iter();
            self.history.extend(entries.map(|entry| (entry.observed_at, entry.facts["city"].clone())));
            if !late {
                self.value = said;
            }
        }

        /// What the history says as of a moment.
        fn as_of(&self, at: DateTime<Utc>) -> Value {
            latest(&self.history, at)
        }
    }

    /// Of the facts observed by then the latest observed, of those observed at once the last.
    fn latest(facts: &[(DateTime<Utc>, Value)], at: DateTime<Utc>) -> Value {
        let by_then = facts.iter().filter(|(observed, _)| *observed <= at);
        by_then.max_by_key(|(observed, _)| *observed).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    fn said() -> impl Strategy<Value = Said> {
        (proptest::option::of(0..3_u8), proptest::option::weighted(0.7, 0..8_i64))
    }

    #[test]
    fn a_late_fact_is_kept_and_changes_nothing_current() {
        let mut kept = Kept::default();
        let named = |n| Moment::new(Some(hour(n)), hour(100));
        kept.take(json!("Bremen"), named(5));
        kept.take(json!("Kiel"), named(3));
        kept.take(json!("Ulm"), named(5));
        assert_eq!((kept.value.as_str(), kept.history.len()), (Some("Ulm"), 3));
        assert_eq!((kept.as_of(hour(4)), kept.as_of(hour(2))), (json!("Kiel"), Value::Null));
        // The same again says nothing new.
        kept.take(json!("Ulm"), named(5));
        assert_eq!(kept.history.len(), 3);
    }

    #[test]
    fn a_repetition_without_a_time_is_recorded_when_an_older_fact_comes_late() {
        let mut kept = Kept::default();
        kept.take(json!("Bremen"), Moment::new(None, hour(1)));
        kept.take(json!("Bremen"), Moment::new(None, hour(9)));
        assert_eq!(kept.history.len(), 1);
        kept.take(json!("Kiel"), Moment::new(Some(hour(5)), hour(10)));
        assert_eq!(kept.value, "Bremen");
        assert_eq!([4, 6, 9].map(|n| kept.as_of(hour(n))), [json!("Bremen"), json!("Kiel"), json!("Bremen")]);
    }

    #[test]
    fn two_that_become_one_are_what_is_stated_whatever_either_was_seen_to_be_last() {
        let seen =
            |field: &str, at| Sightings { observed: [(field.to_owned(), hour(at))].into(), ..Sightings::default() };
        let mut sightings = seen("city", 1);
        sightings.join(seen("city", 9));
        sightings.join(seen("industry", 2));
        let mut entries = Entries::default();
        let values = [("city".to_owned(), json!("Kiel")), ("country".to_owned(), Value::Null)];
        sightings.state(values.into(), Moment::new(None, hour(5)), &mut entries);
        let stated: Vec<_> = entries.into_list().into_iter().map(|entry| (entry.observed_at, entry.facts)).collect();
        let fact = |field: &str, value| BTreeMap::from([(field.to_owned(), value)]);
        assert_eq!(stated, [(hour(5), fact("industry", Value::Null)), (hour(9), fact("city", json!("Kiel")))]);
        assert_eq!(sightings.observed, [("city".to_owned(), hour(9)), ("industry".to_owned(), hour(5))].into());
    }

    #[test]
    fn what_comes_without_a_time_is_newer_than_a_clock_that_goes_ahead() {
        let mut kept = Kept::default();
        kept.take(json!("Bremen"), Moment::new(Some(hour(2)), hour(1)));
        kept.take(json!("Kiel"), Moment::new(None, hour(1)));
        assert_eq!((&kept.value, kept.history[1].0), (&json!("Kiel"), hour(2)));
    }

    #[test]
    fn late_facts_that_the_history_has_are_left_out() {
        let entry = |at, kind, value: &str| {
            let facts = [("city".to_owned(), json!(value))].into();
            (1, HistoryEntry { observed_at: hour(at), kind, facts })
        };
        let mut entries = vec![
            entry(1, EntryKind::Late, "Kiel"),
            entry(2, EntryKind::Late, "Ulm"),
            entry(2, EntryKind::Late, "Ulm"),
            entry(3, EntryKind::News, "Bonn"),
        ];
        let recorded =
            [((1, hour(1), "city".to_owned()), json!("Kiel")), ((1, hour(3), "city".to_owned()), json!("Bonn"))];
        without_known(&mut entries, recorded.into());
        assert_eq!(entries, [entry(2, EntryKind::Late, "Ulm"), entry(3, EntryKind::News, "Bonn")]);
    }

    proptest! {
        /// With times of their own: exactly what the facts say, as of any moment.
        #[test]
        fn facts_with_times_read_back_as_of_any_moment(facts in proptest::collection::vec(said(), 0..24)) {
            let (mut kept, mut all) = (Kept::default(), Vec::new());
            for (text, at) in facts {
                let at = hour(at.unwrap_or(8));
                all.push((at, value(text)));
                kept.take(value(text), Moment::new(Some(at), hour(100)));
            }
            for n in -1..=9 {
                prop_assert_eq!(kept.as_of(hour(n)), latest(&all, hour(n)), "as of {}", n);
            }
            prop_assert_eq!(kept.value, latest(&all, hour(100)));
        }

        /// Also where some come without: the value is the latest fact's, and the history agrees with it.
        #[test]
        fn the_value_is_the_latest_facts(facts in proptest::collection::vec(said(), 0..24)) {
            let (mut kept, mut all) = (Kept::default(), Vec::new());
            for (step, (text, at)) in (1..).zip(facts) {
                // Named moments lie around those of receipt.
                let (now, at) = (hour(step), at.map(|n| hour(step - 6 + n)));
                let newest = all.iter().map(|(at, _)| *at).max().unwrap_or(now);
                all.push((at.unwrap_or(newest.max(now)), value(text)));
                kept.take(value(text), Moment::new(at, now));
                prop_assert_eq!(&kept.value, &latest(&all, hour(100)));
                prop_assert_eq!(kept.as_of(hour(100)), latest(&all, hour(100)));
            }
        }
    }
}
