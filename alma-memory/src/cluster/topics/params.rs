//! How to find topics: what may be chosen, and what is refused.

use linfa::ParamGuard;
use thiserror::Error;

use crate::cluster::{
    ClusterError,
    hdbscan::{HdbscanError, Kernel},
};

/// What becomes of rows that no topic holds firmly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Noise {
    /// Every row gets a topic; where rows have no structure at all, they are one topic.
    #[default]
    Assign,
    /// They get none: rows that lie nearer to another topic or most of whose neighbours do, and
    /// topics that half of the neighbours would not show.
    Keep,
}

/// What is wrong with parameters or rows.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TopicsError {
    /// A topic has rows.
    #[error("cannot find topics with a min_topic_size of {0}: it must be at least 1")]
    MinTopicSize(usize),
    /// Halves of the neighbours are compared.
    #[error("cannot find topics with {0} neighbours: there must be at least 2")]
    Neighbours(usize),
    /// Resolutions are positive.
    #[error("cannot find topics at a resolution of {0}: it must be finite and above 0")]
    Resolution(f64),
    /// Rows of another width than those of the fit.
    #[error("cannot predict for rows of {found} numbers: those of the fit have {expected}")]
    Dimension {
        /// How many numbers a row of the fit has.
        expected: usize,
        /// How many were found.
        found: usize,
    },
    /// The rows themselves.
    #[error(transparent)]
    Rows(#[from] ClusterError),
    /// The search for neighbours: too many rows, or a kernel that this machine does not have.
    #[error(transparent)]
    Search(#[from] HdbscanError),
    /// What linfa found.
    #[error(transparent)]
    Linfa(#[from] linfa::Error),
}

/// Parameters that were checked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TopicsValidParams {
    pub(super) noise: Noise,
    pub(super) resolution: Option<f64>,
    pub(super) min_topic_size: usize,
    pub(super) neighbours: usize,
    pub(super) kernel: Kernel,
    pub(super) threads: usize,
}

/// Parameters as they were given; `fit` and [`check`](ParamGuard::check) refuse wrong ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TopicsParams(TopicsValidParams);

impl TopicsParams {
    pub(super) const fn new() -> Self {
        Self(TopicsValidParams {
            noise: Noise::Assign,
            resolution: None,
            min_topic_size: 5,
            neighbours: 15,
            kernel: Kernel::Auto,
            threads: 1,
        })
    }

    /// Sets what becomes of rows that no topic holds firmly; they are assigned by default.
    #[must_use]
    pub const fn noise(mut self, noise: Noise) -> Self {
        self.0.noise = noise;
        self
    }

    /// Sets the resolution of the topics, above 0: the more, the finer. By default the rows choose it.
    ///
    /// It is that of modularity (Reichardt and Bornholdt, 2006): two topics are one when more of
    /// their neighbours lie in each other than so many times what chance would have there.
    #[must_use]
    pub const fn resolution(mut self, resolution: f64) -> Self {
        self.0.resolution = Some(resolution);
        self
    }

    /// Sets how many rows a topic has at least, from 1; 5 by default. Rows of smaller ones go to the
    /// topic whose centre is nearest, and fewer rows than this have no topics.
    #[must_use]
    pub const fn min_topic_size(mut self, rows: usize) -> Self {
        self.0.min_topic_size = rows;
        self
    }

    /// Sets how many neighbours of a row count, from 2; 15 by default.
    #[must_use]
    pub const fn neighbours(mut self, neighbours: usize) -> Self {
        self.0.neighbours = neighbours;
        self
    }

    /// Sets the kernel of the search for neighbours; the fastest of the machine by default.
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

impl ParamGuard for TopicsParams {
    type Checked = TopicsValidParams;
    type Error = TopicsError;

    fn check_ref(&self) -> Result<&Self::Checked, Self::Error> {
        let given = &self.0;
        match given.resolution {
            Some(resolution) if !(resolution.is_finite() && resolution > 0.0) => {
                return Err(TopicsError::Resolution(resolution));
            }
            _ => {}
        }
        if given.min_topic_size < 1 {
            Err(TopicsError::MinTopicSize(given.min_topic_size))
        } else if given.neighbours < 2 {
            Err(TopicsError::Neighbours(given.neighbours))
        } else {
            Ok(given)
        }
    }

    fn check(self) -> Result<Self::Checked, Self::Error> {
        self.check_ref().copied()
    }
}
