//! The public suite of memories, kept by this one.

use alma_core::testkit;
use alma_memory::SqliteMemory;

#[tokio::test]
async fn keeps_the_contract() {
    testkit::memory(async || SqliteMemory::in_memory().await.unwrap()).await;
}
