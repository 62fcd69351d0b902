//! The page that explains the REST API, and the description it is made from.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use bytes::Bytes;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Where the description is.
pub const OPENAPI_PATH: &str = "/openapi.json";

/// Serves the description at `/openapi.json` and its page at `/docs/`, from the binary alone: no script, style or picture comes
/// from elsewhere, and the description is not sent to anybody for checking.
pub fn configure(cfg: &mut ServiceConfig, description: Bytes) {
    let config =
        Config::new([OPENAPI_PATH]).validator_url("none").display_operation_id(true).persist_authorization(false);
    cfg.service(web::redirect("/docs", "/docs/"))
        .route("/docs/errors", web::get().to(errors))
        .route(OPENAPI_PATH, web::get().to(move || described(description.clone())))
        .service(SwaggerUi::new("/docs/{_:.*}").config(config));
}

async fn described(description: Bytes) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(description)
}

/// The page that a problem's `type` points to: `docs/errors.md`, each code under an anchor of its name.
async fn errors() -> HttpResponse {
    let mut page = String::from("<!doctype html><meta charset=utf-8><title>Fenji: errors</title>");
    for line in include_str!("../../docs/errors.md").lines().filter(|line| !line.is_empty()) {
        let text = line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        page.push_str(&match (text.strip_prefix("## "), text.strip_prefix("# ")) {
            (Some(code), _) => format!("<h2 id=\"{code}\">{code}</h2>\n"),
            (_, Some(title)) => format!("<h1>{title}</h1>\n"),
            _ => format!("{text}\n"),
        });
    }
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page)
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::http::header::{CONTENT_TYPE, LOCATION};
    use actix_web::{App, test};
    use utoipa::openapi::{Info, OpenApi, Paths};

    use super::*;

    async fn get(path: &str) -> (StatusCode, String, String) {
        let openapi = OpenApi::new(Info::new("Fenji", "1.0.0"), Paths::new()).to_json().unwrap();
        let app = test::init_service(App::new().configure(|cfg| configure(cfg, openapi.into()))).await;
        let response = test::call_service(&app, test::TestRequest::get().uri(path).to_request()).await;
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
        let (status, kind) = (response.status(), format!("{}{}", header(CONTENT_TYPE), header(LOCATION)));
        let body = test::read_body(response).await;
        (status, kind, String::from_utf8_lossy(&body).into_owned())
    }

    #[actix_web::test]
    async fn the_description_is_json() {
        let (status, kind, body) = get("/openapi.json").await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/json"));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&body).unwrap()["info"]["title"], "Fenji");
    }

    #[actix_web::test]
    async fn the_page_is_html_and_loads_nothing_from_elsewhere() {
        let (status, kind, page) = get("/docs/").await;
        assert_eq!(status, StatusCode::OK);
        assert!(kind.starts_with("text/html"), "{kind}");
        assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("src=\"//"), "{page}");
        let (status, _, start) = get("/docs/swagger-initializer.js").await;
        assert_eq!(status, StatusCode::OK);
        assert!(start.contains("\"validatorUrl\": \"none\"") && start.contains("/openapi.json"), "{start}");
        assert!(!start.contains("http://") && !start.contains("https://"), "{start}");
    }

    #[actix_web::test]
    async fn every_problem_type_points_to_its_explanation() {
        let (status, _, page) = get("/docs/errors").await;
        assert_eq!(status, StatusCode::OK);
        for code in crate::error::ErrorCode::ALL {
            assert!(page.contains(&format!("<h2 id=\"{}\">", code.slug())), "{code:?}");
        }
    }

    #[actix_web::test]
    async fn the_bare_address_leads_to_the_page_and_nonsense_to_nothing() {
        let (status, location, _) = get("/docs").await;
        assert!(status.is_redirection() && location.ends_with("/docs/"), "{status} {location}");
        assert_eq!(get("/docs/nothing.js").await.0, StatusCode::NOT_FOUND);
    }
}
