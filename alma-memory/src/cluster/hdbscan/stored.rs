//! A model as it is stored: what a fit computed, with a version and checksums.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    approximate::Recall,
    engine::{Effort, Grown},
    model::Hdbscan,
    params::{HdbscanValidParams, Kernel, Metric, Missing, Search, Selection},
    seal,
    sets::Sets,
    spanning::Edge,
    tree::{Stats, Tree},
};

/// The version that this library writes.
const VERSION: u32 = 1;

/// What is wrong with a stored model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StoredError {
    /// It was written by a newer library.
    #[error("cannot load a model of version {found}: this library reads up to {known}")]
    Version {
        /// Its version.
        found: u32,
        /// The newest version that can be read.
        known: u32,
    },
    /// It is not what was stored.
    #[error("cannot load a damaged model: {0}")]
    Damaged(&'static str),
}

/// A model in a shape for any format of serde: made from a [`Hdbscan`], and made one again by
/// `try_from`, which is where a newer version or a damaged file is told apart. `Hdbscan` itself
/// serialises as this and gives the same answers in words.
///
/// The rows of the fit are not in it, but their checksum is: [`predictor`](Hdbscan::predictor) asks
/// for them and knows them again. Labels and trees are cut anew when it is loaded, which takes
/// milliseconds.
///
/// # Examples
/// ```
/// use alma_memory::cluster::hdbscan::{Hdbscan, StoredError, StoredHdbscan};
/// use linfa::{DatasetBase, traits::Fit};
/// use ndarray::array;
/// let rows = array![[0.0, 0.0], [0.0, 0.1], [0.1, 0.0], [9.0, 9.0], [9.0, 9.1], [9.1, 9.0]];
/// let model = Hdbscan::params(3).min_samples(1).fit(&DatasetBase::from(rows.view()))?;
/// let text = serde_json::to_string(&model)?;
/// let again: Hdbscan = serde_json::from_str(&text)?;
/// assert_eq!(again.labels(), model.labels());
///
/// let newer: StoredHdbscan = serde_json::from_str(r#"{"version":7}"#)?;
/// assert_eq!(Hdbscan::try_from(newer).unwrap_err(), StoredError::Version { found: 7, known: 1 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredHdbscan {
    version: u32,
    min_cluster_size: u64,
    min_samples: u64,
    metric: Metric,
    selection: Selection,
    allow_single_cluster: bool,
    cluster_selection_epsilon: f64,
    max_cluster_size: Option<u64>,
    missing: Missing,
    directionless: Missing,
    search: Search,
    kernel: Kernel,
    threads: u64,
    /// How many rows the input had, and which of them have no place in the tree, ascending.
    rows: u64,
    left_out: Vec<u32>,
    rows_checksum: Option<u64>,
    /// Lengths times two to this power are those of the input.
    exponent: i32,
    from: Vec<u32>,
    to: Vec<u32>,
    weight: Vec<f64>,
    distance: Vec<f64>,
    /// By row in the tree; empty when distances were given.
    core: Vec<f64>,
    stats: [u64; 5],
    recall: Option<Recall>,
    checksum: u64,
}

impl From<Hdbscan> for StoredHdbscan {
    fn from(model: Hdbscan) -> Self {
        let (tree, params) = (&model.tree, &model.params);
        let column = |number: fn(&Edge) -> f64| tree.edges.iter().map(number).collect();
        let end = |row: fn(&Edge) -> u32| tree.edges.iter().map(row).collect();
        let kept = |row: &u32| tree.places.binary_search(row).is_ok();
        let stats = tree.stats;
        let mut out = Self {
            version: VERSION,
            min_cluster_size: params.min_cluster_size as u64,
            min_samples: params.min_samples as u64,
            metric: params.metric,
            selection: params.selection,
            allow_single_cluster: params.allow_single_cluster,
            cluster_selection_epsilon: params.cluster_selection_epsilon,
            max_cluster_size: params.max_cluster_size.map(|size| size as u64),
            missing: params.missing,
            directionless: params.directionless,
            search: params.search,
            kernel: params.kernel,
            threads: params.threads as u64,
            rows: tree.len as u64,
            left_out: (0..tree.len as u32).filter(|row| !kept(row)).collect(),
            rows_checksum: tree.seal,
            exponent: tree.exponent,
            from: end(|edge| edge.from),
            to: end(|edge| edge.to),
            weight: column(|edge| edge.weight),
            distance: column(|edge| edge.distance),
            core: tree.core.clone(),
            stats: [
                stats.missing as u64,
                stats.directionless as u64,
                stats.pairs,
                stats.survivors,
                stats.distances,
            ],
            recall: stats.recall,
            checksum: 0,
        };
        out.checksum = out.sum();
        out
    }
}

impl TryFrom<StoredHdbscan> for Hdbscan {
    type Error = StoredError;

    /// # Errors
    /// `Version` for one that is newer than this library, `Damaged` for one that is not as it was stored.
    fn try_from(stored: StoredHdbscan) -> Result<Self, StoredError> {
        if stored.version > VERSION {
            return Err(StoredError::Version {
                found: stored.version,
                known: VERSION,
            });
        }
        if stored.version == 0 {
            return Err(StoredError::Damaged("it has no version"));
        }
        if stored.checksum != stored.sum() {
            return Err(StoredError::Damaged("its checksum is another"));
        }
        let params = stored.params();
        let guarded = params.guard();
        guarded.map_err(|_| StoredError::Damaged("its parameters are none"))?;
        Ok(Self::cut(Arc::new(stored.tree()?), params))
    }
}

