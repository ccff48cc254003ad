//! Clustering: groups of rows that lie close. Plain slices in, labels out; no runtime, no store.
//!
//! Behind [`Clusterer`] stand [`hdbscan`] and [`Topics`], the methods of this module itself, and for comparison
//! those of `linfa-clustering`: [`KMeansTopics`], [`Dbscan`] and [`Optics`]. Each keeps the whole
//! contract; what depends on the order of rows in linfa is given sorted rows.
//!
//! Which cluster is which from night to night is told by [`identity`].

mod dbscan;
pub mod hdbscan;
pub mod identity;
mod kmeans;
mod optics;
mod picture;
mod rows;
mod sorted;
mod topics;
mod xi;

use std::fmt;

pub use dbscan::Dbscan;
pub use kmeans::KMeansTopics;
pub use optics::Optics;
pub use picture::Picture;
pub use rows::{ClusterError, Rows};
pub use topics::{Noise, Topics, TopicsError, TopicsParams, TopicsValidParams};

/// Finds groups among rows.
///
/// # Contract
/// - One answer a row, in order: its group, or `None` for a row that belongs to none.
/// - Groups are numbered from 0 by the first row that carries them.
/// - **Repeatable**: the same rows give the same groups, whatever the number of threads; the order of rows changes no group, and equal rows share one.
/// - Each group has at least `smallest` rows; no rows give no groups.
pub trait Clusterer: fmt::Debug + Send + Sync + 'static {
    /// Groups `rows` into groups of at least `smallest`.
    ///
    /// # Errors
    /// [`ClusterError`] when the backend cannot work on these rows.
    fn cluster(&self, rows: &Rows<'_>, smallest: usize) -> Result<Vec<Option<u32>>, ClusterError>;
}
