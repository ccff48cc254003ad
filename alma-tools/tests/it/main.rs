//! The forge at its public boundary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

#[cfg(target_os = "linux")]
mod bounds;
mod calls;
mod choices;
mod contract;
mod crooked;
mod evaluation;
mod forging;
mod lang;
mod laws;
mod orders;
mod programs;
mod registry;
