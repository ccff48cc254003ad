//! Rows, and the edges of a spanning tree over them.

use super::{distance::Number, exact::kernel::Kernel};

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

/// Rows one after another, and the kernel that measures between them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Points<'a, F> {
    numbers: &'a [F],
    dimension: usize,
    len: usize,
    kernel: Kernel,
}

impl<'a, F: Number> Points<'a, F> {
    pub(super) const fn new(
        numbers: &'a [F],
        dimension: usize,
        len: usize,
        kernel: Kernel,
    ) -> Self {
        Self {
            numbers,
            dimension,
            len,
            kernel,
        }
    }

    pub(super) const fn kernel(&self) -> Kernel {
        self.kernel
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) const fn dimension(&self) -> usize {
        self.dimension
    }

    pub(super) fn row(&self, at: usize) -> &'a [F] {
        &self.numbers[at * self.dimension..(at + 1) * self.dimension]
    }

    pub(super) fn distance(&self, a: usize, b: usize) -> f64 {
        self.kernel.distance(self.row(a), self.row(b))
    }
}
