//! After any sequence of batches a fit is what a fresh one would be.

use alma_memory::cluster::hdbscan::{
    Hdbscan, HdbscanError, HdbscanParams, HdbscanValidParams, Incremental, Kernel, Metric, Missing,
    Search,
};
use linfa::{DatasetBase, ParamGuard, traits::Fit};
use ndarray::Array2;
use proptest::prelude::*;

use super::{close, data, fit, oracle, weights};

/// Numbers that look random, from a seed.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        self.0 >> 33
    }

    fn below(&mut self, end: usize) -> usize {
        self.next() as usize % end
    }

    fn unit(&mut self) -> f64 {
        self.next() as f64 / (1_u64 << 31) as f64
    }
}

fn matrix(rows: &[Vec<f64>], dimension: usize) -> Array2<f64> {
    Array2::from_shape_vec((rows.len(), dimension), rows.concat()).unwrap()
}

fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

/// The weights and distances of the edges, ascending: no two minimum spanning trees differ in them.
fn lengths(model: &Hdbscan) -> Vec<(u64, u64)> {
    let edges = model.spanning_tree().iter();
    edges
        .map(|edge| (edge.weight.to_bits(), edge.distance.to_bits()))
        .collect()
}

/// Whether a model is that of a fresh fit of these rows.
fn is_fresh(model: &Hdbscan, rows: &[Vec<f64>], dimension: usize, params: HdbscanValidParams) {
    let fresh = params
        .fit(&DatasetBase::from(matrix(rows, dimension)))
        .unwrap();
    assert_eq!(lengths(model), lengths(&fresh));
    assert_eq!(model.labels(), fresh.labels());
    assert_eq!(bits(model.probabilities()), bits(fresh.probabilities()));
    assert_eq!(bits(model.stabilities()), bits(fresh.stabilities()));
    let counts = |model: &Hdbscan| {
        let stats = model.stats();
        (stats.rows, stats.missing, stats.directionless)
    };
    assert_eq!(counts(model), counts(&fresh));
}

/// Rows and the numbers that they were given.
struct Twin {
    fit: Incremental<f64>,
    rows: Vec<Vec<f64>>,
    ids: Vec<u64>,
    dimension: usize,
}

impl Twin {
    fn new(rows: &[Vec<f64>], dimension: usize, params: HdbscanValidParams) -> Self {
        let fit = params.incremental(&matrix(rows, dimension)).unwrap();
        Self {
            ids: fit.ids().to_vec(),
            fit,
            rows: rows.to_vec(),
            dimension,
        }
    }

    fn insert(&mut self, rows: &[Vec<f64>]) {
        let added = self.fit.insert(&matrix(rows, self.dimension)).unwrap();
        assert_eq!(added.end - added.start, rows.len() as u64);
        self.ids.extend(added);
        self.rows.extend_from_slice(rows);
    }

    fn remove(&mut self, count: usize, draws: &mut Draws) {
        let mut going = Vec::new();
        for _ in 0..count.min(self.rows.len()) {
            let at = draws.below(self.rows.len());
            self.rows.remove(at);
            going.push(self.ids.remove(at));
        }
        self.fit.remove(&going).unwrap();
    }

    fn check(&self, params: HdbscanValidParams) {
        assert_eq!(self.fit.ids(), self.ids);
        assert_eq!(self.fit.len(), self.rows.len());
        assert_eq!(bits(self.fit.numbers()), bits(&self.rows.concat()));
        is_fresh(self.fit.model(), &self.rows, self.dimension, params);
    }
}

/// Codes even in few dimensions, where the fastest way would be a k-d tree.
fn by_codes(smallest: usize, neighbours: usize) -> HdbscanParams {
    Hdbscan::params(smallest)
        .min_samples(neighbours)
        .kernel(Kernel::Plain)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn batches_end_where_a_fresh_fit_does(
        rows in data(), more in data(), neighbours in 1..6_usize, cosine in any::<bool>(),
        seed in any::<u64>(), steps in proptest::collection::vec((any::<bool>(), 1..9_usize), 1..8),
    ) {
        let dimension = rows.first().map_or(1, Vec::len);
        let more: Vec<Vec<f64>> = more.into_iter().map(|mut row| {
            row.resize(dimension, 1.0);
            row
        }).collect();
        let metric = if cosine { Metric::Cosine } else { Metric::Euclidean };
        let params = by_codes(3, neighbours).metric(metric).check().unwrap();
        let mut draws = Draws(seed);
        let mut twin = Twin::new(&rows, dimension, params);
        for (is_insertion, count) in steps {
            if is_insertion {
                // New rows, copies of those that are there, and copies of each other.
                let batch: Vec<Vec<f64>> = (0..count)
                    .filter_map(|_| {
                        let from = if draws.below(3) == 0 { &twin.rows } else { &more };
                        (!from.is_empty()).then(|| from[draws.below(from.len())].clone())
                    })
                    .collect();
                twin.insert(&batch);
            } else {
                twin.remove(count, &mut draws);
            }
            twin.check(params);
        }
        if !cosine {
            let expected = oracle::cluster(&twin.rows, 3, neighbours, false, false);
            prop_assert!(close(&weights(twin.fit.model()), &expected.weights));
            prop_assert_eq!(twin.fit.model().labels(), &expected.labels[..]);
        }
    }
}

