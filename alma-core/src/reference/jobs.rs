//! The reference job store: the lease protocol in memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use serde_json::Value;

use super::{
    lock,
    paging::{foreign, is_number, number, page},
};
use crate::{
    Claim, Clock, Cursor, Digest, Erased, Erasure, Error, ErrorKind, Fault, Job, JobId, JobQuery,
    JobState, JobStatus, JobStore, Lease, NewJob, Outcome, OutcomeQuery, Page, PageRequest,
    RecordId, Renewal, Result, Scope, SystemClock, Timestamp, Worker,
};

/// How often a waiting reader looks again.
const LOOK: Duration = Duration::from_millis(10);
/// The first pause before a retry, and the longest.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

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

#[derive(Default)]
struct State {
    rows: BTreeMap<JobId, Row>,
    /// Every outcome in the order of acceptance.
    log: BTreeMap<u64, (Scope, Outcome)>,
    /// The last number given to a row or an outcome.
    last: u64,
    /// Per scope, the last outcome that was purged.
    purged: BTreeMap<Scope, u64>,
    /// Keys stay used after their jobs were purged.
    used: BTreeSet<JobId>,
    gone: BTreeMap<Scope, BTreeSet<RecordId>>,
}

struct Row {
    number: u64,
    job: Job,
    due: Timestamp,
    until: Timestamp,
    ended: Option<Timestamp>,
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

    /// The outcomes that are there now.
    fn page(&self, scope: &Scope, query: &OutcomeQuery) -> Result<Page<Outcome>> {
        let state = lock(&self.state);
        let after = match query.after.as_str() {
            "" => 0,
            text if is_number(text) => text.parse().map_err(|_| foreign())?,
            _ => return Err(foreign()),
        };
        if after > 0
            && state
                .purged
                .get(scope)
                .is_some_and(|purged| after < *purged)
        {
            return Err(Error::new(
                ErrorKind::Gone,
                "cannot go on from this cursor: what follows it was purged",
            )
            .with_remedy("begin at the start"));
        }
        let wanted = |outcome: &Outcome| {
            let group = query.group.as_ref();
            group.is_none_or(|group| *group == outcome.group)
        };
        let mut found = state
            .log
            .range(after + 1..)
            .filter(|(_, (owner, outcome))| owner == scope && wanted(outcome));
        let items: Vec<_> = found.by_ref().take(query.limit.clamp(1, 1_000)).collect();
        let more = found.next().is_some();
        // With nothing left the cursor goes to the end of the log, past what others own.
        let next = match items.last() {
            Some((number, _)) if more => **number,
            _ => state.last.max(after),
        };
        let items = items.into_iter().map(|(_, (_, outcome))| outcome.clone());
        Ok(Page::new(items.collect(), Cursor::new(number(next)), more))
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
        let mut state = lock(&self.state);
        let gone = state.gone.get(scope);
        let mut fresh = BTreeSet::new();
        for job in &jobs {
            job.check()?;
            if gone.is_some_and(|gone| job.sources.iter().any(|id| gone.contains(id))) {
                return Err(Error::new(
                    ErrorKind::Gone,
                    format!(
                        "cannot queue job '{}': it was made of forgotten records",
                        job.key
                    ),
                ));
            }
            if !state.used.contains(&job.id(scope)) {
                fresh.insert(job.id(scope));
            }
        }
        let open = state
            .rows
            .values()
            .filter(|row| row.ended.is_none())
            .count();
        if !fresh.is_empty() && open + fresh.len() > self.limit {
            return Err(Error::new(
                ErrorKind::Overloaded,
                format!("cannot queue {} jobs more: {open} wait", fresh.len()),
            )
            .with_remedy("wait until some have ended"));
        }
        let mut ids = Vec::with_capacity(jobs.len());
        for spec in jobs {
            let id = spec.id(scope);
            ids.push(id);
            if state.used.insert(id) {
                state.last += 1;
                let row = Row {
                    number: state.last,
                    due: spec.run_at.unwrap_or(now).max(now),
                    job: Job::new(scope, spec, now),
                    until: now,
                    ended: None,
                };
                state.rows.insert(id, row);
            }
        }
        Ok(ids)
    }

    async fn claim(&self, worker: &Worker, n: usize, lease: Duration) -> Result<Vec<Lease>> {
        let now = self.clock.now();
        let serves = |scope: &Scope| worker.scopes.as_ref().is_none_or(|all| all.contains(scope));
        let mut state = lock(&self.state);
        state.expire(now);
        let mut ready: Vec<_> = state
            .rows
            .values()
            .filter(|row| row.state(now) == JobState::Ready && serves(&row.job.scope))
            .filter(|row| worker.kinds.contains(&row.job.spec.kind))
            .map(|row| {
                (
                    std::cmp::Reverse(row.job.spec.priority),
                    row.due,
                    row.job.id,
                )
            })
            .collect();
        ready.sort_unstable();
        let mut leases = Vec::new();
        for (_, _, id) in ready.into_iter().take(n.clamp(1, 1_000)) {
            if let Some(row) = state.rows.get_mut(&id) {
                row.until = now.plus(lease);
                row.job.state = JobState::Leased;
                row.job.attempts += 1;
                row.job.token += 1;
                leases.push(Lease::new(row.job.clone(), row.until));
            }
        }
        Ok(leases)
    }

