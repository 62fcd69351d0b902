//! Lists of customers: which, in which order, how many, and how many by what they have in common.

use rust_decimal::Decimal;
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};
use uuid::Uuid;

use super::customers::{containing, customer, select};
use super::{as_of, name_grams, upkeep};
use crate::dossiers::attribute::AttributeType;
use crate::dossiers::attribute_filter::{Test, TypedComparison};
use crate::dossiers::question::Question;
use crate::dossiers::wire::{
    Archived, CustomerFacetsOut, CustomerFilter, CustomerOut, OwnerCount, StageCount, ValueCount,
};
use crate::error::{Error, Result};
use crate::paging::{Order, PageRequest, Slice, SortKey};
use crate::tenancy::TenantTx;
use crate::values::{CustomerId, SalespersonId, TenantId};

const NAME: SortKey = SortKey { name: "name", sql: "c.name", sql_type: "text" };
const EXTERNAL_ID: SortKey = SortKey { name: "external_id", sql: "c.external_id", sql_type: "text" };
const CREATED_AT: SortKey = SortKey { name: "created_at", sql: "c.created_at", sql_type: "timestamptz" };
const UPDATED_AT: SortKey = SortKey { name: "updated_at", sql: "c.updated_at", sql_type: "timestamptz" };
const ID: SortKey = SortKey { name: "id", sql: "c.id", sql_type: "uuid" };
/// How well the name answers the text that is looked for, the shorter of two alike first.
const SHARED: SortKey = SortKey { name: "similarity", sql: "m.shared", sql_type: "int4" };
const LENGTH: SortKey = SortKey { name: "length", sql: "char_length(c.name)", sql_type: "int4" };
const BEST_FIRST: &str = "-similarity,length,name";
/// Values that a facet shows.
const MOST_VALUES: i64 = 100;

/// One page of the customers that are asked for: in the order asked for, else the best first where a text is looked
/// for, else by name.
pub(in crate::dossiers) async fn page(
    tx: &TenantTx,
    question: &Question,
    sort: Option<&str>,
    page: &PageRequest,
) -> Result<Slice<CustomerOut>> {
    let allowed = [NAME, EXTERNAL_ID, CREATED_AT, UPDATED_AT];
    let order = match sort {
        None if ranked(question) => Order::parse(Some(BEST_FIRST), "", &[SHARED, LENGTH, NAME], ID)?,
        sort => Order::parse(sort, "name", &allowed, ID)?,
    };
    let mut sql = select();
    sql.push(", ");
    page.push_keys(&order, &mut sql);
    push_from_where(&mut sql, tx.tenant(), question);
    page.push_tail(&order, &mut sql)?;
    // Planned for its values: a text that finds three customers and one that finds all want other plans.
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    page.slice(&order, rows, customer)
}

/// How many customers are asked for.
pub(in crate::dossiers) async fn count(tx: &TenantTx, question: &Question) -> Result<i64> {
    let mut sql = QueryBuilder::new("select count(*)");
    push_from_where(&mut sql, tx.tenant(), question);
    let count = sql.build_query_scalar().persistent(false).fetch_one(&mut *tx.conn().await?).await?;
    Ok(count)
}

/// Who is asked for, by external id.
pub(in crate::dossiers) async fn ids(tx: &TenantTx, question: &Question) -> Result<Vec<CustomerId>> {
    let mut sql = QueryBuilder::new("select c.id");
    push_from_where(&mut sql, tx.tenant(), question);
    sql.push(" order by c.external_id collate \"C\"");
    let ids: Vec<Uuid> = sql.build_query_scalar().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    Ok(ids.into_iter().map(CustomerId).collect())
}

