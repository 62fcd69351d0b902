//! Who says what is written into a dossier.

use async_graphql::Enum;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::tenancy::Actor;
use crate::values::ImportId;

/// What kind of source a fact comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum ChangeSource {
    /// A person.
    User,
    /// A program: the role `integration`, or an API key.
    Integration,
    /// A file that was imported.
    Import,
}

/// Where what a transaction writes into dossiers comes from. It goes with every write and into the history of each
/// customer, beside the actor and the request, which the transaction knows.
///
/// An operation takes [`Provenance::of`] the actor; a job that loads a file says [`Provenance::import`]. When each fact
/// was observed is not here: every row says so for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// What kind of source.
    pub source: ChangeSource,
    /// The import, where it is one.
    pub import: Option<ImportId>,
}

impl Provenance {
    /// What an actor says.
    pub fn of(actor: &Actor) -> Self {
        let source = if actor.is_program { ChangeSource::Integration } else { ChangeSource::User };
        Self { source, import: None }
    }

    /// What a file says.
    pub fn import(id: ImportId) -> Self {
        Self { source: ChangeSource::Import, import: Some(id) }
    }
}

impl ChangeSource {
    /// Its word in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Integration => "integration",
            Self::Import => "import",
        }
    }
}

impl std::str::FromStr for ChangeSource {
    type Err = &'static str;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let known = [Self::User, Self::Integration, Self::Import].into_iter().find(|source| source.as_str() == s);
        known.ok_or("expected user, integration or import")
    }
}
