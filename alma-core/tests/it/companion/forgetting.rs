//! Forgetting reaches every part, and a crash in its midst is completed.

use std::sync::atomic::{AtomicBool, Ordering};

use alma_core::{
    Copies, Erased, Erasure, Error, ErrorKind, MemoryExt, Mission, MissionId, Mode, Observation,
    RecordQuery, Result, Scope, Selection,
};
use async_trait::async_trait;

use super::{World, ledger_text, scope};

const CANARY: &str = "zanzibar";

#[tokio::test]
async fn one_record_takes_everything_made_of_it_along() {
    let world = World::new();
    let ana = world.ana();
    let text = format!("make a text into capital letters for {CANARY}");
    let reply = ana.chat("1", &text).await.unwrap();
    ana.chat("1", "The kettle is new.").await.unwrap();
    assert!(ledger_text(&world.ledger).await.contains(CANARY));
    let said = Selection::id(reply.said.unwrap());
    let dry = ana.forget(&said, Mode::DryRun).await.unwrap();
    assert_eq!(dry.selected, [reply.said.unwrap()]);
    assert!(ledger_text(&world.ledger).await.contains(CANARY));
    let receipt = ana.forget(&said, Mode::Erase).await.unwrap();
    assert!(receipt.is_erased(), "{receipt:?}");
    let components: Vec<_> = receipt
        .components
        .iter()
        .map(|one| one.component.as_str())
        .collect();
    assert_eq!(components, ["memory", "jobs", "tools", "ledger"]);
    assert!(!ledger_text(&world.ledger).await.contains(CANARY));
    let left = world
        .memory
        .all_records(&scope(), &RecordQuery::all())
        .await
        .unwrap();
    assert_eq!(left.len(), 1);
    // The mission is gone with its goal, and can be made of it no more.
    let id = reply.mission.unwrap().mission.id;
    assert_eq!(ana.mission(id).await.unwrap_err().kind(), ErrorKind::Gone);
    let again = Mission::new(MissionId::from_bytes([9; 16]), "shout")
        .with_sources(vec![reply.said.unwrap()]);
    assert_eq!(ana.run(again).await.unwrap_err().kind(), ErrorKind::Gone);
}

/// Copies whose disk fails until it is mended.
#[derive(Debug)]
struct Flaky(&'static AtomicBool);

#[async_trait]
impl Copies for Flaky {
    async fn erase(&self, _scope: &Scope, _what: &Erasure) -> Result<Erased> {
        if self.0.load(Ordering::SeqCst) {
            return Err(Error::new(
                ErrorKind::Unavailable,
                "cannot reach the reports",
            ));
        }
        Ok(Erased::done("reports", 1))
    }
}

#[tokio::test]
async fn what_broke_off_is_completed_later() {
    static BROKEN: AtomicBool = AtomicBool::new(true);
    let world = World::new();
    let ana = world
        .builder()
        .copies(Flaky(&BROKEN))
        .build()
        .within(scope());
    let id = ana.observe(vec![Observation::text(CANARY)]).await.unwrap()[0];
    let error = ana
        .forget(&Selection::id(id), Mode::Erase)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    BROKEN.store(false, Ordering::SeqCst);
    let receipts = ana.complete_forgetting().await.unwrap();
    assert_eq!(receipts.len(), 1);
    assert!(receipts[0].is_erased());
    assert_eq!(receipts[0].selected, [id]);
    assert!(
        world
            .memory
            .all_records(&scope(), &RecordQuery::all())
            .await
            .unwrap()
            .is_empty()
    );
    // Nothing is left to complete.
    assert!(ana.complete_forgetting().await.unwrap().is_empty());
}
