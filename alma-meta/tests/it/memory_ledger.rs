//! A ledger in memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use alma_core::{
    Cursor, Erased, Erasure, Error, ErrorKind, Event, Ledger, NewEvent, Operator, Page,
    PageRequest, RecordId, Result, Scope, StreamId, StreamInfo, Timestamp, Version,
};
use async_trait::async_trait;

#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryLedger(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    streams: BTreeMap<(Scope, StreamId), Vec<Event>>,
    gone: BTreeSet<(Scope, RecordId)>,
}

#[async_trait]
impl Ledger for MemoryLedger {
    async fn append(
        &self,
        scope: &Scope,
        id: &StreamId,
        expected: Version,
        events: Vec<NewEvent>,
    ) -> Result<Version> {
        let mut state = self.0.lock().unwrap();
        let gone = |event: &NewEvent| {
            event
                .sources
                .iter()
                .any(|source| state.gone.contains(&(scope.clone(), *source)))
        };
        if events.iter().any(gone) {
            return Err(Error::new(
                ErrorKind::Gone,
                "cannot append what was forgotten",
            ));
        }
        let stream = state
            .streams
            .entry((scope.clone(), id.clone()))
            .or_default();
        let after = stream.get(expected.0 as usize..).unwrap_or_default();
        let same = after.len() >= events.len()
            && after
                .iter()
                .zip(&events)
                .all(|(held, new)| !new.key.is_empty() && held.key == new.key);
        if same {
            return Ok(Version(expected.0 + events.len() as u64));
        }
        if stream.len() as u64 != expected.0 {
            return Err(Error::new(
                ErrorKind::Conflict,
                "cannot append: others were faster",
            ));
        }
        for event in events {
            let version = Version(stream.len() as u64 + 1);
            stream.push(Event::new(version, Timestamp::default(), event));
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
        let state = self.0.lock().unwrap();
        let stream = state.streams.get(&(scope.clone(), id.clone()));
        let stream = stream.into_iter().flatten().skip(after.0 as usize);
        Ok(stream.take(limit).cloned().collect())
    }

    async fn streams(&self, _: &Scope, _: &str, _: &PageRequest) -> Result<Page<StreamInfo>> {
        Ok(Page::new(Vec::new(), Cursor::start(), false))
    }

    async fn scopes(&self, _: &Operator, _: &PageRequest) -> Result<Page<Scope>> {
        Ok(Page::new(Vec::new(), Cursor::start(), false))
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        let mut state = self.0.lock().unwrap();
        let mut removed = 0;
        state
            .gone
            .extend(what.records.iter().map(|record| (scope.clone(), *record)));
        for ((of, _), stream) in &mut state.streams {
            for event in stream.iter_mut().filter(|event| {
                of == scope
                    && event
                        .sources
                        .iter()
                        .any(|source| what.records.contains(source))
            }) {
                removed += u64::from(!event.erased);
                event.erased = true;
                event.body = serde_json::Value::Null;
            }
        }
        Ok(Erased::done("ledger", removed))
    }
}
