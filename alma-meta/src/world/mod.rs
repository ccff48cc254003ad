//! Worlds: small generated tasks for each kind of subject, and attacks on it.

mod errand;
mod forge;
mod planner;
mod retrieval;
mod workers;

pub use forge::ForgeWorld;
pub use planner::PlannerWorld;
pub use retrieval::RetrievalWorld;
pub use workers::WorkerWorld;

use alma_core::SuiteCase;
use serde::Serialize;
use serde_json::Value;

/// A case whose group is itself; what cannot be written as JSON becomes an input that no subject takes.
fn case<T: Serialize>(id: String, task: &T, expected: Value) -> SuiteCase {
    SuiteCase::new(id, serde_json::to_value(task).unwrap_or_default(), expected)
}
