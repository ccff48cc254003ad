//! The one place where backends are chosen and wired together.

use std::sync::Arc;

use alma_core::{Alma, Evaluator, Ledger, Memory, Planner, Result, ToolForge, sqlite::Database};
use alma_memory::SqliteMemory;
use alma_meta::{GatedEvaluator, ProposalDir, Salt};
use alma_planner::{SqliteLedger, TaskPlanner};
use alma_tools::SqliteForge;

use super::{copies::Reports, policy::HomePolicy};
use crate::{config::Config, licences, place::Place};

/// Every part of a home, as the traits that it keeps.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) database: Database,
    pub(super) memory: Arc<dyn Memory>,
    pub(super) tools: Arc<dyn ToolForge>,
    pub(super) planner: Arc<dyn Planner>,
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) evaluator: Arc<dyn Evaluator>,
    pub(super) policy: HomePolicy,
    pub(super) alma: Alma,
}

/// Opens the file of a home and puts every part on it.
pub(super) async fn wire(place: &Place, config: &Config) -> Result<Parts> {
    let database = Database::open(place.database())?;
    let policy = HomePolicy::new(&config.policy, place);
    let memory: Arc<dyn Memory> = Arc::new(SqliteMemory::open(database.clone()).await?);
    let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::open(database.clone()).await?);
    let mut forge = SqliteForge::open(database.clone()).await?;
    for native in licences::natives(place)? {
        forge = forge.with(native)?;
    }
    let tools: Arc<dyn ToolForge> = Arc::new(forge);
    let planner: Arc<dyn Planner> =
        Arc::new(TaskPlanner::new().with_template(licences::template())?);
    // The salt lies beside the file and outside of every path that a proposal may touch.
    let salt = Salt::at(place.salt())?;
    let evaluator: Arc<dyn Evaluator> = Arc::new(
        GatedEvaluator::new(Arc::clone(&ledger), salt)
            .with_proposals(ProposalDir::new(place.proposals())),
    );
    let alma = Alma::builder()
        .memory(Arc::clone(&memory))
        .ledger(Arc::clone(&ledger))
        .planner(Arc::clone(&planner))
        .evaluator(Arc::clone(&evaluator))
        .policy(policy.clone())
        .tools(Arc::clone(&tools))
        .copies(Reports::new(place.clone(), Arc::clone(&ledger)))
        .build();
    Ok(Parts {
        database,
        memory,
        tools,
        planner,
        ledger,
        evaluator,
        policy,
        alma,
    })
}
