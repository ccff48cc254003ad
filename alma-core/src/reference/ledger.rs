//! The reference ledger.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use serde_json::Value;

use super::{lock, paging::page};
use crate::{
    Clock, Erased, Erasure, Error, ErrorKind, Event, Ledger, NewEvent, Operator, Page, PageRequest,
    RecordId, Result, Scope, StreamId, StreamInfo, SystemClock, Version,
};

/// A ledger in memory: nothing is kept beyond the process.
///
/// # Examples
/// ```
/// use alma_core::{Ledger, NewEvent, Scope, StreamId, Version, reference::ReferenceLedger};
/// # async fn example() -> alma_core::Result<()> {
/// let (ledger, scope) = (ReferenceLedger::default(), Scope::new("home/ana")?);
/// let stream = StreamId::new("mission/1")?;
/// let event = NewEvent::new("accepted", "move the piano".into());
/// assert_eq!(ledger.append(&scope, &stream, Version(0), vec![event]).await?, Version(1));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ReferenceLedger {
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<BTreeMap<Scope, Shelf>>>,
}

#[derive(Default)]
struct Shelf {
    streams: BTreeMap<StreamId, Vec<Event>>,
    gone: BTreeSet<RecordId>,
}

impl ReferenceLedger {
    /// An empty ledger that takes its times from `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            state: Arc::default(),
        }
    }
}

impl Default for ReferenceLedger {
    fn default() -> Self {
        Self::new(Arc::new(SystemClock))
    }
}

impl fmt::Debug for ReferenceLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReferenceLedger").finish_non_exhaustive()
    }
}

#[async_trait]
impl Ledger for ReferenceLedger {
    async fn append(
        &self,
        scope: &Scope,
        id: &StreamId,
        expected: Version,
        events: Vec<NewEvent>,
    ) -> Result<Version> {
        NewEvent::check(id, &events)?;
        let now = self.clock.now();
        let mut state = lock(&self.state);
        let shelf = state.entry(scope.clone()).or_default();
        if events
            .iter()
            .any(|event| event.sources.iter().any(|id| shelf.gone.contains(id)))
        {
            return Err(Error::new(
                ErrorKind::Gone,
                format!("cannot append to '{id}': an event was made of forgotten records"),
            ));
        }
        let known = shelf.streams.get(id).map_or(&[][..], Vec::as_slice);
        if known.len() as u64 != expected.0 {
            let written = usize::try_from(expected.0)
                .ok()
                .and_then(|start| known.get(start..start.checked_add(events.len())?));
            let same = |(old, new): (&Event, &NewEvent)| !new.key.is_empty() && old.key == new.key;
            if written.is_some_and(|written| written.iter().zip(&events).all(same)) {
                return Ok(Version(expected.0 + events.len() as u64));
            }
            return Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "cannot append to '{id}' at version {}: it is at {}",
                    expected.0,
                    known.len()
                ),
            )
            .with_remedy("read the stream again and decide anew"));
        }
        let stream = shelf.streams.entry(id.clone()).or_default();
        for event in events {
            let version = Version(stream.len() as u64 + 1);
            stream.push(Event::new(version, now, event));
        }
        Ok(Version(stream.len() as u64))
    }

    async fn read(
        &self,
        scope: &Scope,
        id: &StreamId,
        after: Version,
        limit: usize,
    ) -> Result<Vec<Event>> {
        let state = lock(&self.state);
        let stream = state.get(scope).and_then(|shelf| shelf.streams.get(id));
        let after = usize::try_from(after.0).unwrap_or(usize::MAX);
        let events = stream.into_iter().flatten().skip(after);
        Ok(events
            .take(limit.clamp(1, PageRequest::MAX))
            .cloned()
            .collect())
    }

    async fn streams(
        &self,
        scope: &Scope,
        prefix: &str,
        request: &PageRequest,
    ) -> Result<Page<StreamInfo>> {
        let state = lock(&self.state);
        let streams = state
            .get(scope)
            .into_iter()
            .flat_map(|shelf| &shelf.streams);
        let infos = streams
            .filter(|(id, _)| id.as_str().starts_with(prefix))
            .filter_map(|(id, events)| {
                let last = events.last()?;
                let info = StreamInfo::new(id.clone(), last.version, last.recorded);
                Some((id.to_string(), info))
            });
        page(infos, request, |name| StreamId::new(name).is_ok())
    }

    async fn scopes(&self, _operator: &Operator, request: &PageRequest) -> Result<Page<Scope>> {
        let state = lock(&self.state);
        let held = state
            .iter()
            .filter(|(_, shelf)| !shelf.streams.is_empty())
            .map(|(scope, _)| (scope.to_string(), scope.clone()));
        page(held, request, |path| Scope::new(path).is_ok())
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        let mut state = lock(&self.state);
        let shelf = state.entry(scope.clone()).or_default();
        shelf.gone.extend(&what.records);
        let mut removed = 0;
        for event in shelf.streams.values_mut().flatten() {
            if !event.erased && event.sources.iter().any(|id| what.records.contains(id)) {
                event.body = Value::Null;
                event.erased = true;
                removed += 1;
            }
        }
        Ok(Erased::done("ledger", removed))
    }
}
