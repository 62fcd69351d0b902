//! Scores of one customer, with an explanation that adds up.

use async_graphql::{Enum, SimpleObject};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

mod stored;

pub use stored::{StoredFact, StoredScore, StoredTotals};

use super::min_base::Gate;
use super::sheet::{Mark, OpenPart};
use super::{Axis, CapCheck, MissingPolicy, Part, Problem, ScaleDefinition, Sheet, settle, validate};
use crate::metrics::{Fact, FactValue, Missing};
use crate::values::{Code, Exact, Label, round_money, round_ratio, round_score};

/// What is known of one customer, in the order of the definition.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// One for each factor of [`ScaleDefinition::factors`], then one for each of [`ScaleDefinition::bases`]. What the slice
    /// lacks at its end is missing; of bases that it lacks none is asked for.
    pub factors: &'a [Fact],
    /// One for each of [`ScaleDefinition::caps`].
    pub caps: &'a [Fact],
}

/// A customer's score on a scale, enough to explain it without computing it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct Scored {
    /// Sum of weight x dimension score, 0 to 100, 4 places; null where the customer cannot be graded.
    pub total: Option<Exact>,
    /// The same over the quality dimensions, their weights scaled to 1; null where none of them counts.
    pub quality: Option<Exact>,
    /// The same over the growth dimensions.
    pub growth: Option<Exact>,
    /// Points of factors whose fact is known / all maximum points, 0 to 1, 6 places. Points given in the place of a missing
    /// fact do not count.
    pub data_coverage: Exact,
    /// Each dimension, in the order of the definition.
    pub dimensions: Vec<DimensionScore>,
    /// Each cap, in the order of the definition.
    pub caps: Vec<CapCheck>,
    /// Why the customer cannot be graded; null where it can.
    pub ungradable: Option<Ungradable>,
}

/// How a dimension came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct DimensionScore {
    /// The dimension.
    pub code: Code,
    /// 100 x sum of points / sum of maxima counted, 4 places; null where all its factors are left out.
    pub score: Option<Exact>,
    /// Its weight in the definition.
    pub weight: Exact,
    /// Its weight after the dimensions that dropped out, 6 places; 0 where it dropped out itself.
    pub effective_weight: Exact,
    /// What it adds to the total, 4 places: the sum of its factors' contributions.
    pub contribution: Exact,
    /// Each factor, in the order of the definition.
    pub factors: Vec<FactorScore>,
}

/// How a factor came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct FactorScore {
    /// The factor.
    pub code: Code,
    /// The raw value, where there is one.
    pub value: Option<FactValue>,
    /// Why there are no points by the rule.
    pub missing: Option<Missing>,
    /// What was done about it.
    pub policy: Option<MissingPolicy>,
    /// Its points, 4 places; null where it is left out.
    pub points: Option<Exact>,
    /// The most it can give.
    pub max_points: Exact,
    /// Which of the rule's levels, bands or choices gave the points, counted from 0; null for a line, `otherwise`, or a
    /// number below the lowest band.
    pub matched: Option<u32>,
    /// The place among all who were scored together and have the value, 0 to 1, 6 places: 1 is the best. Null where the
    /// rule does not go by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percentile: Option<Exact>,
    /// Of a growth that asks for a smallest base, the customer's own base, in the base currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Exact>,
    /// The base that was asked for, the same for all who were scored together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_base: Option<Exact>,
    /// What it adds to the total, 4 places. The contributions of all factors sum to the total exactly.
    pub contribution: Exact,
}

/// Why a customer cannot be graded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct Ungradable {
    /// The reason.
    pub reason: UngradableReason,
    /// The facts that it lacks, the heaviest first, equal ones in the order of the definition.
    pub lacks: Vec<Lack>,
    /// Where too little is known: the share of all points whose facts are known, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_coverage: Option<Exact>,
    /// Where too little is known: the share that the definition asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_coverage: Option<Exact>,
}

