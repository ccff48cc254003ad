//! Nothing of one scope shows in another: random operations on every trait at once, and the proof that a leak is seen.

mod data;
mod walk;
mod work;

use std::sync::{Arc, Mutex};

use alma_core::{
    Alma, Draft, Error, ErrorKind, Executor, Failure, JobStore, Ledger, Memory, Mission, Offer,
    Planner, Progress, Result, Scope, SystemClock, ToolForge,
    sqlite::Database,
    testkit::broken::{
        BrokenExecutor, BrokenForge, BrokenJobs, BrokenLedger, BrokenMemory, ExecutorDefect,
        ForgeDefect, JobStoreDefect, LedgerDefect, MemoryDefect,
    },
};
use alma_memory::SqliteMemory;
use alma_planner::SqliteLedger;
use alma_tools::{SqliteForge, build::Effort};
use alma_workers::{Queue, SqliteJobs};
use async_trait::async_trait;

use walk::{PARTS, walk};

/// Every part that answers by scope.
struct Parts {
    memory: Arc<dyn Memory>,
    ledger: Arc<dyn Ledger>,
    executor: Arc<dyn Executor>,
    jobs: Arc<dyn JobStore>,
    tools: Arc<dyn ToolForge>,
    offers: Offers,
}

impl Parts {
    /// All default backends, on one file that is gone with them.
    async fn new() -> Self {
        let database = Database::in_memory().unwrap();
        let memory = SqliteMemory::builder(database.clone()).open().await;
        let jobs = SqliteJobs::open(database.clone()).await.unwrap();
        let effort = Effort {
            evaluations: 20_000,
            ..Effort::default()
        };
        let tools = SqliteForge::open(database.clone()).await.unwrap();
        Self {
            memory: Arc::new(memory.unwrap()),
            ledger: Arc::new(SqliteLedger::open(database).await.unwrap()),
            executor: Arc::new(Queue::new(jobs.clone())),
            jobs: Arc::new(jobs),
            tools: Arc::new(tools.with_effort(effort)),
            offers: Offers::default(),
        }
    }

    /// An Alma that plans with nothing but a look at what it is offered.
    fn alma(&self) -> Alma {
        Alma::builder()
            .memory(Arc::clone(&self.memory))
            .ledger(Arc::clone(&self.ledger))
            .executor(Arc::clone(&self.executor))
            .tools(Arc::clone(&self.tools))
            .planner(self.offers.clone())
            .build()
    }
}

/// Keeps what planners are offered, and plans nothing.
#[derive(Clone, Debug, Default)]
struct Offers(Arc<Mutex<Vec<Offer>>>);

#[async_trait]
impl Planner for Offers {
    async fn plan(&self, _scope: &Scope, _mission: &Mission, offer: &Offer) -> Result<Draft> {
        self.0.lock().unwrap().push(offer.clone());
        Err(Error::new(
            ErrorKind::NotFound,
            "cannot plan: it only looks",
        ))
    }

    async fn repair(
        &self,
        scope: &Scope,
        progress: &Progress,
        _failure: &Failure,
        offer: &Offer,
    ) -> Result<Draft> {
        self.plan(scope, &progress.mission, offer).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_thousand_operations_on_all_parts_leak_nothing() {
    let seen = walk(&Parts::new().await, 11, 20_000).await.unwrap();
    for (part, seen) in PARTS.iter().zip(seen) {
        assert!(seen > 300, "an empty walk: {part} answered {seen} times");
    }
}

/// A walk over parts of which one leaks: what it was found out by.
async fn leak(spoil: impl FnOnce(&mut Parts)) -> String {
    let mut parts = Parts::new().await;
    spoil(&mut parts);
    match walk(&parts, 11, 4_000).await {
        Err(leak) => leak,
        Ok(seen) => panic!("nothing was found: {seen:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_leaks_is_found_out() {
    let clock = Arc::new(SystemClock);
    for defect in [
        MemoryDefect::RecallsAcrossScopes,
        MemoryDefect::ReadsForeignIds,
    ] {
        let told = leak(|parts| parts.memory = Arc::new(BrokenMemory::new(defect))).await;
        assert!(
            told.starts_with("memory") || told.starts_with("offers"),
            "{told}"
        );
    }
    let told = leak(|parts| parts.ledger = Arc::new(BrokenLedger::new(LedgerDefect::Leaks))).await;
    assert!(told.starts_with("ledger"), "{told}");
    let broken = BrokenExecutor::new(Vec::new(), ExecutorDefect::OneScope);
    let told = leak(|parts| parts.executor = Arc::new(broken)).await;
    assert!(told.starts_with("executor"), "{told}");
    let broken = BrokenJobs::new(clock, JobStoreDefect::ServesEveryScope);
    let told = leak(|parts| parts.jobs = Arc::new(broken)).await;
    assert!(told.starts_with("jobs"), "{told}");
    let broken = BrokenForge::new(Vec::new(), ForgeDefect::OneScope);
    let told = leak(|parts| parts.tools = Arc::new(broken)).await;
    assert!(
        told.starts_with("tools") || told.starts_with("offers"),
        "{told}"
    );
}
