-- Which results may decide a current grade: those of official runs of the company's scale that are in force.

-- The company's scale of each purpose. Only its runs decide current grades.
create table company_scales (
    tenant_id uuid        not null references tenants,
    purpose   text        not null check (purpose in ('existing_customers', 'prospects')),
    scale_id  uuid        not null,
    -- Counts the changes; the ETag.
    version   int         not null default 1,
    named_by  text        not null,
    named_at  timestamptz not null,
    primary key (tenant_id, purpose),
    foreign key (tenant_id, scale_id) references scales (tenant_id, id)
);

alter table grading_runs
    add column official         boolean not null default true,
    -- With a draft, or asked for as a trial.
    add column trial            boolean not null default false,
    -- Of a month that was not over.
    add column provisional      boolean not null default false,
    -- What a trial was graded with: its draft may change.
    add column definition       jsonb,
    -- Where grades or points go by places among customers: how many were graded together, and how many there were.
    add column graded_among     int,
    add column book             int,
    add column withdrawn_at     timestamptz,
    add column withdrawn_by     text,
    add column withdrawn_reason text;

alter table ge_mappings
    add column provisional      boolean not null default false,
    add column withdrawn_at     timestamptz,
    add column withdrawn_by     text,
    add column withdrawn_reason text;

alter table plans add column provisional boolean not null default false;

-- Holds what decides, so that the grades of a whole book are found without reading the results themselves.
create index grading_results_deciding on grading_results (tenant_id, customer_id, run_id) include (gradable, grade);
drop index grading_results_by_customer;

-- The tables' owner sees no tenant's rows while row level security is forced.
alter table scales no force row level security;
alter table scale_versions no force row level security;
alter table grading_runs no force row level security;
alter table ge_mappings no force row level security;

-- A run of a month that lay wholly ahead can only have been a slip. It decides nothing from now on.
update grading_runs set provisional = true where as_of > (created_at at time zone 'utc')::date;
update ge_mappings set provisional = true where as_of > (created_at at time zone 'utc')::date;

-- The scale that has decided until now becomes the company's: the one whose run came first among those that graded
-- anybody; where nothing was graded, the one that was published first.
insert into company_scales (tenant_id, purpose, scale_id, named_by, named_at)
select distinct on (s.tenant_id, s.purpose) s.tenant_id, s.purpose, s.id, 'fenji', now()
from scales s
join scale_versions v on v.tenant_id = s.tenant_id and v.scale_id = s.id and v.state <> 'draft'
left join grading_runs g on g.tenant_id = s.tenant_id and g.scale_id = s.id and g.scale_version = v.number
    and g.completed_at is not null and not g.provisional and g.gradable > 0
where s.scope = 'company'
order by s.tenant_id, s.purpose, g.id is null, v.state = 'published' desc, g.as_of desc, g.completed_at desc, g.id desc,
    v.published_at, s.id;

alter table scales force row level security;
alter table scale_versions force row level security;
alter table grading_runs force row level security;
alter table ge_mappings force row level security;

alter table company_scales enable row level security;
alter table company_scales force row level security;
create policy company_scales_tenant on company_scales
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert, update, delete on company_scales to fenji_app;
