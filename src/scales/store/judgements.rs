//! Rows of judgements: the one that counts, and the latest of each member.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{QueryBuilder, Row};
use uuid::Uuid;

use super::code;
use crate::error::{Error, Result};
use crate::intake::Outcome;
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::sales::customers_by_external_id;
use crate::scales::wire::{JudgementFilter, JudgementIn, JudgementOut, MissingJudgements};
use crate::scales::{Purpose, Rating};
use crate::tenancy::TenantTx;
use crate::values::{Code, CustomerId, Exact, SalespersonId, ScaleId, ratio};

const CUSTOMER: SortKey = SortKey { name: "customer_external_id", sql: "c.external_id", sql_type: "text" };
const FACTOR: SortKey = SortKey { name: "factor_code", sql: "j.factor_code", sql_type: "text" };
const AUTHOR: SortKey = SortKey { name: "author", sql: "j.author", sql_type: "text" };

/// What it means where a member says again, without a time, what it has said before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scales) enum Repeats {
    /// That it is so now, where another member has said something else meanwhile.
    AreNews,
    /// Nothing, so that the same file twice changes nothing.
    AreNothing,
}

/// Those of the customers that the actor can see and that were not erased, each with whom it has become one with, or
/// itself; that stays so until the transaction ends.
pub(in crate::scales) async fn known_customers(
    tx: &TenantTx,
    asked: &BTreeSet<CustomerId>,
) -> Result<BTreeMap<CustomerId, CustomerId>> {
    let ids: Vec<Uuid> = asked.iter().map(|id| id.0).collect();
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "select id, coalesce(merged_into, id) from customers
         where tenant_id = (select $1::uuid) and id = any($2) and erased_at is null order by id for share",
    )
    .bind(tx.tenant().0)
    .bind(ids)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    Ok(rows.into_iter().map(|(id, survivor)| (CustomerId(id), CustomerId(survivor))).collect())
}

/// Customers by the external ids of a system, none of whom becomes one with another until the transaction ends.
pub(in crate::scales) async fn customers_named<'a>(
    tx: &TenantTx,
    system: &str,
    external_ids: impl Iterator<Item = &'a str>,
) -> Result<BTreeMap<String, CustomerId>> {
    let found = customers_by_external_id(tx, system, external_ids).await?;
    Ok(found.into_iter().map(|(external_id, id)| (external_id, CustomerId(id))).collect())
}

