//! Checks payments and resolves what they refer to.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::wire::PaymentUpsert;
use crate::error::{FieldProblem, Problems};
use crate::intake::{check_observed_at, checked};
use crate::sales::{amount, reference};

/// The id of a payment's customer; otherwise everything that is wrong with the payment at this moment.
pub(super) fn customer_of(
    payment: &PaymentUpsert,
    customers: &BTreeMap<String, Uuid>,
    now: DateTime<Utc>,
) -> Result<Uuid, Vec<FieldProblem>> {
    let mut problems = Problems::new();
    problems.text("/external_id", &payment.external_id, 200);
    let id = reference(&mut problems, "/customer_external_id", &payment.customer_external_id, customers);
    amount(&mut problems, "/amount", payment.amount.0);
    check_observed_at(&mut problems, payment.observed_at, now);
    checked(problems)?;
    id.ok_or_else(Vec::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Date;

    #[test]
    fn every_problem_of_a_payment_is_named() {
        let payment = PaymentUpsert {
            external_id: String::new(),
            customer_external_id: "nobody".into(),
            paid_on: Date("2024-01-31".parse().unwrap()),
            amount: "1.00001".parse().unwrap(),
            currency: None,
            observed_at: None,
        };
        let problems = customer_of(&payment, &BTreeMap::new(), DateTime::UNIX_EPOCH).unwrap_err();
        let codes: Vec<_> = problems.iter().map(|p| p.code).collect();
        assert_eq!(codes, ["required", "unknown_reference", "too_many_places"]);
    }
}
