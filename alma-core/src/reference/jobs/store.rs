//! The store: one lock, one clock, and each call's own part.

use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use serde_json::Value;

use super::state::State;
use crate::{
    Claim, Clock, Erased, Erasure, Fault, Job, JobId, JobQuery, JobState, JobStatus, JobStore,
    Lease, NewJob, Outcome, OutcomeQuery, Page, PageRequest, Renewal, Result, Scope, SystemClock,
    Timestamp, Worker, reference::lock,
};

/// How often a waiting reader looks again.
const LOOK: Duration = Duration::from_millis(10);

/// A job store in memory: nothing is kept beyond the process.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use alma_core::{JobStore, NewJob, Scope, Worker, reference::ReferenceJobs};
/// # async fn example() -> alma_core::Result<()> {
/// let (jobs, scope) = (ReferenceJobs::default(), Scope::new("home/ana")?);
/// jobs.enqueue(&scope, vec![NewJob::new("greet", "greet/1", "ana".into())]).await?;
/// let worker = Worker::new("one", vec!["greet".to_owned()], vec![scope.clone()]);
/// for lease in jobs.claim(&worker, 10, Duration::from_secs(30)).await? {
///     jobs.complete(&scope, lease.claim(), "hello ana".into()).await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ReferenceJobs {
    clock: Arc<dyn Clock>,
    limit: usize,
    state: Arc<Mutex<State>>,
}

impl ReferenceJobs {
    /// An empty store with this clock, for at most 100,000 jobs that have not ended.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            limit: 100_000,
            state: Arc::default(),
        }
    }

    /// Sets how many jobs may wait or run at once.
    #[must_use]
    pub const fn with_limit(mut self, jobs: usize) -> Self {
        self.limit = jobs;
        self
    }
}

impl Default for ReferenceJobs {
    fn default() -> Self {
        Self::new(Arc::new(SystemClock))
    }
}

impl fmt::Debug for ReferenceJobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReferenceJobs").finish_non_exhaustive()
    }
}

#[async_trait]
impl JobStore for ReferenceJobs {
    async fn enqueue(&self, scope: &Scope, jobs: Vec<NewJob>) -> Result<Vec<JobId>> {
        let now = self.clock.now();
        lock(&self.state).enqueue(scope, jobs, self.limit, now)
    }

    async fn claim(&self, worker: &Worker, n: usize, lease: Duration) -> Result<Vec<Lease>> {
        let now = self.clock.now();
        Ok(lock(&self.state).claim(worker, n, lease, now))
    }

    async fn renew(
        &self,
        scope: &Scope,
        claims: &[Claim],
        lease: Duration,
    ) -> Result<Vec<Renewal>> {
        let until = self.clock.now().plus(lease);
        let mut state = lock(&self.state);
        let renew = |claim| state.renew(scope, claim, until);
        Ok(claims.iter().map(renew).collect())
    }

    async fn complete(&self, scope: &Scope, claim: Claim, result: Value) -> Result<()> {
        let now = self.clock.now();
        lock(&self.state).complete(scope, claim, result, now)
    }

    async fn fail(&self, scope: &Scope, claim: Claim, fault: Fault) -> Result<JobState> {
        let now = self.clock.now();
        lock(&self.state).fail(scope, claim, fault, now)
    }

    async fn release(&self, scope: &Scope, claim: Claim) -> Result<()> {
        lock(&self.state).release(scope, claim)
    }

    async fn status(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        let now = self.clock.now();
        Ok(lock(&self.state).status(scope, ids, now))
    }

    async fn outcomes(&self, scope: &Scope, query: &OutcomeQuery) -> Result<Page<Outcome>> {
        let end = self.clock.now().plus(query.wait);
        loop {
            let page = lock(&self.state).outcomes(scope, query)?;
            let left = end.since(self.clock.now());
            if !page.items.is_empty() || left.is_zero() {
                return Ok(page);
            }
            self.clock.sleep(left.min(LOOK)).await;
        }
    }

    async fn cancel(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        let now = self.clock.now();
        let mut state = lock(&self.state);
        for id in ids {
            state.cancel(scope, id, now);
        }
        Ok(state.status(scope, ids, now))
    }

    async fn jobs(
        &self,
        scope: &Scope,
        query: &JobQuery,
        request: &PageRequest,
    ) -> Result<Page<Job>> {
        let now = self.clock.now();
        lock(&self.state).jobs(scope, query, request, now)
    }

    async fn replay(&self, scope: &Scope, ids: &[JobId]) -> Result<u64> {
        let now = self.clock.now();
        Ok(lock(&self.state).replay(scope, ids, now))
    }

    async fn purge(&self, scope: &Scope, before: Timestamp) -> Result<u64> {
        Ok(lock(&self.state).purge(scope, before))
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        let now = self.clock.now();
        Ok(lock(&self.state).erase(scope, what, now))
    }
}
