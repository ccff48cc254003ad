//! A mission, from outside: where it stands and what it gave.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Fault, Mission, Plan, Question, RecordId, TaskName};

/// Where a mission stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "status")]
#[non_exhaustive]
pub enum MissionStatus {
    /// It was accepted and has no plan yet.
    Accepted,
    /// It waits for answers; start it again with them among its inputs, as `task.input`.
    Asking {
        /// What must be answered.
        questions: Vec<Question>,
    },
    /// Its tasks run.
    Running,
    /// It reached its goal.
    Done,
    /// It ended without reaching its goal.
    Failed {
        /// Why.
        fault: Fault,
    },
    /// Its owner cancelled it.
    Cancelled,
}

impl MissionStatus {
    /// Whether nothing more will happen to it.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Done | Self::Failed { .. } | Self::Cancelled)
    }
}

/// A mission, from outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MissionReport {
    /// The mission.
    pub mission: Mission,
    /// What it and all that came of it was made of, with what the tools that it calls and the case that it follows were
    /// made of: forgetting one of these forgets it. Its own id stands here when it was made of no record.
    #[serde(default)]
    pub sources: Vec<RecordId>,
    /// Where it stands.
    pub status: MissionStatus,
    /// The plan in force, if there is one.
    pub plan: Option<Plan>,
    /// The outputs that were accepted, by task.
    pub accepted: BTreeMap<TaskName, Value>,
    /// How many times the plan was repaired.
    pub repairs: u32,
}

impl MissionReport {
    /// The outputs of the tasks that nothing else reads.
    #[must_use]
    pub fn result(&self) -> BTreeMap<&TaskName, &Value> {
        let last = self.plan.as_ref().map(Plan::last).unwrap_or_default();
        last.into_iter()
            .filter_map(|name| self.accepted.get_key_value(name))
            .collect()
    }
}
