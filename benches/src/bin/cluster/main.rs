//! Clusters the rows of a file of numpy, and says what that cost.
//!
//! `cluster --input rows.npy --out labels.npy` writes one number a row, -1 for noise. The last line
//! that it prints is JSON: seconds of each repetition without reading the file, and the peak of
//! memory with it. The line before tells what the search met.

#![expect(
    clippy::print_stdout,
    reason = "the figures are what the binary is for"
)]

mod flags;
mod run;

use std::path::Path;

use alma_benches::{meter, npy};
use anyhow::{Context, Result};
use clap::Parser;
use serde_json::json;

use flags::Flags;
use run::{Found, Run};

fn main() -> Result<()> {
    let flags = Flags::parse();
    let run = Run::new(&flags)?;
    let input = &flags.input;
    let table = npy::read(input).with_context(|| format!("cannot read {}", input.display()))?;
    let mut costs = Vec::new();
    let mut last = None;
    for _ in 0..flags.repeat {
        // What the repetition before found must not count as memory of this one.
        drop(last.take());
        let (found, cost) = meter::metered(|| run.cluster(&table));
        costs.push(cost);
        last = Some(found?);
    }
    let found = last.context("cannot repeat less than once")?;
    write(&flags, &found)?;
    let labels = found.labels();
    let summary = json!({
        "wall": costs.iter().map(|cost| cost.wall).collect::<Vec<_>>(),
        "cpu": costs.iter().map(|cost| cost.cpu).collect::<Vec<_>>(),
        "peak_mb": meter::peak_mb(),
        "clusters": labels.iter().flatten().max().map_or(0, |last| last + 1),
        "noise": labels.iter().filter(|label| label.is_none()).count(),
    });
    println!("{:?}\n{summary}", found.stats());
    Ok(())
}

fn write(flags: &Flags, found: &Found) -> Result<()> {
    let failed = |path: &Path| format!("cannot write {}", path.display());
    let numbered = found.labels().iter();
    let numbered = numbered.map(|label| label.map_or(-1, i64::from));
    npy::write(&flags.out, numbered, None).with_context(|| failed(&flags.out))?;
    if let Some(path) = &flags.probabilities {
        let probabilities = found.probabilities().iter().copied();
        npy::write(path, probabilities, None).with_context(|| failed(path))?;
    }
    if let Some(path) = &flags.mst {
        let edges = found.spanning_tree().iter().map(|edge| {
            let ends = (f64::from(edge.from), f64::from(edge.to));
            [ends.0, ends.1, edge.weight, edge.distance]
        });
        let numbers: Vec<f64> = edges.flatten().collect();
        npy::write(path, numbers.into_iter(), Some(4)).with_context(|| failed(path))?;
    }
    Ok(())
}
