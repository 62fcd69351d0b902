-- What a run stores, by one statement written by hand for this very scale: metrics from the lines, points, totals, ranks and
-- grades. $1 tenant, $2 run, $3 scale. As of 2025-12.
insert into grading_results
    (tenant_id, run_id, customer_id, gradable, score, quality, growth, data_coverage, scored_grade, grade, rank,
     factor_numbers, factor_texts, factor_missing, factor_points, factor_contributions, factor_matched, dimension_scores,
     effective_weights)
with months as (
    select customer_id, date_trunc('month', day::timestamp)::date as month, sum(base_net) as net, sum(base_cost) as cost,
           count(*) as lines, count(*) - count(base_cost) as without_cost, max(day) as last_day
    from sales_lines
    where tenant_id = $1 and day <= date '2025-12-31'
    group by 1, 2
), sums as (
    select customer_id,
           coalesce(sum(net) filter (where month >= '2025-01-01'), 0) as net_l12,
           coalesce(sum(net) filter (where month between '2024-01-01' and '2024-12-31'), 0) as net_p12,
           coalesce(sum(lines) filter (where month between '2024-01-01' and '2024-12-31'), 0) as lines_p12,
           coalesce(sum(cost) filter (where month >= '2025-01-01'), 0) as cost_l12,
           coalesce(sum(without_cost) filter (where month >= '2025-01-01'), 0) as without_cost_l12,
           count(*) filter (where month >= '2025-01-01' and net > 0) as active_months,
           max(last_day) as last_day
    from months
    group by customer_id
), bought as (
    select o.customer_id, o.order_id, p.category
    from sales_lines o join products p on p.tenant_id = o.tenant_id and p.id = o.product_id
    where o.tenant_id = $1 and o.day between date '2025-01-01' and date '2025-12-31'
    group by 1, 2, 3
), counts as (
    select customer_id, count(distinct order_id) as orders, count(distinct category) as categories
    from bought
    group by customer_id
), facts as (
    select c.id, c.external_id,
           case when s.net_l12 <> 0 then round(s.net_l12, 4) else 0 end as revenue,
           case when s.lines_p12 > 0 and s.net_p12 > 0 then round((s.net_l12 - s.net_p12) / s.net_p12, 6) end as growth,
           case when coalesce(s.lines_p12, 0) = 0 then 1 when s.net_p12 <= 0 then 2 end as growth_missing,
           case when s.without_cost_l12 = 0 and s.net_l12 > 0 then round((s.net_l12 - s.cost_l12) / s.net_l12, 6) end as margin,
           case when s.without_cost_l12 > 0 then 1 when coalesce(s.net_l12, 0) <= 0 then 2 end as margin_missing,
           coalesce(n.orders, 0) as orders, coalesce(s.active_months, 0) as active_months,
           date '2025-12-31' - s.last_day as recency, coalesce(n.categories, 0) as categories,
           (c.attributes ->> 'square_feet')::numeric as square_feet, (c.attributes ->> 'brands')::numeric as brands,
           c.attributes ->> 'specialty' as specialty, r.level as relationship, o.level as outlook
    from customers c
    left join sums s on s.customer_id = c.id
    left join counts n on n.customer_id = c.id
    left join judgements r on r.tenant_id = $1 and r.scale_id = $3 and r.factor_code = 'relationship' and r.customer_id = c.id
    left join judgements o on o.tenant_id = $1 and o.scale_id = $3 and o.factor_code = 'outlook' and o.customer_id = c.id
    where c.tenant_id = $1 and c.archived_at is null and c.merged_into is null
), points as (
    select *,
           case when revenue >= 30000 then 10 when revenue >= 15000 then 8 when revenue >= 5000 then 4 else 1 end as p1,
           case when revenue >= 30000 then 3 when revenue >= 15000 then 2 when revenue >= 5000 then 1 else 0 end as m1,
           case when margin >= 0.5 then 10 when margin >= 0.3 then 6 when margin >= 0 then 2 else 0 end as p2,
           case when margin >= 0.5 then 2 when margin >= 0.3 then 1 when margin >= 0 then 0 end as m2,
           least(orders, 20) as p3,
           case when active_months >= 9 then 10 when active_months >= 5 then 6 when active_months >= 2 then 3 else 0 end as p4,
           case when active_months >= 9 then 3 when active_months >= 5 then 2 when active_months >= 2 then 1 else 0 end as m4,
           case when recency is null then 0 when recency >= 180 then 0 when recency >= 60 then 5 else 10 end as p5,
           case when recency >= 180 then 2 when recency >= 60 then 1 when recency >= 0 then 0 end as m5,
           case relationship when 'a' then 20 when 'b' then 12 when 'c' then 4 else 10 end as p6,
           case relationship when 'a' then 0 when 'b' then 1 when 'c' then 2 end as m6,
           case when growth is null then 5 when growth >= 0.2 then 10 when growth >= 0 then 6 when growth >= -0.2 then 2 else 0 end as p7,
           case when growth >= 0.2 then 2 when growth >= 0 then 1 when growth >= -0.2 then 0 end as m7,
           case when categories >= 6 then 10 when categories >= 3 then 5 else 0 end as p8,
           case when categories >= 6 then 2 when categories >= 3 then 1 else 0 end as m8,
           case outlook when 'a' then 20 when 'b' then 12 when 'c' then 4 else 10 end as p9,
           case outlook when 'a' then 0 when 'b' then 1 when 'c' then 2 end as m9,
           case when square_feet is null then 0 when square_feet >= 40000 then 10 when square_feet >= 10000 then 5 else 2 end as p10,
           case when square_feet >= 40000 then 2 when square_feet >= 10000 then 1 when square_feet >= 0 then 0 end as m10,
           case when brands is null then 5 when brands >= 4 then 10 when brands >= 2 then 6 else 1 end as p11,
           case when brands >= 4 then 2 when brands >= 2 then 1 when brands >= 0 then 0 end as m11,
           case specialty when 'Mountain' then 20 when 'Road' then 15 when 'Touring' then 10 else 0 end as p12,
           case specialty when 'Mountain' then 0 when 'Road' then 1 when 'Touring' then 2 end as m12
    from facts
), scores as (
    select *, (p1 + p2 + p3) * 100 / 40.0 as d1, (p4 + p5 + p6) * 100 / 40.0 as d2, (p7 + p8 + p9) * 100 / 40.0 as d3,
           (p10 + p11 + p12) * 100 / 40.0 as d4
    from points
), totals as (
    select *, round(0.3 * d1 + 0.25 * d2 + 0.25 * d3 + 0.2 * d4, 4) as score,
           round((0.3 * d1 + 0.25 * d2) / 0.55, 4) as quality, round((0.25 * d3 + 0.2 * d4) / 0.45, 4) as growth_score
    from scores
), ranked as (
    select *, row_number() over (order by score desc, external_id collate "C") as place, count(*) over () as everyone
    from totals
), graded as (
    select *, case when place <= round(everyone * 0.2) then 'A' when place <= round(everyone * 0.2) + round(everyone * 0.3) then 'B'
                   else 'C' end as grade
    from ranked
)
select $1, $2, id, true, score, quality, growth_score, 1.000000, grade, grade, place,
       -- A zero has no places.
       array[revenue, case when margin = 0 then 0 else margin end, orders, active_months, recency, null, case when growth = 0 then 0 else growth end, categories, null, square_feet, brands, null],
       case when coalesce(relationship, outlook, specialty) is not null
           then array[null, null, null, null, null, relationship, null, null, outlook, null, null, specialty] end,
       case when coalesce(margin_missing, case when recency is null then 1 end, case when relationship is null then 5 end,
                          growth_missing, case when outlook is null then 5 end, case when square_feet is null then 1 end,
                          case when brands is null then 1 end, case when specialty is null then 1 end) is not null
           then array[null, margin_missing, null, null, case when recency is null then 1 end,
                      case when relationship is null then 5 end, growth_missing, null, case when outlook is null then 5 end,
                      case when square_feet is null then 1 end, case when brands is null then 1 end,
                      case when specialty is null then 1 end]::smallint[] end,
       array[(p1 * 10000)::int, (p2 * 10000)::int, (p3 * 10000)::int, (p4 * 10000)::int, (p5 * 10000)::int, (p6 * 10000)::int, (p7 * 10000)::int, (p8 * 10000)::int, (p9 * 10000)::int, (p10 * 10000)::int, (p11 * 10000)::int, (p12 * 10000)::int],
       array[(p1 * 7500)::int, (p2 * 7500)::int, (p3 * 7500)::int, (p4 * 6250)::int, (p5 * 6250)::int, (p6 * 6250)::int, (p7 * 6250)::int, (p8 * 6250)::int, (p9 * 6250)::int, (p10 * 5000)::int, (p11 * 5000)::int, (p12 * 5000)::int],
       array[m1, m2, null, m4, m5, m6, m7, m8, m9, m10, m11, m12]::smallint[],
       array[(d1 * 10000)::int, (d2 * 10000)::int, (d3 * 10000)::int, (d4 * 10000)::int],
       array[300000, 250000, 250000, 200000]
from graded;
