//! The owner's side of a queue.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Cursor, Erased, Erasure, Fault, JobId, JobStatus, NewJob, Page, RecordId, Result, Scope,
    Timestamp, Trust,
};

/// What became of a job: the one result that was accepted, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outcome {
    /// The job.
    pub job: JobId,
    /// Its idempotency key.
    pub key: String,
    /// Its group.
    pub group: String,
    /// The fencing number of the attempt that ended it.
    pub token: u64,
    /// How many times it was claimed.
    pub attempts: u32,
    /// What it gave, or what it failed of.
    pub result: Result<Value, Fault>,
    /// When it was accepted.
    pub finished: Timestamp,
    /// The records that its payload was made of.
    pub sources: Vec<RecordId>,
    /// The least trust of all that its payload was made of.
    #[serde(default)]
    pub trust: Trust,
}

impl Outcome {
    /// The outcome of `job` as it stands, accepted at `finished`.
    #[must_use]
    pub fn new(job: &crate::Job, result: Result<Value, Fault>, finished: Timestamp) -> Self {
        Self {
            job: job.id,
            key: job.spec.key.clone(),
            group: job.spec.group.clone(),
            token: job.token,
            attempts: job.attempts,
            result,
            finished,
            sources: job.spec.sources.clone(),
            trust: job.spec.trust,
        }
    }
}

/// Which outcomes to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutcomeQuery {
    /// Only this group; all when absent.
    pub group: Option<String>,
    /// Where to go on; a cursor stays valid across restarts.
    pub after: Cursor,
    /// At most this many; 1..=1000.
    pub limit: usize,
    /// How long to wait for the first one when none is there.
    pub wait: Duration,
}

impl OutcomeQuery {
    /// The outcomes of a group from the start, without waiting.
    pub fn group(group: impl Into<String>) -> Self {
        Self {
            group: Some(group.into()),
            ..Self::all()
        }
    }

    /// All outcomes of the scope from the start, without waiting.
    #[must_use]
    pub const fn all() -> Self {
        Self {
            group: None,
            after: Cursor::start(),
            limit: 100,
            wait: Duration::ZERO,
        }
    }

    /// Goes on after `cursor`.
    #[must_use]
    pub fn after(mut self, cursor: Cursor) -> Self {
        self.after = cursor;
        self
    }

    /// Sets the largest page; brought into 1..=1000.
    #[must_use]
    pub fn with_limit(mut self, limit: usize) -> Self {
        self.limit = limit.clamp(1, 1_000);
        self
    }

    /// Waits this long for the first outcome.
    #[must_use]
    pub const fn with_wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }
}

/// Runs queued jobs and reports what became of them.
///
/// Implemented by queues: `alma_workers::Queue` over any [`JobStore`](crate::JobStore), the
/// reference in [`reference`](crate::reference), and whoever keeps the contract; the suite
/// `testkit::executor` proves it.
///
/// # Contract
/// - **At least once**: a job may run more than once; its idempotency key lets the handler notice.
/// - **Accepted once**: each job gets at most one outcome, and that never changes, unless it is replayed from the dead.
/// - **Order**: none between jobs; outcomes are read in the order in which they were accepted.
/// - **Scope**: jobs of another scope are not seen; a foreign id and an unknown id answer the same.
/// - **Concurrency**: every method may be called from many tasks and processes at once.
/// - **Errors**: `Unavailable` and `Overloaded` may be retried unchanged; `InvalidInput` never.
// The mock would repeat the alias on an impl block, where none may stand.
#[cfg_attr(not(feature = "mock"), doc(alias = "Sons of Helaman"))]
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Executor: fmt::Debug + Send + Sync + 'static {
    /// Queues a batch.
    ///
    /// - **After** `Ok` all jobs survive a crash. **After an error** none of the new ones is queued, or all are and the answer was lost; repeating is safe.
    /// - **Idempotent**: a key that the scope has already used answers with that job's id and changes nothing.
    /// - **Cancel safety**: a dropped call leaves the batch wholly queued or absent.
    ///
    /// # Errors
    /// `InvalidInput` by [`NewJob::check`]; `Overloaded` when the queue is at its limit; `Gone`
    /// when a job was made of forgotten records.
    async fn submit(&self, scope: &Scope, jobs: Vec<NewJob>) -> Result<Vec<JobId>>;

    /// Where jobs stand, in the order asked; ids that the scope does not have are left out.
    async fn status(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>>;

    /// Reads the durable log of outcomes.
    ///
    /// Every outcome accepted before the call is there. An empty page comes back once `wait` has
    /// passed. Reading changes nothing: any number of readers follow it by their own cursors.
    ///
    /// # Errors
    /// `Gone` when the cursor is older than what is retained; `InvalidInput` for a foreign cursor.
    async fn outcomes(&self, scope: &Scope, query: &OutcomeQuery) -> Result<Page<Outcome>>;

    /// Cancels what has not ended; running jobs are told and their results refused.
    ///
    /// A cancelled job gets an outcome with a fault of kind `Cancelled`. Answers like
    /// [`status`](Self::status), after the fact.
    async fn cancel(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>>;

    /// Removes every copy of forgotten records: payloads, results and faults of jobs made of them; unfinished ones are cancelled.
    ///
    /// Durable and idempotent; afterwards a job with such sources is refused with `Gone`.
    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased>;
}
