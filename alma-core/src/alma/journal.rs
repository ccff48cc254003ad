//! Small streams of typed entries: needs, feedback, approvals, generations.

use serde::{Serialize, de::DeserializeOwned};

use super::Handle;
use crate::{
    Error, ErrorKind, Event, LedgerExt, NewEvent, PageRequest, RecordId, Result, StreamId,
    Timestamp, Version,
};

/// An entry with its place.
#[derive(Clone, Debug)]
pub(super) struct Entry<T> {
    pub(super) version: Version,
    pub(super) recorded: Timestamp,
    pub(super) body: T,
    pub(super) sources: Vec<RecordId>,
}

impl Handle {
    /// Appends an entry; when somebody else writes at the same time, after theirs.
    ///
    /// Only for entries whose meaning does not depend on what stands before them.
    pub(super) async fn note<T: Serialize>(
        &self,
        stream: &str,
        kind: &str,
        body: &T,
        sources: Vec<RecordId>,
    ) -> Result<Version> {
        let ledger = self.ledger()?;
        let id = StreamId::new(stream)?;
        let event = NewEvent::new(kind, encode(kind, body)?).with_sources(sources);
        loop {
            let at = self.version(&id).await?;
            match ledger
                .append(&self.scope, &id, at, vec![event.clone()])
                .await
            {
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                done => return done,
            }
        }
    }

    /// Appends an entry unless the stream holds it already, whoever wrote it.
    pub(super) async fn note_once<T: Serialize + DeserializeOwned>(
        &self,
        stream: &str,
        kind: &str,
        body: &T,
        same: impl Fn(&T) -> bool + Send + Sync,
    ) -> Result<()> {
        let id = StreamId::new(stream)?;
        loop {
            // Read before the entries: what comes in between makes the append fail.
            let at = self.version(&id).await?;
            let held = self.entries::<T>(stream).await?;
            if held.iter().any(|entry| same(&entry.body)) {
                return Ok(());
            }
            match self.note_at(stream, at, kind, body, Vec::new()).await {
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                done => return done.map(|_| ()),
            }
        }
    }

    /// Appends an entry to a stream that is still at `at`.
    pub(super) async fn note_at<T: Serialize>(
        &self,
        stream: &str,
        at: Version,
        kind: &str,
        body: &T,
        sources: Vec<RecordId>,
    ) -> Result<Version> {
        let event = NewEvent::new(kind, encode(kind, body)?).with_sources(sources);
        self.ledger()?
            .append(&self.scope, &StreamId::new(stream)?, at, vec![event])
            .await
    }

    /// The entries of a stream, without those that were forgotten.
    pub(super) async fn entries<T: DeserializeOwned>(&self, stream: &str) -> Result<Vec<Entry<T>>> {
        let id = StreamId::new(stream)?;
        let events = self.ledger()?.read_all(&self.scope, &id).await?;
        events
            .into_iter()
            .filter(|event| !event.erased)
            .map(|event| decode(stream, event))
            .collect()
    }

    /// The last entry of a stream; none when there is none, or when it was forgotten.
    pub(super) async fn last_entry<T: DeserializeOwned>(
        &self,
        stream: &str,
    ) -> Result<Option<Entry<T>>> {
        let id = StreamId::new(stream)?;
        let before = Version(self.version(&id).await?.0.saturating_sub(1));
        let last = self.ledger()?.read(&self.scope, &id, before, 1).await?;
        let kept = last.into_iter().find(|event| !event.erased);
        kept.map(|event| decode(stream, event)).transpose()
    }

    async fn version(&self, id: &StreamId) -> Result<Version> {
        // In the order of names a stream comes before those that its name begins.
        let page = self
            .ledger()?
            .streams(&self.scope, id.as_str(), &PageRequest::first(1))
            .await?;
        let found = page.items.into_iter().find(|info| info.id == *id);
        Ok(found.map_or_else(Version::default, |info| info.version))
    }
}

fn encode<T: Serialize>(kind: &str, body: &T) -> Result<serde_json::Value> {
    serde_json::to_value(body).map_err(|error| {
        Error::new(
            ErrorKind::Internal,
            format!("cannot write a '{kind}' entry"),
        )
        .with_source(error)
    })
}

fn decode<T: DeserializeOwned>(stream: &str, event: Event) -> Result<Entry<T>> {
    let (version, recorded) = (event.version, event.recorded);
    let body = serde_json::from_value(event.body).map_err(|error| {
        Error::new(
            ErrorKind::Corrupt,
            format!("cannot read entry {} of '{stream}'", version.0),
        )
        .with_source(error)
    })?;
    Ok(Entry {
        version,
        recorded,
        body,
        sources: event.sources,
    })
}
