//! What moved a customer from one result to another: the factors whose contribution to the score changed, the caps that
//! came and went.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::wire::{FactorMove, MovedBy};
use crate::scales::{CapCheck, FactorScore, ScaleDefinition, Scored};
use crate::values::{Code, Exact, Label, round_score};

/// What differs between two results of one customer, the strongest factor first.
///
/// The changes of all factors add up to the change of the score, exactly, where both results have a score.
pub fn moved_by(names: &FactorNames, before: Option<&Scored>, after: Option<&Scored>) -> MovedBy {
    let (old, new) = (by_code(before), by_code(after));
    let codes = old.keys().chain(new.keys().filter(|code| !old.contains_key(*code)));
    let mut factors: Vec<FactorMove> = codes
        .filter_map(|code| {
            let (old, new) = (old.get(code), new.get(code));
            let change = contribution(new) - contribution(old);
            let moved = FactorMove {
                factor: (*code).clone(),
                label: names.label(code),
                old_value: old.and_then(|factor| factor.value.clone()),
                new_value: new.and_then(|factor| factor.value.clone()),
                old_points: old.and_then(|factor| factor.points),
                new_points: new.and_then(|factor| factor.points),
                old_contribution: Exact(contribution(old)),
                new_contribution: Exact(contribution(new)),
                change: Exact(change),
            };
            (!change.is_zero()).then_some(moved)
        })
        .collect();
    factors.sort_by(|a, b| b.change.0.abs().cmp(&a.change.0.abs()).then_with(|| a.factor.cmp(&b.factor)));
    let (old, new) = (applied(before), applied(after));
    MovedBy {
        factors,
        caps_added: new.iter().filter(|label| !old.contains(label)).map(|label| (*label).clone()).collect(),
        caps_lifted: old.iter().filter(|label| !new.contains(label)).map(|label| (*label).clone()).collect(),
    }
}

/// The names of factors of one or more versions; of two with the same code the first one's.
#[derive(Clone, Debug, Default)]
pub struct FactorNames(BTreeMap<Code, Label>);

impl FactorNames {
    /// Of these definitions.
    pub fn of<'a>(definitions: impl IntoIterator<Item = &'a ScaleDefinition>) -> Self {
        let mut names = BTreeMap::new();
        for factor in definitions.into_iter().flat_map(ScaleDefinition::factors) {
            names.entry(factor.code.clone()).or_insert_with(|| factor.label.clone());
        }
        Self(names)
    }

    fn label(&self, code: &Code) -> Label {
        self.0.get(code).cloned().unwrap_or_else(|| Label::new(code.as_str(), code.as_str()))
    }
}

fn by_code(scored: Option<&Scored>) -> BTreeMap<&Code, &FactorScore> {
    let factors = scored.into_iter().flat_map(|scored| &scored.dimensions).flat_map(|dimension| &dimension.factors);
    factors.map(|factor| (&factor.code, factor)).collect()
}

fn contribution(factor: Option<&&FactorScore>) -> Decimal {
    factor.map_or_else(|| round_score(Decimal::ZERO), |factor| factor.contribution.0)
}

fn applied(scored: Option<&Scored>) -> Vec<&Label> {
    let caps: &[CapCheck] = scored.map(|scored| scored.caps.as_slice()).unwrap_or_default();
    caps.iter().filter(|cap| cap.applies == Some(true)).map(|cap| &cap.label).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Fact, FactValue, Missing};
    use crate::scales::{Facts, Scorer, template};

    #[test]
    fn the_changes_add_up_to_the_change_of_the_score_and_the_strongest_comes_first() {
        let definition = &template("industrial_distributor").unwrap().definition;
        let scorer = Scorer::new(definition).unwrap();
        let score = |step: i64| {
            let fact = |i: usize| -> Fact {
                if i % 5 == 4 { Err(Missing::NoData) } else { Ok(FactValue::number(Decimal::new(i as i64 * step, 2))) }
            };
            let facts: Vec<Fact> = (0..definition.factors().count()).map(fact).collect();
            scorer.score(Facts { factors: &facts, caps: &[] })
        };
        let (before, after) = (score(3), score(71));
        let names = FactorNames::of([definition]);
        let moved = moved_by(&names, Some(&before), Some(&after));
        if let (Some(old), Some(new)) = (before.total, after.total) {
            assert_eq!(moved.factors.iter().map(|factor| factor.change.0).sum::<Decimal>(), new.0 - old.0);
        }
        assert!(moved.factors.windows(2).all(|pair| pair[0].change.0.abs() >= pair[1].change.0.abs()));
        assert!(moved_by(&names, Some(&after), Some(&after)).factors.is_empty());
    }
}
