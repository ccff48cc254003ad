//! The approximate search is near the exact one, knows how near, and depends on nothing but the rows.

use alma_memory::cluster::hdbscan::{Hdbscan, HdbscanError, HdbscanParams, Kernel, Search};
use linfa::{DatasetBase, traits::Fit};
use ndarray::Array2;

/// Numbers in [-0.5, 0.5), the same every time.
struct Draw(u64);

impl Draw {
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    }

    fn below(&mut self, end: usize) -> usize {
        ((self.unit() + 0.5) * end as f64) as usize
    }
}

/// Clumps of different widths, every eighth row strewn between them, and every tenth a copy of an earlier one.
fn planted(rows: usize, dimension: usize, clumps: usize) -> Vec<Vec<f64>> {
    let mut draw = Draw(0x2545_F491_4F6C_DD1D);
    let centres: Vec<Vec<f64>> = (0..clumps)
        .map(|_| (0..dimension).map(|_| 4.0 * draw.unit()).collect())
        .collect();
    let mut out: Vec<Vec<f64>> = Vec::with_capacity(rows);
    for at in 0..rows {
        let clump = draw.below(clumps);
        let row = match at {
            _ if at % 10 == 9 => out[draw.below(at)].clone(),
            _ if at % 8 == 7 => (0..dimension).map(|_| 4.0 * draw.unit()).collect(),
            _ => {
                let width = 0.6 + 0.1 * (clump % 7) as f64;
                let numbers = centres[clump].iter();
                numbers.map(|c| c + width * draw.unit()).collect()
            }
        };
        out.push(row);
    }
    out
}

fn fit(rows: &[Vec<f64>], params: HdbscanParams) -> Hdbscan {
    let dimension = rows.first().map_or(0, Vec::len);
    let rows = Array2::from_shape_vec((rows.len(), dimension), rows.concat()).unwrap();
    params.fit(&DatasetBase::from(rows)).unwrap()
}

fn approximate() -> HdbscanParams {
    Hdbscan::params(8)
        .min_samples(5)
        .search(Search::Approximate)
}

/// The adjusted Rand index of two labellings, noise as a group of its own.
fn agreement(a: &[Option<u32>], b: &[Option<u32>]) -> f64 {
    use std::collections::HashMap;
    let pairs = |count: f64| count * (count - 1.0) / 2.0;
    let (mut both, mut ours, mut theirs) = (HashMap::new(), HashMap::new(), HashMap::new());
    for (a, b) in a.iter().zip(b) {
        *both.entry((a, b)).or_insert(0.0) += 1.0;
        *ours.entry(a).or_insert(0.0) += 1.0;
        *theirs.entry(b).or_insert(0.0) += 1.0;
    }
    let sum = |counts: &mut dyn Iterator<Item = f64>| counts.map(pairs).sum::<f64>();
    let together = sum(&mut both.into_values());
    let (ours, theirs) = (sum(&mut ours.into_values()), sum(&mut theirs.into_values()));
    let expected = ours * theirs / pairs(a.len() as f64);
    (together - expected) / (0.5 * (ours + theirs) - expected)
}

#[test]
fn planted_clumps_are_found_as_exactly() {
    let rows = planted(3_000, 16, 30);
    let exact = fit(&rows, approximate().search(Search::Exact));
    let near = fit(&rows, approximate());
    assert!(agreement(exact.labels(), near.labels()) > 0.97);
    assert_eq!(exact.stats().recall, None);
    let recall = near.stats().recall.unwrap();
    assert!(
        recall.neighbours > 0.9 && recall.neighbours <= 1.0,
        "{recall:?}"
    );
    assert!(recall.cores < 1.0 && recall.excess >= 0.0, "{recall:?}");
    // No tree is lighter than a minimum one.
    let weight = |model: &Hdbscan| {
        model
            .spanning_tree()
            .iter()
            .map(|edge| edge.weight)
            .sum::<f64>()
    };
    let excess = weight(&near) / weight(&exact) - 1.0;
    assert!((0.0..0.02).contains(&excess), "{excess}");
}

