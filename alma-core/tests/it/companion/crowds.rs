//! Forgetting more than one entry of the ledger can name, and asking again while a part is not done.

use alma_core::{
    Consolidate, Consolidation, ConsolidationId, Copies, Erased, Erasure, ErasureId, LedgerExt,
    Memory, Mode, Observation, Operator, Page, PageRequest, Query, Recall, Receipt, Record,
    RecordId, RecordQuery, Result, Scope, Selection, StreamId, reference::ReferenceMemory,
};
use async_trait::async_trait;

use super::{World, scope};

/// So many ids that one body with all of them is refused.
const CROWD: u32 = 130_000;

/// A memory whose whole scope is a crowd of records; the rest is the reference.
#[derive(Debug)]
struct Crowd(ReferenceMemory);

fn crowd() -> Vec<RecordId> {
    let id = |n: u32| {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        RecordId::from_bytes(bytes)
    };
    (0..CROWD).map(id).collect()
}

#[async_trait]
impl Memory for Crowd {
    async fn remember(
        &self,
        scope: &Scope,
        observations: Vec<Observation>,
    ) -> Result<Vec<RecordId>> {
        self.0.remember(scope, observations).await
    }

    async fn recall(&self, scope: &Scope, query: &Query) -> Result<Recall> {
        self.0.recall(scope, query).await
    }

    async fn records(
        &self,
        scope: &Scope,
        query: &RecordQuery,
        page: &PageRequest,
    ) -> Result<Page<Record>> {
        self.0.records(scope, query, page).await
    }

    async fn consolidate(&self, scope: &Scope, order: &Consolidate) -> Result<Consolidation> {
        self.0.consolidate(scope, order).await
    }

    async fn undo(&self, scope: &Scope, id: ConsolidationId) -> Result<()> {
        self.0.undo(scope, id).await
    }

    async fn forget(&self, scope: &Scope, selection: &Selection, mode: Mode) -> Result<Receipt> {
        if mode == Mode::DryRun && *selection == Selection::All {
            let mut all = crowd();
            let derived = all.split_off(100_000);
            return Ok(Receipt::new(
                ErasureId::of_parts(&[b"all"]),
                mode,
                all,
                derived,
            ));
        }
        self.0.forget(scope, selection, mode).await
    }

    async fn scopes(&self, operator: &Operator, page: &PageRequest) -> Result<Page<Scope>> {
        self.0.scopes(operator, page).await
    }
}

/// Copies that cannot be removed just now.
#[derive(Debug)]
struct Held;

#[async_trait]
impl Copies for Held {
    async fn erase(&self, _scope: &Scope, _what: &Erasure) -> Result<Erased> {
        Ok(Erased::pending("reports", 0, "another program holds them"))
    }
}

/// The order was one entry with every id: above 119 000 records it was refused before anything was erased, every
/// time. While a part was not done, each attempt appended all ids once more.
#[tokio::test]
async fn a_scope_of_any_size_is_forgotten_and_its_ids_are_written_once() {
    let world = World::new();
    let ana = world
        .builder()
        .memory(Crowd(world.memory.clone()))
        .copies(Held)
        .build()
        .within(scope());
    let receipt = ana.forget(&Selection::All, Mode::Erase).await.unwrap();
    assert!(!receipt.is_erased());
    assert_eq!(receipt.records(), crowd());
    let orders = StreamId::new("forget").unwrap();
    let written = world.ledger.read_all(&scope(), &orders).await.unwrap();
    for _ in 0..3 {
        let again = ana.complete_forgetting().await.unwrap();
        assert_eq!(again.len(), 1);
        assert_eq!(again[0], receipt);
    }
    let after = world.ledger.read_all(&scope(), &orders).await.unwrap();
    assert_eq!(after, written);
    let bytes: usize = written.iter().map(|one| one.body.to_string().len()).sum();
    assert!(bytes < CROWD as usize * 36, "{bytes}");
    // In the same words it is the same act, and with every part done there is nothing left to do.
    let whole = world.builder().memory(Crowd(world.memory.clone())).build();
    let whole = whole.within(scope());
    let receipt = whole.forget(&Selection::All, Mode::Erase).await.unwrap();
    assert!(receipt.is_erased(), "{:?}", receipt.components);
    assert_eq!(receipt.records(), crowd());
    assert!(whole.complete_forgetting().await.unwrap().is_empty());
    let ended = world.ledger.read_all(&scope(), &orders).await.unwrap();
    assert_eq!(ended.len(), written.len() + 1);
}
