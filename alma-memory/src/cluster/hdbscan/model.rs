//! What a fit found.

use std::sync::Arc;

use linfa::ParamGuard;
use ndarray::Array1;
use serde::{Deserialize, Serialize};

use super::{
    condense::Condensed,
    layers::Layer,
    params::{HdbscanError, HdbscanParams, HdbscanValidParams},
    select::{Chosen, Cut},
    spanning::Edge,
    stored::StoredHdbscan,
    tree::{Stats, Tree},
};

/// Density-based clusters of rows, and the tree that they were cut from.
///
/// HDBSCAN* (Campello, Moulavi, Zimek and Sander, 2015): clusters are what stays connected over a
/// long range of densities; rows that belong to none are noise. Nothing depends on the order of
/// rows: edges of equal weight and length merge at once, so there are no ties to break.
///
/// # Examples
/// ```
/// use alma_memory::cluster::hdbscan::Hdbscan;
/// use linfa::{DatasetBase, traits::Fit};
/// use ndarray::array;
/// let rows = array![[0.0_f32, 0.0], [0.0, 0.1], [0.1, 0.0], [9.0, 9.0], [9.0, 9.1], [9.1, 9.0], [5.0, -40.0]];
/// let model = Hdbscan::params(3).min_samples(1).fit(&DatasetBase::from(rows))?;
/// assert_eq!(model.labels()[..3], [Some(0); 3]);
/// assert_eq!(model.labels()[3..], [Some(1), Some(1), Some(1), None]);
/// # Ok::<(), alma_memory::cluster::hdbscan::HdbscanError>(())
/// ```
///
/// A model is stored by serde, without its rows: see [`StoredHdbscan`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(into = "StoredHdbscan", try_from = "StoredHdbscan")]
pub struct Hdbscan {
    pub(super) tree: Arc<Tree>,
    pub(super) params: HdbscanValidParams,
    pub(super) condensed: Condensed,
    pub(super) chosen: Chosen,
    labels: Vec<Option<u32>>,
    probabilities: Vec<f64>,
    stabilities: Vec<f64>,
}

impl Hdbscan {
    /// Parameters for clusters of at least `min_cluster_size` rows, from 2.
    #[must_use]
    pub const fn params(min_cluster_size: usize) -> HdbscanParams {
        HdbscanParams::new(min_cluster_size)
    }

    /// By row, the number of its cluster, from 0 in the order of first rows; `None` for noise.
    #[must_use]
    pub fn labels(&self) -> &[Option<u32>] {
        &self.labels
    }

    /// The same in scikit-learn's manner, with -1 for noise.
    #[must_use]
    pub fn sklearn_labels(&self) -> Array1<i64> {
        let number = |label: &Option<u32>| label.map_or(-1, i64::from);
        self.labels.iter().map(number).collect()
    }

    /// By row, how firmly it belongs to its cluster, 0 to 1: 1 for the densest, 0 for noise.
    #[must_use]
    pub fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    /// By cluster, how much it persists: the sum over its rows of the λ (one by distance) that they
    /// stay for; finite and above 0.
    #[must_use]
    pub fn stabilities(&self) -> &[f64] {
        &self.stabilities
    }

    /// A minimum spanning tree of mutual reachability distances, by weight, distance and ends; rows
    /// that have no place in the geometry, such as zeros under the cosine, are not in it.
    #[must_use]
    pub fn spanning_tree(&self) -> &[Edge] {
        self.tree.spanning()
    }

    /// What the fit met and what it took.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.tree.stats
    }

    /// The same tree cut by other parameters: other sizes, selection, epsilon or single cluster.
    ///
    /// No distance is computed again, so metric, `min_samples` and what became of missing numbers
    /// stay those of the fit.
    ///
    /// # Errors
    /// Those of [`check`](linfa::ParamGuard::check).
    pub fn relabel(&self, params: &HdbscanParams) -> Result<Self, HdbscanError> {
        let params = HdbscanValidParams {
            metric: self.params.metric,
            min_samples: self.params.min_samples,
            missing: self.params.missing,
            directionless: self.params.directionless,
            ..params.check()?
        };
        Ok(Self::cut(Arc::clone(&self.tree), params))
    }

    /// The clusters that `params` choose of a tree.
    pub(super) fn cut(tree: Arc<Tree>, params: HdbscanValidParams) -> Self {
        let cut = Cut::new(&params, tree.exponent);
        let condensed = Condensed::new(&tree.hierarchy, tree.places.len(), cut.smallest);
        let chosen = Chosen::new(&condensed, &cut);
        let flat = chosen.flat(&condensed).spread(&tree.places, tree.len);
        let stability =
            |&cluster: &u32| tree.lambda(condensed.branches[cluster as usize].stability);
        Self {
            stabilities: chosen.clusters().iter().map(stability).collect(),
            labels: flat.labels,
            probabilities: flat.probabilities,
            tree,
            params,
            condensed,
            chosen,
        }
    }

    /// What a layer shows of it.
    pub(super) fn into_layer(self) -> Layer {
        Layer {
            min_cluster_size: self.params.min_cluster_size,
            labels: self.labels,
            probabilities: self.probabilities,
            stabilities: self.stabilities,
        }
    }
}
