//! What a fit found.

use ndarray::Array2;

use super::{
    directions::Directions,
    params::{Noise, TopicsParams, TopicsValidParams},
};

/// Topics of sentence embeddings.
///
/// Rows are brought to length 1 and seen from their mean; the graph of the 15 nearest neighbours of
/// each, weighted by cosines, is parted into communities of the highest modularity (Leiden; Traag,
/// Waltman and van Eck, 2019). Its resolution is the one of the best silhouette. The topics that
/// this finds are near to each other and apart from others, but need no valley between them as those
/// of [`Hdbscan`](crate::cluster::hdbscan::Hdbscan) do, which sentences about related things do not
/// have.
///
/// Nothing depends on the order of rows, the kernel or the number of threads. Rows without a
/// direction, such as zeros or the mean itself, are noise, or belong to the largest topic.
///
/// # Examples
/// ```
/// use alma_memory::cluster::Topics;
/// use linfa::{DatasetBase, traits::{Fit, Predict}};
/// use ndarray::{Array1, Array2, array};
/// let rows = Array2::from_shape_fn((40, 3), |(row, column)| {
///     let near = if row % 2 == column { 1.0 } else { 0.0 };
///     near + 0.01 * ((row * 7 + column * 3) % 11) as f32
/// });
/// let topics = Topics::params().fit(&DatasetBase::from(rows))?;
/// assert_eq!(topics.len(), 2);
/// assert_eq!(topics.labels()[..4], [Some(0), Some(1), Some(0), Some(1)]);
/// let labels: Array1<Option<u32>> = topics.predict(&array![[0.1_f32, 0.9, 0.0]]);
/// assert_eq!(labels[0], Some(1));
/// # Ok::<(), alma_memory::cluster::TopicsError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Topics {
    pub(super) params: TopicsValidParams,
    pub(super) rows: Directions,
    /// By direction, its label and its strength.
    pub(super) places: Vec<(Option<u32>, f64)>,
    /// The topic of a row that has no direction.
    pub(super) stray: Option<u32>,
    labels: Vec<Option<u32>>,
    strengths: Vec<f64>,
    sizes: Vec<usize>,
    stabilities: Vec<f64>,
    centroids: Array2<f32>,
    resolution: f64,
}

/// The topics of directions, under any numbers.
#[derive(Debug)]
pub(super) struct Found {
    /// By direction.
    pub(super) labels: Vec<Option<u32>>,
    /// By direction, the part of its neighbours in its own topic.
    pub(super) shares: Vec<f64>,
    /// By topic.
    pub(super) stabilities: Vec<f64>,
    pub(super) resolution: f64,
}

impl Found {
    pub(super) fn nothing(directions: usize) -> Self {
        Self {
            labels: vec![None; directions],
            shares: vec![0.0; directions],
            stabilities: Vec::new(),
            resolution: 1.0,
        }
    }
}

impl Topics {
    /// Parameters: every row assigned, and the rest chosen by the rows.
    #[must_use]
    pub const fn params() -> TopicsParams {
        TopicsParams::new()
    }

    pub(super) fn new(params: TopicsValidParams, rows: Directions, found: Found) -> Self {
        let len = rows.of_row.len();
        let assigns = params.noise == Noise::Assign && len >= params.min_topic_size && len > 0;
        let mut found = found;
        // Where nothing is told apart all are one.
        if assigns && found.labels.iter().all(Option::is_none) {
            found.stabilities = vec![0.0];
            found.labels.fill(Some(0));
            found.shares.fill(0.0);
        }
        let mut sizes = vec![0_usize; found.stabilities.len()];
        for (label, &count) in found.labels.iter().zip(&rows.counts) {
            if let Some(label) = label {
                sizes[*label as usize] += count as usize;
            }
        }
        // Of equally large ones that of the first direction, which no order of rows changes.
        let largest = (0..sizes.len() as u32)
            .rev()
            .max_by_key(|&topic| sizes[topic as usize]);
        let stray = largest.filter(|_| assigns);
        // Numbered by the rows of the input.
        let mut numbers = vec![None; sizes.len()];
        let mut next = 0;
        let mut labels = Vec::with_capacity(len);
        for at in &rows.of_row {
            let label = at.map_or(stray, |at| found.labels[at as usize]);
            labels.push(label.map(|label| {
                *numbers[label as usize].get_or_insert_with(|| {
                    next += 1;
                    next - 1
                })
            }));
        }
        let topics = next as usize;
        let number = |label: u32| numbers[label as usize];
        let mut stabilities = vec![0.0; topics];
        for (old, &stability) in (0..).zip(&found.stabilities) {
            if let Some(new) = number(old) {
                stabilities[new as usize] = stability;
            }
        }
        let mut sizes = vec![0_usize; topics];
        for label in labels.iter().flatten() {
            sizes[*label as usize] += 1;
        }
        let place = |(label, share): (Option<u32>, f64)| match label.and_then(number) {
            Some(label) => (Some(label), share),
            None => (None, 0.0),
        };
        let places: Vec<(Option<u32>, f64)> = found
            .labels
            .into_iter()
            .zip(found.shares)
            .map(place)
            .collect();
        let strength = |at: &Option<u32>| at.map_or(0.0, |at| places[at as usize].1);
        let strengths = rows.of_row.iter().map(strength).collect();
        let of_directions: Vec<Option<u32>> = places.iter().map(|place| place.0).collect();
        let centres = rows.centres(&of_directions, topics);
        Self {
            labels,
            strengths,
            centroids: Array2::from_shape_vec((topics, rows.dimension), centres)
                .unwrap_or_default(),
            resolution: found.resolution,
            stray: stray.and_then(number),
            params,
            rows,
            places,
            sizes,
            stabilities,
        }
    }

    /// How many topics there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sizes.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sizes.is_empty()
    }

    /// By row, the number of its topic, from 0 in the order of first rows; `None` for noise.
    #[must_use]
    pub fn labels(&self) -> &[Option<u32>] {
        &self.labels
    }

    /// By row, how firmly it belongs to its topic: the part of its neighbours, weighted by cosines,
    /// that are of the same topic, 0 to 1; 0 for noise, and where nothing is told apart.
    #[must_use]
    pub fn strengths(&self) -> &[f64] {
        &self.strengths
    }

    /// By topic, how many rows it has.
    #[must_use]
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// By topic, how alike it is to the topics that each half of the neighbours shows, 0 to 1
    /// (Jaccard); below 0.5 it would hardly be found again. After Hennig, "Cluster-wise assessment of
    /// cluster stability" (2007).
    #[must_use]
    pub fn stabilities(&self) -> &[f64] {
        &self.stabilities
    }

    /// By topic, the mean direction of its rows, of length 1, in the space of the rows.
    #[must_use]
    pub const fn centroids(&self) -> &Array2<f32> {
        &self.centroids
    }

    /// The resolution that was given, or chosen by the rows.
    #[must_use]
    pub const fn resolution(&self) -> f64 {
        self.resolution
    }
}
