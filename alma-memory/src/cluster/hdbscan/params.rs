//! How to cluster: what may be chosen, and what is refused.

use linfa::ParamGuard;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{exact::kernel, kdtree};
use crate::cluster::ClusterError;

/// How far apart two rows are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Metric {
    /// The length of the difference.
    #[default]
    Euclidean,
    /// The Euclidean distance of the directions: rows are brought to length 1 first. It orders pairs
    /// as the cosine does. A row of zeros has no direction: it is noise, and no neighbour of any row.
    Cosine,
    /// The sum of the differences of each number. It is searched by computing all pairs.
    Manhattan,
}

/// What computes products of codes; every kernel gives the same bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Kernel {
    /// The fastest that this machine has; few dimensions need none, for them it is a k-d tree.
    #[default]
    Auto,
    /// Plain code, on any machine.
    Plain,
    /// For AVX2.
    Avx2,
    /// For AVX-512 with VNNI.
    Vnni,
}

impl Kernel {
    /// The kernel itself.
    ///
    /// # Errors
    /// `Kernel` when this machine does not have it.
    pub(super) fn found(self) -> Result<kernel::Kernel, HdbscanError> {
        let found = match self {
            Self::Auto => Some(kernel::Kernel::fastest()),
            Self::Plain => Some(kernel::Kernel::plain()),
            Self::Avx2 => kernel::Kernel::avx2(),
            Self::Vnni => kernel::Kernel::vnni(),
        };
        found.ok_or(HdbscanError::Kernel(self))
    }
}

/// Whether all pairs of rows are considered; by the Manhattan distance they always are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Search {
    /// All of them: the tree is a minimum one.
    #[default]
    Exact,
    /// Pairs of rows in neighbouring cells: the tree is nearly a minimum one, for a cost that hardly grows faster than
    /// the rows. [`stats`](super::Hdbscan::stats) tells the measured recall. It is the same for any order of rows, any
    /// kernel and any threads.
    Approximate,
    /// Exact, unless that would take minutes: with n rows of d numbers, when n² max(d, 64) is above 2·10¹³, which is
    /// 228,000 rows of 384. Rows of up to 12 numbers are searched exactly, however many they are.
    Auto,
}

impl Search {
    /// Above so many products of pairs and numbers, exact takes minutes: about one on a thread with AVX-512 VNNI, and
    /// three with AVX2.
    const MINUTES: f64 = 2e13;

    /// Whether `rows` rows of `dimension` numbers are searched approximately.
    pub(super) fn is_approximate(self, rows: usize, dimension: usize) -> bool {
        match self {
            Self::Exact => false,
            Self::Approximate => true,
            Self::Auto => {
                let products = (rows as f64).powi(2) * dimension.max(64) as f64;
                !kdtree::suits(dimension) && products > Self::MINUTES
            }
        }
    }
}

/// Which clusters of the condensed tree are the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Selection {
    /// Those that persist longest, of any size.
    #[default]
    ExcessOfMass,
    /// The smallest and most even ones: the leaves of the condensed tree.
    Leaf,
}

/// What becomes of rows that have no place in the geometry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Missing {
    /// The fit is refused, and the first such row named.
    #[default]
    Reject,
    /// They are noise, and no neighbour of any row; [`stats`](super::Hdbscan::stats) counts them.
    Noise,
}

/// What is wrong with parameters or rows.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HdbscanError {
    /// Clusters of one row are no clusters.
    #[error("cannot cluster with a min_cluster_size of {0}: it must be at least 2")]
    MinClusterSize(usize),
    /// A row is no neighbour of itself.
    #[error("cannot cluster with a min_samples of {0}: it must be at least 1")]
    MinSamples(usize),
    /// Nothing is nearer than less than nothing.
    #[error(
        "cannot cluster with a cluster_selection_epsilon of {0}: it must be finite and at least 0"
    )]
    Epsilon(f64),
    /// No cluster could be of such a size.
    #[error(
        "cannot cluster with a max_cluster_size of {largest}: the min_cluster_size is {smallest}"
    )]
    MaxClusterSize {
        /// The largest size that was given.
        largest: usize,
        /// The smallest size.
        smallest: usize,
    },
    /// Rows are numbered with 32 bits.
    #[error("cannot cluster {0} rows: at most 2147483647 fit")]
    TooMany(usize),
    /// The kernel that was asked for is for other processors.
    #[error(
        "cannot cluster with the kernel {0:?}: this machine does not have it; Auto takes the fastest that it has"
    )]
    Kernel(Kernel),
    /// A row of zeros under the cosine, where those are refused.
    #[error("cannot cluster by the cosine: row {0} has no direction")]
    Directionless(usize),
    /// Rows that the model was not fitted on; or it was fitted on distances, and has none.
    #[error("cannot predict by these rows: they are not those of the fit, in its order")]
    OtherRows,
    /// No row has this number.
    #[error("cannot remove row {0}: there is none of this number")]
    UnknownRow(u64),
    /// Rows of another width than those of the fit.
    #[error("cannot predict for rows of {found} numbers: those of the fit have {expected}")]
    Dimension {
        /// How many numbers a row of the fit has.
        expected: usize,
        /// How many were found.
        found: usize,
    },
    /// The watcher of the fit stopped it.
    #[error("cannot cluster: it was cancelled")]
    Cancelled,
    /// The rows themselves.
    #[error(transparent)]
    Rows(#[from] ClusterError),
    /// What linfa found.
    #[error(transparent)]
    Linfa(#[from] linfa::Error),
}

/// Parameters that were checked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HdbscanValidParams {
    pub(super) min_cluster_size: usize,
    pub(super) min_samples: usize,
    pub(super) metric: Metric,
    pub(super) selection: Selection,
    pub(super) allow_single_cluster: bool,
    pub(super) cluster_selection_epsilon: f64,
    pub(super) max_cluster_size: Option<usize>,
    pub(super) missing: Missing,
    pub(super) directionless: Missing,
    pub(super) search: Search,
    pub(super) kernel: Kernel,
    pub(super) threads: usize,
}

