//! The Sons of Helaman, who work: durable jobs under leases, and pools that run them.
//!
//! [`SqliteJobs`] keeps jobs, leases and outcomes in the shared SQLite file. [`Queue`] is the owner's side of any
//! [`JobStore`](alma_core::JobStore), [`Pool`] the worker's.
//!
//! What is promised: a job runs at least once, its outcome is accepted at most once, and what a killed worker held
//! returns when its lease ends. A handler is given the job's key, with which an effect outside notices a repetition.
//!
//! # Map
//! - `sqlite`: the store; `claim`, `fence` and `end` are the lease protocol, `outcomes` the durable log, `upkeep` the rest.
//! - `backoff`: the pauses before retries.
//! - `pool`: claiming, running, renewing, draining. `queue`: the executor.
//!
//! # Features
//! | feature | default | gives |
//! |---|---|---|
//! | `sqlite` | yes | [`SqliteJobs`] |

mod backoff;
mod pool;
mod queue;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use backoff::Backoff;
pub use pool::{Pool, PoolReport, Signal, Stopper};
pub use queue::Queue;
#[cfg(feature = "sqlite")]
pub use sqlite::{CommitSignal, SqliteJobs};
