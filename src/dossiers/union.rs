//! What the dossier of a customer gains from one that becomes one with it: the survivor's values stay, its blanks are
//! filled.

use async_graphql::MaybeUndefined;
use serde_json::{Map, Value};

use super::wire::{CustomerOut, CustomerPatch};

/// What fills the survivor's blanks. Amounts are in the customer's currency: they go over only where it is the same.
pub(super) fn gains(survivor: &CustomerOut, gone: &CustomerOut) -> CustomerPatch {
    let same_currency = survivor.currency.or(gone.currency) == gone.currency;
    let amount = |own: Option<_>, other: Option<_>| filled(own, other.filter(|_| same_currency));
    CustomerPatch {
        industry: filled(survivor.industry.as_ref(), gone.industry.clone()),
        territory: filled(survivor.territory.as_ref(), gone.territory.clone()),
        city: filled(survivor.city.as_ref(), gone.city.clone()),
        country: filled(survivor.country.as_ref(), gone.country.clone()),
        owner_id: filled(survivor.owner_id, gone.owner_id),
        employees: filled(survivor.employees, gone.employees),
        annual_revenue: amount(survivor.annual_revenue, gone.annual_revenue),
        currency: filled(survivor.currency, gone.currency),
        credit_limit: amount(survivor.credit_limit, gone.credit_limit),
        segment_hint: filled(survivor.segment_hint.as_ref(), gone.segment_hint.clone()),
        first_seen: filled(survivor.first_seen, gone.first_seen),
        tags: filled(survivor.tags.first(), Some(gone.tags.clone()).filter(|tags| !tags.is_empty())),
        attributes: attributes(&survivor.attributes, &gone.attributes),
        ..CustomerPatch::default()
    }
}

fn filled<A, B>(own: Option<A>, other: Option<B>) -> MaybeUndefined<B> {
    match (own, other) {
        (None, Some(other)) => MaybeUndefined::Value(other),
        _ => MaybeUndefined::Undefined,
    }
}

fn attributes(own: &Value, other: &Value) -> MaybeUndefined<Value> {
    let (Value::Object(own), Value::Object(other)) = (own, other) else { return MaybeUndefined::Undefined };
    let gained: Map<String, Value> =
        other.iter().filter(|(code, _)| !own.contains_key(*code)).map(|(code, v)| (code.clone(), v.clone())).collect();
    if gained.is_empty() { MaybeUndefined::Undefined } else { MaybeUndefined::Value(Value::Object(gained)) }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::values::{CustomerId, Exact};

    fn customer(currency: Option<&str>, city: Option<&str>, attributes: Value) -> CustomerOut {
        let unknown = CustomerOut::unknown(CustomerId(Uuid::nil()), Vec::new(), DateTime::UNIX_EPOCH);
        CustomerOut {
            currency: currency.map(|code| code.parse().unwrap()),
            city: city.map(str::to_owned),
            credit_limit: currency.map(|_| "5".parse::<Exact>().unwrap()),
            attributes,
            ..unknown
        }
    }

    #[test]
    fn blanks_are_filled_and_values_stay() {
        let survivor = customer(None, Some("Kiel"), json!({"iso": true}));
        let gone = customer(Some("EUR"), Some("Bremen"), json!({"iso": false, "machines": "4"}));
        let gained = gains(&survivor, &gone);
        assert!(gained.city.is_undefined());
        assert_eq!(gained.attributes, MaybeUndefined::Value(json!({"machines": "4"})));
        assert!(!gained.credit_limit.is_undefined());
        assert_eq!(gains(&gone, &survivor), CustomerPatch::default());
    }

    #[test]
    fn an_amount_in_another_currency_stays_behind() {
        let mut survivor = customer(Some("USD"), None, json!({}));
        survivor.credit_limit = None;
        assert!(gains(&survivor, &customer(Some("EUR"), None, json!({}))).credit_limit.is_undefined());
        assert!(!gains(&survivor, &customer(Some("USD"), None, json!({}))).credit_limit.is_undefined());
    }
}
