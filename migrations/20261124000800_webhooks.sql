-- Webhooks: endpoints and their secrets, the outbox of events, deliveries and their attempts.

create table webhook_endpoints (
    tenant_id       uuid        not null references tenants,
    id              uuid        not null,
    url             text        not null,
    description     text,
    event_types     text[]      not null,
    enabled         boolean     not null,
    -- Why the program switched it off itself; null where it is on or a person switched it off.
    disabled_reason text        check (disabled_reason in ('gone', 'failing')),
    -- Since when every attempt has failed; null after one that succeeded.
    failing_since   timestamptz,
    version         int         not null default 1,
    created_by      text        not null,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    primary key (tenant_id, id)
);

-- Every live secret signs; those that were replaced expire.
create table webhook_secrets (
    tenant_id   uuid        not null references tenants,
    endpoint_id uuid        not null,
    id          uuid        not null,
    -- AES-256-GCM under the installation's key: never in clear.
    sealed      bytea       not null,
    created_at  timestamptz not null,
    expires_at  timestamptz,
    primary key (tenant_id, endpoint_id, id),
    foreign key (tenant_id, endpoint_id) references webhook_endpoints (tenant_id, id) on delete cascade
);

-- The outbox: an event as it is sent, byte for byte, written in the transaction of the change it tells of.
create table webhook_messages (
    tenant_id  uuid        not null references tenants,
    id         uuid        not null,
    event_type text        not null,
    body       text        not null,
    created_at timestamptz not null,
    primary key (tenant_id, id)
);
create index webhook_messages_by_time on webhook_messages (tenant_id, created_at);

-- One message on its way to one endpoint.
create table webhook_deliveries (
    tenant_id       uuid        not null references tenants,
    id              uuid        not null,
    endpoint_id     uuid        not null,
    message_id      uuid        not null,
    state           text        not null check (state in ('pending', 'delivered', 'failed')),
    -- Attempts in all, and those since it was last asked for, on which the pause to the next depends.
    attempts        int         not null default 0,
    tries           int         not null default 0,
    created_at      timestamptz not null,
    next_attempt_at timestamptz,
    finished_at     timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, endpoint_id) references webhook_endpoints (tenant_id, id) on delete cascade,
    foreign key (tenant_id, message_id) references webhook_messages (tenant_id, id) on delete cascade
);
create index webhook_deliveries_by_endpoint on webhook_deliveries (tenant_id, endpoint_id, created_at desc, id desc);
create index webhook_deliveries_by_message on webhook_deliveries (tenant_id, message_id);
create index webhook_deliveries_failed on webhook_deliveries (tenant_id, endpoint_id, created_at) where state = 'failed';

create table webhook_attempts (
    tenant_id        uuid        not null references tenants,
    delivery_id      uuid        not null,
    number           int         not null,
    at               timestamptz not null,
    outcome          text        not null,
    status           int,
    duration_ms      int         not null,
    response_excerpt text,
    primary key (tenant_id, delivery_id, number),
    foreign key (tenant_id, delivery_id) references webhook_deliveries (tenant_id, id) on delete cascade
);

-- What a courier needs to find deliveries of any tenant: ids and times, no content. A claim puts the time off by its
-- lease, so that a delivery whose courier died comes back by itself.
create table webhook_queue (
    delivery_id  uuid        primary key,
    tenant_id    uuid        not null references tenants,
    endpoint_id  uuid        not null,
    available_at timestamptz not null,
    lease_token  bigint      not null default 0,
    foreign key (tenant_id, delivery_id) references webhook_deliveries (tenant_id, id) on delete cascade
);
create index webhook_queue_by_endpoint on webhook_queue (endpoint_id, available_at, delivery_id);

do $$
declare
    t text;
begin
    foreach t in array array['webhook_endpoints', 'webhook_secrets', 'webhook_messages', 'webhook_deliveries',
                             'webhook_attempts']
    loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format(
            'create policy %I on %I using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()))',
            t || '_tenant', t);
        execute format('grant select, insert, update, delete on %I to fenji_app', t);
    end loop;
end
$$;
grant select, insert, update, delete on webhook_queue to fenji_app;
