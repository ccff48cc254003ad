//! Consolidation: topics and summaries out of records.

use serde::{Deserialize, Serialize};

use crate::{ConsolidationId, RecordId, TopicId};

/// How many things went into a background job, came out, and were left out; no job is complete without it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tally {
    /// Things looked at.
    pub input: u64,
    /// Things made or changed.
    pub output: u64,
    /// Things left out; the report says why.
    pub skipped: u64,
}

impl Tally {
    /// A tally of these counts.
    #[must_use]
    pub const fn new(input: u64, output: u64, skipped: u64) -> Self {
        Self {
            input,
            output,
            skipped,
        }
    }
}

/// An order to consolidate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Consolidate {
    /// Names the run: the same key gives the same consolidation, and does the work once.
    pub key: String,
    /// Fewer records than this make no topic; at least 2.
    pub min_topic: usize,
}

impl Consolidate {
    /// A run named `key`, with topics of at least five records.
    pub fn new(key: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            min_topic: 5,
        }
    }

    /// Sets the smallest topic; at least 2.
    #[must_use]
    pub fn with_min_topic(mut self, records: usize) -> Self {
        self.min_topic = records.max(2);
        self
    }
}

/// What became of a topic since the last consolidation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TopicChange {
    /// It was not there before.
    New,
    /// The same members; its summary was kept.
    Kept,
    /// It has more members.
    Grown,
    /// It has fewer members.
    Shrunk,
    /// It was not there before: most of its members were part of a topic that goes on elsewhere.
    Split,
    /// It took in most of another topic, which ended.
    Merged,
}

/// A cluster of records with an identity that lives across nights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Topic {
    /// Its identity.
    pub id: TopicId,
    /// A few words that set it apart from the other topics.
    pub label: String,
    /// Its members.
    pub members: Vec<RecordId>,
    /// The record that sums it up.
    pub summary: RecordId,
    /// What became of it.
    pub change: TopicChange,
}

impl Topic {
    /// A topic of these members.
    pub fn new(
        id: TopicId,
        label: impl Into<String>,
        members: Vec<RecordId>,
        summary: RecordId,
        change: TopicChange,
    ) -> Self {
        Self {
            id,
            label: label.into(),
            members,
            summary,
            change,
        }
    }
}

/// What a consolidation made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Consolidation {
    /// Names it; [`Memory::undo`](crate::Memory::undo) takes it.
    pub id: ConsolidationId,
    /// The topics, largest first, ties by id.
    pub topics: Vec<Topic>,
    /// Records looked at, records in a topic, records left as noise.
    pub tally: Tally,
}

impl Consolidation {
    /// A consolidation with these topics.
    #[must_use]
    pub const fn new(id: ConsolidationId, topics: Vec<Topic>, tally: Tally) -> Self {
        Self { id, topics, tally }
    }
}
