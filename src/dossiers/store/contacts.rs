//! Rows of contacts.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{Postgres, QueryBuilder, Row};
use uuid::Uuid;

use super::customers::containing;
use crate::dossiers::wire::{ContactFilter, ContactOut};
use crate::error::Result;
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::{ContactId, CustomerId};

const CONTACT: &str = "p.id, p.customer_id, p.system, p.external_id, p.name, p.position, p.email, p.phone, p.language, \
    p.is_primary, p.note, p.version, p.created_at, p.updated_at";

const NAME: SortKey = SortKey { name: "name", sql: "p.name", sql_type: "text" };
const CREATED_AT: SortKey = SortKey { name: "created_at", sql: "p.created_at", sql_type: "timestamptz" };
const UPDATED_AT: SortKey = SortKey { name: "updated_at", sql: "p.updated_at", sql_type: "timestamptz" };
const ID: SortKey = SortKey { name: "id", sql: "p.id", sql_type: "uuid" };

/// One page of the contacts that meet a filter.
pub(in crate::dossiers) async fn page(
    tx: &TenantTx,
    filter: &ContactFilter,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<ContactOut>> {
    let order = Order::parse(sort, "name", &[NAME, CREATED_AT, UPDATED_AT], ID)?;
    let mut sql = select();
    sql.push(", ");
    page.push_keys(&order, &mut sql);
    sql.push(" from contacts p where p.tenant_id = ").push_bind(tx.tenant().0);
    if let Some(customer) = filter.customer_id {
        // The id of a customer that has become one with another leads there.
        sql.push(" and p.customer_id = (select coalesce(c.merged_into, c.id) from customers c where c.tenant_id = ");
        sql.push_bind(tx.tenant().0).push(" and c.id = ").push_bind(customer.0).push(")");
    }
    if let Some(email) = &filter.email {
        sql.push(" and lower(p.email) = lower(").push_bind(email.clone()).push(")");
    }
    if let Some(q) = &filter.q {
        sql.push(" and p.name ilike ").push_bind(containing(q));
    }
    if let Some(external_id) = &filter.external_id {
        sql.push(" and p.external_id = ").push_bind(external_id.clone());
    }
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, contact)
}

/// At most so many contacts of each of these customers: the primary one first, then by name.
pub(in crate::dossiers) async fn of_customers(
    tx: &TenantTx,
    customers: &[CustomerId],
    most: i64,
) -> Result<Vec<ContactOut>> {
    let ids: Vec<Uuid> = customers.iter().map(|id| id.0).collect();
    let mut sql = QueryBuilder::new("select p.* from unnest(");
    sql.push_bind(ids).push("::uuid[]) as asked (id) cross join lateral (");
    sql.push("select ").push(CONTACT).push(" from contacts p where p.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and p.customer_id = asked.id order by p.is_primary desc, p.name, p.id limit ").push_bind(most);
    sql.push(") p");
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    rows.iter().map(contact).collect()
}

/// The contact with this id.
pub(in crate::dossiers) async fn by_id(tx: &TenantTx, id: ContactId) -> Result<Option<ContactOut>> {
    one(tx, id, "").await
}

/// The contact with this id, locked until the transaction ends.
pub(in crate::dossiers) async fn lock_by_id(tx: &TenantTx, id: ContactId) -> Result<Option<ContactOut>> {
    one(tx, id, " for update").await
}

