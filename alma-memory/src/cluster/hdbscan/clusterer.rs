//! HDBSCAN* as the clusterer of a memory.

use super::{
    params::{HdbscanError, HdbscanValidParams},
    watch::Watch,
};
use crate::cluster::{ClusterError, Clusterer, Rows};

impl Clusterer for HdbscanValidParams {
    /// Clusters with `smallest` in the place of the smallest size that was given, when it is larger.
    fn cluster(&self, rows: &Rows<'_>, smallest: usize) -> Result<Vec<Option<u32>>, ClusterError> {
        let params = Self {
            min_cluster_size: self.min_cluster_size.max(smallest),
            ..*self
        };
        let fit = params.fit_rows(rows.numbers(), rows.dimension(), rows.len(), Watch::NOBODY);
        let model = fit.map_err(|error| match error {
            HdbscanError::Rows(error) => error,
            other => ClusterError::Engine(other.to_string()),
        })?;
        Ok(model.labels().to_vec())
    }
}
