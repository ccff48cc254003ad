//! Distances that were computed elsewhere, all of them or some.

use alma_memory::cluster::hdbscan::{
    Distances, DistancesError, Hdbscan, HdbscanError, HdbscanParams, Metric,
};
use linfa::ParamGuard;
use ndarray::Array2;
use proptest::prelude::*;

use super::{close, data, fit, oracle, records, two_clumps, weights};

fn manhattan(rows: &[Vec<f64>]) -> Array2<f64> {
    let n = rows.len();
    Array2::from_shape_fn((n, n), |(a, b)| {
        rows[a]
            .iter()
            .zip(&rows[b])
            .map(|(x, y)| (x - y).abs())
            .sum()
    })
}

fn upper(matrix: &Array2<f64>) -> Vec<f64> {
    let n = matrix.nrows();
    (0..n)
        .flat_map(|row| (row + 1..n).map(move |column| matrix[(row, column)]))
        .collect()
}

fn fitted(params: HdbscanParams, distances: &Distances<'_, f64>) -> Hdbscan {
    params.check().unwrap().fit_distances(distances).unwrap()
}

/// All pairs nearer than this, in either order.
fn near(matrix: &Array2<f64>, limit: f64) -> Distances<'_, f64> {
    let pairs = matrix.indexed_iter().filter(move |(at, distance)| {
        **distance < limit && (at.0 < at.1 || (at.0 * 7 + at.1).is_multiple_of(2))
    });
    Distances::sparse(
        matrix.nrows(),
        pairs.map(|((row, column), &distance)| (column, row, distance)),
    )
    .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn however_they_are_stored_they_are_what_the_definition_says(
        rows in data(), smallest in 2..7_usize, neighbours in 1..6_usize, leaf in any::<bool>(),
        limit in prop_oneof![Just(f64::INFINITY), 0.5..12.0_f64],
    ) {
        let selection = if leaf {
            alma_memory::cluster::hdbscan::Selection::Leaf
        } else {
            alma_memory::cluster::hdbscan::Selection::ExcessOfMass
        };
        let params = Hdbscan::params(smallest).min_samples(neighbours).selection(selection);
        let whole = manhattan(&rows);
        let cut = whole.mapv(|distance| if distance < limit { distance } else { f64::INFINITY });
        let expected =
            oracle::by(rows.len(), |a, b| cut[(a, b)], smallest, neighbours, leaf, false);
        let finite: Vec<f64> = expected.weights.into_iter().filter(|weight| weight.is_finite()).collect();
        let halves = upper(&cut);
        let stored = [
            Distances::square(cut.view()).unwrap(),
            Distances::condensed(&halves).unwrap(),
            near(&whole, limit),
        ];
        for distances in stored.iter().filter(|distances| distances.len() == rows.len()) {
            let model = fitted(params, distances);
            prop_assert_eq!(model.labels(), &expected.labels[..]);
            prop_assert!(close(&weights(&model), &finite));
            prop_assert!(close(model.probabilities(), &expected.probabilities));
            prop_assert!(close(model.stabilities(), &expected.stabilities));
            prop_assert!(model.outlier_scores().iter().all(|score| (0.0..=1.0).contains(score)));
            prop_assert!(model.condensed_tree().iter().all(|line| line.lambda_val.is_finite()));
            prop_assert!(model.single_linkage().iter().all(|merge| merge.distance.is_finite()));
            prop_assert!(model.relative_validity().is_finite());
        }
        if limit.is_infinite() {
            let model = fit(&rows, params.metric(Metric::Manhattan));
            prop_assert_eq!(model.labels(), &expected.labels[..]);
            prop_assert!(close(model.probabilities(), &expected.probabilities));
        }
    }
}

