//! What was exported is imported again and changes nothing, and gives an empty tenant the same tables.

use std::collections::{BTreeMap, BTreeSet};

use fenji::imports::ImportKind;
use fenji::tenancy::Role;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, pack, spawn_app};

/// The kinds in an order in which each may refer to those before, and their lists.
const KINDS: [(&str, &str); 10] = [
    ("salespeople", "/v1/salespeople"),
    ("products", "/v1/products"),
    ("customers", "/v1/customers"),
    ("purchase_potentials", "/v1/purchase-potentials"),
    ("fx_rates", "/v1/fx-rates"),
    ("sales_lines", "/v1/sales-lines"),
    ("quotas", "/v1/quotas"),
    ("receivables", "/v1/receivables"),
    ("payments", "/v1/payments"),
    ("costs_to_serve", "/v1/costs-to-serve"),
];
/// The forms that imports take.
const FORMS: [&str; 3] =
    ["text/csv", "application/x-ndjson", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"];

async fn exported(client: &Client, path: &str, form: &str) -> Vec<u8> {
    let response = client.request(Method::GET, path).header("Accept", form).send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    response.bytes().await.unwrap().to_vec()
}

/// Imports a file and waits for its end; created, updated, unchanged, errors.
async fn import(client: &Client, kind: &str, form: &str, file: Vec<u8>) -> [i64; 4] {
    let request = client.request(Method::POST, &format!("/v1/imports?kind={kind}")).header("Content-Type", form);
    let import = client.send(request.body(file)).await.expect(202);
    let job = client.finished(import["job"]["id"].as_str().unwrap()).await;
    assert_eq!(job["state"], "completed", "{job}");
    let path = format!("/v1/imports/{}", import["id"].as_str().unwrap());
    let errors = client.get(&format!("{path}/errors")).await.expect(200);
    let counts = client.get(&path).await.expect(200)["counts"].clone();
    assert_eq!(counts["errors"], 0, "{kind}: {errors}");
    ["created", "updated", "unchanged", "errors"].map(|name| counts[name].as_i64().unwrap())
}

/// The rows of a CSV file, as a multitude: ids of our own, which differ, may decide the order of equals.
fn rows(csv: &[u8]) -> BTreeMap<Vec<String>, usize> {
    let mut rows = BTreeMap::new();
    for row in csv::ReaderBuilder::new().has_headers(false).from_reader(csv).records() {
        *rows.entry(row.unwrap().iter().map(str::to_owned).collect()).or_default() += 1;
    }
    rows
}

/// Exports every kind in these forms, imports it into the same tenant and into an empty one, and compares.
async fn round_trip(app: &TestApp, admin: &Client, currency: &str, forms: &[&str]) {
    for (n, form) in forms.iter().copied().enumerate() {
        let other = app.client(app.tenant_in(&format!("empty-{n}"), currency).await, Role::Admin);
        let definitions = admin.get("/v1/attribute-definitions?limit=500").await.expect(200)["items"].clone();
        let known = ["code", "label", "type", "unit", "choices", "freshness_days", "required"];
        let definition =
            |found: &Value| known.iter().map(|key| ((*key).to_owned(), found[*key].clone())).collect::<Value>();
        let definitions: Vec<Value> = definitions.as_array().unwrap().iter().map(definition).collect();
        if !definitions.is_empty() {
            other.batch("/v1/attribute-definitions:batch", &json!(definitions)).await;
        }
        for (kind, path) in KINDS {
            let before = exported(admin, path, "text/csv").await;
            let file = exported(admin, path, form).await;
            let count = (rows(&before).values().sum::<usize>() - 1) as i64;
            if count == 0 {
                continue;
            }
            assert_eq!(import(admin, kind, form, file.clone()).await, [0, 0, count, 0], "{kind} as {form}");
            assert_eq!(exported(admin, path, "text/csv").await, before, "{kind} as {form}");
            assert_eq!(import(&other, kind, form, file).await, [count, 0, 0, 0], "{kind} as {form}");
            assert_eq!(rows(&exported(&other, path, "text/csv").await), rows(&before), "{kind} as {form}");
        }
    }
}

/// A text that makes trouble: separators, marks, formulas, blanks at the ends, Chinese.
fn awkward() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a", "Pump", ",", "\"", "'", "=", "+", "-", "@", ";", "\\", " ", "  ", "宁波", "é", "\u{3000}", "1", ".",
        "true", "😀",
    ]);
    prop::collection::vec(piece, 1..8)
        .prop_map(|pieces| pieces.concat())
        .prop_filter("a name", |text| !text.trim().is_empty())
}

