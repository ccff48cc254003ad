//! The one place where backends are chosen and wired together.

use std::{sync::Arc, time::Duration};

use alma_core::{
    Alma, Amount, Budget, Evaluator, Generations, JobStore, Ledger, Memory, Operator, Planner,
    Result, Scope, Subject, ToolForge, ToolHandler, sqlite::Database,
};
use alma_memory::SqliteMemory;
use alma_meta::{Bench, GatedEvaluator, ProposalDir, RetrievalSubject, RetrievalWorld, Salt};
use alma_planner::{SqliteLedger, TaskPlanner};
use alma_tools::SqliteForge;
use alma_workers::{Pool, Queue, SqliteJobs};

use super::{copies::Reports, model::HomeModel, policy::HomePolicy};
use crate::{config::Config, kit, licences, place::Place};

/// Every part of a home, as the traits that it keeps.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) database: Database,
    pub(super) memory: Arc<dyn Memory>,
    pub(super) tools: Arc<dyn ToolForge>,
    pub(super) planner: Arc<dyn Planner>,
    /// The same memory, for pictures of its topics.
    pub(super) topics: SqliteMemory,
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) jobs: SqliteJobs,
    pub(super) evaluator: Arc<dyn Evaluator>,
    pub(super) policy: HomePolicy,
    pub(super) model: Option<Arc<HomeModel>>,
    pub(super) alma: Alma,
}

/// Opens the file of a home and puts every part on it.
pub(super) async fn wire(place: &Place, config: &Config, scope: &Scope) -> Result<Parts> {
    let database = Database::open(place.database())?;
    let policy = HomePolicy::new(&config.policy, place);
    let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::open(database.clone()).await?);
    // What was promoted takes effect here, where the parts are opened.
    let active = Generations::new(Arc::clone(&ledger)).active(scope).await?;
    let topics = SqliteMemory::builder(database.clone())
        .settings(&active.of(RETRIEVAL))?
        .open()
        .await?;
    let memory: Arc<dyn Memory> = Arc::new(topics.clone());
    let jobs = SqliteJobs::open(database.clone()).await?;
    let mut forge = SqliteForge::open(database.clone()).await?;
    let kit = kit::natives(place, &config.policy)?;
    for native in kit.into_iter().chain(licences::natives(place)?) {
        forge = forge.with(native)?;
    }
    let tools: Arc<dyn ToolForge> = Arc::new(forge);
    let model = config
        .model
        .as_ref()
        .map(|settings| Arc::new(HomeModel::new(settings)));
    let budget = budget(config);
    let mut planner = TaskPlanner::new().with_template(licences::template())?;
    if let Some(model) = &model {
        planner = planner
            .with_model(Arc::clone(model) as _)
            .with_budget(budget.clone());
    }
    let planner: Arc<dyn Planner> = Arc::new(planner);
    // The salt lies beside the file and outside of every path that a proposal may touch.
    let salt = Salt::at(place.salt())?;
    let evaluator: Arc<dyn Evaluator> = Arc::new(
        GatedEvaluator::new(Arc::clone(&ledger), salt)
            .with_bench(Bench::of_world(RETRIEVAL, RetrievalWorld))
            .with_proposals(ProposalDir::new(place.proposals())),
    );
    let mut alma = Alma::builder()
        .memory(Arc::clone(&memory))
        .ledger(Arc::clone(&ledger))
        .planner(Arc::clone(&planner))
        .evaluator(Arc::clone(&evaluator))
        .policy(policy.clone())
        .tools(Arc::clone(&tools))
        .executor(Queue::new(jobs.clone()))
        .subject(retrieval()?)
        .copies(Reports::new(place.clone(), Arc::clone(&ledger)))
        .tombstones(database.clone());
    if let Some(model) = &model {
        alma = alma.model(Arc::clone(model) as _).budget(budget);
    }
    Ok(Parts {
        database,
        memory,
        topics,
        tools,
        planner,
        ledger,
        jobs,
        evaluator,
        policy,
        model,
        alma: alma.build(),
    })
}

/// What the model may cost in this process, in answers and plans together.
fn budget(config: &Config) -> Budget {
    let tokens = config.model.as_ref().map_or(0, |model| model.max_tokens);
    Budget::new(
        Amount::calls(u64::MAX)
            .with_tokens(tokens)
            .with_micros(u64::MAX),
    )
}

const RETRIEVAL: &str = "retrieval";

/// Retrieval as the night sees it: a memory of its own for each try, with the settings that are tried.
fn retrieval() -> Result<Arc<dyn Subject>> {
    let parameters = SqliteMemory::builder(Database::in_memory()?).parameters();
    Ok(Arc::new(RetrievalSubject::new(
        parameters,
        async |settings| {
            let builder = SqliteMemory::builder(Database::in_memory()?).settings(&settings)?;
            Ok(Arc::new(builder.open().await?) as Arc<dyn Memory>)
        },
    )))
}

/// A pool of workers for tool calls in these scopes; in all of them when none is named.
pub(super) fn pool(parts: &Parts, config: &Config, name: &str, scopes: Option<Vec<Scope>>) -> Pool {
    let jobs: Arc<dyn JobStore> = Arc::new(parts.jobs.clone());
    let pool = match scopes {
        Some(scopes) => Pool::new(name, jobs, scopes),
        None => Pool::for_all(&Operator::assume(), name, jobs),
    };
    pool.with_handler(Arc::new(ToolHandler::new(
        Arc::clone(&parts.tools),
        parts.policy.clone(),
    )))
    .with_signal(parts.jobs.signal())
    .with_concurrency(config.workers.concurrency)
    .with_lease(Duration::from_secs(config.workers.lease_seconds))
}
