//! What members have said of the customers, as a model reads it.

use std::collections::BTreeMap;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Result;
use crate::grading::Judgements;
use crate::scales::{Factor, FactorSource, ScoringRule};
use crate::values::{CustomerId, TenantId};

/// The ratings for the factors of a model that ask for one. Members rate a customer once, on a scale of the company; a
/// factor of a model reads the newest rating of its own code, whichever of these scales it was given on. A level that the
/// model names goes before one that it does not.
pub(super) async fn judgements(conn: &mut PgConnection, tenant: TenantId, factors: &[&Factor]) -> Result<Judgements> {
    let judged = factors.iter().filter(|factor| matches!(factor.source, FactorSource::Judgement(_)));
    let levels = judged.clone().flat_map(|factor| match &factor.rule {
        ScoringRule::Levels(levels) => levels.iter().map(|level| (factor.code.as_str(), level.code.as_str())).collect(),
        _ => Vec::new(),
    });
    let (named, levels): (Vec<&str>, Vec<&str>) = levels.unzip();
    let codes: Vec<&str> = judged.map(|factor| factor.code.as_str()).collect();
    let rows: Vec<(Uuid, String, String)> = sqlx::query_as(
        "select distinct on (j.customer_id, j.factor_code) j.customer_id, j.factor_code, j.level
         from judgements j
         join scales s on s.tenant_id = j.tenant_id and s.id = j.scale_id and s.scope = 'company'
         left join unnest($3::text[], $4::text[]) as named (factor_code, level)
             on named.factor_code = j.factor_code and named.level = j.level
         where j.tenant_id = $1 and j.factor_code = any($2)
         order by j.customer_id, j.factor_code, (named.level is not null) desc, j.judged_at desc, j.scale_id desc",
    )
    .bind(tenant.0)
    .bind(codes)
    .bind(named)
    .bind(levels)
    .persistent(false)
    .fetch_all(conn)
    .await?;
    let mut judgements: Judgements = BTreeMap::new();
    for (customer, factor, level) in rows {
        judgements.entry(CustomerId(customer)).or_default().insert(factor, level);
    }
    Ok(judgements)
}
