//! A score as it is kept: the figures of an explanation in the order of the definition, without what the definition
//! itself says. A published definition never changes, so that both together tell the whole explanation for ever.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::{DimensionScore, FactorScore, Scored, refusal};
use crate::metrics::{Fact, FactValue, Missing};
use crate::scales::{CapCheck, ScaleDefinition};
use crate::values::{Exact, round_money, round_ratio, round_score};

/// Places of scores and points.
const SCORE_PLACES: u32 = 4;
/// Places of shares.
const RATIO_PLACES: u32 = 6;

/// The figures of an explanation. Points, contributions and scores are whole numbers of 10^-4, weights and places of
/// 10^-6. Lists of factors and of dimensions are in the order of the definition; one that would hold nothing is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredScore {
    /// Of each factor, its value, where it is a number.
    pub numbers: Vec<Option<Decimal>>,
    /// Its value, where it is a text.
    pub texts: Vec<Option<String>>,
    /// Its value, where it is yes or no.
    pub flags: Vec<Option<bool>>,
    /// Why there are no points by the rule; a number of [`Missing::number`].
    pub missing: Vec<Option<i16>>,
    /// Its points; none where it is left out.
    pub points: Vec<Option<i32>>,
    /// What it adds to the total.
    pub contributions: Vec<i32>,
    /// Which of the rule's levels, bands or choices gave the points.
    pub matched: Vec<Option<i16>>,
    /// Its place among all.
    pub percentiles: Vec<Option<i32>>,
    /// The customer's own base of a growth that asks for one, in the base currency.
    pub bases: Vec<Option<Decimal>>,
    /// The base that is asked for: the same for all of a run, with which it is kept.
    pub min_bases: Vec<Option<Decimal>>,
    /// Of each dimension, its score.
    pub dimension_scores: Vec<Option<i32>>,
    /// Its weight after the dimensions that dropped out.
    pub effective_weights: Vec<i32>,
    /// Of each cap, the fact that it compares.
    pub caps: Vec<StoredFact>,
}

/// A fact as it is kept: its value, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoredFact {
    /// What is known.
    Known(FactValue),
    /// Why it is not.
    Missing(Missing),
}

/// The scores that stand in columns of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredTotals {
    /// As [`Scored::total`].
    pub total: Option<Exact>,
    /// As [`Scored::quality`].
    pub quality: Option<Exact>,
    /// As [`Scored::growth`].
    pub growth: Option<Exact>,
    /// As [`Scored::data_coverage`].
    pub data_coverage: Exact,
}

