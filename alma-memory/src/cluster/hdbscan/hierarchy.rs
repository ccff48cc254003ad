//! The hierarchy of components: what is connected by edges up to each (weight, distance).

use super::{sets::Sets, spanning::Edge};

/// A tree whose leaves are rows and whose inner nodes are components as they come to be.
///
/// All edges equal in weight and distance merge at once, into one node with any number of
/// children, which stand in the order of their first rows. The components are the same for every
/// minimum spanning tree, so the hierarchy is a property of the data, whatever the order of its rows.
#[derive(Clone, Debug)]
pub(super) struct Hierarchy {
    rows: usize,
    /// Where the children of each inner node begin, and after the last one where they end.
    begins: Vec<u32>,
    children: Vec<u32>,
    weights: Vec<f64>,
    sizes: Vec<u32>,
    /// The smallest weight above zero; 1 when there is none.
    least: f64,
}

/// No weight counts as smaller, so that sums of λ stay finite.
const TINY: f64 = 1e-290;

/// What is connected so far, by the row that stands for it: its node and its first row.
struct Parts {
    sets: Sets,
    nodes: Vec<u32>,
    firsts: Vec<u32>,
}

impl Hierarchy {
    /// The hierarchy of `rows` rows under a spanning tree, in any order of its edges.
    ///
    /// What edges leave apart is joined at last, at an infinite weight.
    pub(super) fn new(edges: &[Edge], rows: usize) -> Self {
        let mut sorted: Vec<&Edge> = edges.iter().collect();
        sorted.sort_unstable_by(|a, b| a.order(b));
        let mut out = Self {
            rows,
            begins: vec![0],
            children: Vec::with_capacity(2 * rows),
            weights: Vec::with_capacity(rows),
            sizes: Vec::with_capacity(rows),
            least: edges
                .iter()
                .map(|edge| edge.weight)
                .filter(|&weight| weight > 0.0)
                .min_by(f64::total_cmp)
                .map_or(1.0, |least| least.max(TINY)),
        };
        let mut parts = Parts {
            sets: Sets::new(rows),
            nodes: (0..rows as u32).collect(),
            firsts: (0..rows as u32).collect(),
        };
        for tied in sorted.chunk_by(|a, b| a.order(b).is_eq()) {
            match tied {
                [edge] => out.merge_two(edge, &mut parts),
                _ => out.merge(tied, &mut parts),
            }
        }
        out.join_all(&mut parts);
        out
    }

    /// Merges what an edge connects that no other one ties with.
    fn merge_two(&mut self, edge: &Edge, parts: &mut Parts) {
        let ends = [parts.sets.find(edge.from), parts.sets.find(edge.to)];
        let Some((into, _)) = parts.sets.join(ends[0], ends[1]) else {
            return;
        };
        let mut joined = ends.map(|end| (parts.firsts[end as usize], parts.nodes[end as usize]));
        joined.sort_unstable();
        parts.firsts[into as usize] = joined[0].0;
        parts.nodes[into as usize] =
            self.add(joined.into_iter().map(|(_, node)| node), edge.weight);
    }

    /// Merges what edges of one length connect.
    fn merge(&mut self, tied: &[&Edge], parts: &mut Parts) {
        let ends = tied.iter().flat_map(|edge| [edge.from, edge.to]);
        let mut merging: Vec<u32> = ends.map(|row| parts.sets.find(row)).collect();
        merging.sort_unstable();
        merging.dedup();
        for edge in tied {
            parts.sets.join(edge.from, edge.to);
        }
        // By the part that they are in now, and then by their first rows.
        let mut joined: Vec<(u32, u32, u32)> = merging
            .into_iter()
            .map(|part| {
                let (first, node) = (parts.firsts[part as usize], parts.nodes[part as usize]);
                (parts.sets.find(part), first, node)
            })
            .collect();
        joined.sort_unstable();
        let mut groups: Vec<&[(u32, u32, u32)]> = joined.chunk_by(|a, b| a.0 == b.0).collect();
        groups.sort_unstable_by_key(|group| group[0].1);
        for group in groups {
            let (part, first, _) = group[0];
            parts.firsts[part as usize] = first;
            parts.nodes[part as usize] =
                self.add(group.iter().map(|&(_, _, node)| node), tied[0].weight);
        }
    }

    /// Puts what is still apart under one node.
    fn join_all(&mut self, parts: &mut Parts) {
        let rows = self.rows as u32;
        let stands: Vec<u32> = (0..rows)
            .filter(|&row| parts.sets.find(row) == row)
            .collect();
        if stands.len() > 1 {
            let mut apart: Vec<(u32, u32)> = stands
                .into_iter()
                .map(|part| (parts.firsts[part as usize], parts.nodes[part as usize]))
                .collect();
            apart.sort_unstable();
            self.add(apart.into_iter().map(|(_, node)| node), f64::INFINITY);
        }
    }

    /// Adds a node over these children.
    fn add(&mut self, children: impl Iterator<Item = u32>, weight: f64) -> u32 {
        let begin = self.children.len();
        self.children.extend(children);
        let size = self.children[begin..]
            .iter()
            .map(|&child| self.size(child))
            .sum();
        self.begins.push(self.children.len() as u32);
        self.weights.push(weight);
        self.sizes.push(size);
        (self.rows + self.weights.len() - 1) as u32
    }

    /// The node that holds every row; none without edges.
    pub(super) fn root(&self) -> Option<u32> {
        (!self.weights.is_empty()).then(|| (self.rows + self.weights.len() - 1) as u32)
    }

    /// The inner nodes, children before parents.
    pub(super) fn nodes(&self) -> std::ops::Range<u32> {
        self.rows as u32..(self.rows + self.weights.len()) as u32
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

    /// λ, one by a weight: finite where rows are equal, and the same in any unit of length.
    pub(super) fn lambda(&self, weight: f64) -> f64 {
        1.0 / weight.max(self.least)
    }

    /// The rows below a node, in no order.
    pub(super) fn rows_below(&self, node: u32, out: &mut Vec<u32>) {
        if self.inner(node).is_none() {
            return out.push(node);
        }
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
