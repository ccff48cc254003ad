//! The same tree at several sizes, to choose how fine topics are to be.

use std::sync::Arc;

use super::{
    model::Hdbscan,
    params::{HdbscanError, HdbscanValidParams},
};

/// The clusters of a tree at one smallest size.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Layer {
    /// The smallest size of clusters.
    pub min_cluster_size: usize,
    /// By row, the number of its cluster; `None` for noise.
    pub labels: Vec<Option<u32>>,
    /// By row, how firmly it belongs to its cluster.
    pub probabilities: Vec<f64>,
    /// By cluster, how much it persists.
    pub stabilities: Vec<f64>,
}

impl Hdbscan {
    /// The tree of this model cut at each of these smallest sizes, else as this model was; no distance
    /// is computed again.
    ///
    /// # Errors
    /// `MinClusterSize` for one below 2, `MaxClusterSize` for one above the largest size.
    pub fn layers(&self, min_cluster_sizes: &[usize]) -> Result<Vec<Layer>, HdbscanError> {
        let layer = |&min_cluster_size: &usize| {
            let params = HdbscanValidParams {
                min_cluster_size,
                ..self.params
            };
            params.guard()?;
            Ok(Self::cut(Arc::clone(&self.tree), params).into_layer())
        };
        min_cluster_sizes.iter().map(layer).collect()
    }
}