/// The kinds of reasons for which a customer cannot be graded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum UngradableReason {
    /// Facts that the definition requires are missing.
    RequiredMissing,
    /// No factor is left to score.
    NothingToScore,
    /// Fewer facts are known than the definition asks for.
    LowCoverage,
}

impl UngradableReason {
    /// What a reader is told.
    pub fn label(self) -> Label {
        match self {
            Self::RequiredMissing => Label::new("required facts are missing", "缺少必需数据"),
            Self::NothingToScore => Label::new("nothing is known that could be scored", "没有可计分的数据"),
            Self::LowCoverage => Label::new("too little is known", "数据覆盖率不足"),
        }
    }
}

/// A fact that a customer lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
pub struct Lack {
    /// The dimension.
    pub dimension: Code,
    /// The factor.
    pub factor: Code,
    /// Why there is no value.
    pub missing: Missing,
    /// What it weighs in the total, 0 to 1, 6 places: the dimension's weight x the factor's share of its points.
    #[serde(default)]
    pub weight: Exact,
    /// The factor's name; null in results that were kept before it was told.
    #[serde(default)]
    pub label: Option<Label>,
}

/// A customer's scores before rounding, without an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// 0 to 100; `None` where the customer cannot be graded.
    pub total: Option<Decimal>,
    /// 0 to 100 over the quality dimensions.
    pub quality: Option<Decimal>,
    /// 0 to 100 over the growth dimensions.
    pub growth: Option<Decimal>,
    /// 0 to 1.
    pub data_coverage: Decimal,
}

/// A valid definition prepared for scoring many customers.
#[derive(Clone, Debug)]
pub struct Scorer {
    definition: ScaleDefinition,
    sheet: Sheet,
}

/// Scores one customer. To score many, prepare a [`Scorer`] once.
///
/// # Errors
/// All that is wrong with the definition.
pub fn score(definition: &ScaleDefinition, facts: Facts<'_>) -> Result<Scored, Vec<Problem>> {
    Scorer::new(definition).map(|scorer| scorer.score(facts))
}

impl Scorer {
    /// Prepares a definition.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn new(definition: &ScaleDefinition) -> Result<Self, Vec<Problem>> {
        let problems = validate(definition);
        if !problems.is_empty() {
            return Err(problems);
        }
        let sheet = Sheet::new(definition.dimensions.iter().map(Part::from)).covering(definition.min_coverage);
        Ok(Self { definition: definition.clone(), sheet })
    }

    /// Prepares a definition for a book: the facts of all who are scored together, among whom percentiles and medians are
    /// told. One that was prepared without them treats a percentile as a fact that is not available.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn among(
        definition: &ScaleDefinition,
        book: impl IntoIterator<Item = impl AsRef<[Fact]>>,
    ) -> Result<Self, Vec<Problem>> {
        let Self { definition, sheet } = Self::new(definition)?;
        Ok(Self { definition, sheet: sheet.among(book) })
    }

    /// The definition it was made from.
    pub fn definition(&self) -> &ScaleDefinition {
        &self.definition
    }

    /// Whether points depend on all who are scored together.
    pub fn needs_book(&self) -> bool {
        self.sheet.ranks()
    }

    /// The base that each factor asks for, in the order of the definition; empty where none does.
    pub fn min_bases(&self) -> Vec<Option<Exact>> {
        let bases: Vec<Option<Exact>> = self.sheet.min_bases().collect();
        if bases.iter().all(Option::is_none) { Vec::new() } else { bases }
    }

    /// The scores alone, for trying things on a whole book.
    pub fn totals(&self, facts: &[Fact]) -> Totals {
        let [all, quality, growth] = self.sheet.scores(facts, [None, Some(Axis::Quality), Some(Axis::Growth)]);
        Totals { total: all.score, quality: quality.score, growth: growth.score, data_coverage: all.coverage }
    }

    /// The scores with their explanation.
    pub fn score(&self, facts: Facts<'_>) -> Scored {
        let totals = self.totals(facts.factors);
        let (dimensions, ungradable) = explain_sheet(&self.sheet, facts.factors, totals.total);
        let rounded = |score: Option<Decimal>| score.map(|score| Exact(round_score(score)));
        Scored {
            total: rounded(totals.total),
            quality: rounded(totals.quality),
            growth: rounded(totals.growth),
            data_coverage: Exact(round_ratio(totals.data_coverage)),
            dimensions,
            caps: self.check_caps(facts.caps),
            ungradable,
        }
    }

    /// The place (0 is the best) of the best grade that the caps leave, by one fact for each; `None` where no cap applies.
    pub fn at_best<'f>(&self, facts: impl IntoIterator<Item = &'f Fact>) -> Option<usize> {
        let hit = self.definition.caps.iter().zip(facts).filter(|(cap, fact)| cap.applies(fact) == Ok(true));
        hit.filter_map(|(cap, _)| self.definition.grade_bands.position(&cap.at_best)).max()
    }

    fn check_caps(&self, facts: &[Fact]) -> Vec<CapCheck> {
        let known = facts.iter().chain(std::iter::repeat(&Err(Missing::NoData)));
        self.definition.caps.iter().zip(known).map(|(cap, fact)| cap.check(fact)).collect()
    }
}

