//! Nights under `kill -9`: whatever the moment, the next process ends with what an undisturbed night gives.

mod commands;
mod kills;
mod trials;

use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};

use alma_core::{
    Alma, Feedback, Handle, JobContext, JobHandler, JobKind, LedgerExt, MemoryExt, Mission,
    MissionId, MissionStatus, NightOrder, NightReport, Observation, Query, RecordKind, RecordQuery,
    Result, Schema, Scope,
    sqlite::{Database, Options},
    testkit::ManualClock,
};
use alma_memory::SqliteMemory;
use alma_meta::{Bench, GatedEvaluator, ProposalDir, Rules, Salt};
use alma_planner::{Run, Source, SqliteLedger, TaskPlanner, Template, TemplateStep};
use alma_workers::{Pool, Queue, SqliteJobs};
use async_trait::async_trait;
use serde_json::{Value, json};
use trials::Coins;

const KEY: &str = "one";

fn scope() -> Scope {
    Scope::new("home/ana").unwrap()
}

/// Says a word back.
#[derive(Debug)]
struct Echo;

#[async_trait]
impl JobHandler for Echo {
    fn kind(&self) -> &str {
        "echo"
    }

    async fn run(&self, context: &JobContext) -> Result<Value> {
        Ok(context.job.spec.payload.clone())
    }
}

/// A home as the tests see it, with subjects that are judged in no time.
struct World {
    database: Database,
    memory: SqliteMemory,
    ledger: SqliteLedger,
    jobs: SqliteJobs,
    proposals: ProposalDir,
    ana: Handle,
}

impl World {
    async fn open(home: &Path, options: Options) -> Self {
        let database = Database::open_with(home.join("alma.db"), options).unwrap();
        let memory = SqliteMemory::open(database.clone()).await.unwrap();
        let ledger = SqliteLedger::open(database.clone()).await.unwrap();
        let jobs = SqliteJobs::open(database.clone()).await.unwrap();
        let proposals = ProposalDir::new(home.join("proposals"));
        let mut rules = Rules::default();
        rules.pairs = 20;
        // Days are the gate's nights: a test that runs past midnight is still in one.
        let day = ManualClock::new("2026-11-24T03:00:00Z".parse().unwrap());
        let evaluator = GatedEvaluator::new(
            ledger.clone(),
            Salt::new(b"0123456789abcdef".as_slice()).unwrap(),
        )
        .with_clock(Arc::new(day))
        .with_rules(rules)
        .with_bench(Bench::of_world("coins", Coins::steady()))
        .with_bench(Bench::of_world("moods", Coins::moody()))
        .with_proposals(proposals.clone());
        let template = Template::new("echo", "say back")
            .with_input("word", Schema::of_type("string"))
            .with_step(
                TemplateStep::new("echo", Run::Job("echo".into()))
                    .with("word", Source::Input("word".into())),
            );
        let ana = Alma::builder()
            .memory(memory.clone())
            .planner(TaskPlanner::new().with_template(template).unwrap())
            .ledger(ledger.clone())
            .executor(Queue::new(jobs.clone()))
            .job_kind(JobKind::new(
                "echo",
                "says back",
                Schema::any(),
                Schema::any(),
            ))
            .evaluator(evaluator)
            .subject(Arc::new(Coins::steady()))
            .subject(Arc::new(Coins::moody()))
            .build()
            .within(scope());
        Self {
            database,
            memory,
            ledger,
            jobs,
            proposals,
            ana,
        }
    }

    /// A day with something for each step of the night.
    async fn live_through_a_day(&self) {
        let beds = (0..6).map(|at| format!("The tomato seedlings of bed {at} want warm soil."));
        let pipes = (0..6).map(|at| format!("Boiler valve {at} drips and the pressure falls."));
        let notes = beds.chain(pipes).zip(0..);
        let notes = notes.map(|(text, at)| Observation::text(text).with_source(format!("n/{at}")));
        self.ana.observe(notes.collect()).await.unwrap();
        for question in [
            "which parrot sings loudest?",
            "which parrot sings the loudest?",
            "who rides the bicycle race?",
        ] {
            let found = self.ana.recall(&Query::text(question)).await.unwrap();
            assert!(found.abstains(), "{question}");
        }
        let pool = Pool::new("one", self.jobs.clone(), vec![scope()]).with_handler(Arc::new(Echo));
        let stopper = pool.stopper();
        let work = tokio::spawn(pool.run());
        for number in 0..3 {
            let id = MissionId::from_bytes([number; 16]);
            let mission = Mission::new(id, "say back the word").with_input("word", "hello");
            let report = self.ana.run(mission).await.unwrap();
            assert_eq!(report.status, MissionStatus::Done, "{report:?}");
        }
        stopper.stop();
        work.await.unwrap();
        let bad = Mission::new(MissionId::from_bytes([9; 16]), "fold the laundry neatly");
        let report = self.ana.run(bad).await.unwrap();
        assert!(matches!(report.status, MissionStatus::Failed { .. }));
        let praise = Feedback::new(MissionId::from_bytes([1; 16]), true, "nice");
        self.ana.feedback(praise).await.unwrap();
    }

