//! Reads on behind a fault, by filling its place with something that fits.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::Input;
use super::fault::Wrong;
use super::place::{Place, is_within, parted};
use super::reader::Reader;
use super::words;
use crate::error::FieldProblem;

/// Faults that an answer names; a client mends these first.
const MOST_FAULTS: usize = 100;
/// How often an input is read. Most faults take one reading, a required value of an unusual form some more.
const MOST_READINGS: usize = 500;

/// Reads a value; see [`super::read`].
pub(super) fn read<T: DeserializeOwned>(mut value: Value, input: Input<'_>) -> Result<T, Vec<FieldProblem>> {
    let mut found: Vec<FieldProblem> = Vec::new();
    // What was tried at each place that was filled.
    let mut fillings: BTreeMap<String, Fillings> = BTreeMap::new();
    for _ in 0..MOST_READINGS {
        let fault = match T::deserialize(Reader::new(&value, input)) {
            Ok(read) if found.is_empty() => return Ok(read),
            Ok(_) => break,
            Err(fault) => fault,
        };
        let at = fault.at.unwrap_or_else(|| match input {
            Input::Path([sole]) => Place::Key(&Place::Root, sole).to_string(),
            _ => String::new(),
        });
        let pointer = words::pointer(&at, &fault.wrong, &value);
        // What is wrong within our own filling, or around it, is no news.
        if !fillings.keys().any(|own| is_within(&pointer, own) || is_within(own, &pointer)) {
            found.push(words::problem(pointer.clone(), &fault.wrong, input));
        }
        if found.len() >= MOST_FAULTS || !read_on(&mut fillings, &mut value, pointer, &fault.wrong, input) {
            break;
        }
    }
    Err(found)
}

/// Fills the place of a fault; where nothing fits, gives up what it is a part of, so that the rest is still read.
fn read_on(
    fillings: &mut BTreeMap<String, Fillings>,
    value: &mut Value,
    mut place: String,
    wrong: &Wrong,
    input: Input<'_>,
) -> bool {
    while !fillings.entry(place.clone()).or_default().fill(value, &place, wrong, input) {
        match parted(&place) {
            Some((parent, _)) if !parent.is_empty() => place = parent.to_owned(),
            _ => return false,
        }
    }
    true
}

/// What was tried at a place.
#[derive(Default)]
struct Fillings {
    is_taken_out: bool,
    has_fitting: bool,
    tried: usize,
}

impl Fillings {
    /// Takes out what is at fault, or fills its place with the next thing that may fit; `false` where nothing is left.
    fn fill(&mut self, value: &mut Value, pointer: &str, wrong: &Wrong, input: Input<'_>) -> bool {
        let Some((parent, name)) = parted(pointer) else { return false };
        let Some(parent) = value.pointer_mut(parent) else { return false };
        if let Value::Object(members) = parent
            && !matches!(wrong, Wrong::Missing(_))
            // A sole member may be the word of an enum, which must stay.
            && (members.len() > 1 || input != Input::Json || matches!(wrong, Wrong::Name { .. }))
            && !std::mem::replace(&mut self.is_taken_out, true)
            && !matches!(input, Input::Path(_))
        {
            return members.remove(&name).is_some();
        }
        let fitting = words::fitting(wrong).filter(|_| !std::mem::replace(&mut self.has_fitting, true));
        let filling = match fitting {
            Some(Value::String(text)) => Some(Value::String(text)),
            Some(fitting) if input == Input::Json => Some(fitting),
            _ => {
                self.tried += 1;
                candidate(self.tried - 1, input)
            }
        };
        match (filling, parent) {
            (Some(filling), Value::Object(members)) => {
                members.insert(name, filling);
                true
            }
            (Some(filling), Value::Array(items)) => {
                let place = name.parse::<usize>().ok().and_then(|index| items.get_mut(index));
                place.map(|item| *item = filling).is_some()
            }
            _ => false,
        }
    }
}

