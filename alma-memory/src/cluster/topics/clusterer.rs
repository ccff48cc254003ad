//! Topics as the clusterer of a memory.

use linfa::ParamGuard;

use super::params::{TopicsError, TopicsParams, TopicsValidParams};
use crate::cluster::{ClusterError, Clusterer, Rows};

impl Clusterer for TopicsValidParams {
    /// Finds topics of at least `smallest` rows, or of the smallest size that was given, when it is larger.
    fn cluster(&self, rows: &Rows<'_>, smallest: usize) -> Result<Vec<Option<u32>>, ClusterError> {
        let params = Self {
            min_topic_size: self.min_topic_size.max(smallest),
            ..*self
        };
        let fit = params.fit_rows(rows.numbers(), rows.dimension(), rows.len());
        let model = fit.map_err(|error| match error {
            TopicsError::Rows(error) => error,
            other => ClusterError::Engine(other.to_string()),
        })?;
        Ok(model.labels().to_vec())
    }
}

impl Clusterer for TopicsParams {
    /// Checks the parameters, and finds topics by them.
    fn cluster(&self, rows: &Rows<'_>, smallest: usize) -> Result<Vec<Option<u32>>, ClusterError> {
        match self.check_ref() {
            Ok(params) => params.cluster(rows, smallest),
            Err(error) => Err(ClusterError::Engine(error.to_string())),
        }
    }
}
