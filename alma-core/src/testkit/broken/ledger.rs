//! Broken ledgers.

use async_trait::async_trait;

use super::defects;
use crate::{
    Erased, Erasure, Error, ErrorKind, Event, Ledger, LedgerExt as _, NewEvent, Operator, Page,
    PageRequest, Result, Scope, StreamId, StreamInfo, Version, reference::ReferenceLedger,
};

defects! {
    /// Ways to break [`Ledger`].
    LedgerDefect {
        /// Appends whatever version was expected.
        LastWriterWins => "compare and set",
        /// Takes a repetition of its own write for somebody else's.
        ForgetsItsWrites => "idempotent by key",
        /// Writes what it can of a batch.
        HalfABatch => "all events are appended or none",
        /// Reads more than it was asked for.
        ReadsTooMuch => "at most `limit`",
        /// Takes a prefix for a part anywhere in the name.
        LoosePrefix => "a prefix narrows",
        /// Answers for the neighbour when a stream is unknown.
        Leaks => "Ledger, scope",
        /// Says erased and keeps the bodies.
        KeepsForgotten => "Ledger, erase",
        /// Takes events made of forgotten records.
        TakesForgotten => "refused later",
    }
}

/// A ledger that breaks one clause.
#[derive(Clone, Debug)]
pub struct BrokenLedger {
    inner: ReferenceLedger,
    defect: LedgerDefect,
}

impl BrokenLedger {
    /// An empty ledger with this defect.
    #[must_use]
    pub fn new(defect: LedgerDefect) -> Self {
        Self {
            inner: ReferenceLedger::default(),
            defect,
        }
    }
}

#[async_trait]
impl Ledger for BrokenLedger {
    async fn append(
        &self,
        scope: &Scope,
        id: &StreamId,
        expected: Version,
        mut events: Vec<NewEvent>,
    ) -> Result<Version> {
        let version = self.inner.read_all(scope, id).await?.len() as u64;
        match self.defect {
            LedgerDefect::LastWriterWins => {
                self.inner.append(scope, id, Version(version), events).await
            }
            LedgerDefect::ForgetsItsWrites if version != expected.0 => Err(Error::new(
                ErrorKind::Conflict,
                "cannot append: somebody was faster",
            )),
            LedgerDefect::HalfABatch if !events.is_empty() => {
                let mut at = expected;
                for event in events {
                    at = self.inner.append(scope, id, at, vec![event]).await?;
                }
                Ok(at)
            }
            LedgerDefect::TakesForgotten => {
                match self.inner.append(scope, id, expected, events.clone()).await {
                    Err(error) if error.kind() == ErrorKind::Gone => {
                        events.iter_mut().for_each(|event| event.sources.clear());
                        self.inner.append(scope, id, expected, events).await
                    }
                    other => other,
                }
            }
            _ => self.inner.append(scope, id, expected, events).await,
        }
    }

    async fn read(
        &self,
        scope: &Scope,
        id: &StreamId,
        after: Version,
        limit: usize,
    ) -> Result<Vec<Event>> {
        let limit = if self.defect == LedgerDefect::ReadsTooMuch {
            limit + 1
        } else {
            limit
        };
        let events = self.inner.read(scope, id, after, limit).await?;
        if self.defect == LedgerDefect::Leaks && events.is_empty() {
            let all = self
                .inner
                .scopes(&Operator::assume(), &PageRequest::default())
                .await?;
            for other in all.items {
                let foreign = self.inner.read(&other, id, after, limit).await?;
                if !foreign.is_empty() {
                    return Ok(foreign);
                }
            }
        }
        Ok(events)
    }

    async fn streams(
        &self,
        scope: &Scope,
        prefix: &str,
        page: &PageRequest,
    ) -> Result<Page<StreamInfo>> {
        if self.defect == LedgerDefect::LoosePrefix {
            let mut all = self.inner.streams(scope, "", page).await?;
            all.items
                .retain(|info| info.id.as_str().contains(prefix.trim_end_matches('/')));
            return Ok(all);
        }
        self.inner.streams(scope, prefix, page).await
    }

    async fn scopes(&self, operator: &Operator, page: &PageRequest) -> Result<Page<Scope>> {
        self.inner.scopes(operator, page).await
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        if self.defect == LedgerDefect::KeepsForgotten {
            return Ok(Erased::done("ledger", 2));
        }
        self.inner.erase(scope, what).await
    }
}
