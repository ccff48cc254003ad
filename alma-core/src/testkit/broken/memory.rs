//! Broken memories.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;

use super::defects;
use crate::{
    Consolidate, Consolidation, ConsolidationId, ErrorKind, Memory, Mode, Observation, Operator,
    Page, PageRequest, Query, Recall, Receipt, Record, RecordId, RecordQuery, Result, Scope,
    Selection, Trust, reference::ReferenceMemory,
};

defects! {
    /// Ways to break [`Memory`].
    MemoryDefect {
        /// Looks for an answer in every scope.
        RecallsAcrossScopes => "Memory, scope",
        /// Reads any record whose id one knows.
        ReadsForeignIds => "a foreign id and an unknown one",
        /// Stores what was stored already once more.
        StoresTwice => "idempotent",
        /// Throws replaced versions away.
        Overwrites => "the old stays readable",
        /// Believes what a derivation says of itself.
        BelievesDerived => "Memory, trust",
        /// Answers with what matches alone.
        ForgetsToFill => "Memory, recall: complete",
        /// Finds kinds that were not asked for.
        IgnoresKinds => "of the kinds",
        /// Knows no past.
        IgnoresAsOf => "Memory, as_of",
        /// Skips a record between two pages.
        SkipsBetweenPages => "meet each record once",
        /// Consolidates anew under an old key.
        ConsolidatesAgain => "one key, one consolidation",
        /// Names topics anew each night.
        ForgetsTopics => "keeps its id",
        /// Says undone and leaves the summaries.
        UndoesNothing => "Memory, undo",
        /// Hides what went along from the receipt.
        HidesDerived => "all that was derived goes along",
        /// Answers questions about the past with what was forgotten.
        RemembersThePast => "no call of any kind",
        /// Says yes to what was forgotten.
        TakesForgotten => "refused later",
        /// Erases when asked what would be erased.
        RunsDry => "a dry run changes nothing",
        /// Says distrusted and goes on trusting.
        TrustsOn => "Memory, distrust",
    }
}

/// A memory that breaks one clause.
#[derive(Debug)]
pub struct BrokenMemory {
    inner: ReferenceMemory,
    /// Never told to forget.
    elephant: ReferenceMemory,
    count: AtomicU64,
    defect: MemoryDefect,
}

impl BrokenMemory {
    /// An empty memory with this defect.
    #[must_use]
    pub fn new(defect: MemoryDefect) -> Self {
        Self {
            inner: ReferenceMemory::default(),
            elephant: ReferenceMemory::default(),
            count: AtomicU64::new(0),
            defect,
        }
    }

    fn is(&self, defect: MemoryDefect) -> bool {
        self.defect == defect
    }

    async fn every_scope(&self) -> Result<Vec<Scope>> {
        let page = PageRequest::first(PageRequest::MAX);
        Ok(self.inner.scopes(&Operator::assume(), &page).await?.items)
    }

    fn shown(&self, mut record: Record) -> Record {
        if self.is(MemoryDefect::BelievesDerived) && !record.derived_from.is_empty() {
            record.trust = Trust::Owner;
        }
        record
    }
}

#[async_trait]
impl Memory for BrokenMemory {
    async fn remember(
        &self,
        scope: &Scope,
        observations: Vec<Observation>,
    ) -> Result<Vec<RecordId>> {
        if self.is(MemoryDefect::RemembersThePast) {
            // What it refuses is refused below as well.
            let _ = self.elephant.remember(scope, observations.clone()).await;
        }
        if self.is(MemoryDefect::StoresTwice) {
            let query = RecordQuery::ids(observations.iter().map(|one| one.id(scope)).collect());
            let known = self
                .inner
                .records(scope, &query, &PageRequest::default())
                .await?;
            if !query.ids.is_empty() && !known.items.is_empty() {
                let again = observations.into_iter().map(|mut one| {
                    one.position = Some(1_000_000 + self.count.fetch_add(1, Ordering::Relaxed));
                    one
                });
                return self.inner.remember(scope, again.collect()).await;
            }
        }
        let ids = observations.iter().map(|one| one.id(scope)).collect();
        match self.inner.remember(scope, observations).await {
            Err(error)
                if error.kind() == ErrorKind::Gone && self.is(MemoryDefect::TakesForgotten) =>
            {
                Ok(ids)
            }
            answer => answer,
        }
    }

