//! Any number of threads finds the same, by whatever distance.

use alma_memory::cluster::hdbscan::{Distances, Hdbscan, HdbscanParams, Metric};
use linfa::ParamGuard;
use ndarray::Array2;
use proptest::prelude::*;

use super::{close, data, fit, weights};

/// Everything that a user sees, to the bit.
fn same(a: &Hdbscan, b: &Hdbscan) -> bool {
    a.labels() == b.labels()
        && a.probabilities() == b.probabilities()
        && a.stabilities() == b.stabilities()
        && a.spanning_tree() == b.spanning_tree()
        && a.outlier_scores() == b.outlier_scores()
        && a.stats() == b.stats()
}

fn by_distances(matrix: &Array2<f64>, params: HdbscanParams) -> Hdbscan {
    let distances = Distances::square(matrix.view()).unwrap();
    params.check().unwrap().fit_distances(&distances).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn threads_change_no_bit(rows in data(), neighbours in 1..6_usize, threads in 2..9_usize) {
        let params = Hdbscan::params(3).min_samples(neighbours);
        let manhattan = params.metric(Metric::Manhattan);
        prop_assert!(same(&fit(&rows, manhattan), &fit(&rows, manhattan.threads(threads))));
        let n = rows.len();
        // Some of which connect nothing.
        let far = |a: usize, b: usize| (rows[a][0] - rows[b][0]).abs();
        let matrix = Array2::from_shape_fn((n, n), |(a, b)| match far(a, b) {
            far if far > 9.0 => f64::INFINITY,
            far => far,
        });
        let one = by_distances(&matrix, params);
        prop_assert!(same(&one, &by_distances(&matrix, params.threads(threads))));
    }
}

/// So many rows that threads join them together; most of their distances are equal.
#[test]
fn threads_grow_one_tree() {
    let place = |row: usize| (row * row % 2_741 / 3) as f64;
    let rows: Vec<Vec<f64>> = (0..3_200).map(|row| vec![place(row)]).collect();
    let params = Hdbscan::params(8).min_samples(4).metric(Metric::Manhattan);
    let one = fit(&rows, params);
    for threads in [2, 3, 64] {
        assert!(
            same(&one, &fit(&rows, params.threads(threads))),
            "{threads}"
        );
    }
    // In one column it is the Euclidean distance, which another engine measures.
    let other = fit(&rows, params.metric(Metric::Euclidean));
    assert!(close(&weights(&one), &weights(&other)));
    assert_eq!(one.labels(), other.labels());
}
