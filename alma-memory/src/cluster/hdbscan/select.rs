//! Which clusters of the condensed tree are the answer, and how strongly rows belong to them.

use super::{
    condense::Condensed,
    params::{HdbscanValidParams, Selection},
    prepare::shift,
};

/// What is to be chosen, in the units of the tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    /// The smallest size of clusters.
    pub(super) smallest: u32,
    /// The largest size of clusters that excess of mass may choose.
    pub(super) largest: u32,
    pub(super) selection: Selection,
    pub(super) single: bool,
    /// Clusters that are born nearer than this are taken together; 0 for none.
    pub(super) epsilon: f64,
}

/// The clusters of an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Chosen {
    /// By cluster of the condensed tree, the chosen one that it lies in.
    within: Vec<Option<u32>>,
    /// By cluster of the condensed tree, its number in the answer.
    numbers: Vec<Option<u32>>,
    /// By number, the cluster of the condensed tree.
    clusters: Vec<u32>,
    /// The least λ of a row that belongs to the root.
    floor: f64,
}

/// Labels and probabilities by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Flat {
    /// Clusters are numbered by the first row that carries them.
    pub(super) labels: Vec<Option<u32>>,
    /// 0 to 1; 0 for noise.
    pub(super) probabilities: Vec<f64>,
}

impl Cut {
    /// What `params` ask of a tree whose lengths times two to `exponent` are those of the input.
    pub(super) fn new(params: &HdbscanValidParams, exponent: i32) -> Self {
        let rows = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
        Self {
            smallest: rows(params.min_cluster_size),
            largest: params.max_cluster_size.map_or(u32::MAX, rows),
            selection: params.selection,
            single: params.allow_single_cluster,
            epsilon: shift(params.cluster_selection_epsilon, -exponent),
        }
    }
}

impl Chosen {
    /// The clusters that `cut` chooses.
    pub(super) fn new(condensed: &Condensed, cut: &Cut) -> Self {
        let picked = near(condensed, cut, &persistent(condensed, cut));
        let mut out = Self {
            within: outermost(condensed, &picked),
            numbers: vec![None; picked.len()],
            clusters: Vec::new(),
            floor: if cut.epsilon > 0.0 {
                1.0 / cut.epsilon
            } else {
                0.0
            },
        };
        for &(branch, lambda) in &condensed.exits {
            if let Some(cluster) = out.cluster(branch, lambda) {
                let number = out.clusters.len() as u32;
                let known = &mut out.numbers[cluster as usize];
                if known.is_none() {
                    *known = Some(number);
                    out.clusters.push(cluster);
                }
            }
        }
        out
    }

    /// By number, the cluster of the condensed tree.
    pub(super) fn clusters(&self) -> &[u32] {
        &self.clusters
    }

    /// The label and the probability of what leaves `branch` at `lambda`; none for noise.
    pub(super) fn place(
        &self,
        condensed: &Condensed,
        branch: u32,
        lambda: f64,
    ) -> Option<(u32, f64)> {
        let cluster = self.cluster(branch, lambda)? as usize;
        let death = condensed.branches[cluster].death;
        Some((self.numbers[cluster]?, lambda.min(death) / death))
    }

    /// Where every row of the tree is placed.
    pub(super) fn flat(&self, condensed: &Condensed) -> Flat {
        let place = |&(branch, lambda): &(u32, f64)| match self.place(condensed, branch, lambda) {
            Some((label, probability)) => (Some(label), probability),
            None => (None, 0.0),
        };
        let (labels, probabilities) = condensed.exits.iter().map(place).unzip();
        Flat {
            labels,
            probabilities,
        }
    }

    /// The chosen cluster that something belongs to: nothing does that is infinitely far from it.
    pub(super) fn cluster(&self, branch: u32, lambda: f64) -> Option<u32> {
        let cluster = self.within[branch as usize]?;
        let far = lambda <= 0.0 || (cluster == 0 && lambda < self.floor);
        (!far).then_some(cluster)
    }
}

impl Flat {
    /// The same by the places of `len` rows of which only some were clustered; the others are noise.
    pub(super) fn spread(self, places: &[u32], len: usize) -> Self {
        let mut out = Self {
            labels: vec![None; len],
            probabilities: vec![0.0; len],
        };
        for ((&place, label), probability) in places.iter().zip(self.labels).zip(self.probabilities)
        {
            out.labels[place as usize] = label;
            out.probabilities[place as usize] = probability;
        }
        out
    }
}

/// By cluster, whether the method of selection wants it; the root only when `single` allows it.
fn persistent(condensed: &Condensed, cut: &Cut) -> Vec<bool> {
    let branches = &condensed.branches;
    let mut best: Vec<f64> = branches.iter().map(|branch| branch.stability).collect();
    let mut picked = vec![false; branches.len()];
    // Children stand behind their parents.
    for (at, branch) in branches.iter().enumerate().rev() {
        let mut below: Vec<f64> = branch
            .children
            .iter()
            .map(|&child| best[child as usize])
            .collect();
        below.sort_unstable_by(f64::total_cmp);
        let below: f64 = below.into_iter().sum();
        let wins = match cut.selection {
            Selection::ExcessOfMass => {
                let persists = branch.children.is_empty() || branch.stability >= below;
                persists && branch.size <= cut.largest
            }
            Selection::Leaf => branch.children.is_empty(),
        };
        let allowed = cut.single || branch.parent.is_some();
        picked[at] = wins && allowed && branch.size >= cut.smallest;
        best[at] = if picked[at] { branch.stability } else { below };
    }
    picked
}

/// The same with clusters that are born nearer than `epsilon` replaced by what they were part of
/// at that distance (Malzer and Baum, 2020).
fn near(condensed: &Condensed, cut: &Cut, picked: &[bool]) -> Vec<bool> {
    let limit = 1.0 / cut.epsilon;
    let branches = &condensed.branches;
    let mut out = vec![false; picked.len()];
    for (at, &cluster) in (0_u32..).zip(&outermost(condensed, picked)) {
        if cluster != Some(at) {
            continue;
        }
        let mut at = at as usize;
        if branches[at].birth > limit {
            while let Some(parent) = branches[at].parent {
                if parent == 0 && !cut.single {
                    break;
                }
                at = parent as usize;
                if branches[at].birth < limit {
                    break;
                }
            }
        }
        out[at] = true;
    }
    out
}

/// By cluster: the picked one that it lies in, the one nearest to the root if there are several.
fn outermost(condensed: &Condensed, picked: &[bool]) -> Vec<Option<u32>> {
    let mut within: Vec<Option<u32>> = Vec::with_capacity(picked.len());
    for (branch, (at, &picked)) in condensed.branches.iter().zip((0..).zip(picked)) {
        let above = branch.parent.and_then(|parent| within[parent as usize]);
        within.push(above.or_else(|| picked.then_some(at)));
    }
    within
}
