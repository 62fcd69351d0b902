//! What would lift a customer to the next better grade: the cheapest single change of a factor, else the smallest set of
//! factors that does it together, and the caps that stand in the way.
//!
//! What a change costs is the share of the factor's own maximum that must be gained: to go from 6 to 8 of 10 points costs
//! 0.2. Nobody else moves meanwhile: with quotas the customer has to pass the last one of the better grade.

use std::cmp::Reverse;

use rust_decimal::{Decimal, RoundingStrategy};

use super::wire::{CapInWay, LiftStep};
use crate::metrics::{Fact, FactValue, Missing};
use crate::scales::{FactorScore, LinearRule, ScaleDefinition, ScoreBand, Scored, Scorer, ScoringRule};
use crate::values::{Exact, round_ratio, round_score};

/// Half of what a score shows: from here up it is rounded to the next.
const HALF_A_STEP: Decimal = Decimal::from_parts(5, 0, 0, false, 5);
/// The finest step of a value that is asked for.
const FINEST: u32 = 6;

/// The changes that reach a score.
#[derive(Clone, Debug, Default)]
pub struct Lift {
    /// Single changes, each enough by itself, the cheapest first.
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
    needed: Decimal,
}

/// A place where a factor can be: the fact that stands for it, and how it is told.
#[derive(Clone, Debug)]
struct Target {
    fact: FactValue,
    points: Decimal,
    told: Told,
}

#[derive(Clone, Debug, Default)]
struct Told {
    level: Option<usize>,
    value: Option<String>,
    at_least: Option<Exact>,
    at_most: Option<Exact>,
    below: Option<Exact>,
}

