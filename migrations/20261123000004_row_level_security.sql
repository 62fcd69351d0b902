-- Row level security, forced on every table that has a tenant_id, so that a statement without a tenant filter still
-- sees one tenant. The setting is read once a statement (a sub-select), not once a row.
do $$
declare
    t text;
begin
    for t in
        select c.table_name
        from information_schema.columns c
        join information_schema.tables i using (table_schema, table_name)
        where c.table_schema = current_schema() and c.column_name = 'tenant_id'
          and i.table_type = 'BASE TABLE' and c.table_name <> 'job_queue'
        order by 1
    loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format(
            'create policy %I on %I using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()))',
            t || '_tenant', t);
    end loop;

    -- A salesperson sees own customers, and what hangs on them.
    create policy customers_owner on customers as restrictive for select
        using ((select app_salesperson_id()) is null or owner_id = (select app_salesperson_id()));
    foreach t in array array['customer_external_ids', 'purchase_potentials', 'sales_lines', 'payments', 'judgements',
                             'grading_results', 'ge_positions']
    loop
        execute format(
            'create policy %I on %I as restrictive for select using ((select app_salesperson_id()) is null or customer_id in (select id from customers))',
            t || '_owner', t);
    end loop;
end
$$;

-- The app role owns nothing: it reads and writes rows, never tables. The audit log it can only append to.
grant select, insert, update, delete on all tables in schema public to fenji_app;
revoke update, delete on audit_entries from fenji_app;
revoke all on _sqlx_migrations from fenji_app;
grant select on _sqlx_migrations to fenji_app;
