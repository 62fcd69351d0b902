-- Scales that belong to one member, and what each member has said of a customer.

alter table scales
    add column scope text not null default 'company' check (scope in ('company', 'personal')),
    -- Whose it is, as tokens name the member; null of a company's scale.
    add column owner text,
    add constraint scales_owned check ((scope = 'personal') = (owner is not null));

-- The latest rating of each member. In judgements stands the one of them that counts: the newest of all.
create table member_judgements (
    tenant_id   uuid        not null references tenants,
    scale_id    uuid        not null,
    factor_code text        not null,
    customer_id uuid        not null,
    author      text        not null,
    level       text        not null,
    note        text,
    judged_at   timestamptz not null,
    primary key (tenant_id, scale_id, factor_code, customer_id, author),
    foreign key (tenant_id, scale_id) references scales (tenant_id, id),
    foreign key (tenant_id, customer_id) references customers (tenant_id, id)
);
create index member_judgements_by_customer on member_judgements (tenant_id, customer_id);

-- The owner of the tables sees no tenant's rows unless it looks past the policies.
alter table judgements no force row level security;
insert into member_judgements (tenant_id, scale_id, factor_code, customer_id, author, level, note, judged_at)
select tenant_id, scale_id, factor_code, customer_id, author, level, note, judged_at from judgements;
alter table judgements force row level security;

alter table member_judgements enable row level security;
alter table member_judgements force row level security;
create policy member_judgements_tenant on member_judgements
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
create policy member_judgements_owner on member_judgements as restrictive for select
    using ((select app_salesperson_id()) is null or customer_id in (select id from customers));
grant select, insert, update, delete on member_judgements to fenji_app;
