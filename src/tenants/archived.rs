//! Which tables are a tenant's, for an export of everything it has.

/// A table that is exported, and the columns of it that are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchivedTable {
    /// Its name.
    pub name: &'static str,
    /// Secrets, which stay here.
    pub left_out: &'static [&'static str],
}

const fn whole(name: &'static str) -> ArchivedTable {
    ArchivedTable { name, left_out: &[] }
}

/// Every table whose rows are a tenant's, each behind those it refers to. A test compares it with the database: a new
/// table gets a line here, or one in [`NOT_ARCHIVED`].
pub const ARCHIVED: &[ArchivedTable] = &[
    whole("tenants"),
    ArchivedTable { name: "api_keys", left_out: &["secret_hash"] },
    whole("audit_entries"),
    whole("audit_details"),
    whole("jobs"),
    whole("webhook_endpoints"),
    whole("webhook_messages"),
    whole("webhook_deliveries"),
    whole("webhook_attempts"),
    whole("salespeople"),
    whole("attribute_definitions"),
    whole("customers"),
    whole("customer_external_ids"),
    whole("purchase_potentials"),
    whole("contacts"),
    whole("territories"),
    whole("products"),
    whole("fx_rates"),
    whole("sales_lines"),
    whole("quotas"),
    whole("receivables"),
    whole("payments"),
    whole("costs_to_serve"),
    whole("imports"),
    whole("import_errors"),
    whole("import_refused_rows"),
    whole("import_mappings"),
    whole("customer_changes"),
    whole("scales"),
    whole("scale_versions"),
    whole("company_scales"),
    whole("judgements"),
    whole("member_judgements"),
    whole("grading_runs"),
    whole("grading_results"),
    whole("grade_overrides"),
    whole("grading_schedules"),
    whole("grading_settings"),
    whole("ge_models"),
    whole("ge_model_versions"),
    whole("ge_mappings"),
    whole("ge_positions"),
    whole("plans"),
    whole("plan_steps"),
    whole("plan_lines"),
    whole("plan_replacements"),
];

/// Tables that name a tenant and are not exported, and why.
pub const NOT_ARCHIVED: &[(&str, &str)] = &[
    ("job_queue", "ids and times by which workers find work; its content is in jobs"),
    ("customer_name_grams", "pieces of names by which customers are found; the names are in customers"),
    ("sales_rollups", "sums of sales lines, made of them; the lines are in sales_lines"),
    ("stale_sales_rollups", "whose sums no longer hold; what they are of is in sales_lines"),
    ("tenant_writes", "numbers of transactions, by which what is held in memory is found to be true"),
    ("grading_schedule_queue", "ids and times by which schedules are found; what they hold is in grading_schedules"),
    ("grade_override_queue", "ids and times by which overrides are found; what they hold is in grade_overrides"),
    ("webhook_queue", "ids and times by which deliveries are found; what they hold is in webhook_deliveries"),
    ("webhook_secrets", "secrets, which stay here"),
    ("idempotency_keys", "answers sealed with keys that clients alone know, forgotten after 24 hours"),
    ("import_parents", "customers of a file that wait for their parents, forgotten once it is in"),
    ("import_chunks", "files on their way in, forgotten once they are loaded"),
];
