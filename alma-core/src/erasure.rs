//! Erasure: what every component that holds copies must do when something is forgotten.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{ErasureId, RecordId, Result, Scope};

/// What must go: the records, whose ids alone may be kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Erasure {
    /// Names the act; repeating it with the same id completes it.
    pub id: ErasureId,
    /// The forgotten records, derived ones included.
    pub records: Vec<RecordId>,
    /// Whether the costly part, such as rewriting a file, may be left to a later call with the same id, which then
    /// answers for the bytes; until then the answer is `Pending`. Components that share a file pay for it once.
    #[serde(default)]
    pub more_follows: bool,
}

impl Erasure {
    /// The erasure of these records.
    #[must_use]
    pub const fn new(id: ErasureId, records: Vec<RecordId>) -> Self {
        Self {
            id,
            records,
            more_follows: false,
        }
    }

    /// Lets the costly part wait for a later call with the same id.
    #[must_use]
    pub const fn with_more_following(mut self) -> Self {
        self.more_follows = true;
        self
    }
}

/// Where acts of forgetting stand until every component has answered *erased*.
///
/// It knows of what a crash cut short, and of what a restore brought back; `sqlite::Database` is one.
#[async_trait]
pub trait Tombstones: fmt::Debug + Send + Sync + 'static {
    /// The acts that nobody has reported as finished, of all scopes.
    async fn unfinished(&self) -> Result<Vec<(Scope, Erasure)>>;

    /// Notes that every component has answered *erased* to this act; its tombstones stay.
    async fn finish(&self, scope: &Scope, id: ErasureId) -> Result<()>;
}

/// Whether the bytes are gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "why")]
#[non_exhaustive]
pub enum ErasedState {
    /// A search through the bytes of the component's files finds nothing.
    Erased,
    /// No call answers with it any more, but bytes may remain; says why and what completes it.
    Pending(String),
}

/// One component's answer to an [`Erasure`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Erased {
    /// Which component answers: `memory`, `ledger`, `jobs`, `tools`, `evaluator`, or a backend's own name.
    pub component: String,
    /// How many things were removed or blanked by this call.
    pub removed: u64,
    /// Whether the bytes are gone.
    #[serde(flatten)]
    pub state: ErasedState,
}

impl Erased {
    /// `removed` things are gone to the last byte.
    pub fn done(component: impl Into<String>, removed: u64) -> Self {
        Self {
            component: component.into(),
            removed,
            state: ErasedState::Erased,
        }
    }

    /// `removed` things are out of reach, and their bytes wait for `why`.
    pub fn pending(component: impl Into<String>, removed: u64, why: impl Into<String>) -> Self {
        Self {
            component: component.into(),
            removed,
            state: ErasedState::Pending(why.into()),
        }
    }
}
