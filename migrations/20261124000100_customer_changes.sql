-- The history of dossiers: what was said of a customer, as of when, by whom. One row is one entry: facts that are of one
-- moment and came together. Of the facts observed at or before a moment, the latest observed is true as of it; of two
-- observed at once, the later recorded.
create table customer_changes (
    tenant_id   uuid        not null references tenants,
    customer_id uuid        not null,
    -- The order of recording among the customer's entries, from 1.
    seq         int         not null,
    observed_at timestamptz not null,
    recorded_at timestamptz not null,
    source      text        not null check (source in ('user', 'integration', 'import')),
    actor       text        not null,
    import_id   uuid,
    request_id  text        not null,
    -- Recorded anew because an older fact came late: it had been repeated without a time of its own.
    restated    boolean     not null default false,
    -- {field: value}, null where there is none from then on.
    fields      jsonb       not null default '{}',
    -- {code: value}
    attributes  jsonb,
    -- {category: yearly amount}
    potentials  jsonb,
    primary key (tenant_id, customer_id, seq),
    foreign key (tenant_id, customer_id) references customers (tenant_id, id),
    foreign key (tenant_id, import_id) references imports (tenant_id, id)
);
-- Whoever asks for a past day needs those of whom something was observed since.
create index customer_changes_by_time on customer_changes (tenant_id, observed_at, customer_id);
create index customer_changes_by_import on customer_changes (tenant_id, import_id) where import_id is not null;

alter table customers
    -- {field: when it was last seen to have the value it has}, attributes as attributes.CODE, purchase potentials as
    -- purchase_potentials.CATEGORY.
    add column observed jsonb not null default '{}',
    -- The fields that were last seen in a repetition without a time of its own, which the history does not hold.
    add column repeats text[] not null default '{}';

-- Merges objects in order: of each key the last value.
create aggregate jsonb_merge(jsonb) (sfunc = jsonb_concat, stype = jsonb, initcond = '{}');

-- What is there was observed when it was changed last; who said it, the audit log knows. The owner of the tables sees no
-- tenant's rows unless it looks past the policies.
alter table customers no force row level security;
alter table purchase_potentials no force row level security;

insert into customer_changes
    (tenant_id, customer_id, seq, observed_at, recorded_at, source, actor, request_id, fields, attributes, potentials)
select c.tenant_id, c.id, 1, c.updated_at, c.updated_at, 'integration', 'migration', 'migration',
       jsonb_strip_nulls(jsonb_build_object(
           'name', c.name, 'stage', c.stage, 'industry', c.industry, 'territory', c.territory, 'city', c.city,
           'country', c.country, 'owner_id', c.owner_id, 'parent_id', c.parent_id, 'employees', c.employees,
           'annual_revenue', c.annual_revenue::text, 'currency', c.currency, 'credit_limit', c.credit_limit::text,
           'segment_hint', c.segment_hint, 'first_seen', c.first_seen, 'tags', to_jsonb(c.tags))),
       nullif(c.attributes, '{}'),
       (select jsonb_object_agg(p.category, p.yearly_amount::text) from purchase_potentials p
        where p.tenant_id = c.tenant_id and p.customer_id = c.id)
from customers c;

update customers c
set observed = (
    select jsonb_object_agg(k.key, to_jsonb(h.observed_at at time zone 'UTC') #>> '{}' || 'Z')
    from (select key from jsonb_object_keys(h.fields) key
          union all select 'attributes.' || key from jsonb_object_keys(h.attributes) key
          union all select 'purchase_potentials.' || key from jsonb_object_keys(h.potentials) key) k)
from customer_changes h
where h.tenant_id = c.tenant_id and h.customer_id = c.id;

alter table customers force row level security;
alter table purchase_potentials force row level security;

alter table customer_changes enable row level security;
alter table customer_changes force row level security;
create policy customer_changes_tenant on customer_changes
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
create policy customer_changes_owner on customer_changes as restrictive for select
    using ((select app_salesperson_id()) is null or customer_id in (select id from customers));

-- Entries are appended. They go to another customer where two become one, and away where one is erased.
grant select, insert, delete on customer_changes to fenji_app;
grant update (customer_id, seq) on customer_changes to fenji_app;
