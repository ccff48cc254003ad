//! The job store on SQLite.

use std::{fmt, sync::Arc, time::Duration};

use alma_core::{
    Claim, Clock, Erased, Erasure, Error, ErrorKind, Fault, Job, JobId, JobQuery, JobState,
    JobStatus, JobStore, Lease, NewJob, Outcome, OutcomeQuery, Page, PageRequest, Renewal, Result,
    Scope, SystemClock, Timestamp, Worker,
    sqlite::{Changes, Database},
};
use async_trait::async_trait;
use serde_json::Value;

use super::{
    claim, enqueue, erase, fence, list, outcomes,
    row::Stored,
    schema::{COMPONENT, STEPS},
    signal::CommitSignal,
    time, upkeep,
};
use crate::Backoff;

/// Jobs and leases in the shared SQLite file; `Clone` clones the handle.
///
/// Any number of processes may share the file. What is queued, claimed and completed at once shares a commit.
/// A scope holds at most [`LIMIT`](Self::LIMIT) jobs that have not ended, unless [`with_limit`](Self::with_limit)
/// says otherwise. Ended jobs and their outcomes stay until they are purged.
///
/// # Examples
/// ```
/// use alma_core::{JobStore, NewJob, Scope, sqlite::Database};
/// use alma_workers::SqliteJobs;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> alma_core::Result<()> {
/// let jobs = SqliteJobs::open(Database::in_memory()?).await?;
/// let scope = Scope::new("home/ana")?;
/// let ids = jobs.enqueue(&scope, vec![NewJob::new("greet", "greet/1", "ana".into())]).await?;
/// assert_eq!(jobs.status(&scope, &ids).await?[0].attempts, 0);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct SqliteJobs {
    database: Database,
    clock: Arc<dyn Clock>,
    backoff: Backoff,
    limit: usize,
}

impl SqliteJobs {
    /// How many jobs of one scope may wait or run at once, when nobody says otherwise.
    pub const LIMIT: usize = 1_000_000;

    /// The jobs in `database`, with the machine's clock.
    ///
    /// # Errors
    /// Those of [`Database::migrate`].
    pub async fn open(database: Database) -> Result<Self> {
        database.migrate(COMPONENT, STEPS).await?;
        Ok(Self {
            database,
            clock: Arc::new(SystemClock),
            backoff: Backoff::default(),
            limit: Self::LIMIT,
        })
    }

    /// Takes the time from `clock`; leases and pauses never notice when it is set back.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets how failed attempts wait.
    #[must_use]
    pub const fn with_backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Sets how many jobs of one scope may wait or run at once; one more is `Overloaded`.
    #[must_use]
    pub const fn with_limit(mut self, jobs: usize) -> Self {
        self.limit = jobs;
        self
    }

    /// Speaks when anything is committed to the file, in this process or another: what an idle [`Pool`](crate::Pool) waits for.
    #[must_use]
    pub fn signal(&self) -> CommitSignal {
        CommitSignal::new(self.clone())
    }

    pub(super) fn changes(&self) -> Result<Changes> {
        self.database.changes(Arc::clone(&self.clock))
    }

    /// A job that cannot be read is buried, so that it blocks nobody.
    async fn lease(&self, job: Stored, until: Timestamp) -> Result<Option<Lease>> {
        let (scope, claim) = (job.scope.clone(), Claim::new(job.id, job.token));
        match job.job(until) {
            Ok(job) => Ok(Some(Lease::new(job, until))),
            Err(error) => {
                tracing::error!(job = %claim.job, %error, "job buried");
                self.fail(&scope, claim, Fault::from(error)).await?;
                Ok(None)
            }
        }
    }
}

