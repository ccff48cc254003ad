//! The public suites.

use std::sync::Arc;

use alma_core::{sqlite::Database, testkit};
use alma_workers::SqliteJobs;

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