#[test]
fn a_full_recall_is_the_exact_tree() {
    // One cell: every pair is a candidate.
    let rows = planted(240, 14, 5);
    let exact = fit(&rows, approximate().search(Search::Exact));
    let near = fit(&rows, approximate());
    let recall = near.stats().recall.unwrap();
    assert_eq!(
        (recall.neighbours, recall.cores, recall.excess),
        (1.0, 1.0, 0.0)
    );
    assert_eq!(near.labels(), exact.labels());
    assert_eq!(near.probabilities(), exact.probabilities());
    let weights = |model: &Hdbscan| -> Vec<u64> {
        let edges = model.spanning_tree().iter();
        edges.map(|edge| edge.weight.to_bits()).collect()
    };
    assert_eq!(weights(&near), weights(&exact));
}

#[test]
fn nothing_depends_on_kernel_threads_or_order() {
    let rows = planted(1_300, 14, 15);
    let expected = fit(&rows, approximate().kernel(Kernel::Plain));
    for (kernel, threads) in [(Kernel::Plain, 3), (Kernel::Avx2, 1), (Kernel::Vnni, 2)] {
        let params = approximate().kernel(kernel).threads(threads);
        let records = Array2::from_shape_vec((rows.len(), 14), rows.concat()).unwrap();
        match params.fit(&DatasetBase::from(records)) {
            // This machine does not have it.
            Err(HdbscanError::Kernel(_)) => {}
            other => {
                let model = other.unwrap();
                assert_eq!(model.labels(), expected.labels(), "{kernel:?} {threads}");
                assert_eq!(model.probabilities(), expected.probabilities());
                assert_eq!(model.spanning_tree(), expected.spanning_tree());
                assert_eq!(model.stats().recall, expected.stats().recall);
            }
        }
    }
    let mut draw = Draw(77);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    for at in (1..order.len()).rev() {
        order.swap(at, draw.below(at + 1));
    }
    let moved: Vec<Vec<f64>> = order.iter().map(|&row| rows[row].clone()).collect();
    let other = fit(&moved, approximate());
    assert_eq!(other.stats().recall, expected.stats().recall);
    for (at, &row) in order.iter().enumerate() {
        let (ours, theirs) = (expected.probabilities()[row], other.probabilities()[at]);
        assert_eq!(ours.to_bits(), theirs.to_bits());
    }
    let expected: Vec<Option<u32>> = order.iter().map(|&row| expected.labels()[row]).collect();
    assert!(agreement(&expected, other.labels()) > 1.0 - 1e-12);
}

#[test]
fn few_and_equal_rows_are_no_trouble() {
    for rows in [0, 1, 2, 5, 300] {
        let model = fit(&planted(rows, 13, 2), approximate());
        assert_eq!(model.labels().len(), rows);
        assert_eq!(model.spanning_tree().len(), rows.saturating_sub(1));
    }
    let equal = vec![vec![0.3; 16]; 700];
    assert!(
        fit(&equal, approximate())
            .labels()
            .iter()
            .all(Option::is_none)
    );
    let model = fit(&equal, approximate().allow_single_cluster(true));
    assert!(model.labels().iter().all(|label| *label == Some(0)));
    assert_eq!(fit(&vec![Vec::new(); 9], approximate()).labels(), [None; 9]);
    // A line of many cells, each of few distinct rows.
    let line: Vec<Vec<f64>> = (0..1_200).map(|at| vec![f64::from(at / 300)]).collect();
    let model = fit(&line, approximate());
    assert_eq!(model.stabilities().len(), 4);
}

#[test]
fn many_neighbours_take_larger_cells() {
    let rows = planted(1_300, 13, 9);
    let params = approximate().min_samples(30);
    let exact = fit(&rows, params.search(Search::Exact));
    let near = fit(&rows, params);
    assert!(
        near.spanning_tree()
            .iter()
            .all(|edge| edge.weight.is_finite())
    );
    assert!(agreement(exact.labels(), near.labels()) > 0.9);
}

#[test]
fn auto_is_exact_where_that_is_quick_and_wrong_rows_are_refused() {
    let rows = planted(400, 14, 4);
    let model = fit(&rows, approximate().search(Search::Auto));
    assert_eq!(model.stats().recall, None);
    let mut records = Array2::from_shape_vec((400, 14), rows.concat()).unwrap();
    records[[7, 3]] = f64::NAN;
    assert!(approximate().fit(&DatasetBase::from(records)).is_err());
}
