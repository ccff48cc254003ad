//! Topics by k-means on directions, with rows left out that lie far from every centre.

use linfa::{DatasetBase, prelude::*};
use linfa_clustering::KMeans;
use ndarray::{Array1, Array2, ArrayView2};

use super::{
    ClusterError, Clusterer, Rows,
    sorted::{compare, renumber},
};

/// Centres whose cosine is at least this are one topic.
const ONE_TOPIC: f32 = 0.3;

/// Groups rows by direction: as many centres as the square root of the rows suggests, each
/// kept with the rows that resemble it.
///
/// The first clusterer behind [`Clusterer`]: bounded in time (centres are fitted on at most
/// [`SAMPLE`](Self::SAMPLE) rows), deterministic, and good enough for topics.
#[derive(Clone, Copy, Debug)]
pub struct KMeansTopics {
    similarity: f32,
}

impl KMeansTopics {
    /// Centres are fitted on at most this many rows, spread evenly over the sorted rows.
    pub const SAMPLE: usize = 2_500;
    /// No more centres than this are fitted.
    pub const MAX_CENTRES: usize = 64;

    /// Rows count as members from a cosine of 0.25 to their centre on.
    #[must_use]
    pub const fn new() -> Self {
        Self { similarity: 0.25 }
    }

    /// Sets the cosine from which a row counts as a member; brought into 0..=1.
    #[must_use]
    pub const fn with_similarity(mut self, cosine: f32) -> Self {
        self.similarity = cosine.clamp(0.0, 1.0);
        self
    }
}

impl Default for KMeansTopics {
    fn default() -> Self {
        Self::new()
    }
}

impl Clusterer for KMeansTopics {
    fn cluster(&self, rows: &Rows<'_>, smallest: usize) -> Result<Vec<Option<u32>>, ClusterError> {
        let smallest = smallest.max(1);
        if rows.len() < smallest {
            return Ok(vec![None; rows.len()]);
        }
        // Sorted rows make the order of input irrelevant to seeds and sums.
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by(|&a, &b| compare(rows.row(a), rows.row(b)));
        let directions = directions(rows, &order);
        let centres = fit(directions.view(), centre_count(rows.len(), smallest))?;
        let centres = merge(centres, directions.view());
        // Pair by pair and not as one product, whose tiles may round equal rows differently.
        let cosines = Array2::from_shape_fn((rows.len(), centres.nrows()), |(row, centre)| {
            directions.row(row).dot(&centres.row(centre))
        });
        let groups = assign(cosines.view(), self.similarity, smallest);
        let mut labels = vec![None; rows.len()];
        for (&row, group) in order.iter().zip(groups) {
            labels[row] = group;
        }
        Ok(renumber(labels, centres.nrows()))
    }
}

fn centre_count(rows: usize, smallest: usize) -> usize {
    let wanted = (rows as f64).sqrt().round() as usize;
    wanted
        .min(rows / smallest)
        .clamp(1, KMeansTopics::MAX_CENTRES)
}

/// The rows in `order`, less their mean, brought to length 1; a row equal to the mean stays zero.
fn directions(rows: &Rows<'_>, order: &[usize]) -> Array2<f32> {
    let dimension = rows.dimension();
    let mut mean = vec![0.0_f64; dimension];
    for &row in order {
        for (sum, &x) in mean.iter_mut().zip(rows.row(row)) {
            *sum += f64::from(x) / order.len() as f64;
        }
    }
    let mut out = Array2::zeros((order.len(), dimension));
    for (mut to, &row) in out.rows_mut().into_iter().zip(order) {
        let centred = |column: usize| f64::from(rows.row(row)[column]) - mean[column];
        let norm = (0..dimension)
            .map(|column| centred(column).powi(2))
            .sum::<f64>()
            .sqrt();
        if norm > 1e-9 {
            for (column, x) in to.iter_mut().enumerate() {
                *x = (centred(column) / norm) as f32;
            }
        }
    }
    out
}

