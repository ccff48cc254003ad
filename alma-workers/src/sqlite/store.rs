//! The backend.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use alma_core::{
    Claim, Clock, Erased, Erasure, Error, ErrorKind, Fault, Job, JobId, JobQuery, JobState,
    JobStatus, JobStore, Lease, NewJob, Outcome, OutcomeQuery, Page, PageRequest, Renewal, Result,
    Scope, SystemClock, Timestamp, Worker,
    sqlite::{Database, WriteTx, tombstones},
};
use async_trait::async_trait;
use rusqlite::OptionalExtension;
use serde_json::Value;

use super::{
    claim, end, outcomes,
    row::{self, WAITING, to_json},
    schema, upkeep,
};

/// Jobs and leases in one SQLite file that any number of processes share.
///
/// The clock of the host is the store's clock; within a process it never runs backwards.
/// `Clone` clones the handle.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use alma_core::{JobStore, NewJob, Scope, Worker, sqlite::Database};
/// use alma_workers::SqliteJobs;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> alma_core::Result<()> {
/// let (jobs, scope) = (SqliteJobs::open(Database::in_memory()?).await?, Scope::new("home/ana")?);
/// jobs.enqueue(&scope, vec![NewJob::new("greet", "greet/1", "ana".into())]).await?;
/// let worker = Worker::new("one", vec!["greet".to_owned()], vec![scope.clone()]);
/// for lease in jobs.claim(&worker, 10, Duration::from_secs(30)).await? {
///     jobs.complete(&scope, lease.claim(), "hello ana".into()).await?;
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct SqliteJobs {
    database: Database,
    clock: Arc<dyn Clock>,
    latest: Arc<AtomicI64>,
    limit: usize,
}

impl fmt::Debug for SqliteJobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteJobs")
            .field("database", &self.database)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

impl SqliteJobs {
    /// How many jobs may wait or run at once, when nobody says otherwise.
    pub const LIMIT: usize = 5_000_000;

    /// Opens the store in `database`.
    ///
    /// # Errors
    /// Those of migrating its tables.
    pub async fn open(database: Database) -> Result<Self> {
        database.migrate(schema::COMPONENT, schema::STEPS).await?;
        Ok(Self {
            database,
            clock: Arc::new(SystemClock),
            latest: Arc::new(AtomicI64::new(i64::MIN)),
            limit: Self::LIMIT,
        })
    }

    /// Takes times from `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Sets how many jobs may wait or run at once, over all scopes.
    #[must_use]
    pub const fn with_limit(mut self, jobs: usize) -> Self {
        self.limit = jobs;
        self
    }

    /// The store's time: the clock's, but never before what was read before.
    fn now(&self) -> Timestamp {
        let now = self.clock.now().as_millis();
        Timestamp::from_millis(self.latest.fetch_max(now, Ordering::SeqCst).max(now))
    }
}

fn enqueue(
    tx: &WriteTx<'_>,
    scope: &Scope,
    jobs: Vec<NewJob>,
    limit: usize,
    now: Timestamp,
) -> Result<Vec<JobId>> {
    let mut ids = Vec::with_capacity(jobs.len());
    let mut fresh = Vec::new();
    let mut seen = BTreeSet::new();
    for job in jobs {
        job.check()?;
        let id = job.id(scope);
        ids.push(id);
        let used: Option<i64> = tx
            .prepare_cached(
                "SELECT 1 WHERE EXISTS (SELECT 1 FROM jobs WHERE job = ?1)
                    OR EXISTS (SELECT 1 FROM job_used WHERE job = ?1)",
            )?
            .query_row([id], |row| row.get(0))
            .optional()?;
        tombstones::check(tx, scope, &job.sources)?;
        if used.is_none() && seen.insert(id) {
            fresh.push((id, job));
        }
    }
    if fresh.is_empty() {
        return Ok(ids);
    }
    let open: i64 = tx
        .prepare_cached("SELECT count FROM job_open")?
        .query_row([], |row| row.get(0))?;
    let added = i64::try_from(fresh.len()).unwrap_or(i64::MAX);
    if open.saturating_add(added) > i64::try_from(limit).unwrap_or(i64::MAX) {
        return Err(Error::new(
            ErrorKind::Overloaded,
            format!("cannot queue {added} jobs more: {open} wait"),
        )
        .with_remedy("wait until some have ended"));
    }
    let mut insert = tx.prepare_cached(
        "INSERT INTO jobs (job, scope, kind, grp, priority, state, due, until, attempts, token, enqueued, spec)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0, 0, ?8, ?9)",
    )?;
    let mut source =
        tx.prepare_cached("INSERT OR IGNORE INTO job_sources (record, job) VALUES (?1, ?2)")?;
    for (id, job) in fresh {
        let due = job.run_at.unwrap_or(now).max(now);
        insert.execute((
            id,
            scope,
            &job.kind,
            &job.group,
            job.priority,
            WAITING,
            due,
            now,
            to_json(&job)?,
        ))?;
        let row = tx.last_insert_rowid();
        for record in &job.sources {
            source.execute((record, row))?;
        }
    }
    end::count_open(tx, added)?;
    Ok(ids)
}

