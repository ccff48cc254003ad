//! Which clusters of the condensed tree are the answer, and how strongly rows belong to them.

use super::{condense::Condensed, params::Selection};

/// Labels, probabilities and stabilities.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Flat {
    /// By row; clusters are numbered by the first row that carries them.
    pub(super) labels: Vec<Option<u32>>,
    /// By row, 0 to 1; 0 for noise.
    pub(super) probabilities: Vec<f64>,
    /// By label.
    pub(super) stabilities: Vec<f64>,
}

impl Flat {
    /// Nothing but noise.
    pub(super) fn noise(rows: usize) -> Self {
        Self {
            labels: vec![None; rows],
            probabilities: vec![0.0; rows],
            stabilities: Vec::new(),
        }
    }

    /// The same by the places of `len` rows of which only some were clustered; the others are noise.
    pub(super) fn spread(self, places: &[u32], len: usize) -> Self {
        let mut out = Self::noise(len);
        for ((&place, label), probability) in places.iter().zip(self.labels).zip(self.probabilities)
        {
            out.labels[place as usize] = label;
            out.probabilities[place as usize] = probability;
        }
        out.stabilities = self.stabilities;
        out
    }

    /// The clusters that `selection` chooses; the root only when `single` allows it.
    pub(super) fn new(condensed: &Condensed, selection: Selection, single: bool) -> Self {
        let chosen = chosen(condensed, selection, single);
        let rows = condensed.exits.len();
        let mut out = Self {
            labels: Vec::with_capacity(rows),
            probabilities: Vec::with_capacity(rows),
            stabilities: Vec::new(),
        };
        let mut numbers: Vec<Option<u32>> = vec![None; condensed.branches.len()];
        for &(branch, lambda) in &condensed.exits {
            let Some(cluster) = chosen[branch as usize] else {
                out.labels.push(None);
                out.probabilities.push(0.0);
                continue;
            };
            let cluster = cluster as usize;
            let number = *numbers[cluster].get_or_insert_with(|| {
                out.stabilities.push(condensed.branches[cluster].stability);
                out.stabilities.len() as u32 - 1
            });
            let death = condensed.branches[cluster].death;
            out.labels.push(Some(number));
            out.probabilities.push(lambda.min(death) / death);
        }
        out
    }
}

/// By cluster: the chosen one that it lies in.
fn chosen(condensed: &Condensed, selection: Selection, single: bool) -> Vec<Option<u32>> {
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
        let wins = branch.children.is_empty()
            || match selection {
                Selection::ExcessOfMass => branch.stability >= below,
                Selection::Leaf => false,
            };
        picked[at] = wins && (single || branch.parent.is_some());
        best[at] = if picked[at] { branch.stability } else { below };
    }
    let mut within: Vec<Option<u32>> = Vec::with_capacity(branches.len());
    for (at, branch) in branches.iter().enumerate() {
        let above = branch.parent.and_then(|parent| within[parent as usize]);
        within.push(above.or_else(|| picked[at].then_some(at as u32)));
    }
    within
}
