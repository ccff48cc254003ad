//! From rows to a model.

use std::{ops::ControlFlow, sync::Arc};

use linfa::{DatasetBase, Float, traits::Fit};
use ndarray::{ArrayBase, Data, Ix2};

use super::{
    dense::{self, manhattan},
    engine::Engine,
    model::Hdbscan,
    params::{HdbscanError, HdbscanValidParams, Metric},
    predict::sealed,
    prepare::prepare,
    spanning::Points,
    tree::Tree,
    watch::Watch,
};

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
        if len > i32::MAX as usize {
            return Err(HdbscanError::TooMany(len));
        }
        let rows = prepare(numbers, dimension, len, self.metric, self.missing)?;
        let kernel = self.kernel.found()?;
        let points = Points::new(&rows.numbers, dimension, rows.places.len(), kernel);
        let grown = match self.metric {
            Metric::Manhattan => dense::grow(points.len(), self.min_samples, watch, |a, b| {
                manhattan(points.row(a), points.row(b))
            }),
            Metric::Euclidean | Metric::Cosine => Engine {
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
