//! The k-d tree: rows in the order of its leaves, so that what is near lies together in memory.

use std::ops::Range;

use super::{
    super::watch::{Cancelled, Progress, Watch},
    UNASKED,
    space::Bounds,
};

/// Rows of a leaf, at most.
const LEAF: usize = 16;

/// Each side of a cut gets at least one in this many leaves.
const SHARE: usize = 16;

/// A node; its left child is the next one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<const D: usize> {
    pub(super) bounds: Bounds<D>,
    /// Its rows, by place.
    pub(super) begin: u32,
    pub(super) end: u32,
    /// The right child; 0 of a leaf.
    pub(super) right: u32,
    /// The node above; of the root itself.
    pub(super) parent: u32,
}

impl<const D: usize> Node<D> {
    #[inline(always)]
    pub(super) fn rows(&self) -> Range<usize> {
        self.begin as usize..self.end as usize
    }
}

/// A tree that is cut in the middle of its widest column: boxes are as round as the data lets them be. Both sides get whole
/// leaves, so that all but the last are full, and a fair share of them, so that no data makes it deep.
#[derive(Debug)]
pub(super) struct Tree<const D: usize> {
    /// Parents stand before their children.
    pub(super) nodes: Vec<Node<D>>,
    /// Those of `nodes` that are leaves, in the order of their rows.
    pub(super) leaves: Vec<u32>,
    /// The rows by place.
    pub(super) rows: Vec<[f64; D]>,
    /// By place, which row it is.
    pub(super) order: Vec<u32>,
}

impl<const D: usize> Tree<D> {
    /// # Errors
    /// `Cancelled` when the watcher stops it.
    pub(super) fn new(rows: &[[f64; D]], watch: Watch<'_>) -> Result<Self, Cancelled> {
        let progress = Progress::new(watch, rows.len().div_ceil(LEAF), UNASKED);
        let mut rows: Vec<([f64; D], u32)> = rows.iter().copied().zip(0..).collect();
        let mut nodes: Vec<Node<D>> = Vec::with_capacity(2 * rows.len().div_ceil(LEAF));
        let mut leaves = Vec::with_capacity(rows.len().div_ceil(LEAF));
        // What is still to become a node: its rows, its parent, and whether it is a right child.
        let mut open = vec![(0, rows.len(), 0, false)];
        while let Some((begin, end, parent, is_right)) = open.pop() {
            let at = nodes.len() as u32;
            if is_right {
                nodes[parent as usize].right = at;
            }
            let held = &mut rows[begin..end];
            let bounds = Bounds::of(held.iter().map(|(row, _)| row));
            nodes.push(Node {
                bounds,
                begin: begin as u32,
                end: end as u32,
                right: 0,
                parent,
            });
            if held.len() <= LEAF {
                leaves.push(at);
                progress.did_one()?;
                continue;
            }
            let column = bounds.widest();
            let blocks = held.len().div_ceil(LEAF);
            let middle = bounds.middle(column);
            let below = held.iter().filter(|(row, _)| row[column] < middle).count();
            let least = (blocks / SHARE).max(1);
            let left = ((below + LEAF / 2) / LEAF).clamp(least, blocks - least) * LEAF;
            held.select_nth_unstable_by(left, |(a, first), (b, second)| {
                a[column].total_cmp(&b[column]).then(first.cmp(second))
            });
            open.push((begin + left, end, at, true));
            open.push((begin, begin + left, at, false));
        }
        let (rows, order) = rows.into_iter().unzip();
        Ok(Self {
            nodes,
            leaves,
            rows,
            order,
        })
    }

    /// The leaf that comes at this number.
    pub(super) fn leaf(&self, at: usize) -> &Node<D> {
        &self.nodes[self.leaves[at] as usize]
    }

    /// By node, what `leaf` makes of a leaf's rows and `both` of two children.
    pub(super) fn fold<T: Copy + Default>(
        &self,
        leaf: impl Fn(Range<usize>) -> T,
        both: impl Fn(T, T) -> T,
    ) -> Vec<T> {
        let mut out = vec![T::default(); self.nodes.len()];
        for (at, node) in self.nodes.iter().enumerate().rev() {
            out[at] = match node.right {
                0 => leaf(node.rows()),
                right => both(out[at + 1], out[right as usize]),
            };
        }
        out
    }

    /// The nodes that hold, together with this leaf, every row once; those beside it first.
    pub(super) fn around(&self, leaf: u32) -> impl Iterator<Item = u32> {
        let mut at = leaf;
        std::iter::from_fn(move || {
            let parent = self.nodes[at as usize].parent;
            let beside = match at {
                0 => return None,
                _ if at == parent + 1 => self.nodes[parent as usize].right,
                _ => parent + 1,
            };
            at = parent;
            Some(beside)
        })
    }
}
