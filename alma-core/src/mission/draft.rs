//! Drafts: what a planner proposes, before anybody checked it.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize, de};
use serde_json::Value;

use crate::{Digest, Error, MissionId, Result, digest::clip};

/// The name of a task within its plan: 1–64 of `a-z A-Z 0-9 . _ -`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct TaskName(String);

impl TaskName {
    /// A name.
    ///
    /// # Errors
    /// `InvalidInput` when it breaks the rule above.
    pub fn new(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
            return Err(
                Error::invalid(format!("cannot name a task '{}'", clip(&name)))
                    .with_remedy("use 1 to 64 letters, digits, '.', '_' or '-'"),
            );
        }
        Ok(Self(name))
    }

    /// The task at `index`: `s1`, `s2`, ….
    #[must_use]
    pub fn numbered(index: usize) -> Self {
        Self(format!("s{}", index + 1))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TaskName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for TaskName {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(input)?).map_err(de::Error::custom)
    }
}

/// What a task does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// Calls this version of a tool.
    Tool(Digest),
    /// Runs a job of this kind.
    Job(String),
}

/// Where one input of a task comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Binding {
    /// This value.
    Value(Value),
    /// The output of an earlier task, or the part of it under these property names.
    Output {
        /// The earlier task.
        task: TaskName,
        /// Property names from the outside in; empty for the whole output.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        path: Vec<String>,
    },
    /// The outputs of several earlier tasks as a list, in this order.
    Gather {
        /// The earlier tasks.
        tasks: Vec<TaskName>,
        /// Property names from the outside in, the same for each task.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        path: Vec<String>,
    },
    /// The answer to the question of the same task and input, once there is one.
    Answer,
}

impl Binding {
    /// The whole output of `task`.
    #[must_use]
    pub const fn output(task: TaskName) -> Self {
        Self::Output {
            task,
            path: Vec::new(),
        }
    }

    /// The property `name` of the output of `task`.
    pub fn field(task: TaskName, name: impl Into<String>) -> Self {
        Self::Output {
            task,
            path: vec![name.into()],
        }
    }

    /// The earlier tasks that it reads.
    #[must_use]
    pub fn reads(&self) -> &[TaskName] {
        match self {
            Self::Output { task, .. } => std::slice::from_ref(task),
            Self::Gather { tasks, .. } => tasks,
            Self::Value(_) | Self::Answer => &[],
        }
    }
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Task {
    /// Its name.
    pub name: TaskName,
    /// What it does.
    pub action: Action,
    /// Its inputs.
    pub inputs: BTreeMap<String, Binding>,
    /// Tasks that must be done before, beyond those that it reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<TaskName>,
}

impl Task {
    /// A task without inputs.
    #[must_use]
    pub const fn new(name: TaskName, action: Action) -> Self {
        Self {
            name,
            action,
            inputs: BTreeMap::new(),
            after: Vec::new(),
        }
    }

    /// Binds an input.
    #[must_use]
    pub fn with(mut self, input: impl Into<String>, binding: Binding) -> Self {
        self.inputs.insert(input.into(), binding);
        self
    }

    /// All tasks that must be done before it, in the order of their names.
    #[must_use]
    pub fn needs(&self) -> Vec<&TaskName> {
        let reads = self.inputs.values().flat_map(Binding::reads);
        let mut names: Vec<_> = self.after.iter().chain(reads).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// Something that only the owner can say before the plan can run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Question {
    /// The task that waits.
    pub task: TaskName,
    /// Its input.
    pub input: String,
    /// The question in words.
    pub text: String,
}

impl Question {
    /// Asks for an input of a task.
    pub fn new(task: TaskName, input: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            task,
            input: input.into(),
            text: text.into(),
        }
    }
}

/// What a planner proposes. [`Draft::check`] is the only way from here to a [`Plan`](crate::Plan).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Draft {
    /// The tasks, in any order.
    pub tasks: Vec<Task>,
    /// What must be asked first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// Why it looks as it does, in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The mission whose case it follows, if any: what that was made of, this is made of, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<MissionId>,
}

impl Draft {
    /// A draft with these tasks and no questions.
    pub fn new(tasks: Vec<Task>, reason: impl Into<String>) -> Self {
        Self {
            tasks,
            questions: Vec::new(),
            reason: reason.into(),
            follows: None,
        }
    }
}
