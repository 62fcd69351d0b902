//! What three salespeople think of the customers: ratings on every factor of a scale that asks for one.

use std::cmp::Reverse;

use super::generator::{Opinion, opinions};
use super::{DemoData, GeneratorSettings};
use crate::scales::{Factor, FactorSource, JudgementUpsert, ScaleDefinition, ScoringRule};
use crate::values::Code;

/// The ratings of customers that a scale with this definition asks for. Each salesperson rates own customers.
pub(super) fn judgements(
    settings: &GeneratorSettings,
    data: &DemoData,
    (scale, definition): (&Code, &ScaleDefinition),
) -> Vec<JudgementUpsert> {
    let factors: Vec<(&Factor, Vec<&Code>)> = definition
        .dimensions
        .iter()
        .flat_map(|dimension| &dimension.factors)
        .filter(|factor| matches!(factor.source, FactorSource::Judgement(_)))
        .filter_map(|factor| Some((factor, levels(factor)?)))
        .collect();
    let rating = |opinion: Opinion, (factor, levels): &(&Factor, Vec<&Code>)| JudgementUpsert {
        scale: scale.clone(),
        customer_external_id: opinion.customer_id.clone(),
        factor_code: factor.code.clone(),
        level: levels[opinion.place(levels.len())].clone(),
        author: Some(opinion.author.clone()),
        judged_at: Some(opinion.judged_at),
        note: None,
    };
    let ask = |at: usize, factor| opinions(settings, data, at).into_iter().map(move |opinion| rating(opinion, factor));
    factors.iter().enumerate().flat_map(|(at, factor)| ask(at, factor)).collect()
}

/// Its levels, the best first; none where it has none.
fn levels(factor: &Factor) -> Option<Vec<&Code>> {
    let ScoringRule::Levels(levels) = &factor.rule else { return None };
    let mut levels: Vec<_> = levels.iter().collect();
    levels.sort_by_key(|level| Reverse(level.points.0));
    Some(levels.into_iter().map(|level| &level.code).collect()).filter(|levels: &Vec<_>| !levels.is_empty())
}