#[test]
fn what_nothing_connects_stays_apart() {
    let rows = two_clumps();
    let matrix = manhattan(&rows);
    for single in [false, true] {
        let params = Hdbscan::params(10).allow_single_cluster(single);
        let model = fitted(params, &near(&matrix, 4.0));
        assert_eq!(model.stabilities().len(), 2);
        assert_eq!(model.spanning_tree().len(), 118);
        // Rows that are connected to nothing are noise, and nothing is infinite.
        let lonely = Distances::sparse(130, upper_pairs(&matrix, 4.0)).unwrap();
        let model = fitted(params, &lonely);
        assert_eq!(model.labels()[120..], [None; 10]);
        assert!(
            model
                .probabilities()
                .iter()
                .chain(model.stabilities())
                .all(|x| x.is_finite())
        );
        assert!(
            model.outlier_scores()[120..]
                .iter()
                .all(|&score| score == 1.0)
        );
        let nothing = Distances::sparse(30, Vec::<(usize, usize, f64)>::new()).unwrap();
        let model = fitted(params, &nothing);
        assert_eq!(model.labels(), [None; 30]);
        assert_eq!(model.outlier_scores(), [0.0; 30]);
        assert_eq!(
            (model.spanning_tree().len(), model.single_linkage().len()),
            (0, 0)
        );
    }
}

fn upper_pairs(matrix: &Array2<f64>, limit: f64) -> Vec<(usize, usize, f64)> {
    let pairs = matrix
        .indexed_iter()
        .filter(|(at, distance)| at.0 < at.1 && **distance < limit);
    pairs
        .map(|((row, column), &distance)| (row, column, distance))
        .collect()
}

#[test]
fn wrong_distances_are_named() {
    let good = manhattan(&two_clumps()[..5]);
    let with = |row: usize, column: usize, distance: f64| {
        let mut matrix = good.clone();
        matrix[(row, column)] = distance;
        Distances::square(matrix.view()).unwrap_err()
    };
    assert_eq!(
        with(3, 1, f64::NAN),
        DistancesError::NotANumber { row: 3, column: 1 }
    );
    assert_eq!(
        with(3, 1, -1.0),
        DistancesError::Negative { row: 3, column: 1 }
    );
    assert_eq!(
        with(3, 1, 77.0),
        DistancesError::Asymmetric { row: 3, column: 1 }
    );
    assert_eq!(
        with(1, 3, f64::NAN),
        DistancesError::Asymmetric { row: 3, column: 1 }
    );
    assert_eq!(with(2, 2, 0.5), DistancesError::Diagonal { row: 2 });
    let wide = Array2::<f64>::zeros((2, 3));
    assert_eq!(
        Distances::square(wide.view()).unwrap_err(),
        DistancesError::NotSquare {
            rows: 2,
            columns: 3
        }
    );
    for wrong in [2, 4, 5, 7] {
        let numbers = vec![1.0; wrong];
        assert_eq!(
            Distances::condensed(&numbers).unwrap_err(),
            DistancesError::NotTriangular(wrong)
        );
    }
    assert_eq!(
        Distances::condensed(&[1.0, -2.0, 1.0]).unwrap_err(),
        DistancesError::Negative { row: 0, column: 2 }
    );
    let sparse = |pairs: &[(usize, usize, f64)]| {
        Distances::sparse(4, pairs.to_vec()).map(|known| known.len())
    };
    assert_eq!(sparse(&[(0, 1, 2.0), (1, 0, 2.0), (2, 2, 0.0)]), Ok(4));
    assert_eq!(
        sparse(&[(0, 1, 2.0), (1, 0, 3.0)]),
        Err(DistancesError::Asymmetric { row: 0, column: 1 })
    );
    assert_eq!(
        sparse(&[(0, 4, 2.0)]),
        Err(DistancesError::OutOfRange {
            row: 0,
            column: 4,
            len: 4
        })
    );
    assert_eq!(
        sparse(&[(3, 3, 2.0)]),
        Err(DistancesError::Diagonal { row: 3 })
    );
    assert_eq!(
        sparse(&[(3, 2, f64::NAN)]),
        Err(DistancesError::NotANumber { row: 3, column: 2 })
    );
}