fn generated<T>(runner: &mut TestRunner, strategy: &impl Strategy<Value = T>) -> T {
    strategy.new_tree(runner).unwrap().current()
}

#[actix_web::test]
async fn awkward_dossiers_and_sales_are_the_same_after_a_round_trip() {
    const CUSTOMERS: usize = 150;
    let app = spawn_app().await;
    let admin = app.client(app.tenant("full").await, Role::Admin);
    let mut runner = TestRunner::deterministic();
    let text = awkward();
    let maybe = prop::option::of(awkward());
    let ids: BTreeSet<String> = (0..CUSTOMERS).map(|_| generated(&mut runner, &text)).collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let money = prop::option::of((0..10_i64.pow(18)).prop_map(|n| format!("{}.{:04}", n / 10_000, n % 10_000)));

    let people: Vec<_> = ids
        .iter()
        .take(9)
        .map(|id| json!({"external_id": id, "name": id, "territory": generated(&mut runner, &maybe)}))
        .collect();
    admin.batch("/v1/salespeople:batch", &json!(people)).await;
    let products: Vec<_> = ids.iter().map(|id| json!({
        "external_id": id, "name": generated(&mut runner, &text), "category": generated(&mut runner, &maybe),
        "subcategory": generated(&mut runner, &maybe), "standard_cost": generated(&mut runner, &money), "list_price": "0.0001",
    })).collect();
    admin.batch("/v1/products:batch", &json!(products)).await;
    let definitions = json!([
        {"code": "machines", "label": {"en": "Machines", "zh": "设备"}, "type": "number"},
        {"code": "spend", "label": {"en": "Spend", "zh": "支出"}, "type": "money", "unit": "EUR"},
        {"code": "remark", "label": {"en": "Remark", "zh": "备注"}, "type": "text"},
        {"code": "iso_9001", "label": {"en": "ISO 9001", "zh": "ISO 9001"}, "type": "yes_no"},
        {"code": "founded", "label": {"en": "Founded", "zh": "成立"}, "type": "date"},
    ]);
    admin.batch("/v1/attribute-definitions:batch", &definitions).await;
    let mut customers: Vec<Value> = ids.iter().enumerate().map(|(n, id)| {
        let tags: BTreeSet<String> = (0..n % 4).map(|_| generated(&mut runner, &text)).collect();
        json!({
            "external_id": id, "name": generated(&mut runner, &text), "industry": generated(&mut runner, &maybe),
            "territory": generated(&mut runner, &maybe), "city": generated(&mut runner, &maybe),
            "country": generated(&mut runner, &maybe), "segment_hint": generated(&mut runner, &maybe), "tags": tags,
            "employees": (n % 3 > 0).then_some(n), "annual_revenue": generated(&mut runner, &money),
            "credit_limit": generated(&mut runner, &money), "currency": (n % 2 > 0).then_some("CNY"),
            "first_seen": (n % 5 > 0).then_some("1999-12-31"), "stage": (["prospect", "active", "dormant", "lost"][n % 4]),
            "owner_external_id": (n % 3 > 0).then(|| ids[n % 9].clone()),
            "attributes": {
                "machines": (n % 2 > 0).then(|| format!("-{n}.25")), "spend": (n % 3 > 0).then_some("12.5"),
                "remark": generated(&mut runner, &maybe), "iso_9001": (n % 4 > 0).then_some(n % 4 == 1),
                "founded": (n % 5 > 0).then_some("1931-05-06"),
            },
        })
    }).collect();
    // Some belong to others, which come later in the table.
    for (n, customer) in customers.iter_mut().enumerate().take(ids.len() / 2).skip(1) {
        let name = format!("A{n:03}{}", customer["name"].as_str().unwrap());
        customer["name"] = json!(name);
    }
    let made = admin.batch("/v1/customers:batch", &json!(customers)).await;
    let id = |n: usize| made["items"][n]["id"].as_str().unwrap().to_owned();
    for n in 1..20 {
        let parent = json!({"parent_id": id(n * 5)});
        admin.send(admin.request(Method::PATCH, &format!("/v1/customers/{}", id(n))).json(&parent)).await.expect(200);
    }
    let crm: Vec<_> = (0..30).map(|n| json!({"external_id": ids[n], "name": format!("Of the CRM {n}")})).collect();
    admin.batch("/v1/customers:batch?system=crm", &json!(crm)).await;

    let potentials: Vec<_> = ids.iter().enumerate().map(|(n, id)| json!({
        "customer_external_id": id, "category": generated(&mut runner, &text), "yearly_amount": format!("{n}.0001"),
    })).collect();
    admin.batch("/v1/purchase-potentials:batch", &json!(potentials)).await;
    let rates = json!([{"currency": "USD", "day": "2013-01-31", "rate": "0.739123456789"}]);
    admin.batch("/v1/fx-rates:batch", &rates).await;
    let lines: Vec<_> = ids.iter().enumerate().map(|(n, id)| json!({
        "external_id": id, "order_id": ids[n / 2], "day": "2013-02-01", "customer_external_id": ids[n * 7 % ids.len()],
        "product_external_id": ids[n * 5 % ids.len()], "salesperson_external_id": (n % 2 > 0).then(|| ids[n % 9].clone()),
        "quantity": format!("{n}.5"), "unit_price": "12345678901.2345", "discount": "-0.5", "net": format!("-{n}.0001"),
        "cost": (n % 3 > 0).then_some("7"), "currency": (["EUR", "USD"][n % 2]),
    })).collect();
    admin.batch("/v1/sales-lines:batch", &json!(lines)).await;
    let quotas: Vec<_> = ids
        .iter()
        .take(9)
        .map(|id| json!({"salesperson_external_id": id, "period_start": "2013-01-01", "amount": "5"}))
        .collect();
    admin.batch("/v1/quotas:batch", &json!(quotas)).await;
    let receivables: Vec<_> = ids.iter().enumerate().map(|(n, id)| json!({
        "external_id": id, "customer_external_id": ids[n * 3 % ids.len()], "invoiced_on": "2013-02-01", "due_on": "2013-03-01",
        "amount": format!("-{n}.0001"), "currency": (["EUR", "USD"][n % 2]),
    })).collect();
    admin.batch("/v1/receivables:batch", &json!(receivables)).await;
    let costs: Vec<_> = ids.iter().enumerate().map(|(n, id)| json!({
        "external_id": id, "customer_external_id": ids[n * 5 % ids.len()], "day": "2013-02-01", "activity": generated(&mut runner, &text),
        "amount": format!("{n}.0001"), "currency": (["EUR", "USD"][n % 2]),
    })).collect();
    admin.batch("/v1/costs-to-serve:batch", &json!(costs)).await;
    let payments: Vec<_> = ids.iter().enumerate().map(|(n, id)| json!({
        "external_id": id, "customer_external_id": ids[n * 3 % ids.len()], "paid_on": "2013-03-01", "amount": format!("-{n}.25"), "currency": "USD",
        "receivable_external_id": (n % 2 > 0).then_some(id),
    })).collect();
    admin.batch("/v1/payments:batch", &json!(payments)).await;

    let csv = String::from_utf8(exported(&admin, "/v1/customers", "text/csv").await).unwrap();
    let is_inert = |cell: &str| !cell.starts_with(['=', '+', '@', '-', '\t', '\r']) || cell.parse::<f64>().is_ok();
    assert!(rows(csv.as_bytes()).keys().flatten().all(|cell| is_inert(cell)), "{csv}");
    assert!(csv.contains("'="), "the generator makes formulas");
    round_trip(&app, &admin, "EUR", &FORMS).await;
}