/// Writes judgements, no two of one customer, factor and member; the outcomes in their order.
///
pub(in crate::scales) async fn upsert_judgements(
    tx: &TenantTx,
    id: ScaleId,
    rows: &[&JudgementIn],
    repeats: Repeats,
) -> Result<Vec<Outcome>> {
    let factors: Vec<&str> = rows.iter().map(|row| row.factor_code.as_str()).collect();
    let customers: Vec<Uuid> = rows.iter().map(|row| row.customer_id.0).collect();
    let levels: Vec<&str> = rows.iter().map(|row| row.level.as_str()).collect();
    let notes: Vec<Option<&str>> = rows.iter().map(|row| row.note.as_deref()).collect();
    let sender = tx.actor().subject.as_str();
    let authors: Vec<&str> = rows.iter().map(|row| row.author.as_deref().unwrap_or(sender)).collect();
    let times: Vec<_> = rows.iter().map(|row| row.judged_at).collect();
    // A row that stays as it was is not returned. The first rating of a customer on a factor is new, whoever gives it.
    let written: Vec<(i64, bool)> = sqlx::query_as(
        "with r as (
             select x.place, x.factor_code, x.customer_id, x.author, x.level, x.note, f.level is null as is_first,
                    coalesce(x.judged_at, case when m.level = x.level and m.note is not distinct from x.note
                                                    and ($10 or f.author = x.author) then m.judged_at end,
                             $9) as judged_at
             from unnest($3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::timestamptz[]) with ordinality
                  as x (factor_code, customer_id, author, level, note, judged_at, place)
             left join judgements f on f.tenant_id = (select $1::uuid) and f.scale_id = $2 and f.factor_code = x.factor_code
                  and f.customer_id = x.customer_id
             left join member_judgements m on m.tenant_id = (select $1::uuid) and m.scale_id = $2 and m.factor_code = x.factor_code
                  and m.customer_id = x.customer_id and m.author = x.author),
         own as (
             insert into member_judgements as m
                 (tenant_id, scale_id, factor_code, customer_id, author, level, note, judged_at)
             select $1, $2, factor_code, customer_id, author, level, note, judged_at from r
             order by factor_code, customer_id, author
             on conflict (tenant_id, scale_id, factor_code, customer_id, author) do update
                 set level = excluded.level, note = excluded.note, judged_at = excluded.judged_at
                 where excluded.judged_at >= m.judged_at
                   and (m.level, m.note, m.judged_at) is distinct from (excluded.level, excluded.note, excluded.judged_at)
             returning m.factor_code, m.customer_id, m.author),
         counting as (
             insert into judgements as j
                 (tenant_id, scale_id, factor_code, customer_id, level, note, author, judged_at)
             select distinct on (factor_code, customer_id)
                    $1, $2, factor_code, customer_id, level, note, author, judged_at from r
             order by factor_code, customer_id, judged_at desc, place desc
             on conflict (tenant_id, scale_id, factor_code, customer_id) do update
                 set level = excluded.level, note = excluded.note, author = excluded.author, judged_at = excluded.judged_at
                 where excluded.judged_at >= j.judged_at
                   and (j.level, j.note, j.author, j.judged_at)
                       is distinct from (excluded.level, excluded.note, excluded.author, excluded.judged_at)
             returning j.factor_code, j.customer_id, j.author)
         select r.place, r.is_first
         from r left join own o using (factor_code, customer_id, author)
              left join counting c using (factor_code, customer_id, author)
         where o.author is not null or c.author is not null",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(&factors)
    .bind(&customers)
    .bind(&authors)
    .bind(&levels)
    .bind(&notes)
    .bind(&times)
    .bind(tx.now())
    .bind(repeats == Repeats::AreNothing)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    let written: BTreeMap<i64, bool> = written.into_iter().collect();
    let outcome = |place: i64| match written.get(&place) {
        Some(true) => Outcome::Created,
        Some(false) => Outcome::Updated,
        None => Outcome::Unchanged,
    };
    Ok((1i64..).zip(rows).map(|(place, _)| outcome(place)).collect())
}

/// Ratings by customer and factor, and of a list of every member's by member too.
pub(in crate::scales) async fn judgement_page(
    tx: &TenantTx,
    id: ScaleId,
    filter: &JudgementFilter,
    page: &PageRequest,
) -> Result<Slice<JudgementOut>> {
    let by = "customer_external_id,factor_code";
    let order = Order::parse(Some(by), by, &[CUSTOMER, FACTOR], AUTHOR)?;
    let mut sql = QueryBuilder::new(
        "select j.customer_id, c.external_id, c.name, j.factor_code, j.level, j.note, j.author, j.judged_at, ",
    );
    page.push_keys(&order, &mut sql);
    let table = if filter.every_member == Some(true) { "member_judgements" } else { "judgements" };
    sql.push(" from ").push(table).push(" j join customers c on c.tenant_id = j.tenant_id and c.id = j.customer_id");
    sql.push(" where j.tenant_id = ").push_bind(tx.tenant().0).push(" and j.scale_id = ").push_bind(id.0);
    if let Some(customer) = filter.customer_id {
        sql.push(" and j.customer_id = ").push_bind(customer.0);
    }
    if let Some(factor) = &filter.factor_code {
        sql.push(" and j.factor_code = ").push_bind(factor.as_str().to_owned());
    }
    if let Some(author) = &filter.author {
        sql.push(" and j.author = ").push_bind(author.clone());
    }
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, judgement)
}

