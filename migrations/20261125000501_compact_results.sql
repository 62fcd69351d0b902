-- What explains a result, as lists in the order of the scale version's factors and dimensions, which never change: a third
-- of the room that the same took as JSON with all its names. Points, contributions and scores are whole numbers of 10^-4,
-- weights and places of 10^-6. A list that would hold nothing is null.
--
-- The references to the tenant and to the run took half of an insert's time. The customer's is of the same tenant; a run's
-- results are written in the transaction that completes the run, which fails where there is none, and nobody deletes runs.
revoke delete on grading_runs from fenji_app;
alter table grading_results
    drop constraint grading_results_tenant_id_fkey,
    drop constraint grading_results_tenant_id_run_id_fkey,
    alter column detail drop not null,
    add column factor_numbers       numeric[],
    add column factor_texts         text[],
    add column factor_flags         boolean[],
    -- Why there are no points by the rule: 1 no data, 2 undefined, 3 too short, 4 not available, 5 not judged, 6 another
    -- type, 7 a value that the rule does not name.
    add column factor_missing       smallint[],
    add column factor_points        int[],
    add column factor_contributions int[],
    add column factor_matched       smallint[],
    add column factor_percentiles   int[],
    add column dimension_scores     int[],
    add column effective_weights    int[],
    add column cap_facts            jsonb;
