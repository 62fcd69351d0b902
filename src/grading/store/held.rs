//! Loading a book to try scales on, and telling whether it is still true.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::facts::{dossiers, figures, judgements};
use super::selected::selected;
use crate::dossiers::upkeep_for;
use crate::error::Result;
use crate::grading::held_book::{Columns, HeldBook, HeldCustomer};
use crate::grading::{Judgements, Known, Needs, Selection};
use crate::metrics::finances_for;
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, Date, Month, SalespersonId, ScaleId};

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
    let needs = Needs::of(columns.factors(), columns.caps());
    let selected = selected(tx, selection, as_of).await?;
    let some = selected.as_deref();
    let dossiers = dossiers(tx, some).await?;
    // The cells of the matrix show net and margin, whatever the scale reads.
    let figures = figures(tx, as_of, some).await?;
    let finances = match needs.finances {
        true => Some(finances_for(&mut *tx.conn().await?, tx.tenant(), as_of, some).await?),
        false => None,
    };
    let day = Some(Date(as_of.last_day()));
    let upkeep = if needs.upkeep { upkeep_for(tx, day, some).await? } else { BTreeMap::new() };
    let judgements = if needs.judgements { judgements(tx, scale).await? } else { Judgements::new() };
    let mut names = names(tx).await?;
    let mut book = HeldBook::new(columns.clone());
    for dossier in &dossiers {
        let id = dossier.customer_id;
        let known = Known {
            dossier,
            figures: figures.get(&id),
            finances: finances.as_ref(),
            upkeep: upkeep.get(&id),
            judgements: judgements.get(&id),
        };
        let (name, owner) = names.remove(&id).unwrap_or_default();
        let own = figures.get(&id);
        let customer = HeldCustomer {
            id,
            external_id: dossier.external_id.clone(),
            name,
            owner,
            net: own.map(|figures| figures.revenue_l12).unwrap_or_default(),
            // Who bought nothing gave no margin; that is known.
            margin: match own {
                Some(figures) if figures.orders_l12 > 0 => figures.gross_margin_l12.ok(),
                _ => Some(Decimal::ZERO),
            },
        };
        book.push(customer, known);
    }
    Ok(book)
}

async fn names(tx: &TenantTx) -> Result<BTreeMap<CustomerId, (String, Option<SalespersonId>)>> {
    let rows: Vec<(Uuid, String, Option<Uuid>)> = sqlx::query_as(
        "select id, name, owner_id from customers where tenant_id = $1 and archived_at is null and merged_into is null",
    )
    .bind(tx.tenant().0)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(rows.into_iter().map(|(id, name, owner)| (CustomerId(id), (name, owner.map(SalespersonId)))).collect())
}
