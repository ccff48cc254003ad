//! The walk from a row to what is near it, nearest boxes first.

use std::ops::Range;

use super::tree::Tree;

/// What is looked for around a row.
pub(super) trait Search<const D: usize> {
    /// Whether a node is of no use, when none of its rows is nearer than by this square.
    fn is_out(&self, node: u32, square: f64) -> bool;

    /// Looks at the rows of a leaf.
    fn meet(&mut self, tree: &Tree<D>, rows: Range<usize>);
}

/// Walks through the leaves below a node; `open` is room to work in.
#[inline(always)]
pub(super) fn descend<const D: usize>(
    tree: &Tree<D>,
    row: &[f64; D],
    from: u32,
    open: &mut Vec<(f64, u32)>,
    search: &mut impl Search<D>,
) {
    let square = |node: u32| tree.nodes[node as usize].bounds.square_to(row);
    open.push((square(from), from));
    while let Some((nearest, mut at)) = open.pop() {
        if search.is_out(at, nearest) {
            continue;
        }
        loop {
            let node = &tree.nodes[at as usize];
            if node.right == 0 {
                search.meet(tree, node.rows());
                break;
            }
            let (left, right) = ((square(at + 1), at + 1), (square(node.right), node.right));
            let (near, far) = if left.0 <= right.0 {
                (left, right)
            } else {
                (right, left)
            };
            if !search.is_out(far.1, far.0) {
                open.push(far);
            }
            if search.is_out(near.1, near.0) {
                break;
            }
            at = near.1;
        }
    }
}