/// Rows of topics that drift, some of them copies, some on a coarse grid.
fn drifting(draws: &mut Draws, night: usize, dimension: usize) -> Vec<f64> {
    let topic = draws.below(9);
    let spread = if topic == 0 { 12.0 } else { 1.0 };
    let mut row: Vec<f64> = (0..dimension)
        .map(|column| {
            let centre = ((topic * 7 + column * 3) % 11) as f64 + 0.02 * night as f64;
            centre + spread * (draws.unit() + draws.unit() - 1.0)
        })
        .collect();
    if draws.below(4) == 0 {
        row.iter_mut().for_each(|x| *x = (*x / 2.0).round() * 2.0);
    }
    row
}

#[test]
fn a_hundred_batches_end_where_a_fresh_fit_does() {
    for (metric, kernel, threads, dimension) in [
        (Metric::Euclidean, Kernel::Auto, 2, 20),
        (Metric::Cosine, Kernel::Plain, 1, 3),
    ] {
        let params = Hdbscan::params(6)
            .min_samples(5)
            .metric(metric)
            .kernel(kernel)
            .threads(threads)
            .check()
            .unwrap();
        let mut draws = Draws(5 + dimension as u64);
        let rows: Vec<Vec<f64>> = (0..350)
            .map(|_| drifting(&mut draws, 0, dimension))
            .collect();
        let mut twin = Twin::new(&rows, dimension, params);
        for night in 0..100 {
            let count = 1 + draws.below(14);
            if draws.below(2) == 0 {
                let mut batch: Vec<Vec<f64>> = (0..count)
                    .map(|_| drifting(&mut draws, night, dimension))
                    .collect();
                batch.push(twin.rows[draws.below(twin.rows.len())].clone());
                twin.insert(&batch);
            } else {
                twin.remove(count, &mut draws);
            }
            if night % 4 == 3 {
                twin.check(params);
            }
        }
    }
}

/// Heads of rows, blocks on and off the diagonal, and frames that no longer suit.
#[test]
fn wide_rows_and_rows_of_another_size_may_come() {
    let dimension = 192;
    let params = Hdbscan::params(8).min_samples(6).check().unwrap();
    let mut draws = Draws(3);
    let mut rows = |count: usize, size: f64| -> Vec<Vec<f64>> {
        let row = |draws: &mut Draws| {
            let row = drifting(draws, 0, dimension);
            row.iter().map(|x| x * size).collect()
        };
        (0..count).map(|_| row(&mut draws)).collect()
    };
    let first = rows(1_030, 1.0);
    let (some, large, tiny) = (rows(100, 1.0), rows(20, 1e9), rows(20, 1e-9));
    let mut twin = Twin::new(&first, dimension, params);
    let mut draws = Draws(4);
    for batch in [some, large, tiny] {
        twin.insert(&batch);
        twin.remove(40, &mut draws);
        twin.check(params);
    }
}

/// A row that two new ones push out of a list is reached at less than before all the same: here the second one by the
/// first, at its distance of 4, which was below the core distance of 5.
#[test]
fn what_leaves_a_list_still_counts() {
    let params = by_codes(3, 3).check().unwrap();
    let rows = [
        [0.0, 0.0],
        [0.79, 3.92],
        [3.0, 0.0],
        [-5.0, 0.0],
        [5.2, 0.0],
        [5.2, -0.5],
        [1.05, 5.19],
        [0.9, 5.25],
        [-6.0, 0.0],
        [-6.0, 1.0],
        [50.0, 50.0],
        [50.0, 51.0],
        [51.0, 50.0],
        [51.0, 52.0],
    ]
    .map(Vec::from);
    let mut twin = Twin::new(&rows, 2, params);
    twin.insert(&[vec![0.1, -0.5], vec![-0.3, -0.4]]);
    twin.check(params);
}

#[test]
fn rows_without_a_place_come_and_go() {
    let params = by_codes(3, 2)
        .metric(Metric::Cosine)
        .missing(Missing::Noise)
        .check()
        .unwrap();
    let mut draws = Draws(8);
    let rows: Vec<Vec<f64>> = (0..60).map(|_| drifting(&mut draws, 0, 3)).collect();
    for params in [
        params,
        by_codes(3, 2).missing(Missing::Noise).check().unwrap(),
    ] {
        let mut twin = Twin::new(&rows, 3, params);
        twin.insert(&[vec![0.0; 3], vec![1.0, f64::NAN, 0.0], vec![1.0, 2.0, 3.0]]);
        twin.check_without_nan(params);
        twin.remove(12, &mut draws);
        twin.check_without_nan(params);
        twin.insert(&[vec![0.0; 3], vec![1.0, 2.0, 3.0]]);
        twin.check_without_nan(params);
        // All but a few, and then all.
        twin.remove(twin.rows.len() - 2, &mut draws);
        twin.check_without_nan(params);
        twin.remove(2, &mut draws);
        assert!(twin.fit.is_empty() && twin.fit.model().labels().is_empty());
        twin.insert(&rows);
        twin.check_without_nan(params);
    }
}

