//! Which way a tree is grown: the seam between what a fit asks and the engines that answer.

use super::{
    approximate::{self, Recall},
    distance::Number,
    exact, kdtree,
    params::{Kernel, Search},
    spanning::{Edge, Points},
    watch::{Cancelled, Watch},
};

/// How to work; no answer depends on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Engine<'a> {
    pub(super) kernel: Kernel,
    pub(super) search: Search,
    pub(super) threads: usize,
    pub(super) watch: Watch<'a>,
}

/// A minimum spanning tree over all rows, and what it took.
#[derive(Debug, Default)]
pub(super) struct Grown {
    /// In no order.
    pub(super) edges: Vec<Edge>,
    /// By row, the distance to its `k`-th nearest other row.
    pub(super) core: Vec<f64>,
    pub(super) effort: Effort,
    /// What an approximate search measured of itself.
    pub(super) recall: Option<Recall>,
}

/// What a search took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Effort {
    /// Pairs of rows that were compared by bounds.
    pub(super) pairs: u64,
    /// Pairs that bounds could not rule out.
    pub(super) survivors: u64,
    /// Distances that were computed.
    pub(super) distances: u64,
}

impl Effort {
    pub(super) const fn add(&mut self, other: Self) {
        self.pairs += other.pairs;
        self.survivors += other.survivors;
        self.distances += other.distances;
    }
}

impl Engine<'_> {
    /// Whether pairs are compared by codes, and not sought in a k-d tree.
    pub(super) const fn compares_codes(self, dimension: usize) -> bool {
        !matches!(self.kernel, Kernel::Auto) || !kdtree::suits(dimension)
    }

    /// A minimum spanning tree by (weight, distance) under the mutual reachability with `k` neighbours.
    ///
    /// # Errors
    /// `Cancelled` when the watcher stops it.
    pub(super) fn grow<F: Number>(
        self,
        points: &Points<'_, F>,
        k: usize,
    ) -> Result<Grown, Cancelled> {
        self.watch.tell(0.0)?;
        let dimension = points.dimension();
        let grown = if self.search == Search::Approximate || self.compares_codes(dimension) {
            None
        } else {
            kdtree::spanning_tree(points, k, self.threads, self.watch)?
        };
        let grown = match grown {
            Some(grown) => grown,
            None if self.search.is_approximate(points.len(), dimension) => {
                approximate::spanning_tree(points, k, self.threads, self.watch)?
            }
            None => exact::spanning_tree(points, k, self)?,
        };
        self.watch.tell(1.0)?;
        Ok(grown)
    }
}
