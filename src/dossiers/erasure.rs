//! What an erasure does, table by table: the reviewed list of everything that may hold a person's data.
//!
//! A test compares it with the database's catalog: a new table with a tenant's rows does not pass until somebody has
//! written here what an erasure does with it. Another plants a text in every place and looks for it afterwards.
//!
//! Statements know: $1 the tenant, $2 the customer's id and those of the customers that became one with it, $3 patterns
//! that find what names them inside JSON, $4 regular expressions that find their identifiers as words of a text, the
//! short ones left out, $5 their identifiers and whatever else only they say, as whole values. What is counted stays:
//! amounts, days, grades.

/// What an erasure does to a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Erasure {
    /// It runs this.
    Run(&'static str),
    /// Nothing, because.
    Nothing(&'static str),
}

use Erasure::{Nothing, Run};

/// Every table with rows of a tenant, in the order of the erasure.
pub(super) const ERASURES: &[(&str, Erasure)] = &[
    ("audit_details", Run(AUDIT_DETAILS)),
    ("audit_entries", Nothing("who did what and when, to which id; what it was before and after is in audit_details")),
    ("contacts", Run("delete from contacts where tenant_id = $1 and customer_id = any($2)")),
    ("customer_changes", Run("delete from customer_changes where tenant_id = $1 and customer_id = any($2)")),
    ("webhook_messages", Run("delete from webhook_messages where tenant_id = $1 and body like any($3)")),
    ("webhook_attempts", Nothing("what an endpoint answered; goes with the message")),
    ("webhook_deliveries", Nothing("goes with the message")),
    ("webhook_endpoints", Nothing("of no customer")),
    ("webhook_queue", Nothing("ids and times")),
    ("webhook_secrets", Nothing("of no customer")),
    ("judgements", Run("update judgements set note = null where tenant_id = $1 and customer_id = any($2)")),
    (
        "member_judgements",
        Run("update member_judgements set note = null where tenant_id = $1 and customer_id = any($2)"),
    ),
    ("purchase_potentials", Run(PURCHASE_POTENTIALS)),
    ("sales_lines", Run(SALES_LINES)),
    ("receivables", Run(RECEIVABLES)),
    ("payments", Run(PAYMENTS)),
    ("costs_to_serve", Run(COSTS_TO_SERVE)),
    ("grading_results", Run(GRADING_RESULTS)),
    (
        "grade_overrides",
        Run("update grade_overrides set reason = 'erased' where tenant_id = $1 and customer_id = any($2)"),
    ),
    ("ge_positions", Run(GE_POSITIONS)),
    ("plan_lines", Run(PLAN_LINES)),
    ("plans", Run(PLANS)),
    (
        "plan_replacements",
        Run("update plan_replacements set reason = 'erased' where tenant_id = $1 and customer_id = any($2)"),
    ),
    ("import_errors", Run(IMPORT_ERRORS)),
    ("import_refused_rows", Run(IMPORT_REFUSED_ROWS)),
    ("import_mappings", Nothing("which columns of files are which of ours")),
    ("import_chunks", Run(IMPORT_CHUNKS)),
    ("import_parents", Run(IMPORT_PARENTS)),
    (
        "idempotency_keys",
        Nothing("answers sealed with keys that clients alone know, which are forgotten after 24 hours"),
    ),
    ("imports", Run(IMPORTS)),
    ("jobs", Nothing("ids and counts")),
    ("job_queue", Nothing("ids and times")),
    ("customer_external_ids", Run("delete from customer_external_ids where tenant_id = $1 and customer_id = any($2)")),
    ("customers", Run(CUSTOMERS)),
    ("customer_name_grams", Run("delete from customer_name_grams where tenant_id = $1 and customer_id = any($2)")),
    ("attribute_definitions", Nothing("what attributes there can be, of no customer")),
    ("api_keys", Nothing("of no customer")),
    ("fx_rates", Nothing("of no customer")),
    ("ge_mappings", Nothing("of no customer")),
    ("ge_model_versions", Nothing("of no customer")),
    ("ge_models", Nothing("of no customer")),
    ("grading_runs", Run(GRADING_RUNS)),
    ("grading_schedules", Run(GRADING_SCHEDULES)),
    ("grading_schedule_queue", Nothing("ids and times")),
    ("grade_override_queue", Nothing("ids and times")),
    ("grading_settings", Nothing("of no customer")),
    ("tenant_writes", Nothing("numbers of transactions")),
    ("plan_steps", Nothing("of no customer")),
    ("products", Nothing("of no customer")),
    ("quotas", Nothing("of no customer")),
    ("sales_rollups", Nothing("sums of lines, under ids")),
    ("stale_sales_rollups", Nothing("ids")),
    ("salespeople", Nothing("the tenant's own people")),
    ("scale_versions", Nothing("of no customer")),
    ("scales", Nothing("of no customer")),
    ("company_scales", Nothing("of no customer")),
    ("territories", Nothing("the tenant's own division of its market")),
];

/// The tables of `ERASURES`, for the test that compares them with the catalog.
pub fn erasure_tables() -> Vec<&'static str> {
    ERASURES.iter().map(|(table, _)| *table).collect()
}

