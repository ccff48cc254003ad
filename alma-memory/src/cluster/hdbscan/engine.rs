//! Which way a tree is grown: the seam between what a fit asks and the engines that answer.

use super::{
    distance::Number,
    exact,
    params::Kernel,
    spanning::{Edge, Points},
};

/// How to work; no answer depends on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Engine {
    pub(super) kernel: Kernel,
    pub(super) threads: usize,
}

/// A minimum spanning tree over all rows.
#[derive(Debug)]
pub(super) struct Grown {
    /// In no order.
    pub(super) edges: Vec<Edge>,
}

impl Engine {
    /// A minimum spanning tree by (weight, distance) under the mutual reachability with `k` neighbours.
    pub(super) fn grow<F: Number>(self, points: &Points<'_, F>, k: usize) -> Grown {
        let edges = exact::spanning_tree(points, k);
        Grown { edges }
    }
}
