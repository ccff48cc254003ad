//! New rows in a tree that stays as it is.

use std::borrow::Cow;

use linfa::{Float, traits::PredictInplace};
use ndarray::{Array1, ArrayBase, Data, Ix2};

use super::{
    distance::{Number, manhattan},
    exact::kernel::Kernel,
    model::Hdbscan,
    params::{HdbscanError, Metric},
    prepare::{self, prepare},
    seal,
};

/// A model and the rows that it was fitted on: what it takes to tell where new rows belong.
///
/// A new row is attached to the row that it reaches at the least (mutual reachability, distance), its
/// core distance being that to its `min_samples`-th nearest row of the fit; and it belongs to the
/// chosen cluster that it is in there. The tree stays as it is, so no label can appear that the fit
/// does not have. A row that equals one of the fit gets its label and probability. Where several
/// rows are as near, the new one is in what holds them all.
///
/// Nothing here depends on the order of rows.
///
/// # Examples
/// ```
/// use alma_memory::cluster::hdbscan::Hdbscan;
/// use linfa::{DatasetBase, traits::{Fit, Predict}};
/// use ndarray::{Array1, array};
/// let rows = array![[0.0, 0.0], [0.0, 0.1], [0.1, 0.0], [9.0, 9.0], [9.0, 9.1], [9.1, 9.0]];
/// let model = Hdbscan::params(3).min_samples(1).fit(&DatasetBase::from(rows.view()))?;
/// let predictor = model.predictor(&rows)?;
/// let labels: Array1<Option<u32>> = predictor.predict(&array![[9.1, 9.2], [0.0, 0.1], [5.0, -40.0]]);
/// assert_eq!(labels.to_vec(), [Some(1), Some(0), None]);
/// # Ok::<(), alma_memory::cluster::hdbscan::HdbscanError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Predictor<'a, F: Clone> {
    pub(super) model: &'a Hdbscan,
    /// The rows that have a place in the geometry, as the engine took them.
    rows: Cow<'a, [F]>,
    dimension: usize,
    kernel: Kernel,
    /// Checksums of rows and the rows, ascending.
    known: Vec<(u64, u32)>,
}

/// Where a row leaves the condensed tree: the cluster, and the λ.
pub(super) type Exit = (u32, f64);

impl Hdbscan {
    /// The model together with the rows that it was fitted on, for predictions and all that needs
    /// distances.
    ///
    /// # Errors
    /// `OtherRows` when these are not those rows, in that order.
    pub fn predictor<'a, F: Float + Into<f64>>(
        &'a self,
        rows: &'a ArrayBase<impl Data<Elem = F>, Ix2>,
    ) -> Result<Predictor<'a, F>, HdbscanError> {
        let (dimension, len) = (rows.ncols(), rows.nrows());
        let numbers: Cow<'a, [F]> = match rows.view().to_slice() {
            Some(slice) => Cow::Borrowed(slice),
            None => Cow::Owned(rows.iter().copied().collect()),
        };
        if self.tree.seal != Some(self::sealed(&numbers, dimension, len)) {
            return Err(HdbscanError::OtherRows);
        }
        let rows = match numbers {
            Cow::Borrowed(slice) => prepare(slice, dimension, len, &self.params)?.numbers,
            Cow::Owned(all) => {
                let rows = prepare(&all, dimension, len, &self.params)?.numbers;
                Cow::Owned(rows.into_owned())
            }
        };
        let row = |at: usize| &rows[at * dimension..(at + 1) * dimension];
        let places = 0..self.tree.places.len();
        let mut known: Vec<(u64, u32)> = places
            .map(|at| (seal::numbers(row(at)), at as u32))
            .collect();
        known.sort_unstable();
        Ok(Predictor {
            model: self,
            rows,
            dimension,
            kernel: Kernel::fastest(),
            known,
        })
    }
}

