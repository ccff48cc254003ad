//! Faults on the way to what is kept: memory, ledger, tools.

use async_trait::async_trait;

use super::Flaky;
use crate::{
    Call, Consolidate, Consolidation, ConsolidationId, Digest, Erased, Erasure, Event,
    ForgeOutcome, Grant, Ledger, Memory, Mode, Need, NewEvent, Observation, Operator, Page,
    PageRequest, Query, Recall, Receipt, Record, RecordId, RecordQuery, Result, Scope, Selection,
    StreamId, StreamInfo, Tool, ToolForge, ToolMatch, ToolResult, ToolSpec, Version,
};

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Memory> Memory for Flaky<T> {
    async fn remember(
        &self,
        scope: &Scope,
        observations: Vec<Observation>,
    ) -> Result<Vec<RecordId>> {
        self.faults
            .around(self.inner.remember(scope, observations))
            .await
    }
    async fn recall(&self, scope: &Scope, query: &Query) -> Result<Recall> {
        self.faults.around(self.inner.recall(scope, query)).await
    }
    async fn records(
        &self,
        scope: &Scope,
        query: &RecordQuery,
        page: &PageRequest,
    ) -> Result<Page<Record>> {
        self.faults
            .around(self.inner.records(scope, query, page))
            .await
    }
    async fn consolidate(&self, scope: &Scope, order: &Consolidate) -> Result<Consolidation> {
        self.faults
            .around(self.inner.consolidate(scope, order))
            .await
    }
    async fn undo(&self, scope: &Scope, id: ConsolidationId) -> Result<()> {
        self.faults.around(self.inner.undo(scope, id)).await
    }
    async fn forget(&self, scope: &Scope, selection: &Selection, mode: Mode) -> Result<Receipt> {
        self.faults
            .around(self.inner.forget(scope, selection, mode))
            .await
    }
    async fn scopes(&self, operator: &Operator, page: &PageRequest) -> Result<Page<Scope>> {
        self.faults.around(self.inner.scopes(operator, page)).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: Ledger> Ledger for Flaky<T> {
    async fn append(
        &self,
        scope: &Scope,
        id: &StreamId,
        expected: Version,
        events: Vec<NewEvent>,
    ) -> Result<Version> {
        self.faults
            .around(self.inner.append(scope, id, expected, events))
            .await
    }
    async fn read(
        &self,
        scope: &Scope,
        id: &StreamId,
        after: Version,
        limit: usize,
    ) -> Result<Vec<Event>> {
        self.faults
            .around(self.inner.read(scope, id, after, limit))
            .await
    }
    async fn streams(
        &self,
        scope: &Scope,
        prefix: &str,
        page: &PageRequest,
    ) -> Result<Page<StreamInfo>> {
        self.faults
            .around(self.inner.streams(scope, prefix, page))
            .await
    }
    async fn scopes(&self, operator: &Operator, page: &PageRequest) -> Result<Page<Scope>> {
        self.faults.around(self.inner.scopes(operator, page)).await
    }
    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        self.faults.around(self.inner.erase(scope, what)).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<T: ToolForge> ToolForge for Flaky<T> {
    async fn find(&self, scope: &Scope, need: &Need, k: usize) -> Result<Vec<ToolMatch>> {
        self.faults.around(self.inner.find(scope, need, k)).await
    }
    async fn forge(&self, scope: &Scope, spec: &ToolSpec) -> Result<ForgeOutcome> {
        self.faults.around(self.inner.forge(scope, spec)).await
    }
    async fn call(&self, scope: &Scope, call: Call, grant: &Grant) -> Result<ToolResult> {
        self.faults
            .around(self.inner.call(scope, call, grant))
            .await
    }
    async fn list(&self, scope: &Scope, page: &PageRequest) -> Result<Page<Tool>> {
        self.faults.around(self.inner.list(scope, page)).await
    }
    async fn retire(&self, scope: &Scope, tool: &Digest) -> Result<()> {
        self.faults.around(self.inner.retire(scope, tool)).await
    }
    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        self.faults.around(self.inner.erase(scope, what)).await
    }
}
