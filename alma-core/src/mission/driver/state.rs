//! What a mission's stream says: the state is a fold over its events, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    MissionReport, MissionStatus,
    event::{
        ABORTED, ACCEPTED, CANCELLED, COMPLETED, DONE, Done, FAILED, Failed, PLANNED, REPAIRED,
        Repaired, read,
    },
    front::Front,
};
use crate::{
    Error, ErrorKind, Event, Fault, Mission, MissionId, Plan, RecordId, Result, Task, TaskName,
    Trust, Version, mission::key::job_key,
};

/// The fold of a mission's stream.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) version: Version,
    pub(super) mission: Mission,
    /// What it was made of, and what came to it with its plans.
    pub(super) sources: BTreeSet<RecordId>,
    pub(super) plan: Option<Plan>,
    pub(super) status: MissionStatus,
    pub(super) accepted: BTreeMap<TaskName, Value>,
    /// The trust of what each task gave.
    pub(super) trust: BTreeMap<TaskName, Trust>,
    /// How many times each task failed for good: part of its jobs' keys, so that a repaired task is a new job.
    failures: BTreeMap<TaskName, u32>,
    /// The failures that no repair has answered yet; nothing runs while there are any.
    pub(super) open_failures: BTreeMap<TaskName, Fault>,
    pub(super) repairs: u32,
    /// What can run.
    pub(super) front: Front,
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
            sources: event.sources.iter().copied().collect(),
            plan: None,
            status: MissionStatus::Accepted,
            accepted: BTreeMap::new(),
            trust: BTreeMap::new(),
            failures: BTreeMap::new(),
            open_failures: BTreeMap::new(),
            repairs: 0,
            front: Front::default(),
        })
    }

    /// The state after one more event; kinds that a newer version wrote change nothing here.
    pub(super) fn apply(&mut self, event: &Event) -> Result<()> {
        match event.kind.as_str() {
            ACCEPTED => {
                // Started again with answers among its inputs.
                self.mission = read(event)?;
                self.status = MissionStatus::Accepted;
            }
            PLANNED => self.follow(read(event)?),
            REPAIRED => {
                self.repairs += 1;
                let Repaired { answers, plan } = read(event)?;
                match answers {
                    Some(task) => drop(self.open_failures.remove(&task)),
                    None => self.open_failures.clear(),
                }
                self.follow(plan);
            }
            DONE => {
                let done: Done = read(event)?;
                let (id, failures) = (self.mission.id, &self.failures);
                let tasks = self.plan.as_ref().map_or(&[][..], Plan::tasks);
                self.front
                    .finish(tasks, &done.task, |task| key(id, failures, task));
                self.trust.insert(done.task.clone(), done.trust);
                self.accepted.insert(done.task, done.output);
            }
            FAILED => {
                let failed: Failed = read(event)?;
                *self.failures.entry(failed.task.clone()).or_default() += 1;
                let (id, failures) = (self.mission.id, &self.failures);
                let tasks = self.plan.as_ref().map_or(&[][..], Plan::tasks);
                self.front
                    .rekey(&failed.task, |place| key(id, failures, &tasks[place]));
                self.open_failures.insert(failed.task, failed.fault);
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
        self.sources.extend(&event.sources);
        self.version = event.version;
        Ok(())
    }

    fn follow(&mut self, plan: Plan) {
        let questions = plan.questions().to_vec();
        self.status = if questions.is_empty() {
            MissionStatus::Running
        } else {
            MissionStatus::Asking { questions }
        };
        // A task that was taken out or changed is another one, which has not failed.
        let before = self.plan.as_ref();
        self.open_failures.retain(|name, _| {
            let task = plan.task(name);
            task.is_some() && task == before.and_then(|before| before.task(name))
        });
        let is_done = |name: &TaskName| self.accepted.contains_key(name);
        let key = |task: &Task| key(self.mission.id, &self.failures, task);
        self.front = Front::new(plan.tasks(), is_done, key);
        self.plan = Some(plan);
    }

    /// The tasks of the plan in force.
    pub(super) fn tasks(&self) -> &[Task] {
        self.plan.as_ref().map_or(&[], Plan::tasks)
    }

    /// Whether every task of the plan has an accepted output.
    pub(super) fn is_complete(&self) -> bool {
        self.plan.is_some() && self.front.is_over()
    }

    pub(super) fn report(&self) -> MissionReport {
        MissionReport {
            mission: self.mission.clone(),
            sources: self.sources.iter().copied().collect(),
            status: self.status.clone(),
            plan: self.plan.clone(),
            accepted: self.accepted.clone(),
            repairs: self.repairs,
        }
    }
}

fn key(mission: MissionId, failures: &BTreeMap<TaskName, u32>, task: &Task) -> String {
    let failures = failures.get(&task.name).copied().unwrap_or_default();
    job_key(mission, task, failures)
}
