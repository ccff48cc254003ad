//! What of a partition would be found again.

use super::{
    communities::communities,
    graph::{Graph, Near},
};

/// By topic, how alike are to it the topics that each half of the neighbours shows, 0 to 1.
///
/// Hennig ("Cluster-wise assessment of cluster stability", 2007) finds clusters again in data drawn
/// anew and compares by Jaccard's index; below 0.5 a cluster is dissolved. In the place of new data
/// stand the neighbours of even and of odd rank, which share no edge.
pub(super) fn stabilities(
    near: Near<'_>,
    resolution: f64,
    labels: &[u32],
    topics: usize,
) -> Vec<f64> {
    let mut out = vec![0.0; topics];
    for half in 0..2 {
        let graph = Graph::new(near, |rank| rank % 2 == half);
        let (others, _) = communities(&graph, resolution, 1);
        for (sum, alike) in out
            .iter_mut()
            .zip(alike(near.counts, labels, topics, &others))
        {
            *sum += alike / 2.0;
        }
    }
    out
}

/// By topic, the largest Jaccard index that it has with one of the others.
fn alike(counts: &[u32], labels: &[u32], topics: usize, others: &[u32]) -> Vec<f64> {
    let mut pairs: Vec<(u32, u32, u32)> = labels
        .iter()
        .zip(others)
        .zip(counts)
        .map(|((&label, &other), &count)| (label, other, count))
        .collect();
    pairs.sort_unstable();
    let most = others.iter().max().map_or(0, |&last| last as usize + 1);
    let (mut sizes, mut other_sizes) = (vec![0_u64; topics], vec![0_u64; most]);
    for &(label, other, count) in &pairs {
        sizes[label as usize] += u64::from(count);
        other_sizes[other as usize] += u64::from(count);
    }
    let mut out = vec![0.0_f64; topics];
    for same in pairs.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let (label, other) = (same[0].0 as usize, same[0].1 as usize);
        let both: u64 = same.iter().map(|pair| u64::from(pair.2)).sum();
        let either = sizes[label] + other_sizes[other] - both;
        out[label] = out[label].max(both as f64 / either as f64);
    }
    out
}
