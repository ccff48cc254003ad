//! Trees as tables, with the columns that Python's hdbscan gives them.

use super::model::Hdbscan;

/// A line of the condensed tree: a row or a cluster leaves the cluster above it.
///
/// Rows are numbered as in the input, clusters from the number of rows on; that first one is the root.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct CondensedRow {
    /// The cluster above.
    pub parent: u32,
    /// The row or cluster that leaves it.
    pub child: u32,
    /// The λ, one by distance, at which it does; 0 for what no distance connects.
    pub lambda_val: f64,
    /// How many rows the child has.
    pub child_size: u32,
}

/// A line of the single-linkage tree: two parts merge into one.
///
/// Rows are numbered as in the input, parts from the number of rows on, in the order of lines.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Merge {
    /// A part.
    pub left_child: u32,
    /// Another one.
    pub right_child: u32,
    /// The mutual reachability distance at which they merge.
    pub distance: f64,
    /// How many rows they have together.
    pub size: u32,
}

impl Hdbscan {
    /// The condensed tree, by parent, then λ, then child; parents stand before their children.
    ///
    /// Rows that have no place in the geometry are not in it.
    #[must_use]
    pub fn condensed_tree(&self) -> Vec<CondensedRow> {
        let (tree, condensed) = (&self.tree, &self.condensed);
        let first = tree.len as u32;
        let of_row = |(&row, &(branch, lambda)): (&u32, &(u32, f64))| CondensedRow {
            parent: first + branch,
            child: row,
            lambda_val: tree.lambda(lambda),
            child_size: 1,
        };
        let mut out: Vec<CondensedRow> = tree
            .places
            .iter()
            .zip(&condensed.exits)
            .map(of_row)
            .collect();
        for (branch, child) in condensed.branches.iter().zip(first..) {
            out.extend(branch.parent.map(|parent| CondensedRow {
                parent: first + parent,
                child,
                lambda_val: tree.lambda(branch.birth),
                child_size: branch.size,
            }));
        }
        out.sort_unstable_by(|a, b| {
            let lambda = a.lambda_val.total_cmp(&b.lambda_val);
            a.parent
                .cmp(&b.parent)
                .then(lambda)
                .then(a.child.cmp(&b.child))
        });
        out
    }

    /// The single-linkage tree, by distance; parts that merge at once do so one after another, in the
    /// order of their first rows. What no distance connects stays apart.
    #[must_use]
    pub fn single_linkage(&self) -> Vec<Merge> {
        let (tree, hierarchy) = (&self.tree, &self.tree.hierarchy);
        let mut numbers = tree.places.clone();
        let mut out: Vec<Merge> = Vec::with_capacity(tree.edges.len());
        for node in hierarchy
            .nodes()
            .filter(|&node| hierarchy.weight(node).is_finite())
        {
            let mut parts = hierarchy.children(node).iter();
            let Some(&first) = parts.next() else { continue };
            let (mut left_child, mut size) = (numbers[first as usize], hierarchy.size(first));
            for &part in parts {
                size += hierarchy.size(part);
                out.push(Merge {
                    left_child,
                    right_child: numbers[part as usize],
                    distance: tree.distance(hierarchy.weight(node)),
                    size,
                });
                left_child = (tree.len + out.len() - 1) as u32;
            }
            numbers.push(left_child);
        }
        out
    }
}
