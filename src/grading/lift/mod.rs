//! What would lift a customer to the next better grade: the cheapest single change of a factor, else the smallest set of
//! factors that does it together, and the caps that stand in the way.
//!
//! What we can do ourselves, and data that we can gather, come before what only the customer can change.
//!
//! What a change costs is the share of the factor's own maximum that must be gained: to go from 6 to 8 of 10 points costs
//! 0.2. Nobody else moves meanwhile: with quotas the customer has to pass the last one of the better grade.

mod others;
mod target;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};

pub use self::others::Others;
use self::target::{Target, Told, band_targets, line_target, money_change};
use super::wire::{CapInWay, LiftStep};
use crate::metrics::{Fact, FactValue, MetricUnit, Missing};
use crate::scales::{
    Better, Factor, FactorScore, FactorSource, Influence, LinearRule, ScaleDefinition, Scored, Scorer, ScoringRule,
};
use crate::values::{Exact, round_ratio, round_score};

/// Half of what a score shows: from here up it is rounded to the next.
const HALF_A_STEP: Decimal = Decimal::from_parts(5, 0, 0, false, 5);
/// The finest step of a value that is asked for.
const FINEST: u32 = 6;

/// The changes that reach a score.
#[derive(Clone, Debug, Default)]
pub struct Lift {
    /// Single changes, each enough by itself: those of ours and of data first, the cheapest first.
    pub single: Vec<LiftStep>,
    /// Where no single change is enough: the fewest factors that are enough together. Empty where nothing is.
    pub together: Vec<LiftStep>,
}

/// A customer on a scale, ready to try other facts.
struct Board<'a> {
    definition: ScaleDefinition,
    scorer: Scorer,
    facts: Vec<Fact>,
    factors: Vec<&'a FactorScore>,
    /// Of factors that go by the place among all, which end is the best.
    ranked: Vec<Option<Better>>,
    others: &'a BTreeMap<usize, Others>,
    needed: Decimal,
}

/// The changes by which a customer with these scores reaches `needed`, a score with 4 places. `others` are what the others
/// have for factors that go by the place among all, by the factor's place in the definition; without them such a factor
/// stays as it is. None where the definition cannot be scored with, which a published one can.
pub fn lift(
    definition: &ScaleDefinition,
    scored: &Scored,
    others: &BTreeMap<usize, Others>,
    needed: Decimal,
) -> Option<Lift> {
    let board = Board::new(definition, scored, others, needed)?;
    if board.reaches(&board.facts) {
        return Some(Lift::default());
    }
    let mut single: Vec<LiftStep> = (0..board.facts.len())
        .filter_map(|slot| board.cheapest(&board.facts, slot).map(|target| (slot, target)))
        .filter_map(|(slot, target)| board.step(slot, &target))
        .collect();
    single.sort_by_key(|step| (step.influence == Influence::Theirs, step.cost));
    let together = if single.is_empty() { board.together() } else { Vec::new() };
    Some(Lift { single, together })
}

/// The caps that apply and leave no better grade than the customer has: `target` is the place of the grade wanted.
pub fn caps_in_way(definition: &ScaleDefinition, scored: &Scored, target: usize) -> Vec<CapInWay> {
    let stands = |at_best| definition.grade_bands.position(at_best).is_some_and(|place| place > target);
    let checked = definition.caps.iter().zip(&scored.caps);
    checked
        .filter(|(cap, check)| check.applies == Some(true) && stands(&cap.at_best))
        .map(|(cap, check)| CapInWay {
            label: cap.label.clone(),
            at_best: cap.at_best.clone(),
            value: check.value.clone(),
            condition: cap.condition.clone(),
        })
        .collect()
}

