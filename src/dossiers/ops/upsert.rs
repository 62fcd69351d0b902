//! Many rows by external id: new ones are created, changed ones updated, the others left alone.
//!
//! Rows are applied one after the other in memory, so that a later row sees what an earlier one of the same customer
//! did; then everything is written at once. The number of statements does not depend on the number of rows.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Draft, to_write};
use super::events;
use super::history::{Ledger, external_ids_added};
use crate::dossiers::change::{LONGEST_NAME, References, check_amount, problems_of};
use crate::dossiers::fields::POTENTIAL;
use crate::dossiers::observation::{Fact, Moment};
use crate::dossiers::provenance::Provenance;
use crate::dossiers::store::{customers, merge, potentials, references, salespeople};
use crate::dossiers::wire::{
    CustomerOut, CustomerPatch, CustomerUpsert, ExternalId, PotentialUpsert, PurchasePotential, SalespersonOut,
    SalespersonUpsert,
};
use crate::error::{Error, FieldProblem, Problems, Result};
use crate::intake::{Outcome, RowOutcome, check_observed_at};
use crate::rest::apply;
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, Exact, round_money};

/// The longest name of a source system, in characters.
const LONGEST_SYSTEM: usize = 63;

/// The customers that rows of one system name.
struct Book<'a> {
    system: &'a str,
    ids: BTreeMap<String, CustomerId>,
    drafts: BTreeMap<CustomerId, Draft<CustomerOut>>,
    ledger: Ledger,
    known: References,
    /// Ids that rows add to customers that were there before the row.
    added: Vec<(ExternalId, CustomerId)>,
}

/// Creates or changes customers by their external ids in a system, in the rows' order. Answers one outcome a row; a
/// refused row takes nothing with it. What each row says goes into the history, as from `provenance`; a row in which
/// everything is older than what is known leaves the customer `unchanged`. Checks no permission and writes no audit
/// entry: the caller does both.
///
/// # Errors
/// `invalid_input` where the system's name is not valid; the database's.
pub async fn upsert_customers(
    tx: &TenantTx,
    system: &str,
    rows: &[CustomerUpsert],
    provenance: Provenance,
) -> Result<Vec<RowOutcome>> {
    upsert_with_ids(tx, system, rows, &vec![[].as_slice(); rows.len()], provenance).await
}

/// The same of rows that also say under which ids other systems know their customers. The ids must be nobody else's: the
/// caller has looked, holding the identities and the creation of customers.
pub(super) async fn upsert_with_ids(
    tx: &TenantTx,
    system: &str,
    rows: &[CustomerUpsert],
    ids: &[&[ExternalId]],
    provenance: Provenance,
) -> Result<Vec<RowOutcome>> {
    let mut problems = Problems::new();
    check_system("/system", system, &mut problems);
    problems.into_result()?;
    let patches: Vec<CustomerPatch> = rows.iter().map(CustomerUpsert::patch).collect();
    let mut book = Book::open(tx, system, rows, &patches).await?;
    let said = rows.iter().zip(&patches).zip(ids);
    let outcomes = said.map(|((row, patch), ids)| book.take(tx, &row.external_id, patch, ids)).collect();
    let (mut new, changed) = to_write(book.drafts.into_values());
    give_free_names(tx, &mut new).await?;
    book.ledger.write(tx, provenance, &new, &changed).await?;
    let created: BTreeSet<CustomerId> = new.iter().map(|customer| customer.id).collect();
    let (_, to_add): (Vec<_>, Vec<_>) = book.added.iter().cloned().partition(|(_, id)| created.contains(id));
    customers::add_external_ids(tx, &to_add).await?;
    external_ids_added(tx, provenance, &book.added).await?;
    events::publish(tx, &new, &changed).await?;
    Ok(outcomes)
}

impl<'a> Book<'a> {
    /// What is stored of the customers that the rows name. Where one is new, nobody else can create it any more.
    async fn open(tx: &TenantTx, system: &'a str, rows: &[CustomerUpsert], patches: &[CustomerPatch]) -> Result<Self> {
        merge::hold_identities(tx).await?;
        let names = valid_names(rows.iter().map(|row| &row.external_id));
        let mut ids = customers::ids_by_external_id(tx, system, &names).await?;
        if ids.len() < names.len() {
            customers::lock_creation(tx).await?;
            ids = customers::ids_by_external_id(tx, system, &names).await?;
        }
        references::hold_parents(tx, &patches.iter().collect::<Vec<_>>()).await?;
        // Two external ids may be of one customer.
        let list: Vec<CustomerId> = ids.values().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let stored = customers::lock_by_ids(tx, &list).await?;
        let ledger = Ledger::open(tx, &stored.iter().map(|customer| customer.id).collect::<Vec<_>>()).await?;
        let drafts = stored.into_iter().map(|customer| (customer.id, Draft::stored(customer))).collect();
        let known = references::find(tx, &patches.iter().collect::<Vec<_>>()).await?;
        Ok(Self { system, ids, drafts, ledger, known, added: Vec::new() })
    }

