//! The real server, on a free port, with a worker and a clock that stands where the test puts it.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use fenji::cli::job_handlers;
use fenji::clock::{Clock, SystemIds};
use fenji::db;
use fenji::grading::HeldBooks;
use fenji::http::{App, AppState, Faces};
use fenji::imports::ImportSettings;
use fenji::jobs::{JobSettings, Worker};
use fenji::tenancy::{Actor, Authenticator, IdentityProvider, KeySource, Role, TenantDb, TokenSettings};
use fenji::tenants::{self, TenantIn};
use fenji::values::{SalespersonId, TenantId};
use fenji::webhooks::{Courier, CourierSettings, Vault, WebhookSettings, Webhooks};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::resolver::TestResolver;
use super::{Client, TestDatabase};

/// A running server; it stops with the test.
pub struct TestApp {
    pub database: TestDatabase,
    pub state: AppState,
    pub clock: Arc<TestClock>,
    /// What names resolve to for webhooks.
    pub resolver: Arc<TestResolver>,
    pub url: String,
    stop: CancellationToken,
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct TestClock(Mutex<DateTime<Utc>>);

impl TestClock {
    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }

    /// Puts it at a time.
    pub fn set(&self, now: DateTime<Utc>) {
        *self.0.lock().unwrap() = now;
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// A server on a new database, with a worker.
pub async fn spawn_app() -> TestApp {
    let app = spawn_app_without_worker().await;
    app.start_worker(app.stop.clone());
    app
}

/// A server on a new database, whose jobs wait.
pub async fn spawn_app_without_worker() -> TestApp {
    let database = TestDatabase::create().await;
    let url = database.app_url();
    spawn_app_at(database, &url).await
}

/// A server on a new database, whose jobs wait, that takes an identity provider's tokens too.
pub async fn spawn_app_with_identity(provider: IdentityProvider) -> TestApp {
    let database = TestDatabase::create().await;
    let url = database.app_url();
    spawn(database, &url, Some(provider)).await
}

/// A server, whose jobs wait, that finds its database at an address.
pub async fn spawn_app_at(database: TestDatabase, url: &str) -> TestApp {
    spawn(database, url, None).await
}

async fn spawn(database: TestDatabase, url: &str, provider: Option<IdentityProvider>) -> TestApp {
    let pool = db::connect(url, 8, Duration::from_secs(10)).unwrap();
    let clock = Arc::new(TestClock(Mutex::new("2014-01-15T08:00:00Z".parse().unwrap())));
    let tenant_db = TenantDb::new(pool, clock.clone(), Arc::new(SystemIds));
    let resolver = Arc::new(TestResolver::default());
    let state = state(tenant_db, resolver.clone(), provider);
    let url = listen(&state);
    TestApp { database, state, clock, resolver, url, stop: CancellationToken::new() }
}

fn state(db: TenantDb, resolver: Arc<TestResolver>, provider: Option<IdentityProvider>) -> AppState {
    let tokens = TokenSettings { secret: vec![7; 32], issuer: "fenji".into(), audience: "fenji".into() };
    let mut authenticator = Authenticator::new(tokens, db.clone());
    if let Some(provider) = provider {
        authenticator = authenticator.with_identity_provider(Arc::new(KeySource::new(provider).unwrap()));
    }
    // Of all that is not public, webhooks may go to the one address where tests listen.
    let settings = WebhookSettings {
        allowed_networks: vec!["127.0.0.1/32".parse().unwrap()],
        allow_http: true,
        ..WebhookSettings::default()
    };
    let vault = Vault::new(["the key of the tests, of 32 bytes and more"]).unwrap();
    AppState {
        books: HeldBooks::default(),
        authenticator,
        db,
        imports: ImportSettings { max_upload: 64 * 1024 * 1024, ..ImportSettings::default() },
        webhooks: Webhooks::new(Some(vault), settings, resolver),
        introspection: true,
        login_time: Duration::from_secs(10),
        gather: Duration::from_millis(1),
    }
}

/// Serves on a free port; the address.
fn listen(state: &AppState) -> String {
    let app =
        App::listen(state, Faces::new(state.introspection), TcpListener::bind("127.0.0.1:0").unwrap(), 1).unwrap();
    let url = format!("http://127.0.0.1:{}", app.port());
    actix_web::rt::spawn(app.run());
    url
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl TestApp {
    /// Another server on the same database, as a second process would be; its address.
    pub async fn sibling(&self) -> String {
        let pool = db::connect(&self.database.app_url(), 8, Duration::from_secs(10)).unwrap();
        let tenant_db = TenantDb::new(pool, self.clock.clone(), Arc::new(SystemIds));
        listen(&state(tenant_db, self.resolver.clone(), None))
    }

    /// The same program listening once more with some of its settings changed; its address.
    pub fn listening_with(&self, change: impl FnOnce(&mut AppState)) -> String {
        let mut state = self.state.clone();
        change(&mut state);
        listen(&state)
    }

    /// Starts a worker; the handle ends with it.
    pub fn start_worker(&self, stop: CancellationToken) -> JoinHandle<()> {
        let settings = JobSettings { slots: 2, poll: Duration::from_millis(50), ..JobSettings::default() };
        let worker = Worker::new(self.state.db.clone(), settings, job_handlers(self.state.imports));
        tokio::spawn(worker.run(stop))
    }

    /// A courier for webhooks, which delivers when it is told to.
    pub fn courier(&self) -> Courier {
        Courier::new(self.state.db.clone(), self.state.webhooks.clone(), CourierSettings::default()).unwrap()
    }

    /// A new tenant with EUR as its base currency.
    pub async fn tenant(&self, slug: &str) -> TenantId {
        self.tenant_in(slug, "EUR").await
    }

    /// A new tenant.
    pub async fn tenant_in(&self, slug: &str, currency: &str) -> TenantId {
        let new = TenantIn {
            slug: slug.into(),
            name: format!("Tenant {slug}"),
            base_currency: currency.parse().unwrap(),
            fiscal_year_start_month: None,
        };
        let operator = Actor::platform("test", "test");
        self.state.db.platform(&operator, async |tx| tenants::create(tx, &new).await).await.unwrap().id
    }

    /// Someone with a role in a tenant.
    pub fn client(&self, tenant: TenantId, role: Role) -> Client {
        self.client_of(&Actor::with_role(format!("test-{}", role.code()), tenant, role, "test"), role)
    }

    /// A salesperson.
    pub fn salesperson(&self, tenant: TenantId, id: SalespersonId) -> Client {
        let mut actor = Actor::with_role("test-salesperson", tenant, Role::Salesperson, "test");
        actor.salesperson = Some(id);
        self.client_of(&actor, Role::Salesperson)
    }

    /// A platform operator.
    pub fn operator(&self) -> Client {
        self.client_of(&Actor::platform("test-operator", "test"), Role::Platform)
    }

    /// Nobody.
    pub fn anonymous(&self) -> Client {
        Client::new(&self.url, None)
    }

    /// Whoever holds this token.
    pub fn with_token(&self, token: &str) -> Client {
        Client::new(&self.url, Some(token.to_owned()))
    }

    /// Someone with an actor's permissions.
    pub fn client_of(&self, actor: &Actor, role: Role) -> Client {
        let token = self.state.authenticator.issue(actor, role, Duration::from_secs(3600)).unwrap();
        self.with_token(&token)
    }
}
