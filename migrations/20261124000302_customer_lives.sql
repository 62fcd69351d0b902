-- A customer can be archived, become one with another, and be erased.
alter table customers
    add column archived_at timestamptz,
    add column erased_at   timestamptz,
    -- The customer it has become one with. Its row stays, for what was computed of it stays; everything else has moved.
    -- Never one that has itself become one with another: those that had become one with that one follow.
    add column merged_into uuid check (merged_into <> id),
    add foreign key (tenant_id, merged_into) references customers (tenant_id, id);
create index customers_merged on customers (tenant_id, merged_into) where merged_into is not null;

-- What a change was before and after can go away, as where a customer is erased; that it was made cannot.
create table audit_details (
    tenant_id uuid  not null references tenants,
    entry_id  uuid  not null,
    before    jsonb,
    after     jsonb,
    primary key (tenant_id, entry_id),
    foreign key (tenant_id, entry_id) references audit_entries (tenant_id, id)
);
-- Whether an entry had details when it was written.
alter table audit_entries add column has_details boolean not null default false;

-- The owner of the tables sees no tenant's rows unless it looks past the policies.
alter table audit_entries no force row level security;
insert into audit_details (tenant_id, entry_id, before, after)
select tenant_id, id, before, after from audit_entries where before is not null or after is not null;
update audit_entries set has_details = true where before is not null or after is not null;
alter table audit_entries force row level security;
alter table audit_entries drop column before, drop column after;

alter table audit_details enable row level security;
alter table audit_details force row level security;
create policy audit_details_tenant on audit_details
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert, delete on audit_details to fenji_app;
