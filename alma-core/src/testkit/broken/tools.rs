//! Broken forges.

use async_trait::async_trait;
use serde_json::Value;

use super::defects;
use crate::{
    Call, Digest, Erased, Erasure, ErrorKind, Example, ForgeOutcome, Grant, Need, Page,
    PageRequest, Result, Scope, Tool, ToolForge, ToolMatch, ToolResult, ToolSpec, Trust,
    reference::{NativeTool, ReferenceForge},
};

defects! {
    /// Ways to break [`ToolForge`].
    ForgeDefect {
        /// Runs a tool whatever was granted.
        IgnoresTheGrant => "ToolForge, deny by default",
        /// Answers for digests that nobody admitted.
        RunsTheUnadmitted => "ToolForge, identity",
        /// Runs on input that breaks the schema.
        TakesAnyInput => "input that breaks the schema",
        /// Passes on output that breaks the schema.
        GivesAnyOutput => "output that breaks the schema",
        /// Trusts what a tool made of a stranger's words.
        TrustsOutput => "never trusted above its input",
        /// Runs for nobody who still waits.
        IgnoresTheDeadline => "past its deadline",
        /// Finds something for every need.
        NeverAbstains => "none when nothing fits",
        /// Accepts a tool that does not do what the examples show.
        AcceptsAnything => "has no honest tool",
        /// Leaves a retired tool in use.
        RetiresNothing => "ToolForge, find: only callable",
        /// Keeps the tools of all scopes in one.
        OneScope => "ToolForge, scope",
        /// Says erased and keeps the tools.
        KeepsForgotten => "ToolForge, erase",
    }
}

/// A forge that breaks one clause.
#[derive(Clone, Debug)]
pub struct BrokenForge {
    inner: ReferenceForge,
    natives: Vec<NativeTool>,
    defect: ForgeDefect,
}

impl BrokenForge {
    /// A forge with these native tools and this defect.
    #[must_use]
    pub fn new(natives: Vec<NativeTool>, defect: ForgeDefect) -> Self {
        let add = |forge: ReferenceForge, tool: &NativeTool| forge.with(tool.clone());
        Self {
            inner: natives.iter().fold(ReferenceForge::default(), add),
            natives,
            defect,
        }
    }

    fn is(&self, defect: ForgeDefect) -> bool {
        self.defect == defect
    }

    /// The scope that it works in.
    fn scope(&self, scope: &Scope) -> Result<Scope> {
        if self.is(ForgeDefect::OneScope) {
            return Scope::new("everybody");
        }
        Ok(scope.clone())
    }
}

#[async_trait]
impl ToolForge for BrokenForge {
    async fn find(&self, scope: &Scope, need: &Need, k: usize) -> Result<Vec<ToolMatch>> {
        let mut found = self.inner.find(&self.scope(scope)?, need, k).await?;
        if self.is(ForgeDefect::NeverAbstains) && found.is_empty() && k > 0 {
            let first = self.natives.first();
            found.extend(first.map(|tool| ToolMatch::new(tool.info().clone(), 0.5)));
        }
        Ok(found)
    }

    async fn forge(&self, scope: &Scope, spec: &ToolSpec) -> Result<ForgeOutcome> {
        let outcome = self.inner.forge(&self.scope(scope)?, spec).await?;
        if self.is(ForgeDefect::AcceptsAnything) && matches!(outcome, ForgeOutcome::Refused { .. })
        {
            let mut spec = spec.clone();
            spec.examples = vec![Example {
                input: serde_json::json!({ "text": "Aa " }),
                output: "Aa ".into(),
            }];
            return self.inner.forge(scope, &spec).await;
        }
        Ok(outcome)
    }

    async fn call(&self, scope: &Scope, mut call: Call, grant: &Grant) -> Result<ToolResult> {
        let native = self
            .natives
            .iter()
            .find(|tool| tool.info().digest == call.tool);
        let mut grant = grant.clone();
        match (self.defect, native) {
            (ForgeDefect::IgnoresTheGrant, Some(tool)) => {
                grant = grant.with_effect(tool.info().effect);
                for permission in &tool.info().permissions {
                    grant = grant.with(permission.clone());
                }
            }
            (ForgeDefect::TakesAnyInput, Some(tool))
                if tool.info().input.check(&call.input).is_err() =>
            {
                return Ok(ToolResult::new(tool.run(&call.input)?, Trust::External));
            }
            (ForgeDefect::IgnoresTheDeadline, _) => call.deadline = None,
            _ => {}
        }
        let input = call.input.clone();
        let mut answer = self.inner.call(&self.scope(scope)?, call, &grant).await;
        if let (ForgeDefect::TrustsOutput, Ok(result)) = (self.defect, &mut answer) {
            result.trust = Trust::VerifiedTool;
        }
        match (self.defect, answer, native) {
            (ForgeDefect::RunsTheUnadmitted, Err(error), _)
                if error.kind() == ErrorKind::NotFound =>
            {
                Ok(ToolResult::new(Value::Null, Trust::External))
            }
            (ForgeDefect::GivesAnyOutput, Err(error), Some(tool))
                if error.kind() == ErrorKind::Internal =>
            {
                Ok(ToolResult::new(tool.run(&input)?, Trust::External))
            }
            (_, answer, _) => answer,
        }
    }

    async fn list(&self, scope: &Scope, page: &PageRequest) -> Result<Page<Tool>> {
        self.inner.list(&self.scope(scope)?, page).await
    }

    async fn retire(&self, scope: &Scope, tool: &Digest) -> Result<()> {
        if self.is(ForgeDefect::RetiresNothing) {
            return Ok(());
        }
        self.inner.retire(&self.scope(scope)?, tool).await
    }

    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        if self.is(ForgeDefect::KeepsForgotten) {
            return Ok(Erased::done("tools", 1));
        }
        self.inner.erase(&self.scope(scope)?, what).await
    }
}
