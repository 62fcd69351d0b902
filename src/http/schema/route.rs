//! `POST /graphql`.

use std::sync::Arc;
use std::time::Duration;

use actix_web::guard::fn_guard;
use actix_web::http::header::UPGRADE;
use actix_web::web::{Data, Payload, ServiceConfig};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use async_graphql::parser::types::OperationType;
use async_graphql::{Response, ServerError, Value};

use super::FenjiSchema;
use super::loaders::attach;
use crate::error::{Error, ErrorCode};
use crate::grading::HeldBooks;
use crate::http::graphql::{Endpoint, serve};
use crate::http::idempotency::Keyed;
use crate::http::request::locale;
use crate::http::subscriptions;
use crate::imports::ImportSettings;
use crate::tenancy::{Actor, Authenticator, Session, TenantDb};
use crate::values::Locale;
use crate::webhooks::Webhooks;

/// The routes: operations by POST, subscriptions over a WebSocket. Other methods than POST are answered by the endpoint, which says what is allowed.
pub fn configure(config: &mut ServiceConfig) {
    let upgrades = fn_guard(|context| {
        let upgrade = context.head().headers().get(UPGRADE).and_then(|value| value.to_str().ok());
        upgrade.is_some_and(|protocol| protocol.eq_ignore_ascii_case("websocket"))
    });
    config.route("/graphql", web::get().guard(upgrades).to(subscriptions::open));
    config.route("/graphql", web::post().to(execute)).route("/graphql", web::route().to(refuse));
}

/// What the route stands on.
pub struct GraphqlFace {
    /// Protocol and limits.
    pub endpoint: Endpoint,
    /// The schema.
    pub schema: FenjiSchema,
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
    /// How long a client has to say who it is once it has opened a WebSocket.
    pub login_time: Duration,
    /// How long the edges of a query wait for one another before they are read together.
    pub gather: Duration,
}

async fn execute(face: Data<GraphqlFace>, actor: Actor, request: HttpRequest, payload: Payload) -> HttpResponse {
    let locale = locale(&request);
    let keyed = request.extensions().get::<Keyed>().cloned();
    serve(&face.endpoint, &request, payload, async |query, kind| {
        let actor = match keyed {
            // What only reads has no effect to guard.
            Some(ref keyed) if kind == OperationType::Mutation => keyed.claim().await.ok_or_else(Keyed::not_done)?,
            _ => actor,
        };
        let is_keyed = actor.is_keyed();
        let session = Arc::new(Session::new(face.db.clone(), actor));
        let query = attach(query, session, face.gather)
            .data(face.authenticator.clone())
            .data(face.imports)
            .data(face.webhooks.clone())
            .data(face.books.clone());
        let mut response = face.schema.execute(query).await;
        settle_errors(&mut response, locale);
        // Behind a key the whole request is one transaction, which a fault ends: then nothing of it is true.
        if let (true, Some(keyed)) = (never_ran(&response), keyed) {
            keyed.release().await;
        }
        match fault(&response).filter(|_| is_keyed) {
            Some(error) => Err(error),
            None => Ok(response),
        }
    })
    .await
}

async fn refuse(face: Data<GraphqlFace>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let nothing = async |_, _| Err(Error::internal("a request by another method was admitted"));
    serve(&face.endpoint, &request, payload, nothing).await
}

/// Chooses the reader's language, and logs what is ours to mend.
pub(in crate::http) fn settle_errors(response: &mut Response, locale: Locale) {
    for error in &mut response.errors {
        log(error);
        let Some(extensions) = &mut error.extensions else { continue };
        if let (Some(Value::String(zh)), Locale::ZhCn) = (extensions.get("detail_zh").cloned(), locale) {
            error.message = zh;
        }
        extensions.unset("detail_zh");
    }
}

/// Whether it was refused before anything was executed: an error of execution has a path.
fn never_ran(response: &Response) -> bool {
    !response.errors.is_empty() && response.errors.iter().all(|error| error.path.is_empty())
}

/// The first error that leaves open what came of the request.
fn fault(response: &Response) -> Option<Error> {
    let mut errors = response.errors.iter().filter_map(|error| error.source.as_ref()?.downcast_ref::<Error>());
    errors.find(|error| error.is_passing()).cloned()
}

fn log(error: &ServerError) {
    let source = error.source.as_ref().and_then(|s| s.downcast_ref::<Error>());
    if let Some(source) = source.filter(|e| matches!(e.code(), ErrorCode::Internal | ErrorCode::Unavailable)) {
        tracing::error!(error = ?source, path = ?error.path, "GraphQL field failed");
    }
}
