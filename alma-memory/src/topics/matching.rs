//! Which topic of today is which topic of the night before.

use std::collections::HashSet;

/// Centroids at least this close may be the same topic although they share no member.
const SIMILAR: f32 = 0.6;
/// Sharing at least this much of the smaller one's members makes the same topic.
const SHARED: f32 = 0.5;

/// A topic as matching sees it: members by place, and the direction of their mean.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) members: HashSet<usize>,
    pub(super) centroid: Vec<f32>,
}

impl Shape {
    pub(super) fn new(members: HashSet<usize>, vectors: &[f32], dimension: usize) -> Self {
        let mut centroid = vec![0.0_f32; dimension];
        // In order, so that the sum is the same always.
        let mut order: Vec<usize> = members.iter().copied().collect();
        order.sort_unstable();
        for member in order {
            let vector = &vectors[member * dimension..(member + 1) * dimension];
            centroid
                .iter_mut()
                .zip(vector)
                .for_each(|(sum, x)| *sum += x);
        }
        let norm = centroid.iter().map(|x| x * x).sum::<f32>().sqrt();
        if norm > 0.0 {
            centroid.iter_mut().for_each(|x| *x /= norm);
        }
        Self { members, centroid }
    }

    /// The cosine of a vector of length 1 to the centre.
    pub(super) fn cosine(&self, vector: &[f32]) -> f32 {
        self.centroid.iter().zip(vector).map(|(x, y)| x * y).sum()
    }
}

/// For each of today's topics, the place of the earlier one that it continues; none is continued twice.
///
/// The strongest pairs are taken first: shared members and the closeness of the centres add up.
pub(super) fn match_topics(earlier: &[Shape], today: &[Shape]) -> Vec<Option<usize>> {
    let mut pairs = Vec::new();
    for (old, before) in earlier.iter().enumerate() {
        for (new, now) in today.iter().enumerate() {
            let shared = before.members.intersection(&now.members).count() as f32;
            let smaller = before.members.len().min(now.members.len()).max(1) as f32;
            let union = (before.members.len() + now.members.len()) as f32 - shared;
            let cosine = before.cosine(&now.centroid);
            if shared / smaller >= SHARED || (cosine >= SIMILAR && !before.members.is_empty()) {
                pairs.push((shared / union.max(1.0) + cosine, old, new));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    let mut found = vec![None; today.len()];
    let mut taken = vec![false; earlier.len()];
    for (_, old, new) in pairs {
        if !taken[old] && found[new].is_none() {
            taken[old] = true;
            found[new] = Some(old);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(members: &[usize], x: f32, y: f32) -> Shape {
        Shape {
            members: members.iter().copied().collect(),
            centroid: vec![x, y],
        }
    }

    #[test]
    fn members_decide_before_closeness() {
        let earlier = [shape(&[0, 1, 2], 1.0, 0.0), shape(&[3, 4, 5], 0.0, 1.0)];
        let today = [
            shape(&[3, 4, 6], 0.8, 0.6),
            shape(&[0, 1, 2, 7], 1.0, 0.0),
            shape(&[8], 0.0, -1.0),
        ];
        assert_eq!(match_topics(&earlier, &today), [Some(1), Some(0), None]);
    }

    #[test]
    fn one_topic_has_one_successor() {
        let earlier = [shape(&[0, 1, 2, 3], 1.0, 0.0)];
        let today = [shape(&[0, 1], 1.0, 0.0), shape(&[2, 3, 4], 1.0, 0.0)];
        assert_eq!(match_topics(&earlier, &today), [Some(0), None]);
    }
}
