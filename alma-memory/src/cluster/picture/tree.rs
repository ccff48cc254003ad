//! The condensed tree as the drawing needs it: branches with what leaves them, and which were chosen.

use super::groups::Groups;
use crate::cluster::hdbscan::Hdbscan;

/// The share of the width that rows of no cluster may take.
const NOISE: f64 = 0.2;

/// A branch of the tree.
#[derive(Clone, Debug, Default)]
pub(super) struct Branch {
    pub(super) parent: Option<usize>,
    /// The largest first.
    pub(super) children: Vec<usize>,
    /// Rows at its birth.
    pub(super) size: usize,
    /// How wide those are.
    pub(super) width: f64,
    pub(super) birth: f64,
    /// At which λ how much width leaves it, ascending.
    pub(super) falls: Vec<(f64, f64)>,
    /// Whether it is a cluster of the answer, or within one.
    pub(super) role: Role,
    /// The place of the group that most rows of that cluster are in.
    pub(super) group: Option<usize>,
    /// Of a chosen one, what the fit says.
    pub(super) stability: f64,
}

/// What a branch is to the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Role {
    #[default]
    Trunk,
    Chosen,
    Inner,
}

/// The condensed tree of a fit; parents stand before their children.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) branches: Vec<Branch>,
    /// How wide a row of no cluster is; one of a cluster is 1.
    pub(super) noise_width: f64,
}

impl Tree {
    /// The tree of `model`, and into `groups` the stabilities; none when it has no rows.
    pub(super) fn new(model: &Hdbscan, groups: &mut Groups) -> Option<Self> {
        let labels = model.labels();
        let lines = model.condensed_tree();
        let first = labels.len();
        let last = lines.iter().map(|line| line.parent.max(line.child)).max()?;
        let clustered = labels.iter().flatten().count() as f64;
        let noise = labels.len() as f64 - clustered;
        let noise_width = if clustered > 0.0 && noise > 0.0 {
            (clustered / noise * NOISE / (1.0 - NOISE)).min(1.0)
        } else {
            1.0
        };
        let count = (last as usize + 1).saturating_sub(first).max(1);
        let mut branches = vec![Branch::default(); count];
        // By label of the fit, the branch that all of its rows lie below.
        let mut chosen: Vec<Option<usize>> = vec![None; model.stabilities().len()];
        for line in &lines {
            let (parent, child) = (line.parent as usize - first, line.child as usize);
            if child >= first {
                let child = child - first;
                branches[child].parent = Some(parent);
                branches[child].birth = line.lambda_val;
                branches[parent].children.push(child);
                continue;
            }
            let width = match labels[child] {
                Some(_) => 1.0,
                None => noise_width,
            };
            branches[parent].falls.push((line.lambda_val, width));
            branches[parent].size += 1;
            branches[parent].width += width;
        }
        for line in lines.iter().filter(|line| (line.child as usize) < first) {
            if let Some(label) = labels[line.child as usize] {
                let above = &mut chosen[label as usize];
                let branch = line.parent as usize - first;
                *above = Some(above.map_or(branch, |known| meet(&branches, known, branch)));
            }
        }
        for at in (0..branches.len()).rev() {
            let Some(parent) = branches[at].parent else {
                continue;
            };
            let (size, width, birth) = (branches[at].size, branches[at].width, branches[at].birth);
            branches[parent].size += size;
            branches[parent].width += width;
            branches[parent].falls.push((birth, width));
        }
        let sizes: Vec<usize> = branches.iter().map(|branch| branch.size).collect();
        for branch in &mut branches {
            branch
                .children
                .sort_by_key(|&child| (std::cmp::Reverse(sizes[child]), child));
            branch.falls.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        let mut out = Self {
            branches,
            noise_width,
        };
        out.choose(model, &chosen, groups);
        Some(out)
    }

    fn choose(&mut self, model: &Hdbscan, chosen: &[Option<usize>], groups: &mut Groups) {
        let mut votes: Vec<Vec<usize>> = vec![vec![0; groups.len()]; chosen.len()];
        for (label, group) in model.labels().iter().zip(groups.of_row()) {
            if let (Some(label), Some(group)) = (label, group) {
                votes[*label as usize][*group] += 1;
            }
        }
        for ((branch, votes), stability) in chosen.iter().zip(votes).zip(model.stabilities()) {
            let Some(branch) = branch.map(|at| &mut self.branches[at]) else {
                continue;
            };
            branch.role = Role::Chosen;
            branch.stability = *stability;
            let most = votes.iter().enumerate().rev();
            let most = most.max_by_key(|(_, count)| **count);
            branch.group = most.filter(|(_, count)| **count > 0).map(|(at, _)| at);
            if let Some(group) = branch.group {
                groups.add_stability(group, *stability);
            }
        }
        for at in 0..self.branches.len() {
            if let Some(parent) = self.branches[at].parent
                && self.branches[parent].role != Role::Trunk
                && self.branches[at].role == Role::Trunk
            {
                self.branches[at].role = Role::Inner;
                self.branches[at].group = self.branches[parent].group;
            }
        }
    }
}

/// The branch that both lie below; parents have smaller places than their children.
fn meet(branches: &[Branch], mut a: usize, mut b: usize) -> usize {
    while a != b {
        let lower = if a > b { &mut a } else { &mut b };
        match branches[*lower].parent {
            Some(parent) => *lower = parent,
            None => return *lower,
        }
    }
    a
}