    fn take(&mut self, tx: &TenantTx, external_id: &str, patch: &CustomerPatch, ids: &[ExternalId]) -> RowOutcome {
        let draft = self.ids.get(external_id).and_then(|id| self.drafts.get(id));
        let found = draft.and_then(|draft| draft.now.clone());
        let is_new = found.is_none();
        let mut base = found.unwrap_or_else(|| {
            let name = ExternalId { system: self.system.to_owned(), external_id: external_id.to_owned() };
            CustomerOut::unknown(tx.new_id(), vec![name], tx.now())
        });
        let ids: BTreeSet<&ExternalId> = ids.iter().filter(|id| !base.external_ids.contains(id)).collect();
        let ids: Vec<ExternalId> = ids.into_iter().cloned().collect();
        if is_new {
            add(&mut base.external_ids, &ids);
        }
        let mut problems = id_problems(external_id);
        match self.ledger.observe(tx.now(), patch, &base, &mut self.known) {
            Ok((mut next, noted)) if problems.is_empty() => {
                self.ledger.keep(base.id, noted);
                self.ids.insert(external_id.to_owned(), next.id);
                let of_this_system = ids.iter().filter(|id| id.system == self.system);
                self.ids.extend(of_this_system.map(|id| (id.external_id.clone(), next.id)));
                if !is_new {
                    add(&mut next.external_ids, &ids);
                    self.added.extend(ids.into_iter().map(|id| (id, next.id)));
                }
                let draft = self.drafts.entry(next.id).or_insert_with(Draft::absent);
                RowOutcome::taken(draft.take(next), base.id.0)
            }
            outcome => {
                problems.extend(outcome.err().unwrap_or_default());
                RowOutcome::refused(problems)
            }
        }
    }
}

/// Adds ids to those of a customer, which stay in their order.
fn add(to: &mut Vec<ExternalId>, ids: &[ExternalId]) {
    if !ids.is_empty() {
        to.extend(ids.iter().cloned());
        to.sort();
    }
}

/// New customers whose external id already names another one in reports (an id of another system) are named by their
/// own ids there.
pub(super) async fn give_free_names(tx: &TenantTx, new: &mut [CustomerOut]) -> Result<()> {
    let names: Vec<String> = new.iter().map(|customer| customer.external_id.clone()).collect();
    if names.is_empty() {
        return Ok(());
    }
    let taken: BTreeSet<String> = customers::taken_names(tx, &names).await?.into_iter().collect();
    for customer in new.iter_mut().filter(|customer| taken.contains(&customer.external_id)) {
        customer.external_id = customer.id.to_string();
    }
    Ok(())
}

/// Creates or changes salespeople by their external ids, in the rows' order, as [`upsert_customers`] does.
///
/// # Errors
/// The database's.
pub async fn upsert_salespeople(tx: &TenantTx, rows: &[SalespersonUpsert]) -> Result<Vec<RowOutcome>> {
    let names = valid_names(rows.iter().map(|row| &row.external_id));
    if salespeople::ids_by_external_id(tx, &names).await?.len() < names.len() {
        salespeople::lock_creation(tx).await?;
    }
    let stored = salespeople::lock_by_external_ids(tx, &names).await?;
    let mut drafts: BTreeMap<String, Draft<SalespersonOut>> =
        stored.into_iter().map(|person| (person.external_id.clone(), Draft::stored(person))).collect();
    let outcomes = rows.iter().map(|row| upsert_salesperson(tx, row, &mut drafts)).collect();
    let (new, changed) = to_write(drafts.into_values());
    salespeople::insert(tx, &new).await?;
    salespeople::update(tx, &changed).await?;
    Ok(outcomes)
}

fn upsert_salesperson(
    tx: &TenantTx,
    row: &SalespersonUpsert,
    drafts: &mut BTreeMap<String, Draft<SalespersonOut>>,
) -> RowOutcome {
    let mut problems = Problems::new();
    problems.text("/external_id", &row.external_id, LONGEST_NAME);
    problems.text("/name", &row.name, LONGEST_NAME);
    problems.optional_text("/territory", row.territory.value().map(String::as_str), LONGEST_NAME);
    if let Err(problems) = problems_of(problems) {
        return RowOutcome::refused(problems);
    }
    let draft = drafts.entry(row.external_id.clone()).or_insert_with(Draft::absent);
    let mut next = draft.now.clone().unwrap_or_else(|| SalespersonOut {
        id: tx.new_id(),
        external_id: row.external_id.clone(),
        name: String::new(),
        territory: None,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    });
    next.name.clone_from(&row.name);
    apply(&mut next.territory, row.territory.clone());
    let id = next.id.0;
    RowOutcome::taken(draft.take(next), id)
}

