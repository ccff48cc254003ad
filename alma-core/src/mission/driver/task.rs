//! From a task to its job, and from the job's outcome to the event that takes it in.

use serde_json::Value;

use super::{
    event::{DONE, Done, FAILED, Failed, write},
    state::State,
};
use crate::{
    Action, Binding, Error, ErrorKind, JobId, NewEvent, NewJob, Outcome, Result, Scope, Task,
    TaskName, ToolResult, Trust,
    tool::{ToolHandler, ToolJob},
};

impl State {
    /// The tasks that can run now and the keys of their jobs, in the order of the plan.
    pub(super) fn open(&self) -> impl Iterator<Item = (&Task, &str)> {
        let tasks = self.tasks();
        self.front
            .keys()
            .map(move |(place, key)| (&tasks[place], key))
    }

    /// The jobs that may be queued or running.
    pub(super) fn open_jobs(&self, scope: &Scope) -> Vec<JobId> {
        self.open()
            .map(|(_, key)| NewJob::new("", key, Value::Null).id(scope))
            .collect()
    }

    /// The job of a task that can run.
    ///
    /// Its idempotency key is the task's, so that whoever queues it again, and whoever runs it
    /// again, names the same work.
    pub(super) fn job(&self, task: &Task, key: &str) -> Result<NewJob> {
        let mut input = serde_json::Map::new();
        for (name, binding) in &task.inputs {
            input.insert(name.clone(), self.value(task, name, binding)?);
        }
        let input = Value::Object(input);
        let (kind, payload) = match &task.action {
            Action::Tool(tool) => {
                let order = ToolJob { tool: *tool, input };
                let payload = serde_json::to_value(&order).map_err(|error| {
                    Error::new(ErrorKind::Internal, "cannot write a tool job").with_source(error)
                })?;
                (ToolHandler::KIND, payload)
            }
            Action::Job(kind) => (kind.as_str(), input),
        };
        Ok(NewJob::new(kind, key, payload)
            .with_group(format!("mission/{}", self.mission.id))
            .with_sources(self.sources.iter().copied().collect())
            .with_trust(self.trust_of(task)))
    }

    /// The least trust of the mission and of all that the task reads.
    fn trust_of(&self, task: &Task) -> Trust {
        let read = task
            .needs()
            .into_iter()
            .filter_map(|name| self.trust.get(name))
            .copied();
        read.fold(self.mission.trust, std::cmp::min)
    }

    fn value(&self, task: &Task, name: &str, binding: &Binding) -> Result<Value> {
        let part = |from: &TaskName, path: &[String]| {
            let whole = self.accepted.get(from).ok_or_else(|| {
                Error::new(
                    ErrorKind::Internal,
                    format!("cannot run '{}' before '{from}'", task.name),
                )
            })?;
            path.iter()
                .try_fold(whole, |value, name| value.get(name))
                .cloned()
                .ok_or_else(|| {
                    Error::new(
                        ErrorKind::NotFound,
                        format!("cannot find '{}' in the output of '{from}'", path.join(".")),
                    )
                    .with_remedy("the tool left out an optional part of its output")
                })
        };
        match binding {
            Binding::Value(value) => Ok(value.clone()),
            Binding::Output { task, path } => part(task, path),
            Binding::Gather { tasks, path } => tasks.iter().map(|task| part(task, path)).collect(),
            Binding::Answer => {
                let key = format!("{}.{name}", task.name);
                self.mission.inputs.get(&key).cloned().ok_or_else(|| {
                    Error::new(
                        ErrorKind::Missing,
                        format!("cannot run '{}' without an answer for '{name}'", task.name),
                    )
                    .with_remedy(format!("start the mission again with the input '{key}'"))
                })
            }
        }
    }

    /// The task that an outcome is of, and the event that takes it in; none when no task waits for it any more.
    pub(super) fn take(&self, outcome: &Outcome) -> Result<Option<(&TaskName, NewEvent)>> {
        let Some(place) = self.front.owner(&outcome.key) else {
            return Ok(None);
        };
        let task = &self.tasks()[place];
        let event = match &outcome.result {
            Ok(value) => {
                let (output, trust) = match task.action {
                    Action::Tool(_) => {
                        let result: ToolResult =
                            serde_json::from_value(value.clone()).map_err(|error| {
                                Error::new(
                                    ErrorKind::Corrupt,
                                    format!("cannot read the result of job {}", outcome.job),
                                )
                                .with_source(error)
                            })?;
                        (result.output, result.trust)
                    }
                    Action::Job(_) => (value.clone(), Trust::VerifiedTool),
                };
                let done = Done {
                    task: task.name.clone(),
                    job: outcome.job,
                    token: outcome.token,
                    output,
                    trust: trust.min(self.trust_of(task)),
                };
                write(DONE, &done)?
            }
            Err(fault) => {
                let failed = Failed {
                    task: task.name.clone(),
                    job: outcome.job,
                    fault: fault.clone(),
                };
                write(FAILED, &failed)?
            }
        };
        let event = event
            .with_key(format!("{}/{}", outcome.job, outcome.token))
            .with_sources(outcome.sources.clone());
        Ok(Some((&task.name, event)))
    }
}
