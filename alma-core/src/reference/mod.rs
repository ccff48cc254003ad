//! Reference backends: the shortest code that keeps each contract, in memory.
//!
//! Nothing here survives the process. They are for the first ten minutes, for tests, and
//! for whoever writes a backend and wants to see what a clause means in code. They need no
//! runtime: [`ReferenceExecutor`] runs jobs while its outcomes are read.

mod builder;
mod evaluator;
mod executor;
mod forge;
mod jobs;
mod ledger;
mod memory;
mod native;
mod paging;
mod planner;
mod topics;
mod wager;
mod words;

pub use evaluator::ReferenceEvaluator;
pub use executor::ReferenceExecutor;
pub use forge::ReferenceForge;
pub use jobs::ReferenceJobs;
pub use ledger::ReferenceLedger;
pub use memory::ReferenceMemory;
pub use native::NativeTool;
pub use planner::ReferencePlanner;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The state behind a lock. No code here panics while it holds one, and none holds it over an await.
fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
