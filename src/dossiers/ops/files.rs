//! Customers as files name them: a row may also say under which ids other systems know the customer.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::MaybeUndefined;

use super::customers::MOST_EXTERNAL_IDS;
use super::upsert::{check_system, upsert_with_ids};
use crate::dossiers::change::{LONGEST_NAME, problems_of};
use crate::dossiers::provenance::Provenance;
use crate::dossiers::store::{customers, external_ids, merge};
use crate::dossiers::wire::{CustomerUpsert, ExternalId};
use crate::error::{FieldProblem, Problems, Result};
use crate::intake::{RowOutcome, Sifted};
use crate::tenancy::TenantTx;
use crate::values::CustomerId;

/// A customer of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerFileRow {
    /// What the row says of the customer itself; it names no parent.
    pub customer: CustomerUpsert,
    /// The name of its parent in files. One that is not there yet is left for later.
    pub parent: MaybeUndefined<String>,
    /// Ids of other systems, to be added to those that are there.
    pub external_ids: Vec<ExternalId>,
}

/// What external ids name, before a batch and while it is taken.
struct Owners<'a> {
    /// The customers of the rows, by their names in the file.
    own: BTreeMap<String, CustomerId>,
    parents: BTreeMap<String, CustomerId>,
    stored: BTreeMap<ExternalId, CustomerId>,
    /// Ids that nobody has yet, and the rows that claim them.
    claimed: BTreeMap<&'a ExternalId, &'a str>,
    /// How many ids customers have, stored ones and claimed ones, by their names in the file.
    counts: BTreeMap<&'a str, usize>,
}

/// Creates or changes customers as a file names them, by ids of `system`, in the rows' order. Answers one outcome a row. Checks no permission
/// and writes no audit entry: the caller does both.
///
/// # Errors
/// The database's.
pub async fn upsert_customers_of_file(
    tx: &TenantTx,
    system: &str,
    rows: &[CustomerFileRow],
    provenance: Provenance,
) -> Result<Vec<RowOutcome>> {
    // Before it is asked whose an id is, so that nobody else takes it meanwhile.
    merge::hold_identities(tx).await?;
    if rows.iter().any(|row| !row.external_ids.is_empty()) {
        customers::lock_creation(tx).await?;
    }
    let mut owners = Owners::find(tx, system, rows).await?;
    let checked = rows.iter().map(|row| Ok((owners.checked(row)?, row.external_ids.as_slice())));
    let (taken, refused) = Sifted::new(checked.collect()).into_parts();
    let (upserts, ids): (Vec<CustomerUpsert>, Vec<&[ExternalId]>) = taken.into_iter().unzip();
    let outcomes =
        if upserts.is_empty() { Vec::new() } else { upsert_with_ids(tx, system, &upserts, &ids, provenance).await? };
    Ok(refused.merge(outcomes))
}

impl<'a> Owners<'a> {
    async fn find(tx: &TenantTx, system: &str, rows: &'a [CustomerFileRow]) -> Result<Self> {
        let names: Vec<String> = rows.iter().map(|row| row.customer.external_id.clone()).collect();
        let parents: BTreeSet<String> = rows.iter().filter_map(|row| row.parent.value().cloned()).collect();
        let ids: Vec<ExternalId> = rows.iter().flat_map(|row| row.external_ids.iter().cloned()).collect();
        let own =
            if ids.is_empty() { BTreeMap::new() } else { customers::ids_by_external_id(tx, system, &names).await? };
        let counts = external_ids::counts(tx, &own.values().copied().collect::<Vec<_>>()).await?;
        let named = rows.iter().map(|row| row.customer.external_id.as_str());
        // Of a new customer there is the id that the file names it by.
        let counts = named.map(|name| (name, own.get(name).and_then(|id| counts.get(id)).copied().unwrap_or(1)));
        let counts = counts.collect();
        Ok(Self {
            own,
            parents: customers::ids_by_external_id(tx, system, &parents.into_iter().collect::<Vec<_>>()).await?,
            stored: customers::owners_of(tx, &ids).await?,
            claimed: BTreeMap::new(),
            counts,
        })
    }

    /// The row with its parent, where that is there; otherwise everything that speaks against its ids.
    fn checked(&mut self, row: &'a CustomerFileRow) -> Result<CustomerUpsert, Vec<FieldProblem>> {
        let name = row.customer.external_id.as_str();
        let mut problems = Problems::new();
        for id in &row.external_ids {
            let pointer = format!("/external_id.{}", id.system);
            check_system(&pointer, &id.system, &mut problems);
            problems.text(&pointer, &id.external_id, LONGEST_NAME);
            let count = self.counts.entry(name).or_insert(1);
            let is_others = match (self.stored.get(id), self.claimed.get(&id)) {
                (Some(owner), _) => self.own.get(name) != Some(owner),
                (None, Some(claimer)) => *claimer != name,
                (None, None) if *count >= MOST_EXTERNAL_IDS => {
                    let en = format!("At most {MOST_EXTERNAL_IDS} external ids.");
                    problems.add(&pointer, "too_many", en, format!("最多 {MOST_EXTERNAL_IDS} 个外部编号。"));
                    false
                }
                (None, None) => {
                    *count += 1;
                    self.claimed.insert(id, name);
                    false
                }
            };
            if is_others {
                let en = format!("The external id {} of {} is another customer's.", id.external_id, id.system);
                let zh = format!("{} 中的外部编号 {} 已属于其他客户。", id.system, id.external_id);
                problems.add(pointer, "conflict", en, zh);
            }
        }
        problems_of(problems)?;
        let parent_id = match &row.parent {
            MaybeUndefined::Undefined => MaybeUndefined::Undefined,
            MaybeUndefined::Null => MaybeUndefined::Null,
            MaybeUndefined::Value(name) => match self.parents.get(name) {
                Some(parent) => MaybeUndefined::Value(*parent),
                None => MaybeUndefined::Undefined,
            },
        };
        Ok(CustomerUpsert { parent_id, ..row.customer.clone() })
    }
}
