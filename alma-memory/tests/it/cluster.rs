//! Clustering behind its seam.

use alma_memory::cluster::{
    ClusterError, Clusterer, Dbscan, KMeansTopics, Optics, Rows, Topics,
    hdbscan::{Hdbscan, Metric},
};
use linfa::ParamGuard;
use proptest::prelude::*;

/// Every clusterer, as it would be chosen for [`bundles`].
fn all() -> Vec<Box<dyn Clusterer>> {
    let hdbscan = Hdbscan::params(2).min_samples(3).metric(Metric::Cosine);
    vec![
        Box::new(KMeansTopics::new()),
        Box::new(Dbscan::new(0.5)),
        Box::new(Dbscan::new(0.4).with_min_points(3)),
        Box::new(Optics::new()),
        Box::new(
            Optics::new()
                .with_tolerance(0.8)
                .with_min_points(3)
                .with_steepness(0.3),
        ),
        Box::new(hdbscan.check().unwrap()),
        Box::new(Topics::params().check().unwrap()),
    ]
}

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

fn run(clusterer: &dyn Clusterer, rows: &[Vec<f32>], smallest: usize) -> Vec<Option<u32>> {
    let dimension = rows.first().map_or(8, Vec::len);
    let flat: Vec<f32> = rows.iter().flatten().copied().collect();
    clusterer
        .cluster(&Rows::new(&flat, dimension).unwrap(), smallest)
        .unwrap()
}