#[actix_web::test]
async fn the_packs_are_the_same_after_a_round_trip() {
    let files = [
        ("classicmodels", "USD", &["salespeople", "products", "customers", "sales_lines", "payments"][..]),
        ("northwind", "USD", &["salespeople", "products", "customers", "sales_lines"][..]),
    ];
    for (name, currency, kinds) in files {
        let Some(pack) = pack(name) else { continue };
        let app = spawn_app().await;
        let admin = app.client(app.tenant_in("full", currency).await, Role::Admin);
        for kind in kinds {
            let file = if *kind == "sales_lines" { "sales" } else { kind };
            import(&admin, kind, "text/csv", pack.bytes(&format!("{file}.csv"))).await;
        }
        round_trip(&app, &admin, currency, &FORMS).await;
    }
}

/// The pack with rates, quotas and returns; once, as CSV, for it is large.
#[actix_web::test]
async fn adventure_works_is_the_same_after_a_round_trip() {
    let Some(pack) = pack("adventureworks_b2b") else { return };
    let app = spawn_app().await;
    let admin = app.client(app.tenant_in("full", "USD").await, Role::Admin);
    for kind in ["salespeople", "products", "customers", "fx_rates", "sales_lines", "quotas"] {
        let file = if kind == "sales_lines" { "sales.csv.gz".to_owned() } else { format!("{kind}.csv") };
        import(&admin, kind, "text/csv", pack.bytes(&file)).await;
    }
    round_trip(&app, &admin, "USD", &FORMS[..1]).await;
}

