//! What the condensed tree tells of single rows and of the whole answer.

use super::model::Hdbscan;

impl Hdbscan {
    /// By row, how far it lies outside, from 0 to 1: GLOSH, the global-local outlier score from
    /// hierarchies (Campello, Moulavi, Zimek and Sander, 2015).
    ///
    /// One minus the λ at which a row leaves its cluster, by the largest λ within that cluster. A row
    /// that has no place in the geometry scores 1.
    #[must_use]
    pub fn outlier_scores(&self) -> Vec<f64> {
        let branches = &self.condensed.branches;
        let mut deepest: Vec<f64> = branches.iter().map(|branch| branch.death).collect();
        // Children stand behind their parents.
        for (at, branch) in branches.iter().enumerate().rev() {
            if let Some(parent) = branch.parent {
                deepest[parent as usize] = deepest[parent as usize].max(deepest[at]);
            }
        }
        let mut scores = vec![1.0; self.tree.len];
        for (&row, &(branch, lambda)) in self.tree.places.iter().zip(&self.condensed.exits) {
            let deepest = deepest[branch as usize];
            scores[row as usize] = match deepest > 0.0 {
                true => (deepest - lambda) / deepest,
                false => 0.0,
            };
        }
        scores
    }

    /// The rows at the heart of a cluster, ascending: of every leaf below it those that stay longest.
    ///
    /// Empty when there is no such cluster.
    #[must_use]
    pub fn exemplars(&self, cluster: u32) -> Vec<u32> {
        let Some(&chosen) = self.chosen.clusters().get(cluster as usize) else {
            return Vec::new();
        };
        let stays = |&(branch, lambda): &(u32, f64)| {
            let leaf = &self.condensed.branches[branch as usize];
            let last = leaf.children.is_empty() && lambda == leaf.death;
            last && self.chosen.cluster(branch, lambda) == Some(chosen)
        };
        let rows = self.tree.places.iter().zip(&self.condensed.exits);
        rows.filter(|(_, exit)| stays(exit))
            .map(|(&row, _)| row)
            .collect()
    }

    /// How well separated and how dense inside the clusters are, from -1 to 1, by the spanning tree
    /// alone: comparable between cuts of one tree or fits of the same rows, and nothing else.
    ///
    /// An approximation of DBCV (Moulavi, Jaskowiak, Campello, Zimek and Sander, "Density-based
    /// clustering validation", 2014), as Python's hdbscan has it: for each cluster its heaviest inner
    /// edge against its lightest edge to another cluster, weighted by size. Where edges tie in both
    /// weight and length, it is that of one of several minimum spanning trees.
    #[must_use]
    pub fn relative_validity(&self) -> f64 {
        let labels = self.labels();
        let clusters = self.chosen.clusters().len();
        let (mut sparse, mut apart) = (vec![0.0_f64; clusters], vec![f64::INFINITY; clusters]);
        let (mut heaviest, mut outside) = (0.0_f64, f64::INFINITY);
        for edge in &self.tree.edges {
            heaviest = heaviest.max(edge.weight);
            match (labels[edge.from as usize], labels[edge.to as usize]) {
                (Some(a), Some(b)) if a == b => {
                    sparse[a as usize] = sparse[a as usize].max(edge.weight);
                }
                (Some(a), Some(b)) => {
                    for end in [a as usize, b as usize] {
                        apart[end] = apart[end].min(edge.weight);
                    }
                }
                (None, None) => {}
                _ => outside = outside.min(edge.weight),
            }
        }
        // A cluster that touches none but noise is taken for farther away than anything.
        let far = match clusters {
            1 if outside.is_finite() => 2.0 * outside,
            _ => 2.0 * heaviest,
        };
        let mut sizes = vec![0_u32; clusters];
        for &label in labels.iter().flatten() {
            sizes[label as usize] += 1;
        }
        let validity = |((&size, &sparse), &apart): ((&u32, &f64), &f64)| {
            let apart = if apart.is_finite() { apart } else { far };
            let larger = sparse.max(apart);
            let value = if larger > 0.0 {
                (apart - sparse) / larger
            } else {
                0.0
            };
            f64::from(size) * value / labels.len() as f64
        };
        let mut terms: Vec<f64> = sizes
            .iter()
            .zip(&sparse)
            .zip(&apart)
            .map(validity)
            .collect();
        // In ascending order, so that no order of rows stands in the sum.
        terms.sort_unstable_by(f64::total_cmp);
        terms.into_iter().fold(0.0, |sum, term| sum + term)
    }
}
