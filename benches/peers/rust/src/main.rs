//! Runs one clustering crate on a file of numpy and prints its cost as a line of JSON.
//!
//! `rust-peers NAME rows.npy min_cluster_size min_samples labels.npy`: `min_samples` does not count
//! the row itself, for every crate; NAME is petal-clustering, hdbscan, linfa-dbscan or linfa-optics.

#[path = "../../../src/meter.rs"]
#[expect(dead_code, reason = "shared with what measures Alma")]
mod meter;
#[path = "../../../src/npy.rs"]
mod npy;

use std::{error::Error, hint::black_box, path::Path};

use linfa::traits::Transformer;
use linfa_nn::{CommonNearestNeighbour, distance::L2Dist};
use ndarray::Array2;
use petal_clustering::Fit;
use petal_neighbors::distance::Euclidean;

/// The radius of the crates that need one: a reference only, they solve another problem.
const RADIUS: f32 = 0.6;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, input, smallest, samples, out] = &arguments[..] else {
        return Err("usage: rust-peers NAME rows.npy min_cluster_size min_samples labels.npy".into());
    };
    let (smallest, samples): (usize, usize) = (smallest.parse()?, samples.parse()?);
    let npy::Table::F32(rows) = npy::read(Path::new(input))? else {
        return Err("only rows of f32 are compared".into());
    };
    let (labels, cost, base) = match name.as_str() {
        "petal-clustering" => petal(rows, smallest, samples),
        "hdbscan" => hdbscan(rows, smallest, samples),
        "linfa-dbscan" => measured(rows, |rows| {
            let params = linfa_clustering::Dbscan::params_with(
                samples + 1,
                L2Dist,
                CommonNearestNeighbour::LinearSearch,
            );
            let params = linfa::ParamGuard::check(params.tolerance(RADIUS))?;
            Ok(params.transform(rows).into_iter().map(number).collect())
        }),
        "linfa-optics" => measured(rows, |rows| {
            let params = linfa_clustering::Optics::params_with(
                samples + 1,
                L2Dist,
                CommonNearestNeighbour::LinearSearch,
            );
            let params = linfa::ParamGuard::check(params.tolerance(RADIUS))?;
            // An ordering has no clusters: only its cost is compared.
            black_box(params.transform(rows.view()).as_slice());
            Ok(Vec::new())
        }),
        other => return Err(format!("unknown crate {other}").into()),
    }?;
    npy::write(Path::new(out), labels.into_iter(), None)?;
    let peak = meter::peak_mb().unwrap_or(f64::NAN);
    println!(
        r#"{{"cpu_s": {}, "wall_s": {}, "base_mb": {base}, "peak_mb": {peak}}}"#,
        cost.cpu, cost.wall
    );
    Ok(())
}

type Measured = (Vec<i64>, meter::Cost, f64);

/// Runs `fit` on rows that were brought into its form before.
fn measured<R>(rows: R, fit: impl FnOnce(&R) -> Result<Vec<i64>>) -> Result<Measured> {
    let base = meter::peak_mb().unwrap_or(f64::NAN);
    let (labels, cost) = meter::metered(|| fit(&rows));
    Ok((labels?, cost, base))
}

fn number(label: Option<usize>) -> i64 {
    label.map_or(-1, |label| label as i64)
}

fn petal(rows: Array2<f32>, smallest: usize, samples: usize) -> Result<Measured> {
    let (shape, (numbers, _)) = (rows.dim(), rows.into_raw_vec_and_offset());
    let rows = petal_ndarray::Array2::from_shape_vec(shape, numbers)?;
    measured(rows, |rows| {
        let mut params = petal_clustering::HDbscan {
            alpha: 1.0,
            min_samples: samples + 1,
            min_cluster_size: smallest,
            metric: Euclidean::default(),
            boruvka: false,
        };
        let (clusters, _, _) = params.fit(rows, None);
        let mut labels = vec![-1; rows.nrows()];
        for (label, (_, members)) in clusters.into_iter().enumerate() {
            for member in members {
                labels[member] = label as i64;
            }
        }
        Ok(labels)
    })
}

fn hdbscan(rows: Array2<f32>, smallest: usize, samples: usize) -> Result<Measured> {
    let rows: Vec<Vec<f32>> = rows.rows().into_iter().map(|row| row.to_vec()).collect();
    measured(rows, |rows| {
        let params = hdbscan::HdbscanHyperParams::builder()
            .min_cluster_size(smallest)
            .min_samples(samples + 1)
            .build();
        let labels = hdbscan::Hdbscan::new(rows, params).cluster()?;
        Ok(labels.into_iter().map(i64::from).collect())
    })
}
