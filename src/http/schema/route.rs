//! `POST /graphql`.

use std::sync::Arc;

use actix_web::web::{Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, web};
use async_graphql::{Response, ServerError, Value};

use super::FenjiSchema;
use super::loaders::attach;
use crate::error::{Error, ErrorCode};
use crate::http::graphql::{Endpoint, serve};
use crate::http::request::locale;
use crate::imports::ImportSettings;
use crate::tenancy::{Actor, Authenticator, Session, TenantDb};
use crate::values::Locale;
use crate::webhooks::Webhooks;

/// The route. Other methods than POST are answered by the endpoint, which says what is allowed.
pub fn configure(config: &mut ServiceConfig) {
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
}

async fn execute(face: Data<GraphqlFace>, actor: Actor, request: HttpRequest, payload: Payload) -> HttpResponse {
    let locale = locale(&request);
    serve(&face.endpoint, &request, payload, async |query, _| {
        let session = Arc::new(Session::new(face.db.clone(), actor));
        let query =
            attach(query, session).data(face.authenticator.clone()).data(face.imports).data(face.webhooks.clone());
        let mut response = face.schema.execute(query).await;
        settle_errors(&mut response, locale);
        Ok(response)
    })
    .await
}

async fn refuse(face: Data<GraphqlFace>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let nothing = async |_, _| Err(Error::internal("a request by another method was admitted"));
    serve(&face.endpoint, &request, payload, nothing).await
}

/// Chooses the reader's language, and logs what is ours to mend.
fn settle_errors(response: &mut Response, locale: Locale) {
    for error in &mut response.errors {
        log(error);
        let Some(extensions) = &mut error.extensions else { continue };
        if let (Some(Value::String(zh)), Locale::ZhCn) = (extensions.get("detail_zh").cloned(), locale) {
            error.message = zh;
        }
        extensions.unset("detail_zh");
    }
}

fn log(error: &ServerError) {
    let source = error.source.as_ref().and_then(|s| s.downcast_ref::<Error>());
    if let Some(source) = source.filter(|e| matches!(e.code(), ErrorCode::Internal | ErrorCode::Unavailable)) {
        tracing::error!(error = ?source, path = ?error.path, "GraphQL field failed");
    }
}
