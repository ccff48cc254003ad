//! New rows in topics that stay as they are.

use std::collections::BTreeMap;

use linfa::{Float, traits::PredictInplace};
use ndarray::{Array1, ArrayBase, Data, Ix2};

use super::{
    model::Topics,
    params::{Noise, TopicsError},
};

impl Topics {
    /// By row, its topic and its strength, as the fit would tell them from its nearest neighbours.
    ///
    /// A row in the direction of one of the fit gets its label and strength. No topic can appear that
    /// the fit does not have; with [`Noise::Keep`] a row most of whose neighbours are of no one topic
    /// is noise. Rows with NaN or infinities are noise.
    ///
    /// # Errors
    /// `Dimension` when the rows are not as wide as those of the fit.
    pub fn assign<F: Float + Into<f64>>(
        &self,
        rows: &ArrayBase<impl Data<Elem = F>, Ix2>,
    ) -> Result<(Vec<Option<u32>>, Vec<f64>), TopicsError> {
        if rows.ncols() != self.rows.dimension {
            return Err(TopicsError::Dimension {
                expected: self.rows.dimension,
                found: rows.ncols(),
            });
        }
        let rows = rows.as_standard_layout();
        let rows = rows.rows();
        let place =
            |row: ndarray::ArrayView1<'_, F>| self.place(row.as_slice().unwrap_or_default());
        Ok(rows.into_iter().map(place).unzip())
    }

    fn place<F: Float + Into<f64>>(&self, row: &[F]) -> (Option<u32>, f64) {
        if row.iter().any(|number| !number.is_finite()) {
            return (None, 0.0);
        }
        let Some(seen) = self.rows.frame.seen(row) else {
            return (self.stray, 0.0);
        };
        let mut near: Vec<(f64, usize)> = Vec::with_capacity(self.rows.len());
        for at in 0..self.rows.len() {
            let known = self.rows.row(at);
            if known == seen {
                return self.places[at];
            }
            let products = known.iter().zip(&seen);
            let cosine = products.map(|(&x, &y)| f64::from(x) * f64::from(y)).sum();
            near.push((cosine, at));
        }
        near.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        self.voted(&near)
    }

    /// What directions tell of a row, the nearest first.
    fn voted(&self, near: &[(f64, usize)]) -> (Option<u32>, f64) {
        let mut left = self.params.neighbours;
        let (mut total, mut votes) = (0.0, BTreeMap::<u32, f64>::new());
        for &(cosine, at) in near {
            let counted = left.min(self.rows.counts[at] as usize);
            left -= counted;
            let weight = counted as f64 * cosine.max(0.0);
            total += weight;
            if let Some(label) = self.places[at].0 {
                *votes.entry(label).or_default() += weight;
            }
        }
        let first = votes.into_iter().rev().max_by(|a, b| a.1.total_cmp(&b.1));
        let Some((label, weight)) = first else {
            return (self.stray, 0.0);
        };
        let told = total > 0.0;
        let share = if told { (weight / total).min(1.0) } else { 0.0 };
        match self.params.noise {
            Noise::Keep if share < 0.5 => (None, 0.0),
            Noise::Assign if !told => (self.stray, 0.0),
            _ => (Some(label), share),
        }
    }
}

impl<F, D> PredictInplace<ArrayBase<D, Ix2>, Array1<Option<u32>>> for Topics
where
    F: Float + Into<f64>,
    D: Data<Elem = F>,
{
    /// Rows that are not as wide as those of the fit are noise; [`assign`](Topics::assign) refuses them.
    fn predict_inplace(&self, rows: &ArrayBase<D, Ix2>, labels: &mut Array1<Option<u32>>) {
        let found = self.assign(rows).map(|found| found.0);
        *labels = Array1::from_vec(found.unwrap_or_else(|_| vec![None; rows.nrows()]));
    }

    fn default_target(&self, rows: &ArrayBase<D, Ix2>) -> Array1<Option<u32>> {
        Array1::from_elem(rows.nrows(), None)
    }
}
