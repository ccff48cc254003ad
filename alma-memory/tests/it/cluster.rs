//! Clustering behind its seam.

use alma_memory::cluster::{ClusterError, Clusterer, KMeansTopics, Rows};
use proptest::prelude::*;

/// `groups` bundles of `size` rows around directions of their own, in 8 dimensions.
fn bundles(groups: usize, size: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut state = seed;
    let mut noise = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((state >> 40) as f32 / (1_u64 << 24) as f32 - 0.5) * 0.2
    };
    (0..groups * size)
        .map(|row| {
            (0..8)
                .map(|column| f32::from(u8::from(column == row % groups)) + noise())
                .collect()
        })
        .collect()
}

fn run(rows: &[Vec<f32>], smallest: usize) -> Vec<Option<u32>> {
    let flat: Vec<f32> = rows.iter().flatten().copied().collect();
    KMeansTopics::new()
        .cluster(&Rows::new(&flat, 8).unwrap(), smallest)
        .unwrap()
}

#[test]
fn bundles_are_found() {
    let labels = run(&bundles(4, 12, 7), 5);
    for (row, label) in labels.iter().enumerate() {
        assert!(label.is_some());
        assert_eq!(*label, labels[row % 4], "row {row}");
    }
    let mut first: Vec<_> = labels[..4].to_vec();
    first.dedup();
    assert_eq!(first.len(), 4);
}

#[test]
fn bad_rows_are_named() {
    assert_eq!(
        Rows::new(&[0.0, 1.0, f32::NAN, 0.0], 2).unwrap_err(),
        ClusterError::NotFinite { row: 1, column: 0 }
    );
    assert_eq!(
        Rows::new(&[0.0; 3], 2).unwrap_err(),
        ClusterError::Ragged {
            numbers: 3,
            dimension: 2
        }
    );
    assert!(Rows::new(&[0.0], 0).is_err());
}

#[test]
fn few_equal_and_empty_rows_are_no_trouble() {
    assert!(run(&[], 5).is_empty());
    assert_eq!(run(&bundles(1, 3, 1), 5), [None; 3]);
    let equal = vec![vec![1.0; 8]; 12];
    let labels = run(&equal, 5);
    assert!(labels.iter().all(|label| *label == labels[0]));
    run(&vec![vec![0.0; 8]; 12], 5);
    run(
        &[
            vec![f32::MAX; 8],
            vec![f32::MIN; 8],
            vec![f32::MIN_POSITIVE; 8],
        ],
        1,
    );
}

/// The groups as sets of rows, whatever their numbers.
fn partition(labels: &[Option<u32>], names: &[usize]) -> Vec<Vec<usize>> {
    let mut groups = vec![Vec::new(); labels.len() + 1];
    for (label, name) in labels.iter().zip(names) {
        groups[label.map_or(labels.len(), |label| label as usize)].push(*name);
    }
    groups.iter_mut().for_each(|group| group.sort_unstable());
    groups.retain(|group| !group.is_empty());
    groups.sort();
    groups
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_order_of_rows_changes_nothing(seed: u64, shift in 1..40_usize, groups in 1..5_usize) {
        let rows = bundles(groups, 40 / groups, seed);
        let names: Vec<usize> = (0..rows.len()).collect();
        let mut turned = names.clone();
        turned.rotate_left(shift % rows.len());
        turned.reverse();
        let again: Vec<_> = turned.iter().map(|&row| rows[row].clone()).collect();
        prop_assert_eq!(partition(&run(&rows, 3), &names), partition(&run(&again, 3), &turned));
    }

    #[test]
    fn groups_are_numbered_by_their_first_row_and_large_enough(seed: u64, smallest in 1..12_usize) {
        let labels = run(&bundles(3, 9, seed), smallest);
        let mut next = 0;
        for label in labels.iter().flatten() {
            prop_assert!(*label <= next);
            next = next.max(label + 1);
        }
        for group in 0..next {
            prop_assert!(labels.iter().filter(|label| **label == Some(group)).count() >= smallest);
        }
    }
}
