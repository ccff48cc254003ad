//! What a batch of rows costs that comes to a fit or goes, beside a fresh fit of the rows that are there then.
//!
//! `batches --input X.npy [--share 0.01] [--rounds 5] [--min-cluster-size 10] [--min-samples 10] [--threads 1]`
//!
//! The file is shuffled and fitted but for one batch a round. Each round adds one and takes as many rows away, and
//! compares with fresh fits: weights, distances, probabilities to the bit, and labels. The last line is
//! `{"fit":[..],"insert":[..],"remove":[..],"equal":true}`, in CPU seconds.

use std::path::PathBuf;

use alma_benches::{
    Numbers,
    meter::metered,
    npy::{self, Table},
};
use alma_memory::cluster::hdbscan::{Hdbscan, HdbscanValidParams};
use anyhow::{Result, ensure};
use clap::Parser;
use linfa::{DatasetBase, Float, ParamGuard, traits::Fit};
use ndarray::{Array2, Axis, s};

/// What a batch of rows costs that comes or goes.
#[derive(Debug, Parser)]
struct Flags {
    /// Rows, as numpy stores them.
    #[arg(long)]
    input: PathBuf,
    /// Rows of a batch, as a share of the file.
    #[arg(long, default_value_t = 0.01)]
    share: f64,
    /// How many batches come and go.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    #[arg(long, default_value_t = 10)]
    min_cluster_size: usize,
    #[arg(long, default_value_t = 10)]
    min_samples: usize,
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

fn main() -> Result<()> {
    let flags = Flags::parse();
    match npy::read(&flags.input)? {
        Table::F32(rows) => run(&flags, rows),
        Table::F64(rows) => run(&flags, rows),
    }
}

fn run<F: Float + Into<f64>>(flags: &Flags, rows: Array2<F>) -> Result<()> {
    let params = Hdbscan::params(flags.min_cluster_size)
        .min_samples(flags.min_samples)
        .threads(flags.threads)
        .check()?;
    let mut draws = Numbers::new(7);
    let mut order: Vec<usize> = (0..rows.nrows()).collect();
    for at in (1..order.len()).rev() {
        order.swap(at, draws.below(at + 1));
    }
    let rows = rows.select(Axis(0), &order);
    let batch = (rows.nrows() as f64 * flags.share).round() as usize;
    let Some(begin) = rows.nrows().checked_sub(batch * flags.rounds) else {
        anyhow::bail!("cannot take {} batches of {batch} rows", flags.rounds);
    };
    ensure!(
        begin > batch,
        "cannot fit {begin} rows and take away {batch}"
    );
    let mut fit = params.incremental(&rows.slice(s![..begin, ..]))?;
    let (mut fits, mut inserts, mut removes) = (Vec::new(), Vec::new(), Vec::new());
    let mut equal = true;
    for round in 0..flags.rounds {
        let first = begin + round * batch;
        let new = rows.slice(s![first..first + batch, ..]);
        let (added, insert) = metered(|| fit.insert(&new));
        added?;
        let (fresh, cost) = fresh(params, fit.numbers(), rows.ncols())?;
        equal &= is_same(&fresh, fit.model());
        let mut ids = fit.ids().to_vec();
        let going: Vec<u64> = (0..batch)
            .map(|_| ids.swap_remove(draws.below(ids.len())))
            .collect();
        let (removed, remove) = metered(|| fit.remove(&going));
        removed?;
        let (fresh, _) = self::fresh(params, fit.numbers(), rows.ncols())?;
        equal &= is_same(&fresh, fit.model());
        fits.push(cost);
        inserts.push(insert.cpu);
        removes.push(remove.cpu);
    }
    let line = serde_json::json!({
        "fit": fits, "insert": inserts, "remove": removes, "equal": equal,
    });
    #[expect(clippy::print_stdout, reason = "the result of the program")]
    {
        println!("{line}");
    }
    ensure!(equal, "cannot vouch for these figures: a fresh fit differs");
    Ok(())
}

/// A fresh fit, and its CPU seconds.
fn fresh<F: Float + Into<f64>>(
    params: HdbscanValidParams,
    numbers: &[F],
    dimension: usize,
) -> Result<(Hdbscan, f64)> {
    let rows = Array2::from_shape_vec((numbers.len() / dimension, dimension), numbers.to_vec())?;
    let rows = DatasetBase::from(rows);
    let (model, cost) = metered(|| params.fit(&rows));
    Ok((model?, cost.cpu))
}

fn is_same(a: &Hdbscan, b: &Hdbscan) -> bool {
    let lengths = |model: &Hdbscan| -> Vec<(u64, u64)> {
        let edges = model.spanning_tree().iter();
        edges
            .map(|edge| (edge.weight.to_bits(), edge.distance.to_bits()))
            .collect()
    };
    lengths(a) == lengths(b) && a.labels() == b.labels() && a.probabilities() == b.probabilities()
}
