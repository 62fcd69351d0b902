//! Figures made of the sums by customer and month are those of the lines themselves, whatever was written since.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use fenji::metrics::{CustomerFigures, figures_for};
use fenji::sales::refresh_rollups;
use fenji::tenancy::{Actor, Role};
use fenji::values::{CustomerId, Month, TenantId};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::support::{Client, TestApp, spawn_app};

/// Months of the figures that are compared.
const MONTHS: [&str; 4] = ["2011-12", "2012-11", "2013-06", "2014-01"];
const CUSTOMERS: u64 = 9;

/// A line as it is stored.
struct Line {
    customer: Uuid,
    order: String,
    day: NaiveDate,
    category: Option<String>,
    net: Decimal,
    cost: Option<Decimal>,
}

/// What a customer's figures are made of, and what is told of it.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    revenues: [Decimal; 3],
    margin: Option<Decimal>,
    orders: i64,
    active_months: i64,
    categories: i64,
    recency: Option<i64>,
    rank: Option<i64>,
}

async fn lines(conn: &mut PgConnection) -> Vec<Line> {
    type Row = (Uuid, String, NaiveDate, Option<String>, Decimal, Option<Decimal>);
    let rows: Vec<Row> = sqlx::query_as(
        "select l.customer_id, l.order_id, l.day, p.category, l.base_net, l.base_cost
         from sales_lines l join products p on p.tenant_id = l.tenant_id and p.id = l.product_id",
    )
    .fetch_all(conn)
    .await
    .unwrap();
    let line = |(customer, order, day, category, net, cost)| Line { customer, order, day, category, net, cost };
    rows.into_iter().map(line).collect()
}

/// By the definitions, line by line.
fn expected(lines: &[Line], as_of: Month) -> BTreeMap<Uuid, Told> {
    let within = |line: &&Line, back: i32| {
        let (first, last) = (as_of.plus(-11 - back).first_day(), as_of.plus(-back).last_day());
        (first..=last).contains(&line.day)
    };
    let customers: BTreeSet<Uuid> = lines.iter().map(|line| line.customer).collect();
    let mut told: BTreeMap<Uuid, Told> = customers
        .iter()
        .map(|customer| {
            let own = || lines.iter().filter(|line| line.customer == *customer);
            let l12 = || own().filter(|line| within(line, 0));
            let mut months = BTreeMap::<Month, Decimal>::new();
            l12().for_each(|line| *months.entry(Month::of(line.day)).or_default() += line.net);
            // An order is what its lines come to, and none where that is not positive.
            let positive = |lines: &[&Line]| {
                let mut orders = BTreeMap::<&String, Decimal>::new();
                lines.iter().for_each(|line| *orders.entry(&line.order).or_default() += line.net);
                orders.retain(|_, net| *net > Decimal::ZERO);
                orders.into_keys().cloned().collect::<BTreeSet<String>>()
            };
            let known: Vec<&Line> = own().filter(|line| line.day <= as_of.last_day()).collect();
            let ever = positive(&known);
            let sold = known.iter().filter(|line| ever.contains(&line.order) && line.net > Decimal::ZERO);
            let last = sold.map(|line| line.day).max();
            let bought_in = |month: Month| {
                let lines: Vec<&Line> = own().filter(|line| Month::of(line.day) == month).collect();
                positive(&lines)
            };
            let mut categories = BTreeMap::<&String, (Decimal, bool)>::new();
            for line in l12() {
                let Some(category) = &line.category else { continue };
                let (net, bought) = categories.entry(category).or_default();
                *net += line.net;
                *bought |= bought_in(Month::of(line.day)).contains(&line.order);
            }
            let told = Told {
                revenues: [0, 12, 24].map(|back| own().filter(|line| within(line, back)).map(|line| line.net).sum()),
                margin: l12().map(|line| Some(line.net - line.cost?)).sum(),
                orders: positive(&l12().collect::<Vec<_>>()).len() as i64,
                active_months: months.values().filter(|net| **net > Decimal::ZERO).count() as i64,
                categories: categories.values().filter(|(net, bought)| *bought && *net > Decimal::ZERO).count() as i64,
                recency: last.map(|day| (as_of.last_day() - day).num_days()),
                rank: None,
            };
            (*customer, told)
        })
        .collect();
    let sold: BTreeSet<Uuid> = lines.iter().filter(|line| within(line, 0)).map(|line| line.customer).collect();
    let mut ranked: Vec<(Decimal, Uuid)> =
        sold.iter().map(|customer| (-told[customer].revenues[0], *customer)).collect();
    ranked.sort_unstable();
    for ((_, customer), place) in ranked.into_iter().zip(1..) {
        told.get_mut(&customer).unwrap().rank = Some(place);
    }
    told
}

fn told(figures: CustomerFigures) -> Told {
    Told {
        revenues: [figures.revenue_l12, figures.revenue_p12, figures.revenue_pp12],
        margin: figures.gross_margin_l12.ok(),
        orders: figures.orders_l12,
        active_months: figures.active_months_l12,
        categories: figures.category_breadth_l12,
        recency: figures.recency_days.ok(),
        rank: figures.revenue_rank_l12.ok(),
    }
}

