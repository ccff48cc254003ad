//! The reference executor: jobs run inside the call that waits for their outcomes.

use std::{fmt, future::Future, pin::pin, sync::Arc, task::Poll, time::Duration};

use async_trait::async_trait;
use serde_json::Value;

use super::ReferenceJobs;
use crate::{
    Clock, Erased, Erasure, Error, ErrorKind, Executor, Fault, JobContext, JobHandler, JobId,
    JobStatus, JobStore, Lease, NewJob, Outcome, OutcomeQuery, Page, Renewal, Result, Scope,
    SystemClock, Worker,
};

/// How long a lease lasts between two signs of life.
const LEASE: Duration = Duration::from_secs(3);
/// How long an attempt may take when its job does not say.
const TIMEOUT: Duration = Duration::from_secs(300);
/// How often a waiting reader looks for work and outcomes.
const LOOK: Duration = Duration::from_millis(10);

/// An executor in memory: nothing is kept beyond the process, and no runtime is needed.
///
/// Whoever reads [`outcomes`](Executor::outcomes) runs the jobs of that scope meanwhile, one
/// after the other. Several readers at once share the work by leases.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use alma_core::{Executor, JobContext, JobHandler, NewJob, OutcomeQuery, Result, Scope};
/// use alma_core::reference::ReferenceExecutor;
/// use serde_json::Value;
///
/// #[derive(Debug)]
/// struct Greet;
///
/// #[async_trait::async_trait]
/// impl JobHandler for Greet {
///     fn kind(&self) -> &str {
///         "greet"
///     }
///     async fn run(&self, context: &JobContext) -> Result<Value> {
///         Ok(format!("hello {}", context.job.spec.payload).into())
///     }
/// }
///
/// # async fn example() -> Result<()> {
/// let (executor, scope) = (ReferenceExecutor::new(vec![Arc::new(Greet)]), Scope::new("home/ana")?);
/// executor.submit(&scope, vec![NewJob::new("greet", "greet/1", 7.into())]).await?;
/// let page = executor.outcomes(&scope, &OutcomeQuery::all()).await?;
/// assert_eq!(page.items[0].result, Ok("hello 7".into()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ReferenceExecutor {
    jobs: ReferenceJobs,
    handlers: Vec<Arc<dyn JobHandler>>,
    clock: Arc<dyn Clock>,
}

impl ReferenceExecutor {
    /// An executor for the kinds of these handlers.
    #[must_use]
    pub fn new(handlers: Vec<Arc<dyn JobHandler>>) -> Self {
        Self::with_clock(handlers, Arc::new(SystemClock))
    }

    /// An executor that takes its times from `clock`.
    #[must_use]
    pub fn with_clock(handlers: Vec<Arc<dyn JobHandler>>, clock: Arc<dyn Clock>) -> Self {
        Self {
            jobs: ReferenceJobs::new(Arc::clone(&clock)),
            handlers,
            clock,
        }
    }

    /// Runs at most one job of `scope`; whether there was one.
    async fn run_one(&self, scope: &Scope) -> Result<bool> {
        let kinds = self
            .handlers
            .iter()
            .map(|handler| handler.kind().to_owned());
        let worker = Worker::new("inline", kinds.collect(), vec![scope.clone()]);
        let Some(lease) = self.jobs.claim(&worker, 1, LEASE).await?.pop() else {
            return Ok(false);
        };
        let claim = lease.claim();
        let told = match self.attempt(scope, lease).await {
            // Whoever took the claim away has the say: the result is dropped.
            None => return Ok(true),
            Some(Ok(result)) => match self.jobs.complete(scope, claim, result).await {
                Err(error) if error.kind() == ErrorKind::InvalidInput => {
                    self.jobs.fail(scope, claim, error.into()).await.map(|_| ())
                }
                other => other,
            },
            Some(Err(error)) => self
                .jobs
                .fail(scope, claim, Fault::from(error))
                .await
                .map(|_| ()),
        };
        match told {
            Err(error) if error.kind() != ErrorKind::LeaseLost => Err(error),
            _ => Ok(true),
        }
    }

    /// One attempt, dropped when its time is over; nothing when the claim went away meanwhile.
    async fn attempt(&self, scope: &Scope, lease: Lease) -> Option<Result<Value>> {
        let claim = lease.claim();
        let job = lease.job;
        let timeout = job.spec.timeout.unwrap_or(TIMEOUT);
        let handler = self
            .handlers
            .iter()
            .find(|one| one.kind() == job.spec.kind)?;
        let context = JobContext::new(job);
        let run = async { Some(handler.run(&context).await) };
        let late = async {
            self.clock.sleep(timeout).await;
            Some(Err(Error::new(
                ErrorKind::TimedOut,
                format!(
                    "cannot finish job '{}' in {timeout:?}",
                    context.job.spec.key
                ),
            )))
        };
        let watch = async {
            loop {
                self.clock.sleep(LEASE / 3).await;
                let renewed = self.jobs.renew(scope, &[claim], LEASE).await;
                if !matches!(renewed.as_deref(), Ok([Renewal::Until(_)])) {
                    return None;
                }
            }
        };
        first(run, first(late, watch)).await
    }
}

impl fmt::Debug for ReferenceExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReferenceExecutor")
            .field("handlers", &self.handlers)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Executor for ReferenceExecutor {
    async fn submit(&self, scope: &Scope, jobs: Vec<NewJob>) -> Result<Vec<JobId>> {
        self.jobs.enqueue(scope, jobs).await
    }

    async fn status(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        self.jobs.status(scope, ids).await
    }

    async fn outcomes(&self, scope: &Scope, query: &OutcomeQuery) -> Result<Page<Outcome>> {
        let end = self.clock.now().plus(query.wait);
        let now = query.clone().with_wait(Duration::ZERO);
        let page = self.jobs.outcomes(scope, &now).await?;
        if !page.items.is_empty() {
            return Ok(page);
        }
        loop {
            let mut ran = 0;
            while ran < query.limit.max(1) && self.run_one(scope).await? {
                ran += 1;
            }
            let page = self.jobs.outcomes(scope, &now).await?;
            let left = end.since(self.clock.now());
            if !page.items.is_empty() || left.is_zero() {
                return Ok(page);
            }
            if ran == 0 {
                self.clock.sleep(left.min(LOOK)).await;
            }
        }
    }

    async fn cancel(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        self.jobs.cancel(scope, ids).await
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        self.jobs.erase(scope, what).await
    }
}

/// Whichever ends first; the other is dropped. The left one wins a tie.
async fn first<T>(left: impl Future<Output = T>, right: impl Future<Output = T>) -> T {
    let (mut left, mut right) = (pin!(left), pin!(right));
    std::future::poll_fn(|context| match left.as_mut().poll(context) {
        Poll::Pending => right.as_mut().poll(context),
        ready => ready,
    })
    .await
}
