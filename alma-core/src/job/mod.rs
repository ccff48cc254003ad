//! Jobs: queued work, leases, outcomes, and the contracts of both sides of a queue.

mod executor;
mod handler;
mod spec;
mod store;

#[cfg(feature = "mock")]
pub use executor::MockExecutor;
pub use executor::{Executor, Outcome, OutcomeQuery};
pub use handler::{JobContext, JobHandler};
pub use spec::{Job, JobState, JobStatus, NewJob};
#[cfg(feature = "mock")]
pub use store::MockJobStore;
pub use store::{Claim, JobQuery, JobStore, Lease, Renewal, Worker};
