-- What a salesperson sees of quotas and plans: own quotas; in plans the lines of own customers and the own lines among those
-- of salespeople. A line without a customer (totals, territories, categories) is nobody's own.
create policy quotas_owner on quotas as restrictive for select
    using ((select app_salesperson_id()) is null or salesperson_id = (select app_salesperson_id()));

create policy plan_lines_owner on plan_lines as restrictive for select
    using ((select app_salesperson_id()) is null
           or customer_id in (select id from customers)
           or kind = 'salesperson'
              and key = (select s.external_id from salespeople s where s.id = (select app_salesperson_id())));

-- Expected outputs that somebody replaces after the plan was generated. The plan stays as it is; a new one takes them over.
create table plan_replacements (
    tenant_id   uuid        not null references tenants,
    plan_id     uuid        not null,
    customer_id uuid        not null,
    -- Null: nothing is to be planned for the customer.
    amount      numeric(20,4) check (amount >= 0),
    reason      text        not null,
    replaced_by text        not null,
    replaced_at timestamptz not null,
    primary key (tenant_id, plan_id, customer_id),
    foreign key (tenant_id, plan_id) references plans (tenant_id, id),
    foreign key (tenant_id, customer_id) references customers (tenant_id, id)
);
create index plan_replacements_by_customer on plan_replacements (tenant_id, customer_id);
alter table plan_replacements enable row level security;
alter table plan_replacements force row level security;
create policy plan_replacements_tenant on plan_replacements
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
-- Also for what is written: nobody replaces what is expected of another's customer.
create policy plan_replacements_owner on plan_replacements as restrictive
    using ((select app_salesperson_id()) is null or customer_id in (select id from customers))
    with check ((select app_salesperson_id()) is null or customer_id in (select id from customers));
alter table plan_replacements alter column tenant_id set (n_distinct = 1);
grant select, insert, update, delete on plan_replacements to fenji_app;

-- What somebody sold by day from a day on, whoever owns the customers: a quota is met by all of it, while a salesperson sees the
-- lines of own customers alone. The function lifts that one restriction, not the tenant's, and tells sums, no line and no
-- customer. It puts the setting back; an error ends the transaction, or the savepoint, and the setting with it.
create function sold_by(tenant uuid, seller uuid, from_day date)
    returns table (salesperson_id uuid, day date, net numeric, base_net numeric)
    language plpgsql
as $$
declare
    reader text := coalesce(current_setting('app.salesperson_id', true), '');
begin
    perform set_config('app.salesperson_id', '', true);
    -- Planned each time, for the table may have grown.
    return query execute
        'select l.salesperson_id, l.day, sum(l.net), sum(l.base_net) from sales_lines l
         where l.tenant_id = $1 and l.salesperson_id = $2 and l.day >= $3 group by l.salesperson_id, l.day'
        using tenant, seller, from_day;
    perform set_config('app.salesperson_id', reader, true);
end
$$;

-- How far the tenant's sales reach: the days of the first line, of the last one up to a day, and of the last of all. They say
-- which periods are whole, and that is the same for everybody.
create function sales_reach(tenant uuid, until date)
    returns table (first_day date, last_day date, latest_day date)
    language plpgsql
as $$
declare
    reader text := coalesce(current_setting('app.salesperson_id', true), '');
begin
    perform set_config('app.salesperson_id', '', true);
    return query execute
        'select (select min(l.day) from sales_lines l where l.tenant_id = $1),
                (select max(l.day) from sales_lines l where l.tenant_id = $1 and l.day <= $2),
                (select max(l.day) from sales_lines l where l.tenant_id = $1)'
        using tenant, until;
    perform set_config('app.salesperson_id', reader, true);
end
$$;
