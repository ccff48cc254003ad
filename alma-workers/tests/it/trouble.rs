//! Pools whose store fails, whose leases go away, and whose handlers take long.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use alma_core::{
    Claim, Error, ErrorKind, JobContext, JobHandler, JobState, JobStore, NewJob, OutcomeQuery,
    Renewal, Result, Scope,
    sqlite::{Database, FaultPlan, Options},
};
use alma_workers::{Pool, PoolReport, SqliteJobs};
use async_trait::async_trait;
use serde_json::{Value, json};

use crate::watched::{Asked, Watch, Watched};

fn scope() -> Scope {
    Scope::new("home/ana").unwrap()
}

async fn in_memory() -> SqliteJobs {
    SqliteJobs::open(Database::in_memory().unwrap())
        .await
        .unwrap()
}

/// Runs for as long as its payload says, in milliseconds, and knows when it is dropped before its end.
#[derive(Debug, Default)]
struct Slow {
    begun: AtomicUsize,
    cut: Arc<AtomicUsize>,
}

struct Whole(Arc<AtomicUsize>, bool);

impl Drop for Whole {
    fn drop(&mut self) {
        self.0.fetch_add(usize::from(!self.1), Ordering::SeqCst);
    }
}

#[async_trait]
impl JobHandler for Slow {
    fn kind(&self) -> &str {
        "slow"
    }

    async fn run(&self, context: &JobContext) -> Result<Value> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let mut whole = Whole(Arc::clone(&self.cut), false);
        let millis = context.job.spec.payload.as_u64().unwrap();
        tokio::time::sleep(Duration::from_millis(millis)).await;
        whole.1 = true;
        Ok(json!(context.job.attempts))
    }
}

fn slow(key: &str, millis: u64) -> NewJob {
    NewJob::new("slow", key, json!(millis))
}

