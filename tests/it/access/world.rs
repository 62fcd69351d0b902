//! A tenant with one of everything. Its external ids are the same in every tenant.

use std::collections::BTreeMap;

use fenji::tenancy::Role;
use fenji::values::{SalespersonId, TenantId};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection};

use super::sample::Ids;
use crate::support::{Client, TestApp};

/// A tenant and what it has.
pub struct World {
    pub tenant: TenantId,
    pub admin: Client,
    /// Its ids: of customer C-1, whom salesperson S-1 owns; `stranger` is customer C-2, whom S-2 owns.
    pub ids: Ids,
}

impl World {
    /// A new tenant that has everything.
    pub async fn build(app: &TestApp, slug: &str) -> Self {
        let tenant = app.tenant(slug).await;
        let mut world = Self { tenant, admin: app.client(tenant, Role::Admin), ids: Ids::new() };
        world.dossiers().await;
        world.sales().await;
        world.scales_and_grades().await;
        world.ge_matrix().await;
        world.rest().await;
        world.webhooks(app).await;
        world
    }

    /// The salesperson who owns C-1.
    pub fn salesperson(&self) -> SalespersonId {
        self.ids["salesperson"].parse().unwrap()
    }

    async fn dossiers(&mut self) {
        for (external_id, name) in [("S-1", "Li Na"), ("S-2", "Olu")] {
            let path = format!("/v1/salespeople/by-external-id/{external_id}");
            let salesperson = self.admin.put(&path, &json!({"name": name, "territory": "North"})).await.expect(201);
            self.ids.entry("salesperson").or_insert_with(|| id(&salesperson["id"]));
        }
        let machines = json!({"code": "machines", "label": {"en": "Machines", "zh": "设备"}, "type": "number"});
        self.admin.post("/v1/attribute-definitions", &machines).await.expect(201);
        let batch = json!([
            {"external_id": "C-1", "name": "Own", "owner_external_id": "S-1", "territory": "North", "attributes": {"machines": "3"}},
            {"external_id": "C-2", "name": "Stranger", "owner_external_id": "S-2", "territory": "North"},
        ]);
        let made = self.batch("/v1/customers:batch", &batch).await;
        self.ids.insert("customer", id(&made["items"][0]["id"]));
        self.ids.insert("stranger", id(&made["items"][1]["id"]));
        for kind in ["customer", "stranger"] {
            let path = format!("/v1/customers/{}/purchase-potentials", self.ids[kind]);
            let potentials = json!({"items": [{"category": "Pumps", "yearly_amount": "50000"}]});
            self.admin.put(&path, &potentials).await.expect(200);
        }
        self.around_customers().await;
    }

    async fn around_customers(&mut self) {
        for (n, kind) in ["contact", "contact_to_go", "contact_to_go_too"].into_iter().enumerate() {
            let contact = json!({"name": "Chen Wei", "system": "crm", "external_id": format!("K-{n}")});
            let path = format!("/v1/customers/{}/contacts", self.ids["customer"]);
            self.ids.insert(kind, id(&self.admin.post(&path, &contact).await.expect(201)["id"]));
        }
        let path = format!("/v1/customers/{}/contacts", self.ids["stranger"]);
        self.admin.post(&path, &json!({"name": "Stranger's"})).await.expect(201);
        for n in 1..=2 {
            let path = format!("/v1/customers/{}/external-ids/crm/R-{n}", self.ids["customer"]);
            self.admin.put(&path, &Value::Null).await.expect(200);
        }
        // Archived, so that they are in no list.
        for (n, kind) in ["customer_to_go", "customer_to_merge"].into_iter().enumerate() {
            let made = self.admin.post("/v1/customers", &json!({"name": format!("To go {n}")})).await.expect(201);
            self.admin.post(&format!("/v1/customers/{}:archive", id(&made["id"])), &Value::Null).await.expect(200);
            self.ids.insert(kind, id(&made["id"]));
        }
        for name in ["North", "East", "Far East"] {
            let path = format!("/v1/territories/{name}");
            self.admin.put(&path, &json!({"label": {"en": name, "zh": "区域"}})).await.expect(201);
        }
    }

