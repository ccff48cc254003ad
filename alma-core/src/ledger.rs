//! The ledger: append-only streams of events, the only truth about missions, nights and generations.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize, de};
use serde_json::Value;

use crate::{
    Erased, Erasure, Error, Operator, Page, PageRequest, RecordId, Result, Scope, Timestamp,
    digest::clip,
};

/// The name of a stream: 1–200 of `a-z A-Z 0-9 . _ - /`, such as `mission/5f…`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct StreamId(String);

impl StreamId {
    /// A name.
    ///
    /// # Errors
    /// `InvalidInput` when it breaks the rule above.
    pub fn new(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
        if name.is_empty() || name.len() > 200 || !name.chars().all(plain) {
            return Err(
                Error::invalid(format!("cannot name a stream '{}'", clip(&name)))
                    .with_remedy("use 1 to 200 letters, digits, '.', '_', '-' or '/'"),
            );
        }
        Ok(Self(name))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for StreamId {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(input)?).map_err(de::Error::custom)
    }
}

/// How many events a stream holds; 0 before the first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Version(pub u64);

/// An event to be appended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NewEvent {
    /// What happened, in one word.
    pub kind: String,
    /// What belongs to it.
    pub body: Value,
    /// Recognises a write whose answer was lost; unique to the write, empty when that cannot matter.
    pub key: String,
    /// The records that the body was made of.
    pub sources: Vec<RecordId>,
}

impl NewEvent {
    /// The largest body, in bytes of JSON.
    pub const MAX_BYTES: usize = 4 * 1024 * 1024;

    /// An event without a key or sources.
    pub fn new(kind: impl Into<String>, body: Value) -> Self {
        Self {
            kind: kind.into(),
            body,
            key: String::new(),
            sources: Vec::new(),
        }
    }

    /// Sets the key by which a lost answer is recognised.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// Sets the records that the body was made of.
    #[must_use]
    pub fn with_sources(mut self, sources: Vec<RecordId>) -> Self {
        self.sources = sources;
        self
    }

    /// Refuses what no ledger takes; for backends, before they append `events` to `id`.
    ///
    /// # Errors
    /// `InvalidInput` for no events, an empty kind, or a body above [`MAX_BYTES`](Self::MAX_BYTES).
    pub fn check(id: &StreamId, events: &[Self]) -> Result<()> {
        if events.is_empty() {
            return Err(Error::invalid(format!("cannot append nothing to '{id}'")));
        }
        for event in events {
            if event.kind.is_empty() {
                return Err(Error::invalid(format!(
                    "cannot append an event without a kind to '{id}'"
                )));
            }
            let size = event.body.to_string().len();
            if size > Self::MAX_BYTES {
                return Err(Error::invalid(format!(
                    "cannot append a body of {size} bytes to '{id}'"
                ))
                .with_remedy(format!("keep bodies under {} bytes", Self::MAX_BYTES)));
            }
        }
        Ok(())
    }
}

/// An event in a stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// Its place: the stream's version right after it.
    pub version: Version,
    /// When it was appended.
    pub recorded: Timestamp,
    /// What happened.
    pub kind: String,
    /// What belongs to it; `null` once its sources were forgotten.
    pub body: Value,
    /// The key it was appended with.
    pub key: String,
    /// The records that the body was made of.
    pub sources: Vec<RecordId>,
    /// Whether the body was blanked because its sources were forgotten.
    pub erased: bool,
}

impl Event {
    /// `event` as it stands in its stream.
    #[must_use]
    pub fn new(version: Version, recorded: Timestamp, event: NewEvent) -> Self {
        Self {
            version,
            recorded,
            kind: event.kind,
            body: event.body,
            key: event.key,
            sources: event.sources,
            erased: false,
        }
    }
}

/// A stream, from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StreamInfo {
    /// Its name.
    pub id: StreamId,
    /// How many events it holds.
    pub version: Version,
    /// When the last one was appended.
    pub updated: Timestamp,
}

