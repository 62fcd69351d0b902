//! The history of customers: rows of `customer_changes`, and when each field of a customer was seen.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::AssertSqlSafe;
use sqlx::types::Json;
use uuid::Uuid;

use super::customers::PLACE;
use crate::dossiers::fields::{ATTRIBUTE, POTENTIAL};
use crate::dossiers::observation::{EntryKind, HistoryEntry, Sightings};
use crate::dossiers::provenance::Provenance;
use crate::error::Result;
use crate::tenancy::TenantTx;
use crate::values::CustomerId;

/// The facts of an entry as its row holds them.
#[derive(Debug, Default, Serialize)]
struct Facts<'a> {
    fields: BTreeMap<&'a str, &'a Value>,
    attributes: Option<BTreeMap<&'a str, &'a Value>>,
    potentials: Option<BTreeMap<&'a str, &'a Value>>,
}

/// When the fields of a customer were seen, as one row.
#[derive(Debug, Serialize)]
struct SeenRow<'a> {
    id: CustomerId,
    #[serde(flatten)]
    sightings: &'a Sightings,
}

/// An entry as one row.
#[derive(Debug, Serialize)]
struct EntryRow<'a> {
    place: usize,
    id: CustomerId,
    observed_at: DateTime<Utc>,
    restated: bool,
    #[serde(flatten)]
    facts: Facts<'a>,
}

/// A customer, when its fields were seen, and which were in a repetition.
type SightingsRow = (Uuid, Json<BTreeMap<String, DateTime<Utc>>>, Vec<String>);

/// When the fields of each of these customers were seen.
pub(in crate::dossiers) async fn sightings(
    tx: &TenantTx,
    ids: &[CustomerId],
) -> Result<BTreeMap<CustomerId, Sightings>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<SightingsRow> = sqlx::query_as(
        "select id, observed, repeats from customers where tenant_id = (select $1::uuid) and id = any($2)",
    )
    .bind(tx.tenant().0)
    .bind(ids)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    let seen = |(id, observed, repeats): (_, Json<_>, Vec<String>)| {
        (CustomerId(id), Sightings { observed: observed.0, repeats: repeats.into_iter().collect() })
    };
    Ok(rows.into_iter().map(seen).collect())
}

/// Writes when the fields of customers, which must be locked, were seen that are otherwise as they were.
pub(in crate::dossiers) async fn see(tx: &TenantTx, seen: &[(CustomerId, &Sightings)]) -> Result<()> {
    if seen.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = seen.iter().map(|(id, sightings)| SeenRow { id: *id, sightings }).collect();
    let sql = format!(
        "update customers c set observed = r.observed, repeats = r.repeats
         from (select r.*, {PLACE} from jsonb_to_recordset($2) as r(id uuid, observed jsonb, repeats text[])) r
         where c.tenant_id = $1 and c.ctid = r.place"
    );
    sqlx::query(AssertSqlSafe(sql)).bind(tx.tenant().0).bind(Json(rows)).execute(&mut *tx.conn().await?).await?;
    Ok(())
}

/// Appends entries to the histories of customers, which must be locked, or new.
pub(in crate::dossiers) async fn record(
    tx: &TenantTx,
    provenance: Provenance,
    entries: &[(CustomerId, HistoryEntry)],
) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let rows: Vec<EntryRow<'_>> = entries
        .iter()
        .enumerate()
        .map(|(place, (id, entry))| EntryRow {
            place,
            id: *id,
            observed_at: entry.observed_at,
            restated: entry.kind == EntryKind::Restated,
            facts: Facts::of(entry),
        })
        .collect();
    sqlx::query(
        "insert into customer_changes
             (tenant_id, customer_id, seq, observed_at, recorded_at, source, actor, import_id, request_id, restated,
              fields, attributes, potentials)
         select $1, r.id, coalesce(last.seq, 0) + row_number() over (partition by r.id order by r.place),
                r.observed_at, $2, $3, $4, $5, $6, r.restated, r.fields, r.attributes, r.potentials
         from jsonb_to_recordset($7) as r(place int, id uuid, observed_at timestamptz, restated boolean, fields jsonb,
                                          attributes jsonb, potentials jsonb)
         left join lateral (select h.seq from customer_changes h where h.tenant_id = (select $1::uuid) and h.customer_id = r.id
                            order by h.seq desc limit 1) last on true",
    )
    .bind(tx.tenant().0)
    .bind(tx.now())
    .bind(provenance.source.as_str())
    .bind(&tx.actor().subject)
    .bind(provenance.import.map(|id| id.0))
    .bind(&tx.actor().request_id)
    .bind(Json(rows))
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// Moves the entries of one customer behind those of another; both must be locked.
pub(in crate::dossiers) async fn move_entries(tx: &TenantTx, from: CustomerId, to: CustomerId) -> Result<()> {
    sqlx::query(
        "update customer_changes h set customer_id = $3, seq = h.seq + (
             select coalesce(max(l.seq), 0) from customer_changes l where l.tenant_id = $1 and l.customer_id = $3)
         where h.tenant_id = $1 and h.customer_id = $2",
    )
    .bind(tx.tenant().0)
    .bind(from.0)
    .bind(to.0)
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// What the histories say already as of the moments of late entries: by customer, moment and field the value recorded
/// last.
pub(in crate::dossiers) async fn recorded_at_once(
    tx: &TenantTx,
    entries: &[(CustomerId, HistoryEntry)],
) -> Result<BTreeMap<(CustomerId, DateTime<Utc>, String), Value>> {
    let late = entries.iter().filter(|(_, entry)| entry.kind == EntryKind::Late);
    let (ids, times): (Vec<Uuid>, Vec<DateTime<Utc>>) = late.map(|(id, entry)| (id.0, entry.observed_at)).unzip();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(Uuid, DateTime<Utc>, String, Value)> = sqlx::query_as(
        "select h.customer_id, h.observed_at, f.field, f.value
         from (select distinct * from unnest($2::uuid[], $3::timestamptz[]) as a(id, at)) asked
         join customer_changes h on h.tenant_id = (select $1::uuid) and h.customer_id = asked.id and h.observed_at = asked.at
         cross join lateral (
             select key as field, value from jsonb_each(h.fields)
             union all select 'attributes.' || key, value from jsonb_each(h.attributes)
             union all select 'purchase_potentials.' || key, value from jsonb_each(h.potentials)) f
         order by h.seq",
    )
    .bind(tx.tenant().0)
    .bind(ids)
    .bind(times)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(rows.into_iter().map(|(id, at, field, value)| ((CustomerId(id), at, field), value)).collect())
}

impl<'a> Facts<'a> {
    fn of(entry: &'a HistoryEntry) -> Self {
        let mut facts = Self::default();
        for (field, value) in &entry.facts {
            if let Some(code) = field.strip_prefix(ATTRIBUTE) {
                facts.attributes.get_or_insert_default().insert(code, value);
            } else if let Some(category) = field.strip_prefix(POTENTIAL) {
                facts.potentials.get_or_insert_default().insert(category, value);
            } else {
                facts.fields.insert(field, value);
            }
        }
        facts
    }
}