impl fmt::Debug for SqliteJobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteJobs")
            .field("database", &self.database)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl JobStore for SqliteJobs {
    async fn enqueue(&self, scope: &Scope, jobs: Vec<NewJob>) -> Result<Vec<JobId>> {
        let ready = |spec| enqueue::Ready::new(scope, spec);
        let batch: Vec<_> = jobs.into_iter().map(ready).collect::<Result<_>>()?;
        let ids = batch.iter().map(|job| job.id).collect();
        if batch.is_empty() {
            return Ok(ids);
        }
        let (scope, clock, limit) = (scope.clone(), Arc::clone(&self.clock), self.limit);
        self.database
            .write(move |tx| {
                let now = time::tick(tx, &*clock)?;
                enqueue::enqueue(tx, &scope, &batch, limit, now)
            })
            .await?;
        Ok(ids)
    }

    async fn claim(&self, worker: &Worker, n: usize, lease: Duration) -> Result<Vec<Lease>> {
        let (asking, clock) = (worker.clone(), Arc::clone(&self.clock));
        let worth_it = self
            .database
            .read(move |db| claim::is_worth_it(db, &asking, time::look(db, &*clock)?));
        if !worth_it.await? {
            return Ok(Vec::new());
        }
        let (worker, clock) = (worker.clone(), Arc::clone(&self.clock));
        let (taken, until) = self
            .database
            .write(move |tx| {
                let now = time::tick(tx, &*clock)?;
                claim::claim(tx, &worker, n.clamp(1, 1_000), lease, now)
            })
            .await?;
        let mut leases = Vec::with_capacity(taken.len());
        for job in taken {
            leases.extend(self.lease(job, until).await?);
        }
        Ok(leases)
    }

    async fn renew(
        &self,
        scope: &Scope,
        claims: &[Claim],
        lease: Duration,
    ) -> Result<Vec<Renewal>> {
        let (scope, claims, clock) = (scope.clone(), claims.to_vec(), Arc::clone(&self.clock));
        self.database
            .write(move |tx| {
                let until = time::tick(tx, &*clock)?.store.plus(lease);
                fence::renew(tx, &scope, &claims, until)
            })
            .await
    }

    async fn complete(&self, scope: &Scope, claim: Claim, result: Value) -> Result<()> {
        let result = result.to_string();
        if result.len() > NewJob::MAX_BYTES {
            return Err(Error::invalid(format!(
                "cannot accept a result of {} bytes for job {}",
                result.len(),
                claim.job
            ))
            .with_remedy(format!("keep results under {} bytes", NewJob::MAX_BYTES)));
        }
        let (scope, clock) = (scope.clone(), Arc::clone(&self.clock));
        let accepted = self
            .database
            .write(move |tx| {
                let now = time::tick(tx, &*clock)?;
                fence::complete(tx, &scope, claim, &result, now)
            })
            .await?;
        if accepted {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::LeaseLost,
            format!(
                "cannot accept the result of job {}: what it was made of is forgotten",
                claim.job
            ),
        )
        .with_remedy("drop the result"))
    }

    async fn fail(&self, scope: &Scope, claim: Claim, fault: Fault) -> Result<JobState> {
        let (scope, clock, backoff) = (scope.clone(), Arc::clone(&self.clock), self.backoff);
        self.database
            .write(move |tx| {
                let now = time::tick(tx, &*clock)?;
                fence::fail(tx, &scope, claim, fault, backoff, now)
            })
            .await
    }

    async fn release(&self, scope: &Scope, claim: Claim) -> Result<()> {
        let scope = scope.clone();
        self.database
            .write(move |tx| fence::release(tx, &scope, claim))
            .await
    }

    async fn status(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        let (scope, ids, clock) = (scope.clone(), ids.to_vec(), Arc::clone(&self.clock));
        self.database
            .read(move |db| list::status(db, &scope, &ids, time::look(db, &*clock)?))
            .await
    }

    async fn outcomes(&self, scope: &Scope, query: &OutcomeQuery) -> Result<Page<Outcome>> {
        let read = || {
            let (scope, query) = (scope.clone(), query.clone());
            self.database
                .read(move |db| outcomes::page(db, &scope, &query))
        };
        let page = read().await?;
        if !page.items.is_empty() || query.wait.is_zero() {
            return Ok(page);
        }
        let end = self.clock.now().plus(query.wait);
        let mut changes = self.changes()?;
        loop {
            let page = read().await?;
            let left = end.since(self.clock.now());
            if !page.items.is_empty() || left.is_zero() {
                return Ok(page);
            }
            changes.wait(left).await?;
        }
    }

    async fn cancel(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        let (scope, ids, clock) = (scope.clone(), ids.to_vec(), Arc::clone(&self.clock));
        self.database
            .write(move |tx| {
                let now = time::tick(tx, &*clock)?;
                upkeep::cancel(tx, &scope, &ids, now)?;
                list::status(tx, &scope, &ids, now)
            })
            .await
    }

    async fn jobs(&self, scope: &Scope, query: &JobQuery, page: &PageRequest) -> Result<Page<Job>> {
        let (scope, query, page) = (scope.clone(), query.clone(), page.clone());
        let clock = Arc::clone(&self.clock);
        self.database
            .read(move |db| list::jobs(db, &scope, &query, &page, time::look(db, &*clock)?))
            .await
    }

    async fn replay(&self, scope: &Scope, ids: &[JobId]) -> Result<u64> {
        let (scope, ids, clock) = (scope.clone(), ids.to_vec(), Arc::clone(&self.clock));
        self.database
            .write(move |tx| {
                let now = time::tick(tx, &*clock)?;
                upkeep::replay(tx, &scope, &ids, now)
            })
            .await
    }

    async fn purge(&self, scope: &Scope, before: Timestamp) -> Result<u64> {
        let mut removed = 0;
        loop {
            let scope = scope.clone();
            let step = self
                .database
                .write(move |tx| upkeep::purge(tx, &scope, before));
            let (gone, more) = step.await?;
            removed += gone;
            if !more {
                return Ok(removed);
            }
        }
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        let (of, records, clock) = (scope.clone(), what.records.clone(), Arc::clone(&self.clock));
        self.database
            .erase(COMPONENT, scope, what, move |tx| {
                let now = time::tick(tx, &*clock)?;
                erase::erase(tx, &of, &records, now)
            })
            .await
    }
}
