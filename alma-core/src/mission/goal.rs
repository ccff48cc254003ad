//! What a planner is given.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Case, Effect, Fault, MissionId, Plan, RecordId, Schema, TaskName, Timestamp, ToolInfo, Trust,
};

/// A goal with its constraints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Mission {
    /// Names it; starting it again under the same id goes on with it.
    pub id: MissionId,
    /// What is wanted, in words.
    pub goal: String,
    /// Values that the goal speaks of, by name; also the answers to questions, as `task.input`.
    pub inputs: BTreeMap<String, Value>,
    /// When it must have ended.
    pub deadline: Option<Timestamp>,
    /// At most this many tasks over all plans.
    pub max_tasks: usize,
    /// At most this many repairs.
    pub max_repairs: u32,
    /// Who speaks: the trust of the goal and the inputs.
    pub trust: Trust,
    /// The records that the goal and the inputs were made of; a mission without any is forgotten by its own id.
    pub sources: Vec<RecordId>,
}

impl Mission {
    /// The longest goal, in bytes.
    pub const MAX_GOAL: usize = 16 * 1024;

    /// A mission of the owner without inputs or deadline, of at most 1000 tasks and 3 repairs.
    pub fn new(id: MissionId, goal: impl Into<String>) -> Self {
        Self {
            id,
            goal: goal.into(),
            inputs: BTreeMap::new(),
            deadline: None,
            max_tasks: 1_000,
            max_repairs: 3,
            trust: Trust::Owner,
            sources: Vec::new(),
        }
    }

    /// Gives a value that the goal speaks of.
    #[must_use]
    pub fn with_input(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.inputs.insert(name.into(), value.into());
        self
    }

    /// Sets when it must have ended.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Timestamp) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Sets the most tasks.
    #[must_use]
    pub fn with_max_tasks(mut self, tasks: usize) -> Self {
        self.max_tasks = tasks;
        self
    }

    /// Sets who speaks.
    #[must_use]
    pub fn with_trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }

    /// Sets the records that the goal and the inputs were made of.
    #[must_use]
    pub fn with_sources(mut self, sources: Vec<RecordId>) -> Self {
        self.sources = sources;
        self
    }
}

impl Mission {
    /// What it, and all that comes of it, is forgotten by: its sources, or its own id where it has none.
    pub(crate) fn provenance(&self) -> Vec<RecordId> {
        if self.sources.is_empty() {
            vec![self.id.stand_in()]
        } else {
            self.sources.clone()
        }
    }
}

/// A kind of job that the workers can run, as a planner sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JobKind {
    /// Its name.
    pub name: String,
    /// What it does, in a sentence.
    pub description: String,
    /// What it takes.
    pub input: Schema,
    /// What it gives.
    pub output: Schema,
    /// What it does to the world; whatever it likes, unless somebody says otherwise.
    #[serde(default = "anything")]
    pub effect: Effect,
}

const fn anything() -> Effect {
    Effect::Sink
}

impl JobKind {
    /// A kind of job that may do anything, and so serves the goals of the owner alone.
    pub fn new(
        name: impl Into<String>,
        description: impl Into<String>,
        input: Schema,
        output: Schema,
    ) -> Self {
        Self {
            name: name.into(),
            description: description.into(),
            input,
            output,
            effect: anything(),
        }
    }

    /// Promises that its jobs do no more than this.
    #[must_use]
    pub const fn with_effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }
}

/// All that a plan may use: what is permitted now, and what was learned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Offer {
    /// Tools that can be called.
    pub tools: Vec<ToolInfo>,
    /// Job kinds that workers run.
    pub kinds: Vec<JobKind>,
    /// Finished missions that resemble this one, best first.
    pub cases: Vec<Case>,
    /// The most tasks that a plan may have.
    pub max_tasks: usize,
    /// Whose words choose from it: below the owner's trust a plan holds no sink.
    #[serde(default)]
    pub trust: Trust,
}

impl Offer {
    /// An offer of these tools to the owner, for plans of at most 1000 tasks.
    #[must_use]
    pub const fn tools(tools: Vec<ToolInfo>) -> Self {
        Self {
            tools,
            kinds: Vec::new(),
            cases: Vec::new(),
            max_tasks: 1_000,
            trust: Trust::Owner,
        }
    }

    /// Sets whose words choose from it.
    #[must_use]
    pub const fn with_trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }

    /// The offer as words of `trust` may choose from it: of two trusts the lower holds, and below the owner's it has no sinks.
    #[must_use]
    pub fn to(&self, trust: Trust) -> Cow<'_, Self> {
        let trust = self.trust.min(trust);
        if trust == Trust::Owner {
            return Cow::Borrowed(self);
        }
        let mut rest = self.clone().with_trust(trust);
        rest.tools.retain(|tool| tool.effect < Effect::Sink);
        rest.kinds.retain(|kind| kind.effect < Effect::Sink);
        Cow::Owned(rest)
    }
}

/// How far a mission has come, for a repair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Progress {
    /// The mission.
    pub mission: Mission,
    /// The plan in force.
    pub plan: Plan,
    /// The outputs that were accepted; their tasks stay as they are.
    pub accepted: BTreeMap<TaskName, Value>,
    /// How many repairs there were.
    pub repairs: u32,
}

impl Progress {
    /// A mission that just starts on a plan.
    #[must_use]
    pub const fn new(mission: Mission, plan: Plan) -> Self {
        Self {
            mission,
            plan,
            accepted: BTreeMap::new(),
            repairs: 0,
        }
    }
}

/// A task that failed for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Failure {
    /// The task.
    pub task: TaskName,
    /// What it failed of.
    pub fault: Fault,
}

impl Failure {
    /// `task` failed of `fault`.
    #[must_use]
    pub const fn new(task: TaskName, fault: Fault) -> Self {
        Self { task, fault }
    }
}