/// Centres of length 1.
fn fit(directions: ArrayView2<'_, f32>, centres: usize) -> Result<Array2<f32>, ClusterError> {
    let step = directions.nrows().div_ceil(KMeansTopics::SAMPLE).max(1);
    let sample: Vec<usize> = (0..directions.nrows()).step_by(step).collect();
    let data = DatasetBase::from(directions.select(ndarray::Axis(0), &sample));
    let model = KMeans::params(centres.min(sample.len()))
        .n_runs(if sample.len() > 1_000 { 2 } else { 5 })
        .max_n_iterations(25)
        .tolerance(1e-3)
        .fit(&data)
        .map_err(|error| ClusterError::Engine(error.to_string()))?;
    let mut found = model.centroids().clone();
    for mut centre in found.rows_mut() {
        let norm = centre.iter().map(|x| x * x).sum::<f32>().sqrt();
        if norm > 0.0 {
            centre.mapv_inplace(|x| x / norm);
        }
    }
    Ok(found)
}

/// Joins centres that lie within one topic: the closest pair first, each join weighted by rows.
fn merge(centres: Array2<f32>, directions: ArrayView2<'_, f32>) -> Array2<f32> {
    let mut weights = vec![0.0_f32; centres.nrows()];
    for row in directions.rows() {
        let mut best = (0, f32::NEG_INFINITY);
        for (at, centre) in centres.rows().into_iter().enumerate() {
            let cosine = row.dot(&centre);
            if cosine > best.1 {
                best = (at, cosine);
            }
        }
        weights[best.0] += 1.0;
    }
    let mut kept: Vec<(Array1<f32>, f32)> = centres
        .rows()
        .into_iter()
        .map(|centre| centre.to_owned())
        .zip(weights)
        .filter(|(_, weight)| *weight > 0.0)
        .collect();
    loop {
        let mut closest = (0, 0, ONE_TOPIC);
        for (a, (first, _)) in kept.iter().enumerate() {
            for (b, (second, _)) in kept.iter().enumerate().skip(a + 1) {
                let cosine = first.dot(second);
                if cosine >= closest.2 {
                    closest = (a, b, cosine);
                }
            }
        }
        let (a, b, _) = closest;
        if a == b {
            break;
        }
        let (second, weight) = kept.swap_remove(b);
        let (first, own) = &mut kept[a];
        *first = &*first * *own + &second * weight;
        *own += weight;
        let norm = first.dot(first).sqrt();
        if norm > 0.0 {
            *first /= norm;
        }
    }
    let mut out = Array2::zeros((kept.len(), centres.ncols()));
    for (mut row, (centre, _)) in out.rows_mut().into_iter().zip(kept) {
        row.assign(&centre);
    }
    out
}

/// The centre of each row: the most similar one that is similar enough.
///
/// While some centre has too few rows the smallest is given up, and its rows go to the next best.
fn assign(cosines: ArrayView2<'_, f32>, similar: f32, smallest: usize) -> Vec<Option<usize>> {
    let mut alive = vec![true; cosines.ncols()];
    loop {
        let groups: Vec<Option<usize>> = cosines
            .rows()
            .into_iter()
            .map(|row| {
                let mut best: Option<(usize, f32)> = None;
                for (centre, &cosine) in row.iter().enumerate() {
                    let better = best.is_none_or(|(_, highest)| cosine > highest);
                    if alive[centre] && cosine > 0.0 && cosine >= similar && better {
                        best = Some((centre, cosine));
                    }
                }
                best.map(|(centre, _)| centre)
            })
            .collect();
        let mut sizes = vec![0_usize; alive.len()];
        groups
            .iter()
            .flatten()
            .for_each(|&centre| sizes[centre] += 1);
        let weakest = (0..alive.len())
            .filter(|&centre| alive[centre] && sizes[centre] < smallest)
            .min_by_key(|&centre| sizes[centre]);
        match weakest {
            Some(centre) => alive[centre] = false,
            None => return groups,
        }
    }
}
