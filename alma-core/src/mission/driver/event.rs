//! The events of a mission's stream.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Error, ErrorKind, Event, Fault, JobId, Mission, MissionId, NewEvent, Plan, Result, StreamId,
    TaskName, Trust,
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
    of(mission, ACCEPTED, mission)
}

pub(super) fn planned(mission: &Mission, plan: &Plan) -> Result<NewEvent> {
    of(mission, PLANNED, plan)
}

pub(super) fn repaired(mission: &Mission, plan: &Plan) -> Result<NewEvent> {
    of(mission, REPAIRED, plan)
}

pub(super) fn aborted(mission: &Mission, fault: &Fault) -> Result<NewEvent> {
    of(mission, ABORTED, fault)
}

/// A task failed before it could be queued.
pub(super) fn unqueued(mission: &Mission, task: &TaskName, fault: Fault) -> Result<NewEvent> {
    let job = JobId::of_parts(&[task.as_str().as_bytes()]);
    let task = task.clone();
    of(mission, FAILED, &Failed { task, job, fault })
}

pub(super) fn completed() -> NewEvent {
    NewEvent::new(COMPLETED, Value::Null)
}

pub(super) fn cancelled() -> NewEvent {
    NewEvent::new(CANCELLED, Value::Null)
}

/// An event that was made of what its mission was made of.
fn of(mission: &Mission, kind: &str, body: &impl Serialize) -> Result<NewEvent> {
    Ok(write(kind, body)?.with_sources(mission.provenance()))
}
