//! What a pool is made of.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use alma_core::{Clock, JobHandler, JobStore, Operator, Scope, SystemClock, Worker};
use tokio::sync::watch;

use super::signal::{Signal, Silence};

/// Runs the jobs of a [`JobStore`] for which it has handlers; needs a tokio runtime.
///
/// - A bounded number of attempts run beside each other, each in a task of its own. An attempt's future is dropped
///   when its time is over, its job is cancelled, or its lease is lost; a panic is a failed attempt. A handler must
///   not block its thread, or leases may end meanwhile.
/// - Leases are renewed thrice in their time. When the store cannot be reached for a whole lease, what runs is dropped.
/// - Trouble with the store is waited out, whatever it takes.
/// - Stopped, it claims nothing more, waits for what runs, and after the drain time gives the rest back with the
///   attempt refunded. Dropped in the midst, its leases end by themselves.
///
/// # Examples
/// ```
/// use std::{sync::Arc, time::Duration};
/// use alma_core::{Executor, JobContext, JobHandler, NewJob, OutcomeQuery, Result, Scope, sqlite::Database};
/// use alma_workers::{Pool, Queue, SqliteJobs};
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
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<()> {
/// let (jobs, scope) = (SqliteJobs::open(Database::in_memory()?).await?, Scope::new("home/ana")?);
/// let pool = Pool::new("one", jobs.clone(), vec![scope.clone()])
///     .with_handler(Arc::new(Greet))
///     .with_signal(jobs.signal());
/// let stop = pool.stopper();
/// let running = tokio::spawn(pool.run());
///
/// let queue = Queue::new(jobs);
/// queue.submit(&scope, vec![NewJob::new("greet", "greet/1", 7.into())]).await?;
/// let query = OutcomeQuery::all().with_wait(Duration::from_secs(30));
/// assert_eq!(queue.outcomes(&scope, &query).await?.items[0].result, Ok("hello 7".into()));
///
/// stop.stop();
/// assert_eq!(running.await.map(|report| report.completed).ok(), Some(1));
/// # Ok(()) }
/// ```
#[doc(alias = "Sons of Helaman")]
#[derive(Debug)]
pub struct Pool {
    pub(super) store: Arc<dyn JobStore>,
    pub(super) worker: Worker,
    pub(super) handlers: BTreeMap<String, Arc<dyn JobHandler>>,
    pub(super) concurrency: usize,
    pub(super) lease: Duration,
    pub(super) timeout: Duration,
    pub(super) look: Duration,
    pub(super) drain: Duration,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) signal: Option<Box<dyn Signal>>,
    pub(super) stop: watch::Sender<bool>,
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

impl Pool {
    /// A pool that serves these scopes; its name is for people.
    pub fn new(name: impl Into<String>, store: impl JobStore, scopes: Vec<Scope>) -> Self {
        Self::over(Arc::new(store), Worker::new(name, Vec::new(), scopes))
    }

    /// A pool that serves every scope, by the operator's right.
    pub fn for_all(operator: &Operator, name: impl Into<String>, store: impl JobStore) -> Self {
        Self::over(Arc::new(store), Worker::for_all(operator, name, Vec::new()))
    }

    fn over(store: Arc<dyn JobStore>, worker: Worker) -> Self {
        Self {
            store,
            worker,
            handlers: BTreeMap::new(),
            concurrency: 4,
            lease: Duration::from_secs(30),
            timeout: Duration::from_secs(300),
            look: Duration::from_millis(500),
            drain: Duration::from_secs(10),
            clock: Arc::new(SystemClock),
            signal: None,
            stop: watch::Sender::new(false),
        }
    }

    /// Adds a handler, in place of an earlier one of its kind; a kind without one is never claimed.
    #[must_use]
    pub fn with_handler(mut self, handler: Arc<dyn JobHandler>) -> Self {
        self.handlers.insert(handler.kind().to_owned(), handler);
        self.worker.kinds = self.handlers.keys().cloned().collect();
        self
    }

    /// Sets how many jobs run at once; 4 otherwise, brought into 1..=1000.
    #[must_use]
    pub fn with_concurrency(mut self, jobs: usize) -> Self {
        self.concurrency = jobs.clamp(1, 1_000);
        self
    }

    /// Sets how long a lease lasts; 30 seconds otherwise, 10 ms at least. It is renewed after a third.
    #[must_use]
    pub fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease.max(Duration::from_millis(10));
        self
    }

    /// Sets how long one attempt of a job without a timeout of its own may take; five minutes otherwise.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how long an idle pool waits between two looks, at most; 500 ms otherwise, 1 ms at least.
    ///
    /// Delayed jobs, and those of workers that died, wait up to this long beyond their time.
    #[must_use]
    pub fn with_look(mut self, every: Duration) -> Self {
        self.look = every.max(Duration::from_millis(1));
        self
    }

    /// Sets how long running jobs may take once the pool is asked to end; ten seconds otherwise.
    #[must_use]
    pub const fn with_drain(mut self, drain: Duration) -> Self {
        self.drain = drain;
        self
    }

    /// Takes times from `clock`; the store goes by its own.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Looks for work whenever `signal` speaks, beside the regular looks.
    #[must_use]
    pub fn with_signal(mut self, signal: impl Signal) -> Self {
        self.signal = Some(Box::new(signal));
        self
    }

    /// What ends the pool.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper(self.stop.clone())
    }

    /// The signal, or the silence of those who have none.
    pub(super) fn take_signal(&mut self) -> Box<dyn Signal> {
        let silence = || Box::new(Silence(Arc::clone(&self.clock))) as Box<dyn Signal>;
        self.signal.take().unwrap_or_else(silence)
    }
}
