//! HDBSCAN* is what its definition says, for any data and in any order of rows.

mod approximate;
mod distances;
mod edges;
mod incremental;
mod kernels;
mod lowdim;
mod oracle;
mod peer;
mod predict;
mod recall;
mod results;
mod stored;
mod stored_incremental;
mod threads;
mod watch;

use alma_memory::cluster::{
    Clusterer, Rows,
    hdbscan::{Hdbscan, HdbscanError, HdbscanParams, Metric, Selection},
};
use linfa::{DatasetBase, ParamGuard, traits::Fit};
use ndarray::{Array2, ShapeBuilder};
use proptest::prelude::*;

fn records(rows: &[Vec<f64>]) -> Array2<f64> {
    let dimension = rows.first().map_or(0, Vec::len);
    Array2::from_shape_vec((rows.len(), dimension), rows.concat()).unwrap()
}

fn fit(rows: &[Vec<f64>], params: HdbscanParams) -> Hdbscan {
    params.fit(&DatasetBase::from(records(rows))).unwrap()
}

fn weights(model: &Hdbscan) -> Vec<f64> {
    let mut weights: Vec<f64> = model
        .spanning_tree()
        .iter()
        .map(|edge| edge.weight)
        .collect();
    weights.sort_by(f64::total_cmp);
    weights
}

fn close(a: &[f64], b: &[f64]) -> bool {
    let near = |(x, y): (&f64, &f64)| (x - y).abs() <= 1e-12 * x.abs().max(y.abs());
    a.len() == b.len() && a.iter().zip(b).all(near)
}

/// Blobs with noise between them, or points of a small lattice with many equal rows.
fn data() -> impl Strategy<Value = Vec<Vec<f64>>> {
    let blobs = (1..5_usize, 2..4_usize).prop_flat_map(|(dimension, blobs)| {
        let row = move || proptest::collection::vec(-1.0..1.0_f64, dimension);
        let centres = proptest::collection::vec(row(), blobs);
        (
            centres,
            proptest::collection::vec((row(), 0..blobs + 1), 0..45),
        )
            .prop_map(|(centres, rows)| {
                let place = |(row, blob): (Vec<f64>, usize)| match centres.get(blob) {
                    Some(centre) => row.iter().zip(centre).map(|(x, c)| x + 8.0 * c).collect(),
                    None => row.iter().map(|x| 12.0 * x).collect(),
                };
                rows.into_iter().map(place).collect()
            })
    });
    let lattice = (1..4_usize, 2..6_u8).prop_flat_map(|(dimension, side)| {
        let row = proptest::collection::vec((0..side).prop_map(f64::from), dimension);
        proptest::collection::vec(row, 0..45)
    });
    prop_oneof![blobs, lattice]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn it_is_what_the_definition_says(
        rows in data(), smallest in 2..7_usize, neighbours in 1..6_usize,
        leaf in any::<bool>(), single in any::<bool>(),
    ) {
        let selection = if leaf { Selection::Leaf } else { Selection::ExcessOfMass };
        let params = Hdbscan::params(smallest)
            .min_samples(neighbours)
            .selection(selection)
            .allow_single_cluster(single);
        let model = fit(&rows, params);
        let expected = oracle::cluster(&rows, smallest, neighbours, leaf, single);
        prop_assert!(close(&weights(&model), &expected.weights));
        prop_assert_eq!(model.labels(), &expected.labels[..]);
        prop_assert!(close(model.probabilities(), &expected.probabilities));
        prop_assert!(close(model.stabilities(), &expected.stabilities));
    }

    #[test]
    fn the_order_of_rows_changes_no_bit(
        rows in data(), smallest in 2..7_usize, neighbours in 1..6_usize, seed in any::<u64>(),
    ) {
        let params = Hdbscan::params(smallest).min_samples(neighbours);
        let model = fit(&rows, params);
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|&row| (row as u64 + 1).wrapping_mul(seed | 1).rotate_left(17) ^ seed);
        let moved: Vec<Vec<f64>> = order.iter().map(|&row| rows[row].clone()).collect();
        let other = fit(&moved, params);
        for (at, &row) in order.iter().enumerate() {
            prop_assert_eq!(model.probabilities()[row].to_bits(), other.probabilities()[at].to_bits());
            for (to, &second) in order.iter().enumerate() {
                let together = model.labels()[row] == model.labels()[second];
                prop_assert_eq!(together, other.labels()[at] == other.labels()[to]);
            }
        }
        let (mut ours, mut theirs) = (model.stabilities().to_vec(), other.stabilities().to_vec());
        ours.sort_by(f64::total_cmp);
        theirs.sort_by(f64::total_cmp);
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn a_relabelled_tree_is_a_fresh_fit(rows in data(), first in 2..7_usize, second in 2..7_usize) {
        let params = |smallest| Hdbscan::params(smallest).min_samples(3);
        let again = fit(&rows, params(first)).relabel(&params(second)).unwrap();
        let fresh = fit(&rows, params(second));
        prop_assert_eq!(again.labels(), fresh.labels());
        prop_assert_eq!(again.probabilities(), fresh.probabilities());
    }
}

