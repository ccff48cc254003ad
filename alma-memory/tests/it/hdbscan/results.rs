//! What a model tells beyond labels holds together, and depends on no order of rows.

use alma_memory::cluster::hdbscan::{Hdbscan, HdbscanError, Metric, Missing, Selection};
use linfa::ParamGuard;
use proptest::prelude::*;

use super::{data, fit, two_clumps};

/// Numbers by the rows of the first order, of a model of the same rows in another one.
fn back<T: Clone>(moved: &[T], order: &[usize]) -> Vec<T> {
    let mut out = moved.to_vec();
    for (at, &row) in order.iter().enumerate() {
        out[row] = moved[at].clone();
    }
    out
}

fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

fn sorted(mut numbers: Vec<f64>) -> Vec<u64> {
    numbers.sort_by(f64::total_cmp);
    bits(&numbers)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_order_of_rows_changes_no_result(
        rows in data(), smallest in 2..7_usize, neighbours in 1..6_usize, seed in any::<u64>(),
        epsilon in prop_oneof![Just(0.0), Just(1.0), 0.0..4.0_f64], largest in 7..30_usize,
        leaf in any::<bool>(), single in any::<bool>(),
    ) {
        let selection = if leaf { Selection::Leaf } else { Selection::ExcessOfMass };
        let params = Hdbscan::params(smallest)
            .min_samples(neighbours)
            .selection(selection)
            .allow_single_cluster(single)
            .cluster_selection_epsilon(epsilon)
            .max_cluster_size(largest);
        let model = fit(&rows, params);
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|&row| (row as u64 + 1).wrapping_mul(seed | 1).rotate_left(17) ^ seed);
        let moved: Vec<Vec<f64>> = order.iter().map(|&row| rows[row].clone()).collect();
        let other = fit(&moved, params);
        prop_assert_eq!(bits(model.probabilities()), bits(&back(other.probabilities(), &order)));
        prop_assert_eq!(bits(&model.outlier_scores()), bits(&back(&other.outlier_scores(), &order)));
        let labels = back(other.labels(), &order);
        let clusters = model.stabilities().len();
        prop_assert_eq!(clusters, other.stabilities().len());
        for cluster in 0..clusters as u32 {
            let first = model.labels().iter().position(|&label| label == Some(cluster)).unwrap();
            let named = labels[first].unwrap();
            let members = |labels: &[Option<u32>], name| -> Vec<bool> {
                labels.iter().map(|&label| label == Some(name)).collect()
            };
            prop_assert_eq!(members(model.labels(), cluster), members(&labels, named));
            let mut theirs: Vec<u32> =
                other.exemplars(named).iter().map(|&at| order[at as usize] as u32).collect();
            theirs.sort_unstable();
            prop_assert_eq!(model.exemplars(cluster), theirs);
        }
        let lambdas = |model: &Hdbscan| {
            sorted(model.condensed_tree().iter().map(|line| line.lambda_val).collect())
        };
        prop_assert_eq!(lambdas(&model), lambdas(&other));
        let merges = |model: &Hdbscan| {
            sorted(model.single_linkage().iter().map(|merge| merge.distance).collect())
        };
        prop_assert_eq!(merges(&model), merges(&other));
        prop_assert!(model.outlier_scores().iter().all(|score| (0.0..=1.0).contains(score)));
        prop_assert!((-1.0..=1.0).contains(&model.relative_validity()));
    }

    #[test]
    fn trees_hold_every_row_once(rows in data(), smallest in 2..7_usize) {
        let model = fit(&rows, Hdbscan::params(smallest).min_samples(2));
        let n = rows.len() as u32;
        let tree = model.condensed_tree();
        let mut leaves: Vec<u32> =
            tree.iter().filter(|line| line.child < n).map(|line| line.child).collect();
        leaves.sort_unstable();
        prop_assert!(leaves.len() < 2 || leaves.into_iter().eq(0..n));
        for cluster in tree.iter().filter(|line| line.child >= n) {
            let below: u32 = tree
                .iter()
                .filter(|line| line.parent == cluster.child)
                .map(|line| line.child_size)
                .sum();
            prop_assert_eq!(below, cluster.child_size);
            prop_assert!(cluster.parent < cluster.child && below as usize >= smallest);
        }
        let merges = model.single_linkage();
        prop_assert_eq!(merges.len(), rows.len().saturating_sub(1));
        let mut children: Vec<u32> =
            merges.iter().flat_map(|merge| [merge.left_child, merge.right_child]).collect();
        children.sort_unstable();
        prop_assert!(merges.is_empty() || children.into_iter().eq(0..2 * n - 2));
        prop_assert!(merges.is_empty() || merges[merges.len() - 1].size == n);
    }
}

#[test]
fn layers_are_fits_of_their_sizes() {
    let rows = two_clumps();
    let model = fit(&rows, Hdbscan::params(10));
    let layers = model.layers(&[2, 10, 30, 61]).unwrap();
    for layer in &layers {
        let fresh = fit(
            &rows,
            Hdbscan::params(layer.min_cluster_size).min_samples(10),
        );
        assert_eq!(layer.labels, fresh.labels());
        assert_eq!(layer.probabilities, fresh.probabilities());
        assert_eq!(layer.stabilities, fresh.stabilities());
    }
    assert!(matches!(
        model.layers(&[5, 1]),
        Err(HdbscanError::MinClusterSize(1))
    ));
}