impl<'a> Board<'a> {
    fn new(
        definition: &ScaleDefinition,
        scored: &'a Scored,
        others: &'a BTreeMap<usize, Others>,
        needed: Decimal,
    ) -> Option<Self> {
        let factors: Vec<&FactorScore> = scored.dimensions.iter().flat_map(|dimension| &dimension.factors).collect();
        let mut definition = definition.clone();
        let mut facts = Vec::with_capacity(factors.len());
        let mut ranked = Vec::with_capacity(factors.len());
        let own = definition.dimensions.iter_mut().flat_map(|dimension| &mut dimension.factors);
        for (factor, scored) in own.zip(&factors) {
            let fact = match (&scored.value, scored.missing) {
                (Some(value), _) => Ok(value.clone()),
                (None, missing) => Err(missing.unwrap_or(Missing::NoData)),
            };
            // What its base says was settled when it was scored.
            factor.min_base = None;
            let ScoringRule::Percentile(rule) = &factor.rule else {
                facts.push(fact);
                ranked.push(None);
                continue;
            };
            // Points that depend on others stand for themselves here.
            ranked.push(Some(rule.better));
            factor.rule = ScoringRule::Linear(LinearRule { from: Exact::default(), to: factor.max_points });
            facts.push(match scored.points.filter(|_| scored.missing.is_none()) {
                Some(points) => Ok(FactValue::Number(points)),
                None => fact.and(Err(Missing::NotAvailable)),
            });
        }
        let scorer = Scorer::new(&definition).ok()?;
        Some(Self { definition, scorer, facts, factors, ranked, others, needed })
    }

    fn reaches(&self, facts: &[Fact]) -> bool {
        self.total(facts).is_some_and(|total| round_score(total) >= self.needed)
    }

    fn total(&self, facts: &[Fact]) -> Option<Decimal> {
        self.scorer.totals(facts).total
    }

    fn with(&self, facts: &[Fact], slot: usize, value: &FactValue) -> Vec<Fact> {
        let mut changed = facts.to_vec();
        if let Some(fact) = changed.get_mut(slot) {
            *fact = Ok(value.clone());
        }
        changed
    }

    /// The place that gives the fewest points and yet reaches the score, all else as in `facts`.
    fn cheapest(&self, facts: &[Fact], slot: usize) -> Option<Target> {
        if self.has_no_base(slot) {
            return None;
        }
        if let Some(better) = self.better(slot) {
            return self.among_others(facts, slot, better);
        }
        if let ScoringRule::Linear(line) = &self.definition.factors().nth(slot)?.rule {
            return self.on_line(facts, slot, line);
        }
        let targets = self.targets(slot);
        targets.into_iter().find(|target| self.reaches(&self.with(facts, slot, &target.fact)))
    }

    /// The place that gives the most points.
    fn best(&self, slot: usize) -> Option<Target> {
        self.targets(slot).pop()
    }

    /// Places with more points than now, the fewest points first.
    fn targets(&self, slot: usize) -> Vec<Target> {
        if self.has_no_base(slot) {
            return Vec::new();
        }
        let Some((factor, scored)) = self.definition.factors().nth(slot).zip(self.factors.get(slot)) else {
            return Vec::new();
        };
        let now = scored.points.map_or(Decimal::NEGATIVE_ONE, |points| points.0);
        if let Some(better) = self.better(slot) {
            let best = self.ahead(slot, factor, better, factor.max_points.0);
            return best.filter(|target| target.points > now).into_iter().collect();
        }
        let mut targets = match &factor.rule {
            ScoringRule::Levels(levels) => {
                let target = |(place, level): (usize, &crate::scales::ScoreLevel)| Target {
                    fact: FactValue::text(level.code.as_str()),
                    points: level.points.0,
                    told: Told { level: Some(place), value: Some(level.code.to_string()), ..Told::default() },
                };
                levels.iter().enumerate().map(target).collect()
            }
            ScoringRule::Bands(bands) => band_targets(bands, scored.value.as_ref().and_then(FactValue::as_number)),
            ScoringRule::Choices(choices) => {
                let target = |choice: &crate::scales::ScoreChoice| Target {
                    fact: FactValue::text(&choice.value),
                    points: choice.points.0,
                    told: Told { value: Some(choice.value.clone()), ..Told::default() },
                };
                choices.choices.iter().map(target).collect()
            }
            ScoringRule::Linear(line) => vec![line_target(line, line.to.0, factor.max_points.0)],
            ScoringRule::Percentile(_) => Vec::new(),
        };
        targets.retain(|target| target.points > now);
        targets.sort_by_key(|target| target.points);
        targets
    }

