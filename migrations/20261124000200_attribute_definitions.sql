-- What attributes the customers of a tenant can have, and what their values must be.
create table attribute_definitions (
    tenant_id      uuid        not null references tenants,
    code           text        not null,
    label_en       text        not null,
    label_zh       text        not null,
    type           text        not null check (type in ('number', 'money', 'text', 'choice', 'yes_no', 'date')),
    -- Of a number what it counts in, of money its currency.
    unit           text,
    -- Of a choice: [{"value", "label": {"en", "zh"}}].
    choices        jsonb       not null default '[]',
    freshness_days int         check (freshness_days > 0),
    required       boolean     not null default false,
    version        int         not null default 1,
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    primary key (tenant_id, code)
);

-- Attributes were free texts, decimals as strings and booleans until now: each that customers carry becomes defined as
-- what all its values are. The owner of the tables sees no tenant's rows unless it looks past the policies.
alter table customers no force row level security;

update customers set attributes = coalesce(
    (select jsonb_object_agg(a.key, a.value) from jsonb_each(attributes) a where a.value #>> '{}' ~ '\S'), '{}')
where attributes <> '{}';

insert into attribute_definitions (tenant_id, code, label_en, label_zh, type, created_at, updated_at)
select c.tenant_id, a.key, a.key, a.key,
       case when bool_and(jsonb_typeof(a.value) = 'boolean') then 'yes_no'
            when bool_and(jsonb_typeof(a.value) = 'string' and a.value #>> '{}' ~ '^-?[0-9]{1,15}(\.[0-9]{1,12})?$')
            then 'number'
            else 'text' end,
       min(c.created_at), now()
from customers c, jsonb_each(c.attributes) a
group by c.tenant_id, a.key;

-- Values take the one form in which they are kept (src/dossiers/attribute.rs).
update customers c set attributes = (
    select jsonb_object_agg(a.key, case d.type
               when 'yes_no' then a.value
               when 'number' then to_jsonb(trim_scale((a.value #>> '{}')::numeric)::text)
               else to_jsonb(btrim(a.value #>> '{}')) end)
    from jsonb_each(c.attributes) a
    join attribute_definitions d on d.tenant_id = c.tenant_id and d.code = a.key)
where attributes <> '{}';

alter table customers force row level security;

alter table attribute_definitions enable row level security;
alter table attribute_definitions force row level security;
create policy attribute_definitions_tenant on attribute_definitions
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert, update, delete on attribute_definitions to fenji_app;
