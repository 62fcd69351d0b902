//! What would lift one result, from what was stored with it.

use rust_decimal::Decimal;

use crate::error::Result;
use crate::grading::lift::{caps_in_way, lift as ways};
use crate::grading::store;
use crate::grading::wire::LiftOut;
use crate::scales::{GradeBands, scale_version};
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
    let stored = store::result(tx, run.id, customer).await?;
    let definition = scale_version(tx, run.scale_id, run.scale_version).await?.definition;
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
        GradeBands::Quota(_) => {
            let better: Vec<String> = bands.grades().iter().take(target + 1).map(ToString::to_string).collect();
            let lowest = async |tx: &TenantTx| store::lowest_score(tx, run.id, &better).await;
            // The last customer of the better grade is among all, whoever asks.
            let lowest = match tx.actor().salesperson {
                None => lowest(tx).await?,
                Some(_) => db.read(&tx.actor().seeing_everyone(), lowest).await?,
            };
            lowest.map(|lowest| lowest + STEP)
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
    // A scale may have a hundred factors of fifty levels each.
    let ways = tokio::task::spawn_blocking(move || ways(&definition, &scored, needed));
    let ways = ways.await.map_err(crate::error::Error::internal)?.unwrap_or_default();
    out.reachable = Some(has_score || !ways.single.is_empty() || !ways.together.is_empty());
    (out.single, out.together) = (ways.single, ways.together);
    Ok(out)
}