/// The entry that says that it was erased stays whole.
const AUDIT_DETAILS: &str = "
    delete from audit_details d using audit_entries e
    where d.tenant_id = $1 and e.tenant_id = $1 and e.id = d.entry_id and e.action <> 'customer.erased'
      and (e.resource_type = 'customer' and e.resource_id = any($2::text[]) or d.before::text like any($3)
           or d.after::text like any($3)
           or e.action = 'import.created' and (d.after ->> 'file_name' ~ any($4) or d.after ->> 'file_name' = any($5)))";

/// A category that others buy too says nothing of anybody.
const PURCHASE_POTENTIALS: &str = "
    with gone as (
        delete from purchase_potentials p
        where p.tenant_id = $1 and p.customer_id = any($2) and p.category <> 'erased'
          and not exists (select from purchase_potentials o
                          where o.tenant_id = $1 and o.category = p.category and o.customer_id <> all($2))
          and not exists (select from products o where o.tenant_id = $1 and o.category = p.category)
        returning p.customer_id, p.yearly_amount)
    insert into purchase_potentials as p (tenant_id, customer_id, category, yearly_amount)
    select $1, customer_id, 'erased', sum(yearly_amount) from gone group by customer_id
    on conflict (tenant_id, customer_id, category) do update
    set yearly_amount = p.yearly_amount + excluded.yearly_amount";

/// The numbers of lines and orders are the tenant's own, and keep a line from coming in twice; only those that are made
/// of the customer's go, and leave a digest, by which a line that is sent again is found (`db/upsert.rs`). An order stays
/// one order.
const SALES_LINES: &str = "
    update sales_lines l
    set external_id = case when l.external_id ~ any($4) or l.external_id = any($5) then l.id::text
                           else l.external_id end,
        erased_number = case when l.external_id ~ any($4) or l.external_id = any($5)
                             then sha256(convert_to($1::text || ' ' || l.external_id, 'UTF8'))
                             else l.erased_number end,
        order_id = case when l.order_id ~ any($4) or l.order_id = any($5) then 'erased-' || o.first
                        else l.order_id end
    from (select order_id, min(id::text) as first from sales_lines
          where tenant_id = $1 and customer_id = any($2) group by order_id) o
    where l.tenant_id = $1 and l.customer_id = any($2) and o.order_id = l.order_id
      and (l.external_id ~ any($4) or l.order_id ~ any($4) or l.external_id = any($5) or l.order_id = any($5))";

const RECEIVABLES: &str = "
    update receivables
    set external_id = id::text, erased_number = sha256(convert_to($1::text || ' ' || external_id, 'UTF8'))
    where tenant_id = $1 and customer_id = any($2) and (external_id ~ any($4) or external_id = any($5))";

/// What was done is a text that somebody wrote.
const COSTS_TO_SERVE: &str = "
    update costs_to_serve
    set external_id = case when external_id ~ any($4) or external_id = any($5) then id::text else external_id end,
        erased_number = case when external_id ~ any($4) or external_id = any($5)
                             then sha256(convert_to($1::text || ' ' || external_id, 'UTF8'))
                             else erased_number end,
        activity = 'erased'
    where tenant_id = $1 and customer_id = any($2)";

const PAYMENTS: &str = "
    update payments
    set external_id = id::text, erased_number = sha256(convert_to($1::text || ' ' || external_id, 'UTF8'))
    where tenant_id = $1 and customer_id = any($2) and (external_id ~ any($4) or external_id = any($5))";

/// The texts that were scored; points, scores and grades stay.
const GRADING_RESULTS: &str = r#"
    update grading_results
    set detail = regexp_replace(detail::text, '\{"text": "([^"\\]|\\.)*"\}', '{"text": "erased"}', 'g')::jsonb,
        cap_facts = regexp_replace(cap_facts::text, '\{"text": "([^"\\]|\\.)*"\}', '{"text": "erased"}', 'g')::jsonb,
        factor_texts = case when factor_texts is not null then array(
            select case when text is not null then 'erased' end
            from unnest(factor_texts) with ordinality known (text, place) order by place) end
    where tenant_id = $1 and customer_id = any($2)
      and (factor_texts is not null or detail::text like '%{"text": %' or cap_facts::text like '%{"text": %')"#;

