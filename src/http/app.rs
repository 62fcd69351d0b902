//! The HTTP server.

use std::fmt;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::Server;
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::Data;
use bytes::Bytes;
use utoipa::openapi::OpenApi;

use super::graphql::{Endpoint, Limits};
use super::schema::{FenjiSchema, GraphqlFace};
use super::{docs, health, idempotency, openapi, request, schema};
use crate::grading::HeldBooks;
use crate::imports::ImportSettings;
use crate::jobs::Watches;
use crate::rest::Routes;
use crate::tenancy::{Authenticator, TenantDb};
use crate::webhooks::Webhooks;

/// What handlers share.
#[derive(Clone, Debug)]
pub struct AppState {
    /// The database.
    pub db: TenantDb,
    /// Who may come in.
    pub authenticator: Authenticator,
    /// What an import takes at most.
    pub imports: ImportSettings,
    /// Secrets and addresses of webhooks.
    pub webhooks: Webhooks,
    /// Books that scales are tried on.
    pub books: HeldBooks,
    /// Whether GraphQL introspection is answered.
    pub introspection: bool,
    /// How long a client has to say who it is once it has opened a WebSocket.
    pub login_time: Duration,
    /// How long the edges of a query wait for one another before they are read together.
    pub gather: Duration,
}

/// What the two faces look like. It asks no database, so that it can be made while one comes up.
pub struct Faces {
    description: Bytes,
    addresses: request::Addresses,
    limits: Limits,
    schema: FenjiSchema,
}

impl Faces {
    /// With or without an answer to GraphQL introspection.
    pub fn new(introspection: bool) -> Self {
        let api = openapi::openapi();
        let limits = Limits { introspection, ..Limits::default() };
        Self {
            description: api.to_json().unwrap_or_default().into(),
            addresses: request::Addresses::of(&api),
            schema: schema::schema(&limits),
            limits,
        }
    }
}

impl fmt::Debug for Faces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faces").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// The server, ready to run.
pub struct App {
    server: Server,
    port: u16,
    streams: Watches,
}

impl App {
    /// Listens with `workers` threads.
    ///
    /// # Errors
    /// Where the socket cannot be used.
    pub fn listen(state: &AppState, faces: Faces, listener: TcpListener, workers: usize) -> std::io::Result<Self> {
        let port = listener.local_addr()?.port();
        let state = state.clone();
        let Faces { description, addresses, limits, schema } = faces;
        let face = Data::new(GraphqlFace {
            schema,
            endpoint: Endpoint { limits, ..Endpoint::default() },
            db: state.db.clone(),
            authenticator: state.authenticator.clone(),
            imports: state.imports,
            webhooks: state.webhooks.clone(),
            books: state.books.clone(),
            login_time: state.login_time,
            gather: state.gather,
        });
        let addresses = Data::new(addresses);
        let streams = Watches::default();
        let watches = Data::new(streams.clone());
        let server = HttpServer::new(move || {
            let description = description.clone();
            actix_web::App::new()
                .app_data(Data::new(state.db.clone()))
                .app_data(Data::new(state.authenticator.clone()))
                .app_data(face.clone())
                .app_data(Data::new(state.imports))
                .app_data(Data::new(state.webhooks.clone()))
                .app_data(Data::new(state.books.clone()))
                .app_data(addresses.clone())
                .app_data(watches.clone())
                .configure(|config| routes(&mut Routes::served(config)))
                .configure(|config| docs::configure(config, description))
                .configure(schema::configure)
                .default_service(actix_web::web::to(request::unrouted))
                .wrap(from_fn(idempotency::once_a_key))
                .wrap(Compress::default())
                .wrap(from_fn(request::with_request_id))
        })
        .workers(workers)
        .client_request_timeout(Duration::from_secs(10))
        .shutdown_timeout(30)
        .disable_signals()
        .listen(listener)?
        .run();
        Ok(Self { server, port, streams })
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Serves until stopped.
    ///
    /// # Errors
    /// The server's.
    pub async fn run(self) -> std::io::Result<()> {
        self.server.await
    }

    /// The event streams that are open, to be closed before it is stopped.
    pub fn streams(&self) -> Watches {
        self.streams.clone()
    }

    /// A handle that stops it.
    pub fn handle(&self) -> actix_web::dev::ServerHandle {
        self.server.handle()
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("port", &self.port).finish_non_exhaustive()
    }
}

/// Every REST route; each capability lists its own.
fn routes(config: &mut Routes<'_>) {
    health::routes(config);
    crate::tenants::routes(config);
    crate::jobs::routes(config);
    crate::webhooks::routes(config);
    crate::dossiers::routes(config);
    crate::sales::routes(config);
    crate::finance::routes(config);
    crate::imports::routes(config);
    crate::scales::routes(config);
    crate::grading::routes(config);
    crate::agreement::routes(config);
    crate::ge_matrix::routes(config);
    crate::plans::routes(config);
}

/// The document of the routes, in the frame.
pub(super) fn document() -> OpenApi {
    let mut api = openapi::frame();
    routes(&mut Routes::described(&mut api));
    api
}
