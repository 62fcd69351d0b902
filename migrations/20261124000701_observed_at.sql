-- When what is stored was observed: what was observed earlier no longer replaces it. Null in rows from before, which
-- anything replaces.
alter table products add column observed_at timestamptz;
alter table sales_lines add column observed_at timestamptz;
alter table payments add column observed_at timestamptz;
