//! What the benchmarks' own tools promise.

mod agreement;
mod cluster;
mod npy;
