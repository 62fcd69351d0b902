-- The digest of the number that a row had before an erasure took it, because it was made of the customer's: a row that a
-- source sends again is found by it, and does not come in twice.
alter table sales_lines add column erased_number bytea;
alter table receivables add column erased_number bytea;
alter table payments add column erased_number bytea;
alter table costs_to_serve add column erased_number bytea;
create index sales_lines_by_erased_number on sales_lines (tenant_id, erased_number) where erased_number is not null;
create index receivables_by_erased_number on receivables (tenant_id, erased_number) where erased_number is not null;
create index payments_by_erased_number on payments (tenant_id, erased_number) where erased_number is not null;
create index costs_to_serve_by_erased_number on costs_to_serve (tenant_id, erased_number)
    where erased_number is not null;
