-- Column mappings, saved once for each source of files, and the mapping an import was sent with.
create table import_mappings (
    tenant_id  uuid        not null references tenants,
    code       text        not null,
    definition jsonb       not null,
    version    int         not null,
    created_by text        not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (tenant_id, code)
);
alter table imports add column mapping_code text;

-- A row may be in and still deserve a word.
alter table import_errors
    add column severity text not null default 'error' check (severity in ('error', 'warning'));
create index import_errors_line on import_errors (tenant_id, import_id, line);

-- What stood in the refused rows, so that a report of them can be mended and sent again; an empty list where it is too
-- large to keep. Fields stand in the order of imports.columns; of NDJSON it is the line.
create table import_refused_rows (
    tenant_id uuid   not null references tenants,
    import_id uuid   not null,
    line      bigint not null,
    fields    jsonb  not null,
    primary key (tenant_id, import_id, line),
    foreign key (tenant_id, import_id) references imports (tenant_id, id)
);

do $$
declare
    t text;
begin
    foreach t in array array['import_mappings', 'import_refused_rows']
    loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format(
            'create policy %I on %I using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()))',
            t || '_tenant', t);
    end loop;
end
$$;
grant select, insert, update, delete on import_mappings to fenji_app;
-- They go where what is personal in them is erased.
grant select, insert, delete on import_refused_rows to fenji_app;
