create table scales (
    tenant_id  uuid        not null references tenants,
    id         uuid        not null,
    code       text        not null,
    name_en    text        not null,
    name_zh    text        not null,
    purpose    text        not null check (purpose in ('existing_customers', 'prospects')),
    created_by text        not null,
    created_at timestamptz not null,
    primary key (tenant_id, id),
    unique (tenant_id, code)
);

create table scale_versions (
    tenant_id    uuid        not null references tenants,
    scale_id     uuid        not null,
    number       int         not null,
    state        text        not null check (state in ('draft', 'published', 'retired')),
    definition   jsonb       not null,
    -- Counts the edits of a draft; the ETag.
    revision     int         not null default 1,
    created_by   text        not null,
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    published_at timestamptz,
    primary key (tenant_id, scale_id, number),
    foreign key (tenant_id, scale_id) references scales (tenant_id, id)
);
create unique index scale_versions_one_published on scale_versions (tenant_id, scale_id) where state = 'published';
create unique index scale_versions_one_draft on scale_versions (tenant_id, scale_id) where state = 'draft';

create table judgements (
    tenant_id   uuid        not null references tenants,
    scale_id    uuid        not null,
    factor_code text        not null,
    customer_id uuid        not null,
    level       text        not null,
    note        text,
    author      text        not null,
    judged_at   timestamptz not null,
    primary key (tenant_id, scale_id, factor_code, customer_id),
    foreign key (tenant_id, scale_id) references scales (tenant_id, id),
    foreign key (tenant_id, customer_id) references customers (tenant_id, id)
);

create table grading_runs (
    tenant_id     uuid        not null references tenants,
    id            uuid        not null,
    job_id        uuid        not null,
    scale_id      uuid        not null,
    scale_version int         not null,
    -- First day of the month.
    as_of         date        not null,
    -- {"all": {}} | {"share": {"share": "0.8"}} | {"prospects": {}}
    selection     jsonb       not null,
    created_by    text        not null,
    created_at    timestamptz not null,
    completed_at  timestamptz,
    selected      int,
    gradable      int,
    primary key (tenant_id, id),
    foreign key (tenant_id, job_id) references jobs (tenant_id, id),
    foreign key (tenant_id, scale_id, scale_version) references scale_versions (tenant_id, scale_id, number)
);
create index grading_runs_by_scale on grading_runs (tenant_id, scale_id, completed_at desc);

create table grading_results (
    tenant_id     uuid         not null references tenants,
    run_id        uuid         not null,
    customer_id   uuid         not null,
    gradable      boolean      not null,
    score         numeric(7,4),
    quality       numeric(7,4),
    growth        numeric(7,4),
    data_coverage numeric(7,6),
    -- By score before caps, and after them; null where not gradable.
    scored_grade  text,
    grade         text,
    -- 1 = best score of the run; null where not gradable.
    rank          int,
    -- Everything that explains the result without recomputing it.
    detail        jsonb        not null,
    primary key (tenant_id, run_id, customer_id),
    foreign key (tenant_id, run_id) references grading_runs (tenant_id, id),
    foreign key (tenant_id, customer_id) references customers (tenant_id, id)
);
create index grading_results_by_customer on grading_results (tenant_id, customer_id);
-- In the order of a run's list: those without a rank last, then by id.
create index grading_results_by_rank on grading_results (tenant_id, run_id, coalesce(rank, 2147483647), customer_id);

create table ge_models (
    tenant_id  uuid        not null references tenants,
    id         uuid        not null,
    code       text        not null,
    name_en    text        not null,
    name_zh    text        not null,
    created_by text        not null,
    created_at timestamptz not null,
    primary key (tenant_id, id),
    unique (tenant_id, code)
);

create table ge_model_versions (
    tenant_id    uuid        not null references tenants,
    model_id     uuid        not null,
    number       int         not null,
    state        text        not null check (state in ('draft', 'published', 'retired')),
    definition   jsonb       not null,
    revision     int         not null default 1,
    created_by   text        not null,
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    published_at timestamptz,
    primary key (tenant_id, model_id, number),
    foreign key (tenant_id, model_id) references ge_models (tenant_id, id)
);
create unique index ge_model_versions_one_published on ge_model_versions (tenant_id, model_id) where state = 'published';
create unique index ge_model_versions_one_draft on ge_model_versions (tenant_id, model_id) where state = 'draft';

create table ge_mappings (
    tenant_id     uuid        not null references tenants,
    id            uuid        not null,
    job_id        uuid        not null,
    model_id      uuid        not null,
    model_version int         not null,
    as_of         date        not null,
    created_by    text        not null,
    created_at    timestamptz not null,
    completed_at  timestamptz,
    mapped        int,
    unmapped      int,
    primary key (tenant_id, id),
    foreign key (tenant_id, job_id) references jobs (tenant_id, id),
    foreign key (tenant_id, model_id, model_version) references ge_model_versions (tenant_id, model_id, number)
);
create index ge_mappings_by_model on ge_mappings (tenant_id, model_id, completed_at desc);

create table ge_positions (
    tenant_id      uuid          not null references tenants,
    mapping_id     uuid          not null,
    customer_id    uuid          not null,
    attractiveness numeric(7,4),
    strength       numeric(7,4),
    -- high_strong .. low_weak; null where unmapped.
    cell           text,
    revenue_l12    numeric(20,4),
    potential      numeric(20,4),
    detail         jsonb         not null,
    primary key (tenant_id, mapping_id, customer_id),
    foreign key (tenant_id, mapping_id) references ge_mappings (tenant_id, id),
    foreign key (tenant_id, customer_id) references customers (tenant_id, id)
);
create index ge_positions_by_customer on ge_positions (tenant_id, customer_id);
create index ge_positions_by_cell on ge_positions (tenant_id, mapping_id, cell);

create table plans (
    tenant_id     uuid          not null references tenants,
    id            uuid          not null,
    job_id        uuid          not null,
    name          text          not null,
    fiscal_year   int           not null,
    method        text          not null check (method in ('task_decomposition', 'strategy_led')),
    state         text          not null default 'draft' check (state in ('draft', 'submitted', 'approved', 'closed')),
    -- The annual target; null in a strategy-led plan that was given none.
    target        numeric(20,4),
    currency      text          not null,
    settings      jsonb         not null,
    total         numeric(20,4),
    created_by    text          not null,
    created_at    timestamptz   not null,
    completed_at  timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, job_id) references jobs (tenant_id, id)
);
create index plans_by_year on plans (tenant_id, fiscal_year, created_at desc);

create table plan_steps (
    tenant_id uuid  not null references tenants,
    plan_id   uuid  not null,
    number    int   not null,
    code      text  not null,
    label     jsonb not null,
    basis     jsonb not null,
    primary key (tenant_id, plan_id, number),
    foreign key (tenant_id, plan_id) references plans (tenant_id, id)
);

create table plan_lines (
    tenant_id   uuid          not null references tenants,
    plan_id     uuid          not null,
    step        int           not null,
    position    int           not null,
    parent_step int,
    parent      int,
    kind        text          not null,
    key         text          not null,
    label       text          not null,
    customer_id uuid,
    -- Null: not planned. 0.00: none expected.
    amount      numeric(20,4),
    figures     jsonb         not null,
    notes       jsonb         not null,
    primary key (tenant_id, plan_id, step, position),
    foreign key (tenant_id, plan_id, step) references plan_steps (tenant_id, plan_id, number),
    foreign key (tenant_id, customer_id) references customers (tenant_id, id)
);
create index plan_lines_by_customer on plan_lines (tenant_id, customer_id, plan_id);
