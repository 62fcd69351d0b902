-- Territories that are defined: a tree. Customers and salespeople name a territory by its name, defined or not.
create table territories (
    tenant_id  uuid        not null references tenants,
    name       text        not null,
    label_en   text        not null,
    label_zh   text        not null,
    parent     text,
    version    int         not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (tenant_id, name),
    foreign key (tenant_id, parent) references territories (tenant_id, name)
);
create index territories_by_parent on territories (tenant_id, parent);
create index customers_by_territory on customers (tenant_id, territory);

alter table territories enable row level security;
alter table territories force row level security;
create policy territories_tenant on territories
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert, update, delete on territories to fenji_app;
