//! Turns what a source pushes into what is stored: references resolved, amounts given a rate into the base currency.
//! What cannot be resolved is refused, with all its reasons.

use std::collections::BTreeMap;

use chrono::{DateTime, Months, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::wire::{QuotaUpsert, SalesLineUpsert};
use crate::error::{FieldProblem, Problems};
use crate::intake::checked;
use crate::values::{Currency, Label};

/// A rate holds at most so many days.
pub(super) const RATE_HOLDS_DAYS: i32 = 31;
/// A line whose day is later than in so many months is looked at.
const MOST_AHEAD: Months = Months::new(18);
/// Amounts in the base currency are below this, either side of 0: 10^16, what their column takes.
const BASE_LIMIT: Decimal = Decimal::from_parts(1_874_919_424, 2_328_306, 0, false, 0);

/// The rate that holds in each currency on each day, as far as there is one.
pub type Rates = BTreeMap<(Currency, NaiveDate), Decimal>;

/// What the rows of one call refer to, as far as it is there.
#[derive(Debug, Default)]
pub(super) struct References {
    /// Customers by external id.
    pub customers: BTreeMap<String, Uuid>,
    /// Products by external id.
    pub products: BTreeMap<String, Uuid>,
    /// Salespeople by external id.
    pub salespeople: BTreeMap<String, Uuid>,
    /// The rate that holds on a day.
    pub rates: Rates,
}

/// A line whose references and rate are known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LoadableLine {
    pub customer: Uuid,
    pub product: Uuid,
    pub salesperson: Option<Uuid>,
    pub currency: Currency,
    pub rate: Decimal,
}

/// Resolves a line in a tenant with this base currency, at this moment.
pub(super) fn line(
    line: &SalesLineUpsert,
    base: Currency,
    known: &References,
    now: DateTime<Utc>,
) -> Result<LoadableLine, Vec<FieldProblem>> {
    let mut problems = line.problems(now);
    let customer = reference(&mut problems, "/customer_external_id", &line.customer_external_id, &known.customers);
    let product = reference(&mut problems, "/product_external_id", &line.product_external_id, &known.products);
    let salesperson = line
        .salesperson_external_id
        .as_ref()
        .map(|id| reference(&mut problems, "/salesperson_external_id", id, &known.salespeople));
    let currency = line.currency.unwrap_or(base);
    let rate = rate(&mut problems, currency, line.day.0, base, &known.rates);
    if let Some(rate) = rate {
        for (pointer, value) in [("/net", Some(line.net)), ("/cost", line.cost)] {
            if let Some(value) = value {
                in_base(&mut problems, pointer, value.0, rate);
            }
        }
    }
    checked(problems)?;
    let resolved = (|| {
        let salesperson = match salesperson {
            Some(found) => Some(found?),
            None => None,
        };
        Some(LoadableLine { customer: customer?, product: product?, salesperson, currency, rate: rate? })
    })();
    resolved.ok_or_else(Vec::new)
}

/// What to look at in a line that is taken today: a day so far ahead that its year may be mistyped.
pub(super) fn warnings(line: &SalesLineUpsert, today: NaiveDate) -> Option<FieldProblem> {
    let last = today.checked_add_months(MOST_AHEAD)?;
    (line.day.0 > last).then(|| FieldProblem {
        pointer: "/day".into(),
        code: "far_ahead",
        detail: Label::new(
            "The day is more than 18 months ahead: check its year. The line is in.",
            "日期在 18 个月之后，请核对年份。该行已收录。",
        ),
    })
}

/// Resolves a quota's salesperson.
pub(super) fn quota(quota: &QuotaUpsert, salespeople: &BTreeMap<String, Uuid>) -> Result<Uuid, Vec<FieldProblem>> {
    let mut problems = quota.problems();
    let id = reference(&mut problems, "/salesperson_external_id", &quota.salesperson_external_id, salespeople);
    checked(problems)?;
    id.ok_or_else(Vec::new)
}

/// The id an external id names; a problem where it names none.
pub fn reference(
    problems: &mut Problems,
    pointer: &str,
    external_id: &str,
    known: &BTreeMap<String, Uuid>,
) -> Option<Uuid> {
    let found = known.get(external_id).copied();
    if found.is_none() {
        let shown: String = external_id.chars().take(200).collect();
        let en = format!("There is none with the external id \"{shown}\".");
        problems.add(pointer, "unknown_reference", en, format!("不存在外部编号为“{shown}”的对象。"));
    }
    found
}

/// Whether an amount fits where it is kept in the base currency; a problem where it does not.
pub fn in_base(problems: &mut Problems, pointer: &str, amount: Decimal, rate: Decimal) {
    if amount.checked_mul(rate).is_none_or(|converted| converted.abs() >= BASE_LIMIT) {
        problems.add(pointer, "out_of_range", "Too large in the base currency.", "换算为本位币后的金额过大。");
    }
}