/// The rating of a customer on a factor that counts.
pub(in crate::scales) async fn judgement_of(
    tx: &TenantTx,
    id: ScaleId,
    customer: CustomerId,
    factor: &Code,
) -> Result<JudgementOut> {
    let row = sqlx::query(
        "select j.customer_id, c.external_id, c.name, j.factor_code, j.level, j.note, j.author, j.judged_at
         from judgements j join customers c on c.tenant_id = j.tenant_id and c.id = j.customer_id
         where j.tenant_id = $1 and j.scale_id = $2 and j.customer_id = $3 and j.factor_code = $4",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(customer.0)
    .bind(factor.as_str())
    .fetch_optional(&mut *tx.conn().await?)
    .await?;
    row.as_ref().map(judgement).transpose()?.ok_or_else(Error::not_found)
}

/// Every member's latest rating of these factors, by factor, customer and member.
pub(in crate::scales) async fn ratings(tx: &TenantTx, id: ScaleId, factors: &[String]) -> Result<Vec<Rating>> {
    let rows = sqlx::query(
        "select factor_code, customer_id, author, level from member_judgements
         where tenant_id = $1 and scale_id = $2 and factor_code = any($3)
         order by factor_code, customer_id, author collate \"C\"",
    )
    .bind(tx.tenant().0)
    .bind(id.0)
    .bind(factors)
    .fetch_all(&mut *tx.conn().await?)
    .await?;
    let rating = |row: &sqlx::postgres::PgRow| {
        Ok(Rating {
            factor: code(row, "factor_code")?,
            customer: CustomerId(row.try_get("customer_id")?),
            author: row.try_get("author")?,
            level: row.try_get("level")?,
        })
    };
    rows.iter().map(rating).collect()
}

/// How much each salesperson has still to judge, by external id, last the customers that nobody owns. Factors and levels
/// stand side by side: a rating whose level a factor no longer has does not count.
pub(in crate::scales) async fn missing_judgements(
    tx: &TenantTx,
    id: ScaleId,
    purpose: Purpose,
    levels: &[(String, String)],
    factors: i64,
    page: &PageRequest,
) -> Result<Slice<MissingJudgements>> {
    let (of_factor, level): (Vec<&str>, Vec<&str>) = levels.iter().map(|(f, l)| (f.as_str(), l.as_str())).unzip();
    let stages: &[&str] = match purpose {
        Purpose::ExistingCustomers => &["active", "dormant"],
        Purpose::Prospects => &["prospect"],
    };
    let key = SortKey { name: "salesperson", sql: "m.place", sql_type: "text" };
    let order = Order::parse(Some("salesperson"), "salesperson", &[key], key)?;
    let mut sql = QueryBuilder::new("select m.*, ");
    page.push_keys(&order, &mut sql);
    // In front of each name a digit, so that nobody comes last.
    sql.push(
        " from (select o.id, o.external_id, o.name, coalesce('1' || o.external_id, '2') as place,
                       count(distinct c.id)::int as customers, count(j.level)::int as given
                from customers c
                left join salespeople o on o.tenant_id = c.tenant_id and o.id = c.owner_id
                left join lateral (
                    select j.level from judgements j
                    join unnest(",
    );
    sql.push_bind(of_factor.into_iter().map(str::to_owned).collect::<Vec<_>>()).push("::text[], ");
    sql.push_bind(level.into_iter().map(str::to_owned).collect::<Vec<_>>());
    sql.push("::text[]) as k (factor_code, level) on k.factor_code = j.factor_code and k.level = j.level");
    sql.push(" where j.tenant_id = c.tenant_id and j.customer_id = c.id and j.scale_id = ").push_bind(id.0);
    sql.push(") j on true where c.archived_at is null and c.merged_into is null and c.stage = any(");
    sql.push_bind(stages.iter().map(|stage| (*stage).to_owned()).collect::<Vec<_>>());
    sql.push(") and c.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" group by o.id, o.external_id, o.name) m where true");
    page.push_tail(&order, &mut sql)?;
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, |row| {
        let (customers, given): (i32, i32) = (row.try_get("customers")?, row.try_get("given")?);
        let asked = i32::try_from(i64::from(customers) * factors).map_err(Error::internal)?;
        Ok(MissingJudgements {
            salesperson_id: row.try_get::<Option<Uuid>, _>("id")?.map(SalespersonId),
            salesperson_external_id: row.try_get("external_id")?,
            salesperson_name: row.try_get("name")?,
            customers,
            asked,
            given,
            missing: asked - given,
            missing_share: ratio((asked - given).into(), asked.into()).map(Exact),
        })
    })
}

fn judgement(row: &sqlx::postgres::PgRow) -> Result<JudgementOut> {
    Ok(JudgementOut {
        customer_id: CustomerId(row.try_get("customer_id")?),
        customer_external_id: row.try_get("external_id")?,
        customer_name: row.try_get("name")?,
        factor_code: code(row, "factor_code")?,
        level: code(row, "level")?,
        note: row.try_get("note")?,
        author: row.try_get("author")?,
        judged_at: row.try_get("judged_at")?,
    })
}
