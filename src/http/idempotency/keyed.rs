//! A request's key on its way through the handlers.

use std::cell::RefCell;
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::tenancy::{Actor, Answered, Claim, Exchange, IdempotencyKey, TenantDb};

/// A request with a key, until it is known whether the key is new.
#[derive(Clone)]
pub(in crate::http) struct Keyed(Rc<Request>);

struct Request {
    db: TenantDb,
    actor: Actor,
    key: IdempotencyKey,
    claimed: RefCell<Option<Claimed>>,
}

/// What came of the claim.
pub(super) enum Claimed {
    /// The request is being done.
    Fresh(Exchange),
    /// It was answered before, or is not to be done now.
    Not(Result<Answered>),
}

impl Keyed {
    pub(super) fn new(db: TenantDb, actor: Actor, key: IdempotencyKey) -> Self {
        Self(Rc::new(Request { db, actor, key, claimed: RefCell::new(None) }))
    }

    /// Claims the key. The actor that does the request; none where it is not to be done, and [`Self::claimed`] says why.
    pub(in crate::http) async fn claim(&self) -> Option<Actor> {
        let (claimed, actor) = match self.0.db.claim(&self.0.actor, &self.0.key).await {
            Ok(Claim::Fresh(actor, exchange)) => (Claimed::Fresh(exchange), Some(actor)),
            Ok(Claim::Answered(answered)) => (Claimed::Not(Ok(answered)), None),
            Err(error) => (Claimed::Not(Err(error)), None),
        };
        *self.0.claimed.borrow_mut() = Some(claimed);
        actor
    }

    /// What stands in for the answer of a request that is not to be done.
    pub(in crate::http) fn not_done() -> Error {
        Error::internal("the request is answered by its key")
    }

    /// Gives the key back: the request turned out to ask for nothing that can be done.
    pub(in crate::http) async fn release(&self) {
        let claimed = self.claimed();
        if let Some(Claimed::Fresh(exchange)) = claimed
            && let Err(error) = exchange.abandon().await
        {
            tracing::warn!(?error, "a request's transaction was not rolled back in order");
        }
    }

    /// What came of the claim; none where there was none, as for a GraphQL query.
    pub(super) fn claimed(&self) -> Option<Claimed> {
        self.0.claimed.take()
    }
}
