//! Equal rows as one: otherwise a pile of them would keep every pair among them in doubt.

use std::cmp::Ordering;

use super::{
    distance::Number,
    spanning::{Edge, Points},
};

/// The distinct rows, by their first places in the input.
#[derive(Clone, Debug)]
pub(super) struct Unique {
    /// By distinct row, where its rows begin in `rows`; and after the last one where they end.
    begins: Vec<u32>,
    rows: Vec<u32>,
}

impl Unique {
    pub(super) fn of<F: Number>(points: &Points<'_, F>) -> Self {
        Self::found(points, false)
    }

    /// The same by what rows hold, in whatever order they stand in the input.
    pub(super) fn by_content<F: Number>(points: &Points<'_, F>) -> Self {
        Self::found(points, true)
    }

    fn found<F: Number>(points: &Points<'_, F>, by_content: bool) -> Self {
        let compare = |a: u32, b: u32| -> Ordering {
            let pairs = points.row(a as usize).iter().zip(points.row(b as usize));
            let mut orders = pairs.map(|(x, y)| x.partial_cmp(y).unwrap_or(Ordering::Equal));
            orders
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal)
        };
        let mut sorted: Vec<u32> = (0..points.len() as u32).collect();
        sorted.sort_unstable_by(|&a, &b| compare(a, b).then(a.cmp(&b)));
        let mut groups: Vec<&[u32]> = sorted.chunk_by(|&a, &b| compare(a, b).is_eq()).collect();
        if !by_content {
            groups.sort_unstable_by_key(|group| group[0]);
        }
        Self::grouped(groups)
    }

    /// Groups of equal rows.
    pub(super) fn grouped<'a>(groups: impl IntoIterator<Item = &'a [u32]>) -> Self {
        let mut out = Self {
            begins: vec![0],
            rows: Vec::new(),
        };
        for group in groups {
            out.rows.extend_from_slice(group);
            out.begins.push(out.rows.len() as u32);
        }
        out
    }

    /// Where the rows equal to this one stand in the input, itself included.
    pub(super) fn rows(&self, at: u32) -> &[u32] {
        &self.rows[self.begins[at as usize] as usize..self.begins[at as usize + 1] as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.begins.len() - 1
    }

    /// How many rows are equal to this one, itself included.
    pub(super) fn count(&self, at: u32) -> u32 {
        self.begins[at as usize + 1] - self.begins[at as usize]
    }

    /// The first of its rows in the input.
    pub(super) fn row(&self, at: u32) -> usize {
        self.rows[self.begins[at as usize] as usize] as usize
    }

    /// Where the distinct rows stand first in the input.
    pub(super) fn firsts(&self) -> Vec<u32> {
        (0..self.len() as u32)
            .map(|at| self.row(at) as u32)
            .collect()
    }

    /// Where some distinct rows stand first in the input.
    pub(super) fn firsts_of(&self, rows: &[u32]) -> Vec<u32> {
        rows.iter().map(|&at| self.row(at) as u32).collect()
    }

    /// Numbers of distinct rows as those of all rows.
    pub(super) fn each(&self, numbers: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.rows.len()];
        for (at, &number) in numbers.iter().enumerate() {
            for &row in self.rows(at as u32) {
                out[row as usize] = number;
            }
        }
        out
    }

    /// A tree over distinct rows as one over all rows: those that are equal hang on their first.
    pub(super) fn spread(&self, mut tree: Vec<Edge>, core: &[f64]) -> Vec<Edge> {
        for edge in &mut tree {
            edge.from = self.row(edge.from) as u32;
            edge.to = self.row(edge.to) as u32;
        }
        for (at, &core) in core.iter().enumerate() {
            let same = self.rows(at as u32);
            tree.extend(same[1..].iter().map(|&copy| Edge {
                from: same[0],
                to: copy,
                weight: core,
                distance: 0.0,
            }));
        }
        tree
    }
}