    /// Whether it is a growth from too small a base, which nothing can change before another year is over.
    fn has_no_base(&self, slot: usize) -> bool {
        self.factors.get(slot).is_some_and(|scored| scored.missing == Some(Missing::SmallBase))
    }

    /// Who can change a factor: what is missing and can be gathered is a matter of data.
    fn influence(&self, slot: usize) -> Influence {
        let gatherable =
            [Missing::NoData, Missing::NotAvailable, Missing::NotJudged, Missing::WrongType, Missing::UnknownValue];
        let missing = self.factors.get(slot).and_then(|scored| scored.missing);
        match missing.filter(|missing| gatherable.contains(missing)) {
            Some(_) => Influence::Data,
            None => self.definition.factors().nth(slot).map_or(Influence::Theirs, Factor::changed_by),
        }
    }

    /// Of a factor that goes by the place among all, which end is the best.
    fn better(&self, slot: usize) -> Option<Better> {
        self.ranked.get(slot).copied().flatten()
    }

    /// How far ahead of the others the score is reached: the total grows evenly with the points.
    fn among_others(&self, facts: &[Fact], slot: usize, better: Better) -> Option<Target> {
        let factor = self.definition.factors().nth(slot)?;
        let at = |points: Decimal| self.total(&self.with(facts, slot, &FactValue::number(points)));
        let points = factor.max_points.0 * self.share(at(Decimal::ZERO)?, at(factor.max_points.0)?)?;
        let target = self.ahead(slot, factor, better, points)?;
        self.reaches(&self.with(facts, slot, &target.fact)).then_some(target)
    }

    /// The number that is far enough ahead of the others for these points.
    fn ahead(&self, slot: usize, factor: &Factor, better: Better, points: Decimal) -> Option<Target> {
        let step = match &factor.source {
            FactorSource::Metric(metric) => match metric.unit() {
                MetricUnit::Money => Decimal::new(1, 4),
                MetricUnit::Ratio => Decimal::new(1, FINEST),
                MetricUnit::Count | MetricUnit::Days | MetricUnit::Rank => Decimal::ONE,
            },
            FactorSource::Attribute(_) | FactorSource::Judgement(_) => Decimal::new(1, 4),
        };
        let (number, points) = self.others.get(&slot)?.reaching(points, factor.max_points.0, better, step)?;
        let bound = Some(Exact(number.normalize()));
        let told = match better {
            Better::Higher => Told { at_least: bound, ..Told::default() },
            Better::Lower => Told { at_most: bound, ..Told::default() },
        };
        Some(Target { fact: FactValue::number(points), points, told })
    }

    /// The share of the way from one total to the other at which the score is reached; none where it is not.
    fn share(&self, least: Decimal, most: Decimal) -> Option<Decimal> {
        if round_score(most) < self.needed || most <= least {
            return None;
        }
        (self.needed - HALF_A_STEP - least).max(Decimal::ZERO).checked_div(most - least)
    }

