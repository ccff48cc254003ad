//! From rows to topics.

use linfa::{DatasetBase, Float, traits::Fit};
use ndarray::{ArrayBase, Data, Ix2};

use super::{
    communities::{communities, numbered},
    directions::Directions,
    graph::{Graph, Near},
    model::{Found, Topics},
    params::{Noise, TopicsError, TopicsValidParams},
    silhouette::{nearest, shares, silhouette, silhouettes},
    standing::stabilities,
};
use crate::cluster::{ClusterError, hdbscan};

/// Resolutions are asked from two to this power on, by factors of 2 and last of the root of 2.
const COARSEST: i32 = -4;
/// The finest resolution that is asked is the number of rows over this.
const FINEST: f64 = 256.0;
/// What the square of the power of two of a resolution has to earn, as a part of the silhouette.
///
/// Over a wide range of resolutions the silhouette is level, as topics have topics in them; there
/// this keeps to the side of plain modularity, whose resolution is 1.
const PRICE: f64 = 0.01;
/// Rounds of the communities that are answered; one is enough to compare resolutions by.
const ROUNDS: usize = 3;
/// The part of its neighbours that makes a row stand, and the likeness that makes a topic stand.
const HALF: f64 = 0.5;
/// A topic whose silhouette is less than this part of the mean is just what is left.
const LOOSE: f64 = 0.25;

/// Directions in communities.
struct Parted {
    labels: Vec<u32>,
    topics: usize,
    resolution: f64,
}

impl TopicsValidParams {
    /// Finds the topics of `len` rows of `dimension` numbers, one after another.
    pub(super) fn fit_rows<F: Float + Into<f64>>(
        &self,
        numbers: &[F],
        dimension: usize,
        len: usize,
    ) -> Result<Topics, TopicsError> {
        if let Some(at) = numbers.iter().position(|number| !number.is_finite()) {
            return Err(TopicsError::Rows(ClusterError::NotFinite {
                row: at / dimension,
                column: at % dimension,
            }));
        }
        let rows = Directions::new(numbers, dimension, len);
        let lists = hdbscan::nearest(
            &rows.numbers,
            (rows.len(), dimension),
            self.neighbours,
            (self.kernel, self.threads),
        )?;
        let near = Near {
            lists: &lists,
            counts: &rows.counts,
            k: self.neighbours.min(len.saturating_sub(1)),
        };
        let found = self.found(&rows, near, len);
        Ok(Topics::new(*self, rows, found))
    }

    /// The topics of directions, of `len` rows in all.
    fn found(&self, rows: &Directions, near: Near<'_>, len: usize) -> Found {
        if len < self.min_topic_size {
            return Found::nothing(rows.len());
        }
        let graph = Graph::new(near, |_| true);
        let mut parted = self.parted(rows, &graph);
        let stable = stabilities(near, parted.resolution, &parted.labels, parted.topics);
        let stable = self.dissolve_small(rows, &mut parted, stable);
        let shares = shares(&graph, &parted.labels);
        let all: Vec<usize> = (0..rows.len()).collect();
        let nearer = match self.noise {
            Noise::Keep => silhouettes(rows, &parted.labels, parted.topics, &all),
            // Nobody asks how far each row lies in its topic.
            Noise::Assign => vec![0.0; rows.len()],
        };
        let holds = |at: usize| {
            let stands = stable[parted.labels[at] as usize] >= HALF;
            stands && shares[at] >= HALF && nearer[at] >= 0.0
        };
        let mut standing = vec![0_usize; parted.topics];
        let mut sizes = vec![0_usize; parted.topics];
        let mut nearness = vec![0.0; parted.topics];
        for (at, &label) in parted.labels.iter().enumerate() {
            let count = rows.counts[at] as usize;
            sizes[label as usize] += count;
            standing[label as usize] += if holds(at) { count } else { 0 };
            nearness[label as usize] += nearer[at] * f64::from(rows.counts[at]);
        }
        let whole: f64 = nearness.iter().sum::<f64>() / sizes.iter().sum::<usize>() as f64;
        // A topic most of whose rows lie elsewhere is none, nor is one that is just what is left.
        let stands = |label: u32| {
            let (rows, size) = (standing[label as usize], sizes[label as usize]);
            let near = nearness[label as usize] / size as f64;
            rows >= self.min_topic_size && 2 * rows >= size && near >= LOOSE * whole
        };
        let none = !(0..parted.topics as u32).any(stands);
        let keeps = |at: usize| match self.noise {
            Noise::Keep => holds(at) && stands(parted.labels[at]),
            Noise::Assign => !none,
        };
        let labels = (0..rows.len()).map(|at| keeps(at).then(|| parted.labels[at]));
        Found {
            labels: labels.collect(),
            shares,
            stabilities: stable,
            resolution: parted.resolution,
        }
    }

