//! linfa's OPTICS behind the seam.

use linfa::{ParamGuard, traits::Transformer};
use linfa_clustering::OpticsAnalysis;
use ndarray::{Array2, ArrayView1};

use super::{ClusterError, Clusterer, Rows, sorted::Sorted, xi};

/// Groups rows of differing density: the valleys of the reachability plot.
///
/// OPTICS (Ankerst, Breunig, Kriegel and Sander, 1999) as `linfa-clustering` has it, with its
/// Euclidean distance. linfa orders the rows; groups are the smallest valleys between areas that
/// are ξ-steep. The rows are sorted first, so nothing depends on the order of the input. Its time
/// grows with the square of the rows at least, unless a tolerance in few dimensions bounds it.
///
/// # Examples
/// ```
/// use alma_memory::cluster::{Clusterer, Optics, Rows};
/// let numbers = [0.0, 0.1, 0.2, 0.3, 5.0, 6.0, 7.0, 8.0, 90.0];
/// let labels = Optics::new().cluster(&Rows::new(&numbers, 1)?, 3)?;
/// assert_eq!(labels[..4], [Some(0); 4]);
/// assert_eq!(labels[4..8], [Some(1); 4]);
/// assert_eq!(labels[8], None);
/// # Ok::<(), alma_memory::cluster::ClusterError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Optics {
    tolerance: f64,
    min_points: Option<usize>,
    steepness: f64,
}

impl Optics {
    /// Any two rows may be neighbours, and a change of 5 % is steep.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            tolerance: f64::INFINITY,
            min_points: None,
            steepness: 0.05,
        }
    }

    /// Rows farther apart than `tolerance` are no neighbours, which saves time; it must be above 0.
    #[must_use]
    pub const fn with_tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Sets whose distance, counted from the row itself, is the core distance, from 2; the smallest
    /// size of groups by default.
    #[must_use]
    pub const fn with_min_points(mut self, points: usize) -> Self {
        self.min_points = Some(points);
        self
    }

    /// Sets ξ, by which share the reachability must change to bound a group; above 0 and below 1.
    #[must_use]
    pub const fn with_steepness(mut self, xi: f64) -> Self {
        self.steepness = xi;
        self
    }
}

impl Default for Optics {
    fn default() -> Self {
        Self::new()
    }
}

impl Clusterer for Optics {
    fn cluster(&self, rows: &Rows<'_>, smallest: usize) -> Result<Vec<Option<u32>>, ClusterError> {
        if !(self.steepness > 0.0 && self.steepness < 1.0) {
            let given = self.steepness;
            return Err(ClusterError::Engine(format!(
                "the steepness is {given}; it must lie between 0 and 1"
            )));
        }
        let points = self.min_points.unwrap_or(smallest.max(2));
        let params = linfa_clustering::Optics::params(points)
            .tolerance(self.tolerance)
            .check()
            .map_err(|error| ClusterError::Engine(error.to_string()))?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let sorted = Sorted::new(rows);
        let plot = params.transform(sorted.rows.view());
        let heights = heights(&plot, &sorted.rows, self.tolerance);
        let valleys = xi::valleys(&heights, self.steepness, points, smallest.max(2));
        let mut labels = vec![None; rows.len()];
        for (group, valley) in valleys.into_iter().enumerate() {
            for sample in &plot[valley] {
                labels[sample.index()] = Some(group);
            }
        }
        Ok(sorted.labels(labels, smallest))
    }
}

/// The reachability of each row in the order of the plot; infinite where no earlier row reaches it.
///
/// linfa gives the first row of a connected part its own core distance instead, so such rows are
/// found again here: no core row before them lies within the tolerance.
fn heights(plot: &OpticsAnalysis<f64>, rows: &Array2<f64>, tolerance: f64) -> Vec<f64> {
    let far = |a: ArrayView1<'_, f64>, b: ArrayView1<'_, f64>| {
        let square: f64 = a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum();
        square.sqrt() > tolerance
    };
    plot.iter()
        .enumerate()
        .map(|(at, sample)| {
            let row = rows.row(sample.index());
            let mut before = plot[..at].iter().rev();
            let reached = before.any(|earlier| {
                earlier.core_distance().is_some() && !far(rows.row(earlier.index()), row)
            });
            match sample.reachability_distance() {
                Some(reachability) if reached => *reachability,
                _ => f64::INFINITY,
            }
        })
        .collect()
}