async fn until(what: impl Fn() -> bool) {
    while !what() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn outcomes(jobs: &SqliteJobs, count: usize) {
    loop {
        let query = OutcomeQuery::all().with_limit(1_000);
        let page = jobs.outcomes(&scope(), &query).await;
        if page.is_ok_and(|page| page.items.len() >= count) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Runs a pool until `done` is ready.
async fn work(pool: Pool, done: impl Future<Output = ()>) -> PoolReport {
    let stop = pool.stopper();
    let running = tokio::spawn(pool.run());
    done.await;
    stop.stop();
    running.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_again_and_again_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alma.db");
    let sound = SqliteJobs::open(Database::open(&path).unwrap())
        .await
        .unwrap();
    let jobs = (0..60).map(|n| slow(&n.to_string(), 1));
    sound.enqueue(&scope(), jobs.collect()).await.unwrap();
    // Each third commit boundary: work is lost before a commit, and answers after one, in turn.
    let options = Options::new().with_faults(FaultPlan::fail_every(3));
    let shaky = SqliteJobs::open(Database::open_with(&path, options).unwrap())
        .await
        .unwrap();
    let handler = Arc::new(Slow::default());
    let pool = Pool::new("one", shaky, vec![scope()])
        .with_handler(handler)
        .with_lease(Duration::from_millis(300))
        .with_look(Duration::from_millis(20));
    work(pool, outcomes(&sound, 60)).await;
    let query = OutcomeQuery::all().with_limit(1_000);
    let page = sound.outcomes(&scope(), &query).await.unwrap();
    assert_eq!(page.items.len(), 60);
    assert!(page.items.iter().all(|outcome| outcome.result.is_ok()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_may_outlast_its_lease_many_times() {
    let (jobs, handler) = (in_memory().await, Arc::new(Slow::default()));
    jobs.enqueue(&scope(), vec![slow("long", 900)])
        .await
        .unwrap();
    let pools = ["one", "two"].map(|name| {
        Pool::new(name, jobs.clone(), vec![scope()])
            .with_handler(Arc::clone(&handler) as Arc<dyn JobHandler>)
            .with_lease(Duration::from_millis(300))
            .with_look(Duration::from_millis(20))
    });
    let [one, two] = pools;
    let (one, two) = tokio::join!(work(one, outcomes(&jobs, 1)), work(two, outcomes(&jobs, 1)));
    assert_eq!((one.completed + two.completed, one.lost + two.lost), (1, 0));
    assert_eq!(handler.begun.load(Ordering::SeqCst), 1);
}

/// Answers renewals in its own way.
#[derive(Debug, Default)]
struct Renewals {
    fail: AtomicBool,
    lose: AtomicBool,
}

impl Watch for Arc<Renewals> {
    fn before(&self, asked: Asked) -> Result<()> {
        if asked == Asked::Renew && self.fail.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::Unavailable, "cannot reach the store"));
        }
        Ok(())
    }

    fn renewed(&self, _claims: &[Claim], mut answers: Vec<Renewal>) -> Vec<Renewal> {
        if self.lose.load(Ordering::SeqCst) {
            answers.fill(Renewal::Lost);
        }
        answers
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_is_dropped_when_its_lease_is_lost_or_cannot_be_renewed() {
    for fail in [true, false] {
        let (jobs, handler) = (in_memory().await, Arc::new(Slow::default()));
        jobs.enqueue(&scope(), vec![slow("endless", 1_000_000)])
            .await
            .unwrap();
        let renewals = Arc::new(Renewals::default());
        renewals.fail.store(fail, Ordering::SeqCst);
        renewals.lose.store(!fail, Ordering::SeqCst);
        let store = Watched {
            store: jobs.clone(),
            watch: renewals,
        };
        let pool = Pool::new("one", store, vec![scope()])
            .with_handler(Arc::clone(&handler) as Arc<dyn JobHandler>)
            .with_lease(Duration::from_millis(100));
        let cut = Arc::clone(&handler.cut);
        let report = work(pool, until(move || cut.load(Ordering::SeqCst) > 0)).await;
        assert!(report.lost > 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_pool_waits_for_what_runs_and_claims_nothing_more() {
    let (jobs, handler) = (in_memory().await, Arc::new(Slow::default()));
    let ids = jobs
        .enqueue(
            &scope(),
            vec![slow("first", 300), slow("second", 1).with_priority(-1)],
        )
        .await
        .unwrap();
    let pool = Pool::new("one", jobs.clone(), vec![scope()])
        .with_handler(Arc::clone(&handler) as Arc<dyn JobHandler>)
        .with_concurrency(1);
    let report = work(pool, until(|| handler.begun.load(Ordering::SeqCst) == 1)).await;
    assert_eq!((report.completed, report.released), (1, 0));
    let status = jobs.status(&scope(), &ids).await.unwrap();
    assert_eq!(
        [status[0].state, status[1].state],
        [JobState::Done, JobState::Ready]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_pool_drops_what_runs() {
    let (jobs, handler) = (in_memory().await, Arc::new(Slow::default()));
    jobs.enqueue(&scope(), vec![slow("endless", 1_000_000)])
        .await
        .unwrap();
    let pool = Pool::new("one", jobs, vec![scope()])
        .with_handler(Arc::clone(&handler) as Arc<dyn JobHandler>);
    let running = tokio::spawn(pool.run());
    until(|| handler.begun.load(Ordering::SeqCst) == 1).await;
    running.abort();
    until(|| handler.cut.load(Ordering::SeqCst) == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_is_too_large_is_a_failed_attempt() {
    /// Gives back more than any store takes.
    #[derive(Debug)]
    struct Large;

    #[async_trait]
    impl JobHandler for Large {
        fn kind(&self) -> &str {
            "large"
        }
        async fn run(&self, _context: &JobContext) -> Result<Value> {
            Ok("x".repeat(NewJob::MAX_BYTES).into())
        }
    }

    let jobs = in_memory().await;
    let ids = jobs
        .enqueue(&scope(), vec![NewJob::new("large", "a", Value::Null)])
        .await
        .unwrap();
    let pool = Pool::new("one", jobs.clone(), vec![scope()]).with_handler(Arc::new(Large));
    work(pool, outcomes(&jobs, 1)).await;
    let status = jobs.status(&scope(), &ids).await.unwrap();
    assert_eq!(status[0].state, JobState::Dead);
    assert_eq!(
        status[0].fault.as_ref().unwrap().kind,
        ErrorKind::InvalidInput
    );
}
