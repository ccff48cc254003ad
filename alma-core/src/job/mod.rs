//! Jobs: queued work, leases, outcomes, and the contracts of both sides of a queue.

mod executor;
mod handler;
mod job;
mod store;

#[cfg(feature = "mock")]
pub use executor::MockExecutor;
pub use executor::{Executor, Outcome, OutcomeQuery};
pub use handler::{JobContext, JobHandler};
pub use job::{Job, JobState, JobStatus, NewJob};
#[cfg(feature = "mock")]
pub use store::MockJobStore;
pub use store::{Claim, JobQuery, JobStore, Lease, Renewal, Worker};
