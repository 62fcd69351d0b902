//! The loaders of one request: every edge is read for all rows at once.

use std::sync::Arc;

use async_graphql::Request;
use async_graphql::dataloader::DataLoader;

use crate::dossiers::{ContactsLoader, CustomerTimelineLoader, CustomerUpkeepLoader};
use crate::ge_matrix::CurrentGeCellLoader;
use crate::grading::{CurrentGradeLoader, GradeHistoryLoader};
use crate::plans::CustomerPlanLoader;
use crate::sales::MonthlySalesLoader;
use crate::tenancy::Session;

/// Attaches the session and all loaders to a request.
pub(super) fn attach(request: Request, session: Arc<Session>) -> Request {
    request
        .data(DataLoader::new(CustomerTimelineLoader(session.clone()), tokio::spawn))
        .data(DataLoader::new(CustomerUpkeepLoader(session.clone()), tokio::spawn))
        .data(DataLoader::new(ContactsLoader(session.clone()), tokio::spawn))
        .data(DataLoader::new(MonthlySalesLoader(session.clone()), tokio::spawn))
        .data(DataLoader::new(CurrentGradeLoader::new(session.clone()), tokio::spawn))
        .data(DataLoader::new(GradeHistoryLoader::new(session.clone()), tokio::spawn))
        .data(DataLoader::new(CurrentGeCellLoader(session.clone()), tokio::spawn))
        .data(DataLoader::new(CustomerPlanLoader(session.clone()), tokio::spawn))
        .data(session)
}
