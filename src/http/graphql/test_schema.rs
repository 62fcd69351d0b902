//! A small schema and a server around it, for the tests of this folder.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use actix_web::test::TestRequest;
use actix_web::{App, HttpRequest, test, web};
use async_graphql::parser::types::OperationType;
use async_graphql::{Context, EmptySubscription, Object, Result, Schema, SimpleObject};
use serde_json::Value;

use super::{Endpoint, guarded, serve};

/// How often the mutation ran.
#[derive(Default)]
pub(super) struct Runs(AtomicUsize);

pub(super) struct Query;
pub(super) struct Mutation;

#[derive(SimpleObject)]
struct Customer {
    name: String,
}

#[Object]
impl Query {
    async fn value(&self) -> i32 {
        100
    }

    async fn me(&self) -> Customer {
        Customer { name: "Acme".into() }
    }

    async fn double(&self, n: i32) -> i32 {
        n * 2
    }

    async fn actor(&self, ctx: &Context<'_>) -> String {
        ctx.data_opt::<&'static str>().copied().unwrap_or("nobody").to_owned()
    }

    async fn broken(&self) -> Result<Option<i32>> {
        Err("broken".into())
    }

    async fn broken_for_good(&self) -> Result<i32> {
        Err("broken".into())
    }

    async fn slow(&self) -> i32 {
        tokio::time::sleep(Duration::from_secs(60)).await;
        1
    }
}

#[Object]
impl Mutation {
    async fn touch(&self, ctx: &Context<'_>) -> usize {
        ctx.data_opt::<Arc<Runs>>().map_or(0, |runs| runs.0.fetch_add(1, Ordering::SeqCst) + 1)
    }
}

/// An answer, read.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) content_type: String,
    pub(super) allow: Option<String>,
    pub(super) json: Value,
}

impl Answer {
    /// `extensions.code` of the first error.
    pub(super) fn code(&self) -> &str {
        self.json["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.json.get(key).is_some()
    }
}

/// The endpoint of the small schema at `/graphql`, and how often its mutation ran.
pub(super) struct Server {
    pub(super) endpoint: web::Data<Endpoint>,
    schema: Schema<Query, Mutation, EmptySubscription>,
    runs: Arc<Runs>,
}

impl Server {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        let runs = Arc::new(Runs::default());
        let builder = Schema::build(Query, Mutation, EmptySubscription).data(Arc::clone(&runs));
        let schema = guarded(builder, &endpoint.limits).finish();
        Self { endpoint: web::Data::new(endpoint), schema, runs }
    }

    pub(super) fn mutations_run(&self) -> usize {
        self.runs.0.load(Ordering::SeqCst)
    }

    /// Sends a request over actix-web.
    pub(super) async fn send(&self, request: TestRequest) -> Answer {
        let schema = self.schema.clone();
        let handler = move |request: HttpRequest, payload: web::Payload, endpoint: web::Data<Endpoint>| {
            let schema = schema.clone();
            async move {
                serve(&endpoint, &request, payload, async |request, kind| {
                    let actor = if kind == OperationType::Mutation { "writer" } else { "reader" };
                    Ok(schema.execute(request.data(actor)).await)
                })
                .await
            }
        };
        let app = App::new().app_data(self.endpoint.clone()).service(web::resource("/graphql").to(handler));
        let response = test::call_service(&test::init_service(app).await, request.to_request()).await;
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (status, content_type, allow) = (response.status(), header("content-type").unwrap(), header("allow"));
        let json = serde_json::from_slice(&test::read_body(response).await).unwrap();
        Answer { status, content_type, allow, json }
    }

    /// Posts a body as `application/json`.
    pub(super) async fn post(&self, accept: Option<&str>, body: impl Into<web::Bytes>) -> Answer {
        let mut request = post().insert_header(("content-type", "application/json")).set_payload(body);
        if let Some(accept) = accept {
            request = request.insert_header(("accept", accept));
        }
        self.send(request).await
    }

    /// Posts a query without variables, read as the new media type.
    pub(super) async fn query(&self, query: &str) -> Answer {
        let body = serde_json::json!({ "query": query }).to_string();
        self.post(Some("application/graphql-response+json"), body).await
    }
}

impl Default for Server {
    fn default() -> Self {
        Self::new(Endpoint::default())
    }
}

/// A `POST` without anything yet.
pub(super) fn post() -> TestRequest {
    TestRequest::default().method(Method::POST).uri("/graphql")
}
