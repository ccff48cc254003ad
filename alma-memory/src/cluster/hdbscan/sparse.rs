//! The engine for distances of some pairs alone.

use super::{
    engine::{Effort, Grown},
    sets::Sets,
    spanning::Edge,
    watch::{Cancelled, Progress, Watch},
};

/// The part of the work that core distances are.
const CORES: f64 = 0.4;

/// Up to so many edges are put in order at once; of more, the lighter half comes first.
const FEW: usize = 1 << 15;

/// At most so many rows are looked at between two questions to the watcher.
const UNASKED: usize = 256;

/// A minimum spanning forest by (weight, distance) over `n` rows under the mutual reachability with
/// `k` neighbours; `pairs` are of two different rows, each once and at a finite distance. A row with
/// fewer than `k` of them is connected to nothing.
///
/// # Errors
/// `Cancelled` when the watcher stops it.
pub(super) fn grow(
    n: usize,
    k: usize,
    watch: Watch<'_>,
    pairs: &[(u32, u32, f64)],
) -> Result<Grown, Cancelled> {
    watch.tell(0.0)?;
    let k = k.min(n.saturating_sub(1));
    let core = cores(n, k, watch.step(0.0, CORES), pairs)?;
    let reach = |&(from, to, distance): &(u32, u32, f64)| Edge {
        from,
        to,
        weight: distance.max(core[from as usize]).max(core[to as usize]),
        distance,
    };
    let edges = pairs.iter().map(reach);
    let edges = edges.filter(|edge| edge.weight.is_finite()).collect();
    Ok(Grown {
        recall: None,
        edges: lightest(n, edges, watch.step(CORES, 1.0 - CORES))?,
        core,
        effort: Effort::default(),
    })
}

/// By row, the distance to its `k`-th nearest other row.
fn cores(
    n: usize,
    k: usize,
    watch: Watch<'_>,
    pairs: &[(u32, u32, f64)],
) -> Result<Vec<f64>, Cancelled> {
    let mut near: Vec<Vec<f64>> = vec![Vec::new(); n];
    for &(from, to, distance) in pairs {
        near[from as usize].push(distance);
        near[to as usize].push(distance);
    }
    let progress = Progress::new(watch, n, UNASKED);
    let core = |mut near: Vec<f64>| {
        progress.did_one()?;
        Ok(match k.checked_sub(1) {
            None => 0.0,
            Some(nth) if nth < near.len() => *near.select_nth_unstable_by(nth, f64::total_cmp).1,
            Some(_) => f64::INFINITY,
        })
    };
    near.into_iter().map(core).collect()
}

/// The edges of a minimum spanning forest, lightest first (Kruskal): the heavier half of many is put in order only as far
/// as the lighter one leaves its ends apart (Osipov, Sanders and Singler, "The filter-Kruskal minimum spanning tree
/// algorithm", 2009).
fn lightest(n: usize, edges: Vec<Edge>, watch: Watch<'_>) -> Result<Vec<Edge>, Cancelled> {
    let (all, mut taken) = (edges.len(), 0);
    let mut sets = Sets::new(n);
    let mut tree = Vec::with_capacity(n.saturating_sub(1));
    let mut open = vec![edges];
    while let Some(mut edges) = open.pop() {
        taken += edges.len();
        edges.retain(|edge| sets.find(edge.from) != sets.find(edge.to));
        if edges.len() > FEW {
            let half = edges.len() / 2;
            edges.select_nth_unstable_by(half, Edge::order);
            taken -= edges.len();
            let heavier = edges.split_off(half);
            open.extend([heavier, edges]);
        } else {
            edges.sort_unstable_by(Edge::order);
            edges.retain(|edge| sets.join(edge.from, edge.to).is_some());
            tree.append(&mut edges);
        }
        watch.tell(taken as f64 / all.max(1) as f64)?;
    }
    Ok(tree)
}
