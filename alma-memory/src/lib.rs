//! The Librarian: what was said stays as it was said, is found again, summed up, and forgotten for good.

#[cfg(feature = "clustering")]
pub mod cluster;
pub mod embed;
pub mod summary;
pub mod text;
