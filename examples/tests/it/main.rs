//! Tests of the command line and of what it is made of.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod beir;
mod config;
mod input;
mod score;
mod sources;
