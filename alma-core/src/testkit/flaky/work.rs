//! Faults on the way to what is done: jobs, plans, evaluation.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use serde_json::Value;

use super::Flaky;
use crate::{
    Budget, Claim, Draft, Erased, Erasure, Evaluation, Evaluator, Executor, Failure, Fault, Job,
    JobId, JobQuery, JobState, JobStatus, JobStore, Lease, Mission, NewJob, Offer, Outcome,
    OutcomeQuery, Page, PageRequest, Planner, Progress, Proposal, Renewal, Result, Scope, Subject,
    Suite, Timestamp, Verdict, Worker,
};

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Executor> Executor for Flaky<T> {
    async fn submit(&self, scope: &Scope, jobs: Vec<NewJob>) -> Result<Vec<JobId>> {
        self.faults.around(self.inner.submit(scope, jobs)).await
    }
    async fn status(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        self.faults.around(self.inner.status(scope, ids)).await
    }
    async fn outcomes(&self, scope: &Scope, query: &OutcomeQuery) -> Result<Page<Outcome>> {
        self.faults.around(self.inner.outcomes(scope, query)).await
    }
    async fn cancel(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        self.faults.around(self.inner.cancel(scope, ids)).await
    }
    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        self.faults.around(self.inner.erase(scope, what)).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: JobStore> JobStore for Flaky<T> {
    async fn enqueue(&self, scope: &Scope, jobs: Vec<NewJob>) -> Result<Vec<JobId>> {
        self.faults.around(self.inner.enqueue(scope, jobs)).await
    }
    async fn claim(&self, worker: &Worker, n: usize, lease: Duration) -> Result<Vec<Lease>> {
        self.faults.around(self.inner.claim(worker, n, lease)).await
    }
    async fn renew(
        &self,
        scope: &Scope,
        claims: &[Claim],
        lease: Duration,
    ) -> Result<Vec<Renewal>> {
        self.faults
            .around(self.inner.renew(scope, claims, lease))
            .await
    }
    async fn complete(&self, scope: &Scope, claim: Claim, result: Value) -> Result<()> {
        self.faults
            .around(self.inner.complete(scope, claim, result))
            .await
    }
    async fn fail(&self, scope: &Scope, claim: Claim, fault: Fault) -> Result<JobState> {
        self.faults
            .around(self.inner.fail(scope, claim, fault))
            .await
    }
    async fn release(&self, scope: &Scope, claim: Claim) -> Result<()> {
        self.faults.around(self.inner.release(scope, claim)).await
    }
    async fn status(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        self.faults.around(self.inner.status(scope, ids)).await
    }
    async fn outcomes(&self, scope: &Scope, query: &OutcomeQuery) -> Result<Page<Outcome>> {
        self.faults.around(self.inner.outcomes(scope, query)).await
    }
    async fn cancel(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        self.faults.around(self.inner.cancel(scope, ids)).await
    }
    async fn jobs(&self, scope: &Scope, query: &JobQuery, page: &PageRequest) -> Result<Page<Job>> {
        self.faults
            .around(self.inner.jobs(scope, query, page))
            .await
    }
    async fn replay(&self, scope: &Scope, ids: &[JobId]) -> Result<u64> {
        self.faults.around(self.inner.replay(scope, ids)).await
    }
    async fn purge(&self, scope: &Scope, before: Timestamp) -> Result<u64> {
        self.faults.around(self.inner.purge(scope, before)).await
    }
    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        self.faults.around(self.inner.erase(scope, what)).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Planner> Planner for Flaky<T> {
    async fn plan(&self, scope: &Scope, mission: &Mission, offer: &Offer) -> Result<Draft> {
        self.faults
            .around(self.inner.plan(scope, mission, offer))
            .await
    }
    async fn repair(
        &self,
        scope: &Scope,
        progress: &Progress,
        failure: &Failure,
        offer: &Offer,
    ) -> Result<Draft> {
        self.faults
            .around(self.inner.repair(scope, progress, failure, offer))
            .await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Evaluator> Evaluator for Flaky<T> {
    async fn evaluate(
        &self,
        scope: &Scope,
        subject: &Arc<dyn Subject>,
        suite: &Suite,
    ) -> Result<Evaluation> {
        self.faults
            .around(self.inner.evaluate(scope, subject, suite))
            .await
    }
    async fn propose(
        &self,
        scope: &Scope,
        subject: &Arc<dyn Subject>,
        budget: &Budget,
    ) -> Result<Vec<Proposal>> {
        self.faults
            .around(self.inner.propose(scope, subject, budget))
            .await
    }
    async fn judge(
        &self,
        scope: &Scope,
        subject: &Arc<dyn Subject>,
        proposal: &Proposal,
    ) -> Result<Verdict> {
        self.faults
            .around(self.inner.judge(scope, subject, proposal))
            .await
    }
    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        self.faults.around(self.inner.erase(scope, what)).await
    }
}
