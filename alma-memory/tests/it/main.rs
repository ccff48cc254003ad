//! What the Librarian promises, tested at its public boundaries.
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

#[cfg(feature = "clustering")]
mod cluster;
mod embed;
mod summary;
mod text;
