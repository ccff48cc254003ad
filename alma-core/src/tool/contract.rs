//! The contract of every tool forge.

use std::fmt;

use async_trait::async_trait;

use crate::{
    Call, Digest, Erased, Erasure, ForgeOutcome, Grant, Need, Page, PageRequest, Result, Scope,
    Tool, ToolMatch, ToolResult, ToolSpec,
};

/// Finds, builds, validates and calls tools.
///
/// Implemented by registries: `alma_tools::SqliteForge`, the reference in
/// [`reference`](crate::reference), and whoever keeps the contract; the suite
/// `testkit::tool_forge` proves it.
///
/// # Contract
/// - **Identity**: a tool is its digest. Any change of what a caller sees, or of what runs, is another tool.
/// - **Admission**: nothing runs before the gate admitted that exact digest; retired and quarantined tools don't run.
/// - **Deny by default**: a call runs only when its [`Grant`] covers the tool's effect and permissions.
/// - **Scope**: tools of another scope are not found, listed or called; a foreign digest and an unknown one answer the same.
/// - **Concurrency**: every method may be called from many tasks and processes at once.
/// - **Errors**: `NotFound` for an unknown tool, `Denied` for a lacking grant, `InvalidInput` for input that breaks the schema, `Internal` for output that does, `Gone` for what was built from forgotten records.
// The mock would repeat the alias on an impl block, where none may stand.
#[cfg_attr(not(feature = "mock"), doc(alias = "Hephaestus"))]
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait ToolForge: fmt::Debug + Send + Sync + 'static {
    /// The tools that fit a need, best first, at most `k`; none when nothing fits well.
    ///
    /// Only callable tools are found. A description selects by its words and gives no orders.
    async fn find(&self, scope: &Scope, need: &Need, k: usize) -> Result<Vec<ToolMatch>>;

    /// Builds a tool from its specification and passes it through the gate.
    ///
    /// - **After** `Accepted` the tool and its report survive a crash, and `list` shows it.
    /// - **Repeatable**: the same order on the same registry gives the same outcome.
    /// - **Idempotent**: an order whose outcome is a digest that is there already answers with that tool.
    /// - **Cancel safety**: a dropped call leaves the tool wholly admitted or absent.
    ///
    /// # Errors
    /// `InvalidInput` for an order that can't be read (no examples, mixed shapes); `Conflict` when
    /// the name belongs to a tool of another origin. A candidate that fails is no error but `Refused`.
    async fn forge(&self, scope: &Scope, spec: &ToolSpec) -> Result<ForgeOutcome>;

    /// Runs a tool: schema of the input, permissions, sandbox, schema of the output, in this order.
    ///
    /// - **Repetition**: the call's key reaches the tool as it is. The forge remembers no calls: a tool with an effect notices by the key what it did before.
    /// - **Deadline**: past the call's deadline the answer is `TimedOut`.
    /// - **Cancel safety**: a dropped call of a tool without effect changes nothing.
    async fn call(&self, scope: &Scope, call: Call, grant: &Grant) -> Result<ToolResult>;

    /// Lists tools in all states, by name, then digest.
    async fn list(&self, scope: &Scope, page: &PageRequest) -> Result<Page<Tool>>;

    /// Takes a tool out of use for good; it stays listed.
    ///
    /// # Errors
    /// `NotFound` when the scope has no such tool.
    async fn retire(&self, scope: &Scope, tool: &Digest) -> Result<()>;

    /// Removes every copy of forgotten records: examples, evidence, and the tools built from them, which are retired.
    ///
    /// Such a tool stays listed by its digest alone: its name, description and schemas may say what was forgotten, and go.
    /// Durable and idempotent; afterwards an order with such sources is refused with `Gone`.
    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased>;
}
