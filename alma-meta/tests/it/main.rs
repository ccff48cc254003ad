//! Tests at the public boundary of the crate.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]
#![expect(
    clippy::print_stdout,
    reason = "the figures of the simulations stand in the log"
)]

mod account;
mod crash;
mod days;
mod dice;
mod evaluator;
mod evidence;
mod search;
mod split;
mod suite;
mod wealth;
mod worlds;
mod years;