    /// The communities at the resolution that was given, or at the one that suits the rows best.
    fn parted(&self, rows: &Directions, graph: &Graph) -> Parted {
        let at = |resolution: f64, rounds: usize| {
            let (labels, topics) = communities(graph, resolution, rounds);
            Parted {
                labels,
                topics,
                resolution,
            }
        };
        if let Some(resolution) = self.resolution {
            return at(resolution, ROUNDS);
        }
        let asked = |power: f64| -> Option<(f64, f64)> {
            let parted = at(power.exp2(), 1);
            let silhouette = silhouette(rows, &parted.labels, parted.topics)?;
            (silhouette > 0.0).then(|| (silhouette.ln() - PRICE * power * power, power))
        };
        // Of equal ones the first.
        let better = |a: (f64, f64), b: (f64, f64)| if b.0 > a.0 { b } else { a };
        let finest = (graph.len() as f64 / FINEST).log2().max(0.0) as i32;
        let powers = (COARSEST..=finest).map(f64::from);
        let Some(best) = powers.filter_map(asked).reduce(better) else {
            return at(1.0, ROUNDS);
        };
        let beside = [best.1 - 0.5, best.1 + 0.5];
        let best = beside.into_iter().filter_map(asked).fold(best, better);
        at(best.1.exp2(), ROUNDS)
    }

    /// Sends the rows of topics that are too small to the nearest centre of the others; returns the
    /// stabilities of those that are left.
    fn dissolve_small(&self, rows: &Directions, parted: &mut Parted, stable: Vec<f64>) -> Vec<f64> {
        let mut sizes = vec![0_usize; parted.topics];
        for (&label, &count) in parted.labels.iter().zip(&rows.counts) {
            sizes[label as usize] += count as usize;
        }
        let small = |label: u32| sizes[label as usize] < self.min_topic_size;
        let kept: Vec<u32> = (0..parted.topics as u32).filter(|&at| !small(at)).collect();
        if kept.len() == parted.topics {
            return stable;
        }
        if kept.is_empty() {
            parted.labels.fill(0);
            parted.topics = 1;
            return vec![0.0];
        }
        let sums = rows.sums(&parted.labels, parted.topics);
        for (at, label) in parted.labels.iter_mut().enumerate() {
            if small(*label) {
                *label = nearest(rows, at, &sums, &kept);
            }
        }
        let mut by_topic = vec![0.0; parted.topics];
        let old = parted.labels.clone();
        parted.topics = numbered(&mut parted.labels);
        for (&new, &old) in parted.labels.iter().zip(&old) {
            by_topic[new as usize] = stable[old as usize];
        }
        by_topic.truncate(parted.topics);
        by_topic
    }
}

impl<F, D, T> Fit<ArrayBase<D, Ix2>, T, TopicsError> for TopicsValidParams
where
    F: Float + Into<f64>,
    D: Data<Elem = F>,
{
    type Object = Topics;

    /// Finds the topics of the records; targets are ignored. Any memory layout is taken, with one
    /// copy at most.
    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<Topics, TopicsError> {
        let rows = dataset.records.as_standard_layout();
        let numbers = rows.as_slice().unwrap_or_default();
        self.fit_rows(numbers, rows.ncols(), rows.nrows())
    }
}
