//! What rows make of one thing, before anything is written.

use crate::intake::Outcome;

/// Something that rows create or change: as it is stored, where it is, and as it will be.
pub(super) struct Draft<T> {
    /// As it is stored; none where it is new.
    pub(super) stored: Option<T>,
    /// As it will be; none where no row has said so yet.
    pub(super) now: Option<T>,
}

impl<T: Clone + PartialEq> Draft<T> {
    /// Something that is there.
    pub(super) fn stored(value: T) -> Self {
        Self { stored: Some(value.clone()), now: Some(value) }
    }

    /// Something that is not there yet.
    pub(super) fn absent() -> Self {
        Self { stored: None, now: None }
    }

    /// Takes the next state and says what that did.
    pub(super) fn take(&mut self, next: T) -> Outcome {
        let outcome = match &self.now {
            None => Outcome::Created,
            Some(now) if *now == next => Outcome::Unchanged,
            Some(_) => Outcome::Updated,
        };
        self.now = Some(next);
        outcome
    }
}

/// What is new and what has changed, of all drafts.
pub(super) fn to_write<T: PartialEq>(drafts: impl IntoIterator<Item = Draft<T>>) -> (Vec<T>, Vec<T>) {
    let (mut new, mut changed) = (Vec::new(), Vec::new());
    for draft in drafts {
        match (draft.stored, draft.now) {
            (None, Some(now)) => new.push(now),
            (Some(stored), Some(now)) if stored != now => changed.push(now),
            _ => {}
        }
    }
    (new, changed)
}