/// Everyone's figures, and those of a list, are as expected.
async fn compare(app: &TestApp, tenant: TenantId) {
    let lines = lines(&mut app.database.superuser().await).await;
    let actor = Actor::with_role("test", tenant, Role::Admin, "test");
    for month in MONTHS {
        let as_of: Month = month.parse().unwrap();
        let mut expected = expected(&lines, as_of);
        let some: Vec<CustomerId> = expected.keys().take(3).map(|id| CustomerId(*id)).collect();
        let read = app.state.db.snapshot(&actor).await.unwrap();
        let mut conn = read.conn().await.unwrap();
        for figures in figures_for(&mut conn, tenant, as_of, Some(&some)).await.unwrap() {
            let customer = figures.customer_id.0;
            assert_eq!(told(figures), expected[&customer], "of a list as of {month}");
        }
        for figures in figures_for(&mut conn, tenant, as_of, None).await.unwrap() {
            let customer = figures.customer_id.0;
            if let Some(expected) = expected.remove(&customer) {
                assert_eq!(told(figures), expected, "as of {month}");
            }
        }
        assert_eq!(expected.len(), 0, "someone with lines has no figures");
    }
}

/// Before the sums hold again, after that, and when there is nothing to be done.
async fn hold(app: &TestApp, tenant: TenantId, stale: bool) {
    compare(app, tenant).await;
    let actor = Actor::with_role("test", tenant, Role::Admin, "test");
    let refreshed = app.state.db.write(&actor, refresh_rollups).await.unwrap();
    assert_eq!(refreshed > 0, stale, "{refreshed} customers were made anew");
    compare(app, tenant).await;
    assert_eq!(app.state.db.write(&actor, refresh_rollups).await.unwrap(), 0);
}

/// Lines of four years that look like chance: orders over several months, credits, lines without a cost.
fn sales() -> Value {
    let line = |n: u64| {
        let chance = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407) >> 33;
        let day = NaiveDate::from_ymd_opt(2010, 1, 1).unwrap() + chrono::Days::new(chance % 1_461);
        let net = i64::try_from(chance % 100_000).unwrap() - 20_000;
        json!({"external_id": format!("L{n}"), "order_id": format!("O{}", n / 3), "day": day,
               "customer_external_id": format!("C{}", (n / 3) % CUSTOMERS),
               "product_external_id": format!("P{}", chance % 5), "quantity": "1", "unit_price": "1",
               "net": Decimal::new(net, 2), "cost": (!n.is_multiple_of(7)).then(|| Decimal::new(net / 2, 2))})
    };
    (0..400).map(line).collect()
}

async fn book(admin: &Client) {
    let customers: Value = (0..=CUSTOMERS).map(|n| json!({"external_id": format!("C{n}"), "name": "C"})).collect();
    admin.batch("/v1/customers:batch", &customers).await;
    // One without a category, two of the same.
    let categories = [Some("a"), Some("b"), None, Some("b"), Some("c")];
    let product = |(n, category): (usize, &Option<&str>)| json!({"external_id": format!("P{n}"), "name": "P", "category": category});
    let products: Value = categories.iter().enumerate().map(product).collect();
    admin.batch("/v1/products:batch", &products).await;
    admin.batch("/v1/sales-lines:batch", &sales()).await;
}

#[actix_web::test]
async fn figures_are_those_of_the_lines_whatever_was_written() {
    let app = spawn_app().await;
    let tenant = app.tenant("acme").await;
    let admin = app.client(tenant, Role::Admin);
    book(&admin).await;
    hold(&app, tenant, true).await;

    // Lines that are there go to another customer, another month and another order; one customer has its first.
    let moved = json!([
        {"external_id": "L3", "order_id": "O1", "day": "2013-12-31", "customer_external_id": "C9",
         "product_external_id": "P4", "quantity": "1", "unit_price": "1", "net": "77.7777"},
        {"external_id": "L30", "order_id": "O1", "day": "2013-06-01", "customer_external_id": "C0",
         "product_external_id": "P2", "quantity": "1", "unit_price": "1", "net": "-5", "cost": "1"}]);
    admin.batch("/v1/sales-lines:batch", &moved).await;
    hold(&app, tenant, true).await;

    // A category is renamed to another's.
    admin.batch("/v1/products:batch", &json!([{"external_id": "P4", "name": "P", "category": "a"}])).await;
    hold(&app, tenant, true).await;
    // Another name changes nothing.
    admin.batch("/v1/products:batch", &json!([{"external_id": "P4", "name": "Q"}])).await;
    hold(&app, tenant, false).await;

    // Two customers become one.
    let ids = async |name: &str| {
        let found = admin.get(&format!("/v1/customers?external_id={name}")).await.expect(200);
        found["items"][0]["id"].as_str().unwrap().to_owned()
    };
    let (gone, into) = (ids("C1").await, ids("C2").await);
    admin.post(&format!("/v1/customers/{gone}:merge"), &json!({"into": into})).await.expect(200);
    hold(&app, tenant, true).await;

    // A file of lines leaves sums that hold.
    let file = "external_id,order_id,order_date,customer_id,product_id,quantity,net_amount\n\
                F1,F1,2013-03-05,C5,P1,1,12.5\nF2,F1,2013-04-05,C5,P2,1,2.5\n";
    admin.import("sales_lines", file.into()).await;
    hold(&app, tenant, false).await;
}
