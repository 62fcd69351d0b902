-- The people one speaks with at a customer.
create table contacts (
    tenant_id   uuid        not null references tenants,
    id          uuid        not null,
    customer_id uuid        not null,
    -- Its id in a source system; both or neither.
    system      text,
    external_id text,
    name        text        not null,
    position    text,
    email       text,
    phone       text,
    language    text,
    is_primary  boolean     not null default false,
    note        text,
    version     int         not null default 1,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    primary key (tenant_id, id),
    unique (tenant_id, system, external_id),
    foreign key (tenant_id, customer_id) references customers (tenant_id, id),
    check ((system is null) = (external_id is null))
);
create index contacts_by_name on contacts (tenant_id, name, id);
create index contacts_by_customer on contacts (tenant_id, customer_id, name, id);
create index contacts_by_email on contacts (tenant_id, lower(email));
create unique index contacts_one_primary on contacts (tenant_id, customer_id) where is_primary;

alter table contacts enable row level security;
alter table contacts force row level security;
create policy contacts_tenant on contacts
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
create policy contacts_owner on contacts as restrictive for select
    using ((select app_salesperson_id()) is null or customer_id in (select id from customers));
grant select, insert, update, delete on contacts to fenji_app;
