//! The store's clock when the host's is set back.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use alma_core::{
    Clock, JobState, JobStore, NewJob, Renewal, Scope, Timestamp, Worker, sqlite::Database,
};
use alma_workers::SqliteJobs;
use async_trait::async_trait;
use serde_json::Value;

const LEASE: Duration = Duration::from_secs(30);
const HOUR: Duration = Duration::from_secs(3_600);

/// A clock that can be set to anything.
#[derive(Debug)]
struct Settable(AtomicI64);

impl Settable {
    fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_millis() as i64, Ordering::SeqCst);
    }

    fn set_back(&self, by: Duration) {
        self.0.fetch_sub(by.as_millis() as i64, Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for Settable {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    async fn sleep(&self, by: Duration) {
        self.advance(by);
    }
}

fn scope() -> Scope {
    Scope::new("home/ana").unwrap()
}

fn worker() -> Worker {
    Worker::new("one", vec!["work".to_owned()], vec![scope()])
}

fn job(key: &str) -> NewJob {
    NewJob::new("work", key, Value::Null)
}

#[tokio::test]
async fn a_lease_ends_in_its_time_although_the_clock_was_set_back() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(Settable(AtomicI64::new(1_800_000_000_000)));
    let open = async || {
        let database = Database::open(folder.path().join("alma.db")).unwrap();
        SqliteJobs::open(database)
            .await
            .unwrap()
            .with_clock(Arc::clone(&clock) as Arc<dyn Clock>)
    };
    // Two handles that share nothing but the file, as two processes do.
    let (one, other) = (open().await, open().await);
    one.enqueue(&scope(), vec![job("a")]).await.unwrap();
    let first = one.claim(&worker(), 1, LEASE).await.unwrap();
    clock.advance(LEASE / 2);
    clock.set_back(HOUR);
    // Nobody writes but those who claim, and they find nothing at first.
    assert!(other.claim(&worker(), 1, LEASE).await.unwrap().is_empty());
    clock.advance(LEASE / 2 - Duration::from_millis(1));
    assert!(one.claim(&worker(), 1, LEASE).await.unwrap().is_empty());
    clock.advance(Duration::from_millis(17_000));
    let second = other.claim(&worker(), 1, LEASE).await.unwrap();
    assert_eq!(second.len(), 1, "the lease ended in its time");
    assert!(second[0].until > first[0].until);
    let late = one
        .renew(&scope(), &[first[0].claim()], LEASE)
        .await
        .unwrap();
    assert_eq!(late, [Renewal::Lost]);
}

#[tokio::test]
async fn what_is_queued_or_delayed_after_a_step_back_runs_in_its_time() {
    let clock = Arc::new(Settable(AtomicI64::new(1_800_000_000_000)));
    let jobs = SqliteJobs::open(Database::in_memory().unwrap())
        .await
        .unwrap()
        .with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
    jobs.enqueue(&scope(), vec![job("before")]).await.unwrap();
    clock.set_back(HOUR);
    let at = clock.now().plus(Duration::from_secs(60));
    let ids = jobs
        .enqueue(&scope(), vec![job("after"), job("later").with_run_at(at)])
        .await
        .unwrap();
    let keys = async || {
        let leases = jobs.claim(&worker(), 10, LEASE).await.unwrap();
        leases
            .into_iter()
            .map(|lease| lease.job.spec.key)
            .collect::<Vec<_>>()
    };
    assert_eq!(keys().await.len(), 2);
    clock.advance(Duration::from_secs(29));
    assert_eq!(
        jobs.status(&scope(), &ids).await.unwrap()[1].state,
        JobState::Scheduled
    );
    clock.advance(Duration::from_secs(31));
    assert!(keys().await.contains(&"later".to_owned()));
}
