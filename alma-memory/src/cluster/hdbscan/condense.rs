//! The condensed tree: the hierarchy seen at one smallest size of clusters.

use super::hierarchy::Hierarchy;

/// A cluster of the condensed tree.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    /// The cluster that it split from; none for the root.
    pub(super) parent: Option<u32>,
    /// How many rows it was born with.
    pub(super) size: u32,
    /// The λ at which it came to be.
    pub(super) birth: f64,
    /// The largest λ at which rows leave it.
    pub(super) death: f64,
    /// How much it persists: the sum over its rows of the λ that they stay for.
    pub(super) stability: f64,
    /// The clusters that it splits into.
    pub(super) children: Vec<u32>,
}

/// Clusters, parents before children, and where each row leaves.
#[derive(Clone, Debug, Default)]
pub(super) struct Condensed {
    pub(super) branches: Vec<Branch>,
    /// By row: the cluster that it leaves last, and the λ at which it does.
    pub(super) exits: Vec<(u32, f64)>,
}

impl Condensed {
    /// Condenses a hierarchy of `rows` rows; clusters have at least `smallest` of them.
    pub(super) fn new(hierarchy: &Hierarchy, rows: usize, smallest: u32) -> Self {
        let Some(root) = hierarchy.root() else {
            return Self::default();
        };
        let mut out = Self {
            branches: vec![Branch::new(None, hierarchy.size(root), 0.0)],
            exits: vec![(0, 0.0); rows],
        };
        // By cluster: at which λ how many rows leave.
        let mut falls: Vec<Vec<(f64, u32)>> = vec![Vec::new()];
        let (mut leaving, mut big) = (Vec::new(), Vec::new());
        let mut open = vec![(root, 0_u32)];
        while let Some((node, cluster)) = open.pop() {
            let level = hierarchy.lambda(hierarchy.weight(node));
            big.clear();
            leaving.clear();
            for &child in hierarchy.children(node) {
                if hierarchy.size(child) < smallest {
                    hierarchy.rows_below(child, &mut leaving);
                } else {
                    big.push(child);
                }
            }
            for &row in &leaving {
                out.exits[row as usize] = (cluster, level);
            }
            let mut gone = leaving.len() as u32;
            match big[..] {
                [] => {}
                [only] => open.push((only, cluster)),
                _ => {
                    for &child in &big {
                        let born = out.branches.len() as u32;
                        let size = hierarchy.size(child);
                        gone += size;
                        out.branches.push(Branch::new(Some(cluster), size, level));
                        out.branches[cluster as usize].children.push(born);
                        falls.push(Vec::new());
                        open.push((child, born));
                    }
                }
            }
            falls[cluster as usize].push((level, gone));
        }
        for (branch, falls) in out.branches.iter_mut().zip(&mut falls) {
            // In ascending order of λ, so that no order of rows stands in the sum.
            falls.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            branch.death = falls.last().map_or(branch.birth, |fall| fall.0);
            branch.stability = falls
                .iter()
                .map(|&(level, count)| f64::from(count) * (level - branch.birth))
                .sum();
        }
        out
    }
}

impl Branch {
    fn new(parent: Option<u32>, size: u32, birth: f64) -> Self {
        Self {
            parent,
            size,
            birth,
            death: birth,
            stability: 0.0,
            children: Vec::new(),
        }
    }
}
