//! The first load of a tenant is as fast beside a large tenant as alone: whatever the planner knows or does not know of the
//! tenant, each row is looked up by its key (decision 0027). What is asserted is what Postgres read, not a time.

use fenji::tenancy::Role;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor, PgConnection};

use crate::support::{Client, spawn_app};

/// Rows of each kind that the new tenant loads.
const ROWS: usize = 2_000;
/// Entries of an index that one loaded row may have read: its look-ups, those of what refers to it, checks of references, of
/// which Postgres plans the first five of a connection for the tenant it knows. One look-up that reads all of the tenant's
/// rows would read a thousand.
const READ_PER_ROW: i64 = 40;

/// Statistics as they are when the load begins.
#[derive(Clone, Copy, Debug)]
enum Known {
    /// One tenant of 500,000 lines, analysed.
    ALargeTenant,
    /// 1,000 tenants of one line each, all with the same external id, analysed.
    ManyTinyTenants,
    /// Nothing: the tables are empty and were never analysed.
    Nothing,
}

/// Fills the tables with other tenants' rows, past triggers and foreign keys, and has Postgres make its statistics.
async fn neighbours(conn: &mut PgConnection, known: Known) {
    let (tenant, name, lines, others) = match known {
        Known::ALargeTenant => ("'00000000-0000-7000-8000-00000000000a'::uuid", "n::text", 500_000, 20_000),
        Known::ManyTinyTenants => ("md5('tenant' || n)::uuid", "'1'", 1_000, 1_000),
        Known::Nothing => return,
    };
    let id = |of: &str| format!("md5('{of}' || n)::uuid");
    let (customer, product) = (id("customer"), id("product"));
    let statements = [
        format!(
            "insert into customers (tenant_id, id, external_id, name, stage, territory, created_at, updated_at)
             select {tenant}, {customer}, {name}, 'C' || n, 'active', 'T' || n % 50, now(), now()
             from generate_series(1, {others}) n"
        ),
        format!(
            "insert into customer_external_ids (tenant_id, system, external_id, customer_id)
             select {tenant}, 'default', {name}, {customer} from generate_series(1, {others}) n"
        ),
        format!(
            "insert into products (tenant_id, id, external_id, name, created_at, updated_at)
             select {tenant}, {product}, {name}, 'P' || n, now(), now() from generate_series(1, {others}) n"
        ),
        format!(
            "insert into sales_lines (tenant_id, id, external_id, order_id, day, customer_id, product_id, quantity,
                 unit_price, discount, net, cost, currency, fx_rate, base_net, base_cost)
             select {tenant}, {}, {name}, {name}, date '2010-01-01' + n % 1400, md5('customer' || n % {others})::uuid,
                 md5('product' || n % {others})::uuid, 1, 1, 0, 1, 1, 'EUR', 1, 1, 1
             from generate_series(1, {lines}) n",
            id("line")
        ),
        format!(
            "insert into receivables (tenant_id, id, external_id, customer_id, invoiced_on, due_on, amount, currency,
                 fx_rate, base_amount)
             select {tenant}, {}, {name}, {customer}, date '2013-01-01' + n % 300, date '2013-01-01' + n % 300, 1, 'EUR',
                 1, 1 from generate_series(1, {others}) n",
            id("receivable")
        ),
        format!(
            "insert into payments (tenant_id, id, external_id, customer_id, paid_on, amount, currency)
             select {tenant}, {}, {name}, {customer}, date '2013-01-01' + n % 300, 1, 'EUR'
             from generate_series(1, {others}) n",
            id("payment")
        ),
        format!(
            "insert into costs_to_serve (tenant_id, id, external_id, customer_id, day, activity, amount, currency, fx_rate,
                 base_amount)
             select {tenant}, {}, {name}, {customer}, date '2013-01-01' + n % 300, 'visit', 1, 'EUR', 1, 1
             from generate_series(1, {others}) n",
            id("cost")
        ),
    ];
    conn.execute("set session_replication_role = replica").await.unwrap();
    for statement in statements {
        conn.execute(AssertSqlSafe(statement)).await.unwrap();
    }
    conn.execute("set session_replication_role = default").await.unwrap();
    conn.execute("analyze").await.unwrap();
    conn.execute("select pg_stat_reset()").await.unwrap();
}

/// Loads `ROWS` rows in batches of 1,000.
async fn batches(admin: &Client, path: &str, row: impl Fn(usize) -> Value) {
    for start in (0..ROWS).step_by(1_000) {
        let items: Vec<Value> = (start..(start + 1_000).min(ROWS)).map(&row).collect();
        admin.batch(path, &json!(items)).await;
    }
}

