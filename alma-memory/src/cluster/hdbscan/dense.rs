//! The engine for any distance: all pairs, in memory for single rows.

use super::{
    engine::{Effort, Grown},
    spanning::Edge,
    watch::{Cancelled, Watch},
};

/// The part of the work that core distances are.
const CORES: f64 = 0.66;

/// A minimum spanning forest by (weight, distance) over `n` rows under the mutual reachability with
/// `k` neighbours. An infinite distance connects nothing, nor does a row with fewer than `k` others
/// at a finite one.
pub(super) fn grow(
    n: usize,
    k: usize,
    watch: Watch<'_>,
    distance: impl Fn(usize, usize) -> f64,
) -> Result<Grown, Cancelled> {
    let k = k.min(n.saturating_sub(1));
    let core = cores(n, k, watch.step(0.0, CORES), &distance)?;
    let edges = prim(n, &core, watch.step(CORES, 1.0 - CORES), &distance)?;
    let pairs = n as u64 * n.saturating_sub(1) as u64;
    Ok(Grown {
        recall: None,
        edges,
        core,
        effort: Effort {
            distances: pairs + pairs / 2,
            ..Effort::default()
        },
    })
}

/// By row, the distance to its `k`-th nearest other row.
fn cores(
    n: usize,
    k: usize,
    watch: Watch<'_>,
    distance: impl Fn(usize, usize) -> f64,
) -> Result<Vec<f64>, Cancelled> {
    let mut core = Vec::with_capacity(n);
    let mut all = Vec::with_capacity(n);
    for row in 0..n {
        watch.tell(row as f64 / n as f64)?;
        all.clear();
        let others = (0..n).filter(|&other| other != row);
        all.extend(others.map(|other| distance(row, other)));
        core.push(match k {
            0 => 0.0,
            _ => *all.select_nth_unstable_by(k - 1, f64::total_cmp).1,
        });
    }
    Ok(core)
}

/// Grows the tree row by row (Prim), each by the least (weight, distance) to those that it has.
fn prim(
    n: usize,
    core: &[f64],
    watch: Watch<'_>,
    distance: impl Fn(usize, usize) -> f64,
) -> Result<Vec<Edge>, Cancelled> {
    let reach = |from: usize, to: usize| {
        let distance = distance(from, to);
        Edge {
            from: from as u32,
            to: to as u32,
            weight: distance.max(core[from]).max(core[to]),
            distance,
        }
    };
    let mut edges = Vec::with_capacity(n.saturating_sub(1));
    // The best edge to each row that is still outside.
    let mut outside: Vec<Edge> = (1..n).map(|row| reach(0, row)).collect();
    while let Some(at) = (0..outside.len()).min_by(|&a, &b| outside[a].order(&outside[b])) {
        watch.tell(1.0 - outside.len() as f64 / n as f64)?;
        let edge = outside.swap_remove(at);
        if edge.weight.is_finite() {
            edges.push(edge);
        }
        for best in &mut outside {
            let next = reach(edge.to as usize, best.to as usize);
            if next.order(best).is_lt() {
                *best = next;
            }
        }
    }
    Ok(edges)
}
