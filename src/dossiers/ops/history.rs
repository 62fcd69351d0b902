//! The history of dossiers: what every write adds to it, and what is read of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::dossiers::change::References;
use crate::dossiers::fields::{POTENTIAL, fields_of};
use crate::dossiers::observation::{Entries, Fact, HistoryEntry, Moment, Sightings, without_known};
use crate::dossiers::provenance::Provenance;
use crate::dossiers::store::customers::{self, Kept};
use crate::dossiers::store::{history, potentials, timeline};
use crate::dossiers::wire::{CustomerChangeOut, CustomerOut, CustomerPatch, ExternalId, TimelineFilter};
use crate::error::{Error, FieldProblem, Result};
use crate::paging::{PageRequest, Slice};
use crate::tenancy::{Permission, TenantTx};
use crate::values::CustomerId;

/// What writes of some customers, which must be locked or new, do to their histories.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    sightings: BTreeMap<CustomerId, Sightings>,
    /// Those whose sightings are no longer as they are stored.
    touched: BTreeSet<CustomerId>,
    entries: Vec<(CustomerId, HistoryEntry)>,
}

/// What one row adds, until it is kept.
#[derive(Debug)]
pub(super) struct Noted {
    sightings: Sightings,
    entries: Entries,
}

impl Ledger {
    /// What is known of these customers.
    pub(super) async fn open(tx: &TenantTx, ids: &[CustomerId]) -> Result<Self> {
        Ok(Self { sightings: history::sightings(tx, ids).await?, ..Self::default() })
    }

    /// The customer after a change, as far as the change is news, and what it adds to the history; or every problem.
    pub(super) fn observe(
        &self,
        now: DateTime<Utc>,
        patch: &CustomerPatch,
        customer: &CustomerOut,
        known: &mut References,
    ) -> Result<(CustomerOut, Noted), Vec<FieldProblem>> {
        let stored = self.sightings.get(&customer.id);
        let (mut sightings, mut entries) = (stored.cloned().unwrap_or_default(), Entries::default());
        let next = patch.observe(customer, now, (&mut sightings, &mut entries), known)?;
        if stored.is_none() {
            next.external_ids.iter().for_each(|id| entries.external_id_added(id, patch.observed_at.unwrap_or(now)));
        }
        Ok((next, Noted { sightings, entries }))
    }

    /// Keeps what was noted of a customer.
    pub(super) fn keep(&mut self, id: CustomerId, noted: Noted) {
        if self.sightings.get(&id) != Some(&noted.sightings) {
            self.sightings.insert(id, noted.sightings);
            self.touched.insert(id);
        }
        self.entries.extend(noted.entries.into_list().into_iter().map(|entry| (id, entry)));
    }

    /// Takes note of a fact of a customer; whether it is the latest known.
    pub(super) fn note(&mut self, id: CustomerId, fact: Fact, moment: Moment) -> bool {
        let mut sightings = self.sightings.get(&id).cloned().unwrap_or_default();
        let mut entries = Entries::default();
        let is_news = !sightings.is_late(&fact.field, moment);
        sightings.note(fact, moment, &mut entries);
        self.keep(id, Noted { sightings, entries });
        is_news
    }

    /// The fields that were ever seen of a customer and begin with `prefix`, without it.
    pub(super) fn seen(&self, id: CustomerId, prefix: &str) -> BTreeSet<String> {
        let fields = self.sightings.get(&id).into_iter().flat_map(|sightings| sightings.observed.keys());
        fields.filter_map(|field| field.strip_prefix(prefix)).map(str::to_owned).collect()
    }

    /// Writes new and changed customers, when each field of them and of the others was seen, and the history.
    pub(super) async fn write(
        mut self,
        tx: &TenantTx,
        provenance: Provenance,
        new: &[CustomerOut],
        changed: &[CustomerOut],
    ) -> Result<()> {
        new.iter().chain(changed).for_each(|customer| {
            self.touched.remove(&customer.id);
        });
        customers::insert(tx, &self.kept(new)?).await?;
        customers::update(tx, &self.kept(changed)?).await?;
        let seen: Vec<_> = self.touched.iter().filter_map(|id| Some((*id, self.sightings.get(id)?))).collect();
        history::see(tx, &seen).await?;
        let recorded = history::recorded_at_once(tx, &self.entries).await?;
        without_known(&mut self.entries, recorded);
        history::record(tx, provenance, &self.entries).await
    }

