//! Missions whose tasks fail: each failure is answered, whatever else happened at the same time.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use alma_core::{
    Action, Draft, Effect, Error, ErrorKind, Failure, Handle, JobContext, JobHandler, JobKind,
    Mission, MissionId, MissionStatus, Offer, Planner, Progress, Result, Schema, Scope, Task,
    TaskName, reference::ReferenceExecutor,
};
use async_trait::async_trait;
use serde_json::Value;

use super::{World, scope};

/// Two tasks beside each other. What passes is tried once more, all else has no other way.
#[derive(Debug)]
struct Pair;

#[async_trait]
impl Planner for Pair {
    async fn plan(&self, _scope: &Scope, _mission: &Mission, _offer: &Offer) -> Result<Draft> {
        let task = |name: &str| Task::new(TaskName::new(name).unwrap(), Action::Job(name.into()));
        Ok(Draft::new(vec![task("pay"), task("print")], "both at once"))
    }

    async fn repair(
        &self,
        _scope: &Scope,
        progress: &Progress,
        failure: &Failure,
        _offer: &Offer,
    ) -> Result<Draft> {
        match failure.fault.kind {
            ErrorKind::Unknown => Ok(progress.plan.to_draft()),
            kind => Err(Error::new(kind, "cannot do it in another way")),
        }
    }
}

/// Fails at its first runs.
#[derive(Debug)]
struct Fails {
    kind: &'static str,
    with: ErrorKind,
    times: usize,
    runs: Arc<AtomicUsize>,
}

#[async_trait]
impl JobHandler for Fails {
    fn kind(&self) -> &str {
        self.kind
    }

    async fn run(&self, _context: &JobContext) -> Result<Value> {
        if self.runs.fetch_add(1, Ordering::SeqCst) < self.times {
            return Err(Error::new(self.with, format!("cannot {} now", self.kind)));
        }
        Ok(Value::Null)
    }
}

/// A companion with the pair, of which `pay` fails once with this kind, and how often `pay` ran.
fn pair(world: &World, with: ErrorKind) -> (Handle, Arc<AtomicUsize>) {
    let fails = |kind, with| Fails {
        kind,
        with,
        times: 1,
        runs: Arc::default(),
    };
    let (pay, print) = (fails("pay", with), fails("print", ErrorKind::Unknown));
    let runs = Arc::clone(&pay.runs);
    let executor =
        ReferenceExecutor::with_clock(vec![Arc::new(pay), Arc::new(print)], world.clock.clone());
    let job = |name: &str| {
        JobKind::new(name, name, Schema::any(), Schema::any()).with_effect(Effect::Sink)
    };
    let ana = world
        .builder()
        .planner(Pair)
        .executor(executor)
        .job_kind(job("pay"))
        .job_kind(job("print"))
        .build()
        .within(scope());
    (ana, runs)
}

/// Of two failures in one page of outcomes the repair of one once answered both, so that a sink that was denied ran again.
#[tokio::test]
async fn two_failures_at_once_are_two_decisions() {
    let mission = || Mission::new(MissionId::from_bytes([1; 16]), "pay and print");
    let world = World::new();
    let (ana, runs) = pair(&world, ErrorKind::Denied);
    let report = ana.run(mission()).await.unwrap();
    let MissionStatus::Failed { fault } = report.status else {
        panic!("{report:?}")
    };
    assert_eq!(fault.kind, ErrorKind::Denied);
    assert_eq!(runs.load(Ordering::SeqCst), 1);

    let world = World::new();
    let (ana, runs) = pair(&world, ErrorKind::Unknown);
    let report = ana.run(mission()).await.unwrap();
    assert_eq!(report.status, MissionStatus::Done);
    assert_eq!(report.repairs, 2, "one decision for each");
    assert_eq!(runs.load(Ordering::SeqCst), 2);
}
