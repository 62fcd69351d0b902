-- What customers owe, and what it costs to serve them.

-- An invoice or credit note (negative). What is still open follows from payments: those that name the item settle it,
-- the others settle what the customer owes in their currency, oldest due first.
create table receivables (
    tenant_id   uuid           not null references tenants,
    id          uuid           not null,
    external_id text           not null,
    customer_id uuid           not null,
    invoiced_on date           not null,
    due_on      date           not null check (due_on >= invoiced_on),
    amount      numeric(20,4)  not null,
    currency    text           not null,
    -- Base-currency units for one unit of the currency on the day of the invoice.
    fx_rate     numeric(24,12) not null,
    base_amount numeric(20,4)  not null,
    -- When what stands here was observed, as its source says, else when it came.
    observed_at timestamptz,
    primary key (tenant_id, id),
    unique (tenant_id, external_id),
    foreign key (tenant_id, customer_id) references customers (tenant_id, id)
);
create index receivables_by_customer on receivables (tenant_id, customer_id, due_on);
create index receivables_by_due on receivables (tenant_id, due_on, id);

-- The item a payment settles, where it names one.
alter table payments
    add column receivable_id uuid,
    add foreign key (tenant_id, receivable_id) references receivables (tenant_id, id);
create index payments_by_receivable on payments (tenant_id, receivable_id, paid_on) include (amount)
    where receivable_id is not null;

-- What was spent to serve a customer beyond the cost of goods.
create table costs_to_serve (
    tenant_id   uuid           not null references tenants,
    id          uuid           not null,
    external_id text           not null,
    customer_id uuid           not null,
    day         date           not null,
    -- What was done, such as visits, expediting, technical support.
    activity    text           not null,
    amount      numeric(20,4)  not null,
    currency    text           not null,
    fx_rate     numeric(24,12) not null,
    base_amount numeric(20,4)  not null,
    -- When what stands here was observed, as its source says, else when it came.
    observed_at timestamptz,
    primary key (tenant_id, id),
    unique (tenant_id, external_id),
    foreign key (tenant_id, customer_id) references customers (tenant_id, id)
);
create index costs_to_serve_by_customer on costs_to_serve (tenant_id, customer_id, day) include (base_amount);
create index costs_to_serve_by_day on costs_to_serve (tenant_id, day, id);

-- What money that customers owe costs a year, as a fraction; null where the tenant has not said.
alter table tenants add column capital_cost_rate numeric(9,6) check (capital_cost_rate between 0 and 1);

do $$
declare
    t text;
begin
    foreach t in array array['receivables', 'costs_to_serve']
    loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format(
            'create policy %I on %I using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()))',
            t || '_tenant', t);
        execute format(
            'create policy %I on %I as restrictive for select using ((select app_salesperson_id()) is null or customer_id in (select id from customers))',
            t || '_owner', t);
        execute format('grant select, insert, update on %I to fenji_app', t);
    end loop;
end
$$;
