//! Who is near whom: a weighted graph over rows, or over groups of them.

/// The nearest directions of each, by distance, and how many rows count as neighbours of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Near<'a> {
    pub(super) lists: &'a [Vec<(f64, u32)>],
    /// By direction, how many rows have it.
    pub(super) counts: &'a [u32],
    pub(super) k: usize,
}

/// An undirected graph; the edges of a node in ascending order of the other end, its own loop among them.
#[derive(Debug)]
pub(super) struct Graph {
    begins: Vec<u32>,
    ends: Vec<(u32, f64)>,
    /// By node, the weight of all its edges.
    pub(super) volumes: Vec<f64>,
}

impl Graph {
    /// The neighbours of directions, weighted by their cosines, those at the ranks that are wanted.
    ///
    /// A direction of several rows counts as often, as a neighbour and as one that has neighbours.
    pub(super) fn new(near: Near<'_>, wanted: impl Fn(usize) -> bool) -> Self {
        let mut edges: Vec<Vec<(u32, f64)>> = vec![Vec::new(); near.lists.len()];
        for (row, list) in (0..).zip(near.lists) {
            let copies = near.counts[row as usize] as usize;
            let mut left = near.k.saturating_sub(copies - 1);
            let own = copies as f64;
            if copies > 1 {
                edges[row as usize].push((row, own * (near.k - left) as f64));
            }
            for (rank, &(distance, other)) in list.iter().enumerate() {
                let counted = left.min(near.counts[other as usize] as usize);
                left -= counted;
                let weight = own * counted as f64 * cosine(distance) / 2.0;
                if wanted(rank) && weight > 0.0 {
                    edges[row as usize].push((other, weight));
                    edges[other as usize].push((row, weight));
                }
            }
        }
        Self::gathered(edges.into_iter())
    }

    /// From edges by node; several to one end are added in the order in which they come.
    fn gathered(edges: impl ExactSizeIterator<Item = Vec<(u32, f64)>>) -> Self {
        let mut out = Self {
            begins: Vec::with_capacity(edges.len() + 1),
            ends: Vec::new(),
            volumes: Vec::with_capacity(edges.len()),
        };
        out.begins.push(0);
        for mut edges in edges {
            // Stable, and sums of two are the same either way.
            edges.sort_by_key(|edge| edge.0);
            for same in edges.chunk_by(|a, b| a.0 == b.0) {
                let weight = same.iter().map(|edge| edge.1).sum();
                out.ends.push((same[0].0, weight));
            }
            let begin = out.begins[out.begins.len() - 1] as usize;
            let volume = out.ends[begin..].iter().map(|edge| edge.1).sum();
            out.volumes.push(volume);
            out.begins.push(out.ends.len() as u32);
        }
        out
    }

    pub(super) const fn len(&self) -> usize {
        self.volumes.len()
    }

    /// The edges of a node: the other end, and the weight.
    pub(super) fn edges(&self, node: usize) -> &[(u32, f64)] {
        &self.ends[self.begins[node] as usize..self.begins[node + 1] as usize]
    }

    /// The graph whose nodes are the `groups` of this one's.
    pub(super) fn grouped(&self, labels: &[u32], groups: usize) -> Self {
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); groups];
        for (node, &label) in (0..).zip(labels) {
            members[label as usize].push(node);
        }
        let mut out = Self {
            begins: Vec::with_capacity(groups + 1),
            ends: Vec::new(),
            volumes: Vec::with_capacity(groups),
        };
        out.begins.push(0);
        let mut weights = vec![0.0; groups];
        let mut met = Vec::new();
        for nodes in members {
            let edges = nodes.iter().flat_map(|&node| self.edges(node as usize));
            for &(end, weight) in edges {
                let group = labels[end as usize];
                if weights[group as usize] == 0.0 {
                    met.push(group);
                }
                weights[group as usize] += weight;
            }
            met.sort_unstable();
            for group in met.drain(..) {
                out.ends
                    .push((group, std::mem::take(&mut weights[group as usize])));
            }
            out.begins.push(out.ends.len() as u32);
            let volume = nodes.iter().map(|&node| self.volumes[node as usize]).sum();
            out.volumes.push(volume);
        }
        out
    }
}

/// The cosine of two rows of length 1 at a distance, not below 0.
pub(super) fn cosine(distance: f64) -> f64 {
    (1.0 - distance * distance / 2.0).max(0.0)
}
