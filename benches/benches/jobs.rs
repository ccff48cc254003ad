//! How many jobs a second are queued, claimed and completed, and what does a long line cost?
//!
//! Everything is on the disk when a call returns (`synchronous=FULL`). `ALMA_BENCH_BACKLOG=1000000` adds a line of
//! that length, which takes about a minute to fill.

#![expect(
    clippy::expect_used,
    reason = "a workload that cannot run fails the benchmark"
)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use alma_benches::jobs;
use alma_core::{
    JobContext, JobHandler, JobStore, NewJob, OutcomeQuery, Result, Scope, Worker, sqlite::Database,
};
use alma_workers::{Pool, SqliteJobs};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

const JOBS: usize = 2_048;
const LEASE: Duration = Duration::from_secs(600);

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

fn scope() -> Scope {
    Scope::new("bench/jobs").expect("a scope")
}

fn worker() -> Worker {
    Worker::new("one", vec!["step".to_owned()], vec![scope()])
}

async fn empty() -> (TempDir, SqliteJobs) {
    let folder = tempfile::tempdir().expect("a folder");
    let database = Database::open(folder.path().join("alma.db")).expect("a database");
    let store = SqliteJobs::open(database).await.expect("a store");
    (folder, store.with_limit(usize::MAX))
}

async fn filled(count: usize) -> (TempDir, SqliteJobs) {
    let (folder, store) = empty().await;
    let all = jobs(count, 5);
    for batch in all.chunks(1_000) {
        store
            .enqueue(&scope(), batch.to_vec())
            .await
            .expect("queued");
    }
    (folder, store)
}

/// Queues `share` one by one.
async fn queue(store: SqliteJobs, share: Vec<NewJob>) {
    for job in share {
        store.enqueue(&scope(), vec![job]).await.expect("queued");
    }
}

/// Claims and completes until nothing is left.
async fn work(store: SqliteJobs, at_once: usize) {
    loop {
        let leases = store.claim(&worker(), at_once, LEASE).await;
        let leases = leases.expect("claimed");
        if leases.is_empty() {
            return;
        }
        for lease in leases {
            let (scope, result) = (lease.job.scope.clone(), lease.job.spec.payload.clone());
            let done = store.complete(&scope, lease.claim(), result).await;
            done.expect("accepted");
        }
    }
}

/// Waits for `count` of these beside each other.
fn together<F>(runtime: &Runtime, tasks: impl Iterator<Item = F>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let tasks: Vec<_> = tasks.map(|task| runtime.spawn(task)).collect();
    for task in tasks {
        runtime.block_on(task).expect("a task that ends");
    }
}

