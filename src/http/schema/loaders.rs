//! The loaders of one request: every edge is read for all rows at once.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::Request;
use async_graphql::dataloader::{DataLoader, NoCache};

use crate::dossiers::{ContactsLoader, CustomerTimelineLoader, CustomerUpkeepLoader};
use crate::ge_matrix::CurrentGeCellLoader;
use crate::grading::{CurrentGradeLoader, GradeHistoryLoader};
use crate::plans::CustomerPlanLoader;
use crate::sales::MonthlySalesLoader;
use crate::tenancy::Session;

/// Attaches the session and all loaders to a request. Edges wait so long for one another before they are read.
pub(super) fn attach(request: Request, session: Arc<Session>, gather: Duration) -> Request {
    request
        .data(loader(CustomerTimelineLoader(session.clone()), gather))
        .data(loader(CustomerUpkeepLoader(session.clone()), gather))
        .data(loader(ContactsLoader(session.clone()), gather))
        .data(loader(MonthlySalesLoader(session.clone()), gather))
        .data(loader(CurrentGradeLoader::new(session.clone()), gather))
        .data(loader(GradeHistoryLoader::new(session.clone()), gather))
        .data(loader(CurrentGeCellLoader(session.clone()), gather))
        .data(loader(CustomerPlanLoader(session.clone()), gather))
        .data(session)
}

fn loader<T>(of: T, gather: Duration) -> DataLoader<T, NoCache> {
    DataLoader::new(of, tokio::spawn).delay(gather)
}
