//! Progress as a stream of events (`text/event-stream`), for whatever has a job.
//!
//! A stream looks at what it tells of twice a second, in a short transaction each time, and says it where it has changed;
//! it holds no connection in between. The token is checked each time too: a stream ends with its token, or where it is
//! revoked. How many streams a tenant has open at a time in one process is limited.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE};
use bytes::Bytes;
use futures::Stream;
use futures::future::BoxFuture;
use serde::Serialize;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::error::{Error, ErrorCode, Result};
use crate::tenancy::{Actor, Authenticator, Session, TenantDb, TenantTx};
use crate::values::TenantId;

/// How often a stream looks.
const EVERY: Duration = Duration::from_millis(500);
/// Looks without news after which it says that it is still there.
const SILENT_LOOKS: u32 = 30;
/// Streams a tenant has open at most.
const MOST: usize = 100;

/// The streams that are open in this process.
#[derive(Clone, Default)]
pub struct Watches {
    open: Arc<Mutex<BTreeMap<TenantId, usize>>>,
    closing: CancellationToken,
}

/// One of them; dropping it makes room for another.
pub struct Watch {
    watches: Watches,
    tenant: TenantId,
}

/// Who watches, and with what.
pub struct Watcher {
    /// The database.
    pub db: TenantDb,
    /// Who may come in.
    pub authenticator: Authenticator,
    /// The token that was sent.
    pub token: String,
    /// Whose it is.
    pub actor: Actor,
    /// Its place among the tenant's streams.
    pub watch: Watch,
}

impl Watches {
    /// Makes room for one more.
    ///
    /// # Errors
    /// `too_many_streams` where the tenant has its fill; `forbidden` for an actor without a tenant.
    pub fn begin(&self, actor: &Actor) -> Result<Watch> {
        let Some(tenant) = actor.tenant else {
            let en = "A platform token sees no tenant's data; use a tenant's token.";
            return Err(Error::new(ErrorCode::Forbidden, en, "平台令牌不能访问租户数据，请使用租户令牌。"));
        };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(tenant).or_default();
        if *count >= MOST {
            let en = format!("At most {MOST} streams of a tenant are open at a time; close some, or poll.");
            let zh = format!("每个租户最多同时打开 {MOST} 个事件流；请关闭一些，或改用轮询。");
            return Err(Error::new(ErrorCode::TooManyStreams, en, zh));
        }
        *count += 1;
        Ok(Watch { watches: self.clone(), tenant })
    }

    /// Ends all streams, as before a stop: none of them holds it up.
    pub fn close(&self) {
        self.closing.cancel();
    }

    /// Returns once streams are to end.
    pub async fn closing(&self) {
        self.closing.cancelled().await;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut open = self.watches.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.tenant) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.tenant);
            }
        }
    }
}

impl Watcher {
    /// Answers with a stream of what `read` tells, and whether that is the last: each as an event `progress`, when it
    /// changes, until the last.
    ///
    /// # Errors
    /// What `read` returns the first time; what comes later is told in the stream, as an event `problem`.
    pub async fn stream<T: Serialize + 'static>(
        self,
        read: impl AsyncFn(&TenantTx) -> Result<(T, bool)> + 'static,
    ) -> Result<HttpResponse> {
        let (first, mut is_last) = self.db.read(&self.actor, &read).await?;
        let mut said = serde_json::to_string(&first)?;
        let events = async_stream::stream! {
            let mut number = 1;
            yield Ok::<_, actix_web::Error>(event(number, "progress", &said));
            let mut silent = 0;
            while !is_last {
                tokio::select! {
                    () = tokio::time::sleep(EVERY) => {}
                    () = self.watch.watches.closing() => return,
                }
                match self.look(&read).await {
                    Ok((next, last)) if next != said => {
                        (said, is_last, silent) = (next, last, 0);
                        number += 1;
                        yield Ok(event(number, "progress", &said));
                    }
                    Ok((_, last)) => {
                        is_last = last;
                        silent += 1;
                        if silent % SILENT_LOOKS == 0 {
                            yield Ok(Bytes::from_static(b": still here\n\n"));
                        }
                    }
                    Err(error) => {
                        let problem = json!({"code": error.code().slug(), "detail": error.detail()}).to_string();
                        yield Ok(event(number + 1, "problem", &problem));
                        return;
                    }
                }
            }
        };
        let mut response = HttpResponse::Ok();
        // A stream that is packed comes late.
        response.insert_header((CONTENT_TYPE, "text/event-stream")).insert_header((CONTENT_ENCODING, "identity"));
        response.insert_header((CACHE_CONTROL, "no-store")).insert_header(("X-Accel-Buffering", "no"));
        Ok(response.streaming(events))
    }

    async fn look<T: Serialize>(&self, read: &impl AsyncFn(&TenantTx) -> Result<(T, bool)>) -> Result<(String, bool)> {
        let actor = self.authenticator.actor(&self.token, &self.actor.request_id).await?;
        let (next, is_last) = self.db.read(&actor, read).await?;
        Ok((serde_json::to_string(&next)?, is_last))
    }
}

