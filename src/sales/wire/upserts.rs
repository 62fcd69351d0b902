//! Rows as sources push them: named by the source's own ids.

use async_graphql::{InputObject, MaybeUndefined};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::Problems;
use crate::intake::check_observed_at;
use crate::values::{Currency, Date, Exact};

/// Amounts and quantities are below this, either side of 0.
const AMOUNT_LIMIT: Decimal = Decimal::from_parts(2_764_472_320, 232_830, 0, false, 0);
/// Rates are below this.
const RATE_LIMIT: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

/// A product to create or change. What is absent stays; null empties it.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[graphql(name = "ProductUpsertInput")]
#[serde(deny_unknown_fields)]
pub struct ProductUpsert {
    /// Its id in the source, 1 to 200 characters.
    #[schema(example = "BK-M82S-38", max_length = 200)]
    pub external_id: String,
    /// Its name, 1 to 200 characters.
    #[schema(example = "Mountain-100 Silver, 38", max_length = 200)]
    pub name: String,
    /// Its category, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Bikes", max_length = 200)]
    pub category: MaybeUndefined<String>,
    /// Its subcategory within the category, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Mountain Bikes", max_length = 200)]
    pub subcategory: MaybeUndefined<String>,
    /// Standard cost of one unit in the base currency, 0 or more, at most 4 places.
    #[serde(default)]
    #[schema(value_type = Option<Exact>)]
    pub standard_cost: MaybeUndefined<Exact>,
    /// List price of one unit in the base currency, 0 or more, at most 4 places.
    #[serde(default)]
    #[schema(value_type = Option<Exact>)]
    pub list_price: MaybeUndefined<Exact>,
    /// When this was observed, at most 5 minutes in the future; the moment of receipt where absent. What was observed
    /// before the stored state changes nothing.
    #[schema(example = "2026-01-31T08:00:00Z")]
    pub observed_at: Option<DateTime<Utc>>,
}

/// A product to create or change under the external id in the address. What is absent stays; null empties it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductIn {
    /// Its name, 1 to 200 characters.
    #[schema(example = "Mountain-100 Silver, 38", max_length = 200)]
    pub name: String,
    /// Its category, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Bikes", max_length = 200)]
    pub category: MaybeUndefined<String>,
    /// Its subcategory within the category, at most 200 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Mountain Bikes", max_length = 200)]
    pub subcategory: MaybeUndefined<String>,
    /// Standard cost of one unit in the base currency, 0 or more, at most 4 places.
    #[serde(default)]
    #[schema(value_type = Option<Exact>)]
    pub standard_cost: MaybeUndefined<Exact>,
    /// List price of one unit in the base currency, 0 or more, at most 4 places.
    #[serde(default)]
    #[schema(value_type = Option<Exact>)]
    pub list_price: MaybeUndefined<Exact>,
    /// When this was observed, at most 5 minutes in the future; the moment of receipt where absent. What was observed
    /// before the stored state changes nothing.
    #[schema(example = "2026-01-31T08:00:00Z")]
    pub observed_at: Option<DateTime<Utc>>,
}

/// What of a sales line that is there stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineKeeps {
    /// Its order.
    pub order: bool,
    /// Who sold it.
    pub salesperson: bool,
    /// Unit price and discount, where quantity and net are the same.
    pub price: bool,
    /// Its cost.
    pub cost: bool,
    /// Its currency, and the rate it was loaded with.
    pub currency: bool,
}

/// A sales line to create, or to replace where its id is there. Returns are negative.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[graphql(name = "SalesLineUpsertInput")]
#[serde(deny_unknown_fields)]
pub struct SalesLineUpsert {
    /// Its id in the source, 1 to 200 characters.
    #[schema(example = "SO43659-1", max_length = 200)]
    pub external_id: String,
    /// The order or invoice it is a line of, 1 to 200 characters.
    #[schema(example = "SO43659", max_length = 200)]
    pub order_id: String,
    /// The day of the order or invoice.
    pub day: Date,
    /// External id of the customer.
    #[schema(example = "C-1001")]
    pub customer_external_id: String,
    /// External id of the product.
    #[schema(example = "BK-M82S-38")]
    pub product_external_id: String,
    /// External id of the salesperson who sold it; null where nobody did.
    #[schema(example = "S-279")]
    pub salesperson_external_id: Option<String>,
    /// Units sold, at most 4 places.
    pub quantity: Exact,
    /// Price of one unit before discount, in `currency`, at most 4 places.
    pub unit_price: Exact,
    /// Discount of the whole line, an amount in `currency`, at most 4 places; 0 where absent.
    #[serde(default)]
    #[graphql(default)]
    pub discount: Exact,
    /// What the line sells for after discount, in `currency`, at most 4 places.
    pub net: Exact,
    /// Cost of the whole line in `currency`, at most 4 places; null where the source lacks it.
    pub cost: Option<Exact>,
    /// The currency; the tenant's base currency where absent.
    pub currency: Option<Currency>,
    /// When this was observed, at most 5 minutes in the future; the moment of receipt where absent. What was observed
    /// before the stored state changes nothing.
    #[schema(example = "2026-01-31T08:00:00Z")]
    pub observed_at: Option<DateTime<Utc>>,
    /// What of a line that is there it says nothing of; it replaces all of it where nothing is named.
    #[serde(skip)]
    #[graphql(skip)]
    pub keeps: LineKeeps,
}

/// A dated exchange rate to create or replace. Lines that are in keep the rate they were loaded with.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[graphql(name = "FxRateUpsertInput")]
#[serde(deny_unknown_fields)]
pub struct FxRateUpsert {
    /// The currency of which one unit is priced.
    pub currency: Currency,
    /// The first day it holds; it holds until the next rate, at most 31 days.
    pub day: Date,
    /// Base-currency units for one unit, above 0 and below 10^9, at most 12 places.
    pub rate: Exact,
}

