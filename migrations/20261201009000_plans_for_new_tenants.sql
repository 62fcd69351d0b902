-- What the planner assumes of a tenant that it does not know. Look-ups by key hide the tenant's id from it
-- (docs/decisions/0027-look-ups-by-key.md); it then goes by the number of tenants in the statistics. Where those were made
-- while a few tenants had a row each, it expected one row a tenant, and an index on the tenant and anything else looked as
-- good as the one on the key. Told that there is one tenant, it expects every row of the table behind such an index. Told
-- that an external id is unique, it never expects many rows behind a key.
do $$
declare
    found record;
begin
    for found in
        select c.oid::regclass as name, a.attname as tenant, k.attname as key
        from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
        left join pg_attribute k on k.attrelid = c.oid and k.attname = 'external_id' and not k.attisdropped
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relforcerowsecurity
        order by c.relname
    loop
        execute format('alter table %s alter column tenant_id set (n_distinct = 1)', found.name);
        if found.key is not null then
            execute format('alter table %s alter column external_id set (n_distinct = -1)', found.name);
        end if;
        -- It takes effect with the next statistics.
        if pg_relation_size(found.name) > 0 then
            execute format('analyze %s', found.name);
        end if;
    end loop;
end $$;