impl HdbscanValidParams {
    /// Whether they may be used.
    pub(super) fn guard(&self) -> Result<(), HdbscanError> {
        let epsilon = self.cluster_selection_epsilon;
        if self.min_cluster_size < 2 {
            return Err(HdbscanError::MinClusterSize(self.min_cluster_size));
        }
        if self.min_samples < 1 {
            return Err(HdbscanError::MinSamples(self.min_samples));
        }
        if !epsilon.is_finite() || epsilon < 0.0 {
            return Err(HdbscanError::Epsilon(epsilon));
        }
        match self.max_cluster_size {
            Some(largest) if largest < self.min_cluster_size => Err(HdbscanError::MaxClusterSize {
                largest,
                smallest: self.min_cluster_size,
            }),
            _ => Ok(()),
        }
    }
}

/// Parameters as they were given; `fit` and [`check`](ParamGuard::check) refuse wrong ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HdbscanParams(HdbscanValidParams);

impl HdbscanParams {
    pub(super) const fn new(min_cluster_size: usize) -> Self {
        Self(HdbscanValidParams {
            min_cluster_size,
            min_samples: min_cluster_size,
            metric: Metric::Euclidean,
            selection: Selection::ExcessOfMass,
            allow_single_cluster: false,
            cluster_selection_epsilon: 0.0,
            max_cluster_size: None,
            missing: Missing::Reject,
            directionless: Missing::Noise,
            search: Search::Exact,
            kernel: Kernel::Auto,
            threads: 1,
        })
    }

    /// Sets which neighbour's distance is the core distance of a row, from 1; the smallest size of
    /// clusters by default. The row itself is not counted, which scikit-learn does: its value is
    /// larger by 1.
    #[must_use]
    pub const fn min_samples(mut self, neighbours: usize) -> Self {
        self.0.min_samples = neighbours;
        self
    }

    /// Sets the metric; Euclidean by default.
    #[must_use]
    pub const fn metric(mut self, metric: Metric) -> Self {
        self.0.metric = metric;
        self
    }

    /// Sets how clusters are chosen; by excess of mass by default.
    #[must_use]
    pub const fn selection(mut self, selection: Selection) -> Self {
        self.0.selection = selection;
        self
    }

    /// Lets all rows be one cluster, when that persists longest; not by default.
    #[must_use]
    pub const fn allow_single_cluster(mut self, allow: bool) -> Self {
        self.0.allow_single_cluster = allow;
        self
    }

    /// Sets a distance below which clusters are not split, in units of the rows; 0, for none, by default.
    ///
    /// A chosen cluster that came to be nearer than this gives way to the cluster that it was part of
    /// there (Malzer and Baum, "A hybrid approach to hierarchical density-based cluster selection",
    /// 2020), even to one larger than the largest size. Where all rows are one cluster, those whose
    /// nearest is farther away than this are noise.
    #[must_use]
    pub const fn cluster_selection_epsilon(mut self, epsilon: f64) -> Self {
        self.0.cluster_selection_epsilon = epsilon;
        self
    }

    /// Sets the largest size of clusters that excess of mass may choose, from the smallest size; none
    /// by default. A larger one is split further, or is noise where it does not split.
    #[must_use]
    pub const fn max_cluster_size(mut self, rows: usize) -> Self {
        self.0.max_cluster_size = Some(rows);
        self
    }

    /// Sets what becomes of rows with NaN or infinities; they are refused by default.
    #[must_use]
    pub const fn missing(mut self, missing: Missing) -> Self {
        self.0.missing = missing;
        self
    }

    /// Sets what becomes of rows of zeros under the cosine, which have no direction; they are noise by
    /// default.
    #[must_use]
    pub const fn directionless(mut self, directionless: Missing) -> Self {
        self.0.directionless = directionless;
        self
    }

    /// Sets whether all pairs are considered; all by default. Manhattan distances, those that are given, and
    /// [`incremental`](HdbscanValidParams::incremental) fits are always exact.
    #[must_use]
    pub const fn search(mut self, search: Search) -> Self {
        self.0.search = search;
        self
    }

    /// Sets the kernel; the fastest of the machine by default.
    #[must_use]
    pub const fn kernel(mut self, kernel: Kernel) -> Self {
        self.0.kernel = kernel;
        self
    }

    /// Sets how many threads search; 1 by default, and at least that. The answer is the same for any.
    #[must_use]
    pub const fn threads(mut self, threads: usize) -> Self {
        self.0.threads = if threads == 0 { 1 } else { threads };
        self
    }
}

impl ParamGuard for HdbscanParams {
    type Checked = HdbscanValidParams;
    type Error = HdbscanError;

    fn check_ref(&self) -> Result<&Self::Checked, Self::Error> {
        self.0.guard().map(|()| &self.0)
    }

    fn check(self) -> Result<Self::Checked, Self::Error> {
        self.check_ref().copied()
    }
}
