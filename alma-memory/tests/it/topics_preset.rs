//! Topics are those that were planted, whatever the order of rows.

use alma_memory::cluster::{
    ClusterError, Noise, Topics, TopicsError, TopicsParams,
    hdbscan::{HdbscanError, Kernel},
};
use linfa::{
    DatasetBase,
    traits::{Fit, Predict},
};
use ndarray::{Array1, Array2, ShapeBuilder};
use proptest::prelude::*;

/// Numbers that come one after another from a seed.
struct Coins(u64);

impl Coins {
    fn uniform(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Normal, by Box and Muller.
    fn normal(&mut self) -> f64 {
        let (radius, angle) = (self.uniform(), self.uniform());
        (-2.0 * radius.ln()).sqrt() * (angle * std::f64::consts::TAU).cos()
    }

    fn direction(&mut self, dimension: usize) -> Vec<f64> {
        let row: Vec<f64> = (0..dimension).map(|_| self.normal()).collect();
        let norm = row.iter().map(|x| x * x).sum::<f64>().sqrt();
        row.iter().map(|x| x / norm).collect()
    }
}

/// Rows around as many directions as there are sizes, and which of them each is around; `spread` is
/// the length of what is added to a direction.
fn planted(sizes: &[usize], dimension: usize, spread: f64, seed: u64) -> (Array2<f32>, Vec<usize>) {
    let mut coins = Coins(seed);
    let mut rows = Vec::new();
    let mut truth = Vec::new();
    for (topic, &size) in sizes.iter().enumerate() {
        let centre = coins.direction(dimension);
        for _ in 0..size {
            let noise = coins.direction(dimension);
            rows.extend(
                centre
                    .iter()
                    .zip(noise)
                    .map(|(c, x)| (c + spread * x) as f32),
            );
            truth.push(topic);
        }
    }
    (
        Array2::from_shape_vec((truth.len(), dimension), rows).unwrap(),
        truth,
    )
}

fn fit(rows: &Array2<f32>, params: TopicsParams) -> Topics {
    params.fit(&DatasetBase::from(rows.view())).unwrap()
}

/// The part of pairs of rows that two partitions agree on, noise being a group.
fn agreement<A: PartialEq, B: PartialEq>(a: &[A], b: &[B]) -> f64 {
    let mut agreed = 0_usize;
    for i in 0..a.len() {
        agreed += (0..i).filter(|&j| (a[i] == a[j]) == (b[i] == b[j])).count();
    }
    agreed as f64 / (a.len() * (a.len() - 1) / 2) as f64
}

#[test]
fn planted_topics_are_found() {
    for (seed, sizes) in [
        (1, vec![40; 12]),
        (2, vec![30, 60, 120, 25, 90]),
        (3, vec![200, 200]),
        (4, vec![25; 30]),
    ] {
        let (rows, truth) = planted(&sizes, 48, 0.9, seed);
        for noise in [Noise::Assign, Noise::Keep] {
            let topics = fit(&rows, Topics::params().noise(noise));
            let agreement = agreement(topics.labels(), &truth);
            assert!(agreement > 0.995, "{noise:?}: {sizes:?} {agreement}");
            assert_eq!(topics.len(), sizes.len(), "{noise:?}: {sizes:?}");
        }
    }
}

#[test]
fn noise_between_topics_is_left_by_choice() {
    let (mut rows, mut truth) = planted(&[50; 8], 64, 0.7, 5);
    let mut coins = Coins(6);
    let noise: Vec<f32> = (0..200)
        .flat_map(|_| coins.direction(64))
        .map(|x| x as f32)
        .collect();
    rows.append(
        ndarray::Axis(0),
        Array2::from_shape_vec((200, 64), noise).unwrap().view(),
    )
    .unwrap();
    truth.extend([8; 200]);
    let kept = fit(&rows, Topics::params().noise(Noise::Keep));
    assert_eq!(kept.len(), 8);
    let agreement_kept = agreement(kept.labels(), &truth);
    assert!(agreement_kept > 0.95, "{agreement_kept}");
    let assigned = fit(&rows, Topics::params());
    assert!(assigned.labels().iter().all(Option::is_some));
    assert!(agreement(&assigned.labels()[..400], &truth[..400]) > 0.98);
}

#[test]
fn where_there_are_no_topics_none_are_made_up() {
    let (rows, _) = planted(&[1; 600], 64, 0.0, 7);
    let kept = fit(&rows, Topics::params().noise(Noise::Keep));
    assert!(kept.is_empty());
    assert!(kept.labels().iter().all(Option::is_none));
    let assigned = fit(&rows, Topics::params());
    assert_eq!(assigned.sizes(), [600]);
    assert!(assigned.strengths().iter().all(|&strength| strength == 0.0));
}

#[test]
fn a_lower_resolution_gives_no_more_topics() {
    let (rows, _) = planted(&[30; 16], 32, 1.1, 8);
    let count = |resolution| fit(&rows, Topics::params().resolution(resolution)).len();
    let counts = [0.1, 0.5, 1.0, 4.0].map(count);
    assert!(counts.is_sorted(), "{counts:?}");
    assert!(counts[0] < counts[3], "{counts:?}");
}

#[test]
fn hard_rows() {
    let none = fit(&Array2::zeros((0, 4)), Topics::params());
    assert!(none.is_empty() && none.labels().is_empty());
    assert_eq!(
        fit(&Array2::zeros((3, 0)), Topics::params()).labels(),
        [None; 3]
    );
    // Fewer rows than a topic has.
    assert_eq!(
        fit(&Array2::ones((1, 4)), Topics::params()).labels(),
        [None]
    );
    let single = Topics::params().min_topic_size(1);
    assert_eq!(fit(&Array2::ones((1, 4)), single).labels(), [Some(0)]);
    // Equal rows and zeros have no direction of their own.
    for rows in [
        Array2::ones((50, 4)),
        Array2::zeros((50, 4)),
        Array2::from_elem((7, 1), 2.0),
    ] {
        let assigned = fit(&rows, Topics::params());
        assert_eq!(assigned.sizes(), [rows.nrows()]);
        let kept = fit(&rows, Topics::params().noise(Noise::Keep));
        assert!(kept.is_empty());
    }
    // Two piles, also along one column.
    for dimension in [1, 3] {
        let piles = Array2::from_shape_fn((80, dimension), |(row, column)| {
            if column > 0 {
                0.0
            } else if row % 2 == 0 {
                1.0
            } else {
                -1.0
            }
        });
        let topics = fit(&piles, Topics::params());
        assert_eq!(topics.sizes(), [40, 40]);
        assert_eq!(topics.strengths(), [1.0; 80]);
    }
    // A row of zeros among others goes to the largest topic, or to none.
    let (mut rows, _) = planted(&[60, 30], 16, 0.4, 9);
    rows.row_mut(0).fill(0.0);
    let assigned = fit(&rows, Topics::params());
    assert_eq!(assigned.labels()[0], assigned.labels()[1]);
    assert_eq!(
        fit(&rows, Topics::params().noise(Noise::Keep)).labels()[0],
        None
    );
    // Any length of rows, in f32 and f64.
    let expected = fit(&rows, Topics::params());
    let large = rows.mapv(|x| x * 1e30);
    assert_eq!(fit(&large, Topics::params()).labels(), expected.labels());
    let tiny = rows.mapv(|x| f64::from(x) * 1e-300);
    let topics = Topics::params().fit(&DatasetBase::from(tiny)).unwrap();
    assert_eq!(topics.labels(), expected.labels());
    // Any layout.
    let columns = Array2::from_shape_vec(
        (rows.nrows(), rows.ncols()).f(),
        rows.t().iter().copied().collect(),
    )
    .unwrap();
    assert_eq!(fit(&columns, Topics::params()).labels(), expected.labels());
}

#[test]
fn what_is_wrong_is_said() {
    let (mut rows, _) = planted(&[10, 10], 4, 0.1, 10);
    let refused = |params: TopicsParams, rows: &Array2<f32>| {
        params.fit(&DatasetBase::from(rows.view())).unwrap_err()
    };
    let params = Topics::params();
    assert!(matches!(
        refused(params.min_topic_size(0), &rows),
        TopicsError::MinTopicSize(0)
    ));
    assert!(matches!(
        refused(params.neighbours(1), &rows),
        TopicsError::Neighbours(1)
    ));
    for resolution in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(
            refused(params.resolution(resolution), &rows),
            TopicsError::Resolution(_)
        ));
    }
    let topics = fit(&rows, params);
    assert!(matches!(
        topics.assign(&Array2::<f32>::zeros((1, 5))),
        Err(TopicsError::Dimension {
            expected: 4,
            found: 5
        })
    ));
    rows[[7, 2]] = f32::NAN;
    assert!(matches!(
        refused(params, &rows),
        TopicsError::Rows(ClusterError::NotFinite { row: 7, column: 2 })
    ));
}