/// Values of the forms that inputs have, the most common first.
fn candidate(number: usize, input: Input<'_>) -> Option<Value> {
    let texts = [
        "",
        "1",
        "00000000-0000-0000-0000-000000000000",
        "a",
        "2000-01-01",
        "2000-01",
        "2000-01-01T00:00:00Z",
        "EUR",
        "true",
    ];
    let others = [Value::Null, json!(1), json!(true), Value::Array(Vec::new()), Value::Object(Map::new())];
    match input {
        Input::Json if number < others.len() => Some(others[number].clone()),
        Input::Json => texts.get(number - others.len()).map(|text| json!(text)),
        Input::Query | Input::Path(_) => texts.get(number).map(|text| json!(text)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;
    use crate::values::{Code, Currency, CustomerId, Date, Exact, Label, Month};

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Stage {
        Active,
        Lost,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case", deny_unknown_fields)]
    enum Rule {
        Bands(Vec<Exact>),
        #[expect(dead_code, reason = "only read")]
        Share {
            of: Exact,
        },
    }

    #[derive(Debug, Deserialize)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    enum Tagged {
        Point { stage: Stage },
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Wanted {
        name: String,
        label: Label,
        stage: Stage,
        currency: Currency,
        owner: CustomerId,
        day: Date,
        month: Option<Month>,
        rows: Vec<Row>,
        #[serde(default)]
        rules: Vec<Rule>,
        #[serde(default)]
        tagged: Option<Tagged>,
        #[serde(default)]
        by_code: BTreeMap<Code, i32>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Row {
        amount: Exact,
        count: u32,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Asked {
        stage: Option<Vec<Stage>>,
        city: Option<Vec<String>>,
        owner: Option<Vec<CustomerId>>,
        limit: Option<u32>,
        count: Option<bool>,
        sort: Option<String>,
        share: Option<Exact>,
    }

    fn places<T: DeserializeOwned + std::fmt::Debug>(value: Value, input: Input<'_>) -> Vec<(String, &'static str)> {
        let found = read::<T>(value, input).unwrap_err();
        for problem in &found {
            for text in [&problem.detail.en, &problem.detail.zh] {
                assert!(!text.contains('`') && !text.contains("serde") && !text.contains('\u{1f}'), "{problem:?}");
            }
        }
        found.into_iter().map(|problem| (problem.pointer, problem.code)).collect()
    }

    fn owned(list: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
        list.iter().map(|(pointer, code)| ((*pointer).to_owned(), *code)).collect()
    }

    fn good() -> Value {
        json!({
            "name": "a", "label": {"en": "a", "zh": "a"}, "stage": "lost", "currency": "EUR",
            "owner": "01890a5d-ac96-774b-bcce-b302099a8057", "day": "2026-01-31", "rows": [{"amount": "1.5", "count": 2}],
            "rules": [{"bands": ["1"]}, {"share": {"of": 1}}], "tagged": {"kind": "point", "stage": "active"},
            "by_code": {"a": 1},
        })
    }

    #[test]
    fn what_is_well_is_read() {
        let wanted: Wanted = read(good(), Input::Json).unwrap();
        assert_eq!((wanted.stage, wanted.by_code.len()), (Stage::Lost, 1));
        assert!(matches!(&wanted.rules[0], Rule::Bands(bands) if bands.len() == 1));
        assert!(matches!(wanted.tagged, Some(Tagged::Point { stage: Stage::Active })));
    }

    #[test]
    fn every_fault_of_a_body_is_named_at_its_place() {
        assert_eq!(
            places::<Wanted>(json!({}), Input::Json),
            owned(&[
                ("/name", "required"),
                ("/label", "required"),
                ("/stage", "required"),
                ("/currency", "required"),
                ("/owner", "required"),
                ("/day", "required"),
                ("/rows", "required"),
            ])
        );
        let mut bad = good();
        bad["colour"] = json!(1);
        bad["name"] = json!(7);
        bad["label"] = json!({"en": 1, "fr": "a"});
        bad["stage"] = json!("new");
        bad["currency"] = json!("RMB");
        bad["owner"] = json!("x");
        bad["day"] = json!("31.1.2026");
        bad["month"] = json!("2026-13");
        bad["rows"] = json!([{"amount": 1.5, "count": -1}, 7, {"amount": "1", "count": 1, "more": null}]);
        bad["rules"] = json!([{"bands": 1}, {"share": {}}, {"other": 1}]);
        bad["by_code"] = json!({"!": 1, "b": "x"});
        let mut found = places::<Wanted>(bad, Input::Json);
        found.sort();
        assert_eq!(
            found,
            owned(&[
                ("/by_code/!", "malformed"),
                ("/by_code/b", "malformed"),
                ("/colour", "unknown_field"),
                ("/currency", "malformed"),
                ("/day", "malformed"),
                ("/label/en", "malformed"),
                ("/label/fr", "unknown_field"),
                ("/label/zh", "required"),
                ("/month", "malformed"),
                ("/name", "malformed"),
                ("/owner", "malformed"),
                ("/rows/0/amount", "malformed"),
                ("/rows/0/count", "malformed"),
                ("/rows/1", "malformed"),
                ("/rows/2/more", "unknown_field"),
                ("/rules/0/bands", "malformed"),
                ("/rules/1/share/of", "required"),
                ("/rules/2/other", "malformed"),
                ("/stage", "malformed"),
            ])
        );
    }

    #[test]
    fn a_fault_in_what_serde_keeps_for_later_is_named_below() {
        let mut bad = good();
        bad["tagged"] = json!({"kind": "point", "stage": "new"});
        assert_eq!(places::<Wanted>(bad, Input::Json), owned(&[("/tagged/stage", "malformed")]));
    }

    #[test]
    fn what_is_allowed_is_said_in_both_languages() {
        let said = |field: &str, value: Value| {
            let mut bad = good();
            bad[field] = value;
            let detail = read::<Wanted>(bad, Input::Json).unwrap_err().remove(0).detail;
            (detail.en, detail.zh)
        };
        assert_eq!(
            said("stage", json!("new")),
            ("Expected one of: active, lost.".into(), "可选值：active、lost。".into())
        );
        let (en, zh) = said("currency", json!("RMB"));
        assert!(en.ends_with("did you mean CNY?") && zh.ends_with("是否应为 CNY？"), "{en} {zh}");
        assert_eq!(said("day", json!("x")).1, "应为日期，例如 2026-01-31。");
        assert_eq!(said("name", json!([])).1, "应为文本。");
        assert!(said("colour", json!(1)).0.contains("there are: name, label"));
        let (en, _) = said("rows", json!([{"amount": "1", "count": 5_000_000_000_u64}]));
        assert_eq!(en, "Expected a whole number from 0 to 4294967295.");
    }

    #[test]
    fn a_parameter_that_takes_many_is_written_many_times() {
        let id = "01890a5d-ac96-774b-bcce-000000000001";
        let query = json!({"stage": ["lost", "active"], "city": "a,b", "limit": "7", "count": "true", "owner": id});
        let asked: Asked = read(query, Input::Query).unwrap();
        let expected = Asked {
            stage: Some(vec![Stage::Lost, Stage::Active]),
            city: Some(vec!["a,b".into()]),
            owner: Some(vec![id.parse().unwrap()]),
            limit: Some(7),
            count: Some(true),
            sort: None,
            share: None,
        };
        assert_eq!(asked, expected);
    }

    #[test]
    fn every_wrong_parameter_is_named() {
        let query = json!({
            "stage": ["new", "lost", "old"], "owner": "x", "limit": "-1", "count": "perhaps", "sort": ["a", "b"],
            "colour": "red", "share": "much",
        });
        let mut found = places::<Asked>(query, Input::Query);
        found.sort();
        assert_eq!(
            found,
            owned(&[
                ("/colour", "unknown_parameter"),
                ("/count", "malformed"),
                ("/limit", "malformed"),
                ("/owner", "malformed"),
                ("/share", "malformed"),
                ("/sort", "malformed"),
                ("/stage/0", "malformed"),
                ("/stage/2", "malformed"),
            ])
        );
    }

    #[test]
    fn every_wrong_part_of_a_path_is_named() {
        let names = ["id".to_owned(), "n".to_owned()];
        let id = "01890a5d-ac96-774b-bcce-000000000001";
        let path = |id: &str, n: &str| json!({"id": id, "n": n});
        let read_path = |value| read::<(CustomerId, i32)>(value, Input::Path(&names));
        assert_eq!(read_path(path(id, "3")).unwrap(), (id.parse().unwrap(), 3));
        let found = places::<(CustomerId, i32)>(path("x", "99999999999"), Input::Path(&names));
        assert_eq!(found, owned(&[("/id", "malformed"), ("/n", "malformed")]));
        let sole = ["id".to_owned()];
        assert_eq!(read::<CustomerId>(json!({"id": id}), Input::Path(&sole)).unwrap(), id.parse().unwrap());
        assert_eq!(read::<String>(json!({"id": "a/b"}), Input::Path(&sole)).unwrap(), "a/b");
        assert_eq!(places::<CustomerId>(json!({"id": "x"}), Input::Path(&sole)), owned(&[("/id", "malformed")]));
    }
}
