//! The arithmetic that scales and GE axes share: points to dimension scores, dimension scores to one score.

use rust_decimal::{Decimal, RoundingStrategy};

use super::min_base::{Gate, median};
use super::ranking::Ranking;
use super::rule::Marked;
use super::{Axis, Dimension, Factor, MissingPolicy, ScoringRule, base_metrics};
use crate::metrics::{Fact, Metric, Missing};
use crate::values::{Code, Exact, round_ratio};

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
    /// The metrics whose facts stand behind those of the factors.
    bases: Vec<Metric>,
    all_maxima: Decimal,
    min_coverage: Decimal,
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
    /// One for each factor that asks for a base.
    gates: Vec<Option<Gate>>,
    /// Indices of `factors` by code.
    order: Vec<usize>,
}

/// The numbers of one factor that goes by the place among all, and of what it is measured against, while the book is read.
#[derive(Debug)]
struct Column {
    part: usize,
    index: usize,
    slot: usize,
    numbers: Vec<Decimal>,
    /// One a number; none where no base is asked for.
    bases: Vec<Option<Fact>>,
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
    /// The maxima of those whose fact is known.
    pub(super) known: Decimal,
}

/// A score before any rounding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SheetScore {
    /// 0 to 100; `None` where a required fact is missing, too few facts are known, or no factor counts.
    pub score: Option<Decimal>,
    /// Sum of the maxima of factors whose fact is known / sum of all maxima. What stands in for a missing fact, such as half
    /// the points, is not known.
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
        let bases = base_metrics(parts.iter().flat_map(|part| &part.factors));
        let gated = |mut part: PreparedPart| {
            part.gates = part.factors.iter().map(|factor| Gate::of(factor, &bases, slots)).collect();
            part
        };
        let parts: Vec<PreparedPart> = parts.into_iter().map(gated).collect();
        let all_maxima = parts.iter().flat_map(|part| &part.factors).map(|factor| factor.max_points.0).sum();
        let order = sorted_indices(&parts, |part| &part.code);
        Self { parts, order, slots, bases, all_maxima, min_coverage: Decimal::ZERO }
    }

    /// The same, without a score for whom fewer facts are known: the share of all points, 0 to 1, as coverage is shown.
    #[must_use]
    pub fn covering(self, min_coverage: Exact) -> Self {
        Self { min_coverage: min_coverage.0, ..self }
    }

    /// The share of all points whose facts must be known.
    pub(super) fn min_coverage(&self) -> Exact {
        Exact(self.min_coverage)
    }

    /// The metrics whose facts a scoring takes behind those of the factors.
    pub fn bases(&self) -> &[Metric] {
        &self.bases
    }

    /// The base that each factor asks for, in the base currency, in the order of the definition; none where it asks for none.
    pub(super) fn min_bases(&self) -> impl Iterator<Item = Option<Exact>> {
        let gates = self.parts.iter().flat_map(|part| &part.gates);
        gates.map(|gate| gate.as_ref().and_then(Gate::least).map(Exact))
    }

    /// Whether it has factors that go by all who are scored together: by the place among them, or by their median.
    pub fn ranks(&self) -> bool {
        let mut gates = self.parts.iter().flat_map(|part| &part.gates).flatten();
        gates.any(Gate::reads_median) || self.parts.iter().flat_map(|part| &part.factors).any(is_ranked)
    }

    /// The same, with everyone's facts to rank among. Without them, a factor that goes by the place or by the median has no
    /// points.
    #[must_use]
    pub fn among(mut self, book: impl IntoIterator<Item = impl AsRef<[Fact]>>) -> Self {
        let reads_median = self.parts.iter().flat_map(|part| &part.gates).flatten().any(Gate::reads_median);
        let revenue = self.bases.iter().position(|base| *base == Metric::RevenueL12).filter(|_| reads_median);
        let revenue = revenue.map(|place| self.slots + place);
        let mut columns: Vec<Column> = self.parts.iter().enumerate().flat_map(|(at, part)| part.columns(at)).collect();
        if columns.is_empty() && revenue.is_none() {
            return self;
        }
        let mut revenues = Vec::new();
        for facts in book {
            let facts = facts.as_ref();
            revenues.extend(revenue.and_then(|slot| facts.get(slot)?.as_ref().ok()?.as_number()));
            for column in &mut columns {
                column.read(&self.parts, facts);
            }
        }
        if revenue.is_some() {
            let median = median(revenues);
            let gates = self.parts.iter_mut().flat_map(|part| &mut part.gates).flatten();
            gates.filter(|gate| gate.reads_median()).for_each(|gate| gate.settle(median));
        }
        for column in columns {
            column.rank(&mut self.parts);
        }
        self
    }

    /// How many facts a scoring takes of factors, in the order of the definition; those of [`Self::bases`] follow.
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
        let mut known = Decimal::ZERO;
        let mut lacks_required = false;
        for part in self.order.iter().filter_map(|&index| self.parts.get(index)) {
            let (sum, lacks) = part.sum(facts);
            lacks_required |= lacks;
            known += sum.known;
            let Some(term) = sum.weighted(part.weight) else { continue };
            for ((axis, total), weight) in axes.iter().zip(&mut terms).zip(&mut weights) {
                if axis.is_none_or(|axis| part.axis == Some(axis)) {
                    *total += term;
                    *weight += part.weight;
                }
            }
        }
        let coverage = known.checked_div(self.all_maxima).unwrap_or_default();
        let is_known_enough = round_ratio(coverage) >= self.min_coverage;
        let mut pairs = terms.into_iter().zip(weights);
        axes.map(|_| {
            let (term, weight) = pairs.next().unwrap_or_default();
            let score = term.checked_div(weight).filter(|_| !lacks_required && is_known_enough).map(settle);
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
            gates: &part.gates,
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
    pub(super) gates: &'a [Option<Gate>],
}

impl OpenPart<'_> {
    /// How the factor with this index comes out for a fact.
    pub(super) fn mark(&self, index: usize, factor: &Factor, facts: &[Fact]) -> Mark {
        let fact = checked(facts.get(self.first_slot + index), self.gate(index), facts);
        mark(factor, fact, self.rankings.get(index).and_then(Option::as_ref))
    }

    /// The base that the factor with this index asks for.
    pub(super) fn gate(&self, index: usize) -> Option<&Gate> {
        self.gates.get(index).and_then(Option::as_ref)
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
            gates: Vec::new(),
            order: sorted_indices(part.factors, |factor| &factor.code),
        }
    }

    fn sum(&self, facts: &[Fact]) -> (PartPoints, bool) {
        let mut sum = PartPoints::default();
        let mut lacks_required = false;
        for &index in &self.order {
            let Some(factor) = self.factors.get(index) else { continue };
            let ranking = self.rankings.get(index).and_then(Option::as_ref);
            let gate = self.gates.get(index).and_then(Option::as_ref);
            let fact = checked(facts.get(self.first_slot + index), gate, facts);
            let mark = mark(factor, fact, ranking);
            if mark.missing.is_none() {
                sum.known += factor.max_points.0;
            }
            lacks_required |= mark.required;
            if let Some(points) = mark.counted {
                sum.points += points;
                sum.maximum += factor.max_points.0;
            }
        }
        (sum, lacks_required)
    }

    /// The columns that are read of a book before its customers are scored.
    fn columns(&self, part: usize) -> impl Iterator<Item = Column> {
        let ranked = self.factors.iter().enumerate().filter(|(_, factor)| is_ranked(factor));
        ranked.map(move |(index, _)| Column {
            part,
            index,
            slot: self.first_slot + index,
            numbers: Vec::new(),
            bases: Vec::new(),
        })
    }
}

