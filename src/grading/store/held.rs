//! Loading a book to try scales on, and telling whether it is still true.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::facts::{BookReader, judged};
use crate::error::Result;
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

/// Loads a selection of customers with what these columns ask for.
pub(in crate::grading) async fn load_book(
    tx: &TenantTx,
    columns: &Columns,
    (scale, as_of): (ScaleId, Month),
    selection: &Selection,
) -> Result<HeldBook> {
    // The cells of the matrix show net and margin, whatever the scale reads.
    let needs = Needs { figures: true, ..Needs::of(columns.factors(), columns.caps()) };
    let mut reader = BookReader::open(tx, (scale, needs, judged(columns.factors())), selection, as_of).await?;
    let mut book = HeldBook::new(columns.clone());
    while let Some(batch) = reader.next(tx).await? {
        let mut names = names(tx, batch.known().map(|known| known.dossier.customer_id.0).collect()).await?;
        for known in batch.known() {
            let customer = names.remove(&known.dossier.customer_id).unwrap_or_default();
            book.push(held(customer, known), known);
        }
    }
    Ok(book)
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