    async fn recall(&self, scope: &Scope, query: &Query) -> Result<Recall> {
        let mut query = query.clone();
        match self.defect {
            MemoryDefect::RecallsAcrossScopes => query.reach = self.every_scope().await?,
            MemoryDefect::IgnoresKinds => query.kinds.clear(),
            MemoryDefect::IgnoresAsOf => query.as_of = None,
            MemoryDefect::RemembersThePast if query.as_of.is_some() => {
                return self.elephant.recall(scope, &query).await;
            }
            _ => {}
        }
        let mut recall = self.inner.recall(scope, &query).await?;
        if self.is(MemoryDefect::ForgetsToFill) {
            recall.hits.retain(|hit| hit.score > 0.0);
        }
        for hit in &mut recall.hits {
            hit.record = self.shown(hit.record.clone());
        }
        Ok(Recall::new(recall.hits, recall.nothing_relevant))
    }

    async fn records(
        &self,
        scope: &Scope,
        query: &RecordQuery,
        page: &PageRequest,
    ) -> Result<Page<Record>> {
        let mut found = self.inner.records(scope, query, page).await?;
        match self.defect {
            MemoryDefect::Overwrites => found.items.retain(|one| one.superseded.is_none()),
            MemoryDefect::SkipsBetweenPages if found.more => {
                found.items.pop();
            }
            MemoryDefect::ReadsForeignIds if found.items.is_empty() && !query.ids.is_empty() => {
                for other in self.every_scope().await? {
                    found
                        .items
                        .extend(self.inner.records(&other, query, page).await?.items);
                }
            }
            _ => {}
        }
        found.items = found
            .items
            .into_iter()
            .map(|record| self.shown(record))
            .collect();
        Ok(found)
    }

    async fn consolidate(&self, scope: &Scope, order: &Consolidate) -> Result<Consolidation> {
        let mut order = order.clone();
        if self.is(MemoryDefect::ConsolidatesAgain) {
            let count = self.count.fetch_add(1, Ordering::Relaxed);
            order.key = format!("{} {count}", order.key);
        }
        let mut made = self.inner.consolidate(scope, &order).await?;
        if self.is(MemoryDefect::ForgetsTopics) {
            for topic in &mut made.topics {
                topic.id = crate::TopicId::of_parts(&[made.id.as_bytes(), topic.id.as_bytes()]);
            }
            made.topics
                .sort_by_key(|topic| (std::cmp::Reverse(topic.members.len()), topic.id));
        }
        Ok(made)
    }

    async fn undo(&self, scope: &Scope, id: ConsolidationId) -> Result<()> {
        if self.is(MemoryDefect::UndoesNothing) {
            return Ok(());
        }
        self.inner.undo(scope, id).await
    }

    async fn forget(&self, scope: &Scope, selection: &Selection, mode: Mode) -> Result<Receipt> {
        let done = match (self.defect, mode) {
            (MemoryDefect::RunsDry, Mode::DryRun) => Mode::Erase,
            (MemoryDefect::TrustsOn, Mode::Distrust) => Mode::DryRun,
            (_, mode) => mode,
        };
        let mut receipt = self.inner.forget(scope, selection, done).await?;
        receipt.mode = mode;
        if self.is(MemoryDefect::HidesDerived) {
            receipt.derived.clear();
        }
        Ok(receipt)
    }

    async fn scopes(&self, operator: &Operator, page: &PageRequest) -> Result<Page<Scope>> {
        self.inner.scopes(operator, page).await
    }
}
