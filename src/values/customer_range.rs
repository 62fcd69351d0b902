//! Some customers of a tenant, as statements ask for them batch by batch.

use uuid::Uuid;

/// Customers by id: those behind `after`, up to and with `through`; of these all, or those that are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerRange {
    /// The id behind which it begins.
    pub after: Uuid,
    /// The last id that may be in it.
    pub through: Uuid,
    /// Which of these; all where absent.
    pub listed: Option<Vec<Uuid>>,
}

impl CustomerRange {
    /// These customers and no others.
    pub fn of(listed: Vec<Uuid>) -> Self {
        Self { after: Uuid::nil(), through: Uuid::max(), listed: Some(listed) }
    }
}
