//! What a fit found.

use linfa::{DatasetBase, Float, traits::Fit};
use ndarray::{ArrayBase, Data, Ix2};

use super::{
    condense::Condensed,
    engine::Engine,
    hierarchy::Hierarchy,
    params::{HdbscanError, HdbscanParams, HdbscanValidParams},
    prepare::{prepare, shift},
    select::Flat,
    spanning::{Edge, Points},
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
#[derive(Clone, Debug)]
pub struct Hdbscan {
    edges: Vec<Edge>,
    hierarchy: Hierarchy,
    /// Where the rows of the tree stand in the input.
    places: Vec<u32>,
    len: usize,
    flat: Flat,
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
        &self.flat.labels
    }

    /// By row, how firmly it belongs to its cluster, 0 to 1: 1 for the densest, 0 for noise.
    #[must_use]
    pub fn probabilities(&self) -> &[f64] {
        &self.flat.probabilities
    }

    /// By cluster, how much it persists; above 0.
    #[must_use]
    pub fn stabilities(&self) -> &[f64] {
        &self.flat.stabilities
    }

    /// A minimum spanning tree of mutual reachability distances, in no order; rows that have no
    /// place in the geometry, such as zeros under the cosine, are not in it.
    #[must_use]
    pub fn spanning_tree(&self) -> &[Edge] {
        &self.edges
    }

    /// The same tree cut by other parameters: another smallest size, selection or single cluster.
    ///
    /// No distance is computed again, so metric and `min_samples` stay those of the fit.
    ///
    /// # Errors
    /// Those of [`check`](linfa::ParamGuard::check).
    pub fn relabel(&self, params: &HdbscanParams) -> Result<Self, HdbscanError> {
        use linfa::ParamGuard;
        let mut out = self.clone();
        out.cut(params.check_ref()?);
        Ok(out)
    }

    fn cut(&mut self, params: &HdbscanValidParams) {
        let rows = self.places.len();
        let smallest = u32::try_from(params.min_cluster_size).unwrap_or(u32::MAX);
        let flat = if rows < params.min_cluster_size {
            Flat::noise(rows)
        } else {
            let condensed = Condensed::new(&self.hierarchy, rows, smallest);
            Flat::new(&condensed, params.selection, params.allow_single_cluster)
        };
        self.flat = flat.spread(&self.places, self.len);
    }
}

impl HdbscanValidParams {
    /// Clusters `len` rows of `dimension` numbers, one after another.
    pub(super) fn fit_rows<F: Float + Into<f64>>(
        &self,
        numbers: &[F],
        dimension: usize,
        len: usize,
    ) -> Result<Hdbscan, HdbscanError> {
        if len > i32::MAX as usize {
            return Err(HdbscanError::TooMany(len));
        }
        let rows = prepare(numbers, dimension, len, self.metric)?;
        let kernel = self.kernel.found()?;
        let points = Points::new(&rows.numbers, dimension, rows.places.len(), kernel);
        let engine = Engine {
            threads: self.threads,
        };
        let mut edges = engine.grow(&points, self.min_samples).edges;
        let hierarchy = Hierarchy::new(&edges, rows.places.len());
        for edge in &mut edges {
            edge.from = rows.places[edge.from as usize];
            edge.to = rows.places[edge.to as usize];
            edge.weight = shift(edge.weight, rows.exponent);
            edge.distance = shift(edge.distance, rows.exponent);
        }
        let mut model = Hdbscan {
            edges,
            hierarchy,
            places: rows.places,
            len,
            flat: Flat::default(),
        };
        model.cut(self);
        Ok(model)
    }
}

impl<F, D, T> Fit<ArrayBase<D, Ix2>, T, HdbscanError> for HdbscanValidParams
where
    F: Float + Into<f64>,
    D: Data<Elem = F>,
{
    type Object = Hdbscan;

    /// Clusters the records; targets are ignored. Any memory layout is taken, with one copy at most.
    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<Hdbscan, HdbscanError> {
        let rows = dataset.records.as_standard_layout();
        let numbers = rows.as_slice().unwrap_or_default();
        self.fit_rows(numbers, rows.ncols(), rows.nrows())
    }
}