/// A customer without an id of the files' system is named by its own.
#[actix_web::test]
async fn a_customer_of_another_system_is_found_by_its_own_id() {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("full").await, Role::Admin);
    let made = admin.put("/v1/customers/by-external-id/crm/C%2D1", &json!({"name": "Pumpen AG"})).await.expect(201);
    let id = made["id"].as_str().unwrap();
    let csv = String::from_utf8(exported(&admin, "/v1/customers", "text/csv").await).unwrap();
    assert!(csv.contains(&format!("\r\n{id},Pumpen AG,active,")), "{csv}");
    admin.batch("/v1/products:batch", &json!([{"external_id": "P", "name": "Pump"}])).await;
    let line = format!("external_id,order_date,customer_id,product_id,quantity,net_amount\nL,2013-01-01,{id},P,1,5\n");
    assert_eq!(import(&admin, "sales_lines", "text/csv", line.into_bytes()).await, [1, 0, 0, 0]);
    let lines = String::from_utf8(exported(&admin, "/v1/sales-lines", "text/csv").await).unwrap();
    assert!(lines.contains(&format!("L,L,2013-01-01,{id},P,,1.0000,5.0000,0.0000,5.0000,,EUR")), "{lines}");
}

/// Filters and the order are those of the pages.
#[actix_web::test]
async fn a_table_has_the_filters_and_the_order_of_the_list() {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    let products: Vec<_> = (0..1000)
        .map(|n| json!({"external_id": format!("P{n}"), "name": format!("Pump {n:04}"), "category": if n % 2 == 0 { "even" } else { "odd" }}))
        .collect();
    admin.batch("/v1/products:batch", &json!(products)).await;
    let more: Vec<_> =
        (1000..1500).map(|n| json!({"external_id": format!("P{n}"), "name": format!("Pump {n:04}")})).collect();
    admin.batch("/v1/products:batch", &json!(more)).await;
    let names = |csv: Vec<u8>| -> Vec<String> {
        csv::Reader::from_reader(&csv[..]).records().map(|row| row.unwrap()[1].to_owned()).collect()
    };
    let all = names(exported(&admin, "/v1/products?sort=-name", "text/csv").await);
    assert_eq!(all, (0..1500).rev().map(|n| format!("Pump {n:04}")).collect::<Vec<_>>());
    let odd = names(exported(&admin, "/v1/products?category=odd", "text/csv").await);
    assert_eq!(odd, (0..1000).filter(|n| n % 2 == 1).map(|n| format!("Pump {n:04}")).collect::<Vec<_>>());
}

/// Each kind's export has the columns of its import, but those whose values are not kept.
#[actix_web::test]
async fn importable_kinds_have_the_columns_of_their_import() {
    let not_kept: BTreeSet<&str> = [
        "quota of salespeople",
        "usd_per_unit_average of fx_rates",
        "usd_per_unit_close of fx_rates",
        "observed_at of customers",
        "observed_at of products",
        "observed_at of sales_lines",
        "observed_at of payments",
        "observed_at of receivables",
        "observed_at of costs_to_serve",
        "observed_at of purchase_potentials",
    ]
    .into();
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    for (kind, path) in KINDS {
        let csv = exported(&admin, path, "text/csv").await;
        let header: BTreeSet<String> =
            csv::Reader::from_reader(&csv[..]).headers().unwrap().iter().map(str::to_owned).collect();
        for column in kind.parse::<ImportKind>().unwrap().columns() {
            let name = column.name;
            let is_kept = !not_kept.contains(format!("{name} of {kind}").as_str()) && !name.ends_with('.');
            assert_eq!(header.contains(name), is_kept, "{name} of {kind}");
        }
    }
}

/// An empty text is not nothing.
#[actix_web::test]
async fn an_empty_text_stays_empty() {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    let customer = json!([{"external_id": "C", "name": "Pumpen AG", "city": ""}]);
    admin.batch("/v1/customers:batch", &customer).await;
    let file = exported(&admin, "/v1/customers", "text/csv").await;
    assert_eq!(import(&admin, "customers", "text/csv", file).await, [0, 0, 1, 0]);
}