#[test]
fn labels_are_had_in_scikit_learns_manner() {
    let mut rows = two_clumps();
    rows.push(vec![90.0; 4]);
    let labels = fit(&rows, Hdbscan::params(10)).sklearn_labels();
    assert_eq!((labels[0], labels[1], labels[120]), (0, 1, -1));
}

#[test]
fn rows_with_missing_numbers_may_be_noise() {
    let mut rows = two_clumps();
    for row in &mut rows {
        row[0] += 5.0;
    }
    for metric in [Metric::Euclidean, Metric::Cosine] {
        let params = Hdbscan::params(10).metric(metric);
        let whole = fit(&rows, params);
        let mut torn = rows.clone();
        torn.insert(0, vec![0.0, f64::NAN, 1.0, 2.0]);
        torn.insert(50, vec![f64::INFINITY; 4]);
        torn.push(vec![1.0, 2.0, 3.0, f64::NEG_INFINITY]);
        let model = fit(&torn, params.missing(Missing::Noise));
        let kept = |row: &usize| ![0, 50, 122].contains(row);
        let places: Vec<usize> = (0..123).filter(kept).collect();
        assert_eq!(
            places
                .iter()
                .map(|&row| model.labels()[row])
                .collect::<Vec<_>>(),
            whole.labels()
        );
        assert_eq!(
            places
                .iter()
                .map(|&row| model.probabilities()[row])
                .collect::<Vec<_>>(),
            whole.probabilities()
        );
        for row in [0, 50, 122] {
            assert_eq!(
                (model.labels()[row], model.probabilities()[row]),
                (None, 0.0)
            );
            assert_eq!(model.outlier_scores()[row], 1.0);
        }
        assert_eq!((model.stats().rows, model.stats().missing), (123, 3));
        assert!(
            model
                .spanning_tree()
                .iter()
                .all(|edge| kept(&(edge.from as usize)))
        );
        assert!(
            model
                .condensed_tree()
                .iter()
                .all(|line| kept(&(line.child as usize)))
        );
    }
    let none = vec![vec![f64::NAN; 3]; 12];
    let model = fit(&none, Hdbscan::params(5).missing(Missing::Noise));
    assert_eq!(
        (model.labels(), model.stats().missing),
        (&[None; 12][..], 12)
    );
}

#[test]
fn rows_without_a_direction_are_counted() {
    let mut rows = two_clumps();
    rows[7] = vec![0.0; 4];
    assert_eq!(
        fit(&rows, Hdbscan::params(10).metric(Metric::Cosine))
            .stats()
            .directionless,
        1
    );
    assert_eq!(fit(&rows, Hdbscan::params(10)).stats().directionless, 0);
}

#[test]
fn epsilon_and_the_largest_size_are_checked() {
    for epsilon in [f64::NAN, -1.0, f64::INFINITY] {
        let params = Hdbscan::params(5).cluster_selection_epsilon(epsilon);
        assert!(
            matches!(params.check(), Err(HdbscanError::Epsilon(_))),
            "{epsilon}"
        );
    }
    assert!(matches!(
        Hdbscan::params(5).max_cluster_size(4).check(),
        Err(HdbscanError::MaxClusterSize {
            largest: 4,
            smallest: 5
        })
    ));
    assert!(Hdbscan::params(5).max_cluster_size(5).check().is_ok());
}

#[test]
fn units_of_length_change_no_choice() {
    let rows = two_clumps();
    for power in [0, -700, 900] {
        let scale = 2.0_f64.powi(power);
        let scaled: Vec<Vec<f64>> = rows
            .iter()
            .map(|row| row.iter().map(|x| x * scale).collect())
            .collect();
        let fit = |epsilon: f64| {
            fit(
                &scaled,
                Hdbscan::params(10)
                    .allow_single_cluster(true)
                    .cluster_selection_epsilon(epsilon * scale),
            )
        };
        assert_eq!(fit(1.0).stabilities().len(), 2, "2^{power}");
        assert_eq!(fit(40.0).stabilities().len(), 1, "2^{power}");
        let model = fit(1.0);
        let top = model.single_linkage()[118].distance;
        assert_eq!(model.condensed_tree()[0].lambda_val, 1.0 / top, "2^{power}");
    }
    // λ itself may be too large for a number.
    let tiny: Vec<Vec<f64>> = rows
        .iter()
        .map(|row| row.iter().map(|x| x * 1e-310).collect())
        .collect();
    let model = fit(&tiny, Hdbscan::params(10));
    assert!(
        model
            .stabilities()
            .iter()
            .all(|stability| stability.is_finite())
    );
    assert!(
        model
            .condensed_tree()
            .iter()
            .all(|line| line.lambda_val.is_finite())
    );
}
