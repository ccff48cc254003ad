//! Tests at the public boundary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

mod broken;
mod broken_evaluators;
mod budget;
mod clock;
mod companion;
mod doubles;
mod errors;
#[cfg(feature = "mock")]
mod mocks;
mod references;
#[cfg(feature = "rig")]
mod rig;
#[cfg(feature = "sqlite")]
mod sqlite;
mod values;
