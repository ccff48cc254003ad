//! What a search leaves behind, so that rows may come and go without a new one.

use super::{
    super::{
        distance::Number,
        engine::{Effort, Grown},
        seal,
        spanning::{Edge, Points},
        unique::Unique,
        watch::{Cancelled, Watch},
    },
    Space,
    coded::Coded,
    codes::Frame,
    neighbours::{Near, Neighbours},
    order, search,
};

/// The distinct rows, their codes and lists of neighbours, and the minimum spanning tree.
///
/// Beside the rows this takes about `dimension + 16 k + 200` bytes a row; codes are kept since making them anew costs as
/// much as an insertion does.
#[derive(Clone, Debug)]
pub(in super::super) struct Kept {
    pub(super) unique: Unique,
    /// By distinct row, its checksum.
    pub(super) seals: Vec<u64>,
    pub(super) frame: Frame,
    /// In the order of the distinct rows.
    pub(super) coded: Coded,
    pub(super) near: Neighbours,
    pub(super) tree: Vec<Edge>,
}

impl Kept {
    /// Searches all pairs; there are more rows than `k`.
    ///
    /// # Errors
    /// `Cancelled` when the watcher stops it.
    pub(in super::super) fn new<F: Number>(
        points: &Points<'_, F>,
        k: usize,
        threads: usize,
        watch: Watch<'_>,
        effort: &mut Effort,
    ) -> Result<Self, Cancelled> {
        let (unique, frame) = (Unique::of(points), Frame::of(points));
        let firsts = unique.firsts();
        let coded = Coded::new(points, &frame, &firsts, threads);
        let space = Space {
            points,
            unique: &unique,
            frame: &frame,
            threads,
        };
        let rows = order::near_together(coded.first(), points.kernel());
        let near_together = coded.ordered(&rows);
        let (near, tree) = search(&space, (&near_together, &rows), k, watch, effort)?;
        let seal = |&row: &u32| seal::numbers(points.row(row as usize));
        Ok(Self {
            seals: firsts.iter().map(seal).collect(),
            unique,
            frame,
            coded,
            near,
            tree,
        })
    }

    /// The tree and the core distances of all rows.
    pub(in super::super) fn grown(&self, effort: Effort) -> Grown {
        Grown {
            recall: None,
            edges: self.unique.spread(self.tree.clone(), &self.near.core),
            core: self.unique.each(&self.near.core),
            effort,
        }
    }

    /// An edge of the tree as core distances are now.
    pub(super) fn reweighted(&self, edge: &Edge) -> Edge {
        self.near.edge(edge.from, edge.to, edge.distance)
    }

    /// Leaves in a list, which is ascending, no more than reach the `k`-th nearest row of `row`; returns the distance to
    /// that, if the list reaches it.
    pub(super) fn cut(unique: &Unique, row: u32, list: &mut Vec<Near>, k: usize) -> Option<f64> {
        let mut counted = unique.count(row) as usize - 1;
        if counted >= k {
            list.clear();
            return Some(0.0);
        }
        let last = list.iter().position(|&(_, other)| {
            counted += unique.count(other) as usize;
            counted >= k
        })?;
        list.truncate(last + 1);
        Some(list[last].0)
    }
}
