//! The walk from a row to what is near it, nearest boxes first.

use std::ops::Range;

use super::tree::{Node, Tree};

/// What is looked for around a row.
pub(super) trait Search<const D: usize> {
    /// What must be below this to be of use.
    fn limit(&self) -> f64;

    /// At most what any row of a node, which has this number, is worth.
    fn bound(&self, node: &Node<D>, number: u32) -> f64;

    /// Looks at the rows of a leaf.
    fn meet(&mut self, tree: &Tree<D>, rows: Range<usize>);
}

/// Walks through the leaves below a node; `open` is room to work in.
#[inline(always)]
pub(super) fn descend<const D: usize>(
    tree: &Tree<D>,
    from: u32,
    open: &mut Vec<(f64, u32)>,
    search: &mut impl Search<D>,
) {
    let first = search.bound(&tree.nodes[from as usize], from);
    open.push((first, from));
    while let Some((bound, mut at)) = open.pop() {
        if bound >= search.limit() {
            continue;
        }
        loop {
            let node = &tree.nodes[at as usize];
            if node.right == 0 {
                search.meet(tree, node.rows());
                break;
            }
            let bound = |number: u32| {
                let node = &tree.nodes[number as usize];
                (search.bound(node, number), number)
            };
            let (left, right) = (bound(at + 1), bound(node.right));
            let (near, far) = if left.0 <= right.0 {
                (left, right)
            } else {
                (right, left)
            };
            if far.0 < search.limit() {
                open.push(far);
            }
            if near.0 >= search.limit() {
                break;
            }
            at = near.1;
        }
    }
}