/// Every dimension with its factors, whose contributions sum to the rounded total; and why there is no total.
pub fn explain_sheet(
    sheet: &Sheet,
    facts: &[Fact],
    total: Option<Decimal>,
) -> (Vec<DimensionScore>, Option<Ungradable>) {
    let parts: Vec<OpenPart<'_>> = sheet.parts(facts).collect();
    let counted = parts.iter().filter(|part| part.sum.maximum > Decimal::ZERO);
    let weight: Decimal = counted.map(|part| part.weight).sum();
    let mut dimensions: Vec<DimensionScore> = parts.iter().map(|part| open(part, facts, weight)).collect();
    match total {
        Some(total) => {
            settle_contributions(&mut dimensions, round_score(total));
            (dimensions, None)
        }
        None => {
            for factor in dimensions.iter_mut().flat_map(|dimension| &mut dimension.factors) {
                factor.contribution = Exact(round_score(Decimal::ZERO));
            }
            let labels = parts.iter().flat_map(|part| part.factors).map(|factor| &factor.label);
            let coverage = (Exact(round_ratio(sheet.score(facts).coverage)), sheet.min_coverage());
            let ungradable = refusal(&dimensions, labels, coverage);
            (dimensions, Some(ungradable))
        }
    }
}

/// A dimension with contributions still unrounded.
fn open(part: &OpenPart<'_>, facts: &[Fact], all_weights: Decimal) -> DimensionScore {
    let factors = part.factors.iter().enumerate().map(|(index, factor)| {
        let fact = facts.get(part.first_slot + index);
        let Mark { counted, matched, percentile, missing, .. } = part.mark(index, factor, facts);
        let gate = part.gate(index);
        let base = gate.and_then(|gate| gate.base(facts)?.as_ref().ok()?.as_number());
        let contribution = counted.and_then(|points| {
            let share = (part.weight * Decimal::ONE_HUNDRED * points).checked_div(part.sum.maximum)?;
            share.checked_div(all_weights)
        });
        FactorScore {
            code: factor.code.clone(),
            value: fact.and_then(|fact| fact.as_ref().ok().cloned()).filter(|_| missing != Some(Missing::SmallBase)),
            missing,
            policy: missing.map(|_| factor.missing),
            points: counted.map(|points| Exact(round_score(points))),
            max_points: factor.max_points,
            matched,
            percentile: percentile.map(|share| Exact(round_ratio(share))),
            base: base.map(|base| Exact(round_money(base))),
            min_base: gate.and_then(Gate::least).map(Exact),
            contribution: Exact(contribution.unwrap_or_default()),
        }
    });
    let effective = part.sum.score().and_then(|_| part.weight.checked_div(all_weights)).unwrap_or_default();
    DimensionScore {
        code: part.code.clone(),
        score: part.sum.score().map(|score| Exact(round_score(settle(score)))),
        weight: Exact(part.weight),
        effective_weight: Exact(round_ratio(effective)),
        contribution: Exact(round_score(Decimal::ZERO)),
        factors: factors.collect(),
    }
}

