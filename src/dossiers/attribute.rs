//! Attributes: facts of a tenant's own. What a definition must be, and the one form in which each value is kept.
//!
//! A number is kept as a plain decimal string without trailing zeros, money as one with four places in the
//! definition's currency, a text trimmed, a choice as its value, yes or no as a boolean, a day as `YYYY-MM-DD`. Equal
//! facts are thus equal in storage, however they were written.

use async_graphql::{Enum, InputObject, SimpleObject};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::{FieldProblem, Problems};
use crate::values::{Code, Currency, Date, Label, round_money};

/// Definitions a tenant may have.
pub(super) const MOST_DEFINITIONS: usize = 200;
const MOST_CHOICES: usize = 200;
const LONGEST_LABEL: usize = 200;
const LONGEST_UNIT: usize = 30;
const LONGEST_CHOICE: usize = 100;
const LONGEST_TEXT: usize = 1000;
/// A hundred years.
const MOST_DAYS: i32 = 36_500;
const NUMBER_PLACES: usize = 12;
const MONEY_PLACES: usize = 4;
/// Numbers and amounts lie between minus and plus this.
const LARGEST: i64 = 1_000_000_000_000_000;
/// The dossier's own fields: a scale that names one of these reads the field.
const RESERVED: [&str; 19] = [
    "annual_revenue",
    "city",
    "country",
    "credit_limit",
    "currency",
    "employees",
    "external_id",
    "first_seen",
    "id",
    "industry",
    "name",
    "owner",
    "owner_id",
    "parent",
    "parent_id",
    "segment_hint",
    "stage",
    "tags",
    "territory",
];

/// What the values of an attribute are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum AttributeType {
    /// A decimal: below 10^15, at most 12 places.
    Number,
    /// An amount in the definition's currency: below 10^15, at most 4 places.
    Money,
    /// A text of 1 to 1,000 characters.
    Text,
    /// One of the definition's choices.
    Choice,
    /// True or false.
    YesNo,
    /// A calendar day.
    Date,
}

/// A value that an attribute of type `choice` may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject, InputObject)]
#[graphql(input_name = "AttributeChoiceInput")]
#[serde(deny_unknown_fields)]
pub struct AttributeChoice {
    /// The value as it is stored and compared, 1 to 100 characters.
    #[schema(example = "casting", min_length = 1, max_length = 100)]
    pub value: String,
    /// What a reader sees.
    pub label: Label,
}

/// An attribute that customers can have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[graphql(name = "AttributeDefinitionInput")]
#[schema(as = AttributeDefinitionInput)]
#[serde(deny_unknown_fields)]
pub struct AttributeDefinition {
    /// By what customers, scales and filters name it; none of the dossier's own fields.
    #[schema(example = "square_feet")]
    pub code: Code,
    /// What a reader sees, 1 to 200 characters in each language.
    pub label: Label,
    /// What its values are.
    #[serde(rename = "type")]
    #[graphql(name = "type")]
    pub attribute_type: AttributeType,
    /// Of a number: what it counts in, at most 30 characters, for readers alone. Of money: its currency, which it must
    /// have. No other type has one.
    #[serde(default)]
    #[schema(example = "sq ft", max_length = 30)]
    pub unit: Option<String>,
    /// Of a choice: the values there are, 1 to 200. No other type has any.
    #[serde(default)]
    #[graphql(default)]
    #[schema(max_items = 200)]
    pub choices: Vec<AttributeChoice>,
    /// How many days a fact stays fresh, 1 to 36,500; for ever where absent.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 36500, example = 365)]
    pub freshness_days: Option<i32>,
    /// Whether it counts for completeness and freshness.
    #[serde(default)]
    #[graphql(default)]
    pub required: bool,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: &'static str,
    pub(super) detail: Label,
}

impl AttributeType {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Number, Self::Money, Self::Text, Self::Choice, Self::YesNo, Self::Date];

    /// Its word in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Money => "money",
            Self::Text => "text",
            Self::Choice => "choice",
            Self::YesNo => "yes_no",
            Self::Date => "date",
        }
    }
}

