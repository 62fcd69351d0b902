//! From rows of a file to what the capabilities take, and what they answer.
//!
//! A column that the file lacks says nothing about a value, nor does a blank field, where blanks do not empty.

mod dossiers;
mod finance;
mod judgements;
mod names;
mod owners;
mod sales;

use super::blanks::Said;
use super::{Batch, Blanks, Header, ImportMapping, ImportRow, Numbered, PaymentIds, UnknownOwner};
use crate::dossiers::{DEFAULT_SYSTEM, Provenance};
use crate::error::{FieldProblem, Result};
use crate::intake::{Refused, RowOutcome, Sifted};
use crate::sales::StagedRows;
use crate::tenancy::TenantTx;
use crate::tenants;
use crate::values::{Currency, ImportId};

/// Where the rows of a file come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// The system whose ids they give customers.
    pub(super) system: String,
    /// What is done with a customer whose owner nobody is.
    pub(super) unknown_owner: UnknownOwner,
    /// What is done where a field is blank.
    pub(super) blanks: Blanks,
}

impl Origin {
    /// Of a file without a mapping, or with one.
    pub(super) fn of(mapping: Option<&ImportMapping>, blanks: Blanks) -> Self {
        let system = mapping.and_then(|mapping| mapping.system.as_deref()).unwrap_or(DEFAULT_SYSTEM).to_owned();
        Self { system, unknown_owner: mapping.map(|mapping| mapping.unknown_owner).unwrap_or_default(), blanks }
    }
}

/// On which terms rows are taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms<'a> {
    /// Where they come from.
    pub origin: &'a Origin,
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
    fn upsert(&self, said: Said<'_>, base: Currency) -> Result<Self::Upsert, Vec<FieldProblem>>;

    /// The part of taking rows that need not wait until the rows before them are stored: nothing, where a kind says
    /// nothing else.
    fn stage(
        _tx: &TenantTx,
        _terms: Terms<'_>,
        rows: Vec<Self::Upsert>,
    ) -> impl Future<Output = Result<Ready<Self::Upsert>>> + Send {
        async { Ok(Ready::Rows(rows)) }
    }

    /// Has the capability take rows; one outcome a row, in their order.
    fn store(
        tx: &TenantTx,
        terms: Terms<'_>,
        rows: Vec<Self::Upsert>,
    ) -> impl Future<Output = Result<Vec<RowOutcome>>> + Send;

    /// Remembers what must wait until the whole file is in.
    fn keep(
        _tx: &TenantTx,
        _origin: &Origin,
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

/// Rows that can be stored.
pub(super) enum Ready<U> {
    /// As the capability takes them.
    Rows(Vec<U>),
    /// In the database already, waiting for their turn.
    Staged(StagedRows),
}

/// A batch between its two parts: made ready, and stored.
pub(super) struct Loading<'a, U> {
    terms: Terms<'a>,
    ready: Ready<U>,
    refused: Refused,
}

/// Makes the rows of a batch ready.
///
/// # Errors
/// The capability's, where it takes none of them.
pub(super) async fn stage<'a, T: LoadRow>(
    tx: &TenantTx,
    origin: &'a Origin,
    import: ImportId,
    batch: &Batch<T>,
) -> Result<Loading<'a, T::Upsert>> {
    let base = tenants::current(tx).await?.base_currency;
    let terms = Terms { origin, base, provenance: Provenance::import(import) };
    let said = |numbered: &Numbered<T>| numbered.row.upsert(Said::new(&numbered.record, origin.blanks), base);
    let rows = batch.rows.iter().map(said).collect();
    let (taken, refused) = Sifted::new(rows).into_parts();
    Ok(Loading { terms, ready: T::stage(tx, terms, taken).await?, refused })
}

/// Stores the rows of a batch that the same transaction has made ready; one outcome a row, in their order.
///
/// # Errors
/// The capability's, where it takes none of them.
pub(super) async fn store<T: LoadRow>(tx: &TenantTx, loading: Loading<'_, T::Upsert>) -> Result<Vec<RowOutcome>> {
    let stored = match loading.ready {
        Ready::Staged(rows) => rows.apply(tx).await?,
        Ready::Rows(rows) if rows.is_empty() => Vec::new(),
        Ready::Rows(rows) => T::store(tx, loading.terms, rows).await?,
    };
    Ok(loading.refused.merge(stored))
}
