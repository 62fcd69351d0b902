//! Use cases.

pub(super) mod mappings;

use std::time::Duration;

use bytes::Bytes;
use futures::stream::{self, Stream};
use tokio::io::AsyncRead;

use super::job::{KIND, Params};
use super::upload::{Chunks, body_of};
use super::{ImportErrorOut, ImportOut, ImportSettings, NewImport, RefusedRow, store};
use crate::error::{Error, Result};
use crate::jobs::{JobProgress, enqueue};
use crate::paging::{PageRequest, Slice};
use crate::tenancy::{Actor, Permission, TenantDb, TenantTx};
use crate::values::ImportId;

/// Errors that are read at a time for a report.
const REPORT_PAGE: i64 = 1_000;
/// How often a waiting caller looks at a job.
const POLL: Duration = Duration::from_millis(25);

/// Takes a file of any size in constant memory and asks for the job that loads it: all in one transaction, so that an
/// upload that breaks off leaves nothing.
///
/// The whole of it is here before the transaction begins, in a file without a name where it is larger than 1 MiB:
/// however slow a sender is, and however many there are, they hold no connection.
///
/// # Errors
/// `forbidden`; `invalid_input` for a wrong name; `payload_too_large`; the body's own.
pub async fn start_import(
    db: &TenantDb,
    actor: &Actor,
    new: &NewImport,
    settings: ImportSettings,
    body: impl Stream<Item = Result<Bytes>>,
) -> Result<ImportId> {
    actor.require(Permission::ImportsWrite)?;
    new.problems().into_result()?;
    let mut chunks = Chunks::new(body, settings.max_upload);
    let first = chunks.next().await?;
    let Some(file) = chunks.spool(&first).await? else {
        return db.write_long(actor, async |tx| take(tx, new, first, &mut chunks).await).await;
    };
    let mut chunks = Chunks::new(body_of(file), settings.max_upload);
    let first = chunks.next().await?;
    db.write_long(actor, async |tx| take(tx, new, first, &mut chunks).await).await
}

/// Takes a file that is in memory.
///
/// # Errors
/// As [`start_import`].
pub(super) async fn create(
    tx: &TenantTx,
    new: &NewImport,
    settings: ImportSettings,
    content: Bytes,
) -> Result<ImportOut> {
    tx.require(Permission::ImportsWrite)?;
    let mut chunks = Chunks::new(stream::iter([Ok(content)]), settings.max_upload);
    let first = chunks.next().await?;
    let id = take(tx, new, first, &mut chunks).await?;
    store::by_id(tx, id).await
}

async fn take<S: Stream<Item = Result<Bytes>>>(
    tx: &TenantTx,
    new: &NewImport,
    first: Option<Bytes>,
    chunks: &mut Chunks<S>,
) -> Result<ImportId> {
    new.problems().into_result()?;
    let id: ImportId = tx.new_id();
    let mapping = match &new.mapping {
        Some(code) => Some(mappings::named(tx, code.as_str(), new.kind).await?),
        None => None,
    };
    let (form, dry_run, blanks) = (new.form(), new.dry_run(), new.blanks());
    let params = Params { import: id, form, mapping, dry_run, blanks };
    let job = enqueue(tx, KIND, &params).await?;
    store::insert(tx, id, job, new).await?;
    let mut next = first;
    let mut seq = 0;
    while let Some(chunk) = next {
        store::insert_chunk(tx, id, seq, &chunk).await?;
        seq += 1;
        next = chunks.next().await?;
    }
    store::set_bytes(tx, id, i64::try_from(chunks.taken()).map_err(Error::internal)?).await?;
    let after = serde_json::json!({
        "kind": new.kind, "file_name": new.file_name, "mapping": new.mapping, "dry_run": new.dry_run(),
        "blanks": new.blanks(), "bytes": chunks.taken(),
    });
    tx.audit::<(), _>("import.created", "import", id, None, Some(&after)).await?;
    Ok(id)
}

/// Takes a file and waits until a worker, of this process or another, has loaded it; `progress` is told meanwhile.
///
/// # Errors
/// As [`start_import`]. A job that fails is no error here: the import tells.
pub async fn import_file(
    db: &TenantDb,
    actor: &Actor,
    new: &NewImport,
    settings: ImportSettings,
    file: impl AsyncRead + Unpin + Send,
    mut progress: impl FnMut(JobProgress),
) -> Result<ImportOut> {
    let id = start_import(db, actor, new, settings, body_of(file)).await?;
    loop {
        let import = db.read(actor, async |tx| import(tx, id).await).await?;
        progress(import.job.progress);
        if import.job.state.is_final() {
            return Ok(import);
        }
        tokio::time::sleep(POLL).await;
    }
}

/// One import.
///
/// # Errors
/// `not_found`, `forbidden`.
pub async fn import(tx: &TenantTx, id: ImportId) -> Result<ImportOut> {
    tx.require(Permission::ImportsWrite)?;
    store::by_id(tx, id).await
}

/// Imports, newest first.
///
/// # Errors
/// `forbidden`, and `invalid_input` for a foreign cursor.
pub(super) async fn list(tx: &TenantTx, page: &PageRequest) -> Result<Slice<ImportOut>> {
    tx.require(Permission::ImportsWrite)?;
    store::page(tx, page).await
}

/// Why rows of an import are not in, in the order of the file.
///
/// # Errors
/// `not_found`, `forbidden`, and `invalid_input` for a foreign cursor.
pub async fn import_errors(tx: &TenantTx, id: ImportId, page: &PageRequest) -> Result<Slice<ImportErrorOut>> {
    import(tx, id).await?;
    store::error_page(tx, id, page).await
}

/// The next part of the whole report, behind place `after` (0 at first), and the place where it ends; `None` at the
/// end. A part is a transaction of its own, so that a slow reader holds none.
///
/// # Errors
/// `not_found`, `forbidden`.
pub(super) async fn report_part(
    db: &TenantDb,
    actor: &Actor,
    id: ImportId,
    after: i64,
) -> Result<Option<(i64, Vec<ImportErrorOut>)>> {
    let errors = db
        .read(actor, async |tx| {
            import(tx, id).await?;
            store::errors_after(tx, id, after, REPORT_PAGE).await
        })
        .await?;
    let last = errors.last().map(|(seq, _)| *seq);
    Ok(last.map(|last| (last, errors.into_iter().map(|(_, error)| error).collect())))
}

/// The columns of an import's file, and whether it is NDJSON.
///
/// # Errors
/// `not_found`, `forbidden`.
pub(super) async fn refused_columns(db: &TenantDb, actor: &Actor, id: ImportId) -> Result<(Vec<String>, bool)> {
    db.read(actor, async |tx| {
        import(tx, id).await?;
        store::refused::columns(tx, id).await
    })
    .await
}

/// The next part of the refused rows behind line `after` (0 at first), in a transaction of its own; empty at the end.
///
/// # Errors
/// `not_found`, `forbidden`.
pub(super) async fn refused_part(db: &TenantDb, actor: &Actor, id: ImportId, after: i64) -> Result<Vec<RefusedRow>> {
    db.read(actor, async |tx| {
        import(tx, id).await?;
        store::refused::after(tx, id, after, REPORT_PAGE).await
    })
    .await
}
