//! From rows of a file to what the capabilities take, and what they answer.
//!
//! A column that the file lacks says nothing about a value, a blank field says that there is none.

mod dossiers;
mod finance;
mod sales;

use async_graphql::MaybeUndefined;

use super::{Batch, Header, ImportRow, Numbered, PaymentIds};
use crate::dossiers::Provenance;
use crate::error::{FieldProblem, Result};
use crate::intake::{RowOutcome, Sifted};
use crate::tenancy::TenantTx;
use crate::tenants;
use crate::values::{Currency, ImportId};

/// On which terms rows are taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// The tenant's base currency.
    pub base: Currency,
    /// The import, as the histories of dossiers name it.
    pub provenance: Provenance,
}

/// A kind of row that a capability takes.
pub(super) trait LoadRow: ImportRow + Sync {
    /// What the capability takes.
    type Upsert: Send + Sync;

    /// Gives names to rows that have none of their own. It sees every row of a file once, from the first.
    fn name_rows(_rows: &mut [Numbered<Self>], _ids: &mut PaymentIds) {}

    /// The row as the capability takes it, in a tenant with this base currency; otherwise everything that speaks
    /// against it, at places of the capability's form.
    fn upsert(&self, header: &Header, base: Currency) -> Result<Self::Upsert, Vec<FieldProblem>>;

    /// Has the capability take rows; one outcome a row, in their order.
    fn store(
        tx: &TenantTx,
        terms: Terms,
        rows: Vec<Self::Upsert>,
    ) -> impl Future<Output = Result<Vec<RowOutcome>>> + Send;

    /// Remembers what must wait until the whole file is in.
    fn keep(
        _tx: &TenantTx,
        _import: ImportId,
        _batch: &Batch<Self>,
        _outcomes: &[RowOutcome],
    ) -> impl Future<Output = Result<()>> + Send {
        std::future::ready(Ok(()))
    }

    /// The file's column behind a field of the capability's form.
    fn column<'a>(_header: &Header, field: &'a str) -> &'a str {
        field
    }
}

/// Loads the rows of a batch; one outcome a row, in their order.
///
/// # Errors
/// The capability's, where it takes none of them.
pub(super) async fn load<T: LoadRow>(tx: &TenantTx, import: ImportId, batch: &Batch<T>) -> Result<Vec<RowOutcome>> {
    let base = tenants::current(tx).await?.base_currency;
    let terms = Terms { base, provenance: Provenance::import(import) };
    let rows = batch.rows.iter().map(|numbered| numbered.row.upsert(numbered.record.header(), base)).collect();
    let (taken, refused) = Sifted::new(rows).into_parts();
    let stored = if taken.is_empty() { Vec::new() } else { T::store(tx, terms, taken).await? };
    Ok(refused.merge(stored))
}

/// What a file says about a field: nothing where it lacks the column, none where the field is blank.
fn said<T>(header: &Header, column: &str, value: Option<T>) -> MaybeUndefined<T> {
    match value {
        Some(value) => MaybeUndefined::Value(value),
        None if header.has(column) => MaybeUndefined::Null,
        None => MaybeUndefined::Undefined,
    }
}