    async fn renew(
        &self,
        scope: &Scope,
        claims: &[Claim],
        lease: Duration,
    ) -> Result<Vec<Renewal>> {
        let until = self.clock.now().plus(lease);
        let mut state = lock(&self.state);
        let mut renew = |claim: &Claim| match state.rows.get_mut(&claim.job) {
            Some(row) if row.job.scope == *scope && row.job.token == claim.token => {
                match row.job.state {
                    JobState::Leased => {
                        row.until = until;
                        Renewal::Until(until)
                    }
                    JobState::Cancelled => Renewal::Cancelled,
                    _ => Renewal::Lost,
                }
            }
            _ => Renewal::Lost,
        };
        Ok(claims.iter().map(&mut renew).collect())
    }

    async fn complete(&self, scope: &Scope, claim: Claim, result: Value) -> Result<()> {
        let now = self.clock.now();
        let mut state = lock(&self.state);
        state.held(scope, claim)?;
        let size = result.to_string().len();
        if size > NewJob::MAX_BYTES {
            return Err(Error::invalid(format!(
                "cannot accept a result of {size} bytes for job {}",
                claim.job
            ))
            .with_remedy(format!("keep results under {} bytes", NewJob::MAX_BYTES)));
        }
        state.end(claim.job, JobState::Done, Ok(result), now);
        Ok(())
    }

    async fn fail(&self, scope: &Scope, claim: Claim, fault: Fault) -> Result<JobState> {
        let now = self.clock.now();
        let mut state = lock(&self.state);
        let row = state.held(scope, claim)?;
        row.job.fault = Some(fault.clone());
        let again = fault.kind.is_transient()
            || matches!(fault.kind, ErrorKind::Internal | ErrorKind::LeaseLost);
        if again && row.job.attempts < row.job.spec.max_attempts {
            let told = fault.retry_after_ms.map(Duration::from_millis);
            row.due = now.plus(told.unwrap_or_else(|| pause(&row.job)));
            row.job.state = JobState::Scheduled;
            return Ok(row.state(now));
        }
        state.end(claim.job, JobState::Dead, Err(fault), now);
        Ok(JobState::Dead)
    }

    async fn release(&self, scope: &Scope, claim: Claim) -> Result<()> {
        let mut state = lock(&self.state);
        let row = state.held(scope, claim)?;
        row.job.attempts -= 1;
        // The time due stays: what was given back stands where it stood in line.
        row.job.state = JobState::Ready;
        Ok(())
    }

    async fn status(&self, scope: &Scope, ids: &[JobId]) -> Result<Vec<JobStatus>> {
        let now = self.clock.now();
        Ok(lock(&self.state).status(scope, ids, now))
    }

    async fn outcomes(&self, scope: &Scope, query: &OutcomeQuery) -> Result<Page<Outcome>> {
        let end = self.clock.now().plus(query.wait);
        loop {
            let page = self.page(scope, query)?;
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
        let state = lock(&self.state);
        let wanted = |job: &Job| {
            let group = query.group.as_ref();
            job.scope == *scope
                && group.is_none_or(|group| *group == job.spec.group)
                && (query.states.is_empty() || query.states.contains(&job.state))
        };
        let mut found: Vec<_> = state
            .rows
            .values()
            .map(|row| (number(row.number), row.seen(now)))
            .filter(|(_, job)| wanted(job))
            .collect();
        found.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        page(found, request, is_number)
    }

    async fn replay(&self, scope: &Scope, ids: &[JobId]) -> Result<u64> {
        let now = self.clock.now();
        let mut state = lock(&self.state);
        let State { rows, gone, .. } = &mut *state;
        let gone = gone.entry(scope.clone()).or_default();
        let mut count = 0;
        for id in ids {
            if let Some(row) = rows.get_mut(id)
                && row.job.scope == *scope
                && row.job.state == JobState::Dead
                // Its payload is gone for good: there is nothing to run.
                && !row.job.spec.sources.iter().any(|id| gone.contains(id))
            {
                row.job.state = JobState::Ready;
                row.job.attempts = 0;
                row.due = now;
                row.ended = None;
                count += 1;
            }
        }
        Ok(count)
    }

    async fn purge(&self, scope: &Scope, before: Timestamp) -> Result<u64> {
        let mut state = lock(&self.state);
        let State {
            rows, log, purged, ..
        } = &mut *state;
        let jobs = rows.len();
        rows.retain(|_, row| row.job.scope != *scope || row.ended.is_none_or(|end| end >= before));
        log.retain(|number, (owner, outcome)| {
            let keep = owner != scope || outcome.finished >= before;
            if !keep {
                purged.insert(scope.clone(), *number);
            }
            keep
        });
        Ok((jobs - rows.len()) as u64)
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        let now = self.clock.now();
        let mut state = lock(&self.state);
        state
            .gone
            .entry(scope.clone())
            .or_default()
            .extend(&what.records);
        let made_of = |sources: &[RecordId]| sources.iter().any(|id| what.records.contains(id));
        let hit: Vec<JobId> = state
            .rows
            .values()
            .filter(|row| row.job.scope == *scope && made_of(&row.job.spec.sources))
            .map(|row| row.job.id)
            .collect();
        let mut removed = 0;
        for id in &hit {
            state.cancel(scope, id, now);
            if let Some(row) = state.rows.get_mut(id) {
                let job = &mut row.job;
                removed += u64::from(!job.spec.payload.is_null() || job.fault.is_some());
                job.spec.payload = Value::Null;
                job.fault = None;
            }
        }
        for (owner, outcome) in state.log.values_mut() {
            if owner == scope && made_of(&outcome.sources) {
                outcome.result = match &outcome.result {
                    Ok(_) => Ok(Value::Null),
                    Err(fault) => Err(Fault::new(fault.kind, "cannot tell why: forgotten")),
                };
            }
        }
        Ok(Erased::done("jobs", removed))
    }
}

impl Row {
    /// A delay is over when its time has come, without anybody touching the row.
    fn state(&self, now: Timestamp) -> JobState {
        match self.job.state {
            JobState::Scheduled | JobState::Ready if self.due > now => JobState::Scheduled,
            JobState::Scheduled => JobState::Ready,
            other => other,
        }
    }

