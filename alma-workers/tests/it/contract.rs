//! The public suites.

use std::sync::Arc;

use alma_core::{Operator, reference::ReferenceJobs, sqlite::Database, testkit};
use alma_workers::{Pool, Queue, SqliteJobs};

#[tokio::test(flavor = "multi_thread")]
async fn the_store_keeps_its_contract_in_memory() {
    testkit::job_store(async |clock| {
        SqliteJobs::open(Database::in_memory().unwrap())
            .await
            .unwrap()
            .with_clock(clock)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_keeps_its_contract_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let count = Arc::new(std::sync::atomic::AtomicU32::new(0));
    testkit::job_store(async |clock| {
        let number = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let path = folder.path().join(format!("{number}.db"));
        SqliteJobs::open(Database::open(path).unwrap())
            .await
            .unwrap()
            .with_clock(clock)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_keeps_its_contract_with_a_pool_behind_it() {
    testkit::executor(async |handlers| {
        let store = SqliteJobs::open(Database::in_memory().unwrap())
            .await
            .unwrap();
        let pool = Pool::for_all(&Operator::assume(), "suite", store.clone());
        let pool = handlers.into_iter().fold(pool, Pool::with_handler);
        tokio::spawn(pool.run());
        Queue::new(store)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_keeps_its_contract_on_a_store_that_is_not_sqlite() {
    testkit::executor(async |handlers| {
        let store = ReferenceJobs::default();
        let pool = Pool::for_all(&Operator::assume(), "suite", store.clone());
        let pool = handlers.into_iter().fold(pool, Pool::with_handler);
        tokio::spawn(pool.run());
        Queue::new(store)
    })
    .await;
}
