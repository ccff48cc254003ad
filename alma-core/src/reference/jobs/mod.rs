//! The reference job store: the lease protocol in memory.

mod fence;
mod outcomes;
mod queue;
mod state;
mod store;
mod upkeep;

pub use store::ReferenceJobs;