    fn kept<'a>(&'a self, customers: &'a [CustomerOut]) -> Result<Vec<Kept<'a>>> {
        let unseen = || Error::internal("a customer is written of which nothing was noted");
        let kept = |customer: &'a CustomerOut| {
            Ok(Kept { customer, sightings: self.sightings.get(&customer.id).ok_or_else(unseen)? })
        };
        customers.iter().map(kept).collect()
    }
}

/// Records in the history that a customer got and lost ids in source systems. The customer must be locked.
///
/// # Errors
/// The database's.
pub(super) async fn external_ids_changed(
    tx: &TenantTx,
    id: CustomerId,
    added: &[ExternalId],
    removed: &[ExternalId],
) -> Result<()> {
    let (mut entries, now) = (Entries::default(), tx.now());
    added.iter().for_each(|external_id| entries.external_id_added(external_id, now));
    removed.iter().for_each(|external_id| entries.external_id_removed(external_id, now));
    let entries: Vec<_> = entries.into_list().into_iter().map(|entry| (id, entry)).collect();
    history::record(tx, Provenance::of(tx.actor()), &entries).await
}

/// Records in the histories that customers, which must be locked or new, got ids in source systems.
pub(super) async fn external_ids_added(
    tx: &TenantTx,
    provenance: Provenance,
    added: &[(ExternalId, CustomerId)],
) -> Result<()> {
    let (mut entries, now): (BTreeMap<CustomerId, Entries>, _) = (BTreeMap::new(), tx.now());
    for (external_id, id) in added {
        entries.entry(*id).or_default().external_id_added(external_id, now);
    }
    let of_one = |(id, entries): (CustomerId, Entries)| entries.into_list().into_iter().map(move |entry| (id, entry));
    history::record(tx, provenance, &entries.into_iter().flat_map(of_one).collect::<Vec<_>>()).await
}

/// Has a customer, which stands written, take over the history of another that becomes one with it; both must be locked.
/// What the survivor is, is stated as of now: the facts of both, mixed, say what was known before.
pub(super) async fn take_over(
    tx: &TenantTx,
    provenance: Provenance,
    gone: CustomerId,
    survivor: &CustomerOut,
) -> Result<()> {
    history::move_entries(tx, gone, survivor.id).await?;
    let mut seen = history::sightings(tx, &[gone, survivor.id]).await?;
    let mut sightings = seen.remove(&survivor.id).unwrap_or_default();
    sightings.join(seen.remove(&gone).unwrap_or_default());
    let held = potentials::of_customers(tx, &[survivor.id]).await?;
    let held = held.into_iter().map(|(_, p)| (format!("{POTENTIAL}{}", p.category), json!(p.yearly_amount)));
    let mut entries = Entries::default();
    sightings.state(fields_of(survivor).into_iter().chain(held).collect(), Moment::new(None, tx.now()), &mut entries);
    history::see(tx, &[(survivor.id, &sightings)]).await?;
    let entries: Vec<_> = entries.into_list().into_iter().map(|entry| (survivor.id, entry)).collect();
    history::record(tx, provenance, &entries).await
}

/// One page of a customer's changes, the latest observed first; those of whoever became one with it have moved to it.
///
/// # Errors
/// `forbidden`, `not_found`; `invalid_input` for a foreign cursor.
pub(in crate::dossiers) async fn timeline(
    tx: &TenantTx,
    id: CustomerId,
    filter: &TimelineFilter,
    page: &PageRequest,
) -> Result<Slice<CustomerChangeOut>> {
    let customer = super::customers::customer(tx, id).await?;
    timeline::page(tx, customer.id, filter, page).await
}

/// The latest changes of each of these customers, at most so many of each.
///
/// # Errors
/// `forbidden`; the database's.
pub(in crate::dossiers) async fn latest_changes(
    tx: &TenantTx,
    ids: &[CustomerId],
    most: i64,
) -> Result<HashMap<CustomerId, Vec<CustomerChangeOut>>> {
    tx.require(Permission::CustomersRead)?;
    timeline::latest(tx, ids, most).await
}