fn status(
    db: &rusqlite::Connection,
    scope: &Scope,
    ids: &[JobId],
    now: Timestamp,
) -> Result<Vec<JobStatus>> {
    let found = ids.iter().map(|id| row::one(db, scope, id, now));
    found
        .filter_map(Result::transpose)
        .map(|stored| Ok(stored?.status()))
        .collect()
}

#[async_trait]
impl JobStore for SqliteJobs {
    async fn enqueue(&self, scope: &Scope, jobs: Vec<NewJob>) -> Result<Vec<JobId>> {
        let (scope, limit, now) = (scope.clone(), self.limit, self.now());
        self.database
            .write(move |tx| enqueue(tx, &scope, jobs, limit, now))
            .await
    }

    async fn claim(&self, worker: &Worker, n: usize, lease: Duration) -> Result<Vec<Lease>> {
        let (worker, clock) = (worker.clone(), self.clone());
        // The lease runs from the commit's turn, not from when the claim was queued.
        self.database
            .write(move |tx| claim::claim(tx, &worker, n, lease, clock.now()))
            .await
    }

    async fn renew(
        &self,
        scope: &Scope,
        claims: &[Claim],
        lease: Duration,
    ) -> Result<Vec<Renewal>> {
        let (scope, claims, clock) = (scope.clone(), claims.to_vec(), self.clone());
        self.database
            .write(move |tx| claim::renew(tx, &scope, &claims, lease, clock.now()))
            .await
    }

    async fn complete(&self, scope: &Scope, claim: Claim, result: Value) -> Result<()> {
        let (scope, now) = (scope.clone(), self.now());
        self.database
            .write(move |tx| end::complete(tx, &scope, claim, result, now))
            .await
    }

    async fn fail(&self, scope: &Scope, claim: Claim, fault: Fault) -> Result<JobState> {
        let (scope, now) = (scope.clone(), self.now());
        self.database
            .write(move |tx| end::fail(tx, &scope, claim, fault, now))
            .await
    }

    async fn release(&self, scope: &Scope, claim: Claim) -> Result<()> {
        let (scope, now) = (scope.clone(), self.now());
        self.database
            .write(move |tx| {
                let stored = end::held(tx, &scope, claim, now)?;
                end::wait(
                    tx,
                    &stored,
                    now,
                    stored.job.attempts.saturating_sub(1),
                    stored.job.fault.as_ref(),
                )
            })
            .await
    }

    async fn status(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        let (scope, ids, now) = (scope.clone(), ids.to_vec(), self.now());
        self.database
            .read(move |db| status(db, &scope, &ids, now))
            .await
    }

    async fn outcomes(&self, scope: &Scope, query: &OutcomeQuery) -> Result<Page<Outcome>> {
        let page = async || {
            let (scope, query) = (scope.clone(), query.clone());
            self.database
                .read(move |db| outcomes::page(db, &scope, &query))
                .await
        };
        let first = page().await?;
        if !first.items.is_empty() || query.wait.is_zero() {
            return Ok(first);
        }
        let end = self.clock.now().plus(query.wait);
        let mut changes = self.database.changes(Arc::clone(&self.clock))?;
        loop {
            let found = page().await?;
            let left = end.since(self.clock.now());
            if !found.items.is_empty() || left.is_zero() {
                return Ok(found);
            }
            changes.wait(left).await?;
        }
    }

    async fn cancel(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        let (scope, ids, now) = (scope.clone(), ids.to_vec(), self.now());
        self.database
            .write(move |tx| {
                for id in &ids {
                    if let Some(stored) = row::one(tx, &scope, id, now)? {
                        end::cancel(tx, &stored, now)?;
                    }
                }
                status(tx, &scope, &ids, now)
            })
            .await
    }

    async fn jobs(&self, scope: &Scope, query: &JobQuery, page: &PageRequest) -> Result<Page<Job>> {
        let (scope, query, page, now) = (scope.clone(), query.clone(), page.clone(), self.now());
        self.database
            .read(move |db| upkeep::list(db, &scope, &query, &page, now))
            .await
    }

    async fn replay(&self, scope: &Scope, ids: &[JobId]) -> Result<u64> {
        let (scope, ids, now) = (scope.clone(), ids.to_vec(), self.now());
        self.database
            .write(move |tx| upkeep::replay(tx, &scope, &ids, now))
            .await
    }

    async fn purge(&self, scope: &Scope, before: Timestamp) -> Result<u64> {
        let scope = scope.clone();
        self.database
            .write(move |tx| upkeep::purge(tx, &scope, before))
            .await
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        let (of, records, now) = (scope.clone(), what.records.clone(), self.now());
        self.database
            .erase(schema::COMPONENT, scope, what, move |tx| {
                upkeep::erase(tx, &of, &records, now)
            })
            .await
    }
}
