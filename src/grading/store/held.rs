//! Loading a book to try scales on, and telling whether it is still true.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::facts::{BookReader, judged};
use crate::error::{Error, Result};
use crate::grading::held_book::{Columns, HeldBook, HeldCustomer};
use crate::grading::{Known, Needs, Selection};
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, Month, SalespersonId, ScaleId};

/// Changes whenever somebody has written what a book is made of; as long as it is the same, so are the data. One small
/// statement over an index.
pub(in crate::grading) async fn data_version(tx: &TenantTx) -> Result<String> {
    let version = sqlx::query_scalar(
        "select concat_ws('/', count(*), max(transaction), sum(transaction)) from tenant_writes where tenant_id = $1",
    )
    .bind(tx.tenant().0)
    .fetch_one(&mut *tx.conn().await?)
    .await?;
    Ok(version)
}

/// Loads a selection of customers with what these columns ask for, where the book takes at most so many bytes: what it will
/// take is told from the number of customers before anything of them is read, and looked at again as texts come in. Beside
/// the book itself there is one batch of what is read.
///
/// # Errors
/// `invalid_input` for a book that is larger.
pub(in crate::grading) async fn load_book(
    tx: &TenantTx,
    columns: &Columns,
    (scale, as_of): (ScaleId, Month),
    selection: &Selection,
    most_bytes: usize,
) -> Result<HeldBook> {
    // The cells of the matrix show net and margin, whatever the scale reads.
    let needs = Needs { figures: true, ..Needs::of(columns.factors(), columns.caps()) };
    let mut reader = BookReader::open(tx, (scale, needs, judged(columns.factors())), selection, as_of).await?;
    let customers = reader.customers(tx).await?;
    let refuse = || too_large(customers, columns.width(), most_bytes);
    if columns.size_for(customers) > most_bytes {
        return Err(refuse());
    }
    let mut book = HeldBook::new(columns.clone());
    book.reserve(customers);
    while let Some(batch) = reader.next(tx).await? {
        let batch = batch.decode()?;
        let mut names = names(tx, batch.known().map(|known| known.dossier.customer_id.0).collect()).await?;
        for known in batch.known() {
            let customer = names.remove(&known.dossier.customer_id).unwrap_or_default();
            book.push(held(customer, known), known);
        }
        if book.size() > most_bytes {
            return Err(refuse());
        }
    }
    Ok(book)
}

fn too_large(customers: usize, facts: usize, most_bytes: usize) -> Error {
    let mib = most_bytes / (1024 * 1024);
    let en = format!(
        "{customers} customers with {facts} facts each take more than the {mib} MiB that there are for trying scales. \
         Take a smaller selection, or have FENJI_TRIAL_MEMORY_MIB raised."
    );
    let zh = format!(
        "{customers} 个客户、每个 {facts} 项事实，超过试算可用的 {mib} MiB 内存。请缩小选择范围，或提高 FENJI_TRIAL_MEMORY_MIB。"
    );
    Error::invalid_at("/selection", "too_many", en, zh)
}

fn held((name, owner): (String, Option<SalespersonId>), known: Known<'_>) -> HeldCustomer {
    HeldCustomer {
        id: known.dossier.customer_id,
        external_id: known.dossier.external_id.clone(),
        name,
        owner,
        net: known.figures.map(|figures| figures.revenue_l12).unwrap_or_default(),
        // Who bought nothing gave no margin; that is known.
        margin: match known.figures {
            Some(figures) if figures.orders_l12 > 0 => figures.gross_margin_l12.ok(),
            _ => Some(Decimal::ZERO),
        },
    }
}

async fn names(tx: &TenantTx, customers: Vec<Uuid>) -> Result<BTreeMap<CustomerId, (String, Option<SalespersonId>)>> {
    let rows: Vec<(Uuid, String, Option<Uuid>)> = sqlx::query_as(
        "select id, name, owner_id from customers where tenant_id = $1 and id = any(array(select unnest($2::uuid[])))",
    )
    .bind(tx.tenant().0)
    .bind(customers)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(rows.into_iter().map(|(id, name, owner)| (CustomerId(id), (name, owner.map(SalespersonId)))).collect())
}
