//! The clustering itself, and what it found.

use alma_benches::npy::Table;
use alma_memory::cluster::hdbscan::{Edge, Hdbscan, HdbscanError, HdbscanValidParams, Stats};
use linfa::{DatasetBase, Float, ParamGuard, traits::Fit};
use ndarray::ArrayView2;

use crate::flags::{Flags, Mode};

/// The smallest cluster, when none is asked for.
const SMALLEST: usize = 10;

/// Checked parameters of one way to cluster.
pub(crate) enum Run {
    Exact(HdbscanValidParams),
}

/// What one repetition found.
pub(crate) enum Found {
    Exact(Hdbscan),
}

impl Run {
    pub(crate) fn new(flags: &Flags) -> Result<Self, HdbscanError> {
        match flags.mode {
            Mode::Exact => {
                let smallest = flags.min_cluster_size.unwrap_or(SMALLEST);
                let params = Hdbscan::params(smallest)
                    .min_samples(flags.min_samples.unwrap_or(smallest))
                    .kernel(flags.kernel.into())
                    .threads(flags.threads);
                Ok(Self::Exact(params.check()?))
            }
        }
    }

    pub(crate) fn cluster(&self, table: &Table) -> Result<Found, HdbscanError> {
        match table {
            Table::F32(rows) => self.fit(rows.view()),
            Table::F64(rows) => self.fit(rows.view()),
        }
    }

    fn fit<F: Float + Into<f64>>(&self, rows: ArrayView2<'_, F>) -> Result<Found, HdbscanError> {
        match self {
            Self::Exact(params) => Ok(Found::Exact(params.fit(&DatasetBase::from(rows))?)),
        }
    }
}

impl Found {
    pub(crate) fn labels(&self) -> &[Option<u32>] {
        match self {
            Self::Exact(model) => model.labels(),
        }
    }

    pub(crate) fn probabilities(&self) -> &[f64] {
        match self {
            Self::Exact(model) => model.probabilities(),
        }
    }

    pub(crate) fn spanning_tree(&self) -> &[Edge] {
        match self {
            Self::Exact(model) => model.spanning_tree(),
        }
    }

    pub(crate) fn stats(&self) -> Stats {
        match self {
            Self::Exact(model) => model.stats(),
        }
    }
}
