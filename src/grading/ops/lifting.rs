//! What would lift one result, from what was stored with it.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::error::Result;
use crate::grading::lift::{Others, caps_in_way, lift as ways};
use crate::grading::store;
use crate::grading::wire::LiftOut;
use crate::metrics::FactValue;
use crate::scales::{GradeBands, QuotaTies, ScaleDefinition, Scored, ScoringRule};
use crate::tenancy::{Permission, TenantDb, TenantTx};
use crate::values::{CustomerId, Exact, GradingRunId, round_score};

/// The finest difference of two scores.
const STEP: Decimal = Decimal::from_parts(1, 0, 0, false, 4);

/// What would lift a customer to the next better grade.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn lift(tx: &TenantTx, db: &TenantDb, run: GradingRunId, customer: CustomerId) -> Result<LiftOut> {
    tx.require(Permission::GradingRead)?;
    let run = store::run(tx, run).await?;
    let stored = store::result(tx, (run.id, customer), &store::kinds(tx, run.id, None).await?).await?;
    let definition = store::definition_of(tx, run.id).await?;
    let (result, scored) = (stored.result, stored.scored);
    let mut out = LiftOut {
        run_id: run.id,
        customer_id: result.customer_id,
        grade: result.grade.clone(),
        next_grade: None,
        score: result.score,
        score_needed: None,
        points_needed: None,
        reachable: None,
        single: Vec::new(),
        together: Vec::new(),
        caps_in_way: Vec::new(),
        lacks: scored.ungradable.as_ref().map(|ungradable| ungradable.lacks.clone()).unwrap_or_default(),
    };
    let bands = &definition.grade_bands;
    let place = result.grade.as_ref().and_then(|grade| bands.position(grade));
    let (Some(target), Some(score)) = (place.and_then(|place| place.checked_sub(1)), result.score) else {
        return Ok(out);
    };
    let scored_place = result.scored_grade.as_ref().and_then(|grade| bands.position(grade));
    let has_score = scored_place.is_some_and(|place| place <= target);
    let needed = match bands {
        _ if has_score => Some(score.0),
        GradeBands::Fixed(bands) => bands.get(target).map(|band| band.min_score.0),
        GradeBands::Quota(quota) => {
            let better: Vec<String> = bands.grades().iter().take(target + 1).map(ToString::to_string).collect();
            let lowest = async |tx: &TenantTx| store::lowest_score(tx, run.id, &better).await;
            // The last customer of the better grade is among all, whoever asks.
            let lowest = match tx.actor().salesperson {
                None => lowest(tx).await?,
                Some(_) => db.read(&tx.actor().seeing_everyone(), lowest).await?,
            };
            // Where equal scores share the better grade it is enough to be equal.
            lowest.map(|lowest| if quota.ties == QuotaTies::Better { lowest } else { lowest + STEP })
        }
    };
    out.next_grade = bands.grades().get(target).map(|grade| (*grade).clone());
    out.caps_in_way = caps_in_way(&definition, &scored, target);
    out.score_needed = needed.map(|needed| Exact(round_score(needed)));
    out.points_needed = needed.map(|needed| Exact(round_score((needed - score.0).max(Decimal::ZERO))));
    let Some(needed) = needed else {
        out.reachable = Some(false);
        return Ok(out);
    };
    let others = others(tx, db, run.id, (&definition, &scored)).await?;
    // A scale may have a hundred factors of fifty levels each.
    let ways = tokio::task::spawn_blocking(move || ways(&definition, &scored, &others, needed));
    let ways = ways.await.map_err(crate::error::Error::internal)?.unwrap_or_default();
    out.reachable = Some(has_score || !ways.single.is_empty() || !ways.together.is_empty());
    (out.single, out.together) = (ways.single, ways.together);
    Ok(out)
}

/// What the others of the run have for factors that go by the place among all, whoever asks.
async fn others(
    tx: &TenantTx,
    db: &TenantDb,
    run: GradingRunId,
    (definition, scored): (&ScaleDefinition, &Scored),
) -> Result<BTreeMap<usize, Others>> {
    let own = scored.dimensions.iter().flat_map(|dimension| &dimension.factors).map(|factor| {
        let number = factor.value.as_ref().and_then(FactValue::as_number);
        number.filter(|_| factor.missing.is_none())
    });
    let factors = definition.factors().zip(own).enumerate();
    let ranked: Vec<(usize, Option<Decimal>)> = factors
        .filter(|(_, (factor, _))| matches!(factor.rule, ScoringRule::Percentile(_)))
        .map(|(slot, (_, own))| (slot, own))
        .collect();
    if ranked.is_empty() {
        return Ok(BTreeMap::new());
    }
    let read = async |tx: &TenantTx| {
        let mut others = BTreeMap::new();
        for (slot, own) in &ranked {
            others.insert(*slot, Others::of(store::numbers_of(tx, run, *slot).await?, *own));
        }
        Ok::<_, crate::error::Error>(others)
    };
    match tx.actor().salesperson {
        None => read(tx).await,
        Some(_) => db.read(&tx.actor().seeing_everyone(), read).await,
    }
}