impl AttributeDefinition {
    /// Adds everything that is wrong with the definition itself.
    pub(super) fn check(&self, problems: &mut Problems) {
        if RESERVED.contains(&self.code.as_str()) {
            let en = "This is a field of every dossier; choose another code.";
            problems.add("/code", "reserved", en, "这是档案的固有字段，请使用其他代码。");
        }
        problems.text("/label/en", &self.label.en, LONGEST_LABEL);
        problems.text("/label/zh", &self.label.zh, LONGEST_LABEL);
        self.check_unit(problems);
        self.check_choices(problems);
        if self.freshness_days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
            problems.add("/freshness_days", "range", "1 to 36,500 days.", "1 至 36,500 天。");
        }
    }

    fn check_unit(&self, problems: &mut Problems) {
        match (self.attribute_type, self.unit.as_deref()) {
            (AttributeType::Number, Some(unit)) => problems.text("/unit", unit, LONGEST_UNIT),
            (AttributeType::Money, None) => {
                let en = "Money needs its currency as the unit, an ISO 4217 code such as EUR.";
                problems.add("/unit", "currency", en, "金额类型须以 ISO 4217 货币代码为单位，例如 EUR。");
            }
            (AttributeType::Money, Some(unit)) => {
                if let Err(unknown) = unit.parse::<Currency>() {
                    problems.push(FieldProblem { pointer: "/unit".into(), code: "currency", detail: unknown.into() });
                }
            }
            (_, None) => {}
            (_, Some(_)) => {
                problems.add("/unit", "not_for_type", "Only numbers and money have a unit.", "只有数字和金额有单位。");
            }
        }
    }

    fn check_choices(&self, problems: &mut Problems) {
        if self.attribute_type != AttributeType::Choice {
            if !self.choices.is_empty() {
                let en = "Only a choice has values to choose from.";
                problems.add("/choices", "not_for_type", en, "只有选项类型可以有取值列表。");
            }
            return;
        }
        if !(1..=MOST_CHOICES).contains(&self.choices.len()) {
            problems.add("/choices", "size", "1 to 200 choices.", "1 至 200 个选项。");
        }
        for (i, choice) in self.choices.iter().enumerate() {
            problems.text(&format!("/choices/{i}/value"), &choice.value, LONGEST_CHOICE);
            problems.text(&format!("/choices/{i}/label/en"), &choice.label.en, LONGEST_LABEL);
            problems.text(&format!("/choices/{i}/label/zh"), &choice.label.zh, LONGEST_LABEL);
            if choice.value.trim() != choice.value {
                let en = "No blanks before or behind.";
                problems.add(format!("/choices/{i}/value"), "blanks", en, "前后不能有空格。");
            }
            if self.choices[..i].iter().any(|other| other.value == choice.value) {
                problems.add(format!("/choices/{i}/value"), "repeated", "Given twice.", "重复。");
            }
        }
    }

    /// Where values that were good by this definition need not be good, or not mean the same, by the next: the field
    /// of the next that is at fault.
    pub(super) fn narrowed_by(&self, next: &Self) -> Option<&'static str> {
        if next.attribute_type != self.attribute_type {
            Some("/type")
        } else if self.attribute_type == AttributeType::Money && next.unit != self.unit {
            Some("/unit")
        } else {
            None
        }
    }

    /// The choices that the next definition no longer has.
    pub(super) fn choices_lost_in<'a>(&'a self, next: &'a Self) -> impl Iterator<Item = &'a str> {
        let kept = |value: &str| next.choices.iter().any(|choice| choice.value == value);
        self.choices.iter().map(|choice| choice.value.as_str()).filter(move |value| !kept(value))
    }

    /// A value in the form in which it is kept. Takes JSON of the type, and texts for all types, for that is what files
    /// have: `yes`, `no`, `true`, `false`, `是`, `否` for yes and no.
    pub(super) fn canonical(&self, value: &Value) -> Result<Value, Fault> {
        match (self.attribute_type, value) {
            (AttributeType::YesNo, Value::Bool(flag)) => Ok(Value::Bool(*flag)),
            (AttributeType::Number | AttributeType::Money, Value::Number(number)) if number.is_f64() => Err(fault(
                "type",
                "Write a number with a fraction as a string, such as \"1.5\".",
                "带小数的数字请写成字符串，例如 \"1.5\"。",
            )),
            (AttributeType::Number | AttributeType::Money, Value::Number(number)) => self.read(&number.to_string()),
            (AttributeType::Money, Value::Object(parts)) => self.money(parts),
            (_, Value::String(text)) => self.read(text.trim()),
            _ => Err(self.wrong_type()),
        }
    }

    /// An amount with its currency, which must be the definition's.
    fn money(&self, parts: &serde_json::Map<String, Value>) -> Result<Value, Fault> {
        let (Some(amount), Some(Value::String(currency)), 2) =
            (parts.get("amount"), parts.get("currency"), parts.len())
        else {
            return Err(self.wrong_type());
        };
        if amount.is_object() {
            return Err(self.wrong_type());
        }
        match self.unit.as_deref() {
            Some(unit) if unit == currency => self.canonical(amount),
            unit => {
                let unit = unit.unwrap_or_default();
                Err(fault("currency", &format!("Amounts are in {unit}."), &format!("金额的货币为 {unit}。")))
            }
        }
    }

    fn read(&self, text: &str) -> Result<Value, Fault> {
        match self.attribute_type {
            AttributeType::Number => {
                decimal(text, NUMBER_PLACES).map(|number| Value::String(number.normalize().to_string()))
            }
            AttributeType::Money => decimal(text, MONEY_PLACES).map(|n| Value::String(round_money(n).to_string())),
            AttributeType::Text => checked_text(text).map(|()| Value::String(text.to_owned())),
            AttributeType::Choice if self.choices.iter().any(|choice| choice.value == text) => {
                Ok(Value::String(text.to_owned()))
            }
            AttributeType::Choice => Err(self.no_such_choice()),
            AttributeType::YesNo => yes_or_no(text).map(Value::Bool).ok_or_else(|| self.wrong_type()),
            AttributeType::Date => day(text).map(|day| Value::String(day.to_string())).ok_or_else(|| self.wrong_type()),
        }
    }

    fn no_such_choice(&self) -> Fault {
        let shown: Vec<&str> = self.choices.iter().take(20).map(|choice| choice.value.as_str()).collect();
        let more = if self.choices.len() > shown.len() { ", …" } else { "" };
        fault(
            "choice",
            &format!("Expected one of {}{more}.", shown.join(", ")),
            &format!("应为：{}{more}。", shown.join("、")),
        )
    }

    fn wrong_type(&self) -> Fault {
        let (en, zh) = match self.attribute_type {
            AttributeType::Number => {
                ("Expected a decimal as a string, such as \"1.5\".", "应为字符串形式的小数，例如 \"1.5\"。")
            }
            AttributeType::Money => (
                "Expected an amount as a string, such as \"1250.50\", or {\"amount\", \"currency\"}.",
                "应为字符串形式的金额，例如 \"1250.50\"，或 {\"amount\", \"currency\"}。",
            ),
            AttributeType::Text => ("Expected a text.", "应为文本。"),
            AttributeType::Choice => return Fault { code: "type", ..self.no_such_choice() },
            AttributeType::YesNo => ("Expected true or false.", "应为 true 或 false。"),
            AttributeType::Date => ("Expected a day such as \"2026-01-31\".", "应为日期，例如 \"2026-01-31\"。"),
        };
        fault("type", en, zh)
    }
}