#[test]
fn distances_may_be_few_and_of_any_size() {
    assert!(
        fitted(
            Hdbscan::params(5),
            &Distances::square(Array2::zeros((0, 0)).view()).unwrap()
        )
        .labels()
        .is_empty()
    );
    assert_eq!(
        fitted(Hdbscan::params(5), &Distances::condensed(&[]).unwrap()).labels(),
        [None]
    );
    let matrix = manhattan(&two_clumps());
    let expected = fitted(
        Hdbscan::params(10),
        &Distances::square(matrix.view()).unwrap(),
    );
    for power in [-1000, -600, 700, 1018] {
        let scaled = matrix.mapv(|x| x * 2.0_f64.powi(power / 2) * 2.0_f64.powi(power - power / 2));
        let model = fitted(
            Hdbscan::params(10),
            &Distances::square(scaled.view()).unwrap(),
        );
        assert_eq!(model.probabilities(), expected.probabilities(), "2^{power}");
    }
}

#[test]
fn there_are_no_rows_to_predict_by() {
    let rows = two_clumps();
    let matrix = manhattan(&rows);
    let model = fitted(
        Hdbscan::params(10),
        &Distances::square(matrix.view()).unwrap(),
    );
    assert!(matches!(
        model.predictor(&records(&rows)),
        Err(HdbscanError::OtherRows)
    ));
}

#[test]
fn a_zero_with_a_sign_is_a_zero() {
    // Two piles of equal rows; in one of them half of the zeros have a sign.
    let rows: Vec<f64> = (0..12).map(|row| f64::from(row / 6) * 5.0).collect();
    let matrix = |zero: f64| {
        Array2::from_shape_fn((12, 12), |(a, b)| {
            let distance = (rows[a] - rows[b]).abs();
            if distance == 0.0 && (a + b) % 2 == 0 && a.min(b) < 6 {
                zero
            } else {
                distance
            }
        })
    };
    let params = Hdbscan::params(3).min_samples(2);
    let (plain, signed) = (matrix(0.0), matrix(-0.0));
    let expected = fitted(params, &Distances::square(plain.view()).unwrap());
    let pairs = upper_pairs(&signed, f64::INFINITY);
    for distances in [
        Distances::square(signed.view()).unwrap(),
        Distances::condensed(&upper(&signed)).unwrap(),
        Distances::sparse(12, pairs).unwrap(),
    ] {
        let model = fitted(params, &distances);
        let bits = |model: &Hdbscan| -> Vec<u64> {
            let weights = weights(model).into_iter();
            weights.map(f64::to_bits).collect()
        };
        assert_eq!(model.labels(), expected.labels());
        assert_eq!(model.probabilities(), expected.probabilities());
        assert_eq!(bits(&model), bits(&expected));
    }
}

/// More pairs than are put in order at once, many of them equal.
#[test]
fn all_of_many_pairs_are_a_matrix() {
    let n = 420;
    let place = |row: usize| ((row * row * 7) % 1_009) as f64 / 3.0;
    let far = |a: usize, b: usize| (place(a) - place(b)).abs();
    let matrix = Array2::from_shape_fn((n, n), |(a, b)| far(a, b));
    let pairs = (0..n).flat_map(|a| (0..a).map(move |b| (a, b, far(a, b))));
    let params = Hdbscan::params(4).check().unwrap();
    let dense = params.fit_distances(&Distances::square(matrix.view()).unwrap());
    let sparse = params.fit_distances(&Distances::sparse(n, pairs).unwrap());
    let (dense, sparse) = (dense.unwrap(), sparse.unwrap());
    assert_eq!(weights(&dense), weights(&sparse));
    assert_eq!(dense.labels(), sparse.labels());
    assert_eq!(dense.probabilities(), sparse.probabilities());
}
