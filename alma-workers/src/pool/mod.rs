//! The pool: claims, runs beside each other, renews, tells the store, and stops gracefully.

mod attempt;
mod crew;
mod run;
mod setup;
mod signal;

pub use run::PoolReport;
pub use setup::{Pool, Stopper};
pub use signal::Signal;