/// The place of an attribute in a customer.
pub(super) fn pointer(code: &str) -> String {
    format!("/attributes/{}", code.replace('~', "~0").replace('/', "~1"))
}

fn fault(code: &'static str, en: &str, zh: &str) -> Fault {
    Fault { code, detail: Label::new(en, zh) }
}

/// A plain decimal: digits with an optional sign and fraction, no exponent, no grouping.
fn decimal(text: &str, places: usize) -> Result<Decimal, Fault> {
    let wrong = || fault("type", "Expected a decimal such as \"-1234.5\".", "应为小数，例如 \"-1234.5\"。");
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) {
        return Err(wrong());
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > places {
        let (en, zh) = (format!("At most {places} decimal places."), format!("最多 {places} 位小数。"));
        return Err(fault("too_many_places", &en, &zh));
    }
    let range = || {
        let en = "Between -1,000,000,000,000,000 and 1,000,000,000,000,000.";
        fault("range", en, "须在 ±1,000,000,000,000,000 之间。")
    };
    let whole = whole.trim_start_matches('0');
    let sign = if text.starts_with('-') { "-" } else { "" };
    let plain = format!(
        "{sign}{}.{}",
        if whole.is_empty() { "0" } else { whole },
        if fraction.is_empty() { "0" } else { fraction }
    );
    let number = Decimal::from_str_exact(&plain).map_err(|_| range())?;
    if number.abs() >= Decimal::from(LARGEST) {
        return Err(range());
    }
    // There is one zero.
    Ok(if number.is_zero() { Decimal::ZERO } else { number })
}

