//! What may be asked of the binary.

use std::path::PathBuf;

use alma_memory::cluster::hdbscan;
use clap::{Parser, ValueEnum};

/// Clusters the rows of a file of numpy.
#[derive(Debug, Parser)]
#[command(name = "cluster")]
pub(crate) struct Flags {
    /// Rows and columns of f32 or f64, in C order
    #[arg(long, value_name = "X.npy")]
    pub(crate) input: PathBuf,
    /// Where the number of each row's cluster goes, -1 for noise
    #[arg(long, value_name = "labels.npy")]
    pub(crate) out: PathBuf,
    /// Where each row's probability goes
    #[arg(long, value_name = "P.npy")]
    pub(crate) probabilities: Option<PathBuf>,
    /// Where the spanning tree goes: row, row, mutual reachability, distance
    #[arg(long, value_name = "M.npy")]
    pub(crate) mst: Option<PathBuf>,
    /// The smallest cluster
    #[arg(long, value_name = "N")]
    pub(crate) min_cluster_size: Option<usize>,
    /// Whose distance is the core distance, the row itself not counted [default: the smallest cluster]
    #[arg(long, value_name = "N")]
    pub(crate) min_samples: Option<usize>,
    /// How to cluster
    #[arg(long, value_enum, default_value = "exact")]
    pub(crate) mode: Mode,
    /// What computes products of codes
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) kernel: Kernel,
    /// How many threads search
    #[arg(long, value_name = "N", default_value = "1", value_parser = at_least_one)]
    pub(crate) threads: usize,
    /// How often to cluster, each time in a process of its own
    #[arg(long, value_name = "R", default_value = "1", value_parser = at_least_one, overrides_with = "repeat")]
    pub(crate) repeat: usize,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Mode {
    /// HDBSCAN* among rows in neighbouring cells, which measures its recall
    Approx,
    /// One or the other, by what exact would cost
    Auto,
    /// HDBSCAN* of the rows as they are
    Exact,
    /// Topics of sentence embeddings, every row assigned; min-samples are the neighbours
    Topics,
    /// Topics, and noise where no topic holds a row
    TopicsAndNoise,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kernel {
    /// The fastest that this machine has
    Auto,
    /// For AVX-512 with VNNI
    Vnni,
    /// For AVX2
    Avx2,
    /// For any machine
    Plain,
}

impl From<Kernel> for hdbscan::Kernel {
    fn from(kernel: Kernel) -> Self {
        match kernel {
            Kernel::Auto => Self::Auto,
            Kernel::Vnni => Self::Vnni,
            Kernel::Avx2 => Self::Avx2,
            Kernel::Plain => Self::Plain,
        }
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("it must be at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(error) => Err(error.to_string()),
    }
}
