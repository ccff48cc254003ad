//! The events of a mission's stream.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::state::State;
use crate::{
    Error, ErrorKind, Event, Fault, JobId, Mission, MissionId, NewEvent, Plan, RecordId, Result,
    StreamId, TaskName, Trust,
};

pub(super) const ACCEPTED: &str = "accepted";
pub(super) const PLANNED: &str = "planned";
pub(super) const DONE: &str = "task_done";
pub(super) const FAILED: &str = "task_failed";
pub(super) const REPAIRED: &str = "repaired";
pub(super) const COMPLETED: &str = "completed";
pub(super) const ABORTED: &str = "aborted";
pub(super) const CANCELLED: &str = "cancelled";

/// The result of a task was accepted.
#[derive(Serialize, Deserialize)]
pub(super) struct Done {
    pub(super) task: TaskName,
    pub(super) job: JobId,
    pub(super) token: u64,
    pub(super) output: Value,
    pub(super) trust: Trust,
}

/// A task failed for good.
#[derive(Serialize, Deserialize)]
pub(super) struct Failed {
    pub(super) task: TaskName,
    pub(super) job: JobId,
    pub(super) fault: Fault,
}

/// A plan that goes on after a failure.
#[derive(Serialize, Deserialize)]
pub(super) struct Repaired {
    /// The task whose failure it answers; every open one where it does not say.
    #[serde(default)]
    pub(super) answers: Option<TaskName>,
    #[serde(flatten)]
    pub(super) plan: Plan,
}

/// Under which the streams of missions stand.
pub(super) const PREFIX: &str = "mission/";

pub(super) fn stream(id: MissionId) -> Result<StreamId> {
    StreamId::new(format!("{PREFIX}{id}"))
}

/// The body of an event.
///
/// # Errors
/// `Gone` when it was forgotten, `Corrupt` when it does not read.
pub(super) fn read<T: serde::de::DeserializeOwned>(event: &Event) -> Result<T> {
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

pub(super) fn write<T: Serialize>(kind: &str, body: &T) -> Result<NewEvent> {
    let body = serde_json::to_value(body).map_err(|error| {
        Error::new(
            ErrorKind::Internal,
            format!("cannot write a '{kind}' event"),
        )
        .with_source(error)
    })?;
    Ok(NewEvent::new(kind, body))
}

pub(super) fn accepted(mission: &Mission) -> Result<NewEvent> {
    Ok(write(ACCEPTED, mission)?.with_sources(mission.provenance()))
}

/// The mission with answers, which belong to it as all that it was made of before does.
pub(super) fn answered(state: &State, mission: &Mission) -> Result<NewEvent> {
    of(state, ACCEPTED, mission, mission.sources.clone())
}

/// A plan, and what it was made of beside the mission.
pub(super) fn planned(state: &State, plan: &Plan, more: Vec<RecordId>) -> Result<NewEvent> {
    of(state, PLANNED, plan, more)
}

/// A plan that answers the failure of a task, and what it was made of beside the mission.
pub(super) fn repaired(
    state: &State,
    task: &TaskName,
    plan: Plan,
    more: Vec<RecordId>,
) -> Result<NewEvent> {
    let answers = Some(task.clone());
    of(state, REPAIRED, &Repaired { answers, plan }, more)
}

pub(super) fn aborted(state: &State, fault: &Fault) -> Result<NewEvent> {
    of(state, ABORTED, fault, Vec::new())
}

/// A task failed before it could be queued.
pub(super) fn unqueued(state: &State, task: &TaskName, fault: Fault) -> Result<NewEvent> {
    lost(
        state,
        task,
        JobId::of_parts(&[task.as_str().as_bytes()]),
        fault,
    )
}

/// A task failed, as far as anybody can tell.
pub(super) fn lost(state: &State, task: &TaskName, job: JobId, fault: Fault) -> Result<NewEvent> {
    let task = task.clone();
    of(state, FAILED, &Failed { task, job, fault }, Vec::new())
}

pub(super) fn completed() -> NewEvent {
    NewEvent::new(COMPLETED, Value::Null)
}

pub(super) fn cancelled() -> NewEvent {
    NewEvent::new(CANCELLED, Value::Null)
}

/// An event that was made of all that its mission was made of so far, and of `more`.
fn of(state: &State, kind: &str, body: &impl Serialize, more: Vec<RecordId>) -> Result<NewEvent> {
    let mut sources = state.sources.clone();
    sources.extend(more);
    Ok(write(kind, body)?.with_sources(sources.into_iter().collect()))
}
