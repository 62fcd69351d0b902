//! Use cases of scales that are taken out and in again.

use super::may_create;
use super::scales::{changing, insert};
use super::versions::{new_draft, replace};
use crate::error::{Error, FieldProblem, Result};
use crate::rest::Conditional;
use crate::scales::store::{self, NewScale};
use crate::scales::wire::{ScaleDocument, ScaleImportOut, ScaleVersionOut};
use crate::scales::{Problem, ScaleScope, VersionState, WorkbookProblems, read_workbook, validate};
use crate::tenancy::{Permission, TenantTx};
use crate::values::ScaleId;

/// A scale on its way in.
#[derive(Clone, Debug)]
pub(in crate::scales) enum Incoming {
    /// Read already.
    Document(Box<ScaleDocument>),
    /// A workbook as it came.
    Workbook(Vec<u8>),
}

/// On which terms a scale is taken.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::scales) struct ImportTerms {
    /// Keep a draft that has problems, as long as it can be read.
    pub(in crate::scales) allow_problems: bool,
    /// Check everything and keep nothing.
    pub(in crate::scales) dry_run: bool,
}

/// A version on its own.
///
/// # Errors
/// `forbidden`, `not_found`.
pub(in crate::scales) async fn document(tx: &TenantTx, id: ScaleId, number: i32) -> Result<ScaleDocument> {
    tx.require(Permission::ScalesRead)?;
    let scale = store::by_id(tx, id).await?;
    let version = store::version(tx, id, number).await?;
    Ok(ScaleDocument { code: scale.code, name: scale.name, purpose: scale.purpose, definition: version.definition })
}

/// Makes a new scale of what comes in; its version 1 is a draft.
///
/// # Errors
/// `forbidden`, `invalid_input` with everything that cannot be read or, unless problems are allowed, stands against
/// publishing it, and `conflict` where the code is taken.
pub(in crate::scales) async fn import_scale(
    tx: &TenantTx,
    incoming: Incoming,
    scope: ScaleScope,
    terms: ImportTerms,
) -> Result<ScaleImportOut> {
    may_create(tx, scope)?;
    let (document, problems) = read(tx, incoming, terms).await?;
    let ScaleDocument { code, name, purpose, definition } = document;
    let scale = insert(tx, NewScale { id: tx.new_id(), code, name, purpose, scope }, &definition).await?;
    Ok(ScaleImportOut { scale_version: store::version(tx, scale.id, 1).await?, problems })
}

/// Puts what comes in into the draft of a scale, or begins a draft with it. Code, name and purpose stay the scale's.
///
/// # Errors
/// As [`import_scale`], `not_found`, and `precondition_failed` where the draft has changed.
pub(in crate::scales) async fn import_version(
    tx: &TenantTx,
    id: ScaleId,
    incoming: Incoming,
    terms: ImportTerms,
    expected: impl Conditional,
) -> Result<ScaleImportOut> {
    let scale = changing(tx, id).await?;
    let draft = match scale.draft_version {
        Some(number) => Some(store::version(tx, id, number).await?).filter(|found| found.state == VersionState::Draft),
        None => None,
    };
    let (document, problems) = read(tx, incoming, terms).await?;
    let scale_version: ScaleVersionOut = match draft {
        Some(draft) => {
            expected.check(draft.revision)?;
            replace(tx, draft, &document.definition).await?
        }
        None => new_draft(tx, id, Some(&document.definition)).await?,
    };
    Ok(ScaleImportOut { scale_version, problems })
}

/// The document, and what stands against publishing it where that is allowed.
async fn read(tx: &TenantTx, incoming: Incoming, terms: ImportTerms) -> Result<(ScaleDocument, Vec<Problem>)> {
    if terms.dry_run {
        tx.discard();
    }
    let (document, problems) = match incoming {
        Incoming::Document(document) => {
            let problems = validate(&document.definition);
            let moved = |p: Problem| Problem { pointer: format!("/definition{}", p.pointer), ..p };
            (*document, problems.into_iter().map(moved).collect())
        }
        Incoming::Workbook(bytes) => {
            let read = tokio::task::spawn_blocking(move || read_workbook(&bytes)).await.map_err(Error::internal)?;
            read.map_err(|WorkbookProblems(problems)| Error::invalid(problems))?
        }
    };
    document.problems().into_result()?;
    if problems.is_empty() || terms.allow_problems {
        return Ok((document, problems));
    }
    Err(Error::invalid(problems.into_iter().map(FieldProblem::from).collect()))
}
