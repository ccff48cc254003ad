//! Predictions never contradict the fit, and what needs distances is what its definition says.

use alma_memory::cluster::hdbscan::{Hdbscan, HdbscanError, HdbscanParams, Metric, Missing};
use linfa::{
    DatasetBase,
    traits::{Fit, Predict},
};
use ndarray::{Array1, Array2, ShapeBuilder};
use proptest::prelude::*;

use super::{close, data, fit, records, two_clumps};

fn manhattan(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y).abs()).sum()
}

fn euclidean(a: &[f64], b: &[f64]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(x, y)| (x - y) * (x - y))
        .sum::<f64>()
        .sqrt()
}

fn metric() -> impl Strategy<Value = Metric> {
    prop_oneof![
        Just(Metric::Euclidean),
        Just(Metric::Manhattan),
        Just(Metric::Cosine)
    ]
}

/// The λ at which a new row meets the rows, and which rows it meets there first, by its definition.
fn met(rows: &[Vec<f64>], row: &[f64], k: usize) -> (f64, Vec<usize>) {
    let nth = |mut all: Vec<f64>, k: usize| {
        all.sort_by(f64::total_cmp);
        all[k.min(all.len()) - 1]
    };
    let to = |row: &[f64]| {
        rows.iter()
            .map(|other| euclidean(row, other))
            .collect::<Vec<_>>()
    };
    let core = |at: usize| {
        let mut all = to(&rows[at]);
        all.swap_remove(at);
        nth(all, k)
    };
    let own = nth(to(row), k);
    let reach: Vec<(f64, f64)> = to(row)
        .into_iter()
        .enumerate()
        .map(|(at, distance)| (distance.max(own).max(core(at)), distance))
        .collect();
    let best = reach
        .iter()
        .copied()
        .min_by(|a, b| a.partial_cmp(b).unwrap())
        .unwrap();
    (
        best.0,
        (0..rows.len()).filter(|&at| reach[at] == best).collect(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_row_of_the_fit_gets_what_the_fit_gave_it(
        rows in data(), smallest in 2..7_usize, neighbours in 1..6_usize, metric in metric(),
        single in any::<bool>(),
    ) {
        let params = Hdbscan::params(smallest)
            .min_samples(neighbours)
            .metric(metric)
            .allow_single_cluster(single);
        let model = fit(&rows, params);
        let rows = records(&rows);
        let predictor = model.predictor(&rows).unwrap();
        let (labels, probabilities) = predictor.assign(&rows).unwrap();
        prop_assert_eq!(&labels[..], model.labels());
        prop_assert_eq!(&probabilities[..], model.probabilities());
        let predicted: Array1<Option<u32>> = predictor.predict(&rows);
        prop_assert_eq!(predicted.to_vec(), labels);
    }

    #[test]
    fn a_new_row_gets_a_label_of_the_fit_in_any_order_of_rows(
        rows in data(), new in data(), smallest in 2..7_usize, neighbours in 1..6_usize, seed in any::<u64>(),
    ) {
        let width = rows.first().map_or(0, Vec::len);
        let new: Vec<Vec<f64>> = new
            .into_iter()
            .map(|mut row| { row.resize(width, 1.0); row })
            .collect();
        let params = Hdbscan::params(smallest).min_samples(neighbours);
        let model = fit(&rows, params);
        let clusters = model.stabilities().len() as u32;
        let (fitted, asked) = (records(&rows), Array2::from_shape_vec((new.len(), width), new.concat()).unwrap());
        let predictor = model.predictor(&fitted).unwrap();
        let (labels, probabilities) = predictor.assign(&asked).unwrap();
        let memberships = predictor.membership(&asked).unwrap();
        prop_assert!(labels.iter().flatten().all(|&label| label < clusters));
        prop_assert!(probabilities.iter().all(|p| (0.0..=1.0).contains(p)));
        prop_assert!(memberships.iter().all(|p| (0.0..=1.0 + 1e-12).contains(p)));
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|&row| (row as u64 + 1).wrapping_mul(seed | 1).rotate_left(17) ^ seed);
        let moved = records(&order.iter().map(|&row| rows[row].clone()).collect::<Vec<_>>());
        let other = params.fit(&DatasetBase::from(moved.view())).unwrap();
        let predictor = other.predictor(&moved).unwrap();
        let (again, firmly) = predictor.assign(&asked).unwrap();
        prop_assert_eq!(&probabilities, &firmly);
        let name = |label: Option<u32>| label.map(|label| {
            let first = model.labels().iter().position(|&own| own == Some(label)).unwrap();
            other.labels()[order.iter().position(|&row| row == first).unwrap()]
        });
        for (ours, theirs) in labels.iter().zip(&again) {
            prop_assert_eq!(name(*ours).flatten(), *theirs);
        }
        let theirs = predictor.membership(&asked).unwrap();
        for cluster in 0..clusters {
            let named = name(Some(cluster)).flatten().unwrap();
            prop_assert_eq!(memberships.column(cluster as usize), theirs.column(named as usize));
        }
    }

    /// By the definition, where one row alone is nearest: what is chosen there is that row's cluster,
    /// unless the new row comes in before that cluster is born.
    #[test]
    fn a_new_row_belongs_where_it_comes_in(
        rows in data(), row in proptest::collection::vec(-9.0..9.0_f64, 4), smallest in 2..7_usize,
        neighbours in 1..6_usize,
    ) {
        prop_assume!(rows.len() > neighbours);
        let row = &row[..rows[0].len()];
        let params = Hdbscan::params(smallest).min_samples(neighbours);
        let model = fit(&rows, params);
        let (weight, nearest) = met(&rows, row, neighbours);
        prop_assume!(nearest.len() == 1);
        let fitted = records(&rows);
        let (labels, _) = model.predictor(&fitted).unwrap().assign(&records(&[row.to_vec()])).unwrap();
        // A cluster is what is connected below the weight at which it parts from its sibling.
        let together = |a: usize, b: usize| model.labels()[a] == model.labels()[b];
        let expected = model.labels()[nearest[0]].filter(|_| {
            let split = model
                .spanning_tree()
                .iter()
                .filter(|edge| together(edge.from as usize, nearest[0]) != together(edge.to as usize, nearest[0]))
                .map(|edge| edge.weight)
                .fold(f64::INFINITY, f64::min);
            weight < split
        });
        // The sibling may part later than the nearest other row comes in: those are left out.
        prop_assume!(expected.is_some() || model.labels()[nearest[0]].is_none());
        prop_assert_eq!(labels[0], expected);
    }
}

#[test]
fn the_rows_of_the_fit_are_asked_for() {
    let mut rows = two_clumps();
    let model = fit(&rows, Hdbscan::params(10));
    let fitted = records(&rows);
    let predictor = model.predictor(&fitted).unwrap();
    assert!(matches!(
        predictor.assign(&records(&[vec![1.0; 3]])),
        Err(HdbscanError::Dimension {
            expected: 4,
            found: 3
        })
    ));
    let noise: Array1<Option<u32>> = predictor.predict(&records(&[vec![1.0; 3]]));
    assert_eq!(noise.to_vec(), [None]);
    rows.swap(3, 4);
    assert!(matches!(
        model.predictor(&records(&rows)),
        Err(HdbscanError::OtherRows)
    ));
    assert!(matches!(
        model.predictor(&records(&rows[..119])),
        Err(HdbscanError::OtherRows)
    ));
    // Any layout of the same rows will do.
    let columns = Array2::from_shape_fn((120, 4).f(), |at| fitted[at]);
    assert_eq!(
        model
            .predictor(&columns)
            .unwrap()
            .assign(&fitted)
            .unwrap()
            .0,
        model.labels()
    );
}

#[test]
fn rows_without_a_place_are_noise() {
    let mut rows = two_clumps();
    for row in &mut rows {
        row[0] += 5.0;
    }
    rows[5][1] = f64::NAN;
    for metric in [Metric::Euclidean, Metric::Cosine, Metric::Manhattan] {
        let params = Hdbscan::params(10).metric(metric).missing(Missing::Noise);
        let model = fit(&rows, params);
        assert_eq!(model.stabilities().len(), 2);
        let fitted = records(&rows);
        let predictor = model.predictor(&fitted).unwrap();
        let bad = records(&[
            vec![f64::NAN; 4],
            vec![f64::INFINITY; 4],
            vec![f64::MAX; 4],
            vec![-0.0; 4],
            rows[0].clone(),
        ]);
        let (labels, probabilities) = predictor.assign(&bad).unwrap();
        assert_eq!(
            (labels[0], labels[1], labels[4]),
            (None, None, model.labels()[0])
        );
        assert!(probabilities.iter().all(|p| p.is_finite()));
        if metric == Metric::Cosine {
            assert_eq!(labels[3], None);
        }
        let memberships = predictor.membership(&bad).unwrap();
        assert_eq!(memberships.row(0).sum(), 0.0);
        assert!(memberships.iter().all(|p| p.is_finite()));
    }
    for rows in [vec![], vec![vec![1.0, 2.0]]] {
        let model = fit(&rows, Hdbscan::params(2));
        let fitted = records(&rows);
        let predictor = model.predictor(&fitted).unwrap();
        let width = fitted.ncols();
        assert_eq!(
            predictor.assign(&Array2::zeros((1, width))).unwrap().0,
            [None]
        );
        assert_eq!(predictor.medoid(0), None);
    }
}

#[test]
fn units_of_length_change_no_prediction() {
    let rows = two_clumps();
    let new: Vec<Vec<f64>> = rows
        .iter()
        .map(|row| row.iter().map(|x| 0.7 * x + 1.3).collect())
        .collect();
    let at = |power: i32| {
        let scaled = |rows: &[Vec<f64>]| {
            records(rows).mapv(|x| x * 2.0_f64.powi(power / 2) * 2.0_f64.powi(power - power / 2))
        };
        let fitted = scaled(&rows);
        let model = Hdbscan::params(10)
            .fit(&DatasetBase::from(fitted.view()))
            .unwrap();
        model
            .predictor(&fitted)
            .unwrap()
            .assign(&scaled(&new))
            .unwrap()
    };
    for power in [-900, 3, 900] {
        assert_eq!(at(power), at(0));
    }
}

#[test]
fn the_medoid_is_in_the_middle() {
    let rows = two_clumps();
    for (metric, distance) in [
        (Metric::Euclidean, euclidean as fn(&[f64], &[f64]) -> f64),
        (Metric::Manhattan, manhattan),
    ] {
        let model = fit(&rows, Hdbscan::params(10).metric(metric));
        let fitted = records(&rows);
        for cluster in 0..2 {
            let medoid = model.predictor(&fitted).unwrap().medoid(cluster).unwrap() as usize;
            let members = || (0..120).filter(|&row| model.labels()[row] == Some(cluster));
            let cost = |row: usize| -> f64 {
                members()
                    .map(|other| distance(&rows[row], &rows[other]) * model.probabilities()[other])
                    .sum()
            };
            let best = members()
                .min_by(|&a, &b| cost(a).total_cmp(&cost(b)))
                .unwrap();
            assert_eq!(medoid, best);
        }
    }
}

#[test]
fn manhattan_is_the_sum_of_differences() {
    let rows = two_clumps();
    let params: HdbscanParams = Hdbscan::params(10).min_samples(3).metric(Metric::Manhattan);
    let model = fit(&rows, params);
    for edge in model.spanning_tree() {
        let (from, to) = (&rows[edge.from as usize], &rows[edge.to as usize]);
        assert!(close(&[edge.distance], &[manhattan(from, to)]));
    }
    // In one column both metrics are one.
    let line: Vec<Vec<f64>> = rows.iter().map(|row| row[..1].to_vec()).collect();
    let (one, other) = (
        fit(&line, params),
        fit(&line, params.metric(Metric::Euclidean)),
    );
    assert_eq!(one.labels(), other.labels());
    assert!(close(one.probabilities(), other.probabilities()));
}

#[test]
fn a_row_as_near_to_two_clusters_is_in_neither() {
    let line = |at: usize| {
        vec![if at < 12 {
            -20.0 - at as f64
        } else {
            8.0 + at as f64
        }]
    };
    let rows: Vec<Vec<f64>> = (0..24).map(line).collect();
    for order in [1, 23] {
        let moved: Vec<Vec<f64>> = (0..24).map(|at| rows[at * order % 24].clone()).collect();
        let model = fit(&moved, Hdbscan::params(5).min_samples(1));
        let fitted = records(&moved);
        let asked = records(&[vec![0.0], vec![0.5], vec![-0.5]]);
        let (labels, _) = model.predictor(&fitted).unwrap().assign(&asked).unwrap();
        let of = |row: f64| model.labels()[moved.iter().position(|known| known[0] == row).unwrap()];
        assert_eq!(labels, [None, of(20.0), of(-20.0)]);
        assert!(labels[1].is_some() && labels[2].is_some());
    }
}
