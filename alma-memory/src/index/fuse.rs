//! Fusion: several retrievers' scores into one, with each retriever's rank kept.

use std::cmp::Ordering;

/// Further down no retriever is said to have found a record.
const MAX_RANK: usize = 1_000;

/// One retriever's scores, over the entries of all tables that were asked, one after another.
#[derive(Debug)]
pub(crate) struct Arm {
    pub(crate) name: &'static str,
    pub(crate) weight: f32,
    /// Entries at zero or below were not found.
    pub(crate) scores: Vec<f32>,
}

/// The fused scores and each arm's ranks.
#[derive(Debug)]
pub(crate) struct Fused {
    /// From 0 to 1.
    pub(crate) scores: Vec<f32>,
    /// Per arm: the rank of each entry that it found, from 1; 0 where it found none.
    pub(crate) ranks: Vec<Vec<u32>>,
}

/// Each arm is brought to 0..=1 over the entries that pass, then they are added by weight.
///
/// Scores are fused and not ranks: a weak retriever's confident order would drown a
/// strong one's margin. An arm that tells nothing apart adds nothing.
pub(crate) fn fuse(arms: &[Arm], passes: &[bool]) -> Fused {
    let mut scores = vec![0.0; passes.len()];
    let total: f32 = arms.iter().map(|arm| arm.weight).sum();
    let mut ranks = Vec::with_capacity(arms.len());
    for arm in arms {
        let passing = arm.scores.iter().zip(passes).filter(|(_, passes)| **passes);
        let (low, high) = passing.fold(
            (f32::INFINITY, f32::NEG_INFINITY),
            |(low, high), (&score, _)| (low.min(score), high.max(score)),
        );
        // A lone entry, or all alike: found is found.
        let low = if high > low { low } else { 0.0 };
        if high > 0.0 {
            for (fused, &score) in scores.iter_mut().zip(&arm.scores) {
                let share = ((score - low) / (high - low)).clamp(0.0, 1.0);
                *fused += share * arm.weight / total;
            }
        }
        ranks.push(rank(&arm.scores, passes));
    }
    Fused { scores, ranks }
}

fn rank(scores: &[f32], passes: &[bool]) -> Vec<u32> {
    let mut found: Vec<usize> = (0..scores.len())
        .filter(|&place| passes[place] && scores[place] > 0.0)
        .collect();
    let order = |&a: &usize, &b: &usize| scores[b].total_cmp(&scores[a]).then(a.cmp(&b));
    keep_best(&mut found, MAX_RANK, order);
    let mut ranks = vec![0; scores.len()];
    for (rank, place) in (1..).zip(found) {
        ranks[place] = rank;
    }
    ranks
}

/// Sorts `items` and keeps the first `k`, without sorting what is dropped.
pub(crate) fn keep_best<T>(items: &mut Vec<T>, k: usize, order: impl Fn(&T, &T) -> Ordering) {
    if k < items.len() {
        items.select_nth_unstable_by(k, &order);
        items.truncate(k);
    }
    items.sort_unstable_by(order);
}
