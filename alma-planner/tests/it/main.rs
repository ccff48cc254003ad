//! The planner at its public boundary.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod cases;
mod chaining;
mod contract;
mod driving;
mod evaluation;
mod hostile;
#[cfg(feature = "sqlite")]
mod killing;
#[cfg(feature = "sqlite")]
mod ledger;
mod model;
mod properties;
mod repair;
mod support;
mod templates;
