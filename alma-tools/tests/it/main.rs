//! The forge at its public boundary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

mod choices;
mod contract;
mod evaluation;
mod lang;
mod programs;
mod registry;
