//! What a mission's stream says: the state is a fold over its events, and nothing else.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Binding, Digest, Error, ErrorKind, Event, Fault, JobId, Mission, MissionId, NewEvent, NewJob,
    Outcome, Plan, Question, Result, StreamId, Task, TaskName, Trust, Version,
    tool::{ToolHandler, ToolJob},
};

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

const ACCEPTED: &str = "accepted";
const PLANNED: &str = "planned";
const DONE: &str = "task_done";
const FAILED: &str = "task_failed";
const REPAIRED: &str = "repaired";
const COMPLETED: &str = "completed";
const ABORTED: &str = "aborted";
const CANCELLED: &str = "cancelled";

/// The fold of a mission's stream.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) version: Version,
    pub(super) mission: Mission,
    pub(super) plan: Option<Plan>,
    pub(super) status: MissionStatus,
    pub(super) accepted: BTreeMap<TaskName, Value>,
    trust: BTreeMap<TaskName, Trust>,
    /// How many times each task failed for good: part of its jobs' keys, so that a repaired task is a new job.
    failures: BTreeMap<TaskName, u32>,
    /// A failure that no repair has answered yet.
    pub(super) open_failure: Option<(TaskName, Fault)>,
    pub(super) repairs: u32,
}

#[derive(Serialize, Deserialize)]
struct Done {
    task: TaskName,
    job: JobId,
    token: u64,
    output: Value,
    trust: Trust,
}

#[derive(Serialize, Deserialize)]
struct Failed {
    task: TaskName,
    job: JobId,
    fault: Fault,
}

/// Under which the streams of missions stand.
pub(super) const PREFIX: &str = "mission/";

pub(super) fn stream(id: MissionId) -> Result<StreamId> {
    StreamId::new(format!("{PREFIX}{id}"))
}

fn read<T: serde::de::DeserializeOwned>(event: &Event) -> Result<T> {
    if event.erased {
        return Err(Error::new(
            ErrorKind::Gone,
            "cannot go on with a mission that was made of forgotten records",
        ));
    }
    serde_json::from_value(event.body.clone()).map_err(|error| {
        Error::new(
            ErrorKind::Corrupt,
            format!("cannot read event {} of a mission", event.version.0),
        )
        .with_source(error)
    })
}

fn write<T: Serialize>(kind: &str, body: &T) -> Result<NewEvent> {
    let body = serde_json::to_value(body).map_err(|error| {
        Error::new(
            ErrorKind::Internal,
            format!("cannot write a '{kind}' event"),
        )
        .with_source(error)
    })?;
    Ok(NewEvent::new(kind, body))
}

impl State {
    /// The state after the first event of the stream.
    pub(super) fn begin(event: &Event) -> Result<Self> {
        if event.kind != ACCEPTED {
            return Err(Error::new(
                ErrorKind::Corrupt,
                "cannot read a mission that does not begin with its acceptance",
            ));
        }
        Ok(Self {
            version: event.version,
            mission: read(event)?,
            plan: None,
            status: MissionStatus::Accepted,
            accepted: BTreeMap::new(),
            trust: BTreeMap::new(),
            failures: BTreeMap::new(),
            open_failure: None,
            repairs: 0,
        })
    }

    /// The state after one more event; kinds that a newer version wrote change nothing here.
    pub(super) fn apply(&mut self, event: &Event) -> Result<()> {
        self.version = event.version;
        match event.kind.as_str() {
            ACCEPTED => {
                // Started again with answers among its inputs.
                self.mission = read(event)?;
                self.status = MissionStatus::Accepted;
            }
            PLANNED => self.follow(read(event)?),
            REPAIRED => {
                self.repairs += 1;
                self.open_failure = None;
                self.follow(read(event)?);
            }
            DONE => {
                let done: Done = read(event)?;
                self.trust.insert(done.task.clone(), done.trust);
                self.accepted.insert(done.task, done.output);
            }
            FAILED => {
                let failed: Failed = read(event)?;
                *self.failures.entry(failed.task.clone()).or_default() += 1;
                self.open_failure = Some((failed.task, failed.fault));
            }
            COMPLETED => self.status = MissionStatus::Done,
            ABORTED => {
                self.status = MissionStatus::Failed {
                    fault: read(event)?,
                }
            }
            CANCELLED => self.status = MissionStatus::Cancelled,
            _ => {}
        }
        Ok(())
    }

    fn follow(&mut self, plan: Plan) {
        let questions = plan.questions().to_vec();
        self.status = if questions.is_empty() {
            MissionStatus::Running
        } else {
            MissionStatus::Asking { questions }
        };
        self.plan = Some(plan);
    }

    pub(super) fn report(&self) -> MissionReport {
        MissionReport {
            mission: self.mission.clone(),
            status: self.status.clone(),
            plan: self.plan.clone(),
            accepted: self.accepted.clone(),
            repairs: self.repairs,
        }
    }

