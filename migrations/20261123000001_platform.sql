-- Platform tables, roles' rights, and the two functions every policy is written with.

-- The tenant of the transaction. An ended SET LOCAL leaves '' rather than NULL behind, hence nullif.
create function app_tenant_id() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('app.tenant_id', true), '')::uuid;

-- The salesperson whose customers alone the transaction may see; null where it may see all.
create function app_salesperson_id() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('app.salesperson_id', true), '')::uuid;

-- True in a platform operator's transaction, which sees the list of tenants and nothing of theirs.
create function app_is_platform() returns boolean
    language sql stable parallel safe
    return coalesce(nullif(current_setting('app.platform', true), '')::boolean, false);

create table tenants (
    id                      uuid        primary key,
    slug                    text        not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name                    text        not null,
    base_currency           text        not null check (base_currency ~ '^[A-Z]{3}$'),
    fiscal_year_start_month int         not null default 1 check (fiscal_year_start_month between 1 and 12),
    version                 int         not null default 1,
    created_at              timestamptz not null,
    updated_at              timestamptz not null
);
alter table tenants enable row level security;
alter table tenants force row level security;
create policy tenants_own on tenants
    using (id = (select app_tenant_id()) or (select app_is_platform()))
    with check (id = (select app_tenant_id()) or (select app_is_platform()));

-- What a worker needs to find work in any tenant: ids and times, no content. Its content stands in jobs, behind row
-- level security.
create table job_queue (
    job_id       uuid        primary key,
    tenant_id    uuid        not null references tenants,
    available_at timestamptz not null,
    lease_token  bigint      not null default 0,
    lease_until  timestamptz,
    attempts     int         not null default 0
);
create index job_queue_available on job_queue (available_at);

create table api_keys (
    tenant_id   uuid        not null references tenants,
    id          uuid        not null,
    name        text        not null,
    secret_hash bytea       not null,
    scopes      text[]      not null,
    created_by  text        not null,
    created_at  timestamptz not null,
    expires_at  timestamptz,
    revoked_at  timestamptz,
    primary key (tenant_id, id)
);

create table audit_entries (
    tenant_id     uuid        not null references tenants,
    id            uuid        not null,
    at            timestamptz not null,
    actor         text        not null,
    action        text        not null,
    resource_type text        not null,
    resource_id   text        not null,
    before        jsonb,
    after         jsonb,
    request_id    text        not null,
    primary key (tenant_id, id)
);

create table jobs (
    tenant_id        uuid        not null references tenants,
    id               uuid        not null,
    kind             text        not null,
    state            text        not null check (state in ('queued', 'running', 'completed', 'failed', 'cancelled')),
    params           jsonb       not null,
    checkpoint       jsonb,
    done             bigint      not null default 0,
    total            bigint,
    result           jsonb,
    problem          jsonb,
    cancel_requested boolean     not null default false,
    lease_token      bigint      not null default 0,
    created_by       text        not null,
    request_id       text        not null,
    created_at       timestamptz not null,
    started_at       timestamptz,
    finished_at      timestamptz,
    primary key (tenant_id, id)
);
