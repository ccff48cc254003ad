//! Planning: a planner is given a goal and an offer, and its draft has to pass the validator.

use std::sync::Arc;

use alma_core::{
    Action, Error, ErrorKind, Mission, MissionId, Offer, Parameter, Planner, Result, Settings,
    Subject, Trust,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{maker::Maker, scope, task};

/// A planner as a subject: a goal and an offer in, the tools of its plan out.
///
/// Input: `{"goal": "…", "trust": "owner", "offer": …}` with an [`Offer`] as it is written as JSON.
///
/// Output: the names of the tools and job kinds in the order of the plan; none when the
/// planner says that nothing on offer serves the goal. A draft that the validator refuses is an error.
#[derive(Debug)]
pub struct PlannerSubject {
    parameters: Vec<Parameter>,
    planner: Maker<Settings, dyn Planner>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlannerTask {
    pub(crate) goal: String,
    pub(crate) trust: Trust,
    pub(crate) offer: Offer,
}

impl PlannerSubject {
    /// A planner that `planner` makes under given settings of `parameters`.
    pub fn new<F>(
        parameters: Vec<Parameter>,
        planner: impl Fn(Settings) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Arc<dyn Planner>>> + Send + 'static,
    {
        Self {
            parameters,
            planner: Maker::new(planner),
        }
    }
}

#[async_trait]
impl Subject for PlannerSubject {
    fn name(&self) -> &str {
        "planner"
    }

    fn parameters(&self) -> Vec<Parameter> {
        self.parameters.clone()
    }

    async fn run(&self, settings: &Settings, input: &Value) -> Result<Value> {
        let mut task: PlannerTask = task(self.name(), input)?;
        task.offer.trust = task.trust;
        let scope = scope(settings, input)?;
        let planner = self.planner.make(settings.clone()).await?;
        let id = MissionId::of_parts(&[scope.as_str().as_bytes()]);
        let mission = Mission::new(id, task.goal).with_trust(task.trust);
        let draft = match planner.plan(&scope, &mission, &task.offer).await {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Value::Array(Vec::new()));
            }
            draft => draft?,
        };
        let plan = draft.check(&task.offer).map_err(|flaws| {
            let first = flaws.first().map_or_else(String::new, ToString::to_string);
            Error::invalid(format!("cannot run the planner's draft: {first}"))
        })?;
        let name = |action: &Action| match action {
            Action::Tool(digest) => {
                let tool = task.offer.tools.iter().find(|tool| tool.digest == *digest);
                tool.map(|tool| tool.name.to_string())
            }
            Action::Job(kind) => Some(kind.clone()),
            _ => None,
        };
        let tasks = plan.tasks().iter();
        Ok(tasks.filter_map(|task| name(&task.action)).collect())
    }
}
