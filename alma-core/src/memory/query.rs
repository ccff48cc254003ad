//! Questions to memory and their answers.

use serde::{Deserialize, Serialize};

use crate::{Record, RecordId, RecordKind, Scope, TimeRange, Timestamp};

/// A question to memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Query {
    /// What is asked, in the words of whoever asks.
    pub text: String,
    /// At most this many hits; exactly this many when the scope has as many that fit the filters.
    pub k: usize,
    /// Only these kinds; all when empty.
    pub kinds: Vec<RecordKind>,
    /// Only what occurred in this range.
    pub time: TimeRange,
    /// As memory stood then: later records are absent, later replaced ones present.
    pub as_of: Option<Timestamp>,
    /// Further scopes that the caller holds and wants asked too.
    pub reach: Vec<Scope>,
    /// At most about this many tokens of text over all hits (a token is taken as four bytes).
    pub token_budget: Option<usize>,
}

impl Query {
    /// The largest `k` that any backend answers.
    pub const MAX_K: usize = 1_000;

    /// A question for the ten best records.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            k: 10,
            kinds: Vec::new(),
            time: TimeRange::default(),
            as_of: None,
            reach: Vec::new(),
            token_budget: None,
        }
    }

    /// Sets how many hits are wanted; brought into 1..=[`MAX_K`](Self::MAX_K).
    #[must_use]
    pub fn with_k(mut self, k: usize) -> Self {
        self.k = k.clamp(1, Self::MAX_K);
        self
    }

    /// Asks for these kinds only.
    #[must_use]
    pub fn with_kinds(mut self, kinds: Vec<RecordKind>) -> Self {
        self.kinds = kinds;
        self
    }

    /// Asks for what occurred in this range only.
    #[must_use]
    pub fn with_time(mut self, time: TimeRange) -> Self {
        self.time = time;
        self
    }

    /// Asks memory as it stood at `time`.
    #[must_use]
    pub fn with_as_of(mut self, time: Timestamp) -> Self {
        self.as_of = Some(time);
        self
    }

    /// Asks these scopes too.
    #[must_use]
    pub fn with_reach(mut self, reach: Vec<Scope>) -> Self {
        self.reach = reach;
        self
    }

    /// Bounds the text of all hits together.
    #[must_use]
    pub fn with_token_budget(mut self, tokens: usize) -> Self {
        self.token_budget = Some(tokens);
        self
    }
}

/// Where one retriever placed a hit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Rank {
    /// The retriever: `lexical`, `dense`, or a backend's own name.
    pub retriever: String,
    /// Its place there, from 1.
    pub rank: usize,
    /// The retriever's own score; comparable within one recall alone.
    pub score: f64,
}

impl Rank {
    /// Place `rank` with `score` by `retriever`.
    pub fn new(retriever: impl Into<String>, rank: usize, score: f64) -> Self {
        Self {
            retriever: retriever.into(),
            rank,
            score,
        }
    }
}

/// Where a hit can be looked up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Citation {
    /// The record.
    pub record: RecordId,
    /// Whose it is.
    pub scope: Scope,
    /// Where it comes from; empty when unknown.
    pub source: String,
    /// Its place in the source.
    pub position: Option<u64>,
    /// When it happened.
    pub occurred: Timestamp,
}

impl From<&Record> for Citation {
    fn from(record: &Record) -> Self {
        Self {
            record: record.id,
            scope: record.scope.clone(),
            source: record.source.clone(),
            position: record.position,
            occurred: record.occurred,
        }
    }
}

/// A record that was found, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recollection {
    /// The record.
    pub record: Record,
    /// Its fused score, 0 to 1; hits are sorted by it, ties by id.
    pub score: f64,
    /// Where each retriever placed it; a retriever that did not find it is absent.
    pub ranks: Vec<Rank>,
}

impl Recollection {
    /// `record` with its fused score and the places that it had.
    #[must_use]
    pub const fn new(record: Record, score: f64, ranks: Vec<Rank>) -> Self {
        Self {
            record,
            score,
            ranks,
        }
    }

    /// Where it can be looked up.
    #[must_use]
    pub fn citation(&self) -> Citation {
        Citation::from(&self.record)
    }
}

/// The answer to a [`Query`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recall {
    /// The hits, best first.
    pub hits: Vec<Recollection>,
    /// How likely it is that none of the hits answers the question, 0 to 1; 1 without hits.
    pub nothing_relevant: f64,
}

impl Recall {
    /// From here on [`abstains`](Self::abstains) holds.
    pub const ABSTAIN: f64 = 0.5;

    /// These hits, with the score that nothing relevant is among them.
    #[must_use]
    pub fn new(hits: Vec<Recollection>, nothing_relevant: f64) -> Self {
        let nothing_relevant = if hits.is_empty() {
            1.0
        } else {
            nothing_relevant.clamp(0.0, 1.0)
        };
        Self {
            hits,
            nothing_relevant,
        }
    }

    /// Whether an honest answer is "I don't know".
    #[must_use]
    pub fn abstains(&self) -> bool {
        self.nothing_relevant >= Self::ABSTAIN
    }
}

/// Which records to list; filters narrow, empty ones don't.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordQuery {
    /// Only these ids.
    pub ids: Vec<RecordId>,
    /// Only this source.
    pub source: Option<String>,
    /// Only these kinds.
    pub kinds: Vec<RecordKind>,
    /// Only what occurred in this range.
    pub time: TimeRange,
    /// Versions that newer ones replaced are listed too.
    pub superseded: bool,
}

impl RecordQuery {
    /// Everything that is current.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// These ids, replaced versions included.
    #[must_use]
    pub fn ids(ids: Vec<RecordId>) -> Self {
        Self {
            ids,
            superseded: true,
            ..Self::default()
        }
    }

    /// What is current of one source.
    pub fn source(source: impl Into<String>) -> Self {
        Self {
            source: Some(source.into()),
            ..Self::default()
        }
    }

    /// What is current of these kinds.
    #[must_use]
    pub fn kinds(kinds: Vec<RecordKind>) -> Self {
        Self {
            kinds,
            ..Self::default()
        }
    }
}
