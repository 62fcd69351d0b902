-- Finding customers by name: the grams of each name (src/dossiers/name_search.rs), kept by the program whenever it
-- writes a name. Rows of a btree and not an array under a GIN index: under row level security an index is searched by
-- leakproof operators only, and those of arrays are not. They are derived data, a score of them a name: a foreign key
-- would ask for the customer once for each. Names that were stored before this migration are found once they are written
-- again.
create table customer_name_grams (
    tenant_id   uuid             not null references tenants,
    gram        text collate "C" not null,
    customer_id uuid             not null,
    primary key (tenant_id, gram, customer_id)
);

alter table customer_name_grams enable row level security;
alter table customer_name_grams force row level security;
create policy customer_name_grams_tenant on customer_name_grams
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
create policy customer_name_grams_owner on customer_name_grams as restrictive for select
    using ((select app_salesperson_id()) is null or customer_id in (select id from customers));
grant select, insert, update, delete on customer_name_grams to fenji_app;

-- Filters of the list, in the list's own order, so that a page is read and no more. The comparisons of texts are
-- leakproof: these are searched under the policies.
create index customers_by_stage on customers (tenant_id, stage, name, id);
create index customers_by_industry on customers (tenant_id, industry, name, id);
create index customers_by_territory_and_name on customers (tenant_id, territory, name, id);
create index customers_by_country on customers (tenant_id, country, name, id);
-- An external id in any system, or what it begins with, in whatever order the database sorts.
create index customer_external_ids_by_id on customer_external_ids (tenant_id, external_id collate "C") include (customer_id);
