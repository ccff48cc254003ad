//! Broken executors.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::defects;
use crate::{
    Erased, Erasure, Error, ErrorKind, Executor, JobContext, JobHandler, JobId, JobStatus, NewJob,
    Outcome, OutcomeQuery, Page, Result, Scope, reference::ReferenceExecutor,
};

defects! {
    /// Ways to break [`Executor`].
    ExecutorDefect {
        /// Reports a result twice.
        AcceptsTwice => "Executor, accepted once",
        /// Takes a used key for a new job.
        RunsAgain => "Executor, idempotent",
        /// Queues what it can of a batch.
        HalfABatch => "the whole batch is queued or nothing",
        /// Keeps the jobs of all scopes in one.
        OneScope => "Executor",
        /// Calls a failure a success.
        HidesFaults => "after the last attempt the outcome is its fault",
        /// Tries once.
        NeverRetries => "is tried again",
        /// Says cancelled and lets it run.
        CancelsNothing => "Executor, cancel",
        /// Reads every group.
        IgnoresTheGroup => "Executor",
        /// Begins every page at the start.
        ForgetsTheCursor => "Executor",
        /// Says erased and keeps the results.
        KeepsForgotten => "Executor, erase",
    }
}

/// An executor that breaks one clause.
#[derive(Clone, Debug)]
pub struct BrokenExecutor {
    inner: ReferenceExecutor,
    defect: ExecutorDefect,
}

impl BrokenExecutor {
    /// An executor of these handlers with this defect.
    #[must_use]
    pub fn new(handlers: Vec<Arc<dyn JobHandler>>, defect: ExecutorDefect) -> Self {
        let once = |handler| Arc::new(Once(handler)) as Arc<dyn JobHandler>;
        let handlers = match defect {
            ExecutorDefect::NeverRetries => handlers.into_iter().map(once).collect(),
            _ => handlers,
        };
        Self {
            inner: ReferenceExecutor::new(handlers),
            defect,
        }
    }

    fn is(&self, defect: ExecutorDefect) -> bool {
        self.defect == defect
    }

    /// The scope that it works in.
    fn scope(&self, scope: &Scope) -> Result<Scope> {
        if self.is(ExecutorDefect::OneScope) {
            return Scope::new("everybody");
        }
        Ok(scope.clone())
    }
}

/// A handler whose errors are all final.
#[derive(Debug)]
struct Once(Arc<dyn JobHandler>);

#[async_trait]
impl JobHandler for Once {
    fn kind(&self) -> &str {
        self.0.kind()
    }

    async fn run(&self, context: &JobContext) -> Result<Value> {
        let answer = self.0.run(context).await;
        answer.map_err(|error| Error::new(ErrorKind::Denied, error.message()))
    }
}

#[async_trait]
impl Executor for BrokenExecutor {
    async fn submit(&self, scope: &Scope, mut jobs: Vec<NewJob>) -> Result<Vec<JobId>> {
        let scope = self.scope(scope)?;
        if self.is(ExecutorDefect::HalfABatch) {
            let mut ids = Vec::new();
            for job in jobs {
                ids.extend(self.inner.submit(&scope, vec![job]).await?);
            }
            return Ok(ids);
        }
        if self.is(ExecutorDefect::RunsAgain) {
            let ids: Vec<_> = jobs.iter().map(|job| job.id(&scope)).collect();
            let known = self.inner.status(&scope, &ids).await?;
            for job in &mut jobs {
                if known.iter().any(|status| status.key == job.key) {
                    job.key = format!("{} again", job.key);
                }
            }
        }
        self.inner.submit(&scope, jobs).await
    }

    async fn status(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        self.inner.status(&self.scope(scope)?, ids).await
    }

    async fn outcomes(&self, scope: &Scope, query: &OutcomeQuery) -> Result<Page<Outcome>> {
        let mut query = query.clone();
        match self.defect {
            ExecutorDefect::IgnoresTheGroup => query.group = None,
            ExecutorDefect::ForgetsTheCursor => query.after = crate::Cursor::start(),
            _ => {}
        }
        let mut page = self.inner.outcomes(&self.scope(scope)?, &query).await?;
        if self.is(ExecutorDefect::AcceptsTwice)
            && page.items.len() > 1
            && let Some(last) = page.items.last().cloned()
        {
            page.items.push(last);
        }
        if self.is(ExecutorDefect::HidesFaults) {
            page.items
                .iter_mut()
                .filter(|outcome| outcome.result.is_err())
                .for_each(|outcome| {
                    outcome.result = Ok(Value::Null);
                });
        }
        Ok(page)
    }

    async fn cancel(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        if self.is(ExecutorDefect::CancelsNothing) {
            return self.inner.status(scope, ids).await;
        }
        self.inner.cancel(&self.scope(scope)?, ids).await
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        if self.is(ExecutorDefect::KeepsForgotten) {
            return Ok(Erased::done("jobs", 2));
        }
        self.inner.erase(&self.scope(scope)?, what).await
    }
}
