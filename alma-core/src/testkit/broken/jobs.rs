//! Broken job stores.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use serde_json::Value;

use super::defects;
use crate::{
    Claim, Clock, Erased, Erasure, ErrorKind, Fault, Job, JobId, JobQuery, JobState, JobStatus,
    JobStore, Lease, NewJob, Operator, Outcome, OutcomeQuery, Page, PageRequest, Renewal, Result,
    Scope, Timestamp, Worker, reference::ReferenceJobs,
};

defects! {
    /// Ways to break [`JobStore`].
    JobStoreDefect {
        /// Accepts a result from whoever brings one.
        IgnoresTheToken => "JobStore, fencing",
        /// Accepts a second result for a job that ended.
        AcceptsTwice => "JobStore, accepted once",
        /// Gives leases that are shorter than they should be.
        LeasesShort => "a lease ends by the store's clock",
        /// Queues what it can of a batch.
        HalfABatch => "the whole batch is queued or nothing",
        /// Serves scopes that the worker does not.
        ServesEveryScope => "JobStore, scope",
        /// Counts an attempt that was given back.
        KeepsTheAttempt => "JobStore, release",
        /// Tries again what can never work.
        RetriesEverything => "is final",
        /// Buries what could be tried again.
        RetriesNothing => "is tried again",
        /// Tries again before it was told to.
        IgnoresRetryAfter => "retry_after",
        /// Says cancelled and lets it run.
        CancelsNothing => "JobStore, cancel",
        /// Reads every group.
        IgnoresTheGroup => "only of the group",
        /// Purges what ended later, too.
        PurgesEverything => "what ended later",
        /// Says erased and keeps the payloads.
        KeepsForgotten => "JobStore, erase",
    }
}

/// A job store that breaks one clause.
#[derive(Clone, Debug)]
pub struct BrokenJobs {
    inner: ReferenceJobs,
    defect: JobStoreDefect,
}

impl BrokenJobs {
    /// An empty store with this defect.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, defect: JobStoreDefect) -> Self {
        Self {
            inner: ReferenceJobs::new(clock),
            defect,
        }
    }

    fn is(&self, defect: JobStoreDefect) -> bool {
        self.defect == defect
    }

    /// The claim that holds, whatever was claimed.
    async fn holding(&self, scope: &Scope, claim: Claim) -> Result<Claim> {
        let page = PageRequest::first(PageRequest::MAX);
        let all = self.inner.jobs(scope, &JobQuery::default(), &page).await?;
        let job = all.items.into_iter().find(|job| job.id == claim.job);
        Ok(job.map_or(claim, |job| Claim::new(job.id, job.token)))
    }
}

#[async_trait]
impl JobStore for BrokenJobs {
    async fn enqueue(&self, scope: &Scope, jobs: Vec<NewJob>) -> Result<Vec<JobId>> {
        if !self.is(JobStoreDefect::HalfABatch) {
            return self.inner.enqueue(scope, jobs).await;
        }
        let mut ids = Vec::new();
        for job in jobs {
            ids.extend(self.inner.enqueue(scope, vec![job]).await?);
        }
        Ok(ids)
    }

    async fn claim(&self, worker: &Worker, n: usize, lease: Duration) -> Result<Vec<Lease>> {
        match self.defect {
            JobStoreDefect::LeasesShort => self.inner.claim(worker, n, lease / 2).await,
            JobStoreDefect::ServesEveryScope => {
                let all = Worker::for_all(&Operator::assume(), &worker.name, worker.kinds.clone());
                self.inner.claim(&all, n, lease).await
            }
            _ => self.inner.claim(worker, n, lease).await,
        }
    }

    async fn renew(
        &self,
        scope: &Scope,
        claims: &[Claim],
        lease: Duration,
    ) -> Result<Vec<Renewal>> {
        self.inner.renew(scope, claims, lease).await
    }

    async fn complete(&self, scope: &Scope, claim: Claim, result: Value) -> Result<()> {
        let claim = match self.defect {
            JobStoreDefect::IgnoresTheToken => self.holding(scope, claim).await?,
            _ => claim,
        };
        match self.inner.complete(scope, claim, result).await {
            Err(error)
                if error.kind() == ErrorKind::LeaseLost
                    && self.is(JobStoreDefect::AcceptsTwice) =>
            {
                Ok(())
            }
            answer => answer,
        }
    }

    async fn fail(&self, scope: &Scope, claim: Claim, mut fault: Fault) -> Result<JobState> {
        match self.defect {
            JobStoreDefect::RetriesEverything if fault.kind == ErrorKind::Denied => {
                fault.kind = ErrorKind::Unavailable;
            }
            JobStoreDefect::RetriesNothing => fault.kind = ErrorKind::Denied,
            JobStoreDefect::IgnoresRetryAfter => fault.retry_after_ms = None,
            _ => {}
        }
        self.inner.fail(scope, claim, fault).await
    }

    async fn release(&self, scope: &Scope, claim: Claim) -> Result<()> {
        if self.is(JobStoreDefect::KeepsTheAttempt) {
            let fault = Fault::new(ErrorKind::LeaseLost, "cannot go on: the worker stops");
            return self.inner.fail(scope, claim, fault).await.map(|_| ());
        }
        self.inner.release(scope, claim).await
    }

    async fn status(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        self.inner.status(scope, ids).await
    }

    async fn outcomes(&self, scope: &Scope, query: &OutcomeQuery) -> Result<Page<Outcome>> {
        let mut query = query.clone();
        if self.is(JobStoreDefect::IgnoresTheGroup) {
            query.group = None;
        }
        self.inner.outcomes(scope, &query).await
    }

    async fn cancel(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        if self.is(JobStoreDefect::CancelsNothing) {
            return self.inner.status(scope, ids).await;
        }
        self.inner.cancel(scope, ids).await
    }

    async fn jobs(&self, scope: &Scope, query: &JobQuery, page: &PageRequest) -> Result<Page<Job>> {
        self.inner.jobs(scope, query, page).await
    }

    async fn replay(&self, scope: &Scope, ids: &[JobId]) -> Result<u64> {
        self.inner.replay(scope, ids).await
    }

    async fn purge(&self, scope: &Scope, before: Timestamp) -> Result<u64> {
        if self.is(JobStoreDefect::PurgesEverything) {
            let count = self.inner.purge(scope, before).await?;
            self.inner
                .purge(scope, Timestamp::from_millis(i64::MAX))
                .await?;
            return Ok(count);
        }
        self.inner.purge(scope, before).await
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        if self.is(JobStoreDefect::KeepsForgotten) {
            return Ok(Erased::done("jobs", 4));
        }
        self.inner.erase(scope, what).await
    }
}