    /// Where on a line the score is reached: the total grows evenly with the points.
    fn on_line(&self, facts: &[Fact], slot: usize, line: &LinearRule) -> Option<Target> {
        let max = self.definition.factors().nth(slot)?.max_points.0;
        let at = |value: Decimal| self.total(&self.with(facts, slot, &FactValue::number(value)));
        let share = self.share(at(line.from.0)?, at(line.to.0)?)?;
        let upward = if line.to > line.from {
            RoundingStrategy::ToPositiveInfinity
        } else {
            RoundingStrategy::ToNegativeInfinity
        };
        let exact = line.from.0 + (line.to.0 - line.from.0) * share;
        let (low, high) = (line.from.0.min(line.to.0), line.from.0.max(line.to.0));
        let step = Decimal::new(if line.to > line.from { 1 } else { -1 }, FINEST);
        let value = exact.round_dp_with_strategy(FINEST, upward).clamp(low, high);
        // What a division lost on the way is less than one step.
        let tried = [value, (value + step).clamp(low, high), line.to.0].into_iter();
        let mut enough = tried.filter(|value| at(*value).is_some_and(|total| round_score(total) >= self.needed));
        enough.next().map(|value| line_target(line, value, max))
    }

    /// The fewest factors that are enough: of those that we can change or gather, else of all.
    fn together(&self) -> Vec<LiftStep> {
        let steps = self.together_of(|influence| influence != Influence::Theirs);
        if steps.is_empty() { self.together_of(|_| true) } else { steps }
    }

    /// Factors in the order of what they can give, until they are enough; then each no further than it must.
    fn together_of(&self, takes: impl Fn(Influence) -> bool) -> Vec<LiftStep> {
        let Some(now) = self.total(&self.facts).or(Some(Decimal::ZERO)) else { return Vec::new() };
        let mut gains: Vec<(Decimal, usize, Target)> = (0..self.facts.len())
            .filter(|slot| takes(self.influence(*slot)))
            .filter_map(|slot| {
                let best = self.best(slot)?;
                let gain = self.total(&self.with(&self.facts, slot, &best.fact))? - now;
                (gain > Decimal::ZERO).then_some((gain, slot, best))
            })
            .collect();
        gains.sort_by_key(|(gain, slot, _)| (Reverse(*gain), *slot));
        let mut facts = self.facts.clone();
        let mut chosen: Vec<(usize, Target)> = Vec::new();
        for (_, slot, best) in gains {
            facts = self.with(&facts, slot, &best.fact);
            chosen.push((slot, best));
            if self.reaches(&facts) {
                break;
            }
        }
        if !self.reaches(&facts) {
            return Vec::new();
        }
        for (slot, target) in chosen.iter_mut().rev() {
            if let Some(cheaper) = self.cheapest(&facts, *slot) {
                facts = self.with(&facts, *slot, &cheaper.fact);
                *target = cheaper;
            }
        }
        let score = self.total(&facts).map(|total| Exact(round_score(total)));
        let steps = chosen.iter().filter_map(|(slot, target)| self.step(*slot, target));
        steps.map(|step| LiftStep { score_after: score, ..step }).collect()
    }

    fn step(&self, slot: usize, target: &Target) -> Option<LiftStep> {
        let (factor, scored) = self.definition.factors().nth(slot).zip(self.factors.get(slot))?;
        let max = factor.max_points.0;
        let old = scored.points;
        let gained = target.points - old.unwrap_or_default().0;
        let level = match &factor.rule {
            ScoringRule::Levels(levels) => target.told.level.and_then(|place| levels.get(place)),
            _ => None,
        };
        let total = self.total(&self.with(&self.facts, slot, &target.fact));
        Some(LiftStep {
            factor: factor.code.clone(),
            label: factor.label.clone(),
            influence: self.influence(slot),
            money: money_change(factor, scored, &target.told),
            old_value: scored.value.clone(),
            missing: scored.missing,
            missing_label: scored.missing.map(Missing::label),
            old_points: old,
            new_points: Exact(round_score(target.points)),
            max_points: Exact(max),
            cost: Exact(round_ratio(gained.checked_div(max).unwrap_or_default())),
            value: target.told.value.clone(),
            value_label: level.map(|level| level.label.clone()),
            at_least: target.told.at_least,
            at_most: target.told.at_most,
            below: target.told.below,
            score_after: total.map(|total| Exact(round_score(total))),
        })
    }
}

#[cfg(test)]
mod tests;