/// The changes by which a customer with these scores reaches `needed`, a score with 4 places. None where the definition
/// cannot be scored with, which a published one can.
pub fn lift(definition: &ScaleDefinition, scored: &Scored, needed: Decimal) -> Option<Lift> {
    let board = Board::new(definition, scored, needed)?;
    if board.reaches(&board.facts) {
        return Some(Lift::default());
    }
    let mut single: Vec<LiftStep> = (0..board.facts.len())
        .filter_map(|slot| board.cheapest(&board.facts, slot).map(|target| (slot, target)))
        .filter_map(|(slot, target)| board.step(slot, &target))
        .collect();
    single.sort_by_key(|step| step.cost);
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
    fn new(definition: &ScaleDefinition, scored: &'a Scored, needed: Decimal) -> Option<Self> {
        let factors: Vec<&FactorScore> = scored.dimensions.iter().flat_map(|dimension| &dimension.factors).collect();
        let mut definition = definition.clone();
        let mut facts = Vec::with_capacity(factors.len());
        let own = definition.dimensions.iter_mut().flat_map(|dimension| &mut dimension.factors);
        for (factor, scored) in own.zip(&factors) {
            let fact = match (&scored.value, scored.missing) {
                (Some(value), _) => Ok(value.clone()),
                (None, missing) => Err(missing.unwrap_or(Missing::NoData)),
            };
            facts.push(match (scored.points.filter(|_| scored.missing.is_none()), is_known(&factor.rule)) {
                // Points that depend on others stay as they are: here they stand for themselves.
                (Some(points), false) => {
                    factor.rule = ScoringRule::Linear(LinearRule { from: Exact::default(), to: factor.max_points });
                    Ok(FactValue::Number(points))
                }
                _ => fact,
            });
        }
        let scorer = Scorer::new(&definition).ok()?;
        Some(Self { definition, scorer, facts, factors, needed })
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
        let Some((factor, scored)) = self.definition.factors().nth(slot).zip(self.factors.get(slot)) else {
            return Vec::new();
        };
        let now = scored.points.map_or(Decimal::NEGATIVE_ONE, |points| points.0);
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
            ScoringRule::Linear(line) if is_known(&factor.rule) && self.is_open(slot) => {
                vec![line_target(line, line.to.0, factor.max_points.0)]
            }
            _ => Vec::new(),
        };
        targets.retain(|target| target.points > now);
        targets.sort_by_key(|target| target.points);
        targets
    }

    /// Whether a factor's value can be asked for: of one whose points stand for themselves it cannot.
    fn is_open(&self, slot: usize) -> bool {
        let (fact, scored) = (self.facts.get(slot), self.factors.get(slot));
        fact.zip(scored).is_none_or(|(fact, scored)| match fact {
            Ok(value) => scored.value.as_ref() == Some(value),
            Err(_) => true,
        })
    }

    /// Where on a line the score is reached: the total grows evenly with the points.
    fn on_line(&self, facts: &[Fact], slot: usize, line: &LinearRule) -> Option<Target> {
        let max = self.definition.factors().nth(slot)?.max_points.0;
        if !self.is_open(slot) {
            return None;
        }
        let at = |value: Decimal| self.total(&self.with(facts, slot, &FactValue::number(value)));
        let (least, most) = (at(line.from.0)?, at(line.to.0)?);
        if round_score(most) < self.needed || most <= least {
            return None;
        }
        let share = (self.needed - HALF_A_STEP - least).max(Decimal::ZERO).checked_div(most - least)?;
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

    /// Factors in the order of what they can give, until they are enough; then each no further than it must.
    fn together(&self) -> Vec<LiftStep> {
        let Some(now) = self.total(&self.facts).or(Some(Decimal::ZERO)) else { return Vec::new() };
        let mut gains: Vec<(Decimal, usize, Target)> = (0..self.facts.len())
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
            old_value: scored.value.clone(),
            missing: scored.missing,
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

/// Whether the points of a rule depend on the customer's own value alone.
fn is_known(rule: &ScoringRule) -> bool {
    matches!(rule, ScoringRule::Levels(_) | ScoringRule::Bands(_) | ScoringRule::Choices(_) | ScoringRule::Linear(_))
}

fn line_target(line: &LinearRule, value: Decimal, max: Decimal) -> Target {
    let points = ((value - line.from.0) * max).checked_div(line.to.0 - line.from.0).unwrap_or_default();
    let bound = Some(Exact(value.normalize()));
    let told = match line.to > line.from {
        true => Told { at_least: bound, ..Told::default() },
        false => Told { at_most: bound, ..Told::default() },
    };
    Target { fact: FactValue::number(value), points, told }
}

/// Each band by its threshold; where the customer is above it, by that of the next.
fn band_targets(bands: &[ScoreBand], now: Option<Decimal>) -> Vec<Target> {
    let next = |place: usize| bands.get(place + 1).and_then(|band| band.from);
    let target = |(place, band): (usize, &ScoreBand)| {
        let is_above = now.zip(next(place)).is_some_and(|(now, next)| now >= next.0);
        let (at_least, below) = match (band.from, next(place)) {
            (Some(from), _) if !is_above => (Some(from), None),
            (_, next) => (None, next),
        };
        let stands_for = match (band.from, next(place)) {
            (Some(from), _) => from.0,
            (None, Some(next)) => next.0 - Decimal::ONE,
            (None, None) => Decimal::ZERO,
        };
        let told = Told { at_least, below, ..Told::default() };
        Target { fact: FactValue::number(stands_for), points: band.points.0, told }
    };
    bands.iter().enumerate().map(target).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::scales::Facts;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    /// Value 60 % (revenue linear to 1000, service by level), Future 40 % (growth by bands).
    fn definition() -> ScaleDefinition {
        let label = json!({"en": "x", "zh": "x"});
        let factor = |code: &str, source: Value, rule: Value| json!({"code": code, "label": label, "max_points": "10", "source": source, "rule": rule, "missing": "zero"});
        let level =
            |code: &str, points: &str| json!({"code": code, "label": {"en": code, "zh": code}, "points": points});
        serde_json::from_value(json!({
            "dimensions": [
                {"code": "value", "label": label, "axis": "quality", "weight": "0.6", "factors": [
                    factor("revenue", json!({"metric": "revenue_l12"}), json!({"linear": {"from": "0", "to": "1000"}})),
                    factor("service", json!({"judgement": {}}), json!({"levels": [level("A", "10"), level("B", "6"), level("C", "2")]}))]},
                {"code": "future", "label": label, "axis": "growth", "weight": "0.4", "factors": [
                    factor("growth", json!({"metric": "growth_l12"}), json!({"bands": [{"from": null, "points": "0"}, {"from": "0.05", "points": "5"}, {"from": "0.2", "points": "10"}]}))]}],
            "grade_bands": {"fixed": [
                {"grade": "A", "label": label, "min_score": "80"}, {"grade": "B", "label": label, "min_score": "60"}, {"grade": "C", "label": label, "min_score": "0"}]}
        }))
        .unwrap()
    }

    fn scored(revenue: &str, service: &str, growth: Fact) -> Scored {
        let facts = [Ok(FactValue::number(d(revenue))), Ok(FactValue::text(service)), growth];
        Scorer::new(&definition()).unwrap().score(Facts { factors: &facts, caps: &[] })
    }

    fn number(text: &str) -> Fact {
        Ok(FactValue::number(d(text)))
    }

    #[test]
    fn every_single_change_that_is_enough_is_told_the_cheapest_first() {
        // 0.6 x 100 x 12/20 + 0.4 x 50 = 56; B from 60: 4 points of the score.
        let lift = lift(&definition(), &scored("600", "B", number("0.1")), d("60")).unwrap();
        let told: Vec<_> = lift.single.iter().map(|step| (step.factor.as_str(), step.cost.normalize())).collect();
        // Revenue gives 3 a point: 4 / 3 = 1.3333 points, which is 733.3317 at the rounding's edge.
        assert_eq!(told, [("revenue", d("0.133332")), ("service", d("0.4")), ("growth", d("0.5"))]);
        assert_eq!(lift.single[0].at_least, Some("733.331667".parse().unwrap()));
        assert_eq!(lift.single[0].score_after, Some(Exact(d("60.0000"))));
        assert_eq!((lift.single[1].value.as_deref(), &lift.single[2].at_least), (Some("A"), &Some(Exact(d("0.2")))));
        assert!(lift.together.is_empty());
    }

    #[test]
    fn where_no_single_change_is_enough_the_fewest_do_it_together() {
        // 0.6 x 100 x 4/20 = 12; A from 80.
        let lift = lift(&definition(), &scored("200", "C", Err(Missing::NoData)), d("80")).unwrap();
        assert!(lift.single.is_empty());
        // Growth gives 40, revenue and service 24 each: growth and one of them make 76, so all three are needed.
        let told: Vec<_> = lift.together.iter().map(|step| step.factor.as_str()).collect();
        assert_eq!(told, ["growth", "revenue", "service"]);
        // The last one need not go all the way: 12 + 40 + 24 = 76, 4 more are 1.34 points of service, which is B.
        assert_eq!(lift.together[2].value.as_deref(), Some("B"));
        assert!(lift.together.iter().all(|step| step.score_after.unwrap().0 >= d("80")));
    }

    #[test]
    fn what_cannot_be_reached_has_no_way_and_what_is_reached_needs_none() {
        let low = scored("0", "A", number("0.3"));
        let all = lift(&definition(), &low, d("100.0001")).unwrap();
        assert!(all.single.is_empty() && all.together.is_empty());
        let done = lift(&definition(), &low, d("70")).unwrap();
        assert!(done.single.is_empty() && done.together.is_empty());
    }

    #[test]
    fn below_is_told_where_less_is_better() {
        let bands: Vec<ScoreBand> = serde_json::from_value(
            json!([{"from": null, "points": "10"}, {"from": "30", "points": "4"}, {"from": "90", "points": "0"}]),
        )
        .unwrap();
        let targets = band_targets(&bands, Some(d("120")));
        assert_eq!((targets[0].told.below, targets[0].told.at_least), (Some(Exact(d("30"))), None));
        assert_eq!(targets[1].told.below, Some(Exact(d("90"))));
    }
}
