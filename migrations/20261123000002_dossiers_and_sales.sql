create table salespeople (
    tenant_id   uuid        not null references tenants,
    id          uuid        not null,
    external_id text        not null,
    name        text        not null,
    territory   text,
    version     int         not null default 1,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    primary key (tenant_id, id),
    unique (tenant_id, external_id)
);

create table customers (
    tenant_id      uuid          not null references tenants,
    id             uuid          not null,
    -- The external id by which reports and ties name the customer: the first one it was given, else its own id.
    external_id    text          not null,
    name           text          not null,
    stage          text          not null default 'active' check (stage in ('prospect', 'active', 'dormant', 'lost')),
    industry       text,
    territory      text,
    city           text,
    country        text,
    owner_id       uuid,
    parent_id      uuid,
    employees      int           check (employees >= 0),
    annual_revenue numeric(20,4),
    currency       text,
    credit_limit   numeric(20,4),
    segment_hint   text,
    first_seen     date,
    tags           text[]        not null default '{}',
    -- Facts of the tenant's own: {"code": number as string | text | boolean}.
    attributes     jsonb         not null default '{}',
    version        int           not null default 1,
    created_at     timestamptz   not null,
    updated_at     timestamptz   not null,
    primary key (tenant_id, id),
    unique (tenant_id, external_id),
    foreign key (tenant_id, owner_id) references salespeople (tenant_id, id),
    foreign key (tenant_id, parent_id) references customers (tenant_id, id)
);
create index customers_by_name on customers (tenant_id, name, id);
create index customers_by_owner on customers (tenant_id, owner_id);

create table customer_external_ids (
    tenant_id   uuid not null references tenants,
    system      text not null,
    external_id text not null,
    customer_id uuid not null,
    primary key (tenant_id, system, external_id),
    foreign key (tenant_id, customer_id) references customers (tenant_id, id)
);
create index customer_external_ids_by_customer on customer_external_ids (tenant_id, customer_id);

-- What a customer buys a year of a category, from anyone, in the tenant's base currency.
create table purchase_potentials (
    tenant_id     uuid          not null references tenants,
    customer_id   uuid          not null,
    category      text          not null,
    yearly_amount numeric(20,4) not null check (yearly_amount >= 0),
    primary key (tenant_id, customer_id, category),
    foreign key (tenant_id, customer_id) references customers (tenant_id, id)
);

create table products (
    tenant_id     uuid          not null references tenants,
    id            uuid          not null,
    external_id   text          not null,
    name          text          not null,
    category      text,
    subcategory   text,
    standard_cost numeric(20,4),
    list_price    numeric(20,4),
    version       int           not null default 1,
    created_at    timestamptz   not null,
    updated_at    timestamptz   not null,
    primary key (tenant_id, id),
    unique (tenant_id, external_id)
);

-- Base-currency units for one unit of the currency, from its day until the next rate.
create table fx_rates (
    tenant_id uuid           not null references tenants,
    currency  text           not null,
    day       date           not null,
    rate      numeric(24,12) not null check (rate > 0),
    primary key (tenant_id, currency, day)
);

create table sales_lines (
    tenant_id      uuid           not null references tenants,
    id             uuid           not null,
    external_id    text           not null,
    order_id       text           not null,
    day            date           not null,
    customer_id    uuid           not null,
    product_id     uuid           not null,
    salesperson_id uuid,
    quantity       numeric(20,4)  not null,
    unit_price     numeric(20,4)  not null,
    discount       numeric(20,4)  not null,
    -- As invoiced, in the line's currency; cost is null where the source lacks it.
    net            numeric(20,4)  not null,
    cost           numeric(20,4),
    currency       text           not null,
    -- In the tenant's base currency, converted by fx_rate when the line was loaded.
    fx_rate        numeric(24,12) not null,
    base_net       numeric(20,4)  not null,
    base_cost      numeric(20,4),
    primary key (tenant_id, id),
    unique (tenant_id, external_id),
    foreign key (tenant_id, customer_id) references customers (tenant_id, id),
    foreign key (tenant_id, product_id) references products (tenant_id, id),
    foreign key (tenant_id, salesperson_id) references salespeople (tenant_id, id)
);
-- They carry the amounts, so that sums by customer and month, and ranks among all customers, never visit the table.
create index sales_lines_by_customer on sales_lines (tenant_id, customer_id, day) include (base_net, base_cost);
create index sales_lines_by_day on sales_lines (tenant_id, day) include (customer_id, base_net);

create table quotas (
    tenant_id      uuid          not null references tenants,
    salesperson_id uuid          not null,
    period_start   date          not null,
    amount         numeric(20,4) not null,
    primary key (tenant_id, salesperson_id, period_start),
    foreign key (tenant_id, salesperson_id) references salespeople (tenant_id, id)
);

create table payments (
    tenant_id   uuid          not null references tenants,
    id          uuid          not null,
    external_id text          not null,
    customer_id uuid          not null,
    paid_on     date          not null,
    amount      numeric(20,4) not null,
    currency    text          not null,
    primary key (tenant_id, id),
    unique (tenant_id, external_id),
    foreign key (tenant_id, customer_id) references customers (tenant_id, id)
);
create index payments_by_customer on payments (tenant_id, customer_id, paid_on);

create table imports (
    tenant_id   uuid        not null references tenants,
    id          uuid        not null,
    job_id      uuid        not null,
    kind        text        not null,
    file_name   text,
    bytes       bigint      not null,
    created     bigint      not null default 0,
    updated     bigint      not null default 0,
    unchanged   bigint      not null default 0,
    errors      bigint      not null default 0,
    created_by  text        not null,
    created_at  timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, job_id) references jobs (tenant_id, id)
);

-- The uploaded file as it came, in pieces of at most 1 MiB; deleted when the import has ended.
create table import_chunks (
    tenant_id uuid  not null references tenants,
    import_id uuid  not null,
    seq       int   not null,
    data      bytea not null,
    primary key (tenant_id, import_id, seq),
    foreign key (tenant_id, import_id) references imports (tenant_id, id)
);

create table import_errors (
    tenant_id   uuid   not null references tenants,
    import_id   uuid   not null,
    seq         bigint not null,
    line        bigint not null,
    column_name text,
    value       text,
    code        text   not null,
    detail_en   text   not null,
    detail_zh   text   not null,
    primary key (tenant_id, import_id, seq),
    foreign key (tenant_id, import_id) references imports (tenant_id, id)
);