impl<F: Float + Into<f64>> Predictor<'_, F> {
    /// By row, its label, `None` for noise, and its probability, as in the fit.
    ///
    /// Rows with NaN or infinities, or without a direction under the cosine, are noise.
    ///
    /// # Errors
    /// `Dimension` when the rows are not as wide as those of the fit.
    pub fn assign(
        &self,
        rows: &ArrayBase<impl Data<Elem = F>, Ix2>,
    ) -> Result<(Vec<Option<u32>>, Vec<f64>), HdbscanError> {
        self.is_as_wide(rows.ncols())?;
        let rows = rows.as_standard_layout();
        let place = |row: ndarray::ArrayView1<'_, F>| {
            let exit = self.exit(row.as_slice().unwrap_or_default());
            let (chosen, condensed) = (&self.model.chosen, &self.model.condensed);
            match exit.and_then(|(branch, lambda)| chosen.place(condensed, branch, lambda)) {
                Some((label, probability)) => (Some(label), probability),
                None => (None, 0.0),
            }
        };
        Ok(rows.rows().into_iter().map(place).unzip())
    }

    /// Whether rows have as many columns as those of the fit.
    pub(super) fn is_as_wide(&self, found: usize) -> Result<(), HdbscanError> {
        match self.dimension == found {
            true => Ok(()),
            false => Err(HdbscanError::Dimension {
                expected: self.dimension,
                found,
            }),
        }
    }

    /// Where a row of the input leaves the condensed tree; none when it has no place in it.
    pub(super) fn exit(&self, row: &[F]) -> Option<Exit> {
        let row = self.prepared(row)?;
        let condensed = &self.model.condensed;
        match self.twin(&row) {
            Some(twin) => condensed.exits.get(twin).copied(),
            None => self.attached(&row),
        }
    }

    /// A row of the input as the engine would take it; none when it has no place in the geometry.
    pub(super) fn prepared(&self, row: &[F]) -> Option<Vec<F>> {
        if row.iter().any(|number| !number.is_finite()) {
            return None;
        }
        match self.model.params.metric {
            Metric::Cosine => prepare::direction(row),
            Metric::Euclidean | Metric::Manhattan => {
                let shifted =
                    |&number: &F| prepare::shift(number.into(), -self.model.tree.exponent);
                Some(row.iter().map(|number| F::cast(shifted(number))).collect())
            }
        }
    }

    /// A row of the tree that equals this one.
    fn twin(&self, row: &[F]) -> Option<usize> {
        let key = seal::numbers(row);
        let begin = self.known.partition_point(|known| known.0 < key);
        let same = self.known[begin..]
            .iter()
            .take_while(|known| known.0 == key);
        let mut rows = same.map(|known| known.1 as usize);
        rows.find(|&at| self.row(at) == row)
    }

    /// Where a row that the tree does not have would leave it.
    fn attached(&self, row: &[F]) -> Option<Exit> {
        let tree = &self.model.tree;
        let distances: Vec<f64> = (0..tree.places.len())
            .map(|at| self.distance(row, self.row(at)))
            .collect();
        let k = self.model.params.min_samples.min(distances.len());
        let nth = k.checked_sub(1)?;
        let core = *distances
            .clone()
            .select_nth_unstable_by(nth, f64::total_cmp)
            .1;
        let reach = |at: usize| (distances[at].max(core).max(tree.core[at]), distances[at]);
        let order = |a: &(f64, f64), b: &(f64, f64)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1));
        let best = (0..distances.len()).map(reach).min_by(order)?;
        let nearest = (0..distances.len()).filter(|&at| order(&reach(at), &best).is_eq());
        let lambda = tree.hierarchy.lambda(best.0);
        let exits =
            nearest.filter_map(|at| self.climbed(*self.model.condensed.exits.get(at)?, lambda));
        exits.reduce(|a, b| self.common(a, b))
    }

    /// Where something leaves that meets a row at `lambda`, when the row leaves at `exit`.
    fn climbed(&self, (mut branch, lambda): Exit, met: f64) -> Option<Exit> {
        if lambda <= met {
            return Some((branch, lambda));
        }
        let branches = &self.model.condensed.branches;
        while branches[branch as usize].birth >= met {
            branch = branches[branch as usize].parent?;
        }
        Some((branch, met))
    }

    /// Where both of two leave together.
    fn common(&self, mut a: Exit, mut b: Exit) -> Exit {
        let branches = &self.model.condensed.branches;
        let up = |exit: &mut Exit| {
            let branch = &branches[exit.0 as usize];
            *exit = (branch.parent.unwrap_or_default(), branch.birth);
        };
        // Children stand behind their parents.
        while a.0 != b.0 {
            if a.0 > b.0 { up(&mut a) } else { up(&mut b) }
        }
        (a.0, a.1.max(b.1))
    }

    /// A row of the tree.
    pub(super) fn row(&self, at: usize) -> &[F] {
        &self.rows[at * self.dimension..(at + 1) * self.dimension]
    }

    /// The distance that the fit saw between two rows.
    pub(super) fn distance(&self, a: &[F], b: &[F]) -> f64 {
        match self.model.params.metric {
            Metric::Manhattan => manhattan(a, b),
            Metric::Euclidean | Metric::Cosine => self.kernel.distance(a, b),
        }
    }
}

impl<F, D> PredictInplace<ArrayBase<D, Ix2>, Array1<Option<u32>>> for Predictor<'_, F>
where
    F: Float + Into<f64>,
    D: Data<Elem = F>,
{
    /// By row, its label. Rows of another width than those of the fit are noise.
    fn predict_inplace<'b>(
        &'b self,
        rows: &'b ArrayBase<D, Ix2>,
        labels: &mut Array1<Option<u32>>,
    ) {
        labels.fill(None);
        if let Ok((found, _)) = self.assign(rows) {
            labels
                .iter_mut()
                .zip(found)
                .for_each(|(label, found)| *label = found);
        }
    }

    fn default_target(&self, rows: &ArrayBase<D, Ix2>) -> Array1<Option<u32>> {
        Array1::from_elem(rows.nrows(), None)
    }
}

/// The checksum of rows of a fit.
pub(super) fn sealed<F: Number>(numbers: &[F], dimension: usize, len: usize) -> u64 {
    seal::words(&[seal::numbers(numbers), dimension as u64, len as u64])
}
