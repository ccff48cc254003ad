//! What became of clusters from one night to the next.

use serde::{Deserialize, Serialize};

/// What became of an identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// It goes on, with no more members than before.
    Kept,
    /// It goes on with more members than before, and took in no other identity.
    Grown,
    /// It is new: more than half of its members come from an identity that goes on elsewhere.
    Split {
        /// The identity that it was part of.
        from: u64,
    },
    /// It goes on and took in others: more than half of what is left of each of them.
    Merged {
        /// The identities that ended in it, ascending; itself is not among them.
        from: Vec<u64>,
    },
    /// It is new, and of no one earlier identity.
    Born,
    /// It ended, and in no one other identity.
    Died,
}

/// What became of one identity, with counts of members.
///
/// Members that left are `before - shared`, those that joined `size - shared`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Change {
    /// The identity.
    pub id: u64,
    /// The label that it has in this night; none when it ended.
    pub label: Option<u32>,
    /// What became of it.
    pub event: Event,
    /// Members in this night.
    pub size: usize,
    /// Members in the night before.
    pub before: usize,
    /// Those of the night before that are still there, in a cluster or as noise.
    pub survivors: usize,
    /// Members in both nights.
    pub shared: usize,
}

impl Change {
    /// Whether its members are others than in the night before.
    #[must_use]
    pub const fn is_changed(&self) -> bool {
        self.size != self.shared || self.before != self.shared
    }
}

/// What a night made of the clusters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Night {
    /// By row, the identity of its cluster; `None` for noise.
    pub ids: Vec<Option<u64>>,
    /// By identity: each that is there now, and each that died. One that ended in another is in what
    /// that one merged from.
    pub changes: Vec<Change>,
}
