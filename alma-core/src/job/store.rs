//! The worker's side of a queue: the lease protocol.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Erased, Erasure, Fault, Job, JobId, JobState, JobStatus, NewJob, Operator, Outcome,
    OutcomeQuery, Page, PageRequest, Result, Scope, Timestamp,
};

/// Who claims jobs, of which kinds and scopes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Worker {
    /// Its name, for people; ownership follows the fencing number, never the name.
    pub name: String,
    /// The kinds that it can run.
    pub kinds: Vec<String>,
    /// The scopes that it serves; all when absent.
    pub scopes: Option<Vec<Scope>>,
}

impl Worker {
    /// A worker that serves these scopes.
    pub fn new(name: impl Into<String>, kinds: Vec<String>, scopes: Vec<Scope>) -> Self {
        Self {
            name: name.into(),
            kinds,
            scopes: Some(scopes),
        }
    }

    /// A worker that serves every scope, by the operator's right.
    pub fn for_all(_operator: &Operator, name: impl Into<String>, kinds: Vec<String>) -> Self {
        Self {
            name: name.into(),
            kinds,
            scopes: None,
        }
    }
}

/// The right that a write on a claimed job carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Claim {
    /// The job.
    pub job: JobId,
    /// The fencing number of this claim.
    pub token: u64,
}

impl Claim {
    /// The claim on `job` with this fencing number.
    #[must_use]
    pub const fn new(job: JobId, token: u64) -> Self {
        Self { job, token }
    }
}

/// A job and the right to run it until a time of the store's clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Lease {
    /// The job; its `token` is the fencing number.
    pub job: Job,
    /// When the right ends unless it is renewed.
    pub until: Timestamp,
}

impl Lease {
    /// The right to run `job` until `until`.
    #[must_use]
    pub const fn new(job: Job, until: Timestamp) -> Self {
        Self { job, until }
    }

    /// What every write on the job must carry.
    #[must_use]
    pub const fn claim(&self) -> Claim {
        Claim::new(self.job.id, self.job.token)
    }
}

/// The answer to one renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Renewal {
    /// The lease goes on until this time.
    Until(Timestamp),
    /// The owner cancelled the job: stop, and report nothing.
    Cancelled,
    /// Somebody else has the job, or it ended: stop, and report nothing.
    Lost,
}

/// Which jobs to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JobQuery {
    /// Only this group.
    pub group: Option<String>,
    /// Only these states; all when empty.
    pub states: Vec<JobState>,
}

impl JobQuery {
    /// Jobs in these states; in all when empty.
    #[must_use]
    pub const fn states(states: Vec<JobState>) -> Self {
        Self {
            group: None,
            states,
        }
    }
}

/// Keeps jobs and leases.
///
/// Implemented by engines: `alma_workers::SqliteJobs`, the reference in
/// [`reference`](crate::reference). `alma_workers` builds [`Executor`](crate::Executor) and the
/// worker pool on it once. The suite `testkit::job_store` proves it.
///
/// # Contract
/// - **One clock**, the store's: workers never compare their own with a lease.
/// - **Claim**: first returns expired leases to the queue (or to the dead, when no attempt is left), then takes the best ready jobs by priority, time due, then id. Attempts and the fencing number grow at the claim, so that a crash counts.
/// - **Fencing**: `renew`, `complete`, `fail` and `release` carry (job, token) and change nothing unless that claim holds and its lease has not been given to somebody else; otherwise `LeaseLost` (`Lost` for `renew`).
/// - **Accepted once**: `complete` and the outcome are one transaction.
/// - **Backoff**: a failed attempt waits before it is ready again: exponential with full jitter, or the fault's `retry_after`. Kinds that are not transient and not `Internal` or `LeaseLost` go to the dead at once.
/// - **Scope**: every data call names one; a worker sees the scopes that it serves.
/// - **Idempotent, durable, concurrent** as [`Executor`](crate::Executor).
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait JobStore: fmt::Debug + Send + Sync + 'static {
    /// Queues a batch; see [`Executor::submit`](crate::Executor::submit).
    async fn enqueue(&self, scope: &Scope, jobs: Vec<NewJob>) -> Result<Vec<JobId>>;

    /// Takes up to `n` jobs (1..=1000) under a lease; none when nothing is ready.
    ///
    /// # Cancel safety
    /// Jobs taken by a dropped call return when their lease ends.
    async fn claim(&self, worker: &Worker, n: usize, lease: Duration) -> Result<Vec<Lease>>;

    /// Prolongs leases, each judged alone, in the order asked.
    async fn renew(&self, scope: &Scope, claims: &[Claim], lease: Duration)
    -> Result<Vec<Renewal>>;

    /// Accepts a result.
    ///
    /// # Errors
    /// `LeaseLost` when the claim does not hold: drop the result. `InvalidInput` when the result
    /// is larger than [`NewJob::MAX_BYTES`]; the lease stays.
    async fn complete(&self, scope: &Scope, claim: Claim, result: Value) -> Result<()>;

    /// Reports a failed attempt and answers where the job stands now.
    ///
    /// # Errors
    /// `LeaseLost` when the claim does not hold.
    async fn fail(&self, scope: &Scope, claim: Claim, fault: Fault) -> Result<JobState>;

    /// Gives a job back untouched, with the attempt refunded: for a worker that stops.
    ///
    /// # Errors
    /// `LeaseLost` when the claim does not hold.
    async fn release(&self, scope: &Scope, claim: Claim) -> Result<()>;

    /// Where jobs stand; see [`Executor::status`](crate::Executor::status).
    async fn status(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>>;

    /// Reads the log of outcomes; see [`Executor::outcomes`](crate::Executor::outcomes).
    async fn outcomes(&self, scope: &Scope, query: &OutcomeQuery) -> Result<Page<Outcome>>;

    /// Cancels what has not ended; see [`Executor::cancel`](crate::Executor::cancel).
    async fn cancel(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>>;

    /// Lists jobs in the order in which they were queued.
    async fn jobs(&self, scope: &Scope, query: &JobQuery, page: &PageRequest) -> Result<Page<Job>>;

    /// Gives dead jobs a fresh set of attempts; others are left alone. Answers how many.
    async fn replay(&self, scope: &Scope, ids: &[JobId]) -> Result<u64>;

    /// Removes ended jobs and their outcomes that ended before a time. Answers how many.
    async fn purge(&self, scope: &Scope, before: Timestamp) -> Result<u64>;

    /// Removes every copy of forgotten records; see [`Executor::erase`](crate::Executor::erase).
    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased>;
}
