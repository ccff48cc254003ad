//! What the Librarian promises, tested at its public boundaries.
#![cfg_attr(
    feature = "clustering",
    expect(clippy::unwrap_used, reason = "a test fails loudly")
)]

#[cfg(feature = "clustering")]
mod cluster;
#[cfg(feature = "sqlite")]
mod common;
#[cfg(feature = "sqlite")]
mod consolidate;
#[cfg(feature = "sqlite")]
mod contract;
#[cfg(feature = "sqlite")]
mod crash;
#[cfg(feature = "sqlite")]
mod dev;
mod embed;
#[cfg(feature = "sqlite")]
mod erase;
#[cfg(feature = "sqlite")]
mod forget;
#[cfg(feature = "clustering")]
mod hdbscan;
#[cfg(feature = "clustering")]
mod identity;
#[cfg(feature = "sqlite")]
mod kills;
#[cfg(feature = "clustering")]
mod picture;
#[cfg(feature = "sqlite")]
mod recall;
#[cfg(feature = "sqlite")]
mod scopes;
#[cfg(feature = "sqlite")]
mod spaces;
mod summary;
mod text;
#[cfg(feature = "clustering")]
mod topics_preset;
