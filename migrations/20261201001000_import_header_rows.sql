-- The line (of a sheet: the row) on which the header of an import's file was found; null of NDJSON, and of imports that
-- were read before it was kept.
alter table imports add column header_row int check (header_row >= 1);
