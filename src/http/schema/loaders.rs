//! The loaders of one request: every edge is read for all rows at once.

use std::sync::Arc;

use async_graphql::Request;

use crate::tenancy::Session;

/// Attaches the session and all loaders to a request.
pub(super) fn attach(request: Request, session: Arc<Session>) -> Request {
    request.data(session)
}
