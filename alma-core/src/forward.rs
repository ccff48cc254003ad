//! `Arc<T>` and `Box<T>` keep every contract that `T` keeps.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use serde_json::Value;

use crate::*;

/// Writes the forwarding of one trait for one pointer; the signatures stand here once and the compiler holds them against the trait.
macro_rules! forward {
    ($pointer:ident) => {
        #[deny(clippy::missing_trait_methods)]
        #[async_trait]
        impl<T: Memory + ?Sized> Memory for $pointer<T> {
            async fn remember(
                &self,
                scope: &Scope,
                observations: Vec<Observation>,
            ) -> Result<Vec<RecordId>> {
                (**self).remember(scope, observations).await
            }
            async fn recall(&self, scope: &Scope, query: &Query) -> Result<Recall> {
                (**self).recall(scope, query).await
            }
            async fn records(
                &self,
                scope: &Scope,
                query: &RecordQuery,
                page: &PageRequest,
            ) -> Result<Page<Record>> {
                (**self).records(scope, query, page).await
            }
            async fn consolidate(
                &self,
                scope: &Scope,
                order: &Consolidate,
            ) -> Result<Consolidation> {
                (**self).consolidate(scope, order).await
            }
            async fn undo(&self, scope: &Scope, id: ConsolidationId) -> Result<()> {
                (**self).undo(scope, id).await
            }
            async fn forget(
                &self,
                scope: &Scope,
                selection: &Selection,
                mode: Mode,
            ) -> Result<Receipt> {
                (**self).forget(scope, selection, mode).await
            }
            async fn scopes(&self, operator: &Operator, page: &PageRequest) -> Result<Page<Scope>> {
                (**self).scopes(operator, page).await
            }
        }

        #[deny(clippy::missing_trait_methods)]
        #[async_trait]
        impl<T: ToolForge + ?Sized> ToolForge for $pointer<T> {
            async fn find(&self, scope: &Scope, need: &Need, k: usize) -> Result<Vec<ToolMatch>> {
                (**self).find(scope, need, k).await
            }
            async fn forge(&self, scope: &Scope, spec: &ToolSpec) -> Result<ForgeOutcome> {
                (**self).forge(scope, spec).await
            }
            async fn call(&self, scope: &Scope, call: Call, grant: &Grant) -> Result<ToolResult> {
                (**self).call(scope, call, grant).await
            }
            async fn list(&self, scope: &Scope, page: &PageRequest) -> Result<Page<Tool>> {
                (**self).list(scope, page).await
            }
            async fn retire(&self, scope: &Scope, tool: &Digest) -> Result<()> {
                (**self).retire(scope, tool).await
            }
            async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
                (**self).erase(scope, what).await
            }
        }

        #[deny(clippy::missing_trait_methods)]
        #[async_trait]
        impl<T: Executor + ?Sized> Executor for $pointer<T> {
            async fn submit(&self, scope: &Scope, jobs: Vec<NewJob>) -> Result<Vec<JobId>> {
                (**self).submit(scope, jobs).await
            }
            async fn status(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
                (**self).status(scope, ids).await
            }
            async fn outcomes(&self, scope: &Scope, query: &OutcomeQuery) -> Result<Page<Outcome>> {
                (**self).outcomes(scope, query).await
            }
            async fn cancel(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
                (**self).cancel(scope, ids).await
            }
            async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
                (**self).erase(scope, what).await
            }
        }

        #[deny(clippy::missing_trait_methods)]
        #[async_trait]
        impl<T: JobStore + ?Sized> JobStore for $pointer<T> {
            async fn enqueue(&self, scope: &Scope, jobs: Vec<NewJob>) -> Result<Vec<JobId>> {
                (**self).enqueue(scope, jobs).await
            }
            async fn claim(
                &self,
                worker: &Worker,
                n: usize,
                lease: Duration,
            ) -> Result<Vec<Lease>> {
                (**self).claim(worker, n, lease).await
            }
            async fn renew(
                &self,
                scope: &Scope,
                claims: &[Claim],
                lease: Duration,
            ) -> Result<Vec<Renewal>> {
                (**self).renew(scope, claims, lease).await
            }
            async fn complete(&self, scope: &Scope, claim: Claim, result: Value) -> Result<()> {
                (**self).complete(scope, claim, result).await
            }
            async fn fail(&self, scope: &Scope, claim: Claim, fault: Fault) -> Result<JobState> {
                (**self).fail(scope, claim, fault).await
            }
            async fn release(&self, scope: &Scope, claim: Claim) -> Result<()> {
                (**self).release(scope, claim).await
            }
            async fn status(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
                (**self).status(scope, ids).await
            }
            async fn outcomes(&self, scope: &Scope, query: &OutcomeQuery) -> Result<Page<Outcome>> {
                (**self).outcomes(scope, query).await
            }
            async fn cancel(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
                (**self).cancel(scope, ids).await
            }
            async fn jobs(
                &self,
                scope: &Scope,
                query: &JobQuery,
                page: &PageRequest,
            ) -> Result<Page<Job>> {
                (**self).jobs(scope, query, page).await
            }
            async fn replay(&self, scope: &Scope, ids: &[JobId]) -> Result<u64> {
                (**self).replay(scope, ids).await
            }
            async fn purge(&self, scope: &Scope, before: Timestamp) -> Result<u64> {
                (**self).purge(scope, before).await
            }
            async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
                (**self).erase(scope, what).await
            }
        }

        #[deny(clippy::missing_trait_methods)]
        #[async_trait]
        impl<T: Planner + ?Sized> Planner for $pointer<T> {
            async fn plan(&self, scope: &Scope, mission: &Mission, offer: &Offer) -> Result<Draft> {
                (**self).plan(scope, mission, offer).await
            }
            async fn repair(
                &self,
                scope: &Scope,
                progress: &Progress,
                failure: &Failure,
                offer: &Offer,
            ) -> Result<Draft> {
                (**self).repair(scope, progress, failure, offer).await
            }
        }

        #[deny(clippy::missing_trait_methods)]
        #[async_trait]
        impl<T: Ledger + ?Sized> Ledger for $pointer<T> {
            async fn append(
                &self,
                scope: &Scope,
                id: &StreamId,
                expected: Version,
                events: Vec<NewEvent>,
            ) -> Result<Version> {
                (**self).append(scope, id, expected, events).await
            }
            async fn read(
                &self,
                scope: &Scope,
                id: &StreamId,
                after: Version,
                limit: usize,
            ) -> Result<Vec<Event>> {
                (**self).read(scope, id, after, limit).await
            }
            async fn streams(
                &self,
                scope: &Scope,
                prefix: &str,
                page: &PageRequest,
            ) -> Result<Page<StreamInfo>> {
                (**self).streams(scope, prefix, page).await
            }
            async fn scopes(&self, operator: &Operator, page: &PageRequest) -> Result<Page<Scope>> {
                (**self).scopes(operator, page).await
            }
            async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
                (**self).erase(scope, what).await
            }
        }

        #[deny(clippy::missing_trait_methods)]
        #[async_trait]
        impl<T: Evaluator + ?Sized> Evaluator for $pointer<T> {
            async fn evaluate(
                &self,
                scope: &Scope,
                subject: &Arc<dyn Subject>,
                suite: &Suite,
            ) -> Result<Evaluation> {
                (**self).evaluate(scope, subject, suite).await
            }
            async fn propose(
                &self,
                scope: &Scope,
                subject: &Arc<dyn Subject>,
                budget: &Budget,
            ) -> Result<Vec<Proposal>> {
                (**self).propose(scope, subject, budget).await
            }
            async fn judge(
                &self,
                scope: &Scope,
                subject: &Arc<dyn Subject>,
                proposal: &Proposal,
            ) -> Result<Verdict> {
                (**self).judge(scope, subject, proposal).await
            }
            async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
                (**self).erase(scope, what).await
            }
        }
    };
}

forward!(Arc);
forward!(Box);
