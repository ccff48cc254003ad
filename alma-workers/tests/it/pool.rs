//! The pool: what it runs, what it gives back, and what it survives.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use alma_core::{
    Error, ErrorKind, Executor, JobContext, JobHandler, JobState, JobStore, NewJob, Operator,
    OutcomeQuery, Result, Scope, sqlite::Database,
};
use alma_workers::{Pool, Queue, SqliteJobs};
use async_trait::async_trait;
use serde_json::{Value, json};

/// Does what the payload says.
#[derive(Debug)]
struct Acts(&'static AtomicU32);

#[async_trait]
impl JobHandler for Acts {
    fn kind(&self) -> &str {
        "act"
    }

    async fn run(&self, context: &JobContext) -> Result<Value> {
        self.0.fetch_add(1, Ordering::SeqCst);
        match context.job.spec.payload.as_str() {
            Some("panic") => panic!("as ordered"),
            Some("hang") => std::future::pending().await,
            Some("refuse") => Err(Error::invalid("cannot do this, ever")),
            Some("twice") if context.job.attempts == 1 => {
                Err(Error::new(ErrorKind::Unavailable, "cannot do this yet")
                    .with_retry_after(Duration::ZERO))
            }
            _ => Ok(json!({"done": context.job.spec.payload})),
        }
    }
}

fn scope() -> Scope {
    Scope::new("home/ana").unwrap()
}

async fn store() -> SqliteJobs {
    SqliteJobs::open(Database::in_memory().unwrap())
        .await
        .unwrap()
}

fn act(key: &str, what: &str) -> NewJob {
    NewJob::new("act", key, json!(what))
}

fn pool(store: &SqliteJobs, ran: &'static AtomicU32) -> Pool {
    Pool::for_all(&Operator::assume(), "one", store.clone()).with_handler(Arc::new(Acts(ran)))
}

async fn ended(store: &SqliteJobs, count: usize) {
    let query = OutcomeQuery::all().with_wait(Duration::from_secs(60));
    let mut seen = 0;
    let mut cursor = alma_core::Cursor::start();
    while seen < count {
        let page = store
            .outcomes(&scope(), &query.clone().after(cursor))
            .await
            .unwrap();
        assert!(!page.items.is_empty(), "{seen} of {count} jobs ended");
        seen += page.items.len();
        cursor = page.next;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_job_ends_as_it_must() {
    static RAN: AtomicU32 = AtomicU32::new(0);
    let store = store().await;
    let queue = Queue::new(store.clone());
    let jobs = vec![
        act("good", "x"),
        act("bad", "refuse"),
        act("again", "twice"),
        act("crash", "panic").with_max_attempts(1),
        act("slow", "hang")
            .with_max_attempts(1)
            .with_timeout(Duration::from_millis(50)),
        NewJob::new("unknown", "unknown", Value::Null),
    ];
    let ids = queue.submit(&scope(), jobs).await.unwrap();
    let pool = pool(&store, &RAN);
    let stop = pool.stopper();
    let running = tokio::spawn(pool.run());
    ended(&store, 5).await;
    stop.stop();
    let report = running.await.unwrap();
    assert_eq!((report.completed, report.failed), (2, 4));
    let status = queue.status(&scope(), &ids).await.unwrap();
    let states: Vec<_> = status.iter().map(|one| one.state).collect();
    use JobState::{Dead, Done, Ready};
    assert_eq!(states, [Done, Dead, Done, Dead, Dead, Ready]);
    assert_eq!(status[2].attempts, 2);
    assert_eq!(status[4].fault.as_ref().unwrap().kind, ErrorKind::TimedOut);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_finish_is_given_back_with_its_attempt() {
    static RAN: AtomicU32 = AtomicU32::new(0);
    let store = store().await;
    let ids = store
        .enqueue(&scope(), vec![act("slow", "hang")])
        .await
        .unwrap();
    let pool = pool(&store, &RAN).with_drain(Duration::from_millis(50));
    let stop = pool.stopper();
    let running = tokio::spawn(pool.run());
    while RAN.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.stop();
    assert_eq!(running.await.unwrap().released, 1);
    let status = store.status(&scope(), &ids).await.unwrap();
    assert_eq!((status[0].state, status[0].attempts), (JobState::Ready, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_is_dropped_while_it_runs() {
    static RAN: AtomicU32 = AtomicU32::new(0);
    let store = store().await;
    let ids = store
        .enqueue(&scope(), vec![act("slow", "hang")])
        .await
        .unwrap();
    let pool = pool(&store, &RAN).with_lease(Duration::from_millis(150));
    let stop = pool.stopper();
    let running = tokio::spawn(pool.run());
    while RAN.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    store.cancel(&scope(), &ids).await.unwrap();
    // The pool is free again: it runs the next job although the first never ends.
    store
        .enqueue(&scope(), vec![act("next", "x")])
        .await
        .unwrap();
    ended(&store, 2).await;
    stop.stop();
    let report = running.await.unwrap();
    assert_eq!((report.completed, report.released), (1, 0));
    assert_eq!(report.lost, 1);
}
