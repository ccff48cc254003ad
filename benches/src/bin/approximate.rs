//! How near the approximate search comes to the exact one, and whether it knows how near.
//!
//! `approximate --input X.npy [--min-cluster-size 10] [--min-samples 10] [--threads 1]`
//!
//! Both fit the file. The last line is JSON: of each, CPU seconds, clusters and noise; what the approximate one says
//! of its core distances (`own`) beside what a comparison of all rows says (`true`); the adjusted Rand index of the two
//! labellings, over all rows with noise as a group of its own, and over the rows that both cluster; and by how much
//! the tree is too heavy.

use std::path::PathBuf;

use alma_benches::{
    agreement::adjusted_rand,
    meter::{Cost, metered},
    npy::{self, Table},
};
use alma_memory::cluster::hdbscan::{Hdbscan, HdbscanParams, Search};
use anyhow::{Context, Result};
use clap::Parser;
use linfa::{DatasetBase, Float, traits::Fit};
use ndarray::Array2;
use serde_json::{Value, json};

/// How near the approximate search comes to the exact one.
#[derive(Debug, Parser)]
struct Flags {
    /// Rows, as numpy stores them.
    #[arg(long)]
    input: PathBuf,
    #[arg(long, default_value_t = 10)]
    min_cluster_size: usize,
    #[arg(long, default_value_t = 10)]
    min_samples: usize,
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

fn main() -> Result<()> {
    let flags = Flags::parse();
    let table = npy::read(&flags.input);
    match table.with_context(|| format!("cannot read {}", flags.input.display()))? {
        Table::F32(rows) => run(&flags, rows),
        Table::F64(rows) => run(&flags, rows),
    }
}

fn run<F: Float + Into<f64>>(flags: &Flags, rows: Array2<F>) -> Result<()> {
    let rows = DatasetBase::from(rows);
    let params = Hdbscan::params(flags.min_cluster_size)
        .min_samples(flags.min_samples)
        .threads(flags.threads);
    let fit = |params: HdbscanParams| -> Result<(Hdbscan, Cost)> {
        let (model, cost) = metered(|| params.fit(&rows));
        Ok((model?, cost))
    };
    let (exact, of_exact) = fit(params)?;
    let (near, of_near) = fit(params.search(Search::Approximate))?;
    let own = near.stats().recall.unwrap_or_default();
    let both = |a: &Option<u32>, b: &Option<u32>| a.is_some() && b.is_some();
    let (a, b): (Vec<_>, Vec<_>) = std::iter::zip(exact.labels(), near.labels())
        .filter(|(a, b)| both(a, b))
        .unzip();
    let line = json!({
        "exact": summary(&exact, &of_exact),
        "approximate": summary(&near, &of_near),
        "own": own,
        "true": truth(&exact, &near)?,
        "ari": adjusted_rand(exact.labels(), near.labels()),
        "ari_of_clustered_by_both": adjusted_rand(&a, &b),
        "tree_too_heavy_by": weight(&near) / weight(&exact) - 1.0,
    });
    #[expect(clippy::print_stdout, reason = "the result of the program")]
    {
        println!("{line}");
    }
    Ok(())
}

fn summary(model: &Hdbscan, cost: &Cost) -> Value {
    let noise = model.labels().iter().filter(|label| label.is_none());
    json!({ "cpu": cost.cpu, "clusters": model.stabilities().len(), "noise": noise.count() })
}

/// What `Recall` says of core distances, by all of them.
fn truth(exact: &Hdbscan, near: &Hdbscan) -> Result<Value> {
    let (truths, cores) = (cores(exact)?, cores(near)?);
    let (mut equal, mut excess) = (0, 0.0);
    for (&truth, &core) in truths.iter().zip(&cores) {
        if core <= truth {
            equal += 1;
        } else if truth > 0.0 {
            excess += core / truth - 1.0;
        }
    }
    let rows = truths.len() as f64;
    Ok(json!({ "cores": f64::from(equal) / rows, "excess": excess / rows }))
}

/// The core distance of every row, which a model holds as it is stored.
fn cores(model: &Hdbscan) -> Result<Vec<f64>> {
    let mut stored = serde_json::to_value(model)?;
    Ok(serde_json::from_value(stored["core"].take())?)
}

fn weight(model: &Hdbscan) -> f64 {
    model.spanning_tree().iter().map(|edge| edge.weight).sum()
}
