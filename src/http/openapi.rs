//! The OpenAPI document: what all operations share is added here, once.

use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContactBuilder, ContentBuilder, Header, HeaderBuilder, InfoBuilder, LicenseBuilder,
    ObjectBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Required, Response, ResponseBuilder, ServerBuilder, Type,
};
use utoipa::{PartialSchema, ToSchema};

use super::app::document;
use super::lists;
use crate::error::{ErrorCode, Problem};
use crate::values::AsOf;

/// The document of this program's REST face.
pub fn openapi() -> OpenApi {
    let mut api = document();
    let schemas = api.components.as_ref().map(|components| components.schemas.clone()).unwrap_or_default();
    for (path, item) in &mut api.paths.paths {
        let has_id = path.contains('{');
        if let Some(operation) = &mut item.post {
            takes_key(operation);
        }
        let writes = [&mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for operation in writes.into_iter().flatten() {
            complete(operation, path, true, has_id);
        }
        if let Some(operation) = &mut item.get {
            lists::complete(operation, &schemas);
            complete(operation, path, false, has_id);
        }
    }
    api
}

/// As written to `openapi/fenji.json`.
pub fn openapi_json() -> String {
    let mut text = openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// The frame that paths and schemas are collected into.
pub(super) fn frame() -> OpenApi {
    let contact = ContactBuilder::new().name(Some("Fenji")).url(Some("https://github.com/fenji/fenji")).build();
    let license = LicenseBuilder::new().name("Apache-2.0 OR MIT").identifier(Some("Apache-2.0 OR MIT")).build();
    let info = InfoBuilder::new()
        .title("Fenji")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(include_str!("../../docs/openapi-description.md")))
        .contact(Some(contact))
        .license(Some(license))
        .build();
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let mut schemas = Vec::new();
    Problem::schemas(&mut schemas);
    let components = ComponentsBuilder::new()
        .security_scheme("bearer", bearer)
        .schema("Problem", Problem::schema())
        // Parameters alone name it, and these bring no schema along.
        .schema("AsOf", AsOf::schema())
        .schemas_from_iter(schemas)
        .build();
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([ServerBuilder::new().url("/").description(Some("This server")).build()]))
        .components(Some(components))
        .build()
}

/// Adds what every operation has: security, its possible errors, the request id.
fn complete(operation: &mut Operation, path: &str, writes: bool, has_id: bool) {
    let open = operation.security.as_ref().is_some_and(|s| s.iter().all(|r| *r == SecurityRequirement::default()));
    if !open {
        operation.security = Some(vec![SecurityRequirement::new("bearer", Vec::<String>::new())]);
    }
    let mut codes = vec![ErrorCode::BadRequest, ErrorCode::Internal, ErrorCode::Unavailable];
    if !open {
        codes.extend([ErrorCode::Unauthenticated, ErrorCode::Forbidden, ErrorCode::InvalidInput]);
    }
    if has_id {
        codes.push(ErrorCode::NotFound);
    }
    if writes {
        codes.extend([
            ErrorCode::Conflict,
            ErrorCode::PayloadTooLarge,
            ErrorCode::UnsupportedMediaType,
            ErrorCode::RequestTimeout,
        ]);
    }
    const GUARDED: [&str; 3] = ["deleteWebhookEndpoint", "putGradingSettings", "putGradingSchedule"];
    if matches!(operation.operation_id.as_deref(), Some(id) if id.starts_with("update") || GUARDED.contains(&id)) {
        codes.push(ErrorCode::PreconditionFailed);
        header(operation, "If-Match", "The ETag the change is meant for; 412 where it is no longer the current one.");
    }
    if matches!(path, "/v1/ge-matrix" | "/v1/ge-matrix/comparison") || lists::has_tables(operation) {
        codes.push(ErrorCode::NotAcceptable);
    }
    if path.ends_with("/events") {
        codes.push(ErrorCode::TooManyStreams);
    }
    for code in codes {
        let status = code.status().to_string();
        operation.responses.responses.entry(status).or_insert_with(|| problem(code));
    }
    header(operation, "X-Request-Id", "An id of the client's for this request; made where absent, and echoed.");
    header(operation, "Accept-Language", "en or zh-CN, for labels and problem texts.");
}

/// Adds what every POST has: its key, what a repeated answer is known by, and what a key can be refused for.
fn takes_key(operation: &mut Operation) {
    let key = "1 to 255 printable characters, best a random UUID. The same key with the same request gets the first \
               one's answer for 24 hours, and has its effect once; with another request it is refused (422). While the \
               first is still running the answer is 409 with Retry-After.";
    header(operation, "Idempotency-Key", key);
    let (running, reused) = (ErrorCode::RequestInProgress, ErrorCode::IdempotencyKeyReused);
    for (code, other) in [(ErrorCode::Conflict, running), (ErrorCode::InvalidInput, reused)] {
        let text = format!("{}; or {}: {}", code.title().en, other.slug(), other.title().en);
        let mut refused = described(text);
        if other == running {
            refused.headers.insert("Retry-After".into(), text_header("Seconds until it may be repeated."));
        }
        operation.responses.responses.entry(code.status().to_string()).or_insert(refused.into());
    }
    for (status, response) in &mut operation.responses.responses {
        if let (true, RefOr::T(response)) = (status.starts_with('2'), response) {
            let text = "true where this is the answer to an earlier request with the same key.";
            response.headers.insert("Idempotency-Replayed".into(), text_header(text));
        }
    }
}

fn text_header(description: &str) -> RefOr<Header> {
    let text = ObjectBuilder::new().schema_type(Type::String);
    RefOr::T(HeaderBuilder::new().description(Some(description)).schema(Some(text)).build())
}

fn problem(code: ErrorCode) -> RefOr<Response> {
    described(code.title().en).into()
}

fn described(text: impl Into<String>) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(text).content("application/problem+json", content).build()
}

fn header(operation: &mut Operation, name: &str, description: &str) {
    let parameters = operation.parameters.get_or_insert_default();
    if parameters.iter().any(|p| matches!(p, RefOr::T(p) if p.name == name)) {
        return;
    }
    parameters.push(
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(description))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
            .build()
            .into(),
    );
}