fn enqueue(c: &mut Criterion) {
    let runtime = runtime();
    let all = jobs(JOBS, 3);
    let mut group = c.benchmark_group("jobs/enqueue");
    group.sample_size(10);
    for (batch, count) in [(1, 128), (16, JOBS), (512, JOBS)] {
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("batch", batch), |b| {
            b.iter_batched(
                || runtime.block_on(empty()),
                |(folder, store)| {
                    for batch in all[..count].chunks(batch) {
                        let ids = runtime.block_on(store.enqueue(&scope(), batch.to_vec()));
                        assert_eq!(ids.expect("queued").len(), batch.len());
                    }
                    (folder, store)
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.throughput(Throughput::Elements(JOBS as u64));
    for callers in [8, 64] {
        group.bench_function(BenchmarkId::new("callers", callers), |b| {
            b.iter_batched(
                || runtime.block_on(empty()),
                |(folder, store)| {
                    let shares = all.chunks(JOBS.div_ceil(callers));
                    together(
                        &runtime,
                        shares.map(|share| queue(store.clone(), share.to_vec())),
                    );
                    (folder, store)
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

fn claim_and_complete(c: &mut Criterion) {
    let runtime = runtime();
    let mut group = c.benchmark_group("jobs/claim+complete");
    group.sample_size(10);
    for (workers, at_once, count) in [(1, 1, 128), (1, 64, 128), (8, 8, JOBS), (64, 1, JOBS)] {
        group.throughput(Throughput::Elements(count as u64));
        let id = BenchmarkId::new(format!("workers/{workers}/at_once"), at_once);
        group.bench_function(id, |b| {
            b.iter_batched(
                || runtime.block_on(filled(count)),
                |(folder, store)| {
                    together(&runtime, (0..workers).map(|_| work(store.clone(), at_once)));
                    (folder, store)
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

/// Does nothing, so that the pool's own work is what is measured.
#[derive(Debug)]
struct Nothing;

#[async_trait::async_trait]
impl JobHandler for Nothing {
    fn kind(&self) -> &'static str {
        "step"
    }

    async fn run(&self, _context: &JobContext) -> Result<Value> {
        Ok(Value::Null)
    }
}

/// Runs a pool until `count` jobs have ended.
async fn drain(store: SqliteJobs, concurrency: usize, count: usize) {
    let pool = Pool::new("one", store.clone(), vec![scope()])
        .with_handler(Arc::new(Nothing))
        .with_signal(store.signal())
        .with_concurrency(concurrency);
    let stop = pool.stopper();
    let running = tokio::spawn(pool.run());
    let mut query = OutcomeQuery::all()
        .with_limit(1_000)
        .with_wait(Duration::from_secs(60));
    let mut ended = 0;
    while ended < count {
        let page = store.outcomes(&scope(), &query).await.expect("a page");
        assert!(!page.items.is_empty(), "{ended} of {count} jobs ended");
        ended += page.items.len();
        query = query.after(page.next);
    }
    stop.stop();
    assert_eq!(
        running.await.expect("a pool that ends").completed,
        count as u64
    );
}

fn pool(c: &mut Criterion) {
    let runtime = runtime();
    let mut group = c.benchmark_group("jobs/pool");
    group.sample_size(10);
    for (concurrency, count) in [(4, 256), (64, JOBS)] {
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("concurrency", concurrency), |b| {
            b.iter_batched(
                || runtime.block_on(filled(count)),
                |(folder, store)| {
                    runtime.block_on(drain(store, concurrency, count));
                    folder
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

fn claim_by_backlog(c: &mut Criterion) {
    let runtime = runtime();
    let mut group = c.benchmark_group("jobs/claim");
    group.sample_size(20);
    let more = std::env::var("ALMA_BENCH_BACKLOG").ok();
    let more = more.map(|count| count.parse().expect("a number of jobs"));
    for backlog in [1_000, 20_000].into_iter().chain(more) {
        let (_folder, store) = runtime.block_on(filled(backlog));
        let mut next = 0;
        group.bench_function(BenchmarkId::new("backlog", backlog), |b| {
            b.iter_custom(|times| {
                let mut spent = Duration::ZERO;
                for _ in 0..times {
                    next += 1;
                    spent += runtime.block_on(claim_one(&store, next));
                }
                spent
            });
        });
    }
    group.finish();
}

/// How long the claim of one job takes; it is done and replaced afterwards, so that the line stays as long as it is.
async fn claim_one(store: &SqliteJobs, number: usize) -> Duration {
    let (scope, worker) = (scope(), worker());
    let begun = Instant::now();
    let leases = store.claim(&worker, 1, LEASE).await;
    let spent = begun.elapsed();
    let leases = leases.expect("claimed");
    let claim = leases.first().expect("a job").claim();
    let done = store.complete(&scope, claim, number.into()).await;
    done.expect("accepted");
    let more = NewJob::new("step", format!("more/{number}"), number.into());
    store.enqueue(&scope, vec![more]).await.expect("queued");
    spent
}

criterion_group!(benches, enqueue, claim_and_complete, pool, claim_by_backlog);
criterion_main!(benches);
