-- When a contact was observed: what was observed earlier no longer replaces it. Null in rows from before, which anything
-- replaces.
alter table contacts add column observed_at timestamptz;
