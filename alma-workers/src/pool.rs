//! The worker pool: claims, runs, renews, reports, and drains.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use alma_core::{
    Claim, Clock, Error, ErrorKind, Fault, JobContext, JobHandler, JobStore, Lease, Operator,
    Renewal, Result, Scope, SystemClock, Worker,
};
use serde_json::Value;
use tokio::{sync::watch, task::JoinSet};

/// How long an idle pool sleeps between looks, at most; it looks again at once after a job of its own.
const IDLE: Duration = Duration::from_millis(100);

/// Runs jobs of the kinds that it has handlers for.
///
/// # Examples
/// ```no_run
/// # async fn example(store: impl alma_core::JobStore + Clone, handler: std::sync::Arc<dyn alma_core::JobHandler>) -> alma_core::Result<()> {
/// use alma_core::Operator;
/// use alma_workers::Pool;
/// let pool = Pool::for_all(&Operator::assume(), "worker-1", store).with_handler(handler).with_concurrency(8);
/// let stop = pool.stopper();
/// let running = tokio::spawn(pool.run());
/// stop.stop();
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Pool {
    store: Arc<dyn JobStore>,
    name: String,
    scopes: Option<Vec<Scope>>,
    handlers: BTreeMap<String, Arc<dyn JobHandler>>,
    concurrency: usize,
    lease: Duration,
    timeout: Duration,
    drain: Duration,
    clock: Arc<dyn Clock>,
    stop: watch::Sender<bool>,
    /// What runs now, so that it can be given back.
    held: Mutex<HashMap<Claim, Scope>>,
}

/// Ends a pool: it claims no more, and gives back what does not finish in time.
#[derive(Clone, Debug)]
pub struct Stopper(watch::Sender<bool>);

impl Stopper {
    /// Asks the pool to end; asking twice is asking once.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

/// What a pool did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolReport {
    /// Results that were accepted.
    pub completed: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Attempts whose lease was lost or whose job was cancelled.
    pub lost: u64,
    /// Jobs given back untouched.
    pub released: u64,
}

impl Pool {
    /// A pool that serves these scopes.
    pub fn new(name: impl Into<String>, store: impl JobStore, scopes: Vec<Scope>) -> Self {
        Self::over(name.into(), Arc::new(store), Some(scopes))
    }

    /// A pool that serves every scope, by the operator's right.
    pub fn for_all(_operator: &Operator, name: impl Into<String>, store: impl JobStore) -> Self {
        Self::over(name.into(), Arc::new(store), None)
    }

    fn over(name: String, store: Arc<dyn JobStore>, scopes: Option<Vec<Scope>>) -> Self {
        Self {
            store,
            name,
            scopes,
            handlers: BTreeMap::new(),
            concurrency: 4,
            lease: Duration::from_secs(30),
            timeout: Duration::from_secs(300),
            drain: Duration::from_secs(10),
            clock: Arc::new(SystemClock),
            stop: watch::Sender::new(false),
            held: Mutex::default(),
        }
    }

    /// Adds a handler; a kind without one is never claimed.
    #[must_use]
    pub fn with_handler(mut self, handler: Arc<dyn JobHandler>) -> Self {
        self.handlers.insert(handler.kind().to_owned(), handler);
        self
    }

    /// Sets how many jobs run at once; 4 otherwise, at least 1.
    #[must_use]
    pub fn with_concurrency(mut self, jobs: usize) -> Self {
        self.concurrency = jobs.clamp(1, 1_000);
        self
    }

    /// Sets how long a lease lasts; 30 seconds otherwise. It is renewed after a third.
    #[must_use]
    pub const fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Sets how long one attempt of a job without a timeout of its own may take; five minutes otherwise.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how long running jobs may take once the pool is asked to end; ten seconds otherwise.
    #[must_use]
    pub const fn with_drain(mut self, drain: Duration) -> Self {
        self.drain = drain;
        self
    }

