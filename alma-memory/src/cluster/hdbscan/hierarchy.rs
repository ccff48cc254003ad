//! The hierarchy of components: what is connected by edges up to each (weight, distance).

use super::{sets::Sets, spanning::Edge};

/// A tree whose leaves are rows and whose inner nodes are components as they come to be.
///
/// All edges equal in weight and distance merge at once, into one node with any number of
/// children. The components are the same for every minimum spanning tree, so the hierarchy is a
/// property of the data, whatever the order of its rows.
#[derive(Clone, Debug)]
pub(super) struct Hierarchy {
    rows: usize,
    /// Where the children of each inner node begin, and after the last one where they end.
    begins: Vec<u32>,
    children: Vec<u32>,
    weights: Vec<f64>,
    sizes: Vec<u32>,
}

impl Hierarchy {
    /// The hierarchy of `rows` rows under a spanning tree, in any order of its edges.
    pub(super) fn new(edges: &[Edge], rows: usize) -> Self {
        let mut sorted: Vec<&Edge> = edges.iter().collect();
        sorted.sort_unstable_by(|a, b| a.order(b));
        let mut out = Self {
            rows,
            begins: vec![0],
            children: Vec::with_capacity(2 * rows),
            weights: Vec::with_capacity(rows),
            sizes: Vec::with_capacity(rows),
        };
        let mut sets = Sets::new(rows);
        let mut nodes: Vec<u32> = (0..rows as u32).collect();
        for tied in sorted.chunk_by(|a, b| a.order(b).is_eq()) {
            out.merge(tied, &mut sets, &mut nodes);
        }
        out
    }

    /// Merges what edges of one length connect; `nodes` are those of the sets, by the row that stands for each.
    fn merge(&mut self, tied: &[&Edge], sets: &mut Sets, nodes: &mut [u32]) {
        let ends = tied.iter().flat_map(|edge| [edge.from, edge.to]);
        let mut parts: Vec<u32> = ends.map(|row| sets.find(row)).collect();
        parts.sort_unstable();
        parts.dedup();
        for edge in tied {
            sets.join(edge.from, edge.to);
        }
        let mut joined: Vec<(u32, u32)> = parts
            .into_iter()
            .map(|part| (sets.find(part), nodes[part as usize]))
            .collect();
        joined.sort_unstable();
        for group in joined.chunk_by(|a, b| a.0 == b.0) {
            let node = (self.rows + self.weights.len()) as u32;
            let size = group.iter().map(|&(_, child)| self.size(child)).sum();
            self.children.extend(group.iter().map(|&(_, child)| child));
            self.begins.push(self.children.len() as u32);
            self.weights.push(tied[0].weight);
            self.sizes.push(size);
            nodes[group[0].0 as usize] = node;
        }
    }

    /// The node that holds every row; none without edges.
    pub(super) fn root(&self) -> Option<u32> {
        (!self.weights.is_empty()).then(|| (self.rows + self.weights.len() - 1) as u32)
    }

    /// The children of a node; none of a row.
    pub(super) fn children(&self, node: u32) -> &[u32] {
        match self.inner(node) {
            Some(at) => &self.children[self.begins[at] as usize..self.begins[at + 1] as usize],
            None => &[],
        }
    }

    /// How many rows a node holds.
    pub(super) fn size(&self, node: u32) -> u32 {
        self.inner(node).map_or(1, |at| self.sizes[at])
    }

    /// The weight at which an inner node came to be.
    pub(super) fn weight(&self, node: u32) -> f64 {
        self.inner(node).map_or(0.0, |at| self.weights[at])
    }

    /// The smallest weight above zero; 1 when there is none.
    pub(super) fn smallest_weight(&self) -> f64 {
        let positive = self.weights.iter().copied().filter(|&weight| weight > 0.0);
        positive.min_by(f64::total_cmp).unwrap_or(1.0)
    }

    /// The rows below a node, in no order.
    pub(super) fn rows_below(&self, node: u32, out: &mut Vec<u32>) {
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            match self.inner(node) {
                None => out.push(node),
                Some(_) => open.extend_from_slice(self.children(node)),
            }
        }
    }

    fn inner(&self, node: u32) -> Option<usize> {
        (node as usize).checked_sub(self.rows)
    }
}
