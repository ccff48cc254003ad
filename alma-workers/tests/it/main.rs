//! The workers at their public boundary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

mod backoff;
mod contract;
mod journal;
mod limits;
mod pool;
mod processes;
mod protocol;
mod time;
mod trouble;
mod watched;
