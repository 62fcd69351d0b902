//! Where capabilities list their routes.

use actix_web::dev::HttpServiceFactory;
use actix_web::web::ServiceConfig;
use utoipa::openapi::OpenApi;
use utoipa_actix_web::OpenApiFactory;

/// Takes routes to serve them, or to describe them: a server's threads need no description, which takes longer to put
/// together than all the rest of their start.
#[derive(Debug)]
pub struct Routes<'a>(Taken<'a>);

enum Taken<'a> {
    Served(&'a mut ServiceConfig),
    Described(&'a mut OpenApi),
}

impl<'a> Routes<'a> {
    /// Routes that are served.
    pub fn served(config: &'a mut ServiceConfig) -> Self {
        Self(Taken::Served(config))
    }

    /// Routes that are added to a description.
    pub fn described(api: &'a mut OpenApi) -> Self {
        Self(Taken::Described(api))
    }

    /// Takes a route.
    pub fn service<F: HttpServiceFactory + OpenApiFactory + 'static>(&mut self, route: F) -> &mut Self {
        match &mut self.0 {
            Taken::Served(config) => {
                config.service(route);
            }
            Taken::Described(api) => {
                let mut schemas = Vec::new();
                route.schemas(&mut schemas);
                api.paths.merge(route.paths());
                api.components.get_or_insert_default().schemas.extend(schemas);
            }
        }
        self
    }
}

impl std::fmt::Debug for Taken<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Served(_) => "Served",
            Self::Described(_) => "Described",
        })
    }
}
