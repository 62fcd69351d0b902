//! The program is killed with -9 over and over while clients push into it, and comes up each time: in the end everything
//! is as if nothing had happened.

mod clients;
mod grading;
mod imports;
mod server;
mod work;

use std::sync::Arc;
use std::time::Duration;

use fenji::clock::{SystemClock, SystemIds};
use fenji::db;
use fenji::tenancy::{Actor, Authenticator, Role, TenantDb, TokenSettings};
use fenji::tenants::{self, TenantIn};
use fenji::values::TenantId;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use server::SECRET;
use sqlx::PgConnection;

use crate::support::{Client, TestDatabase};

/// Two tenants with the same customers and products, one of which is to see the crashes.
struct Stage {
    database: TestDatabase,
    db: TenantDb,
    authenticator: Authenticator,
}

impl Stage {
    async fn new() -> Self {
        let database = TestDatabase::create().await;
        let pool = db::connect(&database.app_url(), 2, Duration::from_secs(10)).unwrap();
        let db = TenantDb::new(pool, Arc::new(SystemClock), Arc::new(SystemIds));
        let tokens = TokenSettings { secret: SECRET.into(), issuer: "fenji".into(), audience: "fenji".into() };
        Self { database, authenticator: Authenticator::new(tokens, db.clone()), db }
    }

    /// A tenant, and a token of its integration.
    async fn tenant(&self, slug: &str) -> (TenantId, String) {
        let new = TenantIn {
            slug: slug.into(),
            name: slug.into(),
            base_currency: "EUR".parse().unwrap(),
            fiscal_year_start_month: None,
        };
        let operator = Actor::platform("test", "test");
        let tenant = self.db.platform(&operator, async |tx| tenants::create(tx, &new).await).await.unwrap().id;
        let actor = Actor::with_role("crm", tenant, Role::Admin, "test");
        (tenant, self.authenticator.issue(&actor, Role::Admin, Duration::from_secs(3600)).unwrap())
    }

    async fn superuser(&self) -> PgConnection {
        self.database.superuser().await
    }
}

/// The customers and products that lines name.
async fn furnish(client: &Client) {
    let named = |prefix: &str| -> Value {
        (0..50).map(|n| json!({"external_id": format!("{prefix}-{n}"), "name": format!("{prefix} {n}")})).collect()
    };
    client.batch("/v1/customers:batch", &named("C")).await;
    client.batch("/v1/products:batch", &named("P")).await;
}

/// Everything of a tenant's sales lines but ids and times, in one order.
async fn lines(superuser: &mut PgConnection, tenant: TenantId) -> Vec<String> {
    let sql = "select (to_jsonb(l) - '{tenant_id,id,customer_id,product_id,observed_at,created_at,updated_at}'::text[]
                       || jsonb_build_object('customer', c.external_id, 'product', p.external_id))::text
               from sales_lines l join customers c on c.tenant_id = l.tenant_id and c.id = l.customer_id
                    join products p on p.tenant_id = l.tenant_id and p.id = l.product_id
               where l.tenant_id = $1 order by 1";
    sqlx::query_scalar(sql).bind(tenant.0).fetch_all(superuser).await.unwrap()
}

/// Compares without writing twenty thousand rows out.
#[track_caller]
fn expect_same(what: &str, found: &[String], expected: &[String]) {
    let differing = found.iter().zip(expected).find(|(found, expected)| found != expected);
    assert!(differing.is_none(), "{what}: {differing:?}");
    assert_eq!(found.len(), expected.len(), "{what}");
}

/// A source of chance, whose seed stands in the output: `FENJI_TEST_SEED` repeats a run.
fn chance(test: &str) -> ChaCha8Rng {
    let seed = std::env::var("FENJI_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(rand::random::<u32>);
    println!("{test}: FENJI_TEST_SEED={seed}");
    ChaCha8Rng::seed_from_u64(seed.into())
}
