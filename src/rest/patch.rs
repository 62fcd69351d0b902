//! Merge patches (RFC 7396).

use async_graphql::MaybeUndefined;

/// Applies one field of a patch to an optional field: absent leaves it, null empties it, a value replaces it.
pub fn apply<T>(field: &mut Option<T>, patch: MaybeUndefined<T>) {
    match patch {
        MaybeUndefined::Undefined => {}
        MaybeUndefined::Null => *field = None,
        MaybeUndefined::Value(value) => *field = Some(value),
    }
}
