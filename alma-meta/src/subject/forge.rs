//! Forging: a tool is ordered by examples and called on inputs that it has not seen.

use std::sync::Arc;

use alma_core::{
    Call, ErrorKind, Example, ForgeOutcome, Grant, Need, Parameter, Result, Settings, Subject,
    ToolForge, ToolName, ToolSpec,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{maker::Maker, scope, task};

/// A tool forge as a subject: an order in, what the tool answers out.
///
/// Input: `{"name", "description", "examples": [{"input", "output"}], "checks": [input, …]}`,
/// or `{"tools": [{"name", "description", "examples"}], "find": "…"}`.
///
/// Output of an order: `{"outputs": […], "effect", "permissions"}` of an accepted tool, called
/// without any grant, else `"refused"` or `"draft"`. Output of a search: the name of the best
/// match as a list, empty when the forge abstains.
#[derive(Debug)]
pub struct ForgeSubject {
    parameters: Vec<Parameter>,
    forge: Maker<Settings, dyn ToolForge>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(crate) enum ForgeTask {
    Order {
        name: ToolName,
        description: String,
        examples: Vec<Example>,
        checks: Vec<Value>,
    },
    Find {
        tools: Vec<Findable>,
        find: String,
    },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Findable {
    pub(crate) name: ToolName,
    pub(crate) description: String,
    pub(crate) examples: Vec<Example>,
}

impl ForgeSubject {
    /// A forge that `forge` makes, fresh and empty, under given settings of `parameters`.
    pub fn new<F>(
        parameters: Vec<Parameter>,
        forge: impl Fn(Settings) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Arc<dyn ToolForge>>> + Send + 'static,
    {
        Self {
            parameters,
            forge: Maker::new(forge),
        }
    }
}

#[async_trait]
impl Subject for ForgeSubject {
    fn name(&self) -> &str {
        "forge"
    }

    fn parameters(&self) -> Vec<Parameter> {
        self.parameters.clone()
    }

    async fn run(&self, settings: &Settings, input: &Value) -> Result<Value> {
        let task: ForgeTask = task(self.name(), input)?;
        let scope = scope(settings, input)?;
        let forge = self.forge.make(settings.clone()).await?;
        match task {
            ForgeTask::Order {
                name,
                description,
                examples,
                checks,
            } => {
                let spec = ToolSpec::new(name, description, examples);
                let tool = match forge.forge(&scope, &spec).await {
                    Ok(ForgeOutcome::Accepted { tool, .. }) => tool,
                    Ok(ForgeOutcome::Draft { .. }) => return Ok(json!("draft")),
                    Ok(_) => return Ok(json!("refused")),
                    // An order that can't be read is one way to refuse it.
                    Err(error) if error.kind() == ErrorKind::InvalidInput => {
                        return Ok(json!("refused"));
                    }
                    Err(error) => return Err(error),
                };
                let mut outputs = Vec::with_capacity(checks.len());
                for (i, check) in checks.into_iter().enumerate() {
                    let call = Call::new(tool.info.digest, check, format!("check/{i}"));
                    // A check that fails is one wrong answer, not the end of the case.
                    let answer = forge.call(&scope, call, &Grant::nothing()).await;
                    outputs.push(answer.map_or_else(
                        |error| json!({"failed": error.kind()}),
                        |result| result.output,
                    ));
                }
                Ok(json!({
                    "outputs": outputs,
                    "effect": tool.info.effect,
                    "permissions": tool.info.permissions,
                }))
            }
            ForgeTask::Find { tools, find } => {
                for tool in tools {
                    let spec = ToolSpec::new(tool.name, tool.description, tool.examples);
                    forge.forge(&scope, &spec).await?;
                }
                let found = forge.find(&scope, &Need::text(find), 1).await?;
                Ok(found
                    .into_iter()
                    .map(|found| json!(found.tool.name))
                    .collect())
            }
        }
    }
}
