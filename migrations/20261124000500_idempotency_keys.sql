-- Answers to requests with an Idempotency-Key, kept for 24 hours, so that a retry gets the first one's.
--
-- A row is written in the transaction of what the request did, and stands for a finished request: there is none for one
-- that is still running or that died. The answer is sealed with a key made of the client's own, of which only a hash
-- (the name) is kept: whoever reads the table learns nothing of it. No reference to tenants: a platform operator's
-- requests, of no tenant, stand under the nil id.
create table idempotency_keys (
    tenant_id   uuid        not null,
    name        bytea       not null check (octet_length(name) = 32),
    fingerprint bytea       not null check (octet_length(fingerprint) = 32),
    answer      bytea       not null,
    expires_at  timestamptz not null,
    primary key (tenant_id, name)
);
create index idempotency_keys_expiry on idempotency_keys (tenant_id, expires_at);

alter table idempotency_keys enable row level security;
alter table idempotency_keys force row level security;
create policy idempotency_keys_tenant on idempotency_keys
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert, update, delete on idempotency_keys to fenji_app;
