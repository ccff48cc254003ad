//! Conformance suites and test doubles: what an embedder needs to prove a backend.
//!
//! One suite per trait ([`memory()`], [`ledger()`], [`job_store()`], [`executor()`], [`tool_forge()`],
//! [`planner()`], [`evaluator()`]) holds a backend
//! against every clause of its contract and panics with the clause that it breaks. A suite
//! needs no runtime; it takes a function that makes a fresh, empty backend, and calls it once a
//! clause. [`broken`] holds backends that break one clause each, so that the suites themselves are tested.
//!
//! # Examples
//! ```
//! use alma_core::{reference::ReferenceLedger, testkit};
//! testkit::block_on(testkit::ledger(async || ReferenceLedger::default()));
//! ```

pub mod broken;
mod clause;
mod clock;
mod draws;
mod evaluator;
mod executor;
mod flaky;
mod job_store;
mod ledger;
mod memory;
mod model;
mod planner;
mod run;
mod server;
pub mod strategies;
mod tool_forge;

pub use clock::ManualClock;
pub use draws::Draws;
pub use evaluator::{EvaluatorParts, evaluator};
pub use executor::executor;
pub use flaky::{Faults, Flaky, Loss};
pub use job_store::job_store;
pub use ledger::ledger;
pub use memory::{leaks, memory};
pub use model::{ScriptedModel, WordEmbedder};
pub use planner::planner;
pub use run::{block_on, join_all};
pub use server::{Answer, Asked, ModelServer};
pub use tool_forge::tool_forge;

use crate::Scope;
use clause::Clause as _;

/// The scope in which a suite works.
fn ana() -> Scope {
    Scope::new("home/ana").must("Scope: home/ana is a scope")
}

/// The scope that must not see it.
fn ben() -> Scope {
    Scope::new("home/ben").must("Scope: home/ben is a scope")
}
