-- What an import's file turned out to be: its format, its encoding (null of a workbook), and the columns of its header.
alter table imports
    add column format   text check (format in ('csv', 'ndjson', 'xlsx')),
    add column encoding text,
    add column columns  text[];
