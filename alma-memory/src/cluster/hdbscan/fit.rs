//! From rows to a model.

use std::{ops::ControlFlow, sync::Arc};

use linfa::{DatasetBase, Float, traits::Fit};
use ndarray::{ArrayBase, Data, Ix2};

use super::{
    dense,
    distance::manhattan,
    distances::{Distances, Layout},
    engine::Engine,
    model::Hdbscan,
    params::{HdbscanError, HdbscanValidParams, Metric},
    predict::sealed,
    prepare::{self, prepare, shift},
    spanning::Points,
    sparse,
    tree::Tree,
    watch::{Watch, Watcher},
};

/// The most rows that a fit takes.
pub(super) const MOST: usize = i32::MAX as usize;

/// The part of a fit after which its rows are prepared; after which the spanning tree is grown; and after which it is a
/// hierarchy.
const PREPARED: f64 = 0.02;
const GROWN: f64 = 0.88;
const RANKED: f64 = 0.95;

impl HdbscanValidParams {
    /// Clusters the rows of `records` and calls `watch` on the way with the part that is done, from 0
    /// to 1; what it answers decides whether the fit goes on.
    ///
    /// It may be called from any thread, by one at a time, is never told less than before, and is
    /// called some hundreds of times: where it breaks, the fit ends within a fraction of a second.
    ///
    /// # Errors
    /// `Cancelled` when `watch` breaks, and those of [`fit`](Fit::fit).
    pub fn fit_watched<F: Float + Into<f64>>(
        &self,
        records: &ArrayBase<impl Data<Elem = F>, Ix2>,
        watch: impl Fn(f64) -> ControlFlow<()> + Sync,
    ) -> Result<Hdbscan, HdbscanError> {
        self.fit_records(records, Watcher::new(&watch).watch())
    }

    /// Clusters rows by distances between them that somebody else computed; the metric is left unused,
    /// and such a model has no rows to predict by.
    ///
    /// # Errors
    /// `TooMany` for more rows than 32 bits number.
    pub fn fit_distances<F: Float + Into<f64>>(
        &self,
        distances: &Distances<'_, F>,
    ) -> Result<Hdbscan, HdbscanError> {
        self.fit_pairs(distances, Watch::NOBODY)
    }

    /// The same, watched as in [`fit_watched`](Self::fit_watched).
    ///
    /// # Errors
    /// `Cancelled` when `watch` breaks, and those of [`fit_distances`](Self::fit_distances).
    pub fn fit_distances_watched<F: Float + Into<f64>>(
        &self,
        distances: &Distances<'_, F>,
        watch: impl Fn(f64) -> ControlFlow<()> + Sync,
    ) -> Result<Hdbscan, HdbscanError> {
        self.fit_pairs(distances, Watcher::new(&watch).watch())
    }

    fn fit_pairs<F: Float + Into<f64>>(
        &self,
        distances: &Distances<'_, F>,
        watch: Watch<'_>,
    ) -> Result<Hdbscan, HdbscanError> {
        let n = distances.len();
        if n > MOST {
            return Err(HdbscanError::TooMany(n));
        }
        watch.tell(0.0)?;
        // Like rows, distances whose inverse would not be a number are measured in other units.
        let exponent = prepare::unit(&[distances.largest()]);
        let (k, growing) = (self.min_samples, watch.step(PREPARED, GROWN - PREPARED));
        let mut grown = match distances.layout() {
            Layout::Dense(distance) => {
                let distance = |a, b| shift(distance(a, b), -exponent);
                dense::grow(n, k, self.threads, growing, distance)
            }
            Layout::Sparse(pairs) => {
                let scaled =
                    |&(a, b, distance): &(u32, u32, f64)| (a, b, shift(distance, -exponent));
                let scaled: Vec<_> = pairs.iter().map(scaled).collect();
                sparse::grow(n, k, growing, &scaled)
            }
        }?;
        // Nothing asks for core distances where there are no rows to predict by.
        grown.core = Vec::new();
        watch.tell(GROWN)?;
        let tree = Tree::new(grown, (0..n as u32).collect(), n, exponent);
        self.cut(tree, watch)
    }

    /// The model of a tree, at the end of a fit.
    fn cut(&self, tree: Tree, watch: Watch<'_>) -> Result<Hdbscan, HdbscanError> {
        watch.tell(RANKED)?;
        let model = Hdbscan::cut(Arc::new(tree), *self);
        watch.tell(1.0)?;
        Ok(model)
    }

    fn fit_records<F: Float + Into<f64>>(
        &self,
        records: &ArrayBase<impl Data<Elem = F>, Ix2>,
        watch: Watch<'_>,
    ) -> Result<Hdbscan, HdbscanError> {
        let rows = records.as_standard_layout();
        let numbers = rows.as_slice().unwrap_or_default();
        self.fit_rows(numbers, rows.ncols(), rows.nrows(), watch)
    }

    /// Clusters `len` rows of `dimension` numbers, one after another.
    pub(super) fn fit_rows<F: Float + Into<f64>>(
        &self,
        numbers: &[F],
        dimension: usize,
        len: usize,
        watch: Watch<'_>,
    ) -> Result<Hdbscan, HdbscanError> {
        if len > MOST {
            return Err(HdbscanError::TooMany(len));
        }
        watch.tell(0.0)?;
        let rows = prepare(numbers, dimension, len, self)?;
        let kernel = self.kernel.found()?;
        let points = Points::new(&rows.numbers, dimension, rows.places.len(), kernel);
        let (k, growing) = (self.min_samples, watch.step(PREPARED, GROWN - PREPARED));
        let grown = match self.metric {
            Metric::Manhattan => dense::grow(points.len(), k, self.threads, growing, |a, b| {
                manhattan(points.row(a), points.row(b))
            }),
            Metric::Euclidean | Metric::Cosine => Engine {
                kernel: self.kernel,
                search: self.search,
                threads: self.threads,
                watch: growing,
            }
            .grow(&points, k),
        }?;
        watch.tell(GROWN)?;
        let mut tree = Tree::new(grown, rows.places, len, rows.exponent);
        tree.seal = Some(sealed(numbers, dimension, len));
        tree.stats.missing = rows.missing;
        tree.stats.directionless = rows.directionless;
        self.cut(tree, watch)
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
        self.fit_records(&dataset.records, Watch::NOBODY)
    }
}
