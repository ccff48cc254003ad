//! Records and the observations they come from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, RecordId, Result, Scope, Timestamp, Trust};

/// Free facts about a record, such as `speaker` or `title`; keys are sorted.
pub type Metadata = BTreeMap<String, Value>;

/// What sort of thing is remembered.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecordKind {
    /// One turn of a conversation.
    #[default]
    Message,
    /// A whole document.
    Document,
    /// A part of a document.
    Chunk,
    /// Made by consolidation out of other records.
    Summary,
    /// A statement that holds for a time.
    Fact,
    /// Something that happened, such as the outcome of a job.
    Event,
    /// A finished mission, kept for planning.
    Case,
}

impl RecordKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Message,
        Self::Document,
        Self::Chunk,
        Self::Summary,
        Self::Fact,
        Self::Event,
        Self::Case,
    ];

    /// The kind as it is written on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Document => "document",
            Self::Chunk => "chunk",
            Self::Summary => "summary",
            Self::Fact => "fact",
            Self::Event => "event",
            Self::Case => "case",
        }
    }
}

/// A record that is not stored yet.
///
/// # Identity
/// Its key is its source with its position, or with its time when it has no position, or
/// with its text when it has neither. Its id follows from scope, key and content, so
/// that remembering it twice keeps one record. Under an equal key, new content supersedes the old.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Observation {
    /// What was said or written; never empty.
    pub text: String,
    /// What sort of thing it is.
    #[serde(default)]
    pub kind: RecordKind,
    /// When it happened; the backend's clock at storing when unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred: Option<Timestamp>,
    /// Where it comes from: a conversation, a path, an address; empty when unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Its place in the source: turns and chunks that follow each other have positions that do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// The records it was made of; none for what was observed outside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub derived_from: Vec<RecordId>,
    /// How far it may speak for the owner.
    #[serde(default)]
    pub trust: Trust,
    /// Free facts.
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
}

impl Observation {
    /// The longest text that any backend takes, in bytes; split larger documents into chunks.
    pub const MAX_BYTES: usize = 256 * 1024;

    /// A message from outside with this text.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            kind: RecordKind::Message,
            occurred: None,
            source: String::new(),
            position: None,
            derived_from: Vec::new(),
            trust: Trust::External,
            metadata: Metadata::new(),
        }
    }

    /// Sets the kind.
    #[must_use]
    pub fn with_kind(mut self, kind: RecordKind) -> Self {
        self.kind = kind;
        self
    }

    /// Sets when it happened.
    #[must_use]
    pub fn with_occurred(mut self, occurred: Timestamp) -> Self {
        self.occurred = Some(occurred);
        self
    }

    /// Sets where it comes from.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<String>) -> Self {
        self.source = source.into();
        self
    }

    /// Sets its place in the source.
    #[must_use]
    pub fn with_position(mut self, position: u64) -> Self {
        self.position = Some(position);
        self
    }

    /// Sets the records it was made of.
    #[must_use]
    pub fn with_derived_from(mut self, sources: Vec<RecordId>) -> Self {
        self.derived_from = sources;
        self
    }

    /// Sets how far it may speak for the owner.
    #[must_use]
    pub fn with_trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }

    /// Adds a free fact.
    #[must_use]
    pub fn with_metadata(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// The key: equal keys name versions of one thing.
    #[must_use]
    pub fn key(&self) -> String {
        match (self.position, self.occurred) {
            (Some(position), _) => format!("{}\u{1f}p{position}", self.source),
            (None, Some(occurred)) => format!("{}\u{1f}t{}", self.source, occurred.as_millis()),
            (None, None) => {
                format!(
                    "{}\u{1f}x{}",
                    self.source,
                    crate::Digest::of(self.text.as_bytes())
                )
            }
        }
    }

    /// The id under which `scope` stores it.
    #[must_use]
    pub fn id(&self, scope: &Scope) -> RecordId {
        RecordId::of_parts(&[
            scope.as_str().as_bytes(),
            self.key().as_bytes(),
            self.kind.as_str().as_bytes(),
            self.text.as_bytes(),
        ])
    }

    /// Checks what every backend refuses alike.
    ///
    /// # Errors
    /// `InvalidInput` when the text is empty or longer than [`MAX_BYTES`](Self::MAX_BYTES), or
    /// when the source is longer than 4 KiB.
    pub fn check(&self) -> Result<()> {
        if self.text.trim().is_empty() {
            return Err(Error::invalid("cannot remember an empty text")
                .with_remedy("leave empty observations out"));
        }
        if self.text.len() > Self::MAX_BYTES {
            return Err(Error::invalid(format!(
                "cannot remember a text of {} bytes",
                self.text.len()
            ))
            .with_remedy(format!(
                "split it into chunks of at most {} bytes",
                Self::MAX_BYTES
            )));
        }
        if self.source.len() > 4096 {
            return Err(
                Error::invalid("cannot remember a source of more than 4096 bytes")
                    .with_remedy("shorten the source"),
            );
        }
        Ok(())
    }
}

/// One thing remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Record {
    /// Its id.
    pub id: RecordId,
    /// Whose it is.
    pub scope: Scope,
    /// What was said or written.
    pub text: String,
    /// What sort of thing it is.
    pub kind: RecordKind,
    /// When it happened.
    pub occurred: Timestamp,
    /// When it was stored.
    pub recorded: Timestamp,
    /// When a newer version of the same key took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded: Option<Timestamp>,
    /// Where it comes from; empty when unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Its place in the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// The records it was made of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub derived_from: Vec<RecordId>,
    /// How far it may speak for the owner.
    pub trust: Trust,
    /// Free facts.
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
}

impl Record {
    /// The record that `observation` becomes in `scope` at `now`.
    #[must_use]
    pub fn new(scope: &Scope, observation: Observation, now: Timestamp) -> Self {
        Self {
            id: observation.id(scope),
            scope: scope.clone(),
            text: observation.text,
            kind: observation.kind,
            occurred: observation.occurred.unwrap_or(now),
            recorded: now,
            superseded: None,
            source: observation.source,
            position: observation.position,
            derived_from: observation.derived_from,
            trust: observation.trust,
            metadata: observation.metadata,
        }
    }

    /// The observation that stores this record again under the same id, for an import.
    ///
    /// A record that was keyed by its text comes back without a time, since a time would change its key.
    #[must_use]
    pub fn to_observation(&self) -> Observation {
        let mut observation = Observation {
            text: self.text.clone(),
            kind: self.kind,
            occurred: Some(self.occurred),
            source: self.source.clone(),
            position: self.position,
            derived_from: self.derived_from.clone(),
            trust: self.trust,
            metadata: self.metadata.clone(),
        };
        if observation.id(&self.scope) != self.id {
            observation.occurred = None;
        }
        observation
    }
}