impl StoredHdbscan {
    /// How many rows the input had.
    pub(super) const fn rows(&self) -> u64 {
        self.rows
    }

    /// The checksum that it says it has.
    pub(super) const fn checksum(&self) -> u64 {
        self.checksum
    }

    /// The checksum of everything but itself.
    fn sum(&self) -> u64 {
        let head = [
            u64::from(self.version),
            self.min_cluster_size,
            self.min_samples,
            self.metric as u64,
            self.selection as u64,
            u64::from(self.allow_single_cluster),
            self.cluster_selection_epsilon.to_bits(),
            u64::from(self.max_cluster_size.is_some()),
            self.max_cluster_size.unwrap_or_default(),
            self.missing as u64,
            self.directionless as u64,
            self.search as u64,
            self.kernel as u64,
            self.threads,
            self.rows,
            u64::from(self.rows_checksum.is_some()),
            self.rows_checksum.unwrap_or_default(),
            self.exponent.unsigned_abs().into(),
            u64::from(self.exponent < 0),
        ];
        let rows =
            |all: &[u32]| seal::words(&all.iter().map(|&row| row.into()).collect::<Vec<_>>());
        let numbers = seal::numbers::<f64>;
        let columns = [
            rows(&self.left_out),
            rows(&self.from),
            rows(&self.to),
            numbers(&self.weight),
            numbers(&self.distance),
            numbers(&self.core),
        ];
        let recall = self.recall.map_or([0; 4], |recall| {
            [
                recall.sampled as u64,
                recall.neighbours.to_bits(),
                recall.cores.to_bits(),
                recall.excess.to_bits(),
            ]
        });
        seal::words(&[&head[..], &columns, &self.stats, &recall].concat())
    }

    fn params(&self) -> HdbscanValidParams {
        let size = |size: u64| usize::try_from(size).unwrap_or(usize::MAX);
        HdbscanValidParams {
            min_cluster_size: size(self.min_cluster_size),
            min_samples: size(self.min_samples),
            metric: self.metric,
            selection: self.selection,
            allow_single_cluster: self.allow_single_cluster,
            cluster_selection_epsilon: self.cluster_selection_epsilon,
            max_cluster_size: self.max_cluster_size.map(size),
            missing: self.missing,
            directionless: self.directionless,
            search: self.search,
            kernel: self.kernel,
            threads: size(self.threads),
        }
    }

    /// The tree, after a look at whether it is one.
    fn tree(self) -> Result<Tree, StoredError> {
        let wrong = |what: &'static str| Err(StoredError::Damaged(what));
        let edges = self.from.len();
        if [self.to.len(), self.weight.len(), self.distance.len()] != [edges; 3] {
            return wrong("its columns differ in length");
        }
        let Some(len) = i32::try_from(self.rows)
            .ok()
            .and_then(|rows| u32::try_from(rows).ok())
        else {
            return wrong("it has too many rows");
        };
        let placed = (len as usize).saturating_sub(self.left_out.len());
        if self.rows_checksum.is_some()
            && (self.core.len() != placed || edges != placed.saturating_sub(1))
        {
            return wrong("its tree does not span its rows");
        }
        let mut out = vec![false; len as usize];
        for &row in &self.left_out {
            match out.get_mut(row as usize) {
                Some(out) => *out = true,
                None => return wrong("it lacks rows that there are not"),
            }
        }
        let places: Vec<u32> = (0..len).filter(|&row| !out[row as usize]).collect();
        let length = |length: &f64| length.is_finite() && *length >= 0.0;
        let lengths = [&self.weight, &self.distance, &self.core];
        if !lengths.into_iter().flatten().all(length) || self.exponent.unsigned_abs() > 2200 {
            return wrong("its lengths are none");
        }
        let mut sets = Sets::new(places.len());
        let mut grown = Grown {
            edges: Vec::with_capacity(edges),
            core: self.core,
            effort: Effort {
                pairs: self.stats[2],
                survivors: self.stats[3],
                distances: self.stats[4],
            },
            recall: None,
        };
        let ends = self.from.iter().zip(&self.to);
        for ((from, to), (&weight, &distance)) in ends.zip(self.weight.iter().zip(&self.distance)) {
            let (Ok(from), Ok(to)) = (places.binary_search(from), places.binary_search(to)) else {
                return wrong("its tree has rows that there are not");
            };
            let (from, to) = (from as u32, to as u32);
            if sets.join(from, to).is_none() {
                return wrong("its tree has a circle");
            }
            grown.edges.push(Edge {
                from,
                to,
                weight,
                distance,
            });
        }
        let mut tree = Tree::new(grown, places, len as usize, self.exponent);
        tree.seal = self.rows_checksum;
        tree.stats = Stats {
            missing: self.stats[0] as usize,
            directionless: self.stats[1] as usize,
            recall: self.recall,
            ..tree.stats
        };
        Ok(tree)
    }
}
