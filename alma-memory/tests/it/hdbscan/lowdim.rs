//! Few dimensions: the tree that a k-d tree grows is the one of the definition, for any data and any number of threads.

use alma_memory::cluster::hdbscan::{Hdbscan, HdbscanParams, Kernel};
use linfa::{DatasetBase, traits::Fit};
use ndarray::Array2;
use proptest::prelude::*;

use super::{close, fit, grown, oracle, weights};

/// Blobs with noise, a lattice, few distinct rows, or rows on one line; in 1 to 12 dimensions.
fn data() -> impl Strategy<Value = Vec<Vec<f64>>> {
    (1..13_usize).prop_flat_map(|dimension| {
        let row = move |numbers: BoxedStrategy<f64>| proptest::collection::vec(numbers, dimension);
        let unit = || (-1.0..1.0_f64).boxed();
        let blobs = proptest::collection::vec((row(unit()), 0..4_u8), 0..45).prop_map(|rows| {
            let place = |(row, blob): (Vec<f64>, u8)| {
                let (scale, offset) = if blob == 3 {
                    (9.0, 0.0)
                } else {
                    (1.0, 6.0 * f64::from(blob))
                };
                row.iter().map(|x| x * scale + offset).collect()
            };
            rows.into_iter().map(place).collect()
        });
        let lattice = proptest::collection::vec(row((0..4_u8).prop_map(f64::from).boxed()), 0..45);
        let few = (
            proptest::collection::vec(row(unit()), 1..6),
            proptest::collection::vec(any::<prop::sample::Index>(), 0..45),
        )
            .prop_map(|(rows, picks)| picks.iter().map(|pick| pick.get(&rows).clone()).collect());
        let line =
            (row(unit()), proptest::collection::vec(-20..20_i8, 0..45)).prop_map(|(way, steps)| {
                let place = |step: &i8| way.iter().map(|x| x * f64::from(*step)).collect();
                steps.iter().map(place).collect()
            });
        prop_oneof![blobs, lattice, few, line]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn it_is_what_the_definition_says(
        rows in data(), smallest in 2..7_usize, neighbours in 1..8_usize, threads in 1..4_usize,
    ) {
        let model = fit(&rows, Hdbscan::params(smallest).min_samples(neighbours).threads(threads));
        let expected = oracle::cluster(&rows, smallest, neighbours, false, false);
        prop_assert!(close(&weights(&model), &expected.weights));
        // Rows on a line are as far apart as others but for the last digit, where the oracle adds in another order.
        if rows.first().is_none_or(|row| row.len() < 3) {
            prop_assert_eq!(model.labels(), &expected.labels[..]);
            prop_assert!(close(model.probabilities(), &expected.probabilities));
            prop_assert!(close(model.stabilities(), &expected.stabilities));
        }
    }
}

/// Numbers from -0.5 to 0.5.
fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    }
}

/// A number of a row, from its row, its column and noise.
type Place = fn(usize, usize, f64) -> f64;

/// Rows of every kind that trees of boxes find hard.
const KINDS: [(&str, Place); 10] = [
    ("noise", |_, _, x| x),
    ("clumps far apart", |row, column, x| {
        1e5 * ((row % 7) * (column + 1) % 5) as f64 + x
    }),
    ("clumps of all widths", |row, _, x| {
        (row % 9) as f64 + x * 0.4_f64.powi((row % 9) as i32)
    }),
    ("an offset", |_, _, x| 1e9 + x),
    ("columns of all sizes", |_, column, x| {
        x * 10_f64.powi(column as i32 * 2 - 8)
    }),
    ("rows of all sizes", |row, _, x| {
        x * 2_f64.powi((row % 600) as i32 - 300)
    }),
    ("a lattice", |_, _, x| (x * 9.0).round()),
    ("a line", |row, column, _| {
        ((row * 37 % 900) * (column + 1)) as f64
    }),
    ("few distinct rows", |row, column, _| {
        (row * (column + 3) % 5) as f64
    }),
    ("all equal", |_, column, _| column as f64),
];

fn rows(count: usize, dimension: usize, place: Place) -> Vec<Vec<f64>> {
    let mut unit = noise(dimension as u64 + 5);
    let mut row = |row| {
        (0..dimension)
            .map(|column| place(row, column, unit()))
            .collect()
    };
    (0..count).map(&mut row).collect()
}

fn bits(numbers: impl IntoIterator<Item = f64>) -> Vec<u64> {
    numbers.into_iter().map(f64::to_bits).collect()
}

