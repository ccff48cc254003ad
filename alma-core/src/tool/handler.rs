//! The handler that runs tool calls as jobs.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Call, Digest, Error, ErrorKind, JobContext, JobHandler, Policy, Result, ToolForge, tool::lookup,
};

/// What a job of kind [`ToolHandler::KIND`] carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ToolJob {
    pub(crate) tool: Digest,
    pub(crate) input: Value,
}

/// Runs tool calls as jobs, under the grant that the policy gives here and now.
///
/// The call carries the job's [`effect_key`](JobContext::effect_key): whoever repeats it, after a
/// crash, a lost lease or a repair, hands the tool the same key.
#[derive(Clone, Debug)]
pub struct ToolHandler {
    tools: Arc<dyn ToolForge>,
    policy: Arc<dyn Policy>,
}

impl ToolHandler {
    /// The kind of its jobs.
    pub const KIND: &str = "tool";

    /// Calls tools of `tools` under the grants of `policy`.
    pub fn new(tools: impl ToolForge, policy: impl Policy) -> Self {
        Self {
            tools: Arc::new(tools),
            policy: Arc::new(policy),
        }
    }
}

#[async_trait]
impl JobHandler for ToolHandler {
    fn kind(&self) -> &str {
        Self::KIND
    }

    async fn run(&self, context: &JobContext) -> Result<Value> {
        let job = &context.job;
        let order: ToolJob = serde_json::from_value(job.spec.payload.clone()).map_err(|error| {
            Error::invalid(format!(
                "cannot read the payload of tool job '{}'",
                job.spec.key
            ))
            .with_source(error)
        })?;
        let info = lookup(&*self.tools, &job.scope, &order.tool).await?;
        let grant = self.policy.grant(&job.scope, &info, job.spec.trust);
        let call =
            Call::new(order.tool, order.input, context.effect_key()).with_trust(job.spec.trust);
        let result = self.tools.call(&job.scope, call, &grant).await?;
        serde_json::to_value(&result).map_err(|error| {
            Error::new(ErrorKind::Internal, "cannot write the result of a tool").with_source(error)
        })
    }
}
