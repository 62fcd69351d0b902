//! The table of all operations. It and the contract are compared both ways, so that none is without a row.

use std::collections::BTreeSet;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use fenji::tenancy::Permission::{self, *};
use serde_json::Value;

/// What an operation asks of whoever calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: open to all.
    Nothing,
    /// A valid token, whatever its permissions.
    AnyToken,
    /// This permission and no other.
    The(Permission),
}

/// One operation of both faces.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// Its `operationId`.
    pub id: &'static str,
    /// Its method.
    pub method: &'static str,
    /// Its path, as in OpenAPI.
    pub path: &'static str,
    /// Its GraphQL root and field; empty for what is only asked over REST.
    pub field: &'static str,
    /// What it needs.
    pub needs: Needs,
}

const fn op(
    id: &'static str,
    method: &'static str,
    path: &'static str,
    field: &'static str,
    permission: Permission,
) -> Operation {
    Operation { id, method, path, field, needs: Needs::The(permission) }
}

const fn free(
    id: &'static str,
    method: &'static str,
    path: &'static str,
    field: &'static str,
    needs: Needs,
) -> Operation {
    Operation { id, method, path, field, needs }
}

/// Every operation. A new one gets a row here, and a sample in `reads.rs` or `writes.rs`.
#[rustfmt::skip]
pub const OPERATIONS: &[Operation] = &[
    free("getLiveness", "GET", "/livez", "", Needs::Nothing),
    free("getReadiness", "GET", "/readyz", "", Needs::Nothing),
    free("createAccessToken", "POST", "/v1/auth/token", "mutation createAccessToken", Needs::AnyToken),
    // Tenants
    op("getTenant", "GET", "/v1/tenant", "query tenant", SettingsRead),
    op("exportTenant", "GET", "/v1/tenant/export", "", TenantExport),
    op("updateTenant", "PATCH", "/v1/tenant", "mutation updateTenant", SettingsWrite),
    op("listTenants", "GET", "/v1/tenants", "query tenants", TenantsManage),
    op("createTenant", "POST", "/v1/tenants", "mutation createTenant", TenantsManage),
    op("listApiKeys", "GET", "/v1/api-keys", "query apiKeys", ApiKeysManage),
    op("createApiKey", "POST", "/v1/api-keys", "mutation createApiKey", ApiKeysManage),
    op("revokeApiKey", "DELETE", "/v1/api-keys/{id}", "mutation revokeApiKey", ApiKeysManage),
    op("listAuditEntries", "GET", "/v1/audit-entries", "query auditEntries", AuditRead),
    op("listJobs", "GET", "/v1/jobs", "query jobs", JobsManage),
    op("getJob", "GET", "/v1/jobs/{id}", "query job", JobsManage),
    op("streamJob", "GET", "/v1/jobs/{id}/events", "", JobsManage),
    op("cancelJob", "DELETE", "/v1/jobs/{id}", "mutation cancelJob", JobsManage),
    // Webhooks
    op("listWebhookEndpoints", "GET", "/v1/webhook-endpoints", "query webhookEndpoints", WebhooksManage),
    op("createWebhookEndpoint", "POST", "/v1/webhook-endpoints", "mutation createWebhookEndpoint", WebhooksManage),
    op("getWebhookEndpoint", "GET", "/v1/webhook-endpoints/{id}", "query webhookEndpoint", WebhooksManage),
    op("updateWebhookEndpoint", "PATCH", "/v1/webhook-endpoints/{id}", "mutation updateWebhookEndpoint", WebhooksManage),
    op("rotateWebhookSecret", "POST", "/v1/webhook-endpoints/{id}:rotate-secret", "mutation rotateWebhookSecret", WebhooksManage),
    op("sendTestWebhook", "POST", "/v1/webhook-endpoints/{id}:test", "mutation sendTestWebhook", WebhooksManage),
    op("listWebhookDeliveries", "GET", "/v1/webhook-endpoints/{id}/deliveries", "query webhookDeliveries", WebhooksManage),
    op("getWebhookDelivery", "GET", "/v1/webhook-deliveries/{id}", "query webhookDelivery", WebhooksManage),
    op("replayWebhookDelivery", "POST", "/v1/webhook-deliveries/{id}:replay", "mutation replayWebhookDelivery", WebhooksManage),
    op("replayWebhookDeliveries", "POST", "/v1/webhook-endpoints/{id}:replay", "mutation replayWebhookDeliveries", WebhooksManage),
    op("deleteWebhookEndpoint", "DELETE", "/v1/webhook-endpoints/{id}", "mutation deleteWebhookEndpoint", WebhooksManage),
    // Dossiers
    op("listCustomers", "GET", "/v1/customers", "query customers", CustomersRead),
    op("createCustomer", "POST", "/v1/customers", "mutation createCustomer", CustomersWrite),
    op("getCustomer", "GET", "/v1/customers/{id}", "query customer", CustomersRead),
    op("updateCustomer", "PATCH", "/v1/customers/{id}", "mutation updateCustomer", CustomersWrite),
    op("upsertCustomer", "PUT", "/v1/customers/by-external-id/{system}/{external_id}", "mutation upsertCustomer", CustomersWrite),
    op("upsertCustomers", "POST", "/v1/customers:batch", "mutation upsertCustomers", CustomersWrite),
    op("getCustomerFacets", "GET", "/v1/customers/facets", "query customerFacets", CustomersRead),
    op("getCustomerUpkeep", "GET", "/v1/customers/{id}/upkeep", "query customerUpkeep", CustomersRead),
    op("listAttributeDefinitions", "GET", "/v1/attribute-definitions", "query attributeDefinitions", CustomersRead),
    op("createAttributeDefinition", "POST", "/v1/attribute-definitions", "mutation createAttributeDefinition", AttributesWrite),
    op("getAttributeDefinition", "GET", "/v1/attribute-definitions/{code}", "query attributeDefinition", CustomersRead),
    op("upsertAttributeDefinition", "PUT", "/v1/attribute-definitions/{code}", "mutation upsertAttributeDefinition", AttributesWrite),
    op("deleteAttributeDefinition", "DELETE", "/v1/attribute-definitions/{code}", "mutation deleteAttributeDefinition", AttributesWrite),
    op("upsertAttributeDefinitions", "POST", "/v1/attribute-definitions:batch", "mutation upsertAttributeDefinitions", AttributesWrite),
    op("getPurchasePotentials", "GET", "/v1/customers/{id}/purchase-potentials", "query purchasePotentials", CustomersRead),
    op("setPurchasePotentials", "PUT", "/v1/customers/{id}/purchase-potentials", "mutation setPurchasePotentials", CustomersWrite),
    op("listPurchasePotentials", "GET", "/v1/purchase-potentials", "query purchasePotentialEntries", CustomersRead),
    op("upsertPurchasePotentials", "POST", "/v1/purchase-potentials:batch", "mutation upsertPurchasePotentials", CustomersWrite),
    op("listCustomerTimeline", "GET", "/v1/customers/{id}/timeline", "query customerTimeline", CustomersRead),
    op("addExternalId", "PUT", "/v1/customers/{id}/external-ids/{system}/{external_id}", "mutation addExternalId", CustomersWrite),
    op("removeExternalId", "DELETE", "/v1/customers/{id}/external-ids/{system}/{external_id}", "mutation removeExternalId", CustomersWrite),
    op("archiveCustomer", "POST", "/v1/customers/{id}:archive", "mutation archiveCustomer", CustomersWrite),
    op("restoreCustomer", "POST", "/v1/customers/{id}:restore", "mutation restoreCustomer", CustomersWrite),
    op("mergeCustomer", "POST", "/v1/customers/{id}:merge", "mutation mergeCustomer", CustomersWrite),
    op("eraseCustomer", "POST", "/v1/customers/{id}:erase", "mutation eraseCustomer", CustomersErase),
    op("listContacts", "GET", "/v1/contacts", "query contacts", CustomersRead),
    op("upsertContacts", "POST", "/v1/contacts:batch", "mutation upsertContacts", CustomersWrite),
    op("getContact", "GET", "/v1/contacts/{id}", "query contact", CustomersRead),
    op("updateContact", "PATCH", "/v1/contacts/{id}", "mutation updateContact", CustomersWrite),
    op("deleteContact", "DELETE", "/v1/contacts/{id}", "mutation deleteContact", CustomersWrite),
    op("listCustomerContacts", "GET", "/v1/customers/{id}/contacts", "query customerContacts", CustomersRead),
    op("createContact", "POST", "/v1/customers/{id}/contacts", "mutation createContact", CustomersWrite),
    op("listTerritories", "GET", "/v1/territories", "query territories", CustomersRead),
    op("getTerritory", "GET", "/v1/territories/{name}", "query territory", CustomersRead),
    op("putTerritory", "PUT", "/v1/territories/{name}", "mutation putTerritory", CustomersWrite),
    op("deleteTerritory", "DELETE", "/v1/territories/{name}", "mutation deleteTerritory", CustomersWrite),
    op("listSalespeople", "GET", "/v1/salespeople", "query salespeople", SalesRead),
    op("getSalesperson", "GET", "/v1/salespeople/{id}", "query salesperson", SalesRead),
    op("upsertSalesperson", "PUT", "/v1/salespeople/by-external-id/{external_id}", "mutation upsertSalesperson", SalesWrite),
    op("upsertSalespeople", "POST", "/v1/salespeople:batch", "mutation upsertSalespeople", SalesWrite),
    // Sales and finance
    op("listProducts", "GET", "/v1/products", "query products", SalesRead),
    op("getProduct", "GET", "/v1/products/{id}", "query product", SalesRead),
    op("upsertProduct", "PUT", "/v1/products/by-external-id/{external_id}", "mutation upsertProduct", SalesWrite),
    op("upsertProducts", "POST", "/v1/products:batch", "mutation upsertProducts", SalesWrite),
    op("listSalesLines", "GET", "/v1/sales-lines", "query salesLines", SalesRead),
    op("upsertSalesLines", "POST", "/v1/sales-lines:batch", "mutation upsertSalesLines", SalesWrite),
    op("listFxRates", "GET", "/v1/fx-rates", "query fxRates", SalesRead),
    op("upsertFxRates", "POST", "/v1/fx-rates:batch", "mutation upsertFxRates", SalesWrite),
    op("listQuotas", "GET", "/v1/quotas", "query quotas", SalesRead),
    op("upsertQuotas", "POST", "/v1/quotas:batch", "mutation upsertQuotas", SalesWrite),
    op("listPayments", "GET", "/v1/payments", "query payments", SalesRead),
    op("upsertPayments", "POST", "/v1/payments:batch", "mutation upsertPayments", SalesWrite),
    op("listReceivables", "GET", "/v1/receivables", "query receivables", SalesRead),
    op("listReceivableBalances", "GET", "/v1/receivables/balances", "query receivableBalances", SalesRead),
    op("listReceivableAgeing", "GET", "/v1/receivables/ageing", "query receivableAgeing", SalesRead),
    op("upsertReceivables", "POST", "/v1/receivables:batch", "mutation upsertReceivables", SalesWrite),
    op("listCostsToServe", "GET", "/v1/costs-to-serve", "query costsToServe", SalesRead),
    op("upsertCostsToServe", "POST", "/v1/costs-to-serve:batch", "mutation upsertCostsToServe", SalesWrite),
    op("salesStatistics", "GET", "/v1/statistics/sales", "query salesStatistics", StatisticsRead),
    op("salesClasses", "GET", "/v1/statistics/sales-classes", "query salesClasses", StatisticsRead),
    op("threeYears", "GET", "/v1/statistics/three-years", "query threeYears", StatisticsRead),
    op("marginByClass", "GET", "/v1/statistics/margin-by-class", "query marginByClass", StatisticsRead),
    op("quotaAttainment", "GET", "/v1/statistics/quota-attainment", "query quotaAttainment", StatisticsRead),
    // Imports
    op("listImports", "GET", "/v1/imports", "query imports", ImportsWrite),
    op("createImport", "POST", "/v1/imports", "mutation createImport", ImportsWrite),
    op("getImport", "GET", "/v1/imports/{id}", "query import", ImportsWrite),
    op("listImportErrors", "GET", "/v1/imports/{id}/errors", "query importErrors", ImportsWrite),
    op("listBuiltInImportMappings", "GET", "/v1/built-in-import-mappings", "query builtInImportMappings", ImportsWrite),
    op("listImportMappings", "GET", "/v1/import-mappings", "query importMappings", ImportsWrite),
    op("getImportMapping", "GET", "/v1/import-mappings/{code}", "query importMapping", ImportsWrite),
    op("upsertImportMapping", "PUT", "/v1/import-mappings/{code}", "mutation upsertImportMapping", ImportsWrite),
    op("deleteImportMapping", "DELETE", "/v1/import-mappings/{code}", "mutation deleteImportMapping", ImportsWrite),
    op("previewImportMapping", "POST", "/v1/import-mappings/{code}:preview", "query previewImportMapping", ImportsWrite),
    // Scales
    op("listScaleTemplates", "GET", "/v1/scale-templates", "query scaleTemplates", ScalesRead),
    op("listScales", "GET", "/v1/scales", "query scales", ScalesRead),
    op("createScale", "POST", "/v1/scales", "mutation createScale", ScalesWrite),
    op("getScale", "GET", "/v1/scales/{id}", "query scale", ScalesRead),
    op("createScaleVersion", "POST", "/v1/scales/{id}/versions", "mutation createScaleVersion", ScalesWrite),
    op("getScaleVersion", "GET", "/v1/scales/{id}/versions/{n}", "query scaleVersion", ScalesRead),
    op("updateScaleVersion", "PUT", "/v1/scales/{id}/versions/{n}", "mutation updateScaleVersion", ScalesWrite),
    op("validateScaleVersion", "POST", "/v1/scales/{id}/versions/{n}:validate", "query validateScaleVersion", ScalesRead),
    op("publishScaleVersion", "POST", "/v1/scales/{id}/versions/{n}:publish", "mutation publishScaleVersion", ScalesPublish),
    op("listCompanyScales", "GET", "/v1/company-scales", "query companyScales", ScalesRead),
    op("getCompanyScale", "GET", "/v1/company-scales/{purpose}", "query companyScale", ScalesRead),
    op("putCompanyScale", "PUT", "/v1/company-scales/{purpose}", "mutation putCompanyScale", ScalesPublish),
    op("mergeScales", "POST", "/v1/scales:merge", "mutation mergeScales", ScalesWrite),
    op("importScale", "POST", "/v1/scales:import", "mutation importScale", ScalesWrite),
    op("listScaleVersions", "GET", "/v1/scales/{id}/versions", "query scaleVersions", ScalesRead),
    op("importScaleVersion", "POST", "/v1/scales/{id}/versions:import", "mutation importScaleVersion", ScalesWrite),
    op("exportScaleVersion", "GET", "/v1/scales/{id}/versions/{n}/document", "query scaleDocument", ScalesRead),
    op("compareScaleVersions", "GET", "/v1/scales/{id}/versions/{n}/comparison", "query compareScaleVersions", ScalesRead),
    op("cloneScaleVersion", "POST", "/v1/scales/{id}/versions/{n}:clone", "mutation cloneScaleVersion", ScalesWrite),
    op("retireScaleVersion", "POST", "/v1/scales/{id}/versions/{n}:retire", "mutation retireScaleVersion", ScalesPublish),
    op("listMissingJudgements", "GET", "/v1/scales/{id}/versions/{n}/missing-judgements", "query missingJudgements", ScalesRead),
    op("judgeCustomer", "PUT", "/v1/scales/{id}/judgements/{customer_id}/{factor}", "mutation judgeCustomer", JudgementsWrite),
    op("getJudgementAgreement", "GET", "/v1/scales/{id}/versions/{n}/judgement-agreement", "query judgementAgreement", ScalesRead),
    op("getScaleAgreement", "GET", "/v1/scales/{id}/versions/{n}/agreement", "query scaleAgreement", GradingRead),
    op("listJudgements", "GET", "/v1/scales/{id}/judgements", "query judgements", ScalesRead),
    op("judgeCustomers", "POST", "/v1/scales/{id}/judgements:batch", "mutation judgeCustomers", JudgementsWrite),
    // Grading
    op("listGradingRuns", "GET", "/v1/grading-runs", "query gradingRuns", GradingRead),
    op("startGradingRun", "POST", "/v1/grading-runs", "mutation startGradingRun", GradingRun),
    op("getGradingRun", "GET", "/v1/grading-runs/{id}", "query gradingRun", GradingRead),
    op("withdrawGradingRun", "POST", "/v1/grading-runs/{id}:withdraw", "mutation withdrawGradingRun", GradingRun),
    op("streamGradingRun", "GET", "/v1/grading-runs/{id}/events", "", GradingRead),
    op("listGradingResults", "GET", "/v1/grading-runs/{id}/results", "query gradingResults", GradingRead),
    op("getGradingResult", "GET", "/v1/grading-runs/{id}/results/{customer_id}", "query gradingResult", GradingRead),
    op("listCustomerGrades", "GET", "/v1/customers/{customer_id}/grades", "query customerGrades", GradingRead),
    op("getCustomerGrade", "GET", "/v1/customers/{customer_id}/grade", "query customerGrade", GradingRead),
    op("overrideGrade", "PUT", "/v1/customers/{customer_id}/grade-override", "mutation overrideGrade", GradesOverride),
    op("withdrawGradeOverride", "DELETE", "/v1/customers/{customer_id}/grade-override", "mutation withdrawGradeOverride", GradesOverride),
    op("listCustomerGradeOverrides", "GET", "/v1/customers/{customer_id}/grade-overrides", "query customerGradeOverrides", GradingRead),
    op("listGradeOverrides", "GET", "/v1/grade-overrides", "query gradeOverrides", GradingRead),
    op("getGradingLift", "GET", "/v1/grading-runs/{id}/results/{customer_id}/lift", "query gradingLift", GradingRead),
    op("compareGradingRuns", "GET", "/v1/grading-runs/{id}/comparison", "query gradingComparison", GradingRead),
    op("listGradingMovers", "GET", "/v1/grading-runs/{id}/movers", "query gradingMovers", GradingRead),
    op("getQualityGrowthMatrix", "GET", "/v1/grading-runs/{id}/quality-growth-matrix", "query qualityGrowthMatrix", GradingRead),
    op("getSegmentGradeMatrix", "GET", "/v1/grading-runs/{id}/segment-matrix", "query segmentGradeMatrix", GradingRead),
    op("getCustomerKinds", "GET", "/v1/grading-runs/{id}/customer-kinds", "query customerKinds", GradingRead),
    op("tryScale", "POST", "/v1/grading/what-if", "query gradingWhatIf", GradingRead),
    op("testSensitivity", "POST", "/v1/grading/sensitivity", "query gradingSensitivity", GradingRead),
    op("getGradingSettings", "GET", "/v1/grading-settings", "query gradingSettings", GradingRead),
    op("putGradingSettings", "PUT", "/v1/grading-settings", "mutation putGradingSettings", SettingsWrite),
    op("listGradingSchedules", "GET", "/v1/grading-schedules", "query gradingSchedules", GradingRead),
    op("getGradingSchedule", "GET", "/v1/grading-schedules/{scale_id}", "query gradingSchedule", GradingRead),
    op("putGradingSchedule", "PUT", "/v1/grading-schedules/{scale_id}", "mutation putGradingSchedule", GradingRun),
    op("deleteGradingSchedule", "DELETE", "/v1/grading-schedules/{scale_id}", "mutation deleteGradingSchedule", GradingRun),
    // GE matrix
    op("listGeModelTemplates", "GET", "/v1/ge-model-templates", "query geModelTemplates", ScalesRead),
    op("listGeModels", "GET", "/v1/ge-models", "query geModels", ScalesRead),
    op("createGeModel", "POST", "/v1/ge-models", "mutation createGeModel", ScalesWrite),
    op("getGeModel", "GET", "/v1/ge-models/{id}", "query geModel", ScalesRead),
    op("createGeModelVersion", "POST", "/v1/ge-models/{id}/versions", "mutation createGeModelVersion", ScalesWrite),
    op("getGeModelVersion", "GET", "/v1/ge-models/{id}/versions/{n}", "query geModelVersion", ScalesRead),
    op("updateGeModelVersion", "PUT", "/v1/ge-models/{id}/versions/{n}", "mutation updateGeModelVersion", ScalesWrite),
    op("validateGeModelVersion", "POST", "/v1/ge-models/{id}/versions/{n}:validate", "query validateGeModelVersion", ScalesRead),
    op("publishGeModelVersion", "POST", "/v1/ge-models/{id}/versions/{n}:publish", "mutation publishGeModelVersion", ScalesPublish),
    op("listGeMappings", "GET", "/v1/ge-mappings", "query geMappings", GradingRead),
    op("startGeMapping", "POST", "/v1/ge-mappings", "mutation startGeMapping", GradingRun),
    op("getGeMapping", "GET", "/v1/ge-mappings/{id}", "query geMapping", GradingRead),
    op("withdrawGeMapping", "POST", "/v1/ge-mappings/{id}:withdraw", "mutation withdrawGeMapping", GradingRun),
    op("listGePositions", "GET", "/v1/ge-mappings/{id}/positions", "query gePositions", GradingRead),
    op("getGeMatrix", "GET", "/v1/ge-matrix", "query geMatrix", GradingRead),
    op("compareGeMappings", "GET", "/v1/ge-matrix/comparison", "query geComparison", GradingRead),
    op("listGeMovers", "GET", "/v1/ge-matrix/movers", "query geMovers", GradingRead),
    // Plans
    op("listPlans", "GET", "/v1/plans", "query plans", PlansRead),
    op("createPlan", "POST", "/v1/plans", "mutation createPlan", PlansWrite),
    op("getPlan", "GET", "/v1/plans/{id}", "query plan", PlansRead),
    op("listPlanSteps", "GET", "/v1/plans/{id}/steps", "query planSteps", PlansRead),
    op("getPlanStep", "GET", "/v1/plans/{id}/steps/{number}", "query planStep", PlansRead),
    op("listPlanLines", "GET", "/v1/plans/{id}/steps/{number}/lines", "query planLines", PlansRead),
    op("replaceExpectedOutput", "PUT", "/v1/plans/{id}/replacements/{customer_id}", "mutation replaceExpectedOutput", PlansReplace),
    op("withdrawReplacement", "DELETE", "/v1/plans/{id}/replacements/{customer_id}", "mutation withdrawReplacement", PlansReplace),
];

