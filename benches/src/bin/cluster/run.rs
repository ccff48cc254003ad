//! The clustering itself, and what it found.

use alma_benches::npy::Table;
use alma_memory::cluster::{
    Noise, Topics, TopicsValidParams,
    hdbscan::{Edge, Hdbscan, HdbscanValidParams},
};
use anyhow::Result;
use linfa::{DatasetBase, Float, ParamGuard, traits::Fit};
use ndarray::ArrayView2;

use crate::flags::{Flags, Mode};
use alma_memory::cluster::hdbscan::Search;

/// The smallest cluster, when none is asked for.
const SMALLEST: usize = 10;

/// Checked parameters of one way to cluster.
pub(crate) enum Run {
    Exact(HdbscanValidParams),
    Topics(TopicsValidParams),
}

/// What one repetition found.
pub(crate) enum Found {
    Exact(Hdbscan),
    Topics(Topics),
}

impl Run {
    pub(crate) fn new(flags: &Flags) -> Result<Self> {
        match flags.mode {
            Mode::Exact | Mode::Approx | Mode::Auto => {
                let smallest = flags.min_cluster_size.unwrap_or(SMALLEST);
                let params = Hdbscan::params(smallest)
                    .min_samples(flags.min_samples.unwrap_or(smallest))
                    .search(search(flags.mode))
                    .kernel(flags.kernel.into())
                    .threads(flags.threads);
                Ok(Self::Exact(params.check()?))
            }
            Mode::Topics | Mode::TopicsAndNoise => {
                let noise = match flags.mode {
                    Mode::TopicsAndNoise => Noise::Keep,
                    _ => Noise::Assign,
                };
                let mut params = Topics::params()
                    .noise(noise)
                    .kernel(flags.kernel.into())
                    .threads(flags.threads);
                if let Some(smallest) = flags.min_cluster_size {
                    params = params.min_topic_size(smallest);
                }
                if let Some(neighbours) = flags.min_samples {
                    params = params.neighbours(neighbours);
                }
                Ok(Self::Topics(params.check()?))
            }
        }
    }

    pub(crate) fn cluster(&self, table: &Table) -> Result<Found> {
        match table {
            Table::F32(rows) => self.fit(rows.view()),
            Table::F64(rows) => self.fit(rows.view()),
        }
    }

    fn fit<F: Float + Into<f64>>(&self, rows: ArrayView2<'_, F>) -> Result<Found> {
        match self {
            Self::Exact(params) => Ok(Found::Exact(params.fit(&DatasetBase::from(rows))?)),
            Self::Topics(params) => Ok(Found::Topics(params.fit(&DatasetBase::from(rows))?)),
        }
    }
}

/// Which pairs a way to cluster considers.
const fn search(mode: Mode) -> Search {
    match mode {
        Mode::Approx => Search::Approximate,
        Mode::Auto => Search::Auto,
        _ => Search::Exact,
    }
}

impl Found {
    pub(crate) fn labels(&self) -> &[Option<u32>] {
        match self {
            Self::Exact(model) => model.labels(),
            Self::Topics(model) => model.labels(),
        }
    }

    pub(crate) fn probabilities(&self) -> &[f64] {
        match self {
            Self::Exact(model) => model.probabilities(),
            Self::Topics(model) => model.strengths(),
        }
    }

    /// None of topics, which need none.
    pub(crate) fn spanning_tree(&self) -> Option<&[Edge]> {
        match self {
            Self::Exact(model) => Some(model.spanning_tree()),
            Self::Topics(_) => None,
        }
    }

    /// What the search met, in words.
    pub(crate) fn stats(&self) -> String {
        match self {
            Self::Exact(model) => format!("{:?}", model.stats()),
            Self::Topics(model) => format!("Topics {{ resolution: {} }}", model.resolution()),
        }
    }
}
