//! Your own memory: it masks e-mail addresses before anything is stored, in front of any other memory.

use alma_core::{
    Consolidate, Consolidation, ConsolidationId, Memory, MemoryExt, Mode, Observation, Operator,
    Page, PageRequest, Query, Recall, Receipt, Record, RecordId, RecordQuery, Result, Scope,
    Selection, reference::ReferenceMemory,
};
use async_trait::async_trait;

/// A memory that never holds an e-mail address.
#[derive(Debug)]
pub struct Masking<M>(pub M);

fn mask(text: &str) -> String {
    let is_address = |word: &str| {
        word.split_once('@')
            .is_some_and(|(_, host)| host.contains('.'))
    };
    let masked = |word| if is_address(word) { "[address]" } else { word };
    text.split(' ').map(masked).collect::<Vec<_>>().join(" ")
}

#[async_trait]
impl<M: Memory> Memory for Masking<M> {
    async fn remember(
        &self,
        scope: &Scope,
        mut observations: Vec<Observation>,
    ) -> Result<Vec<RecordId>> {
        for observation in &mut observations {
            observation.text = mask(&observation.text);
        }
        self.0.remember(scope, observations).await
    }

    async fn recall(&self, scope: &Scope, query: &Query) -> Result<Recall> {
        self.0.recall(scope, query).await
    }

    async fn records(&self, s: &Scope, q: &RecordQuery, p: &PageRequest) -> Result<Page<Record>> {
        self.0.records(s, q, p).await
    }

    async fn consolidate(&self, scope: &Scope, order: &Consolidate) -> Result<Consolidation> {
        self.0.consolidate(scope, order).await
    }

    async fn undo(&self, scope: &Scope, id: ConsolidationId) -> Result<()> {
        self.0.undo(scope, id).await
    }

    async fn forget(&self, scope: &Scope, selection: &Selection, mode: Mode) -> Result<Receipt> {
        self.0.forget(scope, selection, mode).await
    }

    async fn scopes(&self, operator: &Operator, page: &PageRequest) -> Result<Page<Scope>> {
        self.0.scopes(operator, page).await
    }
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<()> {
    let memory = Masking(ReferenceMemory::default());
    let scope = Scope::new("home/ana")?;
    let id = memory
        .remember_text(&scope, "Write to bo@example.org on Monday")
        .await?;
    assert_eq!(
        memory.record(&scope, id).await?.text,
        "Write to [address] on Monday"
    );
    Ok(())
}