impl StoredScore {
    /// What is to be kept of a score.
    pub fn of(scored: &Scored) -> Self {
        let factors = || scored.dimensions.iter().flat_map(|dimension| &dimension.factors);
        let number = |factor: &FactorScore| factor.value.as_ref().and_then(FactValue::as_number);
        let text = |factor: &FactorScore| match &factor.value {
            Some(FactValue::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let flag = |factor: &FactorScore| match factor.value {
            Some(FactValue::Flag(flag)) => Some(flag),
            _ => None,
        };
        let small = |n: u32| i16::try_from(n).ok();
        Self {
            numbers: some(factors().map(number)),
            texts: some(factors().map(text)),
            flags: some(factors().map(flag)),
            missing: some(factors().map(|factor| factor.missing.map(Missing::number))),
            points: factors().map(|factor| factor.points.map(|points| units(points, SCORE_PLACES))).collect(),
            contributions: factors().map(|factor| units(factor.contribution, SCORE_PLACES)).collect(),
            matched: some(factors().map(|factor| factor.matched.and_then(small))),
            percentiles: some(factors().map(|factor| factor.percentile.map(|place| units(place, RATIO_PLACES)))),
            bases: some(factors().map(|factor| factor.base.map(|base| base.0))),
            min_bases: some(factors().map(|factor| factor.min_base.map(|base| base.0))),
            dimension_scores: scored
                .dimensions
                .iter()
                .map(|d| d.score.map(|score| units(score, SCORE_PLACES)))
                .collect(),
            effective_weights: scored.dimensions.iter().map(|d| units(d.effective_weight, RATIO_PLACES)).collect(),
            caps: scored.caps.iter().map(StoredFact::of).collect(),
        }
    }

    /// The score that was kept, with the definition that it was reckoned by.
    pub fn scored(&self, definition: &ScaleDefinition, totals: StoredTotals) -> Scored {
        let mut slots = 0..;
        let dimensions: Vec<DimensionScore> = definition
            .dimensions
            .iter()
            .enumerate()
            .map(|(place, dimension)| {
                let factors: Vec<FactorScore> =
                    dimension.factors.iter().zip(&mut slots).map(|(factor, slot)| self.factor(factor, slot)).collect();
                let contribution: Decimal = factors.iter().map(|factor| factor.contribution.0).sum();
                DimensionScore {
                    code: dimension.code.clone(),
                    score: at(&self.dimension_scores, place).map(score),
                    weight: dimension.weight,
                    effective_weight: ratio(self.effective_weights.get(place).copied().unwrap_or_default()),
                    contribution: Exact(round_score(contribution)),
                    factors,
                }
            })
            .collect();
        let facts = self.caps.iter().map(StoredFact::fact).chain(std::iter::repeat_with(|| Err(Missing::NoData)));
        let caps: Vec<CapCheck> = definition.caps.iter().zip(facts).map(|(cap, fact)| cap.check(&fact)).collect();
        let StoredTotals { total, quality, growth, data_coverage } = totals;
        let coverage = (data_coverage, definition.min_coverage);
        let labels = || definition.factors().map(|factor| &factor.label);
        let ungradable = total.is_none().then(|| refusal(&dimensions, labels(), coverage));
        Scored { total, quality, growth, data_coverage, dimensions, caps, ungradable }
    }

    fn factor(&self, factor: &crate::scales::Factor, slot: usize) -> FactorScore {
        let number = || at(&self.numbers, slot).map(FactValue::number);
        let text = || self.texts.get(slot).and_then(Option::as_ref).map(FactValue::text);
        let missing = at(&self.missing, slot).and_then(Missing::numbered);
        FactorScore {
            code: factor.code.clone(),
            value: number().or_else(text).or_else(|| at(&self.flags, slot).map(FactValue::Flag)),
            missing,
            policy: missing.map(|_| factor.missing),
            points: at(&self.points, slot).map(score),
            max_points: factor.max_points,
            matched: at(&self.matched, slot).and_then(|matched| u32::try_from(matched).ok()),
            percentile: at(&self.percentiles, slot).map(ratio),
            base: at(&self.bases, slot).map(|base| Exact(round_money(base))),
            min_base: at(&self.min_bases, slot).map(|base| Exact(round_money(base))),
            contribution: score(self.contributions.get(slot).copied().unwrap_or_default()),
        }
    }
}

impl StoredFact {
    fn of(check: &CapCheck) -> Self {
        match (&check.value, check.missing) {
            (Some(value), _) => Self::Known(value.clone()),
            (None, missing) => Self::Missing(missing.unwrap_or(Missing::NoData)),
        }
    }

    fn fact(&self) -> Fact {
        match self {
            Self::Known(value) => Ok(value.clone()),
            Self::Missing(missing) => Err(*missing),
        }
    }
}

/// A list; none where nothing is in it.
fn some<T>(items: impl Iterator<Item = Option<T>>) -> Vec<Option<T>> {
    let list: Vec<Option<T>> = items.collect();
    if list.iter().all(Option::is_none) { Vec::new() } else { list }
}

fn at<T: Copy>(list: &[Option<T>], place: usize) -> Option<T> {
    list.get(place).copied().flatten()
}

/// A rounded figure as a count of its last place: none is above 10,000 with 4 places, or 1 with 6.
fn units(figure: Exact, places: u32) -> i32 {
    let mut figure = figure.0;
    figure.rescale(places);
    figure.mantissa().to_i32().unwrap_or(i32::MAX)
}

fn score(units: i32) -> Exact {
    Exact(round_score(Decimal::new(units.into(), SCORE_PLACES)))
}

fn ratio(units: i32) -> Exact {
    Exact(round_ratio(Decimal::new(units.into(), RATIO_PLACES)))
}
