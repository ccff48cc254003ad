//! The lease protocol on the shared SQLite file.

mod claim;
mod cursor;
mod end;
mod enqueue;
mod erase;
mod fence;
mod list;
mod outcomes;
#[cfg(test)]
mod plans;
mod row;
mod schema;
mod scope;
mod signal;
mod store;
mod time;
mod upkeep;

pub use signal::CommitSignal;
pub use store::SqliteJobs;
