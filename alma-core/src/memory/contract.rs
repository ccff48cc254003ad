//! The contract of every memory.

use std::fmt;

use async_trait::async_trait;

use crate::{
    Consolidate, Consolidation, ConsolidationId, Error, ErrorKind, Mode, Observation, Operator,
    Page, PageRequest, Query, Recall, Receipt, Record, RecordId, RecordQuery, Result, Scope,
    Selection,
};

/// Remembers, recalls, consolidates and forgets.
///
/// Implemented by storage backends: `alma_memory::SqliteMemory`, the reference in
/// [`reference`](crate::reference), and whoever keeps the contract; the suite
/// `testkit::memory` proves it.
///
/// # Contract
/// - **Scope**: nothing of another scope is reached, counted, scored or hinted at. A foreign id and an unknown id answer the same.
/// - **Concurrency**: every method may be called from many tasks and processes at once.
/// - **Errors**: `InvalidInput` names the observation or option; `Unavailable` and `Overloaded` may be retried unchanged; `Gone` means that the thing was forgotten and stays so; `Incompatible` and `Corrupt` never change data.
/// - **Clone**: cloning a backend clones the handle, never the data.
// The mock would repeat the alias on an impl block, where none may stand.
#[cfg_attr(not(feature = "mock"), doc(alias = "Librarian"))]
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Memory: fmt::Debug + Send + Sync + 'static {
    /// Stores observations and answers with their ids, in order.
    ///
    /// - **After** `Ok` all of them survive a crash of process and machine.
    /// - **After an error** some or none are stored, each wholly; repeating the call completes it.
    /// - **Idempotent**: ids follow [`Observation::id`]; storing the same again keeps the first record unchanged. Under an equal key, new content supersedes the old, which stays readable.
    /// - **Trust**: an observation with `derived_from` is stored with at most the minimum of its own trust and its sources', and never above [`Trust::Derived`](crate::Trust::Derived).
    /// - **Order**: within one call later observations supersede earlier ones of the same key.
    /// - **Cancel safety**: a dropped call leaves each observation wholly stored or absent.
    ///
    /// # Errors
    /// `InvalidInput` when an observation breaks [`Observation::check`] (nothing is stored then);
    /// `Gone` when one was forgotten, or was derived from what was forgotten (nothing is stored then).
    async fn remember(
        &self,
        scope: &Scope,
        observations: Vec<Observation>,
    ) -> Result<Vec<RecordId>>;

    /// Finds the records that answer a question, best first.
    ///
    /// - **Read your writes**: what was acknowledged before the call is found.
    /// - **Complete**: `k` hits whenever the scopes asked hold `k` that pass the filters; the token budget alone may shorten it (to no less than one).
    /// - **Repeatable**: the same store and query give the same hits in the same order.
    /// - Superseded records are absent unless `as_of` asks for the past.
    /// - Any text is a valid question; an empty one finds the newest.
    async fn recall(&self, scope: &Scope, query: &Query) -> Result<Recall>;

    /// Lists records in a stable order (time of storing, then id).
    ///
    /// Following `next` to its end meets each record that was there from the start exactly once.
    ///
    /// # Errors
    /// `InvalidInput` for a cursor that this backend did not give.
    async fn records(
        &self,
        scope: &Scope,
        query: &RecordQuery,
        page: &PageRequest,
    ) -> Result<Page<Record>>;

    /// Groups records into topics and sums each up.
    ///
    /// - **Only adds**: derived records of kind `Summary` that name their sources in `derived_from`; no source is changed or becomes unreachable, whatever a model returned.
    /// - **At once**: the summaries become visible together; a crash leaves all or none.
    /// - **Idempotent** by key: a repeated key answers with the stored consolidation.
    /// - A topic that has a successor keeps its [`TopicId`](crate::TopicId); a topic that did not change keeps its summary.
    /// - Superseded records, summaries and cases are no input.
    async fn consolidate(&self, scope: &Scope, order: &Consolidate) -> Result<Consolidation>;

    /// Takes back a consolidation as a whole; the summaries it replaced are current again.
    ///
    /// # Errors
    /// `NotFound` when the scope has no such consolidation; `Conflict` when a later one builds on it.
    async fn undo(&self, scope: &Scope, id: ConsolidationId) -> Result<()>;

    /// Forgets a selection and all that was derived from it.
    ///
    /// - **Erase** first writes a durable tombstone (ids only). After `Ok` no call of any kind answers with the records; the receipt says of the bytes *erased* or *pending (why)*. After a crash, repeating the call (or opening the store) completes it.
    /// - **Never back**: what was forgotten, or derives from it, is refused later with `Gone`, whether it is remembered, imported or restored.
    /// - An id that was forgotten before is selected again, so that a receipt can be completed. A source, a time and *all* select what is there: once it is gone they select nothing, and the receipt is empty. [`Handle::forget`](crate::Handle::forget) answers the receipt of the act again.
    /// - **DryRun** changes nothing. **Distrust** lowers trust and removes nothing.
    async fn forget(&self, scope: &Scope, selection: &Selection, mode: Mode) -> Result<Receipt>;

    /// Lists the scopes that hold records, in the order of their text.
    async fn scopes(&self, operator: &Operator, page: &PageRequest) -> Result<Page<Scope>>;
}

/// Comfort on top of [`Memory`]; nobody implements it.
pub trait MemoryExt: Memory {
    /// Remembers one text.
    fn remember_text(
        &self,
        scope: &Scope,
        text: &str,
    ) -> impl Future<Output = Result<RecordId>> + Send {
        async move {
            let ids = self.remember(scope, vec![Observation::text(text)]).await?;
            ids.first().copied().ok_or_else(|| {
                Error::new(
                    ErrorKind::Internal,
                    "cannot name the record: the memory gave no id",
                )
            })
        }
    }

    /// Reads one record.
    ///
    /// # Errors
    /// `NotFound` when the scope has no such record.
    fn record(&self, scope: &Scope, id: RecordId) -> impl Future<Output = Result<Record>> + Send {
        async move {
            let query = RecordQuery::ids(vec![id]);
            let page = self.records(scope, &query, &PageRequest::first(1)).await?;
            page.items
                .into_iter()
                .next()
                .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("cannot find record {id}")))
        }
    }

    /// Reads every record that `query` names, page by page.
    fn all_records(
        &self,
        scope: &Scope,
        query: &RecordQuery,
    ) -> impl Future<Output = Result<Vec<Record>>> + Send {
        async move {
            let mut all = Vec::new();
            let mut request = PageRequest::first(PageRequest::MAX);
            loop {
                let page = self.records(scope, query, &request).await?;
                all.extend(page.items);
                if !page.more {
                    return Ok(all);
                }
                request.after = page.next;
            }
        }
    }
}

impl<T: Memory + ?Sized> MemoryExt for T {}
