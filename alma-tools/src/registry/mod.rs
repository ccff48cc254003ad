//! The registry on SQLite: immutable versions by digest, built, called, retired and erased.

mod call;
mod find;
mod forge;
mod schema;
mod searcher;
mod store;

pub use forge::SqliteForge;