/// Two clumps of 60 rows of 4 numbers.
fn two_clumps() -> Vec<Vec<f64>> {
    let mut state = 7_u64;
    let mut unit = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    let mut row = |centre: f64| (0..4).map(|_| centre + unit()).collect::<Vec<_>>();
    (0..120)
        .map(|at| row(if at % 2 == 0 { 0.0 } else { 9.0 }))
        .collect()
}

#[test]
fn a_thing_may_be_of_any_size() {
    let rows = two_clumps();
    let expected = fit(&rows, Hdbscan::params(10));
    assert_eq!(expected.stabilities().len(), 2);
    for power in [-1060, -664, -498, 3, 498, 664, 1015] {
        let scale = 2.0_f64.powi(power / 2) * 2.0_f64.powi(power - power / 2);
        let scaled: Vec<Vec<f64>> = rows
            .iter()
            .map(|row| row.iter().map(|x| x * scale).collect())
            .collect();
        let model = fit(&scaled, Hdbscan::params(10));
        assert_eq!(model.labels(), expected.labels(), "2^{power}");
        if power > -1000 {
            // Below that the rows themselves lose digits.
            assert_eq!(model.probabilities(), expected.probabilities(), "2^{power}");
        }
        assert!(weights(&model).iter().all(|weight| weight.is_finite()));
    }
}

#[test]
fn numbers_that_are_none_are_named() {
    let mut rows = two_clumps();
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        rows[17][2] = bad;
        let records = Array2::from_shape_vec((120, 4), rows.concat()).unwrap();
        let error = Hdbscan::params(10)
            .fit(&DatasetBase::from(records))
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot cluster: row 17, column 2 is not finite"
        );
    }
}

#[test]
fn wrong_parameters_are_refused() {
    assert!(matches!(
        Hdbscan::params(1).check(),
        Err(HdbscanError::MinClusterSize(1))
    ));
    assert!(matches!(
        Hdbscan::params(5).min_samples(0).check(),
        Err(HdbscanError::MinSamples(0))
    ));
}

#[test]
fn few_and_equal_rows_are_no_trouble() {
    let params = Hdbscan::params(10);
    assert!(fit(&[], params).labels().is_empty());
    assert_eq!(fit(&[vec![1.0]], params).labels(), [None]);
    assert_eq!(fit(&vec![vec![]; 3], params).labels(), [None; 3]);
    let few = fit(&[vec![1.0], vec![2.0], vec![3.0]], params);
    assert_eq!(
        (few.labels(), few.spanning_tree().len()),
        (&[None; 3][..], 2)
    );

    let equal = vec![vec![3.0, 4.0]; 50];
    assert_eq!(fit(&equal, params).labels(), [None; 50]);
    let one = fit(&equal, params.allow_single_cluster(true));
    assert_eq!(
        (one.labels(), one.probabilities()),
        (&[Some(0); 50][..], &[1.0; 50][..])
    );

    let mut piles = vec![vec![3.0, 4.0]; 30];
    piles.extend(vec![vec![5.0, 4.0]; 30]);
    let two = fit(&piles, params);
    assert_eq!(two.stabilities().len(), 2);
    assert_eq!(two.probabilities(), [1.0; 60]);
    assert_eq!(two.labels()[..30], [Some(0); 30]);
    assert_eq!(two.labels()[30..], [Some(1); 30]);

    let mut pile = two_clumps();
    let row = pile[0].clone();
    pile.extend(vec![row; 29]);
    let model = fit(&pile, params);
    assert!(
        model
            .stabilities()
            .iter()
            .all(|stability| stability.is_finite())
    );
    assert!(
        model.labels()[120..]
            .iter()
            .all(|label| *label == model.labels()[0])
    );
}

