//! Scores: recall and nDCG of a ranking, F1 of a plan's tools and edges, percentiles.

use std::collections::BTreeMap;

/// The share of the relevant documents among the first `k` of a ranking.
#[must_use]
pub fn recall_at(ranking: &[String], relevant: &BTreeMap<String, u32>, k: usize) -> f64 {
    if relevant.is_empty() {
        return 0.0;
    }
    let found = ranking
        .iter()
        .take(k)
        .filter(|id| relevant.contains_key(*id))
        .count();
    ratio(found, relevant.len())
}

/// Normalised discounted cumulative gain of the first `k`, with the grade as gain.
#[must_use]
pub fn ndcg_at(ranking: &[String], relevant: &BTreeMap<String, u32>, k: usize) -> f64 {
    let discounted = |grades: &mut dyn Iterator<Item = u32>| -> f64 {
        grades
            .take(k)
            .enumerate()
            .map(|(rank, grade)| f64::from(grade) / (rank as f64 + 2.0).log2())
            .sum()
    };
    let gained = discounted(
        &mut ranking
            .iter()
            .map(|id| relevant.get(id).copied().unwrap_or(0)),
    );
    let mut best: Vec<u32> = relevant.values().copied().collect();
    best.sort_unstable_by(|a, b| b.cmp(a));
    let ideal = discounted(&mut best.into_iter());
    if ideal == 0.0 { 0.0 } else { gained / ideal }
}

/// Counts from which a micro-averaged F1 follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// In both.
    pub hit: usize,
    /// In what was proposed.
    pub proposed: usize,
    /// In what is right.
    pub right: usize,
}

impl Counts {
    /// Compares two multisets.
    #[must_use]
    pub fn of<T: Ord>(proposed: &[T], right: &[T]) -> Self {
        let mut wanted = BTreeMap::new();
        for item in right {
            *wanted.entry(item).or_insert(0_usize) += 1;
        }
        let mut hit = 0;
        for item in proposed {
            if let Some(count) = wanted.get_mut(item).filter(|count| **count > 0) {
                *count -= 1;
                hit += 1;
            }
        }
        Self {
            hit,
            proposed: proposed.len(),
            right: right.len(),
        }
    }

    /// Adds another comparison.
    pub fn add(&mut self, other: Self) {
        self.hit += other.hit;
        self.proposed += other.proposed;
        self.right += other.right;
    }

    /// Whether both sides are equal.
    #[must_use]
    pub fn is_exact(self) -> bool {
        self.hit == self.proposed && self.hit == self.right
    }

    /// The harmonic mean of precision and recall.
    #[must_use]
    pub fn f1(self) -> f64 {
        ratio(2 * self.hit, self.proposed + self.right)
    }
}

/// The mean; 0 of nothing.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() {
        0.0
    } else {
        values.iter().sum::<f64>() / values.len() as f64
    }
}

/// The value below which `share` of the values lie, by nearest rank; 0 of nothing.
#[must_use]
pub fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted
        .get(rank.saturating_sub(1).min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or(0.0)
}

/// `part` of `whole` as a fraction; 0 of nothing.
#[must_use]
pub fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// Four decimals: what a fraction over a thousand cases can carry.
#[must_use]
pub fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
