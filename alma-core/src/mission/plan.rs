//! Plans: drafts that were proved.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Draft, Error, MissionId, Question, Task, TaskName, mission::check::structure};

/// A graph of tasks that has no circle, no dangling reference and no unknown tool.
///
/// [`Draft::check`] alone makes one for running. A stored plan is proved again in its structure when it is loaded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Draft", into = "Draft")]
pub struct Plan(Draft);

impl Plan {
    /// A plan out of a draft that was proved; brings the tasks into the order in which they can run.
    pub(crate) fn proven(mut draft: Draft) -> Self {
        if let Ok(ordered) = order(&draft.tasks) {
            let mut place: BTreeMap<_, _> = ordered
                .into_iter()
                .enumerate()
                .map(|(i, name)| (name, i))
                .collect();
            draft
                .tasks
                .sort_by_cached_key(|task| place.remove(&task.name));
        }
        Self(draft)
    }

    /// The tasks, each after all that it needs.
    #[must_use]
    pub fn tasks(&self) -> &[Task] {
        &self.0.tasks
    }

    /// One task.
    #[must_use]
    pub fn task(&self, name: &TaskName) -> Option<&Task> {
        self.0.tasks.iter().find(|task| task.name == *name)
    }

    /// What must be asked before it can run.
    #[must_use]
    pub fn questions(&self) -> &[Question] {
        &self.0.questions
    }

    /// Why it looks as it does.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.0.reason
    }

    /// The mission whose case it follows, if any.
    #[must_use]
    pub fn follows(&self) -> Option<MissionId> {
        self.0.follows
    }

    /// The plan as a draft, for a planner to change.
    #[must_use]
    pub fn to_draft(&self) -> Draft {
        self.0.clone()
    }

    /// The tasks that can run now: not done, and all that they need is.
    #[must_use]
    pub fn ready(&self, done: &BTreeMap<TaskName, Value>) -> Vec<&Task> {
        self.tasks()
            .iter()
            .filter(|task| !done.contains_key(&task.name))
            .filter(|task| {
                task.needs()
                    .into_iter()
                    .all(|needed| done.contains_key(needed))
            })
            .collect()
    }

    /// The tasks that nothing else reads or waits for: their outputs are the result.
    #[must_use]
    pub fn last(&self) -> Vec<&TaskName> {
        let needed: BTreeSet<_> = self.tasks().iter().flat_map(Task::needs).collect();
        self.tasks()
            .iter()
            .map(|task| &task.name)
            .filter(|name| !needed.contains(name))
            .collect()
    }
}

impl TryFrom<Draft> for Plan {
    type Error = Error;

    fn try_from(draft: Draft) -> Result<Self, Error> {
        match structure(&draft).first() {
            None => Ok(Self::proven(draft)),
            Some(flaw) => Err(Error::invalid(format!("cannot load a plan: {flaw}"))),
        }
    }
}

impl From<Plan> for Draft {
    fn from(plan: Plan) -> Self {
        plan.0
    }
}

/// The names in an order in which each comes after all that it needs (ties as given), or those that wait in a circle.
pub(crate) fn order(tasks: &[Task]) -> Result<Vec<TaskName>, Vec<TaskName>> {
    let mut waiting: BTreeMap<&TaskName, usize> = BTreeMap::new();
    let mut readers: BTreeMap<&TaskName, Vec<usize>> = BTreeMap::new();
    for (i, task) in tasks.iter().enumerate() {
        let needs = task.needs();
        waiting.insert(&task.name, needs.len());
        for needed in needs {
            readers.entry(needed).or_default().push(i);
        }
    }
    let mut free: BTreeSet<usize> = tasks
        .iter()
        .enumerate()
        .filter(|(_, task)| task.needs().is_empty())
        .map(|(i, _)| i)
        .collect();
    let mut done = Vec::with_capacity(tasks.len());
    while let Some(i) = free.pop_first() {
        let name = &tasks[i].name;
        waiting.remove(name);
        done.push(name.clone());
        for &reader in readers.get(name).into_iter().flatten() {
            if let Some(left) = waiting.get_mut(&tasks[reader].name) {
                *left -= 1;
                if *left == 0 {
                    free.insert(reader);
                }
            }
        }
    }
    if done.len() == tasks.len() {
        Ok(done)
    } else {
        Err(waiting.into_keys().cloned().collect())
    }
}