#[test]
fn bundles_are_found() {
    for clusterer in all() {
        let labels = run(&*clusterer, &bundles(4, 12, 7), 5);
        let mut first: Vec<_> = labels[..4].to_vec();
        first.dedup();
        assert_eq!(first.len(), 4, "{clusterer:?}: {labels:?}");
        for (row, label) in labels.iter().enumerate() {
            // Optics may leave out the row that a valley is entered by.
            assert!(
                label.is_none() || *label == labels[row % 4],
                "{clusterer:?}: {labels:?}"
            );
        }
        let noise = labels.iter().filter(|label| label.is_none()).count();
        assert!(noise <= 4, "{clusterer:?}: {labels:?}");
    }
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
fn bad_parameters_are_errors() {
    let rows = Rows::new(&[0.0, 1.0], 1).unwrap();
    for clusterer in [
        Dbscan::new(0.0),
        Dbscan::new(-1.0),
        Dbscan::new(1.0).with_min_points(1),
    ] {
        assert!(clusterer.cluster(&rows, 2).is_err(), "{clusterer:?}");
    }
    for clusterer in [
        Optics::new().with_tolerance(0.0),
        Optics::new().with_min_points(0),
        Optics::new().with_steepness(0.0),
        Optics::new().with_steepness(1.0),
        Optics::new().with_steepness(f64::NAN),
    ] {
        assert!(clusterer.cluster(&rows, 2).is_err(), "{clusterer:?}");
    }
}

#[test]
fn few_equal_and_empty_rows_are_no_trouble() {
    for clusterer in all() {
        let run = |rows: &[Vec<f32>], smallest| run(&*clusterer, rows, smallest);
        assert!(run(&[], 5).is_empty());
        assert_eq!(run(&bundles(1, 3, 1), 5), [None; 3], "{clusterer:?}");
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
}

/// On a line, where one tolerance must either join the dense groups or lose the loose one.
#[test]
fn optics_finds_groups_of_differing_density() {
    let at = |from: f32, step: f32| (0..12).map(move |row| vec![from + step * row as f32]);
    let rows: Vec<Vec<f32>> = at(0.0, 0.01)
        .chain(at(0.5, 0.01))
        .chain(at(40.0, 1.0))
        .collect();
    let labels = run(&Optics::new().with_min_points(3), &rows, 5);
    let found: Vec<_> = [5, 17, 29].iter().map(|&row| labels[row]).collect();
    assert!(found.iter().all(Option::is_some), "{labels:?}");
    assert!(found[0] != found[1] && found[1] != found[2]);
    for tolerance in [0.02, 0.3, 1.5, 5.0] {
        let labels = run(&Dbscan::new(tolerance).with_min_points(3), &rows, 5);
        let told = |row: usize| labels[row];
        assert!(told(5) == told(17) || told(29).is_none());
    }
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

/// The clauses that every clusterer keeps on any rows.
fn keeps_the_contract(clusterer: &dyn Clusterer, rows: &[Vec<f32>], smallest: usize, shift: usize) {
    let labels = run(clusterer, rows, smallest);
    assert_eq!(labels.len(), rows.len());
    let mut next = 0;
    for label in labels.iter().flatten() {
        assert!(*label <= next, "numbered by first rows");
        next = next.max(label + 1);
    }
    for group in 0..next {
        let size = labels.iter().filter(|label| **label == Some(group)).count();
        assert!(size >= smallest, "large enough");
    }
    for (a, first) in rows.iter().zip(&labels) {
        for (b, second) in rows.iter().zip(&labels) {
            assert!(a != b || first == second, "equal rows share a group");
        }
    }
    let names: Vec<usize> = (0..rows.len()).collect();
    let mut turned = names.clone();
    turned.rotate_left(shift % rows.len().max(1));
    turned.reverse();
    let again: Vec<_> = turned.iter().map(|&row| rows[row].clone()).collect();
    assert_eq!(
        partition(&labels, &names),
        partition(&run(clusterer, &again, smallest), &turned),
        "the order of rows changes nothing"
    );
}

/// DBSCAN by its definition: core rows are connected, border rows touch the group that they are in.
fn is_dbscan(labels: &[Option<u32>], rows: &[Vec<f32>], tolerance: f64, points: usize) {
    let near = |a: usize, b: usize| {
        let square = |(x, y): (&f32, &f32)| (f64::from(*x) - f64::from(*y)).powi(2);
        rows[a].iter().zip(&rows[b]).map(square).sum::<f64>() <= tolerance * tolerance
    };
    let all = 0..rows.len();
    let is_core: Vec<bool> = all
        .clone()
        .map(|a| all.clone().filter(|&b| near(a, b)).count() >= points)
        .collect();
    let mut group: Vec<usize> = all.clone().collect();
    for _ in all.clone() {
        for a in all.clone().filter(|&a| is_core[a]) {
            for b in all.clone().filter(|&b| is_core[b] && near(a, b)) {
                group[b] = group[a].min(group[b]);
            }
        }
    }
    for a in all.clone() {
        if is_core[a] {
            assert!(labels[a].is_some());
            for b in all.clone().filter(|&b| is_core[b]) {
                assert_eq!(labels[a] == labels[b], group[a] == group[b]);
            }
        } else {
            let mut touched = all.clone().filter(|&b| is_core[b] && near(a, b)).peekable();
            match labels[a] {
                None => assert!(touched.peek().is_none()),
                label => assert!(touched.any(|b| labels[b] == label)),
            }
        }
    }
}

/// Points of a small lattice, where distances and whole rows repeat.
fn lattice() -> impl Strategy<Value = Vec<Vec<f32>>> {
    (1..4_usize, 2..5_u8).prop_flat_map(|(dimension, side)| {
        let number = (0..side).prop_map(|step| f32::from(step) * 0.25 - 0.25);
        proptest::collection::vec(proptest::collection::vec(number, dimension), 1..40)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_clusterer_keeps_the_contract_on_bundles(seed: u64, shift in 1..40_usize, groups in 1..5_usize, smallest in 1..12_usize) {
        for clusterer in all() {
            keeps_the_contract(&*clusterer, &bundles(groups, 40 / groups, seed), smallest, shift);
        }
    }

    #[test]
    fn and_where_rows_and_distances_repeat(rows in lattice(), shift in 1..40_usize, smallest in 1..6_usize) {
        for clusterer in all() {
            keeps_the_contract(&*clusterer, &rows, smallest, shift);
        }
    }

    #[test]
    fn dbscan_is_what_its_definition_says(rows in lattice(), points in 2..6_usize) {
        let labels = run(&Dbscan::new(0.3).with_min_points(points), &rows, 1);
        is_dbscan(&labels, &rows, 0.3, points);
    }
}

/// Breaks the clause of order: the first half of the rows is one group.
#[derive(Debug)]
struct ByPlace;

impl Clusterer for ByPlace {
    fn cluster(&self, rows: &Rows<'_>, smallest: usize) -> Result<Vec<Option<u32>>, ClusterError> {
        let half = rows.len() / 2;
        let group = |row: usize| (row < half && half >= smallest).then_some(0);
        Ok((0..rows.len()).map(group).collect())
    }
}

#[test]
#[should_panic(expected = "the order of rows changes nothing")]
fn the_contract_rejects_what_goes_by_the_place() {
    keeps_the_contract(&ByPlace, &bundles(4, 10, 3), 3, 7);
}