#[test]
fn new_rows_go_where_the_fit_would_put_them() {
    let (rows, truth) = planted(&[40; 6], 32, 0.8, 11);
    for noise in [Noise::Assign, Noise::Keep] {
        let topics = fit(&rows, Topics::params().noise(noise));
        let (labels, strengths) = topics.assign(&rows).unwrap();
        assert_eq!(labels, topics.labels());
        assert_eq!(strengths, topics.strengths());
        let (others, _) = planted(&[40; 6], 32, 0.7, 11);
        let predicted: Array1<Option<u32>> = topics.predict(&others);
        let predicted = predicted.to_vec();
        assert!(agreement(&predicted, &truth) > 0.99, "{noise:?}");
    }
    let topics = fit(&rows, Topics::params());
    let centroids = topics.centroids();
    assert_eq!(centroids.dim(), (6, 32));
    let (labels, _) = topics.assign(centroids).unwrap();
    assert_eq!(labels, (0..6).map(Some).collect::<Vec<_>>());
    let odd = ndarray::array![[f32::NAN], [0.0]];
    let odd = odd.broadcast((2, 32)).unwrap().to_owned();
    assert_eq!(topics.assign(&odd).unwrap().0[0], None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// To the bit, with equal rows among them, for any kernel and number of threads.
    #[test]
    fn the_order_of_rows_changes_nothing(
        seed in any::<u64>(), sizes in proptest::collection::vec(1..60_usize, 1..7),
        spread in 0.2..1.6, copies in 0..40_usize, keep in any::<bool>(), threads in 1..4_usize,
    ) {
        let (mut rows, _) = planted(&sizes, 12, spread, seed);
        let mut coins = Coins(seed ^ 1);
        for _ in 0..copies {
            let of = (coins.uniform() * rows.nrows() as f64) as usize;
            let copy = rows.row(of).to_owned();
            rows.push_row(copy.view()).unwrap();
        }
        let n = rows.nrows();
        let noise = if keep { Noise::Keep } else { Noise::Assign };
        let params = Topics::params().noise(noise);
        let expected = fit(&rows, params);
        let mut order: Vec<usize> = (0..n).collect();
        for at in (1..n).rev() {
            order.swap(at, (coins.uniform() * (at + 1) as f64) as usize);
        }
        let mixed = rows.select(ndarray::Axis(0), &order);
        for kernel in [Kernel::Auto, Kernel::Plain, Kernel::Avx2, Kernel::Vnni] {
            let params = params.kernel(kernel).threads(threads);
            let found = match params.fit(&DatasetBase::from(mixed.view())) {
                Err(TopicsError::Search(HdbscanError::Kernel(_))) => continue,
                found => found.unwrap(),
            };
            let mut numbers = vec![None; expected.len()];
            prop_assert_eq!(found.len(), expected.len());
            prop_assert_eq!(found.resolution().to_bits(), expected.resolution().to_bits());
            for (&of, (label, strength)) in
                order.iter().zip(found.labels().iter().zip(found.strengths()))
            {
                prop_assert_eq!(strength.to_bits(), expected.strengths()[of].to_bits());
                prop_assert_eq!(label.is_some(), expected.labels()[of].is_some());
                if let (Some(label), Some(other)) = (label, expected.labels()[of]) {
                    prop_assert_eq!(*numbers[other as usize].get_or_insert(*label), *label);
                }
            }
            for (other, label) in numbers.into_iter().enumerate() {
                let label = label.unwrap() as usize;
                prop_assert_eq!(found.sizes()[label], expected.sizes()[other]);
                prop_assert_eq!(found.centroids().row(label), expected.centroids().row(other));
                let (a, b) = (found.stabilities()[label], expected.stabilities()[other]);
                prop_assert_eq!(a.to_bits(), b.to_bits());
            }
        }
    }

    #[test]
    fn every_row_is_assigned_and_equal_rows_alike(
        seed in any::<u64>(), sizes in proptest::collection::vec(1..40_usize, 1..9),
        spread in 0.0..2.0, dimension in 1..20_usize, smallest in 1..12_usize,
    ) {
        let (mut rows, _) = planted(&sizes, dimension, spread, seed);
        let copy = rows.row(0).to_owned();
        rows.push_row(copy.view()).unwrap();
        let n = rows.nrows();
        for noise in [Noise::Assign, Noise::Keep] {
            let topics = fit(&rows, Topics::params().noise(noise).min_topic_size(smallest));
            prop_assert_eq!(topics.labels()[0], topics.labels()[n - 1]);
            if noise == Noise::Assign {
                prop_assert!(n < smallest || topics.labels().iter().all(Option::is_some));
            }
            prop_assert!(topics.sizes().iter().all(|&size| size >= smallest));
            prop_assert!(topics.strengths().iter().all(|strength| (0.0..=1.0).contains(strength)));
            prop_assert!(topics.stabilities().iter().all(|stable| (0.0..=1.0).contains(stable)));
            let assigned = topics.labels().iter().flatten().count();
            prop_assert_eq!(topics.sizes().iter().sum::<usize>(), assigned);
        }
    }
}
