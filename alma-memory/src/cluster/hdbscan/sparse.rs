//! The engine for distances of some pairs alone.

use super::{
    engine::{Effort, Grown},
    sets::Sets,
    spanning::Edge,
    watch::{Cancelled, Watch},
};

/// A minimum spanning forest by (weight, distance) over `n` rows under the mutual reachability with
/// `k` neighbours; `pairs` are of two different rows, each once and at a finite distance. A row with
/// fewer than `k` of them is connected to nothing.
pub(super) fn grow(
    n: usize,
    k: usize,
    watch: Watch<'_>,
    pairs: &[(u32, u32, f64)],
) -> Result<Grown, Cancelled> {
    watch.tell(0.0)?;
    let core = cores(n, k.min(n.saturating_sub(1)), pairs);
    watch.tell(0.5)?;
    let reach = |&(from, to, distance): &(u32, u32, f64)| Edge {
        from,
        to,
        weight: distance.max(core[from as usize]).max(core[to as usize]),
        distance,
    };
    let mut edges: Vec<Edge> = pairs
        .iter()
        .map(reach)
        .filter(|edge| edge.weight.is_finite())
        .collect();
    edges.sort_unstable_by(Edge::order);
    let mut sets = Sets::new(n);
    edges.retain(|edge| sets.join(edge.from, edge.to).is_some());
    watch.tell(1.0)?;
    Ok(Grown {
        recall: None,
        edges,
        core,
        effort: Effort::default(),
    })
}

/// By row, the distance to its `k`-th nearest other row.
fn cores(n: usize, k: usize, pairs: &[(u32, u32, f64)]) -> Vec<f64> {
    let mut near: Vec<Vec<f64>> = vec![Vec::new(); n];
    for &(from, to, distance) in pairs {
        near[from as usize].push(distance);
        near[to as usize].push(distance);
    }
    let core = |mut near: Vec<f64>| match k.checked_sub(1) {
        None => 0.0,
        Some(nth) if nth < near.len() => *near.select_nth_unstable_by(nth, f64::total_cmp).1,
        Some(_) => f64::INFINITY,
    };
    near.into_iter().map(core).collect()
}