/// All that a user sees of a model and that is a property of the data, to the bit.
fn seen(model: &Hdbscan) -> (Vec<Option<u32>>, [Vec<u64>; 4]) {
    let tree = model.spanning_tree();
    let mut lengths: Vec<(f64, f64)> = tree
        .iter()
        .map(|edge| (edge.weight, edge.distance))
        .collect();
    lengths.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    (
        model.labels().to_vec(),
        [
            bits(model.probabilities().iter().copied()),
            bits(model.stabilities().iter().copied()),
            bits(lengths.iter().map(|length| length.0)),
            bits(lengths.iter().map(|length| length.1)),
        ],
    )
}

/// Two searches that share nothing but the distance answer with the same bits.
#[test]
fn it_is_what_all_pairs_say() {
    for (at, (kind, place)) in KINDS.into_iter().enumerate() {
        for dimension in [1 + at % 3, 4 + at % 5, 9 + at % 4] {
            for neighbours in [1, 10] {
                let rows = rows(600, dimension, place);
                let params = Hdbscan::params(5).min_samples(neighbours);
                let model = fit(&rows, params);
                let all = fit(&rows, params.kernel(Kernel::Plain));
                assert_eq!(
                    seen(&model),
                    seen(&all),
                    "{kind}, {dimension}, {neighbours}"
                );
                assert!(
                    close(&weights(&model), &grown(&rows, neighbours)),
                    "{kind}, {dimension}, {neighbours}"
                );
            }
        }
    }
}

#[test]
fn any_number_of_neighbours_is_found() {
    for neighbours in [1, 15, 16, 17, 90, 299, 400] {
        let rows = rows(300, 3, KINDS[2].1);
        let params = Hdbscan::params(5).min_samples(neighbours);
        let all = fit(&rows, params.kernel(Kernel::Plain));
        assert_eq!(seen(&fit(&rows, params)), seen(&all), "{neighbours}");
    }
}

/// More rows, so that threads have their share of every batch.
#[test]
fn neither_threads_nor_the_order_of_rows_change_a_bit() {
    for (kind, place) in [KINDS[2], KINDS[6], KINDS[1]] {
        let rows = rows(6000, 2, place);
        let params = |threads| Hdbscan::params(8).threads(threads);
        let one = fit(&rows, params(1));
        for threads in [2, 3, 8] {
            let other = fit(&rows, params(threads));
            assert_eq!(seen(&one), seen(&other), "{kind}, {threads}");
            assert_eq!(
                one.spanning_tree(),
                other.spanning_tree(),
                "{kind}, {threads}"
            );
        }
        let mut order: Vec<usize> = (0..rows.len()).collect();
        let mut unit = noise(3);
        let keys: Vec<f64> = order.iter().map(|_| unit()).collect();
        order.sort_by(|&a, &b| keys[a].total_cmp(&keys[b]));
        let moved: Vec<Vec<f64>> = order.iter().map(|&row| rows[row].clone()).collect();
        let other = fit(&moved, params(2));
        let (ours, theirs) = (seen(&one).1, seen(&other).1);
        assert_eq!(ours[2..], theirs[2..], "{kind}");
        let mut partners = std::collections::BTreeMap::new();
        for (at, &row) in order.iter().enumerate() {
            assert_eq!(ours[0][row], theirs[0][at], "{kind}");
            let known = partners
                .entry(other.labels()[at])
                .or_insert(one.labels()[row]);
            assert_eq!(*known, one.labels()[row], "{kind}");
        }
    }
}

#[test]
fn single_precision_gives_what_its_numbers_mean() {
    let single = |params: HdbscanParams, rows: &[Vec<f64>]| {
        let numbers = rows.concat().into_iter().map(|x| x as f32).collect();
        let records: Array2<f32> =
            Array2::from_shape_vec((rows.len(), rows[0].len()), numbers).unwrap();
        params.fit(&DatasetBase::from(records)).unwrap()
    };
    for (kind, place) in [KINDS[0], KINDS[3], KINDS[6]] {
        let rows = rows(700, 5, place);
        let exact: Vec<Vec<f64>> = rows
            .iter()
            .map(|row| row.iter().map(|&x| f64::from(x as f32)).collect())
            .collect();
        let params = Hdbscan::params(6);
        assert_eq!(
            seen(&single(params, &rows)),
            seen(&fit(&exact, params)),
            "{kind}"
        );
    }
}
