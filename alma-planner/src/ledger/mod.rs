//! The ledger on SQLite: append-only streams, chained by hashes, whose bodies alone can be erased.

mod chain;
mod query;
mod schema;
mod store;

pub use store::SqliteLedger;
