//! Contacts of customers: one by one, lists, and batches by external id.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::batch::{Items, take};
use super::customers::{customer, writable};
use super::draft::{Draft, to_write};
use super::upsert::check_system;
use crate::dossiers::change::{LONGEST_NAME, problems_of};
use crate::dossiers::store::{contacts, customers, locks, merge};
use crate::dossiers::wire::{ContactFilter, ContactIn, ContactOut, ContactPatch, ContactUpsert, DEFAULT_SYSTEM};
use crate::error::{Error, FieldProblem, Problems, Result};
use crate::intake::{BatchMode, BatchOut, Outcome, RowOutcome, check_observed_at};
use crate::paging::{PageRequest, Slice};
use crate::rest::Conditional;
use crate::tenancy::{Audited, Permission, TenantTx};
use crate::values::{ContactId, CustomerId};

/// Contacts of all customers that the actor sees.
///
/// # Errors
/// `forbidden`; `invalid_input` for an unknown order or a foreign cursor.
pub(in crate::dossiers) async fn list(
    tx: &TenantTx,
    filter: &ContactFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<ContactOut>> {
    tx.require(Permission::CustomersRead)?;
    contacts::page(tx, filter, sort, page).await
}

/// The contacts of one customer.
///
/// # Errors
/// `forbidden`, `not_found`; `invalid_input` for an unknown order or a foreign cursor.
pub(in crate::dossiers) async fn of_customer(
    tx: &TenantTx,
    id: CustomerId,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<ContactOut>> {
    let customer = customer(tx, id).await?;
    let filter = ContactFilter { customer_id: Some(customer.id), ..ContactFilter::default() };
    contacts::page(tx, &filter, sort, page).await
}

/// One contact.
///
/// # Errors
/// `forbidden`, `not_found`.
pub(in crate::dossiers) async fn contact(tx: &TenantTx, id: ContactId) -> Result<ContactOut> {
    tx.require(Permission::CustomersRead)?;
    stored(tx, id).await
}

/// Creates a contact of a customer.
///
/// # Errors
/// `forbidden`, `not_found` for an unknown customer, `invalid_input`, and `conflict` where the external id is taken.
pub(in crate::dossiers) async fn create(tx: &TenantTx, customer: CustomerId, new: &ContactIn) -> Result<ContactOut> {
    tx.require(Permission::CustomersWrite)?;
    let named = named(new);
    if named.is_some() {
        locks::lock(tx, locks::CONTACTS).await?;
    }
    let customer = writable(tx, customer).await?;
    let unknown = ContactOut::unknown(tx.new_id(), customer.id, named, tx.now());
    let mut problems = Problems::new();
    check_name(&unknown, &mut problems);
    let contact = new.patch().apply_to(&unknown).unwrap_or_else(|found| {
        found.into_iter().for_each(|problem| problems.push(problem));
        unknown
    });
    problems.into_result()?;
    if let (Some(system), Some(external_id)) = (&contact.system, &contact.external_id)
        && !contacts::lock_by_external_ids(tx, system, std::slice::from_ref(external_id)).await?.is_empty()
    {
        let en = format!("The external id {external_id} of {system} is another contact's.");
        return Err(Error::conflict(en, format!("{system} 中的外部编号 {external_id} 已属于其他联系人。")));
    }
    let id = contact.id;
    contacts::put(tx, &[contact]).await?;
    let after = stored(tx, id).await?;
    tx.audit::<(), _>("contact.created", "contact", id, None, Some(&after)).await?;
    Ok(after)
}

/// Changes a contact.
///
/// # Errors
/// `forbidden`, `not_found`, `invalid_input`, and `precondition_failed` where it is no longer the expected version.
pub(in crate::dossiers) async fn update(
    tx: &TenantTx,
    id: ContactId,
    patch: &ContactPatch,
    expected: impl Conditional,
) -> Result<ContactOut> {
    tx.require(Permission::CustomersWrite)?;
    let before = with_customer_locked(tx, id).await?;
    expected.check(before.version)?;
    let changed = patch.apply_to(&before).map_err(Error::invalid)?;
    if changed == before {
        return Ok(before);
    }
    contacts::put(tx, &[changed]).await?;
    let after = stored(tx, id).await?;
    tx.audit("contact.updated", "contact", id, Some(&before), Some(&after)).await?;
    Ok(after)
}

/// Deletes a contact; what it was.
///
/// # Errors
/// `forbidden`, `not_found`, and `precondition_failed` where it is no longer the expected version.
pub(in crate::dossiers) async fn delete(
    tx: &TenantTx,
    id: ContactId,
    expected: impl Conditional,
) -> Result<ContactOut> {
    tx.require(Permission::CustomersWrite)?;
    let before = with_customer_locked(tx, id).await?;
    expected.check(before.version)?;
    contacts::delete(tx, id).await?;
    tx.audit::<_, ()>("contact.deleted", "contact", id, Some(&before), None).await?;
    Ok(before)
}

/// Creates or changes many contacts by their external ids.
///
/// # Errors
/// `forbidden`, `invalid_input` for a system that is none, and where it is atomic and an item is refused.
pub(in crate::dossiers) async fn batch(
    tx: &TenantTx,
    system: &str,
    mode: BatchMode,
    items: Items<ContactUpsert>,
) -> Result<BatchOut> {
    tx.require(Permission::CustomersWrite)?;
    let upsert = async |rows: &[ContactUpsert]| upsert_contacts(tx, system, rows).await;
    take(tx, ("contact.batch_upserted", "contact"), mode, items, upsert).await
}

/// At most so many contacts of each of these customers, for the edges of customers. No permission of its own.
///
/// # Errors
/// The database's.
pub(in crate::dossiers) async fn of_customers(
    tx: &TenantTx,
    customers: &[CustomerId],
    most: i64,
) -> Result<BTreeMap<CustomerId, Vec<ContactOut>>> {
    let mut found = BTreeMap::<CustomerId, Vec<ContactOut>>::new();
    for contact in contacts::of_customers(tx, customers, most).await? {
        found.entry(contact.customer_id).or_default().push(contact);
    }
    Ok(found)
}

/// Creates or changes contacts by their external ids in a system, in the rows' order; their customers are named in the
/// same system. Answers one outcome a row; a refused row takes nothing with it, and one that was observed before what is
/// stored changes nothing. Each contact that changes has an audit entry. Checks no permission: the caller does.
///
/// # Errors
/// `invalid_input` where the system's name is not valid; the database's.
pub async fn upsert_contacts(tx: &TenantTx, system: &str, rows: &[ContactUpsert]) -> Result<Vec<RowOutcome>> {
    let mut problems = Problems::new();
    check_system("/system", system, &mut problems);
    problems.into_result()?;
    merge::hold_identities(tx).await?;
    locks::lock(tx, locks::CONTACTS).await?;
    let distinct = |names: BTreeSet<&String>| names.into_iter().cloned().collect::<Vec<String>>();
    let of = distinct(rows.iter().map(|row| &row.customer_external_id).collect());
    let customers = customers::ids_by_external_id(tx, system, &of).await?;
    let ids: Vec<CustomerId> = customers.values().copied().collect::<BTreeSet<_>>().into_iter().collect();
    customers::lock_by_ids(tx, &ids).await?;
    let names = distinct(rows.iter().map(|row| &row.external_id).collect());
    let stored = contacts::lock_by_external_ids(tx, system, &names).await?;
    let moments = contacts::moments(tx, &stored.iter().map(|contact| contact.id).collect::<Vec<_>>()).await?;
    let before: BTreeMap<ContactId, ContactOut> = stored.iter().map(|contact| (contact.id, contact.clone())).collect();
    let drafts = stored.into_iter().filter_map(|c| Some((c.external_id.clone()?, Draft::stored(c)))).collect();
    let mut book = Book { system, customers, drafts, moments, seen: BTreeMap::new() };
    let outcomes = rows.iter().map(|row| book.take(tx, row)).collect();
    let (new, changed) = to_write(book.drafts.into_values());
    contacts::put(tx, &[&new[..], &changed[..]].concat()).await?;
    contacts::see(tx, &book.seen).await?;
    let created = new.iter().map(|contact| Audited::created(contact.id, contact)).collect::<Result<Vec<_>>>()?;
    tx.audit_all("contact.created", "contact", created).await?;
    let changed = changed.into_iter().map(|contact| {
        let after = ContactOut { version: contact.version + 1, updated_at: tx.now(), ..contact };
        Audited::changed(after.id, &before.get(&after.id), &after)
    });
    tx.audit_all("contact.updated", "contact", changed.collect::<Result<Vec<_>>>()?).await?;
    Ok(outcomes)
}

/// The contacts that rows of one system name, and the customers.
struct Book<'a> {
    system: &'a str,
    customers: BTreeMap<String, CustomerId>,
    drafts: BTreeMap<String, Draft<ContactOut>>,
    /// When contacts were observed.
    moments: BTreeMap<ContactId, DateTime<Utc>>,
    /// Of those that rows saw, when that was.
    seen: BTreeMap<ContactId, DateTime<Utc>>,
}

impl Book<'_> {
    fn take(&mut self, tx: &TenantTx, row: &ContactUpsert) -> RowOutcome {
        let mut problems = Problems::new();
        check_observed_at(&mut problems, row.observed_at, tx.now());
        problems.text("/external_id", &row.external_id, LONGEST_NAME);
        let customer = self.customers.get(&row.customer_external_id).copied();
        if customer.is_none() {
            let en = "There is no customer with this external id.";
            problems.add("/customer_external_id", "unknown_reference", en, "没有该外部编号的客户。");
        }
        let mut problems: Vec<FieldProblem> = problems_of(problems).err().unwrap_or_default();
        let draft = self.drafts.get(&row.external_id);
        let base = draft.and_then(|draft| draft.now.clone()).unwrap_or_else(|| {
            let named = Some((self.system.to_owned(), row.external_id.clone()));
            ContactOut::unknown(tx.new_id(), CustomerId(uuid::Uuid::nil()), named, tx.now())
        });
        match (row.patch().apply_to(&base), customer) {
            (Ok(_), Some(_)) if problems.is_empty() && self.is_late(base.id, row.observed_at) => {
                RowOutcome::taken(Outcome::Unchanged, base.id.0)
            }
            (Ok(next), Some(customer)) if problems.is_empty() => {
                let outcome = self.keep(row, ContactOut { customer_id: customer, ..next });
                self.note(base.id, row.observed_at, &outcome, tx.now());
                outcome
            }
            (outcome, _) => {
                problems.extend(outcome.err().unwrap_or_default());
                RowOutcome::refused(problems)
            }
        }
    }

    fn is_late(&self, id: ContactId, observed_at: Option<DateTime<Utc>>) -> bool {
        observed_at.zip(self.moments.get(&id)).is_some_and(|(at, known)| at < *known)
    }

    /// A row that says nothing of when, and nothing new, leaves the moment as it is.
    fn note(&mut self, id: ContactId, observed_at: Option<DateTime<Utc>>, outcome: &RowOutcome, now: DateTime<Utc>) {
        if let Some(at) = observed_at {
            self.moments.insert(id, at);
            self.seen.insert(id, at);
        } else if outcome.outcome != Outcome::Unchanged {
            let at = self.moments.get(&id).map_or(now, |known| now.max(*known));
            self.moments.insert(id, at);
            self.seen.insert(id, at);
        }
    }

    /// Of a customer's contacts the last that a row makes primary is.
    fn keep(&mut self, row: &ContactUpsert, next: ContactOut) -> RowOutcome {
        if next.is_primary {
            let led = self.drafts.values_mut().filter_map(|draft| draft.now.as_mut());
            led.filter(|other| other.customer_id == next.customer_id && other.id != next.id)
                .for_each(|other| other.is_primary = false);
        }
        let id = next.id.0;
        let draft = self.drafts.entry(row.external_id.clone()).or_insert_with(Draft::absent);
        RowOutcome::taken(draft.take(next), id)
    }
}

/// The contact, locked after its customer, so that writers of one customer's contacts follow one another.
async fn with_customer_locked(tx: &TenantTx, id: ContactId) -> Result<ContactOut> {
    let contact = stored(tx, id).await?;
    customers::lock_by_ids(tx, &[contact.customer_id]).await?;
    contacts::lock_by_id(tx, id).await?.ok_or_else(Error::not_found)
}

async fn stored(tx: &TenantTx, id: ContactId) -> Result<ContactOut> {
    contacts::by_id(tx, id).await?.ok_or_else(Error::not_found)
}

fn named(new: &ContactIn) -> Option<(String, String)> {
    let system = || new.system.clone().unwrap_or_else(|| DEFAULT_SYSTEM.to_owned());
    match &new.external_id {
        Some(external_id) => Some((system(), external_id.clone())),
        // A system without an id: the id's check says so.
        None => new.system.clone().map(|system| (system, String::new())),
    }
}

fn check_name(contact: &ContactOut, problems: &mut Problems) {
    if let (Some(system), Some(external_id)) = (&contact.system, &contact.external_id) {
        check_system("/system", system, problems);
        problems.text("/external_id", external_id, LONGEST_NAME);
    }
}
