//! One mission, many processes: drivers and workers on one file are killed at random and nothing is doubled.
//!
//! The children are this test binary itself, started again with only [`child`].

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use alma_core::{
    Alma, Executor, JobContext, JobHandler, JobKind, LedgerExt, Mission, MissionId, MissionStatus,
    OutcomeQuery, Result, Schema, Scope, StreamId, sqlite::Database,
};
use alma_planner::{Run, Source, SqliteLedger, TaskPlanner, Template, TemplateStep};
use alma_workers::{Pool, Queue, SqliteJobs};
use async_trait::async_trait;
use serde_json::{Value, json};

use crate::child::{self, Luck, Process};

const NUMBERS: i64 = 24;
const STEPS: i64 = 16;
/// Short, so that what a killed worker held is soon free again.
const LEASE: Duration = Duration::from_millis(250);

fn scope() -> Scope {
    Scope::new("home/ana").unwrap()
}

/// Squares a number, adds numbers up, or counts one on.
#[derive(Debug)]
struct Count(&'static str);

#[async_trait]
impl JobHandler for Count {
    fn kind(&self) -> &str {
        self.0
    }

    async fn run(&self, context: &JobContext) -> Result<Value> {
        tokio::time::sleep(Duration::from_millis(2)).await;
        let payload = &context.job.spec.payload;
        Ok(match self.0 {
            "square" => json!({"n": payload["n"].as_i64().unwrap().pow(2)}),
            "next" => json!({"n": payload["n"].as_i64().unwrap() + 1}),
            _ => {
                let numbers = payload["numbers"].as_array().unwrap();
                json!({"n": numbers.iter().filter_map(Value::as_i64).sum::<i64>()})
            }
        })
    }
}

/// Squares side by side, their sum, and then a chain in which each task waits for the one before.
fn template() -> Template {
    let output = |step: String| Source::Step {
        name: step,
        path: vec!["n".into()],
    };
    let mut template = Template::new("squares", "squares")
        .with_input("numbers", Schema::of_type("array"))
        .with_step(
            TemplateStep::new("square", Run::Job("square".into()))
                .for_each("numbers")
                .with("n", Source::Item(vec![])),
        )
        .with_step(
            TemplateStep::new("next-0", Run::Job("sum".into()))
                .with("numbers", output("square".into())),
        );
    for step in 1..=STEPS {
        template = template.with_step(
            TemplateStep::new(format!("next-{step}"), Run::Job("next".into()))
                .with("n", output(format!("next-{}", step - 1))),
        );
    }
    template
}

fn mission() -> Mission {
    let numbers: Vec<i64> = (1..=NUMBERS).collect();
    Mission::new(MissionId::from_bytes([3; 16]), "the squares")
        .with_input("numbers", json!(numbers))
}

async fn drive(database: Database) {
    let kind = |name: &str| JobKind::new(name, name, Schema::any(), Schema::any());
    let alma = Alma::builder()
        .planner(TaskPlanner::new().with_template(template()).unwrap())
        .ledger(SqliteLedger::open(database.clone()).await.unwrap())
        .executor(Queue::new(SqliteJobs::open(database).await.unwrap()))
        .job_kind(kind("square"))
        .job_kind(kind("sum"))
        .job_kind(kind("next"))
        .build();
    let report = alma.within(scope()).run(mission()).await.unwrap();
    assert_eq!(report.status, MissionStatus::Done);
}

async fn work(database: Database) {
    let name = format!("worker-{}", std::process::id());
    let mut pool = Pool::new(
        name,
        SqliteJobs::open(database).await.unwrap(),
        vec![scope()],
    )
    .with_lease(LEASE)
    .with_concurrency(2);
    for kind in ["square", "sum", "next"] {
        pool = pool.with_handler(Arc::new(Count(kind)));
    }
    pool.run().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ALMA_TEST_HOME: the other test runs it as a process of its own"]
async fn child() {
    let (home, role) = child::ordered();
    let database = Database::open(home.join("alma.db")).unwrap();
    match role.as_str() {
        "driver" => drive(database).await,
        _ => work(database).await,
    }
}

fn start(home: &Path, role: &str) -> Process {
    child::start("missions::child", home, role)
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_drivers_and_workers_double_nothing() {
    let home = tempfile::tempdir().unwrap();
    let database = Database::open(home.path().join("alma.db")).unwrap();
    let ledger = SqliteLedger::open(database.clone()).await.unwrap();
    let queue = Queue::new(SqliteJobs::open(database).await.unwrap());
    let stream = StreamId::new(format!("mission/{}", mission().id)).unwrap();

    // One driver and two workers; now and then one of them is killed and another takes its place.
    const ROLES: [&str; 3] = ["driver", "worker", "worker"];
    let mut processes = ROLES.map(|role| start(home.path(), role));
    let mut luck = Luck::new(0);
    let mut before = Vec::new();
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(luck.below(120))).await;
        let victim = luck.below(ROLES.len() as u64) as usize;
        processes[victim] = start(home.path(), ROLES[victim]);
        let after = ledger.read_all(&scope(), &stream).await.unwrap();
        assert_eq!(before[..], after[..before.len()], "what was written stays");
        before = after;
    }
    // The last driver ends by itself, when all is done.
    let [driver, _first, _second] = &mut processes;
    assert!(driver.ends_well());

    let events = ledger.read_all(&scope(), &stream).await.unwrap();
    assert_eq!(before[..], events[..before.len()], "what was written stays");
    let mut accepted: BTreeMap<&str, usize> = BTreeMap::new();
    for event in events.iter().filter(|event| event.kind == "task_done") {
        *accepted
            .entry(event.body["task"].as_str().unwrap())
            .or_default() += 1;
    }
    assert_eq!(accepted.len() as i64, NUMBERS + 1 + STEPS);
    assert!(accepted.values().all(|times| *times == 1), "{accepted:?}");
    let last = format!("next-{STEPS}");
    let end = events
        .iter()
        .find(|event| event.body["task"] == last.as_str())
        .unwrap();
    let squares: i64 = (1..=NUMBERS).map(|number| number * number).sum();
    assert_eq!(end.body["output"]["n"], squares + STEPS);

    // The log of outcomes agrees: one a job.
    let query = OutcomeQuery::group(stream.as_str()).with_limit(1_000);
    let mut outcomes: BTreeMap<_, usize> = BTreeMap::new();
    for outcome in queue.outcomes(&scope(), &query).await.unwrap().items {
        *outcomes.entry(outcome.job).or_default() += 1;
    }
    assert!(outcomes.values().all(|times| *times == 1), "{outcomes:?}");
}