    async fn night(&self) -> Result<NightReport> {
        self.ana.night(&order().with_holder("one at a time")).await
    }

    /// What must hold at any moment: all that was told, and of a consolidation all or nothing.
    async fn holds(&self) {
        let records = self.records().await;
        let of = |kind| records.iter().filter(move |record| record.kind == kind);
        assert_eq!(of(RecordKind::Message).count(), 12, "what was told is lost");
        let summaries = of(RecordKind::Summary).count();
        assert!(summaries == 0 || summaries == 2, "{summaries} summaries");
    }

    async fn records(&self) -> Vec<alma_core::Record> {
        let mut all = RecordQuery::all();
        all.superseded = true;
        self.memory.all_records(&scope(), &all).await.unwrap()
    }

    /// All that the night left, but for times and for who worked when.
    async fn state(&self) -> BTreeSet<String> {
        let mut state = BTreeSet::new();
        for record in self.records().await {
            let (id, kind, from) = (record.id, record.kind, &record.derived_from);
            state.insert(format!("{id} {kind:?} {from:?} {}", record.text));
        }
        for info in self.ledger.all_streams(&scope(), "").await.unwrap() {
            let events = self.ledger.read_all(&scope(), &info.id).await.unwrap();
            // Who claimed what, and until where outcomes were taken in, may be said twice.
            let events = events
                .into_iter()
                .filter(|event| !matches!(event.kind.as_str(), "claimed" | "taken"));
            for (place, mut event) in events.enumerate() {
                if let Some(asked) = event.body.get_mut("asked") {
                    asked["expires"] = json!(null);
                }
                state.insert(format!("{} {place} {} {}", info.id, event.kind, event.body));
            }
        }
        for link in self.proposals.verify(&scope()).unwrap() {
            state.insert(format!("{link:?}"));
        }
        state
    }
}

fn order() -> NightOrder {
    NightOrder::new(KEY).with_min_topic(5).with_search_calls(60)
}

/// The file of a home that has lived through a day, to be copied.
async fn lived() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let world = World::open(folder.path(), Options::new()).await;
    world.live_through_a_day().await;
    let copy = folder.path().join("copy.db");
    world.database.backup_to(&copy).await.unwrap();
    folder
}

/// A home of its own that has lived through that day.
fn copy_of(lived: &tempfile::TempDir) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let copy = lived.path().join("copy.db");
    std::fs::copy(copy, home.path().join("alma.db")).unwrap();
    home
}

/// What a night gives that nobody disturbs, and how long it takes.
async fn undisturbed(lived: &tempfile::TempDir) -> (BTreeSet<String>, Duration) {
    let home = copy_of(lived);
    let began = std::time::Instant::now();
    let world = World::open(home.path(), Options::new()).await;
    let report = world.night().await.unwrap();
    let took = began.elapsed();
    assert!(report.complete);
    let step = |step| report.step(step).unwrap().clone();
    assert_eq!(step(alma_core::NightStep::Observe).tally.output, 3);
    assert_eq!(step(alma_core::NightStep::Consolidate).topics.len(), 2);
    let reflected = step(alma_core::NightStep::Reflect);
    assert_eq!((reflected.needs.len(), reflected.failures.len()), (2, 1));
    assert_eq!(step(alma_core::NightStep::Upgrade).gate.len(), 2);
    assert_eq!(step(alma_core::NightStep::FeedBack).cases.len(), 3);
    (world.state().await, took)
}

/// The night's process: it works with the options that it was ordered.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ALMA_TEST_HOME: the other tests run it as a process of its own"]
async fn child() {
    let (home, order) = crate::child::ordered();
    kills::work(&home, &order).await;
}