/// How many customers are asked for, by what they have in common.
pub(in crate::dossiers) async fn facets(tx: &TenantTx, question: &Question) -> Result<CustomerFacetsOut> {
    let mut sql =
        QueryBuilder::new("with found as materialized (select c.stage, c.industry, c.territory, c.owner_id, c.tags");
    push_from_where(&mut sql, tx.tenant(), question);
    sql.push(
        "), counted as (select case when grouping(stage) = 0 then 'stage' when grouping(industry) = 0 then 'industry'",
    );
    sql.push(" when grouping(territory) = 0 then 'territory' when grouping(owner_id) = 0 then 'owner' else 'total' end as facet,");
    sql.push(" coalesce(stage, industry, territory, owner_id::text) as value, count(*) as count from found");
    sql.push(" group by grouping sets ((stage), (industry), (territory), (owner_id), ())");
    sql.push(" union all select 'tag', tag, count(*) from found, unnest(tags) tag group by tag)");
    sql.push(", ranked as (select *, row_number() over (partition by facet order by count desc, value collate \"C\") as place from counted)");
    sql.push(" select r.facet, r.value, r.count, p.name from ranked r left join salespeople p on r.facet = 'owner'");
    sql.push(" and p.id::text = r.value and p.tenant_id = ").push_bind(tx.tenant().0);
    sql.push(" where r.place <= ").push_bind(MOST_VALUES).push(" order by r.facet, r.place");
    let rows = sql.build().persistent(false).fetch_all(&mut *tx.conn().await?).await?;
    let mut facets = CustomerFacetsOut::default();
    rows.iter().try_for_each(|row| take_count(&mut facets, row))?;
    Ok(facets)
}

fn take_count(facets: &mut CustomerFacetsOut, row: &PgRow) -> Result<()> {
    let (facet, value): (String, Option<String>) = (row.try_get("facet")?, row.try_get("value")?);
    let count: i64 = row.try_get("count")?;
    match facet.as_str() {
        "total" => facets.total_count = count,
        "industry" => facets.industries.push(ValueCount { value, count }),
        "territory" => facets.territories.push(ValueCount { value, count }),
        "tag" => facets.tags.push(ValueCount { value, count }),
        "stage" => {
            let stage = value.unwrap_or_default().parse().map_err(Error::internal)?;
            facets.stages.push(StageCount { stage, count });
        }
        _ => {
            let owner_id = value.map(|id| id.parse().map(SalespersonId)).transpose().map_err(Error::internal)?;
            facets.owners.push(OwnerCount { owner_id, name: row.try_get("name")?, count });
        }
    }
    Ok(())
}

/// Whether a text is looked for by the grams of names. They are those of the names that customers have now.
fn ranked(question: &Question) -> bool {
    question.search.is_some() && question.filter.as_of.is_none()
}

fn push_from_where(sql: &mut QueryBuilder<Postgres>, tenant: TenantId, question: &Question) {
    let filter = &question.filter;
    sql.push(" from ");
    match filter.as_of {
        None => sql.push("customers"),
        Some(as_of) => as_of::push_customers(sql, tenant, as_of, None),
    };
    sql.push(" c");
    if let Some(search) = question.search.as_ref().filter(|_| ranked(question)) {
        sql.push(" join ");
        name_grams::push_found(sql, tenant, search);
        sql.push(" m on m.customer_id = c.id");
    }
    sql.push(" where c.tenant_id = ").push_bind(tenant.0);
    if let Some(q) = filter.q.as_deref().filter(|_| filter.as_of.is_some()) {
        sql.push(" and c.name ilike ").push_bind(containing(q.trim()));
    }
    push_life(sql, filter);
    push_fields(sql, tenant, filter);
    question.attributes.iter().for_each(|comparison| push_comparison(sql, comparison));
    push_upkeep(sql, question);
}

/// Leaves out who became one with another, and who is archived: by then, where a past day is asked for.
fn push_life(sql: &mut QueryBuilder<Postgres>, filter: &CustomerFilter) {
    sql.push(" and c.merged_into is null");
    match (filter.archived.unwrap_or_default(), filter.as_of) {
        (Archived::Without, None) => sql.push(" and c.archived_at is null"),
        (Archived::Without, Some(as_of)) => {
            sql.push(" and not coalesce(c.archived_at <= ").push_bind(as_of.0).push(", false)")
        }
        (Archived::Only, None) => sql.push(" and c.archived_at is not null"),
        (Archived::Only, Some(as_of)) => sql.push(" and c.archived_at <= ").push_bind(as_of.0),
        (Archived::All, _) => sql,
    };
}

