-- Rows of an import that are in and that somebody should look at; import_errors lists them with the severity 'warning'.
alter table imports add column warnings bigint not null default 0;
