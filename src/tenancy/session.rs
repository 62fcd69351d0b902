//! What GraphQL resolvers share within a request.

use std::sync::Arc;

use async_graphql::Context;
use tokio::sync::Mutex;

use super::{Actor, TenantDb, TenantTx};
use crate::error::{Error, Result};

/// One GraphQL request of one actor: all its queries read one snapshot, each mutation field is a transaction of its own.
#[derive(Debug)]
pub struct Session {
    db: TenantDb,
    actor: Actor,
    snapshot: Mutex<Option<Arc<TenantTx>>>,
}

impl Session {
    /// For an actor; nothing is opened yet.
    pub fn new(db: TenantDb, actor: Actor) -> Self {
        Self { db, actor, snapshot: Mutex::new(None) }
    }

    /// The request's session.
    ///
    /// # Errors
    /// `internal` where the handler attached none.
    pub fn of<'a>(ctx: &Context<'a>) -> Result<&'a Arc<Self>> {
        ctx.data::<Arc<Self>>().map_err(|_| Error::internal("no session in the GraphQL request"))
    }

    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The database, for platform operations.
    pub fn db(&self) -> &TenantDb {
        &self.db
    }

    /// The read-only transaction of this request's queries; opened when first asked for.
    ///
    /// # Errors
    /// `unavailable`, `forbidden` for an actor without a tenant.
    pub async fn snapshot(&self) -> Result<Arc<TenantTx>> {
        let mut snapshot = self.snapshot.lock().await;
        if let Some(tx) = &*snapshot {
            return Ok(tx.clone());
        }
        let tx = Arc::new(self.db.snapshot(&self.actor).await?);
        *snapshot = Some(tx.clone());
        Ok(tx)
    }

    /// One mutation field's transaction. What is read afterwards sees it.
    ///
    /// # Errors
    /// What `work` returns, or the database's.
    pub async fn write<T>(&self, work: impl AsyncFnOnce(&TenantTx) -> Result<T>) -> Result<T> {
        *self.snapshot.lock().await = None;
        self.db.write(&self.actor, work).await
    }
}
