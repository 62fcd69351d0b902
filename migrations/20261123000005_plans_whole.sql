-- What a plan was asked for and made from, so that every number in it can be traced.
alter table plans
    -- First day of the last month of the history.
    add column as_of        date  not null,
    -- {external id of a customer: {"amount", "reason"}}
    add column replacements jsonb not null,
    -- What the book held when the plan was generated; null until then.
    add column inputs       jsonb;

alter table plan_steps
    add column notes      jsonb not null,
    add column line_count int   not null,
    -- Sum of the step's level of the plan; null where nothing is planned.
    add column total      numeric(20,4);

-- In both languages, as every label.
alter table plan_lines alter column label type jsonb using jsonb_build_object('en', label, 'zh', label);
create index plan_lines_by_parent on plan_lines (tenant_id, plan_id, parent_step, parent);