/// Every kind by batch, then customers and lines once more and new ones by file.
async fn load(admin: &Client) {
    let customer =
        |n: usize| json!({"external_id": format!("C{n}"), "name": format!("Customer {n}"), "territory": "T1"});
    let product = |n: usize| json!({"external_id": format!("P{n}"), "name": format!("Product {n}"), "category": "K"});
    let line = |n: usize| {
        json!({"external_id": format!("L{n}"), "order_id": format!("O{}", n / 3), "day": "2013-06-01",
               "customer_external_id": format!("C{n}"), "product_external_id": format!("P{n}"), "quantity": "1",
               "unit_price": "5", "net": "5", "cost": "3"})
    };
    let receivable = |n: usize| {
        json!({"external_id": format!("R{n}"), "customer_external_id": format!("C{n}"), "invoiced_on": "2013-06-01",
               "due_on": "2013-07-01", "amount": "5"})
    };
    let payment = |n: usize| {
        json!({"external_id": format!("Z{n}"), "customer_external_id": format!("C{n}"), "paid_on": "2013-07-01",
               "amount": "5", "receivable_external_id": format!("R{n}")})
    };
    let cost = |n: usize| {
        json!({"external_id": format!("X{n}"), "customer_external_id": format!("C{n}"), "day": "2013-07-01",
               "activity": "visit", "amount": "5"})
    };
    batches(admin, "/v1/customers:batch", customer).await;
    batches(admin, "/v1/products:batch", product).await;
    batches(admin, "/v1/sales-lines:batch", line).await;
    batches(admin, "/v1/receivables:batch", receivable).await;
    batches(admin, "/v1/payments:batch", payment).await;
    batches(admin, "/v1/costs-to-serve:batch", cost).await;
    let file = |from: usize| -> String {
        (from..from + ROWS)
            .map(|n| format!("C{n},Customer {n},T1\n"))
            .fold("external_id,name,region\n".into(), |a, b| a + &b)
    };
    let lines = |from: usize| -> String {
        let head = "external_id,order_id,order_date,customer_id,product_id,quantity,unit_price,discount,net_amount,cost_amount\n";
        let row = |n: usize| format!("L{n},O{},2013-06-01,C{n},P{},1,5,0,5,3\n", n / 3, n % ROWS);
        (from..from + ROWS).map(row).fold(head.into(), |a, b| a + &b)
    };
    for (kind, file) in
        [("customers", file(0)), ("customers", file(ROWS)), ("sales_lines", lines(0)), ("sales_lines", lines(ROWS))]
    {
        let import = admin.import(kind, file.into_bytes()).await;
        assert_eq!(import["counts"]["errors"], 0, "{import}");
    }
}

/// What was read of the tables that are loaded: index, scans of it, entries read.
async fn read_of_indexes(conn: &mut PgConnection) -> Vec<(String, i64, i64)> {
    sqlx::query_as(
        "select indexrelname::text, idx_scan, idx_tup_read from pg_stat_user_indexes
         where relname in ('customers', 'customer_external_ids', 'products', 'sales_lines', 'receivables', 'payments',
                           'costs_to_serve')
         order by 1",
    )
    .fetch_all(conn)
    .await
    .unwrap()
}

async fn first_loads_look_rows_up_by_their_keys(known: Known) {
    let app = spawn_app().await;
    let mut conn = app.database.superuser().await;
    neighbours(&mut conn, known).await;
    let admin = app.client(app.tenant("acme").await, Role::Admin);
    load(&admin).await;
    // A connection is sure to have told what it read once it has ended.
    let end = "select pg_terminate_backend(pid, 10000) from pg_stat_activity
               where datname = current_database() and pid <> pg_backend_pid()";
    conn.execute(end).await.unwrap();
    let read = read_of_indexes(&mut conn).await;
    let scans: i64 = read.iter().map(|(_, scans, _)| scans).sum();
    assert!(scans > 10 * ROWS as i64, "{known:?}: Postgres has not told all it read: {read:?}");
    let most = READ_PER_ROW * 2 * ROWS as i64;
    let worse: Vec<_> = read.iter().filter(|(.., entries)| *entries > most).collect();
    assert!(worse.is_empty(), "{known:?}: more than {most} entries were read: {worse:?}");
}

#[actix_web::test]
async fn a_new_tenant_beside_a_large_one_reads_no_row_twice() {
    first_loads_look_rows_up_by_their_keys(Known::ALargeTenant).await;
}

#[actix_web::test]
async fn a_large_load_after_statistics_of_tiny_tenants_reads_no_row_twice() {
    first_loads_look_rows_up_by_their_keys(Known::ManyTinyTenants).await;
}

#[actix_web::test]
async fn the_first_load_of_all_reads_no_row_twice() {
    first_loads_look_rows_up_by_their_keys(Known::Nothing).await;
}
