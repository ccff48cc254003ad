//! A job store with somebody who looks on, and may interfere.

use std::{fmt, time::Duration};

use alma_core::{
    Claim, Erased, Erasure, Fault, Job, JobId, JobQuery, JobState, JobStatus, JobStore, Lease,
    NewJob, Outcome, OutcomeQuery, Page, PageRequest, Renewal, Result, Scope, Timestamp, Worker,
};
use async_trait::async_trait;
use serde_json::Value;

/// What a worker asks of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Claim,
    Renew,
    Complete,
    Fail,
    Release,
}

/// Looks on while a worker uses a store.
pub(crate) trait Watch: fmt::Debug + Send + Sync + 'static {
    /// Called first; an error is the answer then.
    fn before(&self, _asked: Asked) -> Result<()> {
        Ok(())
    }

    /// May change what was given.
    fn claimed(&self, leases: Vec<Lease>, _lease: Duration) -> Vec<Lease> {
        leases
    }

    /// May change what was answered.
    fn renewed(&self, _claims: &[Claim], answers: Vec<Renewal>) -> Vec<Renewal> {
        answers
    }

    /// A claim was ended, and the store knows.
    fn ended(&self, _asked: Asked, _claim: Claim) {}
}

#[derive(Debug)]
pub(crate) struct Watched<J, W> {
    pub(crate) store: J,
    pub(crate) watch: W,
}

#[async_trait]
impl<J: JobStore, W: Watch> JobStore for Watched<J, W> {
    async fn enqueue(&self, scope: &Scope, jobs: Vec<NewJob>) -> Result<Vec<JobId>> {
        self.store.enqueue(scope, jobs).await
    }

    async fn claim(&self, worker: &Worker, n: usize, lease: Duration) -> Result<Vec<Lease>> {
        self.watch.before(Asked::Claim)?;
        let leases = self.store.claim(worker, n, lease).await?;
        Ok(self.watch.claimed(leases, lease))
    }

    async fn renew(
        &self,
        scope: &Scope,
        claims: &[Claim],
        lease: Duration,
    ) -> Result<Vec<Renewal>> {
        self.watch.before(Asked::Renew)?;
        let answers = self.store.renew(scope, claims, lease).await?;
        Ok(self.watch.renewed(claims, answers))
    }

    async fn complete(&self, scope: &Scope, claim: Claim, result: Value) -> Result<()> {
        self.watch.before(Asked::Complete)?;
        self.store.complete(scope, claim, result).await?;
        self.watch.ended(Asked::Complete, claim);
        Ok(())
    }

    async fn fail(&self, scope: &Scope, claim: Claim, fault: Fault) -> Result<JobState> {
        self.watch.before(Asked::Fail)?;
        let state = self.store.fail(scope, claim, fault).await?;
        self.watch.ended(Asked::Fail, claim);
        Ok(state)
    }

    async fn release(&self, scope: &Scope, claim: Claim) -> Result<()> {
        self.watch.before(Asked::Release)?;
        self.store.release(scope, claim).await?;
        self.watch.ended(Asked::Release, claim);
        Ok(())
    }

    async fn status(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        self.store.status(scope, ids).await
    }

    async fn outcomes(&self, scope: &Scope, query: &OutcomeQuery) -> Result<Page<Outcome>> {
        self.store.outcomes(scope, query).await
    }

    async fn cancel(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        self.store.cancel(scope, ids).await
    }

    async fn jobs(&self, scope: &Scope, query: &JobQuery, page: &PageRequest) -> Result<Page<Job>> {
        self.store.jobs(scope, query, page).await
    }

    async fn replay(&self, scope: &Scope, ids: &[JobId]) -> Result<u64> {
        self.store.replay(scope, ids).await
    }

    async fn purge(&self, scope: &Scope, before: Timestamp) -> Result<u64> {
        self.store.purge(scope, before).await
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        self.store.erase(scope, what).await
    }
}
