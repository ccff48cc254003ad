//! Forgetting: what to forget, how, and the receipt.

use serde::{Deserialize, Serialize};

use crate::{Erased, ErasedState, ErasureId, RecordId, TimeRange};

/// What to forget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Selection {
    /// These records; ids that the scope does not have are ignored.
    Ids(Vec<RecordId>),
    /// Every version of everything from this source.
    Source(String),
    /// Everything that occurred in this range.
    Time(TimeRange),
    /// Everything in the scope.
    All,
}

impl Selection {
    /// One record.
    #[must_use]
    pub fn id(id: RecordId) -> Self {
        Self::Ids(vec![id])
    }
}

/// How to forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Mode {
    /// Says what would go, and changes nothing.
    DryRun,
    /// Removes the records and all that was derived from them.
    Erase,
    /// Keeps the records, lowers them and all that was derived from them to external trust.
    Distrust,
}

/// What an act of forgetting did; ids and counts, never text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Receipt {
    /// Names the act; made of scope and what was selected, so that repeating it names the same.
    pub id: ErasureId,
    /// How it was done.
    pub mode: Mode,
    /// The records that the selection named, sorted.
    pub selected: Vec<RecordId>,
    /// What had been derived from them and went too, sorted.
    pub derived: Vec<RecordId>,
    /// Each component's answer.
    pub components: Vec<Erased>,
}

impl Receipt {
    /// A receipt without answers yet.
    #[must_use]
    pub fn new(id: ErasureId, mode: Mode, selected: Vec<RecordId>, derived: Vec<RecordId>) -> Self {
        Self {
            id,
            mode,
            selected,
            derived,
            components: Vec::new(),
        }
    }

    /// All records that went.
    #[must_use]
    pub fn records(&self) -> Vec<RecordId> {
        let mut all: Vec<_> = self.selected.iter().chain(&self.derived).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether every component says that the bytes are gone.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        self.mode == Mode::Erase
            && self
                .components
                .iter()
                .all(|component| component.state == ErasedState::Erased)
    }
}
