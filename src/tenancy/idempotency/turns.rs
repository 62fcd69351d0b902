//! Requests with the same key, one after the other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

type Name = [u8; 32];
type Queue = Arc<tokio::sync::Mutex<()>>;

/// Who is at work on which key within this process. Whoever waits here holds no connection, so that fifty retries of one
/// request do not keep it from the one it needs.
#[derive(Clone, Debug, Default)]
pub(in crate::tenancy) struct Turns(Arc<Mutex<HashMap<Name, Queue>>>);

/// A key is this request's, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    turns: Turns,
    name: Name,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Turns {
    /// Waits until nobody else is at work on the key.
    pub(super) async fn take(&self, name: Name) -> Turn {
        let mut turn = Turn { turns: self.clone(), name, guard: None };
        let queue = turn.turns.with(|queues| queues.entry(name).or_default().clone());
        turn.guard = Some(queue.lock_owned().await);
        turn
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<Name, Queue>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.with(|queues| queues.len())
    }
}

/// Lets the next one in; the last one tidies up. Everyone who waits holds the queue as well as the table does.
impl Drop for Turn {
    fn drop(&mut self) {
        let guard = self.guard.take();
        self.turns.with(|queues| {
            drop(guard);
            if queues.get(&self.name).is_some_and(|queue| Arc::strong_count(queue) == 1) {
                queues.remove(&self.name);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn one_key_is_one_request_s_at_a_time_and_nothing_stays_behind() {
        let turns = Turns::default();
        let first = turns.take([1; 32]).await;
        let other = turns.take([2; 32]).await;
        let mut second = Box::pin(turns.take([1; 32]));
        let mut third = Box::pin(turns.take([1; 32]));
        assert!(second.as_mut().now_or_never().is_none() && third.as_mut().now_or_never().is_none());
        // One gives up while it waits.
        drop(second);
        drop(first);
        let third = third.await;
        assert_eq!(turns.len(), 2);
        drop((third, other));
        assert_eq!(turns.len(), 0);
    }
}
