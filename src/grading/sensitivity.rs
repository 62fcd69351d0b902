//! How far the weight of each dimension can move before a share of the grades changes, the other weights scaled so that
//! all sum to 1.
//!
//! With fixed bands the answer is exact. A customer's total, as a function of one weight w, is
//! (w s + (1 - w) A) / (w + (1 - w) B), where s is the dimension's score, and A and B are what the other dimensions bring
//! and weigh: it only rises or only falls. So each customer leaves its grade at one weight at most in either direction,
//! that weight is found by a division, and the weight at which a share of all has left is one of them.
//!
//! With quotas grades hang on places, and a customer may come back: there the way to 0 or 1 is halved again and again, which
//! finds a weight, to a 1024th of the way, where the share that has changed crosses the one asked for.

use std::thread;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::held_book::HeldBook;
use super::trial::Trial;
use super::wire::{DimensionSensitivity, WeightMove};
use crate::scales::{FixedBand, GradeBands, ScaleDefinition, Standing, assign_grades, settle};
use crate::values::{Code, Exact};

/// What a total must reach to be shown as a threshold is half a shown step below it.
const HALF_A_STEP: Decimal = Decimal::from_parts(5, 0, 0, false, 5);
/// How often the way is halved.
const HALVINGS: u32 = 10;
/// Decimals of a weight.
const PLACES: u32 = 6;

/// One customer as a function of one weight.
#[derive(Clone, Copy, Debug)]
struct Line {
    /// The dimension's score; none where it is left out for this customer.
    score: Option<Decimal>,
    /// What the others bring, over 1 - the present weight.
    others: Decimal,
    /// What they weigh, likewise.
    others_weigh: Decimal,
}

/// One dimension's weight on the way to one end.
struct Way<'a> {
    book: &'a HeldBook,
    trial: &'a Trial,
    /// Everyone in the book.
    lines: Vec<Option<Line>>,
    /// Those who are counted: visible and gradable.
    counted: &'a [usize],
    weight: Decimal,
    end: Decimal,
}

/// Each dimension of the definition, in its order. Only these customers are counted; with quotas all of the book are ranked.
pub fn sensitivity(book: &HeldBook, visible: &[usize], trial: &Trial, shares: &[Exact]) -> Vec<DimensionSensitivity> {
    let dimensions = &trial.definition().dimensions;
    let counted: Vec<usize> = visible.iter().copied().filter(|place| trial.graded(*place).is_some()).collect();
    let scores: Vec<Vec<Option<Decimal>>> =
        dimensions.iter().map(|dimension| scores_of(book, trial.definition(), &dimension.code)).collect();
    let one = |index: usize| {
        let dimension = &dimensions[index];
        let moves = |end: Decimal| {
            let lines = lines(trial.definition(), &scores, index);
            let way = Way { book, trial, lines, counted: &counted, weight: dimension.weight.0, end };
            way.moves(shares)
        };
        DimensionSensitivity {
            dimension: dimension.code.clone(),
            label: dimension.label.clone(),
            weight: dimension.weight,
            up: moves(Decimal::ONE),
            down: moves(Decimal::ZERO),
        }
    };
    thread::scope(|scope| {
        let one = &one;
        let workers: Vec<_> = (0..dimensions.len()).map(|index| scope.spawn(move || one(index))).collect();
        let join = |worker: thread::ScopedJoinHandle<'_, DimensionSensitivity>| {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        workers.into_iter().map(join).collect()
    })
}

/// Everyone's exact score of one dimension: that of a scale of this dimension alone.
fn scores_of(book: &HeldBook, definition: &ScaleDefinition, code: &Code) -> Vec<Option<Decimal>> {
    let mut alone = definition.clone();
    alone.dimensions.retain(|dimension| dimension.code == *code);
    // Who may be graded is decided by the whole definition.
    alone.min_coverage = Exact(Decimal::ZERO);
    for dimension in &mut alone.dimensions {
        dimension.weight = Exact(Decimal::ONE);
    }
    let Ok(trial) = Trial::new(&alone, book) else { return vec![None; book.customers().len()] };
    (0..book.customers().len()).map(|place| trial.totals(place).and_then(|totals| totals.total)).collect()
}