#[test]
fn one_clump_is_one_cluster_when_that_is_allowed() {
    let rows: Vec<Vec<f64>> = two_clumps().into_iter().step_by(2).collect();
    let one = fit(&rows, Hdbscan::params(10).allow_single_cluster(true));
    assert_eq!(one.stabilities().len(), 1);
    let graded = one.probabilities().iter().any(|&p| p > 0.0 && p < 1.0);
    assert!(graded);
}

#[test]
fn a_row_of_zeros_has_no_direction() {
    let mut rows: Vec<Vec<f64>> = two_clumps();
    for row in &mut rows {
        row[0] += 5.0;
    }
    let plain = fit(&rows, Hdbscan::params(10).metric(Metric::Cosine));
    assert_eq!(plain.stabilities().len(), 2);
    rows.insert(3, vec![0.0; 4]);
    let model = fit(&rows, Hdbscan::params(10).metric(Metric::Cosine));
    assert_eq!((model.labels()[3], model.probabilities()[3]), (None, 0.0));
    let mut others = model.labels().to_vec();
    others.remove(3);
    assert_eq!(others, plain.labels());
    assert!(
        model
            .spanning_tree()
            .iter()
            .all(|edge| edge.from != 3 && edge.to != 3)
    );
    // The length of a row changes no direction.
    for (at, row) in rows.iter_mut().enumerate() {
        row.iter_mut()
            .for_each(|x| *x *= 2.0_f64.powi((at % 9) as i32 * 60 - 240));
    }
    let scaled = fit(&rows, Hdbscan::params(10).metric(Metric::Cosine));
    assert_eq!(scaled.probabilities(), model.probabilities());
}

#[test]
fn any_layout_of_memory_is_taken() {
    let rows = two_clumps();
    let expected = fit(&rows, Hdbscan::params(10));
    let columns = Array2::from_shape_fn((120, 4).f(), |(row, column)| rows[row][column]);
    let model = Hdbscan::params(10)
        .fit(&DatasetBase::from(columns.view()))
        .unwrap();
    assert_eq!(model.probabilities(), expected.probabilities());
    let wide = Array2::from_shape_fn((240, 8), |(row, column)| rows[row / 2][column / 2]);
    let strided = wide.slice(ndarray::s![..;2, ..;2]);
    let model = Hdbscan::params(10)
        .fit(&DatasetBase::from(strided))
        .unwrap();
    assert_eq!(model.probabilities(), expected.probabilities());
}

/// Sums of products of eight bits once left 32 bits in rows wider than 133,000.
#[test]
fn a_row_may_be_of_any_width() {
    // Two opposite patterns, so that the mean is zero and every code the largest.
    let sign = |at: usize| if at.is_multiple_of(2) { 1.0 } else { -1.0 };
    let wide = |row: usize| {
        (0..140_000)
            .map(|column| sign(row) * sign(column / 7))
            .collect()
    };
    let mut rows: Vec<Vec<f64>> = (0..8).map(wide).collect();
    for (at, row) in rows.iter_mut().enumerate() {
        row[at] += 1e-3 * at as f64;
    }
    let model = fit(&rows, Hdbscan::params(3).min_samples(2));
    assert!(close(&weights(&model), &grown(&rows, 2)));
    assert_eq!(model.labels()[..2], [Some(0), Some(1)]);
}