impl StreamInfo {
    /// A stream, from outside.
    #[must_use]
    pub const fn new(id: StreamId, version: Version, updated: Timestamp) -> Self {
        Self {
            id,
            version,
            updated,
        }
    }
}

/// Keeps append-only streams of events.
///
/// Implemented by `alma_planner::SqliteLedger`, the reference in [`reference`](crate::reference),
/// and whoever keeps the contract; the suite `testkit::ledger` proves it.
///
/// # Contract
/// - **After** `Ok` the events survive a crash; they never change, but for erased bodies.
/// - **Compare and set**: of two appends that expect one version, one wins and the other gets `Conflict`.
/// - **Order**: versions of a stream are 1, 2, 3, … without a gap.
/// - **Scope**: streams of another scope are not seen; a foreign name and an unknown one answer the same.
/// - **Concurrency**: every method may be called from many tasks and processes at once.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Ledger: fmt::Debug + Send + Sync + 'static {
    /// Appends events to a stream that is at `expected`, all or none, and answers its new version.
    ///
    /// - A stream begins with its first event, expected at `Version(0)`.
    /// - **Idempotent by key**: when the events after `expected` already are these, by their keys (none of them empty), the answer is as if they had just been written.
    /// - **Cancel safety**: a dropped call leaves all events appended or none.
    ///
    /// # Errors
    /// `Conflict` when the stream is not at `expected`; `InvalidInput` for no events, an empty kind,
    /// or a body above [`NewEvent::MAX_BYTES`]; `Gone` when an event was made of forgotten records.
    async fn append(
        &self,
        scope: &Scope,
        id: &StreamId,
        expected: Version,
        events: Vec<NewEvent>,
    ) -> Result<Version>;

    /// Reads up to `limit` (1..=1000) events after a version, in order; none for an unknown stream.
    async fn read(
        &self,
        scope: &Scope,
        id: &StreamId,
        after: Version,
        limit: usize,
    ) -> Result<Vec<Event>>;

    /// Lists the streams whose names begin with `prefix`, in the order of their names.
    async fn streams(
        &self,
        scope: &Scope,
        prefix: &str,
        page: &PageRequest,
    ) -> Result<Page<StreamInfo>>;

    /// Lists the scopes that hold streams, in the order of their text.
    async fn scopes(&self, operator: &Operator, page: &PageRequest) -> Result<Page<Scope>>;

    /// Blanks the bodies of events made of forgotten records; versions, kinds and keys stay.
    ///
    /// Durable and idempotent; afterwards an event with such sources is refused with `Gone`.
    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased>;
}

/// Comfort on top of [`Ledger`]; nobody implements it.
pub trait LedgerExt: Ledger {
    /// Reads a whole stream.
    fn read_all(
        &self,
        scope: &Scope,
        id: &StreamId,
    ) -> impl Future<Output = Result<Vec<Event>>> + Send {
        async move {
            let mut all: Vec<Event> = Vec::new();
            loop {
                let after = all
                    .last()
                    .map_or_else(Version::default, |event| event.version);
                let events = self.read(scope, id, after, PageRequest::MAX).await?;
                if events.is_empty() {
                    return Ok(all);
                }
                all.extend(events);
            }
        }
    }

    /// Lists every stream whose name begins with `prefix`.
    fn all_streams(
        &self,
        scope: &Scope,
        prefix: &str,
    ) -> impl Future<Output = Result<Vec<StreamInfo>>> + Send {
        async move {
            let mut all = Vec::new();
            let mut request = PageRequest::first(PageRequest::MAX);
            loop {
                let page = self.streams(scope, prefix, &request).await?;
                all.extend(page.items);
                if !page.more {
                    return Ok(all);
                }
                request.after = page.next;
            }
        }
    }
}

impl<T: Ledger + ?Sized> LedgerExt for T {}
