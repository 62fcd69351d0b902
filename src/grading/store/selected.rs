//! Whom a selection takes.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::dossiers::{customers_by_external_id, customers_matching};
use crate::error::{Problems, Result};
use crate::grading::{ListedCustomers, Selection};
use crate::sales::statistics::{Amounts, Span, net_by_customer, smallest_set};
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, Month};

/// The customers of a selection; none for all of them.
pub(in crate::grading) async fn selected(
    tx: &TenantTx,
    selection: &Selection,
    as_of: Month,
) -> Result<Option<Vec<CustomerId>>> {
    match selection {
        Selection::All(all) if !all.without_lost => Ok(None),
        Selection::All(_) => {
            let ids: Vec<Uuid> =
                sqlx::query_scalar("select id from customers where tenant_id = $1 and stage <> 'lost'")
                    .bind(tx.tenant().0)
                    .fetch_all(&mut *tx.conn().await?)
                    .await?;
            Ok(Some(ids.into_iter().map(CustomerId).collect()))
        }
        Selection::Share(share) => {
            let span = Span::months(as_of.plus(-11), as_of);
            let nets = net_by_customer(&mut *tx.conn().await?, tx.tenant(), span, Amounts::Base).await?;
            Ok(Some(smallest_set(nets, share.share.0).into_iter().map(|customer| customer.customer_id).collect()))
        }
        Selection::Prospects(prospects) => prospect_ids(tx, prospects.newly_won_months, as_of).await.map(Some),
        Selection::Filter(filter) => customers_matching(tx, filter).await.map(Some),
        // Who has gone since it was asked for is no reason to grade nobody.
        Selection::List(list) => Ok(Some(listed(tx, list).await?.0.into_iter().collect())),
    }
}

/// The customers that are named, a customer that has become one with another as that other; and what is wrong with the
/// names that name nobody.
pub(in crate::grading) async fn listed(
    tx: &TenantTx,
    list: &ListedCustomers,
) -> Result<(BTreeSet<CustomerId>, Problems)> {
    let (mut found, mut problems) = (BTreeSet::new(), Problems::new());
    let ids: Vec<Uuid> = list.customer_ids.iter().map(|id| id.0).collect();
    let rows: Vec<(Uuid, Uuid)> =
        sqlx::query_as("select id, coalesce(merged_into, id) from customers where tenant_id = $1 and id = any($2)")
            .bind(tx.tenant().0)
            .bind(ids)
            .fetch_all(&mut *tx.conn().await?)
            .await?;
    let by_id: BTreeMap<Uuid, Uuid> = rows.into_iter().collect();
    for (i, id) in list.customer_ids.iter().enumerate() {
        match by_id.get(&id.0) {
            Some(survivor) => drop(found.insert(CustomerId(*survivor))),
            None => unknown(&mut problems, format!("/selection/list/customer_ids/{i}")),
        }
    }
    let mut systems = BTreeMap::<&str, Vec<(usize, &String)>>::new();
    for (i, name) in list.external_ids.iter().enumerate() {
        systems.entry(&name.system).or_default().push((i, &name.external_id));
    }
    for (system, names) in systems {
        let asked: Vec<String> = names.iter().map(|(_, name)| (*name).clone()).collect();
        let known = customers_by_external_id(tx, system, &asked).await?;
        for (i, name) in names {
            match known.get(name) {
                Some(customer) => drop(found.insert(*customer)),
                None => unknown(&mut problems, format!("/selection/list/external_ids/{i}")),
            }
        }
    }
    Ok((found, problems))
}

fn unknown(problems: &mut Problems, pointer: String) {
    problems.add(pointer, "unknown_reference", "There is no such customer.", "没有该客户。");
}

/// Prospects, and those who bought first within so many months that end with `as_of`. Goods sent back are no purchase.
async fn prospect_ids(tx: &TenantTx, newly_won_months: i32, as_of: Month) -> Result<Vec<CustomerId>> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "select c.id from customers c
         where c.tenant_id = $1 and (c.stage = 'prospect' or ($2 > 0 and (
             select min(l.day) >= $3 from sales_lines l
             where l.tenant_id = $1 and l.customer_id = c.id and l.day <= $4 and l.base_net > 0)))",
    )
    .bind(tx.tenant().0)
    .bind(newly_won_months)
    .bind(as_of.plus(1 - newly_won_months).first_day())
    .bind(as_of.last_day())
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(ids.into_iter().map(CustomerId).collect())
}
