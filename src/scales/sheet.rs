//! The arithmetic that scales and GE axes share: points to dimension scores, dimension scores to one score.

use rust_decimal::{Decimal, RoundingStrategy};

use super::ranking::Ranking;
use super::rule::Marked;
use super::{Axis, Dimension, Factor, MissingPolicy, ScoringRule};
use crate::metrics::{Fact, Missing};
use crate::values::Code;

/// A weighted list of factors, whoever owns it.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Its code, unique among its siblings.
    pub code: &'a Code,
    /// Its axis, where its owner has axes.
    pub axis: Option<Axis>,
    /// Its weight.
    pub weight: Decimal,
    /// Its factors.
    pub factors: &'a [Factor],
}

impl<'a> From<&'a Dimension> for Part<'a> {
    fn from(dimension: &'a Dimension) -> Self {
        Self {
            code: &dimension.code,
            axis: Some(dimension.axis),
            weight: dimension.weight.0,
            factors: &dimension.factors,
        }
    }
}

/// Valid parts prepared for scoring many customers.
///
/// Sums run in the order of codes, not of the definition, so that not even the last digit depends on how a definition
/// is written down.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// In the order of the definition.
    parts: Vec<PreparedPart>,
    /// Indices of `parts` by code.
    order: Vec<usize>,
    slots: usize,
    all_maxima: Decimal,
}

#[derive(Clone, Debug)]
struct PreparedPart {
    code: Code,
    axis: Option<Axis>,
    weight: Decimal,
    first_slot: usize,
    factors: Vec<Factor>,
    /// One for each factor that goes by the place among all, once the book is known.
    rankings: Vec<Option<Ranking>>,
    /// Indices of `factors` by code.
    order: Vec<usize>,
}

/// How one factor came out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    /// Points and what they count against; `None` where the factor is left out.
    pub(super) counted: Option<Decimal>,
    pub(super) matched: Option<u32>,
    pub(super) percentile: Option<Decimal>,
    pub(super) missing: Option<Missing>,
    pub(super) required: bool,
}

/// Points of a part: the sum of those counted, and of their maxima.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PartPoints {
    pub(super) points: Decimal,
    pub(super) maximum: Decimal,
}

/// A score before any rounding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SheetScore {
    /// 0 to 100; `None` where a required fact is missing, or no factor counts.
    pub score: Option<Decimal>,
    /// Sum of the maxima counted / sum of all maxima.
    pub coverage: Decimal,
    /// Whether a required fact is missing.
    pub lacks_required: bool,
}

/// The same number, whichever way it was reached: rounded to 20 places, far below what a score can resolve and far above
/// what 28 digits lose on the way. A third of 100 times 3 is then 100 again.
pub fn settle(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(20, RoundingStrategy::MidpointAwayFromZero)
}

impl Sheet {
    /// Prepares parts that have passed validation.
    pub fn new<'a>(parts: impl IntoIterator<Item = Part<'a>>) -> Self {
        let mut slots = 0;
        let parts: Vec<PreparedPart> = parts
            .into_iter()
            .map(|part| {
                let first_slot = slots;
                slots += part.factors.len();
                PreparedPart::new(part, first_slot)
            })
            .collect();
        let all_maxima = parts.iter().flat_map(|part| &part.factors).map(|factor| factor.max_points.0).sum();
        let order = sorted_indices(&parts, |part| &part.code);
        Self { parts, order, slots, all_maxima }
    }

    /// Whether it has factors that go by the place among all who are scored together.
    pub fn ranks(&self) -> bool {
        self.parts.iter().flat_map(|part| &part.factors).any(is_ranked)
    }

    /// The same, with everyone's facts to rank among. Without them, a factor that goes by the place has no points.
    #[must_use]
    pub fn among(mut self, book: impl IntoIterator<Item = impl AsRef<[Fact]>>) -> Self {
        let mut numbers: Vec<(usize, Vec<Decimal>)> = self
            .parts
            .iter()
            .flat_map(|part| (part.first_slot..).zip(&part.factors))
            .filter(|(_, factor)| is_ranked(factor))
            .map(|(slot, _)| (slot, Vec::new()))
            .collect();
        if numbers.is_empty() {
            return self;
        }
        for facts in book {
            for (slot, numbers) in &mut numbers {
                numbers.extend(facts.as_ref().get(*slot).and_then(|fact| fact.as_ref().ok()?.as_number()));
            }
        }
        for (slot, numbers) in numbers {
            let part = self.parts.iter_mut().rfind(|part| part.first_slot <= slot && !part.factors.is_empty());
            let place = part.and_then(|part| part.rankings.get_mut(slot - part.first_slot));
            if let Some(place) = place {
                *place = Some(Ranking::of(numbers));
            }
        }
        self
    }

    /// How many facts a scoring takes: one for each factor, in the order of the definition.
    pub fn slots(&self) -> usize {
        self.slots
    }

    /// The score over all parts. Facts beyond the end of the slice are missing. Allocates nothing.
    pub fn score(&self, facts: &[Fact]) -> SheetScore {
        let [all] = self.scores(facts, [None]);
        all
    }

    /// The score over the parts of each axis asked for; `None` asks for all parts.
    pub(super) fn scores<const N: usize>(&self, facts: &[Fact], axes: [Option<Axis>; N]) -> [SheetScore; N] {
        let mut terms = [Decimal::ZERO; N];
        let mut weights = [Decimal::ZERO; N];
        let mut maxima = Decimal::ZERO;
        let mut lacks_required = false;
        for part in self.order.iter().filter_map(|&index| self.parts.get(index)) {
            let (sum, lacks) = part.sum(facts);
            lacks_required |= lacks;
            maxima += sum.maximum;
            let Some(term) = sum.weighted(part.weight) else { continue };
            for ((axis, total), weight) in axes.iter().zip(&mut terms).zip(&mut weights) {
                if axis.is_none_or(|axis| part.axis == Some(axis)) {
                    *total += term;
                    *weight += part.weight;
                }
            }
        }
        let coverage = maxima.checked_div(self.all_maxima).unwrap_or_default();
        let mut pairs = terms.into_iter().zip(weights);
        axes.map(|_| {
            let (term, weight) = pairs.next().unwrap_or_default();
            let score = term.checked_div(weight).filter(|_| !lacks_required).map(settle);
            SheetScore { score, coverage, lacks_required }
        })
    }

    /// Each part in the order of the definition: code, axis, weight, its points, and its factors with the slot of each.
    pub(super) fn parts(&self, facts: &[Fact]) -> impl Iterator<Item = OpenPart<'_>> {
        let sums: Vec<PartPoints> = self.parts.iter().map(|part| part.sum(facts).0).collect();
        self.parts.iter().zip(sums).map(|(part, sum)| OpenPart {
            code: &part.code,
            weight: part.weight,
            sum,
            first_slot: part.first_slot,
            factors: &part.factors,
            rankings: &part.rankings,
        })
    }
}