/// Parents may come later in the file; one that never comes is an error of its line.
#[actix_web::test]
async fn parents_may_come_later_in_the_file() {
    let app = spawn_app().await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    let file =
        "external_id,name,parent_id,external_id.crm\nC,Child,P,X1;X2\nP,Parent,G,\nG,Grandparent,,\nL,Lost,nobody,\n";
    let import = admin.import("customers", file.into()).await;
    assert_eq!(import["counts"], json!({"created": 3, "updated": 0, "unchanged": 0, "errors": 1}), "{import}");
    let errors = admin.get(&format!("/v1/imports/{}/errors", import["id"].as_str().unwrap())).await.expect(200);
    let error = &errors["items"][0];
    assert_eq!(
        (&error["line"], &error["column"], &error["code"]),
        (&json!(5), &json!("parent_id"), &json!("unknown_reference"))
    );
    let named = |name: &'static str| {
        let admin = admin.clone();
        async move {
            let list = admin.get(&format!("/v1/customers?q={name}")).await.expect(200);
            list["items"].as_array().unwrap().iter().find(|item| item["name"] == name).unwrap().clone()
        }
    };
    let (child, parent, grandparent) = (named("Child").await, named("Parent").await, named("Grandparent").await);
    assert_eq!((&child["parent_id"], &parent["parent_id"]), (&parent["id"], &grandparent["id"]));
    let ids: Vec<_> =
        child["external_ids"].as_array().unwrap().iter().map(|id| id["external_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["X1", "X2", "C"]);
    // The same again changes nothing; an id of another customer is refused.
    let again = admin.import("customers", file.into()).await;
    assert_eq!(again["counts"], json!({"created": 0, "updated": 0, "unchanged": 3, "errors": 1}), "{again}");
    let stolen = admin.import("customers", "external_id,name,external_id.crm\nP,Parent,X1\n".into()).await;
    assert_eq!(stolen["counts"], json!({"created": 0, "updated": 0, "unchanged": 0, "errors": 1}), "{stolen}");
}

/// Memory of this process in MiB, by its name in /proc.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

/// Run it with `--run-ignored only --no-capture`: it fills a database with 100,000 customers and 1,000,000 sales lines
/// and prints what each export takes.
#[actix_web::test]
#[ignore = "takes minutes"]
async fn a_million_lines_are_sent_in_constant_memory() {
    let app = spawn_app().await;
    let tenant = app.tenant("large").await;
    let admin = app.client(tenant, Role::Admin);
    let mut superuser = app.database.superuser().await;
    for sql in [
        "insert into products (tenant_id, id, external_id, name, created_at, updated_at)
         select $1, gen_random_uuid(), 'P' || n, 'Pump ' || n, now(), now() from generate_series(1, 500) n",
        "insert into customers (tenant_id, id, external_id, name, industry, territory, city, country, tags, created_at, updated_at)
         select $1, gen_random_uuid(), 'C' || n, 'Customer number ' || n, 'machinery', 'North', 'Bremen', 'Germany',
                array['pumps', 'service'], now(), now() from generate_series(1, 100000) n",
        "insert into customer_external_ids (tenant_id, system, external_id, customer_id)
         select $1, 'default', c.external_id, c.id from customers c where c.tenant_id = $1",
        "insert into sales_lines (tenant_id, id, external_id, order_id, day, customer_id, product_id, quantity, unit_price,
                discount, net, cost, currency, fx_rate, base_net, base_cost)
         select $1, gen_random_uuid(), 'L' || s.n, 'O' || s.n / 3, date '2011-01-01' + s.n % 1000, c.id, p.id, 3, 12.5, 0, 37.5, 20,
                'EUR', 1, 37.5, 20
         from generate_series(1, 1000000) s(n)
         join (select id, row_number() over () as n from customers where tenant_id = $1) c on c.n = 1 + s.n % 100000
         join (select id, row_number() over () as n from products where tenant_id = $1) p on p.n = 1 + s.n % 500",
        "select 1 where $1::uuid is not null",
    ] {
        sqlx::query(sql).bind(tenant.0).execute(&mut superuser).await.unwrap();
    }
    sqlx::query("analyze").execute(&mut superuser).await.unwrap();
    for (path, form) in [
        ("/v1/customers", FORMS[0]),
        ("/v1/customers", FORMS[2]),
        ("/v1/sales-lines", FORMS[0]),
        ("/v1/sales-lines", FORMS[1]),
        ("/v1/sales-lines", FORMS[2]),
        ("/v1/tenant/export", "application/gzip"),
    ] {
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
        let (before, started) = (memory("VmRSS"), std::time::Instant::now());
        let mut response = admin.request(Method::GET, path).header("Accept", form).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let mut bytes = 0;
        while let Some(piece) = response.chunk().await.unwrap() {
            bytes += piece.len();
        }
        let (seconds, peak) = (started.elapsed().as_secs_f32(), memory("VmHWM"));
        println!("{path} as {form}: {bytes} bytes in {seconds:.1} s, memory {before} MiB before, {peak} MiB at most");
        assert!(peak < before + 150, "{path} as {form}: from {before} to {peak} MiB");
    }
}
