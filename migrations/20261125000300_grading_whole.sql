-- Trying scales, overrides, schedules and settings of grading.

-- Which transactions have written what grading reads: what is held in memory is true as long as a tenant's rows here are
-- the same. A row a transaction, never an update of a row that others wait for, so that loads do not queue up.
create table tenant_writes (
    tenant_id   uuid        not null,
    transaction bigint      not null,
    noted_at    timestamptz not null default now(),
    primary key (tenant_id, transaction)
);

create function note_write() returns trigger language plpgsql as $$
declare
    own bigint := pg_current_xact_id()::text::bigint;
begin
    insert into tenant_writes (tenant_id, transaction)
    select app_tenant_id(), own where app_tenant_id() is not null
    on conflict do nothing;
    -- Now and then what is old is swept out. The sweep's own row changes the answer, so that nobody takes the rest for
    -- what it was.
    if own % 64 = 0 then
        delete from tenant_writes where tenant_id = app_tenant_id() and transaction in (
            select w.transaction from tenant_writes w
            where w.tenant_id = app_tenant_id() and w.noted_at < now() - interval '1 hour' and w.transaction <> own
            order by w.transaction limit 10000 for update skip locked);
    end if;
    return null;
end
$$;

do $$
declare
    t text;
begin
    foreach t in array array['customers', 'purchase_potentials', 'products', 'sales_lines', 'receivables', 'payments',
                             'costs_to_serve', 'judgements', 'attribute_definitions', 'customer_changes', 'tenants']
    loop
        execute format(
            'create trigger %I after insert or update or delete on %I for each statement execute function note_write()',
            t || '_note_write', t);
    end loop;
end
$$;

-- A grade that somebody set by hand, over the computed one.
create table grade_overrides (
    tenant_id      uuid        not null references tenants,
    id             uuid        not null,
    customer_id    uuid        not null,
    grade          text        not null,
    reason         text        not null,
    -- The result that it overrules; its grade is null where the customer could not be graded.
    run_id         uuid        not null,
    computed_grade text,
    author         text        not null,
    created_at     timestamptz not null,
    -- It holds before this moment; without one until it is ended.
    expires_at     timestamptz,
    -- When it was withdrawn, or another took its place.
    ended_at       timestamptz,
    ended_by       text,
    primary key (tenant_id, id),
    foreign key (tenant_id, customer_id) references customers (tenant_id, id),
    foreign key (tenant_id, run_id) references grading_runs (tenant_id, id)
);
create unique index grade_overrides_one_open on grade_overrides (tenant_id, customer_id) where ended_at is null;
create index grade_overrides_by_customer on grade_overrides (tenant_id, customer_id, created_at desc);

-- A run every month.
create table grading_schedules (
    tenant_id    uuid        not null references tenants,
    scale_id     uuid        not null,
    day_of_month int         not null check (day_of_month between 1 and 31),
    selection    jsonb       not null,
    -- The run that was made last, and the month it is of.
    last_month   date,
    last_run_id  uuid,
    -- Why no run could be made when it was last due: code and detail in both languages.
    last_problem jsonb,
    created_by   text        not null,
    updated_at   timestamptz not null,
    version      int         not null default 1,
    primary key (tenant_id, scale_id),
    foreign key (tenant_id, scale_id) references scales (tenant_id, id)
);

-- What a worker needs to find schedules of any tenant: ids and times, no content.
create table grading_schedule_queue (
    tenant_id uuid        not null,
    scale_id  uuid        not null,
    due_at    timestamptz not null,
    primary key (tenant_id, scale_id),
    foreign key (tenant_id, scale_id) references grading_schedules (tenant_id, scale_id) on delete cascade
);
create index grading_schedule_queue_due on grading_schedule_queue (due_at);

-- Thresholds by which results are read; what is absent is the default.
create table grading_settings (
    tenant_id  uuid        not null references tenants,
    thresholds jsonb       not null,
    version    int         not null,
    updated_at timestamptz not null,
    primary key (tenant_id)
);

-- The newer run in whose favour a waiting one was given up.
alter table grading_runs add column superseded_by uuid;

do $$
declare
    t text;
begin
    foreach t in array array['tenant_writes', 'grade_overrides', 'grading_schedules', 'grading_settings']
    loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format(
            'create policy %I on %I using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()))',
            t || '_tenant', t);
        execute format('grant select, insert, update, delete on %I to fenji_app', t);
    end loop;
    create policy grade_overrides_owner on grade_overrides as restrictive for select
        using ((select app_salesperson_id()) is null or customer_id in (select id from customers));
end
$$;
grant select, insert, update, delete on grading_schedule_queue to fenji_app;
