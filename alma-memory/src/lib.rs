//! The Librarian: what was said stays as it was said, is found again, summed up, and forgotten for good.

#[cfg(feature = "clustering")]
pub mod cluster;
pub mod embed;
#[cfg(feature = "sqlite")]
mod index;
#[cfg(feature = "sqlite")]
mod sqlite;
pub mod summary;
pub mod text;
#[cfg(feature = "sqlite")]
mod topics;

#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteMemory, SqliteMemoryBuilder};
