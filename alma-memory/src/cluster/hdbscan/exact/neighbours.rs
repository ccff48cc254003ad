//! The nearest rows of every row, exactly.

use std::ops::Range;

use super::{
    super::spanning::Points,
    Edge, Number, Unique,
    codes::Codes,
    kernel::Dots,
    sweep::{Pass, sweep},
};

/// Candidates of a row are looked through once they are this many.
const HELD: usize = 64;

/// A row and its distance.
pub(super) type Near = (f64, u32);

/// For every row, by distance and then by place, its nearest others: all that are nearer than its core distance, and
/// enough that are as near.
pub(super) struct Neighbours {
    pub(super) lists: Vec<Vec<Near>>,
    /// By row, the distance to its `k`-th nearest other row, counting rows that are equal.
    pub(super) core: Vec<f64>,
}

impl Neighbours {
    /// An edge between two rows at this distance.
    pub(super) fn edge(&self, from: u32, to: u32, distance: f64) -> Edge {
        let core = self.core[from as usize].max(self.core[to as usize]);
        Edge {
            from,
            to,
            weight: distance.max(core),
            distance,
        }
    }

    /// The edges from every row to those in its list.
    pub(super) fn edges(&self) -> Vec<Edge> {
        let of_row = |(row, list): (u32, &Vec<Near>)| -> Vec<Edge> {
            let edges = list
                .iter()
                .map(|&(distance, other)| self.edge(row, other, distance));
            edges.collect()
        };
        (0..).zip(&self.lists).flat_map(of_row).collect()
    }
}

struct Search<'a> {
    codes: &'a Codes,
    k: usize,
    /// By row, what its `k`-th nearest is sure to lie within.
    limits: Vec<f32>,
    /// By row, the `k` smallest upper bounds, ascending.
    uppers: Vec<f32>,
    /// By row, the lower bounds of rows that may be among its nearest.
    candidates: Vec<Vec<(f32, u32)>>,
}

impl Pass for Search<'_> {
    fn begin(&mut self, _columns: Range<usize>) {}

    fn limits(&self) -> (&[f32], &[f32]) {
        (&self.limits, &self.limits)
    }

    fn pair(&mut self, row: usize, column: usize, square: f32) {
        let (lower, upper) = self.codes.bounds(row, column, square);
        self.meet(row, column, lower, upper);
        self.meet(column, row, lower, upper);
    }
}

impl Search<'_> {
    fn meet(&mut self, row: usize, other: usize, lower: f32, upper: f32) {
        if lower > self.limits[row] {
            return;
        }
        let uppers = &mut self.uppers[row * self.k..(row + 1) * self.k];
        if upper < uppers[self.k - 1] {
            let at = uppers.partition_point(|&known| known <= upper);
            uppers[at..].rotate_right(1);
            uppers[at] = upper;
            self.limits[row] = uppers[self.k - 1];
        }
        let candidates = &mut self.candidates[row];
        if candidates.len() == candidates.capacity() && candidates.len() >= HELD {
            let limit = self.limits[row];
            candidates.retain(|&(lower, _)| lower <= limit);
        }
        candidates.push((lower, other as u32));
    }
}

/// Finds the nearest rows of every row; `codes` are those of the rows in their own order.
pub(super) fn neighbours<F: Number>(
    points: &Points<'_, F>,
    unique: &Unique,
    codes: &Codes,
    dots: Dots,
    k: usize,
) -> Neighbours {
    let n = codes.len();
    let padded = codes.scales().len();
    let mut search = Search {
        codes,
        k,
        limits: vec![f32::INFINITY; padded],
        uppers: vec![f32::INFINITY; n * k],
        candidates: vec![Vec::new(); n],
    };
    sweep(codes, dots, &mut search);
    let mut found = Neighbours {
        lists: Vec::with_capacity(n),
        core: Vec::with_capacity(n),
    };
    for (row, candidates) in search.candidates.iter_mut().enumerate() {
        candidates.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let (list, core) = nearest(points, unique, codes, row as u32, candidates, k);
        found.lists.push(list);
        found.core.push(core);
    }
    found
}

/// The nearest of `candidates`, which are sorted by their lower bounds.
fn nearest<F: Number>(
    points: &Points<'_, F>,
    unique: &Unique,
    codes: &Codes,
    row: u32,
    candidates: &[(f32, u32)],
    k: usize,
) -> (Vec<Near>, f64) {
    // Equal rows are neighbours at no distance.
    let copies = unique.count(row) as usize - 1;
    let mut list: Vec<Near> = Vec::with_capacity(k + 1);
    let core = |list: &[Near]| -> Option<f64> {
        let mut counted = copies;
        if counted >= k {
            return Some(0.0);
        }
        list.iter().find_map(|&(distance, other)| {
            counted += unique.count(other) as usize;
            (counted >= k).then_some(distance)
        })
    };
    let mut known = core(&list);
    for &(lower, other) in candidates {
        if known.is_some_and(|distance| lower > codes.scaled(distance)) {
            break;
        }
        let distance = points.distance(unique.row(row), unique.row(other));
        if known.is_some_and(|known| distance > known) {
            continue;
        }
        let at = list.partition_point(|&(near, at)| (near, at) < (distance, other));
        list.insert(at, (distance, other));
        known = core(&list);
        if let Some(known) = known {
            let end = list.partition_point(|&(distance, _)| distance <= known);
            list.truncate(end);
        }
    }
    (list, known.unwrap_or_default())
}
