//! The owner's side, built once on any job store.

use std::sync::Arc;

use alma_core::{
    Erased, Erasure, Executor, JobId, JobStatus, JobStore, NewJob, Outcome, OutcomeQuery, Page,
    Result, Scope,
};
use async_trait::async_trait;

/// An [`Executor`] over any [`JobStore`]; whoever runs a [`Pool`](crate::Pool) on the same store does the work.
#[derive(Clone, Debug)]
pub struct Queue(Arc<dyn JobStore>);

impl Queue {
    /// The queue that `store` keeps.
    pub fn new(store: impl JobStore) -> Self {
        Self(Arc::new(store))
    }
}

#[async_trait]
impl Executor for Queue {
    async fn submit(&self, scope: &Scope, jobs: Vec<NewJob>) -> Result<Vec<JobId>> {
        self.0.enqueue(scope, jobs).await
    }

    async fn status(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        self.0.status(scope, ids).await
    }

    async fn outcomes(&self, scope: &Scope, query: &OutcomeQuery) -> Result<Page<Outcome>> {
        self.0.outcomes(scope, query).await
    }

    async fn cancel(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        self.0.cancel(scope, ids).await
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        self.0.erase(scope, what).await
    }
}