impl Twin {
    fn check_without_nan(&self, params: HdbscanValidParams) {
        assert_eq!(self.fit.ids(), self.ids);
        is_fresh(self.fit.model(), &self.rows, self.dimension, params);
    }
}

#[test]
fn tiny_rows_that_are_left_are_measured_in_their_own_unit() {
    let params = by_codes(3, 2).check().unwrap();
    let mut draws = Draws(2);
    let tiny = |draws: &mut Draws| {
        let row = drifting(draws, 0, 3);
        row.iter().map(|x| x * 1e-180).collect::<Vec<f64>>()
    };
    let rows: Vec<Vec<f64>> = (0..40).map(|_| tiny(&mut draws)).collect();
    let mut twin = Twin::new(&rows, 3, params);
    twin.insert(&[vec![1.0; 3]]);
    twin.check(params);
    twin.insert(&[tiny(&mut draws)]);
    twin.check(params);
    let (row, id) = (twin.rows.remove(40), twin.ids.remove(40));
    assert_eq!(row, [1.0; 3]);
    twin.fit.remove(&[id]).unwrap();
    twin.check(params);
    twin.insert(&[vec![1e200; 3]]);
    twin.check(params);
}

#[test]
fn what_is_wrong_is_told_and_changes_nothing() {
    let params = by_codes(3, 2).check().unwrap();
    let mut draws = Draws(9);
    let rows: Vec<Vec<f64>> = (0..30).map(|_| drifting(&mut draws, 0, 3)).collect();
    let mut twin = Twin::new(&rows, 3, params);
    let wide = twin.fit.insert(&Array2::zeros((1, 4))).unwrap_err();
    assert!(matches!(
        wide,
        HdbscanError::Dimension {
            expected: 3,
            found: 4
        }
    ));
    let mut bad = Array2::zeros((2, 3));
    bad[(1, 2)] = f64::NAN;
    let error = twin.fit.insert(&bad).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot cluster: row 1, column 2 is not finite"
    );
    twin.remove(3, &mut draws);
    let gone = (0..30).find(|id| !twin.ids.contains(id)).unwrap();
    let error = twin.fit.remove(&[twin.ids[0], gone]).unwrap_err();
    assert!(matches!(error, HdbscanError::UnknownRow(id) if id == gone));
    twin.check(params);
    // Numbers are never given again.
    assert_eq!(twin.fit.insert(&Array2::zeros((1, 3))).unwrap(), 30..31);
    // A model of it takes its rows for predictions as any other.
    let model = fit(&rows, by_codes(3, 2));
    let same = params.incremental(&matrix(&rows, 3)).unwrap();
    assert!(same.model().predictor(&matrix(&rows, 3)).is_ok());
    assert_eq!(same.model().labels(), model.labels());
}

#[test]
fn batches_search_all_pairs_whatever_was_asked_for() {
    let mut draws = Draws(5);
    // Batches are taken in wide rows; narrow ones are fitted anew.
    for dimension in [20, 5] {
        let mut row = || (0..dimension).map(|_| draws.unit()).collect::<Vec<f64>>();
        let mut rows: Vec<Vec<f64>> = (0..600).map(|_| row()).collect();
        let batch: Vec<Vec<f64>> = (0..20).map(|_| row()).collect();
        let exact = Hdbscan::params(5).min_samples(4);
        let approximate = exact.search(Search::Approximate).check().unwrap();
        let mut fit = approximate.incremental(&matrix(&rows, dimension)).unwrap();
        fit.insert(&matrix(&batch, dimension)).unwrap();
        rows.extend(batch);
        is_fresh(fit.model(), &rows, dimension, exact.check().unwrap());
        assert_eq!(fit.model().stats().recall, None);
    }
}

#[test]
fn a_refused_batch_leaves_no_trace() {
    let params = Hdbscan::params(2).min_samples(1).check().unwrap();
    let mut model = params.incremental(&Array2::<f64>::zeros((0, 3))).unwrap();
    let refused = model.insert(&Array2::from_elem((2, 7), f64::NAN));
    assert!(matches!(refused, Err(HdbscanError::Rows(_))));
    assert!(model.is_empty() && model.insert(&Array2::zeros((2, 5))).is_ok());
    assert_eq!((model.len(), model.numbers().len()), (2, 10));
}
