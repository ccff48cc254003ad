//! Soft membership, and the rows in the middle of clusters: what needs distances beside the tree.

use std::cmp::Ordering;

use linfa::Float;
use ndarray::{Array2, ArrayBase, Data, Ix2};

use super::{
    params::HdbscanError,
    predict::{Exit, Predictor},
};

impl<F: Float + Into<f64>> Predictor<'_, F> {
    /// By row and cluster, how likely the row belongs to the cluster, from 0 to 1; a row sums to how
    /// likely it belongs to any.
    ///
    /// As Python's hdbscan has it for the rows of the fit: how near a row is to the exemplars of
    /// each cluster, times how late it parts from the cluster in the tree, brought to the sum of how
    /// long it stays in the one that it stays longest in. New rows are measured by where they would
    /// be in the tree. A row without a place in the geometry belongs to nothing.
    ///
    /// # Errors
    /// `Dimension` when the rows are not as wide as those of the fit.
    pub fn membership(
        &self,
        rows: &ArrayBase<impl Data<Elem = F>, Ix2>,
    ) -> Result<Array2<f64>, HdbscanError> {
        self.is_as_wide(rows.ncols())?;
        let exemplars = self.all_exemplars();
        let mut out = Array2::zeros((rows.nrows(), exemplars.len()));
        let rows = rows.as_standard_layout();
        for (row, mut memberships) in rows.rows().into_iter().zip(out.rows_mut()) {
            let row = row.as_slice().unwrap_or_default();
            if let Some((exit, prepared)) = self.exit(row).zip(self.prepared(row)) {
                let vector = self.vector(&prepared, exit, &exemplars);
                memberships
                    .iter_mut()
                    .zip(vector)
                    .for_each(|(to, from)| *to = from);
            }
        }
        Ok(out)
    }

    /// The row of the fit in the middle of a cluster: the one with the least sum of distances to the
    /// others, weighted by their probabilities. `None` when there is no such cluster.
    ///
    /// It takes all distances within the cluster.
    #[must_use]
    pub fn medoid(&self, cluster: u32) -> Option<u32> {
        let (tree, labels) = (&self.model.tree, self.model.labels());
        let members: Vec<(usize, u32)> = (0..)
            .zip(tree.places.iter().copied())
            .filter(|&(_, place)| labels[place as usize] == Some(cluster))
            .collect();
        let cost = |row: usize| {
            let term = |&(other, place): &(usize, u32)| {
                let strength = self.model.probabilities()[place as usize];
                self.distance(self.row(row), self.row(other)) * strength
            };
            sum(members.iter().map(term).collect())
        };
        let costs: Vec<f64> = members.iter().map(|&(row, _)| cost(row)).collect();
        // Of several in the middle the one with the smaller numbers, whatever the order of rows.
        let numbers = |a: usize, b: usize| {
            let (a, b) = (self.row(members[a].0), self.row(members[b].0));
            a.partial_cmp(b).unwrap_or(Ordering::Equal)
        };
        let best = (0..members.len())
            .min_by(|&a, &b| costs[a].total_cmp(&costs[b]).then_with(|| numbers(a, b)))?;
        Some(members[best].1)
    }

    /// By cluster, its exemplars as rows of the tree.
    fn all_exemplars(&self) -> Vec<Vec<usize>> {
        let places = &self.model.tree.places;
        let within = |place: u32| places.binary_search(&place).ok();
        (0..self.model.stabilities().len() as u32)
            .map(|cluster| {
                self.model
                    .exemplars(cluster)
                    .into_iter()
                    .filter_map(within)
                    .collect()
            })
            .collect()
    }

    /// How likely a row belongs to each cluster.
    fn vector(&self, row: &[F], exit: Exit, exemplars: &[Vec<usize>]) -> Vec<f64> {
        let branches = &self.model.condensed.branches;
        let heights = self.heights(exit);
        let death = branches[exit.0 as usize].death;
        let stays = |&height: &f64| match height > 0.0 {
            true => (-death / height).exp().exp(),
            false => 1.0,
        };
        let near = self.nearness(row, exemplars);
        let parts: Vec<f64> = near
            .iter()
            .zip(heights.iter().map(stays))
            .map(|(a, b)| a * b)
            .collect();
        let whole = sum(parts.clone());
        let longest = heights.iter().copied().fold(0.0, f64::max);
        let clusters = self.model.chosen.clusters().iter().zip(&heights);
        let some = clusters
            .filter(|&(_, &height)| height == longest && longest > 0.0)
            .map(|(&cluster, height)| height / branches[cluster as usize].death.max(exit.1))
            .fold(0.0, f64::max);
        let share = if whole > 0.0 { some / whole } else { 0.0 };
        parts.into_iter().map(|part| part * share).collect()
    }

    /// By cluster, one by the distance to its nearest exemplar, as shares of their sum.
    fn nearness(&self, row: &[F], exemplars: &[Vec<usize>]) -> Vec<f64> {
        let nearest = |rows: &Vec<usize>| {
            let distances = rows.iter().map(|&at| self.distance(row, self.row(at)));
            distances.fold(f64::INFINITY, f64::min)
        };
        let distances: Vec<f64> = exemplars.iter().map(nearest).collect();
        let touches = distances.contains(&0.0);
        let near = |&distance: &f64| match touches {
            true => f64::from(u8::from(distance == 0.0)),
            false => 1.0 / distance,
        };
        let near: Vec<f64> = distances.iter().map(near).collect();
        let whole = sum(near.clone());
        near.into_iter()
            .map(|near| if whole > 0.0 { near / whole } else { 0.0 })
            .collect()
    }

    /// By cluster, the λ at which something parts from it that leaves the tree at `exit`.
    fn heights(&self, exit: Exit) -> Vec<f64> {
        let branches = &self.model.condensed.branches;
        let height = |&cluster: &u32| {
            let (mut a, mut b) = (exit.0, cluster);
            let (mut left, mut right, mut split) = (false, false, exit.1);
            // Children stand behind their parents.
            while a != b {
                let (climbs, side) = if a > b {
                    (&mut a, &mut left)
                } else {
                    (&mut b, &mut right)
                };
                let branch = &branches[*climbs as usize];
                (*climbs, *side, split) = (branch.parent.unwrap_or_default(), true, branch.birth);
            }
            if left && right { split } else { exit.1 }
        };
        self.model.chosen.clusters().iter().map(height).collect()
    }
}

/// A sum that depends on no order.
fn sum(mut terms: Vec<f64>) -> f64 {
    terms.sort_unstable_by(f64::total_cmp);
    terms.into_iter().fold(0.0, |sum, term| sum + term)
}
