//! Your own tool forge: it lets a scope make only so many calls, in front of any other forge.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use alma_core::{
    Call, Digest, Erased, Erasure, Error, ErrorKind, ForgeOutcome, Grant, Need, Page, PageRequest,
    Result, Scope, SystemClock, Tool, ToolForge, ToolMatch, ToolResult, ToolSpec,
    reference::ReferenceForge,
};
use async_trait::async_trait;

/// A forge whose calls are counted by scope.
#[derive(Debug)]
pub struct Metered<F> {
    inner: F,
    most: u64,
    used: Mutex<BTreeMap<Scope, u64>>,
}

impl<F> Metered<F> {
    /// A forge with at most so many calls a scope.
    pub fn new(inner: F, most: u64) -> Self {
        let used = Mutex::default();
        Self { inner, most, used }
    }
}

#[async_trait]
impl<F: ToolForge> ToolForge for Metered<F> {
    async fn find(&self, scope: &Scope, need: &Need, k: usize) -> Result<Vec<ToolMatch>> {
        self.inner.find(scope, need, k).await
    }

    async fn forge(&self, scope: &Scope, spec: &ToolSpec) -> Result<ForgeOutcome> {
        self.inner.forge(scope, spec).await
    }

    async fn call(&self, scope: &Scope, call: Call, grant: &Grant) -> Result<ToolResult> {
        {
            let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            let count = used.entry(scope.clone()).or_default();
            if *count >= self.most {
                let what = format!("cannot call a tool: {} calls were made", self.most);
                return Err(Error::new(ErrorKind::BudgetExceeded, what));
            }
            *count += 1;
        }
        self.inner.call(scope, call, grant).await
    }

    async fn list(&self, scope: &Scope, page: &PageRequest) -> Result<Page<Tool>> {
        self.inner.list(scope, page).await
    }

    async fn retire(&self, scope: &Scope, tool: &Digest) -> Result<()> {
        self.inner.retire(scope, tool).await
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        self.inner.erase(scope, what).await
    }
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<()> {
    let scope = Scope::new("home/ana")?;
    let forge = Metered::new(ReferenceForge::new(Arc::new(SystemClock)), 0);
    let call = Call::new(Digest::of(b"any"), serde_json::json!({}), "key");
    let error = forge.call(&scope, call, &Grant::nothing()).await.err();
    assert_eq!(
        error.map(|error| error.kind()),
        Some(ErrorKind::BudgetExceeded)
    );
    Ok(())
}