/// The rate from a currency into the base currency on a day, 1 for the base currency itself; a problem at `/currency`
/// where there is none.
pub fn rate(
    problems: &mut Problems,
    currency: Currency,
    day: NaiveDate,
    base: Currency,
    rates: &Rates,
) -> Option<Decimal> {
    if currency == base {
        return Some(Decimal::ONE);
    }
    let found = rates.get(&(currency, day)).copied();
    if found.is_none() {
        problems.add(
            "/currency",
            "missing_rate",
            format!("There is no rate of {currency} in {base} on {day} or in the {RATE_HOLDS_DAYS} days before."),
            format!("{day} 当日及之前 {RATE_HOLDS_DAYS} 天内没有 {currency} 对 {base} 的汇率。"),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::{Date, Exact};

    fn sample() -> SalesLineUpsert {
        SalesLineUpsert {
            external_id: "1-1".into(),
            order_id: "1".into(),
            day: Date("2024-01-31".parse().unwrap()),
            customer_external_id: "C".into(),
            product_external_id: "P".into(),
            salesperson_external_id: None,
            quantity: Exact(Decimal::ONE),
            unit_price: Exact(Decimal::TEN),
            discount: Exact(Decimal::ZERO),
            net: Exact(Decimal::TEN),
            cost: None,
            currency: None,
            observed_at: None,
            keeps: crate::sales::LineKeeps::default(),
        }
    }

    fn known() -> References {
        let one = |key: &str, n| BTreeMap::from([(key.to_owned(), Uuid::from_u128(n))]);
        References { customers: one("C", 1), products: one("P", 2), salespeople: one("S", 3), rates: BTreeMap::new() }
    }

    #[test]
    fn the_limit_in_the_base_currency_is_ten_to_the_sixteenth() {
        assert_eq!(BASE_LIMIT.to_string(), "10000000000000000");
    }

    #[test]
    fn a_line_without_a_currency_is_in_the_base_currency_at_one() {
        let usd = "USD".parse().unwrap();
        let found = line(&sample(), usd, &known(), DateTime::UNIX_EPOCH).unwrap();
        assert_eq!((found.currency, found.rate, found.salesperson), (usd, Decimal::ONE, None));
        assert_eq!((found.customer, found.product), (Uuid::from_u128(1), Uuid::from_u128(2)));
    }

    #[test]
    fn every_problem_of_a_line_is_named_with_its_id_or_day() {
        let row = SalesLineUpsert {
            customer_external_id: "nobody".into(),
            salesperson_external_id: Some("X".into()),
            currency: "EUR".parse().ok(),
            ..sample()
        };
        let problems = line(&row, "USD".parse().unwrap(), &known(), DateTime::UNIX_EPOCH).unwrap_err();
        let codes: Vec<_> = problems.iter().map(|p| (p.pointer.as_str(), p.code)).collect();
        assert_eq!(
            codes,
            [
                ("/customer_external_id", "unknown_reference"),
                ("/salesperson_external_id", "unknown_reference"),
                ("/currency", "missing_rate"),
            ]
        );
        assert!(problems[0].detail.en.contains("\"nobody\""));
        assert!(problems[2].detail.en.contains("EUR") && problems[2].detail.zh.contains("2024-01-31"));
    }

    #[test]
    fn a_rate_makes_a_line_loadable_unless_the_amount_grows_too_large() {
        let eur = "EUR".parse().unwrap();
        let usd = "USD".parse().unwrap();
        let mut known = known();
        known.rates.insert((eur, "2024-01-31".parse().unwrap()), Decimal::new(108, 2));
        let row = SalesLineUpsert { currency: Some(eur), ..sample() };
        assert_eq!(line(&row, usd, &known, DateTime::UNIX_EPOCH).unwrap().rate.to_string(), "1.08");
        known.rates.insert((eur, "2024-01-31".parse().unwrap()), Decimal::new(100_000_000, 0));
        let row = SalesLineUpsert { net: Exact(Decimal::new(999_999_999, 0)), ..row };
        assert_eq!(line(&row, usd, &known, DateTime::UNIX_EPOCH).unwrap_err()[0].code, "out_of_range");
    }

    #[test]
    fn a_day_more_than_eighteen_months_ahead_is_looked_at() {
        let today = "2026-08-31".parse().unwrap();
        let code = |day: &str| {
            warnings(&SalesLineUpsert { day: Date(day.parse().unwrap()), ..sample() }, today).map(|w| w.code)
        };
        // 18 months after the last of August is the last of February.
        assert_eq!((code("2028-02-29"), code("2028-03-01")), (None, Some("far_ahead")));
        assert_eq!((code("2024-01-31"), code("2206-01-31")), (None, Some("far_ahead")));
    }
}