/// A quota to create or replace. It runs until the day before the same salesperson's next one.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[graphql(name = "QuotaUpsertInput")]
#[serde(deny_unknown_fields)]
pub struct QuotaUpsert {
    /// External id of the salesperson.
    #[schema(example = "S-279")]
    pub salesperson_external_id: String,
    /// The period's first day.
    pub period_start: Date,
    /// What is to be sold in the period, in the base currency, 0 or more, at most 4 places.
    pub amount: Exact,
}

impl ProductIn {
    /// As a row of a batch.
    pub(in crate::sales) fn under(self, external_id: String) -> ProductUpsert {
        let Self { name, category, subcategory, standard_cost, list_price, observed_at } = self;
        ProductUpsert { external_id, name, category, subcategory, standard_cost, list_price, observed_at }
    }
}

impl ProductUpsert {
    /// All that is wrong with it by itself, at this moment.
    pub(in crate::sales) fn problems(&self, now: DateTime<Utc>) -> Problems {
        let mut problems = Problems::new();
        check_observed_at(&mut problems, self.observed_at, now);
        problems.text("/external_id", &self.external_id, 200);
        problems.text("/name", &self.name, 200);
        problems.optional_text("/category", self.category.as_opt_deref().flatten(), 200);
        problems.optional_text("/subcategory", self.subcategory.as_opt_deref().flatten(), 200);
        for (pointer, price) in [("/standard_cost", &self.standard_cost), ("/list_price", &self.list_price)] {
            if let MaybeUndefined::Value(price) = price {
                amount(&mut problems, pointer, price.0);
                not_negative(&mut problems, pointer, price.0);
            }
        }
        problems
    }
}

impl SalesLineUpsert {
    /// All that is wrong with it by itself, at this moment.
    pub(in crate::sales) fn problems(&self, now: DateTime<Utc>) -> Problems {
        let mut problems = Problems::new();
        check_observed_at(&mut problems, self.observed_at, now);
        problems.text("/external_id", &self.external_id, 200);
        problems.text("/order_id", &self.order_id, 200);
        for (pointer, value) in [
            ("/quantity", Some(self.quantity)),
            ("/unit_price", Some(self.unit_price)),
            ("/discount", Some(self.discount)),
            ("/net", Some(self.net)),
            ("/cost", self.cost),
        ] {
            if let Some(value) = value {
                amount(&mut problems, pointer, value.0);
            }
        }
        problems
    }
}

impl FxRateUpsert {
    /// All that is wrong with it.
    pub(in crate::sales) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        places(&mut problems, "/rate", self.rate.0, 12);
        if self.rate.0 <= Decimal::ZERO || self.rate.0 >= RATE_LIMIT {
            problems.add("/rate", "out_of_range", "Above 0 and below 10^9.", "大于 0 且小于 10^9。");
        }
        problems
    }
}

impl QuotaUpsert {
    /// All that is wrong with it by itself.
    pub(in crate::sales) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        amount(&mut problems, "/amount", self.amount.0);
        not_negative(&mut problems, "/amount", self.amount.0);
        problems
    }
}

/// Checks an amount: at most 4 places, below 10^15 either side of 0.
pub fn amount(problems: &mut Problems, pointer: &str, value: Decimal) {
    places(problems, pointer, value, 4);
    if value.abs() >= AMOUNT_LIMIT {
        problems.add(pointer, "out_of_range", "Below 10^15 either side of 0.", "绝对值须小于 10^15。");
    }
}

fn places(problems: &mut Problems, pointer: &str, value: Decimal, most: u32) {
    if value.normalize().scale() > most {
        problems.add(
            pointer,
            "too_many_places",
            format!("At most {most} decimal places."),
            format!("最多 {most} 位小数。"),
        );
    }
}

fn not_negative(problems: &mut Problems, pointer: &str, value: Decimal) {
    if value < Decimal::ZERO {
        problems.add(pointer, "out_of_range", "0 or more.", "不能为负。");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(problems: Problems) -> Vec<(String, &'static str)> {
        let error = problems.into_result().err();
        error.iter().flat_map(crate::error::Error::problems).map(|p| (p.pointer.clone(), p.code)).collect()
    }

    #[test]
    fn the_limit_of_amounts_is_ten_to_the_fifteenth() {
        assert_eq!(AMOUNT_LIMIT.to_string(), "1000000000000000");
    }

    #[test]
    fn every_problem_of_a_product_is_named() {
        let product: ProductUpsert = serde_json::from_value(serde_json::json!({
            "external_id": " ", "name": "x", "category": null, "standard_cost": "-1", "list_price": "1.00001"
        }))
        .unwrap();
        assert_eq!(product.category, MaybeUndefined::Null);
        assert_eq!(product.subcategory, MaybeUndefined::Undefined);
        assert_eq!(
            codes(product.problems(DateTime::UNIX_EPOCH)),
            [
                ("/external_id".to_owned(), "required"),
                ("/standard_cost".to_owned(), "out_of_range"),
                ("/list_price".to_owned(), "too_many_places"),
            ]
        );
    }

    #[test]
    fn a_rate_is_positive() {
        let rate = |rate: &str| FxRateUpsert {
            currency: "EUR".parse().unwrap(),
            day: Date("2024-01-01".parse().unwrap()),
            rate: rate.parse().unwrap(),
        };
        assert_eq!(codes(rate("0").problems()), [("/rate".to_owned(), "out_of_range")]);
        assert_eq!(codes(rate("1.0800").problems()), []);
    }
}
