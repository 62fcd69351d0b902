-- What a worker needs to find grades set by hand, of any tenant, whose time is over: ids and times, no content. A row goes
-- when the override ends, or once it was told that its time is over.
create table grade_override_queue (
    tenant_id   uuid        not null,
    override_id uuid        not null,
    due_at      timestamptz not null,
    primary key (tenant_id, override_id),
    foreign key (tenant_id, override_id) references grade_overrides (tenant_id, id) on delete cascade
);
create index grade_override_queue_due on grade_override_queue (due_at);
grant select, insert, update, delete on grade_override_queue to fenji_app;

-- The owner of the tables sees no tenant's rows unless it looks past the policies. What expired before is not told late.
alter table grade_overrides no force row level security;
insert into grade_override_queue (tenant_id, override_id, due_at)
select tenant_id, id, expires_at from grade_overrides where ended_at is null and expires_at > now();
alter table grade_overrides force row level security;