    fn seen(&self, now: Timestamp) -> Job {
        let mut job = self.job.clone();
        job.state = self.state(now);
        job
    }
}

impl State {
    /// The row of a claim that holds.
    fn held(&mut self, scope: &Scope, claim: Claim) -> Result<&mut Row> {
        self.rows
            .get_mut(&claim.job)
            .filter(|row| row.job.scope == *scope && row.job.token == claim.token)
            .filter(|row| row.job.state == JobState::Leased)
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::LeaseLost,
                    format!("cannot write on job {}: the claim does not hold", claim.job),
                )
                .with_remedy("drop the result")
            })
    }

    /// Takes jobs back from workers that went silent.
    fn expire(&mut self, now: Timestamp) {
        let silent = |row: &&mut Row| row.job.state == JobState::Leased && row.until <= now;
        let mut silent: Vec<_> = self.rows.values_mut().filter(silent).collect();
        // The log tells of them in the order in which their leases ended.
        silent.sort_unstable_by_key(|row| (row.until, row.number));
        let mut spent = Vec::new();
        for row in silent {
            row.due = now;
            row.job.state = JobState::Ready;
            row.job.fault = Some(Fault::new(
                ErrorKind::LeaseLost,
                "cannot tell how the attempt ended: its worker went silent",
            ));
            if row.job.attempts >= row.job.spec.max_attempts {
                spent.push(row.job.id);
            }
        }
        for id in spent {
            if let Some(fault) = self.rows.get(&id).and_then(|row| row.job.fault.clone()) {
                self.end(id, JobState::Dead, Err(fault), now);
            }
        }
    }

    /// Ends a job and writes its outcome, in one.
    fn end(&mut self, id: JobId, state: JobState, result: Result<Value, Fault>, now: Timestamp) {
        if let Some(row) = self.rows.get_mut(&id) {
            row.job.state = state;
            row.ended = Some(now);
            self.last += 1;
            let outcome = Outcome::new(&row.job, result, now);
            self.log.insert(self.last, (row.job.scope.clone(), outcome));
        }
    }

    fn cancel(&mut self, scope: &Scope, id: &JobId, now: Timestamp) {
        let open = self.rows.get_mut(id).filter(|row| row.job.scope == *scope);
        if let Some(row) = open.filter(|row| !row.job.state.is_final()) {
            let fault = Fault::new(
                ErrorKind::Cancelled,
                format!("cannot finish job '{}': it was cancelled", row.job.spec.key),
            );
            row.job.fault = Some(fault.clone());
            self.end(*id, JobState::Cancelled, Err(fault), now);
        }
    }

    fn status(&self, scope: &Scope, ids: &[JobId], now: Timestamp) -> Vec<JobStatus> {
        let rows = ids.iter().filter_map(|id| self.rows.get(id));
        rows.filter(|row| row.job.scope == *scope)
            .map(|row| {
                let job = row.seen(now);
                JobStatus::new(job.id, job.spec.key, job.state, job.attempts, job.fault)
            })
            .collect()
    }
}

/// Exponential with full jitter, which follows from the job so that a run can be repeated.
fn pause(job: &Job) -> Duration {
    let most = PAUSE
        .saturating_mul(1 << job.attempts.saturating_sub(1).min(16))
        .min(LONGEST_PAUSE);
    let draw = Digest::of_parts(&[job.id.as_bytes(), &job.token.to_le_bytes()]).number();
    most.mul_f64(draw as f64 / u64::MAX as f64)
}