fn lines(definition: &ScaleDefinition, scores: &[Vec<Option<Decimal>>], index: usize) -> Vec<Option<Line>> {
    let weights: Vec<Decimal> = definition.dimensions.iter().map(|dimension| dimension.weight.0).collect();
    let customers = scores.first().map_or(0, Vec::len);
    let rest = Decimal::ONE - weights.get(index).copied().unwrap_or_default();
    let line = |customer: usize| {
        let (mut others, mut others_weigh) = (Decimal::ZERO, Decimal::ZERO);
        for (_, (weight, scores)) in weights.iter().zip(scores).enumerate().filter(|(other, _)| *other != index) {
            if let Some(score) = scores.get(customer).copied().flatten() {
                others += weight * score;
                others_weigh += weight;
            }
        }
        // A dimension that is alone has weight 1 and cannot move.
        let over = |sum: Decimal| sum.checked_div(rest);
        let score = scores.get(index).and_then(|scores| scores.get(customer).copied().flatten());
        Some(Line { score, others: over(others)?, others_weigh: over(others_weigh)? })
    };
    (0..customers).map(line).collect()
}

impl Line {
    /// The total at a weight.
    fn at(&self, weight: Decimal) -> Option<Decimal> {
        let rest = Decimal::ONE - weight;
        let own = self.score.map_or(Decimal::ZERO, |score| weight * score);
        let counts = if self.score.is_some() { weight } else { Decimal::ZERO };
        let total = own + rest * self.others;
        match total.checked_div(counts + rest * self.others_weigh) {
            Some(total) => Some(settle(total)),
            // At the very end nothing is left of what counts: it stays as it is all the way there.
            None if self.score.is_none() => self.others.checked_div(self.others_weigh).map(settle),
            None => self.score,
        }
    }

    /// The weight at which the total is this.
    fn reaches(&self, total: Decimal) -> Option<Decimal> {
        let slope = self.score? - self.others - total * (Decimal::ONE - self.others_weigh);
        (total * self.others_weigh - self.others).checked_div(slope)
    }
}

