//! What the approximate search says that it found is what a comparison of all pairs shows.

use alma_memory::cluster::hdbscan::{Hdbscan, Recall, Search};
use serde_json::Value;

use super::fit;

/// Numbers in [0, 1), the same every time.
struct Draw(u64);

impl Draw {
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, end: usize) -> usize {
        (self.unit() * end as f64) as usize
    }

    /// About normal.
    fn bell(&mut self) -> f64 {
        (0..6).map(|_| self.unit()).sum::<f64>() - 3.0
    }
}

/// More than are sampled.
const ROWS: usize = 6_000;

/// How many neighbours.
const K: usize = 4;

fn uniform(dimension: usize) -> Vec<Vec<f64>> {
    let mut draw = Draw(0x9E37_79B9_7F4A_7C15);
    let mut row = || (0..dimension).map(|_| draw.unit()).collect();
    (0..ROWS).map(|_| row()).collect()
}

/// Bells of very different widths and sizes, in which all is found, and then rows strewn among them.
fn mixture(dimension: usize) -> Vec<Vec<f64>> {
    let mut draw = Draw(0xD1B5_4A32_D192_ED03);
    let mut rows = Vec::new();
    while rows.len() < ROWS / 2 {
        let centre: Vec<f64> = (0..dimension).map(|_| draw.unit()).collect();
        let (width, size) = (0.01 + 0.2 * draw.unit().powi(3), 20 + draw.below(400));
        for _ in 0..size {
            rows.push(centre.iter().map(|c| c + width * draw.bell()).collect());
        }
    }
    rows.resize_with(ROWS, || (0..dimension).map(|_| draw.unit()).collect());
    rows
}

/// Two rows in five are copies of one row or of a few others, which are found at once, and the rest is strewn.
fn copies(dimension: usize) -> Vec<Vec<f64>> {
    let mut rows = uniform(dimension);
    for at in 0..ROWS {
        match at % 10 {
            0..2 => rows[at] = rows[7].clone(),
            2..4 => rows[at] = rows[at % 30 + 5].clone(),
            _ => {}
        }
    }
    rows
}

/// By row, the distances to its nearest others, ascending.
fn nearest(rows: &[Vec<f64>]) -> Vec<[f64; K]> {
    let mut all = vec![[f64::INFINITY; K]; rows.len()];
    for (a, x) in rows.iter().enumerate() {
        for (b, y) in rows[..a].iter().enumerate() {
            let squares = x.iter().zip(y).map(|(x, y)| (x - y) * (x - y));
            let square: f64 = squares.sum();
            for row in [a, b] {
                if square < all[row][K - 1] {
                    let at = all[row].partition_point(|&other| other <= square);
                    all[row][at..].rotate_right(1);
                    all[row][at] = square;
                }
            }
        }
    }
    all.iter_mut().flatten().for_each(|x| *x = x.sqrt());
    all
}

/// The core distances that an approximate fit goes by, what it says of them, and how many pairs it compared.
fn searched(rows: &[Vec<f64>], k: usize) -> (Vec<f64>, Recall, u64) {
    let params = Hdbscan::params(10)
        .min_samples(k)
        .search(Search::Approximate);
    let model = fit(rows, params);
    let mut stored = serde_json::to_value(&model).unwrap();
    assert_eq!(stored["exponent"], Value::from(0));
    let core: Vec<f64> = serde_json::from_value(stored["core"].take()).unwrap();
    assert_eq!(core.len(), rows.len());
    let stats = model.stats();
    (core, stats.recall.unwrap(), stats.pairs)
}

/// Whether a distance is no larger than the true one, but for how sums are rounded.
fn reaches(distance: f64, truth: f64) -> bool {
    distance <= truth * (1.0 + 1e-9)
}

fn share(count: usize) -> f64 {
    count as f64 / ROWS as f64
}

#[test]
fn its_own_figures_are_the_true_ones() {
    let sets = [
        ("uniform", uniform(14)),
        ("uniform, wide", uniform(40)),
        ("mixture", mixture(24)),
        ("copies", copies(20)),
    ];
    for (name, rows) in sets {
        let truth = nearest(&rows);
        // Among the same candidates the core distance of fewer neighbours is the distance of one that was found.
        let found: Vec<(Vec<f64>, Recall, u64)> = (1..=K).map(|k| searched(&rows, k)).collect();
        for (k, (core, own, pairs)) in (1..).zip(&found) {
            assert!(own.sampled < ROWS);
            let (mut exact, mut neighbours, mut excess) = (0, 0, 0.0);
            for (row, (&core, truth)) in core.iter().zip(&truth).enumerate() {
                let truth = truth[k - 1];
                assert!(reaches(truth, core), "{name}, {k}");
                if reaches(core, truth) {
                    exact += 1;
                } else {
                    excess += core / truth - 1.0;
                }
                let near = |found: &&(Vec<f64>, Recall, u64)| reaches(found.0[row], truth);
                neighbours += found[..k].iter().filter(near).count();
            }
            assert!(
                found[..k].iter().all(|other| other.2 == *pairs),
                "{name}, {k}"
            );
            let neighbours = share(neighbours) / k as f64;
            assert!((own.neighbours - neighbours).abs() < 0.02, "{name}, {k}");
            assert!((own.cores - share(exact)).abs() < 0.02, "{name}, {k}");
            let excess = excess / ROWS as f64;
            assert!((own.excess - excess).abs() < 0.01, "{name}, {k}");
        }
    }
}