fn checked_text(text: &str) -> Result<(), Fault> {
    if text.is_empty() {
        return Err(fault("required", "Must not be empty; null takes the fact out.", "不能为空；删除该项请用 null。"));
    }
    if text.chars().any(char::is_control) {
        return Err(fault("control_character", "Must not contain control characters.", "不能包含控制字符。"));
    }
    if text.chars().count() > LONGEST_TEXT {
        return Err(fault("too_long", "At most 1,000 characters.", "最多 1,000 个字符。"));
    }
    Ok(())
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "是" => Some(true),
        "false" | "no" | "否" => Some(false),
        _ => None,
    }
}

/// An ISO day from 1900 to 9999, as it is written and no other way.
fn day(text: &str) -> Option<Date> {
    let day = Date(text.parse().ok()?);
    (day.to_string() == text && text >= "1900").then_some(day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn definition(attribute_type: AttributeType) -> AttributeDefinition {
        let choice = |value: &str| AttributeChoice { value: value.into(), label: Label::new(value, value) };
        AttributeDefinition {
            code: "fact".parse().unwrap(),
            label: Label::new("Fact", "事实"),
            attribute_type,
            unit: (attribute_type == AttributeType::Money).then(|| "EUR".into()),
            choices: if attribute_type == AttributeType::Choice {
                vec![choice("casting"), choice("Key Account")]
            } else {
                vec![]
            },
            freshness_days: None,
            required: false,
        }
    }

    fn problems(definition: &AttributeDefinition) -> Vec<(String, &'static str)> {
        let mut problems = Problems::new();
        definition.check(&mut problems);
        let found = problems.into_result().err().map(|error| error.problems().to_vec()).unwrap_or_default();
        found.into_iter().map(|p| (p.pointer, p.code)).collect()
    }

    #[track_caller]
    fn kept(attribute_type: AttributeType, given: Value) -> Value {
        definition(attribute_type).canonical(&given).unwrap()
    }

    #[track_caller]
    fn refused(attribute_type: AttributeType, given: Value) -> &'static str {
        definition(attribute_type).canonical(&given).unwrap_err().code
    }

    #[test]
    fn a_value_has_one_form_in_storage() {
        use AttributeType::*;
        for (given, expected) in
            [(json!("0012.500"), "12.5"), (json!(42), "42"), (json!("-0.0"), "0"), (json!("1000"), "1000")]
        {
            assert_eq!(kept(Number, given), expected);
        }
        assert_eq!(kept(Money, json!("1250.5")), "1250.5000");
        assert_eq!(kept(Money, json!({"amount": 7, "currency": "EUR"})), "7.0000");
        assert_eq!(kept(Text, json!(" two words ")), "two words");
        assert_eq!(kept(Choice, json!("Key Account")), "Key Account");
        assert_eq!((kept(YesNo, json!(true)), kept(YesNo, json!("否"))), (json!(true), json!(false)));
        assert_eq!(kept(Date, json!("2024-02-29")), "2024-02-29");
    }

    #[test]
    fn a_value_of_another_type_is_refused() {
        use AttributeType::*;
        for text in ["1,5", "1e3", "+1", ".5", "5.", "1_0", "", "NaN"] {
            assert_eq!(refused(Number, json!(text)), "type", "{text}");
        }
        assert_eq!((refused(Number, json!(1.5)), refused(Number, json!(true))), ("type", "type"));
        assert_eq!(
            (refused(Number, json!("0.0000000000001")), refused(Money, json!("0.00001"))),
            ("too_many_places", "too_many_places")
        );
        assert_eq!(
            (refused(Number, json!("1000000000000000")), refused(Number, json!("9".repeat(60)))),
            ("range", "range")
        );
        assert_eq!(refused(Money, json!({"amount": "1", "currency": "USD"})), "currency");
        assert_eq!(refused(Money, json!({"amount": {"amount": "1", "currency": "EUR"}, "currency": "EUR"})), "type");
        assert_eq!(
            (refused(Text, json!(" ")), refused(Text, json!("a\tb")), refused(Text, json!(1))),
            ("required", "control_character", "type")
        );
        assert_eq!(refused(Text, json!("x".repeat(1001))), "too_long");
        assert_eq!((refused(Choice, json!("CASTING")), refused(Choice, json!(1))), ("choice", "type"));
        assert_eq!((refused(YesNo, json!("maybe")), refused(YesNo, json!(1))), ("type", "type"));
        for text in ["2023-02-29", "2024-1-1", "1899-12-31", "01.02.2024"] {
            assert_eq!(refused(Date, json!(text)), "type", "{text}");
        }
    }

    #[test]
    fn everything_wrong_with_a_definition_is_said_at_once() {
        for kind in AttributeType::ALL {
            assert_eq!(problems(&definition(kind)), []);
        }
        let choice = |value: &str| AttributeChoice { value: value.into(), label: Label::new("x", "") };
        let bad = AttributeDefinition {
            code: "employees".parse().unwrap(),
            unit: Some("kg".into()),
            choices: vec![choice("a"), choice("a "), choice("a")],
            freshness_days: Some(0),
            ..definition(AttributeType::Choice)
        };
        let expected = [
            ("/code", "reserved"),
            ("/unit", "not_for_type"),
            ("/choices/0/label/zh", "required"),
            ("/choices/1/label/zh", "required"),
            ("/choices/1/value", "blanks"),
            ("/choices/2/label/zh", "required"),
            ("/choices/2/value", "repeated"),
            ("/freshness_days", "range"),
        ];
        assert_eq!(problems(&bad), expected.map(|(pointer, code)| (pointer.to_owned(), code)));
        let money = AttributeDefinition { unit: Some("euro".into()), ..definition(AttributeType::Money) };
        assert_eq!(problems(&money), [("/unit".to_owned(), "currency")]);
        let none = AttributeDefinition { choices: vec![], ..definition(AttributeType::Choice) };
        assert_eq!(problems(&none), [("/choices".to_owned(), "size")]);
        let many = AttributeDefinition { choices: vec![choice("a")], ..definition(AttributeType::Text) };
        assert_eq!(problems(&many), [("/choices".to_owned(), "not_for_type")]);
    }

    #[test]
    fn what_would_spoil_values_is_named() {
        let (number, money, choice) = (AttributeType::Number, AttributeType::Money, AttributeType::Choice);
        assert_eq!(definition(number).narrowed_by(&definition(money)), Some("/type"));
        let dollars = AttributeDefinition { unit: Some("USD".into()), ..definition(money) };
        assert_eq!(definition(money).narrowed_by(&dollars), Some("/unit"));
        let renamed = AttributeDefinition { unit: Some("m²".into()), required: true, ..definition(number) };
        assert_eq!(definition(number).narrowed_by(&renamed), None);
        let fewer = AttributeDefinition { choices: definition(choice).choices[..1].to_vec(), ..definition(choice) };
        assert_eq!(definition(choice).choices_lost_in(&fewer).collect::<Vec<_>>(), ["Key Account"]);
        assert_eq!(fewer.choices_lost_in(&definition(choice)).count(), 0);
    }

    proptest! {
        #[test]
        fn what_is_kept_stays_as_it_is_and_keeps_its_worth(whole in -999_999_999_999_999_i64..1_000_000_000_000_000, cents in 0_u32..10_000) {
            let text = format!("{whole}.{cents:04}");
            for kind in [AttributeType::Number, AttributeType::Money] {
                let once = kept(kind, json!(text));
                prop_assert_eq!(&kept(kind, once.clone()), &once);
                let (kept, given): (Decimal, Decimal) = (once.as_str().unwrap().parse().unwrap(), text.parse().unwrap());
                prop_assert_eq!(kept, given);
            }
        }
    }
}
