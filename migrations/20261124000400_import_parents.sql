-- Customers of a file whose parents were not there yet when their rows were taken; forgotten when the file is in.
create table import_parents (
    tenant_id uuid   not null references tenants,
    import_id uuid   not null,
    line      bigint not null,
    customer  text   not null,
    parent    text   not null,
    outcome   text   not null check (outcome in ('created', 'updated', 'unchanged')),
    -- When the row was observed.
    observed_at timestamptz not null,
    primary key (tenant_id, import_id, line),
    foreign key (tenant_id, import_id) references imports (tenant_id, id)
);
alter table import_parents enable row level security;
alter table import_parents force row level security;
create policy import_parents_tenant on import_parents
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert, delete on import_parents to fenji_app;