    /// The idempotency key of a task as it stands: another definition, or another try after a failure, is other work.
    pub(super) fn key(&self, task: &Task) -> String {
        let shape = Digest::of_json(&json!([task.action, task.inputs]));
        let failures = self.failures.get(&task.name).copied().unwrap_or_default();
        format!(
            "mission/{}/{}/{}/{failures}",
            self.mission.id,
            task.name,
            shape.short()
        )
    }

    /// The jobs of the tasks that can run now, by task.
    pub(super) fn ready(&self) -> Vec<(TaskName, Result<NewJob>)> {
        let Some(plan) = &self.plan else {
            return Vec::new();
        };
        plan.ready(&self.accepted)
            .into_iter()
            .map(|task| (task.name.clone(), self.job(task)))
            .collect()
    }

    fn job(&self, task: &Task) -> Result<NewJob> {
        let mut input = serde_json::Map::new();
        for (name, binding) in &task.inputs {
            input.insert(name.clone(), self.value(task, name, binding)?);
        }
        let input = Value::Object(input);
        let (kind, payload) = match &task.action {
            crate::Action::Tool(tool) => {
                let order = ToolJob { tool: *tool, input };
                let payload = serde_json::to_value(&order).map_err(|error| {
                    Error::new(ErrorKind::Internal, "cannot write a tool job").with_source(error)
                })?;
                (ToolHandler::KIND, payload)
            }
            crate::Action::Job(kind) => (kind.as_str(), input),
        };
        Ok(NewJob::new(kind, self.key(task), payload)
            .with_group(format!("mission/{}", self.mission.id))
            .with_sources(self.mission.provenance())
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

    /// The event that takes an outcome into the ledger; none when it belongs to no task that still waits.
    pub(super) fn take(&self, outcome: &Outcome) -> Result<Option<NewEvent>> {
        let Some(plan) = &self.plan else {
            return Ok(None);
        };
        let waiting = plan.ready(&self.accepted);
        let Some(task) = waiting
            .into_iter()
            .find(|task| self.key(task) == outcome.key)
        else {
            return Ok(None);
        };
        let event = match &outcome.result {
            Ok(value) => {
                let (output, trust) = match task.action {
                    crate::Action::Tool(_) => {
                        let result: crate::ToolResult = serde_json::from_value(value.clone())
                            .map_err(|error| {
                                Error::new(
                                    ErrorKind::Corrupt,
                                    format!("cannot read the result of job {}", outcome.job),
                                )
                                .with_source(error)
                            })?;
                        (result.output, result.trust)
                    }
                    crate::Action::Job(_) => (value.clone(), Trust::VerifiedTool),
                };
                let trust = trust.min(self.trust_of(task));
                let (job, token) = (outcome.job, outcome.token);
                write(
                    DONE,
                    &Done {
                        task: task.name.clone(),
                        job,
                        token,
                        output,
                        trust,
                    },
                )?
            }
            Err(fault) => {
                let (job, fault) = (outcome.job, fault.clone());
                write(
                    FAILED,
                    &Failed {
                        task: task.name.clone(),
                        job,
                        fault,
                    },
                )?
            }
        };
        let event = event.with_key(format!("{}/{}", outcome.job, outcome.token));
        Ok(Some(event.with_sources(outcome.sources.clone())))
    }

    /// The event that a task failed before it could be queued.
    pub(super) fn unqueued(&self, task: &TaskName, fault: Fault) -> Result<NewEvent> {
        let job = JobId::of_parts(&[task.as_str().as_bytes()]);
        self.sourced(write(
            FAILED,
            &Failed {
                task: task.clone(),
                job,
                fault,
            },
        )?)
    }

    pub(super) fn accepted(mission: &Mission) -> Result<NewEvent> {
        Ok(write(ACCEPTED, mission)?.with_sources(mission.provenance()))
    }

    pub(super) fn planned(&self, plan: &Plan) -> Result<NewEvent> {
        self.sourced(write(PLANNED, plan)?)
    }

    pub(super) fn repaired(&self, plan: &Plan) -> Result<NewEvent> {
        self.sourced(write(REPAIRED, plan)?)
    }

    pub(super) fn completed() -> NewEvent {
        NewEvent::new(COMPLETED, Value::Null)
    }

    pub(super) fn aborted(&self, fault: &Fault) -> Result<NewEvent> {
        self.sourced(write(ABORTED, fault)?)
    }

    pub(super) fn cancelled() -> NewEvent {
        NewEvent::new(CANCELLED, Value::Null)
    }

    fn sourced(&self, event: NewEvent) -> Result<NewEvent> {
        Ok(event.with_sources(self.mission.provenance()))
    }

    /// Whether every task of the plan has an accepted output.
    pub(super) fn is_complete(&self) -> bool {
        self.plan.as_ref().is_some_and(|plan| {
            plan.tasks()
                .iter()
                .all(|task| self.accepted.contains_key(&task.name))
        })
    }

    /// The jobs that may be queued or running.
    pub(super) fn open_jobs(&self, scope: &crate::Scope) -> Vec<JobId> {
        let Some(plan) = &self.plan else {
            return Vec::new();
        };
        plan.ready(&self.accepted)
            .into_iter()
            .map(|task| NewJob::new("", self.key(task), Value::Null).id(scope))
            .collect()
    }
}