impl Column {
    fn read(&mut self, parts: &[PreparedPart], facts: &[Fact]) {
        let Some(number) = facts.get(self.slot).and_then(|fact| fact.as_ref().ok()?.as_number()) else { return };
        self.numbers.push(number);
        if let Some(gate) = parts.get(self.part).and_then(|part| part.gates.get(self.index)?.as_ref()) {
            self.bases.push(gate.base(facts).cloned());
        }
    }

    /// Ranks those whose base is large enough.
    fn rank(self, parts: &mut [PreparedPart]) {
        let Some(part) = parts.get_mut(self.part) else { return };
        let numbers = match part.gates.get(self.index).and_then(Option::as_ref) {
            Some(gate) => {
                let pairs = self.numbers.into_iter().zip(&self.bases);
                pairs.filter(|(_, base)| gate.instead(base.as_ref()).is_none()).map(|(number, _)| number).collect()
            }
            None => self.numbers,
        };
        if let Some(place) = part.rankings.get_mut(self.index) {
            *place = Some(Ranking::of(numbers));
        }
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

/// A factor's fact, or what stands in its place where its base is too small.
fn checked<'f>(fact: Option<&'f Fact>, gate: Option<&Gate>, facts: &'f [Fact]) -> Option<&'f Fact> {
    match (gate, fact) {
        (Some(gate), Some(Ok(_))) => gate.instead(gate.base(facts)).or(fact),
        _ => fact,
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