    async fn sales(&mut self) {
        let products = json!([{"external_id": "P-1", "name": "Pump", "category": "Pumps"}]);
        let made = self.batch("/v1/products:batch", &products).await;
        self.ids.insert("product", id(&made["items"][0]["id"]));
        self.batch("/v1/fx-rates:batch", &json!([{"currency": "USD", "day": "2013-12-01", "rate": "0.73"}])).await;
        let (lines, _) = sales_lines();
        self.batch("/v1/sales-lines:batch", &Value::Array(lines)).await;
        let quota = json!([{"salesperson_external_id": "S-1", "period_start": "2013-10-01", "amount": "3000"}]);
        self.batch("/v1/quotas:batch", &quota).await;
        let payment = |n: u8| json!({"external_id": format!("Z-{n}"), "customer_external_id": format!("C-{n}"), "paid_on": "2013-12-20", "amount": "800"});
        self.batch("/v1/payments:batch", &json!([payment(1), payment(2)])).await;
        let receivable = |n: u8| json!({"external_id": format!("R-{n}"), "customer_external_id": format!("C-{n}"), "invoiced_on": "2013-11-10", "due_on": "2013-12-10", "amount": "1000"});
        self.batch("/v1/receivables:batch", &json!([receivable(1), receivable(2)])).await;
        let cost = |n: u8| json!({"external_id": format!("V-{n}"), "customer_external_id": format!("C-{n}"), "day": "2013-11-10", "activity": "visits", "amount": "70"});
        self.batch("/v1/costs-to-serve:batch", &json!([cost(1), cost(2)])).await;
    }

    async fn scales_and_grades(&mut self) {
        let scale = self.published("/v1/scales", "distributor", "industrial_distributor").await;
        let judged = self.published("/v1/scales", "maker", "equipment_maker").await;
        let judgement =
            |kind| json!({"customer_id": self.ids[kind], "factor_code": "technical", "level": "B", "note": "Asked"});
        let path = format!("/v1/scales/{judged}/judgements:batch");
        self.batch(&path, &json!([judgement("customer"), judgement("stranger")])).await;
        let run = json!({"scale_id": scale, "as_of": "2013-12", "selection": {"all": {}}});
        let run = self.done("/v1/grading-runs", &run).await;
        let few = json!({"scale_id": scale, "as_of": "2013-11", "selection": {"prospects": {}}});
        let to_withdraw = self.done("/v1/grading-runs", &few).await;
        for kind in ["customer", "stranger"] {
            let path = format!("/v1/customers/{}/grade-override", self.ids[kind]);
            self.admin.put(&path, &json!({"grade": "A", "reason": "Agreed"})).await.expect(200);
        }
        let schedule = json!({"day_of_month": 3, "selection": {"all": {}}});
        self.admin.put(&format!("/v1/grading-schedules/{scale}"), &schedule).await.expect(200);
        self.admin.put("/v1/grading-settings", &json!({"survival_quality": "55"})).await.expect(200);
        self.ids.extend([
            ("scale", scale),
            ("judged_scale", judged),
            ("grading_run", run),
            ("run_to_withdraw", to_withdraw),
        ]);
    }

    async fn ge_matrix(&mut self) {
        let model = self.published("/v1/ge-models", "standard", "standard").await;
        let mapping = self.done("/v1/ge-mappings", &json!({"model_id": model, "as_of": "2013-12"})).await;
        let to_withdraw = self.done("/v1/ge-mappings", &json!({"model_id": model, "as_of": "2013-11"})).await;
        self.ids.extend([("ge_model", model), ("ge_mapping", mapping), ("mapping_to_withdraw", to_withdraw)]);
    }

    async fn rest(&mut self) {
        let plan = json!({"name": "2014", "fiscal_year": 2014, "method": "strategy_led"});
        let plan = self.done("/v1/plans", &plan).await;
        for kind in ["customer", "stranger"] {
            let path = format!("/v1/plans/{plan}/replacements/{}", self.ids[kind]);
            self.admin.put(&path, &json!({"amount": "1000", "reason": "Agreed"})).await.expect(200);
        }
        let import = self.admin.import("products", b"external_id,name\nP-2,Valve\n,Nameless\n".to_vec()).await;
        assert_eq!(import["job"]["state"], "completed", "{import}");
        for code in ["crm", "spare", "spare2"] {
            let columns =
                json!([{"target": "external_id", "sources": ["Id"]}, {"target": "name", "sources": ["Name"]}]);
            let mapping = json!({"name": {"en": "CRM", "zh": "客户系统"}, "kind": "products", "columns": columns});
            self.admin.put(&format!("/v1/import-mappings/{code}"), &mapping).await.expect(201);
        }
        let keyed = self.admin.request(reqwest::Method::POST, "/v1/products:batch").header("Idempotency-Key", "world");
        self.admin.send(keyed.json(&json!([{"external_id": "P-1", "name": "Pump"}]))).await.expect(207);
        // Lines that no run and no import has added up yet.
        let (_, late) = sales_lines();
        self.batch("/v1/sales-lines:batch", &Value::Array(late)).await;
        let key = json!({"name": "Key", "scopes": ["customers:read"]});
        let key = self.admin.post("/v1/api-keys", &key).await.expect(201);
        self.ids.extend([
            ("plan", plan),
            ("import", id(&import["id"])),
            ("job", id(&import["job"]["id"])),
            ("api_key", id(&key["api_key"]["id"])),
        ]);
    }

