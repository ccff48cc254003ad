//! How far two ways to group rows agree.

use std::collections::HashMap;

/// The adjusted Rand index (Hubert and Arabie, 1985): 1 for the same groups, about 0 for chance.
///
/// Rows without a group count as one group of their own, as scikit-learn's figures count noise.
#[must_use]
pub fn adjusted_rand(a: &[Option<u32>], b: &[Option<u32>]) -> f64 {
    let mut both = HashMap::new();
    let (mut of_a, mut of_b) = (HashMap::new(), HashMap::new());
    for (&a, &b) in a.iter().zip(b) {
        *both.entry((a, b)).or_insert(0_u64) += 1;
        *of_a.entry(a).or_insert(0_u64) += 1;
        *of_b.entry(b).or_insert(0_u64) += 1;
    }
    let (together, in_a, in_b) = (
        pairs(both.values()),
        pairs(of_a.values()),
        pairs(of_b.values()),
    );
    let all = pairs([&(a.len() as u64)].into_iter());
    let chance = if all == 0.0 { 0.0 } else { in_a * in_b / all };
    let most = f64::midpoint(in_a, in_b);
    if most == chance {
        1.0
    } else {
        (together - chance) / (most - chance)
    }
}

fn pairs<'a>(counts: impl Iterator<Item = &'a u64>) -> f64 {
    counts
        .map(|&count| (count * count.saturating_sub(1) / 2) as f64)
        .sum()
}