/// A part laid open for an explanation.
pub(super) struct OpenPart<'a> {
    pub(super) code: &'a Code,
    pub(super) weight: Decimal,
    pub(super) sum: PartPoints,
    pub(super) first_slot: usize,
    pub(super) factors: &'a [Factor],
    pub(super) rankings: &'a [Option<Ranking>],
}

impl OpenPart<'_> {
    /// How the factor with this index comes out for a fact.
    pub(super) fn mark(&self, index: usize, factor: &Factor, fact: Option<&Fact>) -> Mark {
        mark(factor, fact, self.rankings.get(index).and_then(Option::as_ref))
    }
}

impl PreparedPart {
    fn new(part: Part<'_>, first_slot: usize) -> Self {
        Self {
            code: part.code.clone(),
            axis: part.axis,
            weight: part.weight,
            first_slot,
            factors: part.factors.to_vec(),
            rankings: vec![None; part.factors.len()],
            order: sorted_indices(part.factors, |factor| &factor.code),
        }
    }

    fn sum(&self, facts: &[Fact]) -> (PartPoints, bool) {
        let mut sum = PartPoints::default();
        let mut lacks_required = false;
        for &index in &self.order {
            let Some(factor) = self.factors.get(index) else { continue };
            let ranking = self.rankings.get(index).and_then(Option::as_ref);
            let mark = mark(factor, facts.get(self.first_slot + index), ranking);
            lacks_required |= mark.required;
            if let Some(points) = mark.counted {
                sum.points += points;
                sum.maximum += factor.max_points.0;
            }
        }
        (sum, lacks_required)
    }
}

impl PartPoints {
    /// 100 x points / maximum; `None` where nothing counts.
    pub(super) fn score(self) -> Option<Decimal> {
        self.weighted(Decimal::ONE)
    }

    /// weight x 100 x points / maximum, multiplied first, so that a quotient that is exact stays exact.
    fn weighted(self, weight: Decimal) -> Option<Decimal> {
        (weight * Decimal::ONE_HUNDRED * self.points).checked_div(self.maximum)
    }
}

/// The points of one factor, its missing-data policy applied.
fn mark(factor: &Factor, fact: Option<&Fact>, ranking: Option<&Ranking>) -> Mark {
    let marked = match fact {
        Some(Ok(value)) => factor.rule.mark(value, factor.max_points.0, ranking),
        Some(Err(missing)) => Err(*missing),
        None => Err(Missing::NoData),
    };
    match marked {
        Ok(Marked { points, matched, percentile }) => {
            Mark { counted: Some(points), matched, percentile, missing: None, required: false }
        }
        Err(missing) => {
            let counted = match factor.missing {
                MissingPolicy::Zero => Some(Decimal::ZERO),
                MissingPolicy::Neutral => Some(factor.max_points.0 / Decimal::TWO),
                MissingPolicy::Excluded | MissingPolicy::Required => None,
            };
            let required = factor.missing == MissingPolicy::Required;
            Mark { counted, matched: None, percentile: None, missing: Some(missing), required }
        }
    }
}

fn is_ranked(factor: &Factor) -> bool {
    matches!(factor.rule, ScoringRule::Percentile(_))
}

fn sorted_indices<T>(items: &[T], code: impl Fn(&T) -> &Code) -> Vec<usize> {
    let mut indexed: Vec<(usize, &T)> = items.iter().enumerate().collect();
    indexed.sort_by(|(_, a), (_, b)| code(a).cmp(code(b)));
    indexed.into_iter().map(|(index, _)| index).collect()
}