/// Rounds contributions to 4 places by largest remainder (ties by dimension and factor code), so that they sum to `total`.
fn settle_contributions(dimensions: &mut [DimensionScore], total: Decimal) {
    const STEP: Decimal = Decimal::from_parts(1, 0, 0, false, 4);
    let mut left = total;
    let mut remainders = Vec::new();
    for (d, dimension) in dimensions.iter_mut().enumerate() {
        for (f, factor) in dimension.factors.iter_mut().enumerate() {
            let exact = settle(factor.contribution.0);
            let mut floor = exact.round_dp_with_strategy(4, RoundingStrategy::ToZero);
            floor.rescale(4);
            factor.contribution = Exact(floor);
            left -= floor;
            remainders.push((exact - floor, d, f));
        }
    }
    remainders.sort_by(|(a, d1, f1), (b, d2, f2)| {
        let name = |d: usize, f: usize| dimensions.get(d).map(|d| (&d.code, d.factors.get(f).map(|f| &f.code)));
        b.cmp(a).then_with(|| name(*d1, *f1).cmp(&name(*d2, *f2)))
    });
    for (_, d, f) in remainders {
        if left < STEP {
            break;
        }
        if let Some(factor) = dimensions.get_mut(d).and_then(|dimension| dimension.factors.get_mut(f)) {
            factor.contribution.0 += STEP;
            left -= STEP;
        }
    }
    for dimension in dimensions {
        let sum: Decimal = dimension.factors.iter().map(|factor| factor.contribution.0).sum();
        dimension.contribution = Exact(round_score(sum));
    }
}

/// Why there is no total: the required facts that are missing, else every fact that is. `labels` are the factors' names, and
/// `coverage` is what was found and what was asked for.
fn refusal<'l>(
    dimensions: &[DimensionScore],
    labels: impl IntoIterator<Item = &'l Label>,
    (found, asked): (Exact, Exact),
) -> Ungradable {
    let factors = dimensions.iter().flat_map(|d| d.factors.iter().map(move |f| (d, f)));
    let mut lacks: Vec<(bool, Lack)> = factors
        .zip(labels)
        .filter_map(|((d, f), label)| {
            let missing = f.missing?;
            let points: Decimal = d.factors.iter().map(|factor| factor.max_points.0).sum();
            let weight = (d.weight.0 * f.max_points.0).checked_div(points).unwrap_or_default();
            let lack = Lack {
                dimension: d.code.clone(),
                factor: f.code.clone(),
                missing,
                weight: Exact(round_ratio(weight)),
                label: Some(label.clone()),
            };
            Some((f.policy == Some(MissingPolicy::Required), lack))
        })
        .collect();
    lacks.sort_by_key(|(_, lack)| std::cmp::Reverse(lack.weight));
    let lacks_required = lacks.iter().any(|(is_required, _)| *is_required);
    let told = lacks.into_iter().filter(|(is_required, _)| *is_required || !lacks_required).map(|(_, lack)| lack);
    let counts = dimensions.iter().any(|dimension| dimension.score.is_some());
    let reason = match (lacks_required, counts) {
        (true, _) => UngradableReason::RequiredMissing,
        (false, false) => UngradableReason::NothingToScore,
        (false, true) => UngradableReason::LowCoverage,
    };
    let is_low = reason == UngradableReason::LowCoverage;
    Ungradable {
        reason,
        lacks: told.collect(),
        data_coverage: Some(found).filter(|_| is_low),
        min_coverage: Some(asked).filter(|_| is_low),
    }
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod known;
#[cfg(test)]
mod tests;