fn push_fields(sql: &mut QueryBuilder<Postgres>, tenant: TenantId, filter: &CustomerFilter) {
    let stages = filter.stage.as_ref().map(|all| all.iter().map(|stage| stage.as_str().to_owned()).collect());
    let texts: [(&str, Option<Vec<String>>); 4] = [
        ("c.stage", stages),
        ("c.industry", filter.industry.clone()),
        ("c.territory", filter.territory.clone()),
        ("c.country", filter.country.clone()),
    ];
    for (column, values) in texts {
        // One value is compared by itself: an index then also has its customers in order.
        match values.as_deref() {
            None => {}
            Some([only]) => drop(sql.push(" and ").push(column).push(" = ").push_bind(only.clone())),
            Some(several) => drop(sql.push(" and ").push(column).push(" = any(").push_bind(several.to_vec()).push(")")),
        }
    }
    if let Some(owners) = &filter.owner_id {
        let owners: Vec<Uuid> = owners.iter().map(|id| id.0).collect();
        sql.push(" and c.owner_id = any(").push_bind(owners).push(")");
    }
    if let Some(territory) = &filter.within_territory {
        sql.push(" and c.territory in (with recursive below as (select ").push_bind(territory.clone());
        sql.push("::text as name union select t.name from below b join territories t");
        sql.push(" on t.tenant_id = c.tenant_id and t.parent = b.name) select name from below)");
    }
    if let Some(tags) = &filter.tag {
        sql.push(" and c.tags @> ").push_bind(tags.clone());
    }
    if let Some(tags) = &filter.any_tag {
        sql.push(" and c.tags && ").push_bind(tags.clone());
    }
    if let Some(external_id) = &filter.external_id {
        sql.push(" and c.id in (select x.customer_id from customer_external_ids x where x.tenant_id = ")
            .push_bind(tenant.0);
        sql.push(" and x.external_id collate \"C\" = ").push_bind(external_id.clone()).push(")");
    }
}

/// Values have one form in storage, so that equal ones are equal texts, and days sort as texts. What was known on a past
/// day may be of another type than the attribute is now: it is neither more nor less than anything.
fn push_comparison(sql: &mut QueryBuilder<Postgres>, comparison: &TypedComparison) {
    let code = comparison.code.to_string();
    sql.push(" and ");
    match &comparison.test {
        Test::Present(true) => sql.push("c.attributes ? ").push_bind(code),
        Test::Present(false) => sql.push("not c.attributes ? ").push_bind(code),
        Test::AnyOf(values) => {
            sql.push("c.attributes ->> ").push_bind(code).push(" = any(").push_bind(values.clone()).push(")")
        }
        Test::Not(value) => sql.push("c.attributes ->> ").push_bind(code).push(" <> ").push_bind(value.clone()),
        Test::Than(order, day) if comparison.attribute_type == AttributeType::Date => {
            sql.push("(c.attributes ->> ")
                .push_bind(code.clone())
                .push(") ~ '^\\d{4}-\\d{2}-\\d{2}$' and (c.attributes ->> ");
            sql.push_bind(code).push(") collate \"C\" ").push(*order);
            sql.push(" ").push_bind(day.clone())
        }
        Test::Than(order, number) => {
            sql.push("case when (c.attributes ->> ")
                .push_bind(code.clone())
                .push(") ~ '^-?\\d+(\\.\\d+)?$' then (c.attributes ->> ");
            sql.push_bind(code).push(")::numeric ").push(*order).push(" ").push_bind(number.clone());
            sql.push("::text::numeric else false end")
        }
    };
}

fn push_upkeep(sql: &mut QueryBuilder<Postgres>, question: &Question) {
    let (Some(requirements), filter) = (&question.requirements, &question.filter) else { return };
    let all = Decimal::from(requirements.count());
    for (operator, share) in [("<", filter.completeness_below), (">=", filter.completeness_from)] {
        if let Some(share) = share {
            sql.push(" and (");
            upkeep::push_known(sql, requirements);
            sql.push(")::numeric ").push(operator).push(" ").push_bind(share.0 * all);
        }
    }
    for (operator, share) in [("<", filter.freshness_below), (">=", filter.freshness_from)] {
        if let Some(share) = share {
            sql.push(" and (select k.known > 0 and k.fresh::numeric ")
                .push(operator)
                .push(" k.known * ")
                .push_bind(share.0);
            sql.push(" from (select ");
            upkeep::push_known(sql, requirements);
            sql.push(" as known, ");
            upkeep::push_fresh(sql, requirements);
            sql.push(" as fresh) k)");
        }
    }
}
