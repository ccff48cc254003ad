//! The exact minimum spanning tree of mutual reachability distances.

use super::distance::{Number, euclidean};

/// An edge of a spanning tree.
///
/// Edges are ordered by weight and then by distance: a core distance is the weight of several
/// edges, so weights alone would leave ties in any data.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Edge {
    /// A row.
    pub from: u32,
    /// Another row.
    pub to: u32,
    /// The mutual reachability distance: the larger of the distance and both core distances.
    pub weight: f64,
    /// The plain distance.
    pub distance: f64,
}

impl Edge {
    pub(super) fn order(&self, other: &Self) -> std::cmp::Ordering {
        self.weight
            .total_cmp(&other.weight)
            .then(self.distance.total_cmp(&other.distance))
    }
}

/// Rows one after another.
#[derive(Clone, Copy)]
pub(super) struct Points<'a, F> {
    numbers: &'a [F],
    dimension: usize,
    len: usize,
}

impl<'a, F: Number> Points<'a, F> {
    pub(super) const fn new(numbers: &'a [F], dimension: usize, len: usize) -> Self {
        Self {
            numbers,
            dimension,
            len,
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    fn row(&self, at: usize) -> &'a [F] {
        &self.numbers[at * self.dimension..(at + 1) * self.dimension]
    }

    fn distance(&self, a: usize, b: usize) -> f64 {
        euclidean(self.row(a), self.row(b))
    }
}

/// The distance from each row to its `k`-th nearest other row.
pub(super) fn core_distances<F: Number>(points: &Points<'_, F>, k: usize) -> Vec<f64> {
    let n = points.len();
    let k = k.min(n.saturating_sub(1));
    if k == 0 {
        return vec![0.0; n];
    }
    let mut distances = Vec::with_capacity(n);
    (0..n)
        .map(|row| {
            distances.clear();
            let others = (0..n).filter(|&other| other != row);
            distances.extend(others.map(|other| points.distance(row, other)));
            *distances.select_nth_unstable_by(k - 1, f64::total_cmp).1
        })
        .collect()
}

/// A minimum spanning tree by (weight, distance), grown row by row (Prim).
pub(super) fn spanning_tree<F: Number>(points: &Points<'_, F>, core: &[f64]) -> Vec<Edge> {
    let n = points.len();
    let mut edges = Vec::with_capacity(n.saturating_sub(1));
    let mut nearest = vec![(f64::INFINITY, f64::INFINITY, 0_u32); n];
    let mut outside: Vec<u32> = (1..n as u32).collect();
    let mut joined = 0_usize;
    while !outside.is_empty() {
        let mut best = 0;
        for (place, &row) in outside.iter().enumerate() {
            let row = row as usize;
            let distance = points.distance(joined, row);
            let weight = distance.max(core[joined]).max(core[row]);
            if before((weight, distance), (nearest[row].0, nearest[row].1)) {
                nearest[row] = (weight, distance, joined as u32);
            }
            let (chosen, candidate) = (nearest[outside[best] as usize], nearest[row]);
            if before((candidate.0, candidate.1), (chosen.0, chosen.1)) {
                best = place;
            }
        }
        let row = outside.swap_remove(best);
        let (weight, distance, from) = nearest[row as usize];
        edges.push(Edge {
            from,
            to: row,
            weight,
            distance,
        });
        joined = row as usize;
    }
    edges
}

fn before(a: (f64, f64), b: (f64, f64)) -> bool {
    a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).is_lt()
}
