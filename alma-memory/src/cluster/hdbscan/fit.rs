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
    watch::Watch,
};

/// The most rows that a fit takes.
pub(super) const MOST: usize = i32::MAX as usize;

impl HdbscanValidParams {
    /// Clusters the rows of `records` and calls `watch` on the way with the part that is done, from 0
    /// to 1; it may be called from any thread, and what it answers decides whether the fit goes on.
    ///
    /// # Errors
    /// `Cancelled` when `watch` breaks, and those of [`fit`](Fit::fit).
    pub fn fit_watched<F: Float + Into<f64>>(
        &self,
        records: &ArrayBase<impl Data<Elem = F>, Ix2>,
        watch: impl Fn(f64) -> ControlFlow<()> + Sync,
    ) -> Result<Hdbscan, HdbscanError> {
        self.fit_records(records, Watch::new(&watch))
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
        let n = distances.len();
        if n > MOST {
            return Err(HdbscanError::TooMany(n));
        }
        // Like rows, distances whose inverse would not be a number are measured in other units.
        let exponent = prepare::unit(&[distances.largest()]);
        let (k, watch) = (self.min_samples, Watch::NOBODY);
        let mut grown = match distances.layout() {
            Layout::Dense(distance) => {
                dense::grow(n, k, watch, |a, b| shift(distance(a, b), -exponent))
            }
            Layout::Sparse(pairs) => {
                let scaled =
                    |&(a, b, distance): &(u32, u32, f64)| (a, b, shift(distance, -exponent));
                sparse::grow(n, k, watch, &pairs.iter().map(scaled).collect::<Vec<_>>())
            }
        }?;
        // Nothing asks for core distances where there are no rows to predict by.
        grown.core = Vec::new();
        let tree = Tree::new(grown, (0..n as u32).collect(), n, exponent);
        Ok(Hdbscan::cut(Arc::new(tree), *self))
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
        let rows = prepare(numbers, dimension, len, self)?;
        let kernel = self.kernel.found()?;
        let points = Points::new(&rows.numbers, dimension, rows.places.len(), kernel);
        let grown = match self.metric {
            Metric::Manhattan => dense::grow(points.len(), self.min_samples, watch, |a, b| {
                manhattan(points.row(a), points.row(b))
            }),
            Metric::Euclidean | Metric::Cosine => Engine {
                kernel: self.kernel,
                search: self.search,
                threads: self.threads,
                watch,
            }
            .grow(&points, self.min_samples),
        }?;
        let mut tree = Tree::new(grown, rows.places, len, rows.exponent);
        tree.seal = Some(sealed(numbers, dimension, len));
        tree.stats.missing = rows.missing;
        tree.stats.directionless = rows.directionless;
        Ok(Hdbscan::cut(Arc::new(tree), *self))
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
