//! What the benchmarks' own tools promise.
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod agreement;
mod approximate;
mod cluster;
mod npy;
