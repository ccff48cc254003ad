//! Missions under `kill -9`: a child process carries one out, is killed, and another goes on from the ledger.
//!
//! The child is this test binary itself, started again with only [`child`]. Its jobs live in memory
//! and die with it, so all that the next one has is the ledger.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use alma_core::{
    Alma, Event, Handle, JobContext, JobHandler, JobKind, LedgerExt, Mission, MissionId,
    MissionStatus, Result, Schema, StreamId,
    reference::ReferenceExecutor,
    sqlite::{Database, FaultPlan, Options},
};
use alma_planner::{Run, Source, SqliteLedger, TaskPlanner, Template, TemplateStep};
use async_trait::async_trait;
use serde_json::{Value, json};

use crate::support::scope;

const HOME: &str = "ALMA_TEST_HOME";
const MISSION: &str = "ALMA_TEST_MISSION";
const ABORT: &str = "ALMA_TEST_ABORT_AT";
const NUMBERS: i64 = 12;
const STEPS: i64 = 24;

/// Squares a number, adds numbers up, or counts one on; takes a moment, so that a kill finds work under way.
#[derive(Debug)]
struct Count(&'static str);

#[async_trait]
impl JobHandler for Count {
    fn kind(&self) -> &str {
        self.0
    }

    async fn run(&self, context: &JobContext) -> Result<Value> {
        tokio::time::sleep(Duration::from_micros(500)).await;
        let payload = &context.job.spec.payload;
        Ok(match self.0 {
            "square" => json!({"square": payload["number"].as_i64().unwrap().pow(2)}),
            "next" => json!({"sum": payload["number"].as_i64().unwrap() + 1}),
            _ => {
                let numbers = payload["numbers"].as_array().unwrap();
                json!({"sum": numbers.iter().filter_map(Value::as_i64).sum::<i64>()})
            }
        })
    }
}

/// Squares side by side, their sum, and then a chain in which each task waits for the one before.
fn squares() -> Template {
    let output = |step: &str, path: &str| Source::Step {
        name: step.into(),
        path: vec![path.into()],
    };
    let mut template = Template::new("squares", "squares")
        .with_input("numbers", Schema::of_type("array"))
        .with_step(
            TemplateStep::new("square", Run::Job("square".into()))
                .for_each("numbers")
                .with("number", Source::Item(vec![])),
        )
        .with_step(
            TemplateStep::new("next-0", Run::Job("sum".into()))
                .with("numbers", output("square", "square")),
        );
    for step in 1..=STEPS {
        template = template.with_step(
            TemplateStep::new(format!("next-{step}"), Run::Job("next".into()))
                .with("number", output(&format!("next-{}", step - 1), "sum")),
        );
    }
    template
}

async fn alma(home: &Path, options: Options) -> Result<Handle> {
    let ledger = SqliteLedger::open(Database::open_with(home.join("alma.db"), options)?).await?;
    let kind = |name: &str| JobKind::new(name, name, Schema::any(), Schema::any());
    Ok(Alma::builder()
        .planner(TaskPlanner::new().with_template(squares())?)
        .ledger(ledger)
        .executor(ReferenceExecutor::new(vec![
            Arc::new(Count("square")),
            Arc::new(Count("sum")),
            Arc::new(Count("next")),
        ]))
        .job_kind(kind("square"))
        .job_kind(kind("sum"))
        .job_kind(kind("next"))
        .build()
        .within(scope()))
}

fn mission(number: u64) -> Mission {
    let numbers: Vec<i64> = (1..=NUMBERS).collect();
    Mission::new(MissionId::of_parts(&[&number.to_le_bytes()]), "the squares")
        .with_input("numbers", json!(numbers))
}

#[tokio::test]
#[ignore = "needs ALMA_TEST_HOME: the other tests run it as a process of its own"]
async fn child() {
    let home = PathBuf::from(std::env::var_os(HOME).unwrap());
    let number: u64 = std::env::var(MISSION).unwrap().parse().unwrap();
    let mut options = Options::new();
    if let Ok(at) = std::env::var(ABORT) {
        options = options.with_faults(FaultPlan::abort_at(at.parse().unwrap()));
    }
    let report = alma(&home, options)
        .await
        .unwrap()
        .run(mission(number))
        .await
        .unwrap();
    assert_eq!(report.status, MissionStatus::Done);
}

fn start(home: &Path, number: u64, abort_at: Option<u64>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["killing::child", "--exact", "--ignored"])
        .env(HOME, home)
        .env(MISSION, number.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if let Some(at) = abort_at {
        command.env(ABORT, at.to_string());
    }
    command.spawn().unwrap()
}

/// What the ledger says of a mission, read by a process that was not killed.
async fn events(ledger: &SqliteLedger, number: u64) -> Vec<Event> {
    let id = StreamId::new(format!("mission/{}", mission(number).id)).unwrap();
    ledger.read_all(&scope(), &id).await.unwrap()
}

/// What was there before is still there, and no task was accepted twice.
fn holds(before: &[Event], after: &[Event]) {
    assert!(after.len() >= before.len(), "events are gone");
    assert_eq!(before, &after[..before.len()]);
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for event in after.iter().filter(|event| event.kind == "task_done") {
        *times
            .entry(event.body["task"].as_str().unwrap())
            .or_default() += 1;
    }
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    for (at, event) in after.iter().enumerate() {
        assert_eq!(event.version.0, at as u64 + 1);
    }
}

/// A mission that has ended has the right result, from every task once.
fn finished(events: &[Event]) {
    let done: Vec<&Event> = events
        .iter()
        .filter(|event| event.kind == "task_done")
        .collect();
    assert_eq!(done.len() as i64, NUMBERS + 1 + STEPS);
    let last = format!("next-{STEPS}");
    let end = done
        .iter()
        .find(|event| event.body["task"] == last.as_str())
        .unwrap();
    let squares: i64 = (1..=NUMBERS).map(|number| number * number).sum();
    assert_eq!(end.body["output"]["sum"], squares + STEPS);
    assert_eq!(events.last().unwrap().kind, "completed");
}

async fn ledger(home: &Path) -> SqliteLedger {
    SqliteLedger::open(Database::open(home.join("alma.db")).unwrap())
        .await
        .unwrap()
}

#[tokio::test]
async fn fifty_kills_at_random_moments_lose_nothing() {
    let home = tempfile::tempdir().unwrap();
    let ledger = ledger(home.path()).await;
    let (mut kills, mut number, mut luck) = (0, 0, 0x9e37_79b9_7f4a_7c15_u64);
    let mut before = Vec::new();
    while kills < 50 {
        let mut child = start(home.path(), number, None);
        // xorshift: the same moments in every run, as far as the machine allows.
        luck ^= luck << 13;
        luck ^= luck >> 7;
        luck ^= luck << 17;
        std::thread::sleep(Duration::from_millis(luck % 150));
        child.kill().unwrap();
        let killed = !child.wait().unwrap().success();
        let after = events(&ledger, number).await;
        holds(&before, &after);
        if after.last().is_some_and(|event| event.kind == "completed") {
            finished(&after);
            (number, before) = (number + 1, Vec::new());
        } else {
            assert!(killed, "a child gave up");
            // A kill before anything was written, or in the middle.
            kills += 1;
            before = after;
        }
    }
    assert!(start(home.path(), number, None).wait().unwrap().success());
    let after = events(&ledger, number).await;
    holds(&before, &after);
    finished(&after);
}

#[tokio::test]
async fn a_kill_at_any_commit_boundary_loses_nothing() {
    let home = tempfile::tempdir().unwrap();
    let ledger = ledger(home.path()).await;
    for (number, at) in (1_u64..).enumerate() {
        let number = number as u64 + 1_000;
        let ended = start(home.path(), number, Some(at))
            .wait()
            .unwrap()
            .success();
        let before = events(&ledger, number).await;
        holds(&[], &before);
        if ended {
            finished(&before);
            assert!(
                at > 2 * STEPS as u64,
                "a mission passes more than {at} boundaries"
            );
            break;
        }
        assert!(start(home.path(), number, None).wait().unwrap().success());
        let after = events(&ledger, number).await;
        holds(&before, &after);
        finished(&after);
    }
}

#[tokio::test]
async fn two_processes_on_one_mission_accept_each_task_once() {
    let home = tempfile::tempdir().unwrap();
    let ledger = ledger(home.path()).await;
    for number in 2_000..2_005 {
        let mut pair = [
            start(home.path(), number, None),
            start(home.path(), number, None),
        ];
        for child in &mut pair {
            assert!(child.wait().unwrap().success());
        }
        let events = events(&ledger, number).await;
        holds(&[], &events);
        finished(&events);
    }
}