/// What is read of something that is watched: as it is now, and whether that is the last.
pub type Watched<'a, T> = BoxFuture<'a, Result<(T, bool)>>;

/// Something whenever it has changed, from what it is now to its last; for a subscription, whose connection looks after its
/// token. An error ends it.
pub fn changes<T: Serialize + Send + 'static>(
    session: Arc<Session>,
    id: Uuid,
    read: for<'a> fn(&'a TenantTx, Uuid) -> Watched<'a, T>,
) -> impl Stream<Item = Result<T, async_graphql::Error>> + Send {
    async_stream::stream! {
        let mut said = String::new();
        loop {
            let found = session.db().read(session.actor(), async |tx| read(tx, id).await).await;
            let (next, is_last) = match found {
                Ok(found) => found,
                Err(error) => {
                    yield Err(error.into());
                    return;
                }
            };
            let text = serde_json::to_string(&next).unwrap_or_default();
            if text != said {
                said = text;
                yield Ok(next);
            }
            if is_last {
                return;
            }
            tokio::time::sleep(EVERY).await;
        }
    }
}

/// An event on the wire. JSON has no line breaks of its own here.
fn event(number: u64, name: &str, data: &str) -> Bytes {
    format!("id: {number}\nevent: {name}\ndata: {data}\n\n").into()
}

impl fmt::Debug for Watches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watches").finish_non_exhaustive()
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher").field("actor", &self.actor.subject).finish_non_exhaustive()
    }
}

/// From the request: whoever may come in, with room among the tenant's streams.
impl actix_web::FromRequest for Watcher {
    type Error = Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &actix_web::HttpRequest, payload: &mut actix_web::dev::Payload) -> Self::Future {
        let actor = Actor::from_request(request, payload);
        let token = crate::tenancy::bearer(request);
        let db = request.app_data::<actix_web::web::Data<TenantDb>>().cloned();
        let authenticator = request.app_data::<actix_web::web::Data<Authenticator>>().cloned();
        let watches = request.app_data::<actix_web::web::Data<Watches>>().cloned();
        Box::pin(async move {
            let (Some(db), Some(authenticator), Some(watches)) = (db, authenticator, watches) else {
                return Err(Error::internal("no database to watch"));
            };
            let actor = actor.await?;
            let watch = watches.begin(&actor)?;
            Ok(Self { db: (**db).clone(), authenticator: (**authenticator).clone(), token: token?, actor, watch })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenancy::Role;

    #[test]
    fn a_tenant_has_its_fill_and_room_again_where_a_stream_ends() {
        let watches = Watches::default();
        let actor = |n: u128| Actor::with_role("x", TenantId(Uuid::from_u128(n)), Role::Viewer, "r");
        let mut open: Vec<Watch> = (0..MOST).map(|_| watches.begin(&actor(1)).unwrap()).collect();
        assert_eq!(watches.begin(&actor(1)).unwrap_err().code(), ErrorCode::TooManyStreams);
        assert!(watches.begin(&actor(2)).is_ok());
        open.pop();
        assert!(watches.begin(&actor(1)).is_ok());
        assert_eq!(watches.begin(&Actor::platform("x", "r")).unwrap_err().code(), ErrorCode::Forbidden);
    }

    #[test]
    fn an_event_is_one_block() {
        assert_eq!(event(2, "progress", "{\"a\":1}"), "id: 2\nevent: progress\ndata: {\"a\":1}\n\n");
    }
}