/// Selections that name the customer: a filter that says what only it says, a list with its external ids.
const GRADING_RUNS: &str = r#"
    update grading_runs set selection = '{"list": {}}'
    where tenant_id = $1 and (selection ? 'filter' or selection ? 'list') and selection::text like any($3)"#;

const GRADING_SCHEDULES: &str = r#"
    update grading_schedules set selection = '{"list": {}}'
    where tenant_id = $1 and (selection ? 'filter' or selection ? 'list') and selection::text like any($3)"#;

const GE_POSITIONS: &str = r#"
    update ge_positions
    set detail = regexp_replace(detail::text, '\{"text": "([^"\\]|\\.)*"\}', '{"text": "erased"}', 'g')::jsonb
    where tenant_id = $1 and customer_id = any($2) and detail::text like '%{"text": %'"#;

/// Lines of the customer, and of groups that it alone made.
/// Lines of types of customers are keyed by grade and group, as `A/machinery`.
const PLAN_LINES: &str = r#"
    update plan_lines l
    set key = coalesce(l.customer_id::text, 'erased'), label = '{"en": "erased", "zh": "已删除"}',
        notes = coalesce((select jsonb_agg(n.note || '{"detail": null}' order by n.place)
                          from jsonb_array_elements(l.notes) with ordinality n (note, place)), '[]')
    where l.tenant_id = $1
      and (l.customer_id = any($2)
           or l.customer_id is null and (l.key = any($5) or substr(l.key, strpos(l.key, '/') + 1) = any($5)))"#;

/// Why a salesperson replaced an amount, by the customer's external id.
const PLANS: &str = r#"
    update plans p
    set replacements = (select jsonb_object_agg(case when r.key = any($5) then ($2::uuid[])[1]::text else r.key end,
                                                case when r.key = any($5) then r.value || '{"reason": "erased"}' else r.value end)
                        from jsonb_each(p.replacements) r)
    where p.tenant_id = $1 and p.replacements ?| $5"#;

/// What is left of the file of an import that has ended; one that is at work ends like any other.
const IMPORT_CHUNKS: &str = "
    delete from import_chunks c using imports i, jobs j
    where c.tenant_id = $1 and i.tenant_id = $1 and i.id = c.import_id and j.tenant_id = $1 and j.id = i.job_id
      and j.state in ('completed', 'failed', 'cancelled')";

const IMPORT_PARENTS: &str = "
    delete from import_parents p using imports i, jobs j
    where p.tenant_id = $1 and i.tenant_id = $1 and i.id = p.import_id and j.tenant_id = $1 and j.id = i.job_id
      and j.state in ('completed', 'failed', 'cancelled')";

/// A file that is called as the customer is.
const IMPORTS: &str = "
    update imports set file_name = null
    where tenant_id = $1 and (file_name ~ any($4) or file_name = any($5))";

/// A refused row of customers may be anybody's: all of them go, and of other files those with a field that names the
/// customer. Of NDJSON the line is kept, whose fields are looked at by code of their own (`store/erasure.rs`).
const IMPORT_REFUSED_ROWS: &str = "
    delete from import_refused_rows e using imports i
    where e.tenant_id = $1 and i.tenant_id = $1 and i.id = e.import_id
      and (i.kind = 'customers'
           or i.format is distinct from 'ndjson'
              and exists (select from jsonb_array_elements_text(e.fields) f (field)
                          where btrim(f.field) = any($5) or f.field ~ any($4)))";

/// Which row an error is of is not kept, so that all values in reports of files of customers go.
const IMPORT_ERRORS: &str = "
    update import_errors e
    set value = null, detail_en = 'erased', detail_zh = '已删除'
    from imports i
    where e.tenant_id = $1 and i.tenant_id = $1 and i.id = e.import_id
      and (i.kind = 'customers' or btrim(e.value) = any($5) or e.value ~ any($4) or e.detail_en ~ any($4))";

/// Industry and territory stay where others share them: they are counted by.
const CUSTOMERS: &str = "
    update customers c
    set name = 'erased', external_id = c.id::text, city = null, country = null, parent_id = null, employees = null,
        annual_revenue = null, credit_limit = null, segment_hint = null, first_seen = null, tags = '{}',
        attributes = '{}', observed = '{}', repeats = '{}',
        industry = (select o.industry from customers o where o.tenant_id = $1 and o.industry = c.industry
                    and o.id <> all($2) limit 1),
        territory = (select o.territory from customers o where o.tenant_id = $1 and o.territory = c.territory
                     and o.id <> all($2) limit 1)
    where c.tenant_id = $1 and c.id = any($2)";
