//! Customers as files name them: a row may also say under which ids other systems know the customer.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::MaybeUndefined;

use super::history::external_ids_added;
use super::upsert::{check_system, upsert_customers};
use crate::dossiers::change::{LONGEST_NAME, problems_of};
use crate::dossiers::provenance::Provenance;
use crate::dossiers::store::customers;
use crate::dossiers::wire::{CustomerUpsert, DEFAULT_SYSTEM, ExternalId};
use crate::error::{FieldProblem, Problems, Result};
use crate::intake::{Outcome, RowOutcome, Sifted};
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
}

/// Creates or changes customers as a file names them, in the rows' order. Answers one outcome a row. Checks no permission
/// and writes no audit entry: the caller does both.
///
/// # Errors
/// The database's.
pub async fn upsert_customers_of_file(
    tx: &TenantTx,
    rows: &[CustomerFileRow],
    provenance: Provenance,
) -> Result<Vec<RowOutcome>> {
    let mut owners = Owners::find(tx, rows).await?;
    let sifted = Sifted::new(rows.iter().map(|row| Ok((owners.checked(row)?, &row.external_ids))).collect());
    let (taken, refused) = sifted.into_parts();
    let (upserts, ids): (Vec<CustomerUpsert>, Vec<_>) = taken.into_iter().unzip();
    let mut outcomes = if upserts.is_empty() {
        Vec::new()
    } else {
        upsert_customers(tx, DEFAULT_SYSTEM, &upserts, provenance).await?
    };
    let mut new = Vec::new();
    let mut touched = BTreeSet::new();
    for (outcome, ids) in outcomes.iter_mut().zip(ids) {
        let Some(customer) = outcome.id.map(CustomerId) else { continue };
        for id in ids {
            if owners.stored.insert(id.clone(), customer).is_none() {
                new.push((id.clone(), customer));
                if outcome.outcome != Outcome::Created {
                    touched.insert(customer);
                    outcome.outcome = Outcome::Updated;
                }
            }
        }
    }
    customers::add_external_ids(tx, &new).await?;
    external_ids_added(tx, provenance, &new).await?;
    if !touched.is_empty() {
        customers::touch(tx, &touched.into_iter().collect::<Vec<_>>()).await?;
    }
    Ok(refused.merge(outcomes))
}

impl<'a> Owners<'a> {
    async fn find(tx: &TenantTx, rows: &[CustomerFileRow]) -> Result<Self> {
        let names: Vec<String> = rows.iter().map(|row| row.customer.external_id.clone()).collect();
        let parents: BTreeSet<String> = rows.iter().filter_map(|row| row.parent.value().cloned()).collect();
        let ids: Vec<ExternalId> = rows.iter().flat_map(|row| row.external_ids.iter().cloned()).collect();
        let own = if ids.is_empty() {
            BTreeMap::new()
        } else {
            customers::ids_by_external_id(tx, DEFAULT_SYSTEM, &names).await?
        };
        Ok(Self {
            own,
            parents: customers::ids_by_external_id(tx, DEFAULT_SYSTEM, &parents.into_iter().collect::<Vec<_>>())
                .await?,
            stored: customers::owners_of(tx, &ids).await?,
            claimed: BTreeMap::new(),
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
            let is_others = match self.stored.get(id) {
                Some(owner) => self.own.get(name) != Some(owner),
                None => *self.claimed.entry(id).or_insert(name) != name,
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