impl Way<'_> {
    fn moves(&self, shares: &[Exact]) -> Vec<WeightMove> {
        let counts = shares.iter().map(|share| self.need(share.0));
        let found: Vec<Option<Decimal>> = match &self.trial.definition().grade_bands {
            GradeBands::Fixed(bands) => {
                let mut leaving = self.leaving(bands);
                leaving.sort_by_key(|weight| (*weight - self.weight).abs());
                counts.map(|need| leaving.get(need.saturating_sub(1)).copied()).collect()
            }
            GradeBands::Quota(_) => counts.map(|need| self.halved(need)).collect(),
        };
        let told = |(share, weight): (&Exact, Option<Decimal>)| {
            let weight = weight.map(|weight| self.rounded(weight));
            WeightMove {
                share: *share,
                weight: weight.map(Exact),
                change: weight.map(|weight| Exact(weight - self.weight)),
            }
        };
        shares.iter().zip(found).map(told).collect()
    }

    /// How many customers a share is, at least one.
    fn need(&self, share: Decimal) -> usize {
        let need = (share * Decimal::from(self.counted.len())).ceil();
        need.to_usize().unwrap_or(usize::MAX).max(1)
    }

    /// Away from the present weight, so that at the weight that is told the share has changed.
    fn rounded(&self, weight: Decimal) -> Decimal {
        let away = match self.end > self.weight {
            true => RoundingStrategy::ToPositiveInfinity,
            false => RoundingStrategy::ToNegativeInfinity,
        };
        let mut weight = weight.round_dp_with_strategy(PLACES, away);
        weight.rescale(PLACES);
        weight
    }

    /// The weights at which customers leave their grades.
    fn leaving(&self, bands: &[FixedBand]) -> Vec<Decimal> {
        self.counted.iter().filter_map(|customer| self.leaves(*customer, bands)).collect()
    }

    fn leaves(&self, customer: usize, bands: &[FixedBand]) -> Option<Decimal> {
        let line = self.lines.get(customer).copied().flatten()?;
        let (least, below) = self.range(customer, bands)?;
        let end = line.at(self.end)?;
        let crossed = match below {
            Some(below) if end >= below => below,
            _ if end < least => least,
            _ => return None,
        };
        let weight = line.reaches(crossed)?;
        let (low, high) = (self.weight.min(self.end), self.weight.max(self.end));
        Some(weight.clamp(low, high))
    }

    /// The totals that leave a customer the grade it has: from the first, and below the second.
    fn range(&self, customer: usize, bands: &[FixedBand]) -> Option<(Decimal, Option<Decimal>)> {
        let place = self.trial.position(customer)?;
        let from = |place: usize| bands.get(place).map(|band| band.min_score.0 - HALF_A_STEP);
        // A better score does not help whom a cap holds where it is.
        let is_held = self.trial.at_best(customer).is_some_and(|at_best| at_best >= place);
        let better = place.checked_sub(1).filter(|_| !is_held).and_then(from);
        // Nothing is worse than the last grade.
        let least = if place + 1 >= bands.len() { Decimal::MIN } else { from(place)? };
        Some((least, better))
    }

    /// The weight, to a 1024th of the way, at which so many have changed; none where they have not at its end.
    fn halved(&self, need: usize) -> Option<Decimal> {
        if self.changed(self.end) < need {
            return None;
        }
        let (mut before, mut after) = (self.weight, self.end);
        for _ in 0..HALVINGS {
            let middle = (before + after) / Decimal::TWO;
            if self.changed(middle) < need {
                before = middle;
            } else {
                after = middle;
            }
        }
        Some(after)
    }

    fn changed(&self, weight: Decimal) -> usize {
        let customers = self.book.customers().iter().enumerate();
        let standing = |(place, customer): (usize, &'_ super::held_book::HeldCustomer)| {
            let line = self.lines.get(place).copied().flatten();
            (customer.external_id.clone(), self.trial.graded(place).and(line).and_then(|line| line.at(weight)), place)
        };
        let all: Vec<(String, Option<Decimal>, usize)> = customers.map(standing).collect();
        let standings: Vec<Standing<'_>> = all
            .iter()
            .map(|(id, total, place)| Standing { external_id: id, total: *total, at_best: self.trial.at_best(*place) })
            .collect();
        let grades = assign_grades(&self.trial.definition().grade_bands, &standings);
        let grade = |place: usize| grades.get(place).copied().flatten().map(|graded| graded.place);
        let differs = |place: &&usize| grade(**place) != self.trial.graded(**place).map(|graded| graded.place);
        self.counted.iter().filter(differs).count()
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;
    use crate::grading::held_book::{Columns, HeldCustomer};
    use crate::grading::{DossierFacts, Known};
    use crate::values::CustomerId;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn definition(bands: &Value, first: &str) -> ScaleDefinition {
        let label = json!({"en": "x", "zh": "x"});
        let dimension = |code: &str, weight: &str| {
            json!({"code": code, "label": label, "axis": "quality", "weight": weight, "factors": [
            {"code": format!("f_{code}"), "label": label, "max_points": "10", "source": {"attribute": code}, "rule": {"linear": {"from": "0", "to": "100"}}, "missing": "excluded"}]})
        };
        let second = (Decimal::ONE - d(first)).to_string();
        serde_json::from_value(
            json!({"dimensions": [dimension("a", first), dimension("b", &second)], "grade_bands": bands}),
        )
        .unwrap()
    }

    fn fixed() -> Value {
        let label = json!({"en": "x", "zh": "x"});
        json!({"fixed": [{"grade": "A", "label": label, "min_score": "60"}, {"grade": "B", "label": label, "min_score": "0"}]})
    }

    fn book(definition: &ScaleDefinition, scores: &[(Option<i64>, Option<i64>)]) -> HeldBook {
        let mut book = HeldBook::new(Columns::of([definition]));
        for (n, (a, b)) in scores.iter().enumerate() {
            let mut attributes = serde_json::Map::new();
            for (code, value) in [("a", a), ("b", b)] {
                if let Some(value) = value {
                    attributes.insert(code.into(), json!(value.to_string()));
                }
            }
            let id = CustomerId(Uuid::from_u128(n as u128 + 1));
            let dossier = DossierFacts {
                customer_id: id,
                external_id: format!("C{n:03}"),
                stage: "active".into(),
                industry: None,
                territory: None,
                city: None,
                country: None,
                currency: None,
                segment_hint: None,
                employees: None,
                annual_revenue: None,
                credit_limit: None,
                attributes: attributes.into(),
            };
            let customer = HeldCustomer {
                id,
                external_id: dossier.external_id.clone(),
                name: String::new(),
                owner: None,
                net: Decimal::ZERO,
                margin: None,
            };
            let known = Known {
                dossier: &dossier,
                figures: None,
                finances: None,
                efforts: None,
                upkeep: None,
                judgements: None,
            };
            book.push(customer, known);
        }
        book
    }

    /// How many change their grade at a weight, by scoring everyone anew.
    fn changed_at(book: &HeldBook, bands: &Value, before: &Trial, weight: Decimal) -> usize {
        let trial = Trial::new(&definition(bands, &weight.to_string()), book).unwrap();
        (0..book.customers().len()).filter(|place| trial.position(*place) != before.position(*place)).count()
    }

    #[test]
    fn the_weight_is_the_one_at_which_so_many_have_changed_and_not_before() {
        let definition_now = definition(&fixed(), "0.5");
        // C0 is at 62 and falls as a weighs more, C1 at 50 rises, C2 lacks b, C3 is far away.
        let book =
            book(&definition_now, &[(Some(40), Some(84)), (Some(90), Some(10)), (Some(70), None), (Some(9), Some(9))]);
        let trial = Trial::new(&definition_now, &book).unwrap();
        let all: Vec<usize> = (0..4).collect();
        let found = sensitivity(&book, &all, &trial, &[Exact(d("0.25")), Exact(d("0.5")), Exact(d("0.75"))]);
        // 84 - 44 w < 59.99995 from w = 0.545456 on; 10 + 80 w >= 59.99995 from 0.624999... on.
        let up: Vec<_> = found[0].up.iter().map(|step| step.weight.map(|weight| weight.0)).collect();
        assert_eq!(up, [Some(d("0.545456")), Some(d("0.625000")), None]);
        for (need, weight) in [(1, up[0].unwrap()), (2, up[1].unwrap())] {
            assert!(changed_at(&book, &fixed(), &trial, weight + d("0.000001")) >= need);
            assert!(changed_at(&book, &fixed(), &trial, weight - d("0.000002")) < need);
        }
        // What helps a against b is the same move of b the other way.
        assert_eq!(found[1].down[0].weight, Some(Exact(d("0.454544"))));
        assert!(found[0].down.iter().all(|step| step.weight.is_none()));
    }

    #[test]
    fn with_quotas_a_weight_is_found_where_the_share_is_crossed() {
        let label = json!({"en": "x", "zh": "x"});
        let quota = json!({"quota": [{"grade": "A", "label": label, "share": "0.5"}, {"grade": "B", "label": label, "share": null}]});
        let definition_now = definition(&quota, "0.5");
        let book = book(
            &definition_now,
            &[(Some(90), Some(30)), (Some(20), Some(80)), (Some(50), Some(52)), (Some(40), Some(45))],
        );
        let trial = Trial::new(&definition_now, &book).unwrap();
        let all: Vec<usize> = (0..4).collect();
        let found = sensitivity(&book, &all, &trial, &[Exact(d("0.5"))]);
        for (step, side) in [(&found[0].up[0], d("0.001")), (&found[0].down[0], d("-0.001"))] {
            let Some(weight) = step.weight else { continue };
            assert!(changed_at(&book, &quota, &trial, weight.0) >= 2, "{weight}");
            assert!(changed_at(&book, &quota, &trial, weight.0 - side) < 2, "{weight}");
        }
        assert!(found[0].up[0].weight.is_some() || found[0].down[0].weight.is_some());
    }
}
