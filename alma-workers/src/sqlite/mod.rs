//! The job store on SQLite.

mod claim;
mod end;
mod outcomes;
mod row;
mod schema;
mod store;
mod upkeep;

pub use store::SqliteJobs;
