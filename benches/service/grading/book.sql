-- A book for grading, made by the server itself: $tenant, $customers and so many $lines for each of them, over three years
-- up to 2025-12. Numbers look like chance and are the same each time. Constraints and triggers are not run while the rows
-- go in; the rollups are marked as not holding at the end, as the triggers would.
set session_replication_role = replica;

insert into products (tenant_id, id, external_id, name, category, created_at, updated_at)
select '$tenant', gen_random_uuid(), 'P-' || lpad(n::text, 4, '0'), 'Product ' || n, 'Category ' || n % 20, now(), now()
from generate_series(0, 499) n;

insert into customers (tenant_id, id, external_id, name, stage, attributes, created_at, updated_at)
select '$tenant', gen_random_uuid(), 'C-' || lpad(n::text, 7, '0'), 'Customer ' || n, 'active',
       jsonb_strip_nulls(jsonb_build_object(
           'square_feet', case when n % 11 <> 0 then (1000 + hashint8(n) & 65535)::text end,
           'brands', case when n % 7 <> 0 then (hashint8(n * 3) & 7)::text end,
           'specialty', case when n % 5 <> 0 then (array['Mountain', 'Road', 'Touring'])[1 + (hashint8(n * 5) & 1023) % 3] end)),
       now(), now()
from generate_series(0::bigint, $customers - 1) n;

create temp table c on commit preserve rows as
select id, row_number() over (order by external_id collate "C") - 1 as n from customers where tenant_id = '$tenant';
create temp table p on commit preserve rows as
select id, row_number() over (order by external_id collate "C") - 1 as n from products where tenant_id = '$tenant';
analyze c, p;

-- One line in nine lacks its cost, orders have one line to four, and some run over two months.
insert into sales_lines (tenant_id, id, external_id, order_id, day, customer_id, product_id, quantity, unit_price,
                         discount, net, cost, currency, fx_rate, base_net, base_cost)
select '$tenant', gen_random_uuid(), 'L-' || x.n || '-' || x.k, 'SO-' || x.n || '-' || x.k / 3, x.day, x.id, p.id, 1,
       x.net, 0, x.net, x.cost, 'EUR', 1, x.net, x.cost
from (select c.id, c.n, k,
             date '2023-01-01' + ((hashint8(c.n * 1000 + k / 3) & 1048575) % 1096 + (hashint8(k + c.n) & 7) * (k % 2))::int as day,
             round(((hashint8(c.n * 31 + k) & 1048575) % 900000 - 20000) / 100.0, 4) as net,
             case when (c.n * 7 + k) % 97 <> 0 then round(((hashint8(c.n * 31 + k) & 1048575) % 600000) / 100.0, 4) end as cost,
             (hashint8(c.n * 17 + k) & 1048575) % 500 as product
      from c cross join generate_series(0, $lines - 1) k) x
join p on p.n = x.product
where x.day <= date '2025-12-31';

insert into judgements (tenant_id, scale_id, factor_code, customer_id, level, author, judged_at)
select '$tenant', '$scale', f.code, c.id, (array['a', 'b', 'c'])[1 + (hashint8(c.n * f.k) & 1023) % 3], 'bench', now()
from c cross join (values ('relationship', 7), ('outlook', 9)) f (code, k)
where (hashint8(c.n * f.k * 3) & 15) > 2;

insert into stale_sales_rollups (tenant_id, customers) values ('$tenant', null);
drop table c, p;
set session_replication_role = origin;