    /// An endpoint where nobody listens, a delivery to it, and an attempt that failed.
    async fn webhooks(&mut self, app: &TestApp) {
        let endpoint = json!({"url": "https://hooks.test:65535/in", "event_types": ["import.completed"]});
        let endpoint = self.admin.post("/v1/webhook-endpoints", &endpoint).await.expect(201);
        let endpoint = id(&endpoint["endpoint"]["id"]);
        let test = self.admin.post(&format!("/v1/webhook-endpoints/{endpoint}:test"), &json!(null)).await.expect(202);
        app.courier().deliver_due().await.unwrap();
        self.ids.extend([("webhook_endpoint", endpoint), ("webhook_delivery", id(&test["id"]))]);
    }

    /// Sends a batch of which every item must be new.
    async fn batch(&self, path: &str, items: &Value) -> Value {
        let made = self.admin.post(path, items).await.expect(207);
        assert_eq!(made["counts"]["created"], items.as_array().unwrap().len(), "{made}");
        made
    }

    /// A scale or GE model from a template, published.
    async fn published(&self, path: &str, code: &str, template: &str) -> String {
        let new = json!({"code": code, "name": {"en": code, "zh": "量表"}, "template": template});
        let made = id(&self.admin.post(path, &new).await.expect(201)["id"]);
        self.admin.post(&format!("{path}/{made}/versions/1:publish"), &json!(null)).await.expect(200);
        made
    }

    /// Starts something and waits for its job to complete.
    async fn done(&self, path: &str, new: &Value) -> String {
        let made = self.admin.post(path, new).await.expect(202);
        let job = self.admin.finished(made["job"]["id"].as_str().unwrap()).await;
        assert_eq!(job["state"], "completed", "{job}");
        id(&made["id"])
    }
}

/// A line a month and customer, for three years.
/// Those that are there from the beginning, and those that come in late.
fn sales_lines() -> (Vec<Value>, Vec<Value>) {
    let line = |year: i32, month: u32, n: u8| {
        json!({
            "external_id": format!("L-{year}-{month}-{n}"), "order_id": format!("O-{year}-{month}"),
            "day": format!("{year}-{month:02}-10"), "customer_external_id": format!("C-{n}"),
            "product_external_id": "P-1", "salesperson_external_id": format!("S-{n}"),
            "quantity": "10", "unit_price": "100", "net": "1000", "cost": "600",
        })
    };
    let months = (2011..=2013).flat_map(|year| (1..=12).map(move |month| (year, month)));
    let mut lines: Vec<Value> = months.flat_map(|(year, month)| [line(year, month, 1), line(year, month, 2)]).collect();
    let late = lines.split_off(lines.len() - 2);
    (lines, late)
}

fn id(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Every table that has a tenant's rows, but the queues of ids that workers of all tenants read.
pub async fn tenant_tables(superuser: &mut PgConnection) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select c.table_name::text from information_schema.columns c
         join information_schema.tables t using (table_schema, table_name)
         where c.table_schema = 'public' and c.column_name = 'tenant_id' and t.table_type = 'BASE TABLE'
           and c.table_name not in ('job_queue', 'webhook_queue', 'grading_schedule_queue', 'grade_override_queue') order by 1",
    )
    .fetch_all(superuser)
    .await
    .unwrap();
    assert!(tables.len() > 20);
    tables
}

/// How many rows a tenant has in each table, and a digest of them.
pub async fn digest(superuser: &mut PgConnection, tenant: TenantId) -> BTreeMap<String, (i64, Option<String>)> {
    let mut digests = BTreeMap::new();
    for table in tenant_tables(superuser).await {
        let sql = format!(
            "select count(*), md5(string_agg(t::text, '|' order by t::text)) from {table} t where t.tenant_id = $1"
        );
        let digest = sqlx::query_as(AssertSqlSafe(sql)).bind(tenant.0).fetch_one(&mut *superuser).await.unwrap();
        digests.insert(table, digest);
    }
    let own = "select count(*), md5(string_agg(t::text, '|')) from tenants t where t.id = $1";
    digests.insert("tenants".to_owned(), sqlx::query_as(own).bind(tenant.0).fetch_one(superuser).await.unwrap());
    digests
}