#[test]
fn single_precision_gives_what_its_numbers_mean() {
    let rows: Vec<f32> = two_clumps().concat().iter().map(|&x| x as f32).collect();
    let exact: Vec<Vec<f64>> = rows
        .chunks(4)
        .map(|row| row.iter().map(|&x| f64::from(x)).collect())
        .collect();
    let expected = fit(&exact, Hdbscan::params(10));
    let records = Array2::from_shape_vec((120, 4), rows.clone()).unwrap();
    let model = Hdbscan::params(10)
        .fit(&DatasetBase::from(records))
        .unwrap();
    assert_eq!(model.probabilities(), expected.probabilities());
    assert_eq!(weights(&model), weights(&expected));
    // Behind the seam of the memory it is the same.
    let rows = Rows::new(&rows, 4).unwrap();
    let params = Hdbscan::params(2).min_samples(10).check().unwrap();
    assert_eq!(params.cluster(&rows, 10).unwrap(), expected.labels());
}

/// The weights of a minimum spanning tree, ascending, by growing it row by row (Prim) over all pairs.
fn grown(rows: &[Vec<f64>], neighbours: usize) -> Vec<f64> {
    let n = rows.len();
    let distance = |a: usize, b: usize| {
        let squares = rows[a].iter().zip(&rows[b]).map(|(x, y)| (x - y) * (x - y));
        squares.sum::<f64>().sqrt()
    };
    let core: Vec<f64> = (0..n)
        .map(|row| {
            let others = (0..n).filter(|&other| other != row);
            let mut all: Vec<f64> = others.map(|other| distance(row, other)).collect();
            all.sort_by(f64::total_cmp);
            all[neighbours - 1]
        })
        .collect();
    let mut nearest = vec![f64::INFINITY; n];
    let mut outside: Vec<usize> = (1..n).collect();
    let (mut joined, mut weights) = (0, Vec::new());
    while !outside.is_empty() {
        for &row in &outside {
            let weight = distance(joined, row).max(core[joined]).max(core[row]);
            nearest[row] = nearest[row].min(weight);
        }
        let best =
            (0..outside.len()).min_by(|&a, &b| nearest[outside[a]].total_cmp(&nearest[outside[b]]));
        joined = outside.swap_remove(best.unwrap());
        weights.push(nearest[joined]);
    }
    weights.sort_by(f64::total_cmp);
    weights
}

/// A number of a row, from its row, its column and noise.
type Place = fn(usize, usize, f64) -> f64;

/// What bounds rule out has to be ruled out: rows in many blocks, of every kind that makes bounds poor.
#[test]
fn the_tree_is_the_lightest_for_hard_rows_too() {
    let mut state = 11_u64;
    let mut unit = move || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    let kinds: [(&str, usize, Place); 7] = [
        ("noise", 70, |_, _, x| x),
        ("clumps far apart", 5, |row, _, x| {
            1e4 * (row % 7) as f64 + 1e-3 * x
        }),
        ("an offset", 65, |_, _, x| 1e7 + x),
        ("columns of all sizes", 9, |_, column, x| {
            x * 10_f64.powi(column as i32 * 2 - 8)
        }),
        ("rows of all sizes", 6, |row, _, x| {
            x * 10_f64.powi((row % 13) as i32 - 6)
        }),
        ("a lattice", 3, |_, _, x| (x * 9.0).round()),
        ("few distinct rows", 2, |row, column, _| {
            (row * (column + 3) % 5) as f64
        }),
    ];
    for (kind, dimension, place) in kinds {
        let rows: Vec<Vec<f64>> = (0..300)
            .map(|row| {
                (0..dimension)
                    .map(|column| place(row, column, unit()))
                    .collect()
            })
            .collect();
        for neighbours in [1, 5, 40] {
            let model = fit(&rows, Hdbscan::params(5).min_samples(neighbours));
            assert!(
                close(&weights(&model), &grown(&rows, neighbours)),
                "{kind}, {neighbours}"
            );
        }
    }
}