async fn one(tx: &TenantTx, id: ContactId, lock: &'static str) -> Result<Option<ContactOut>> {
    let mut sql = select();
    sql.push(" from contacts p where p.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" and p.id = ").push_bind(id.0).push(lock);
    let row = sql.build().fetch_optional(&mut *tx.conn().await?).await?;
    row.as_ref().map(contact).transpose()
}

/// The contacts with these external ids in a system, in no order, locked until the transaction ends.
pub(in crate::dossiers) async fn lock_by_external_ids(
    tx: &TenantTx,
    system: &str,
    external_ids: &[String],
) -> Result<Vec<ContactOut>> {
    let mut sql = select();
    sql.push(" from contacts p where p.tenant_id = (select ").push_bind(tx.tenant().0).push("::uuid)");
    sql.push(" and p.system = ").push_bind(system.to_owned());
    sql.push(" and p.external_id = any(").push_bind(external_ids.to_vec()).push(") order by p.id for update");
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    rows.iter().map(contact).collect()
}

/// When these contacts were observed; those of whom that is not known are not in it.
pub(in crate::dossiers) async fn moments(
    tx: &TenantTx,
    ids: &[ContactId],
) -> Result<BTreeMap<ContactId, DateTime<Utc>>> {
    let moments: Vec<(Uuid, DateTime<Utc>)> = sqlx::query_as(
        "select id, observed_at from contacts where tenant_id = (select $1::uuid) and id = any($2) and observed_at is not null",
    )
    .bind(tx.tenant().0)
    .bind(ids.iter().map(|id| id.0).collect::<Vec<_>>())
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(moments.into_iter().map(|(id, at)| (ContactId(id), at)).collect())
}

/// Notes when contacts, which are written, were observed; that counts as no change.
pub(in crate::dossiers) async fn see(tx: &TenantTx, seen: &BTreeMap<ContactId, DateTime<Utc>>) -> Result<()> {
    if seen.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "update contacts p set observed_at = s.at from unnest($2::uuid[], $3::timestamptz[]) s (id, at)
         where p.tenant_id = (select $1::uuid) and p.id = s.id and p.observed_at is distinct from s.at",
    )
    .bind(tx.tenant().0)
    .bind(seen.keys().map(|id| id.0).collect::<Vec<_>>())
    .bind(seen.values().copied().collect::<Vec<_>>())
    .execute(&mut *tx.conn().await?)
    .await?;
    Ok(())
}

/// Writes contacts, new ones and changed ones, each of which counts one change and is observed now. Their customers must be locked. Whoever
/// was primary where one of them is now no longer is.
pub(in crate::dossiers) async fn put(tx: &TenantTx, contacts: &[ContactOut]) -> Result<()> {
    if contacts.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = contacts.iter().map(|contact| contact.id.0).collect();
    let led: Vec<Uuid> = contacts.iter().filter(|c| c.is_primary).map(|contact| contact.customer_id.0).collect();
    let mut conn = tx.conn().await?;
    if !led.is_empty() {
        // Those that are written below count their change there.
        sqlx::query(
            "update contacts p
             set is_primary = false, version = case when p.id = any($4) then p.version else p.version + 1 end,
                 updated_at = $2
             where p.tenant_id = $1 and p.is_primary and (p.customer_id = any($3) or p.id = any($4))",
        )
        .bind(tx.tenant().0)
        .bind(tx.now())
        .bind(&led)
        .bind(&ids)
        .execute(&mut *conn)
        .await?;
    }
    sqlx::query(
        "insert into contacts as p (tenant_id, id, customer_id, system, external_id, name, position, email, phone,
             language, is_primary, note, created_at, updated_at, observed_at)
         select $1, r.id, r.customer_id, r.system, r.external_id, r.name, r.position, r.email, r.phone, r.language,
                r.is_primary, r.note, $2, $2, $2
         from jsonb_to_recordset($3) as r(id uuid, customer_id uuid, system text, external_id text, name text,
             position text, email text, phone text, language text, is_primary boolean, note text)
         on conflict (tenant_id, id) do update
         set customer_id = excluded.customer_id, name = excluded.name, position = excluded.position,
             email = excluded.email, phone = excluded.phone, language = excluded.language,
             is_primary = excluded.is_primary, note = excluded.note, version = p.version + 1, updated_at = $2,
             observed_at = greatest($2, p.observed_at)",
    )
    .bind(tx.tenant().0)
    .bind(tx.now())
    .bind(Json(contacts))
    .execute(&mut *conn)
    .await?;
    Ok(())
}

/// Takes out a contact.
pub(in crate::dossiers) async fn delete(tx: &TenantTx, id: ContactId) -> Result<()> {
    sqlx::query("delete from contacts where tenant_id = $1 and id = $2")
        .bind(tx.tenant().0)
        .bind(id.0)
        .execute(&mut *tx.conn().await?)
        .await?;
    Ok(())
}

fn select() -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("select ");
    sql.push(CONTACT);
    sql
}

fn contact(row: &PgRow) -> Result<ContactOut> {
    Ok(ContactOut {
        id: ContactId(row.try_get("id")?),
        customer_id: CustomerId(row.try_get("customer_id")?),
        system: row.try_get("system")?,
        external_id: row.try_get("external_id")?,
        name: row.try_get("name")?,
        position: row.try_get("position")?,
        email: row.try_get("email")?,
        phone: row.try_get("phone")?,
        language: row.try_get("language")?,
        is_primary: row.try_get("is_primary")?,
        note: row.try_get("note")?,
        version: row.try_get("version")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
    })
}
