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

use std::{
    env,
    path::Path,
    process::{self, Command, Stdio},
};

use alma_benches::{meter, npy};
use anyhow::{Context, Result};
use clap::Parser;
use serde_json::{Map, Value, json};

use flags::Flags;
use run::{Found, Run};

fn main() -> Result<()> {
    let flags = Flags::parse();
    let run = Run::new(&flags)?;
    if flags.repeat > 1 {
        return repeat(flags.repeat);
    }
    let input = &flags.input;
    let table = npy::read(input).with_context(|| format!("cannot read {}", input.display()))?;
    let (found, cost) = meter::metered(|| run.cluster(&table));
    let found = found?;
    write(&flags, &found)?;
    let labels = found.labels();
    let summary = json!({
        "wall": [cost.wall],
        "cpu": [cost.cpu],
        "peak_mb": meter::peak_mb(),
        "clusters": labels.iter().flatten().max().map_or(0, |last| last + 1),
        "noise": labels.iter().filter(|label| label.is_none()).count(),
    });
    println!("{}\n{summary}", found.stats());
    Ok(())
}

/// Runs this binary that often, so that no repetition finds memory in the state that another left.
fn repeat(times: usize) -> Result<()> {
    let mut all = Map::new();
    for _ in 0..times {
        let output = Command::new(env::current_exe()?)
            .args(env::args_os().skip(1))
            .args(["--repeat", "1"])
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            process::exit(output.status.code().unwrap_or(1));
        }
        let printed = String::from_utf8(output.stdout)?;
        let last = printed.lines().last().unwrap_or_default();
        let one: Map<String, Value> = serde_json::from_str(last)?;
        for (name, value) in one {
            match (all.get_mut(&name), value) {
                (Some(Value::Array(before)), Value::Array(now)) => before.extend(now),
                (Some(before), now) if before.as_f64() >= now.as_f64() => {}
                (_, now) => drop(all.insert(name, now)),
            }
        }
    }
    println!("{}", Value::Object(all));
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
        let tree = found
            .spanning_tree()
            .context("topics have no spanning tree")?;
        let edges = tree.iter().map(|edge| {
            let ends = (f64::from(edge.from), f64::from(edge.to));
            [ends.0, ends.1, edge.weight, edge.distance]
        });
        let numbers: Vec<f64> = edges.flatten().collect();
        npy::write(path, numbers.into_iter(), Some(4)).with_context(|| failed(path))?;
    }
    Ok(())
}