    /// Takes times from `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// What ends the pool.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper(self.stop.clone())
    }

    /// Works until it is stopped.
    ///
    /// Trouble with the store is waited out: it is logged, and the pool looks again.
    ///
    /// # Cancel safety
    /// A dropped pool drops its running attempts; their jobs return when their leases end. [`stopper`](Self::stopper) is the gentle way.
    pub async fn run(self) -> PoolReport {
        let pool = Arc::new(self);
        let mut report = PoolReport::default();
        let mut running: JoinSet<Ended> = JoinSet::new();
        let mut stopped = pool.stop.subscribe();
        while !*stopped.borrow() {
            let free = pool.concurrency - running.len().min(pool.concurrency);
            let leases = if free > 0 {
                pool.claim(free).await
            } else {
                Vec::new()
            };
            let full = free > 0 && leases.len() == free;
            for lease in leases {
                let pool = Arc::clone(&pool);
                running.spawn(async move { pool.attempt(lease).await });
            }
            tokio::select! {
                Some(ended) = running.join_next(), if !running.is_empty() => report.count(ended),
                () = pool.clock.sleep(IDLE), if !full => {}
                _ = stopped.changed() => {}
            }
        }
        pool.drain(running, &mut report).await;
        report
    }

    async fn claim(&self, n: usize) -> Vec<Lease> {
        let kinds = self.handlers.keys().cloned().collect();
        let worker = match &self.scopes {
            Some(scopes) => Worker::new(&self.name, kinds, scopes.clone()),
            None => Worker::for_all(&Operator::assume(), &self.name, kinds),
        };
        match self.store.claim(&worker, n, self.lease).await {
            Ok(leases) => leases,
            Err(error) => {
                tracing::warn!(worker = %self.name, %error, "claiming failed");
                Vec::new()
            }
        }
    }

    /// Waits for what runs, then gives the rest back.
    async fn drain(&self, mut running: JoinSet<Ended>, report: &mut PoolReport) {
        let deadline = self.clock.sleep(self.drain);
        tokio::pin!(deadline);
        while !running.is_empty() {
            tokio::select! {
                Some(ended) = running.join_next() => report.count(ended),
                () = &mut deadline => break,
            }
        }
        running.abort_all();
        while running.join_next().await.is_some() {}
        let left = std::mem::take(&mut *self.held());
        for (claim, scope) in left {
            match self.store.release(&scope, claim).await {
                Ok(()) => report.released += 1,
                Err(error) => {
                    tracing::warn!(job = %claim.job, %error, "a job returns when its lease ends");
                    report.lost += 1;
                }
            }
        }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Claim, Scope>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one attempt and reports it.
    async fn attempt(&self, lease: Lease) -> Ended {
        let (scope, claim) = (lease.job.scope.clone(), lease.claim());
        self.held().insert(claim, scope.clone());
        let ended = self.work(&scope, claim, lease).await;
        self.held().remove(&claim);
        ended
    }

    async fn work(&self, scope: &Scope, claim: Claim, lease: Lease) -> Ended {
        let Some(handler) = self.handlers.get(&lease.job.spec.kind).cloned() else {
            return Ended::Lost;
        };
        let timeout = lease.job.spec.timeout.unwrap_or(self.timeout);
        let context = JobContext::new(lease.job);
        // A task of its own, so that a panic is an answer and not the end of the pool.
        let mut work = tokio::spawn(async move { handler.run(&context).await });
        let abort = work.abort_handle();
        let guard = AbortOnDrop(abort);
        let ran = tokio::select! {
            ran = &mut work => Some(ran.unwrap_or_else(|error| Err(crashed(&error)))),
            () = self.clock.sleep(timeout) => Some(Err(late(timeout))),
            () = self.lose(scope, claim) => None,
        };
        drop(guard);
        let told = match ran {
            None => return Ended::Lost,
            Some(Ok(result)) => self.tell_result(scope, claim, result).await,
            Some(Err(error)) => self.tell_fault(scope, claim, error.into()).await,
        };
        told.unwrap_or_else(|error| {
            tracing::warn!(job = %claim.job, %error, "the result could not be reported");
            Ended::Lost
        })
    }

    async fn tell_result(&self, scope: &Scope, claim: Claim, result: Value) -> Result<Ended> {
        match self.store.complete(scope, claim, result).await {
            Err(error) if error.kind() == ErrorKind::InvalidInput => {
                self.tell_fault(scope, claim, error.into()).await
            }
            done => done.map(|()| Ended::Completed),
        }
    }

    async fn tell_fault(&self, scope: &Scope, claim: Claim, fault: Fault) -> Result<Ended> {
        self.store
            .fail(scope, claim, fault)
            .await
            .map(|_| Ended::Failed)
    }

    /// Renews until the right to work is gone.
    async fn lose(&self, scope: &Scope, claim: Claim) {
        loop {
            self.clock.sleep(self.lease / 3).await;
            match self
                .store
                .renew(scope, &[claim], self.lease)
                .await
                .as_deref()
            {
                Ok([Renewal::Until(_)]) => {}
                Ok(_) => return,
                // The lease may outlast the trouble; if not, the result will be refused.
                Err(error) => tracing::warn!(job = %claim.job, %error, "renewing failed"),
            }
        }
    }
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug)]
enum Ended {
    Completed,
    Failed,
    Lost,
}

impl PoolReport {
    fn count(&mut self, ended: Result<Ended, tokio::task::JoinError>) {
        match ended {
            Ok(Ended::Completed) => self.completed += 1,
            Ok(Ended::Failed) => self.failed += 1,
            Ok(Ended::Lost) | Err(_) => self.lost += 1,
        }
    }
}

/// Ends a task that nobody waits for any more.
struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn crashed(error: &tokio::task::JoinError) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("cannot finish: the handler crashed ({error})"),
    )
}

fn late(timeout: Duration) -> Error {
    Error::new(
        ErrorKind::TimedOut,
        format!("cannot finish within {timeout:?}"),
    )
}