/// Fields that need whatever the object needs that they find; `node.rs` tries them.
const OF_GRAPHQL_ALONE: [&str; 1] = ["query node"];

const ADVICE: &str = "in OPERATIONS of tests/it/access/operations.rs: every operation has a row there that says which \
                      permission it needs, and a sample in reads.rs or writes.rs with which it is tried";

fn expect_same(what: &str, table: Vec<String>, contract: Vec<String>) {
    let rows: BTreeSet<_> = table.iter().collect();
    assert_eq!(rows.len(), table.len(), "a row of {what} stands twice {ADVICE}");
    let offered: BTreeSet<_> = contract.iter().collect();
    let without_row: Vec<_> = offered.difference(&rows).collect();
    let without_operation: Vec<_> = rows.difference(&offered).collect();
    assert!(without_row.is_empty(), "{what} without a row: {without_row:#?}; add them {ADVICE}");
    assert!(without_operation.is_empty(), "rows without {what}: {without_operation:#?}; take them out {ADVICE}");
}

#[test]
fn the_table_is_the_openapi() {
    let api: Value = serde_json::from_str(&fenji::http::openapi_json()).unwrap();
    let mut contract = Vec::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            contract.push(format!("{id} {} {path}", method.to_uppercase()));
            let row = OPERATIONS.iter().find(|row| row.id == id);
            let is_open = operation["security"] == serde_json::json!([{}]);
            assert_eq!(is_open, row.is_some_and(|row| row.needs == Needs::Nothing), "who may {id}: see {ADVICE}");
        }
    }
    let table = OPERATIONS.iter().map(|row| format!("{} {} {}", row.id, row.method, row.path)).collect();
    expect_same("OpenAPI operations", table, contract);
}

/// Subscriptions, which run over a WebSocket alone; `tests/it/grading/subscribing.rs` asks for their permissions.
const SUBSCRIPTIONS: [&str; 2] = ["subscription jobProgress", "subscription gradingRunProgress"];

#[test]
fn the_table_is_the_graphql_schema() {
    let document = parse_schema(fenji::http::sdl()).unwrap();
    let mut contract = Vec::new();
    for definition in document.definitions {
        let TypeSystemDefinition::Type(root) = definition else { continue };
        let name = root.node.name.node.to_lowercase();
        let TypeKind::Object(object) = root.node.kind else { continue };
        if ["query", "mutation", "subscription"].contains(&name.as_str()) {
            contract.extend(object.fields.iter().map(|field| format!("{name} {}", field.node.name.node)));
        }
    }
    assert!(contract.len() > 80);
    let fields = OPERATIONS.iter().filter(|row| !row.field.is_empty()).map(|row| row.field.to_owned());
    let fields = fields.chain(OF_GRAPHQL_ALONE.map(str::to_owned)).chain(SUBSCRIPTIONS.map(str::to_owned));
    expect_same("GraphQL fields", fields.collect(), contract);
}