/// Sets purchase potentials by the customers' external ids in a system, in the rows' order; categories that no row names stay. The
/// id in an outcome is the customer's. What each row says goes into the customer's history, as from `provenance`. Checks
/// no permission and writes no audit entry: the caller does both.
///
/// # Errors
/// `invalid_input` where the system's name is not valid; the database's.
pub async fn upsert_purchase_potentials(
    tx: &TenantTx,
    system: &str,
    rows: &[PotentialUpsert],
    provenance: Provenance,
) -> Result<Vec<RowOutcome>> {
    let mut problems = Problems::new();
    check_system("/system", system, &mut problems);
    problems.into_result()?;
    merge::hold_identities(tx).await?;
    let names = valid_names(rows.iter().map(|row| &row.customer_external_id));
    let ids = customers::ids_by_external_id(tx, system, &names).await?;
    let list: Vec<CustomerId> = ids.values().copied().collect::<BTreeSet<_>>().into_iter().collect();
    customers::lock_by_ids(tx, &list).await?;
    let mut ledger = Ledger::open(tx, &list).await?;
    let mut drafts: BTreeMap<(CustomerId, String), Draft<Exact>> = potentials::of_customers(tx, &list)
        .await?
        .into_iter()
        .map(|(id, p)| ((id, p.category), Draft::stored(p.yearly_amount)))
        .collect();
    let outcomes = rows.iter().map(|row| upsert_potential(tx, row, &ids, &mut drafts, &mut ledger)).collect();
    let changed: Vec<(CustomerId, PurchasePotential)> = drafts
        .into_iter()
        .filter(|(_, draft)| draft.stored != draft.now)
        .filter_map(|((id, category), draft)| Some((id, PurchasePotential { category, yearly_amount: draft.now? })))
        .collect();
    if !changed.is_empty() {
        potentials::put(tx, &changed).await?;
        let touched: BTreeSet<CustomerId> = changed.iter().map(|(id, _)| *id).collect();
        let touched: Vec<CustomerId> = touched.into_iter().collect();
        customers::touch(tx, &touched).await?;
        events::publish_touched(tx, &touched).await?;
    }
    ledger.write(tx, provenance, &[], &[]).await?;
    Ok(outcomes)
}

fn upsert_potential(
    tx: &TenantTx,
    row: &PotentialUpsert,
    ids: &BTreeMap<String, CustomerId>,
    drafts: &mut BTreeMap<(CustomerId, String), Draft<Exact>>,
    ledger: &mut Ledger,
) -> RowOutcome {
    let mut problems = Problems::new();
    check_observed_at(&mut problems, row.observed_at, tx.now());
    problems.text("/category", &row.category, LONGEST_NAME);
    check_amount("/yearly_amount", row.yearly_amount.0, &mut problems);
    let customer = ids.get(&row.customer_external_id);
    if customer.is_none() {
        let en = "There is no customer with this external id.";
        problems.add("/customer_external_id", "unknown_reference", en, "没有该外部编号的客户。");
    }
    match (customer, problems_of(problems)) {
        (Some(id), Ok(())) => {
            let draft = drafts.entry((*id, row.category.clone())).or_insert_with(Draft::absent);
            let amount = Exact(round_money(row.yearly_amount.0));
            let field = format!("{POTENTIAL}{}", row.category);
            let fact = Fact { field, said: serde_json::json!(amount), stands: serde_json::json!(draft.now) };
            let is_news = ledger.note(*id, fact, Moment::new(row.observed_at, tx.now()));
            RowOutcome::taken(if is_news { draft.take(amount) } else { Outcome::Unchanged }, id.0)
        }
        (_, problems) => RowOutcome::refused(problems.err().unwrap_or_default()),
    }
}

/// Each name that can be an external id, once.
fn valid_names<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let names: BTreeSet<&String> = names.filter(|name| id_problems(name).is_empty()).collect();
    names.into_iter().cloned().collect()
}

/// Everything that is wrong with an external id.
fn id_problems(external_id: &str) -> Vec<FieldProblem> {
    let mut problems = Problems::new();
    problems.text("/external_id", external_id, LONGEST_NAME);
    problems_of(problems).err().unwrap_or_default()
}

/// The only outcome of one row, as an operation of its own: its problems are the operation's.
pub(super) fn only(outcomes: Vec<RowOutcome>) -> Result<RowOutcome> {
    match outcomes.into_iter().next() {
        Some(row) if row.problems.is_empty() => Ok(row),
        Some(row) => Err(Error::invalid(row.problems)),
        None => Err(Error::internal("a row without an outcome")),
    }
}

/// Checks a source system's name at `pointer`.
pub(super) fn check_system(pointer: &str, system: &str, problems: &mut Problems) {
    problems.text(pointer, system, LONGEST_SYSTEM);
}
