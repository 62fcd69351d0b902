-- Of which kind a customer is goes by its profit and its effort. A run keeps both with each result, as they were when it was
-- made, and the whole book's beside it, of which everyone's share is taken. Nothing of this is known of older runs.
alter table grading_results
    add column gross_margin   numeric,
    add column net_profit     numeric,
    add column cost_to_serve  numeric,
    add column handled_orders int,
    add column handled_lines  int,
    add column return_lines   int,
    add column small_orders   int;

alter table grading_runs add column book_effort jsonb;

-- The threshold of cost to serve / net made way for one of effort / margin. The owner of the tables sees no tenant's rows
-- unless it looks past the policies.
alter table grading_settings no force row level security;
update grading_settings set thresholds = thresholds - 'busy_effort';
alter table grading_settings force row level security;

-- The weights of handling units are what scales read the effort ratio by.
create trigger grading_settings_note_write after insert or update or delete on grading_settings
    for each statement execute function note_write();
