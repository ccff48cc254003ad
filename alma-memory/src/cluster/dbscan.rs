//! linfa's DBSCAN behind the seam.

use linfa::{ParamGuard, traits::Transformer};

use super::{ClusterError, Clusterer, Rows, sorted::Sorted};

/// Groups rows that are connected by steps of at most a tolerance, through rows with enough neighbours.
///
/// DBSCAN (Ester, Kriegel, Sander and Xu, 1996) as `linfa-clustering` has it, with its Euclidean
/// distance; between rows of length 1 a tolerance `t` is a cosine of 1 − t²/2. A row at the
/// border of two groups goes to the one that is found first in the sorted rows, so that nothing
/// depends on the order of the input. Its time grows with the square of the rows where
/// dimensions are many.
///
/// # Examples
/// ```
/// use alma_memory::cluster::{Clusterer, Dbscan, Rows};
/// let numbers = [0.0, 0.1, 0.2, 5.0, 5.1, 5.2, 9.0];
/// let labels = Dbscan::new(0.5).cluster(&Rows::new(&numbers, 1)?, 3)?;
/// assert_eq!(labels, [Some(0), Some(0), Some(0), Some(1), Some(1), Some(1), None]);
/// # Ok::<(), alma_memory::cluster::ClusterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dbscan {
    tolerance: f64,
    min_points: Option<usize>,
}

impl Dbscan {
    /// Rows closer than `tolerance` are neighbours; it must be above 0.
    #[must_use]
    pub const fn new(tolerance: f64) -> Self {
        Self {
            tolerance,
            min_points: None,
        }
    }

    /// Sets how many rows, itself among them, a row must have within the tolerance to connect
    /// others, from 2; the smallest size of groups by default.
    #[must_use]
    pub const fn with_min_points(mut self, points: usize) -> Self {
        self.min_points = Some(points);
        self
    }
}

impl Clusterer for Dbscan {
    fn cluster(&self, rows: &Rows<'_>, smallest: usize) -> Result<Vec<Option<u32>>, ClusterError> {
        let points = self.min_points.unwrap_or(smallest.max(2));
        let params = linfa_clustering::Dbscan::params(points)
            .tolerance(self.tolerance)
            .check()
            .map_err(|error| ClusterError::Engine(error.to_string()))?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let sorted = Sorted::new(rows);
        let labels = params.transform(&sorted.rows).to_vec();
        Ok(sorted.labels(labels, smallest))
    }
}
