//! Erasure: what every component that holds copies must do when something is forgotten.

use serde::{Deserialize, Serialize};

use crate::{ErasureId, RecordId};

/// What must go: the records, whose ids alone may be kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Erasure {
    /// Names the act; repeating it with the same id completes it.
    pub id: ErasureId,
    /// The forgotten records, derived ones included.
    pub records: Vec<RecordId>,
}

impl Erasure {
    /// The erasure of these records.
    #[must_use]
    pub const fn new(id: ErasureId, records: Vec<RecordId>) -> Self {
        Self { id, records }
    }
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
